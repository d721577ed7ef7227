/**
 * The replica on Ratis: its server and the watch over it, the state machine, its port, its log and its snapshots, and the
 * recovery from the rest of a lost cluster. Ratis' threads apply and answer, one thread supervises, one takes snapshots; only
 * the applying thread publishes. Only the class that starts a replica sees this package. SnapshotStore draws the way of a
 * snapshot between this code and Ratis.
 */
@NullMarked
package io.evenkeel.consensus.raft;

import org.jspecify.annotations.NullMarked;
