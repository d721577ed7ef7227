package io.evenkeel.consensus;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** This node's part in the replicated log. All methods may be called from any thread; none blocks an event loop. */
public interface Replica extends AutoCloseable {
    /** The last published state. It outlives rebuilt servers and never goes back. */
    StateRoot root();

    ReplicaStatus status();

    /**
     * Proposes a command on this node, which must lead. Never fails exceptionally for anything but a bug: every expected
     * end is a {@link ProposalOutcome}. Completes within the deadline, never on a thread of the log.
     *
     * @param deadline how long the outcome is waited for
     */
    CompletableFuture<ProposalOutcome> propose(ZoneCommand command, Duration deadline);

    /**
     * One linearizable read against this very node: true once this replica has applied everything that was committed when
     * it was asked. False if that could not be shown within {@code deadline}. Blocks.
     */
    boolean confirmCaughtUp(Duration deadline) throws InterruptedException;

    /**
     * Whether this disk has ever held all that was committed: {@link #confirmCaughtUp} was true once, in this process or one
     * before it. Until then what is published may be the beginning of a log whose rest never came.
     */
    boolean wasCaughtUp();

    /**
     * Adds or removes one member, on the leader, and waits until it is done. Blocks.
     *
     * @param members the new list; it differs from the present one in one member
     * @throws IOException if this node does not lead, or the change was refused or not done in time
     */
    void changeMembers(List<Member> members, Duration deadline) throws IOException, InterruptedException;

    /** What is known of this node's snapshots. */
    SnapshotStatus snapshotStatus();

    /** Writes a snapshot of this node's state at once, so that its log can be shortened; fails with an IOException. */
    CompletableFuture<SnapshotStatus> takeSnapshot();

    /**
     * The same, for want of room: of the log little is kept behind it, so that a member that lacks entries before that is sent a
     * snapshot. Where there is nothing new since the latest one, the log goes up to that.
     */
    CompletableFuture<SnapshotStatus> shortenLog();

    /**
     * Deletes the snapshots before the latest one, for want of room, whether or not this node takes part. Waits for nobody: while
     * one is being written, put in place or read it does nothing, and whoever asks looks again. Blocks with the disk.
     *
     * @throws IOException if one could not be deleted
     */
    void dropOldSnapshots() throws IOException;

    /** What reads the zones of this node anew in memory. */
    Scrub scrub();

    /**
     * Threads that have ended by a fault of this program and that no Raft server of this process gets again, a line for people each; empty
     * if there are none. Answers go on; another process has them.
     */
    List<String> endedThreads();

    /** What this node knows of the others while it leads and is ready to; empty otherwise. */
    Optional<LeaderView> leaderView();

    /**
     * Hands leadership to that member, on the leader, and waits until it leads. Blocks.
     *
     * @throws IOException if this node does not lead, or the other could not take over in time
     */
    void transferLeadership(Member to, Duration deadline) throws IOException, InterruptedException;

    /**
     * The group has taken this node out for good: notes on disk that it must never again take part as who it was, and stops
     * its part in Raft. What is published stays readable; the status has {@code why} as its fault.
     *
     * @throws IOException if it could not be noted; it goes on as before
     */
    void retire(String why) throws IOException, InterruptedException;

    /** Finds out whether what it holds is right, and mends it. */
    Repair repair();

    /**
     * Comes back as another incarnation, after the status has said that this one is damaged: notes that on disk, begins with
     * an empty log, and waits to be let in. What is published stays readable.
     *
     * @param next who this node is from now on
     * @param self the same with its addresses
     * @throws IOException if it could not be noted; nothing has changed
     */
    void rejoin(NodeIdentity next, Member self) throws IOException, InterruptedException;

    /** Hands leadership over if it has it, then stops, within a bounded time. What is published stays readable. */
    @Override
    void close();
}
