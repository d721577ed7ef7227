package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Keeps the writing of a snapshot from taking what changes and answers need. It works in short pieces and pauses for three
 * times as long, so that it takes a quarter of a processor at most; forces what is written in small pieces, since the log
 * waits for a large one that is on its way to the same disk; and stops before it takes the last room from the log. One
 * thread.
 */
final class SnapshotPace implements SnapshotDirectory.Pace {
    /** Between two pauses: a millisecond or two of work, less than what a question may wait for unnoticed. */
    private static final long WORK_BYTES = 64 << 10;
    /** So many times the work: as long as the work made the slowest answers 2.4 times slower, on two processors. */
    private static final int PAUSES = 3;
    /** Between two forces: a disk takes it in some milliseconds. */
    private static final long FORCE_BYTES = 1 << 20;
    /** Longest pause: a machine that was suspended meanwhile has not worked for so long. */
    private static final long LONGEST_PAUSE_NANOS = 100_000_000;

    private final FileStore disk;
    private final long leastFreeBytes;
    private final BooleanSupplier stopped;
    private long worked;
    private long unforced;
    private long since = System.nanoTime();

    /**
     * @param leastFreeBytes free space that is left to the log
     * @param stopped whether to give up
     */
    SnapshotPace(FileStore disk, long leastFreeBytes, BooleanSupplier stopped) {
        this.disk = disk;
        this.leastFreeBytes = leastFreeBytes;
        this.stopped = stopped;
    }

    @Override
    public void done(FileChannel channel, long bytes) throws IOException {
        worked += bytes;
        unforced += bytes;
        if (worked < WORK_BYTES) {
            return;
        }
        worked = 0;
        if (stopped.getAsBoolean()) {
            throw new IOException("the replica stops");
        }
        if (unforced >= FORCE_BYTES) {
            unforced = 0;
            channel.force(false);
            if (disk.getUsableSpace() < leastFreeBytes) {
                throw new IOException(
                        "less than " + leastFreeBytes + " octets are left, which the log needs; make room");
            }
        }
        LockSupport.parkNanos(Math.min(PAUSES * (System.nanoTime() - since), LONGEST_PAUSE_NANOS));
        since = System.nanoTime();
    }
}
