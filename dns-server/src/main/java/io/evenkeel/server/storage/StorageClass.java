package io.evenkeel.server.storage;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The kinds of files below a data folder, the least critical first: in this order a node gives them up. */
public enum StorageClass {
    /** Captures of traffic, crash reports, heap dumps. */
    CAPTURES(StorageLevel.HIGH),
    /** The log, the event journal and the collector's log; files of the first and the last that are full are given up. */
    LOGS(StorageLevel.HIGH),
    /** Scheduled backups; all but the newest are given up. */
    BACKUPS(StorageLevel.CRITICAL),
    /** Snapshots before the latest. */
    OLD_SNAPSHOTS(StorageLevel.CRITICAL),
    /** Entries behind the latest snapshot, and those before it that are kept for members that were away for a moment. */
    RAFT_LOG(StorageLevel.HIGH),
    /** The latest snapshot, and one that is being written. */
    SNAPSHOT(null),
    /** Room for votes and deletes once there is no other. */
    BALLAST(null),
    /** Identity, votes, keys and the small files beside them. */
    OTHER(null);

    private final @Nullable StorageLevel givenUpAt;

    StorageClass(@Nullable StorageLevel givenUpAt) {
        this.givenUpAt = givenUpAt;
    }

    /** Whether files of this kind go at that level, whatever the budget says; of the log that is shortened. */
    boolean isGivenUpAt(StorageLevel level) {
        return givenUpAt != null && level.compareTo(givenUpAt) >= 0;
    }

    /** As metrics and the API have it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
