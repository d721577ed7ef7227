/**
 * The DNS sockets. A few event loops each own what they need to answer: sockets, handler, buffers, counters; they share
 * nothing but the catalog reference, never block and never log. Everything else here runs on the control side.
 */
@NullMarked
package io.evenkeel.server.transport;

import org.jspecify.annotations.NullMarked;
