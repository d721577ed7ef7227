/**
 * From an asked change on any node to its outcome: the node that was asked finds the leader and waits, the leader has one writer
 * for each zone, with one entry in flight and the next batch forming. Everything blocks and runs on virtual threads. What is
 * refused is never visible, what is unknown appears once or not at all; a request id finds the outcome again.
 */
@NullMarked
package io.evenkeel.server.change;

import org.jspecify.annotations.NullMarked;
