package org.apache.ratis.server.raftlog.segmented;

import java.util.concurrent.CompletableFuture;
import org.apache.ratis.server.raftlog.RaftLog;

/**
 * Purges a log further than Ratis 3.3.0 does by itself. {@link RaftLog#purge} always keeps the number of entries that is configured,
 * whatever their size; what it calls to delete files can be called from this package only. Any thread: the log takes its own lock.
 */
public final class LogPurge {
    private LogPurge() {}

    /**
     * Deletes whole files of the log.
     *
     * @param index the last entry of a file; a snapshot has it
     * @return completes with the last entry that went, or was gone, on a thread of the log; with an IOException where a file could not be
     *     deleted
     */
    public static CompletableFuture<Long> upTo(RaftLog log, long index) {
        return ((SegmentedRaftLog) log).purgeImpl(index);
    }
}
