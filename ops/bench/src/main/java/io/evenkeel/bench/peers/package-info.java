/**
 * This server beside NSD, Knot DNS and PowerDNS, and beside an echo in C: the same zones and questions, the same core, by
 * turns. One thread measures; servers and the load are processes of their own. Never shipped.
 */
@NullMarked
package io.evenkeel.bench.peers;

import org.jspecify.annotations.NullMarked;
