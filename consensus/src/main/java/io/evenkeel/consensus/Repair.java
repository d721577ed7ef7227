package io.evenkeel.consensus;

import java.io.IOException;

/** Finding out whether what a replica holds is right, and mending it. Any thread. */
public interface Repair {
    /** What this replica can show of what it holds. */
    Evidence evidence();

    /** The term of that entry of the log; -1 if the log has it no more, or not yet. */
    long termOf(long index);

    /** The snapshots of this node, for another member that must take over its state. */
    SnapshotSource snapshots();

    /** What is applied here may be wrong: from now on the last good state is shown, as stale. See {@link StateRoot}. */
    void doubt(Doubt found);

    /**
     * The doubt was unfounded: what is applied here is right, and is shown again.
     *
     * @throws IOException if that could not be noted; then nothing has changed
     */
    void settle() throws IOException;

    /**
     * Replaces the state of this replica, which is wrong, by that of another member. Its log and its vote stay; answers go on
     * from what is published. The doubt ends with it. One thread at a time; blocks.
     *
     * @param from the member, which is right
     * @throws IOException if it did not work; the doubt stays, and asking again does no harm
     */
    void heal(SnapshotSource from) throws IOException, InterruptedException;

    /**
     * The log or the votes on disk are not what this replica has written: it takes no part under this incarnation any more, as after
     * a start with a damaged log, and says so in {@link ReplicaStatus#damaged}. Answers go on from what is published. Blocks while
     * the Raft server closes.
     *
     * @param why for people
     */
    void forsake(String why) throws InterruptedException;
}
