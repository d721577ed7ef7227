/**
 * The replica as Ratis makes it: its server and the watch over it, the state machine, its port, its log and its snapshots, and
 * the recovery from what a lost cluster left. Ratis' threads apply and answer, one thread supervises, one takes snapshots;
 * only the applying thread publishes. Whoever starts a replica is the only one to see this package.
 */
@NullMarked
package io.evenkeel.consensus.raft;

import org.jspecify.annotations.NullMarked;
