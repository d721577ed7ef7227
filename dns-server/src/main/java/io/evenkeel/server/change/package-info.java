/**
 * From an asked change on any node to its outcome: the asked node finds the leader and waits; the leader has one writer for
 * each zone, with one entry in flight and the next batch forming. All calls block and run on virtual threads. A refused change
 * is never visible, an unknown one appears once or not at all; a request id finds the outcome again.
 */
@NullMarked
package io.evenkeel.server.change;

import org.jspecify.annotations.NullMarked;
