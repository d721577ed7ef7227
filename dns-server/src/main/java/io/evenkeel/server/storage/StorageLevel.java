package io.evenkeel.server.storage;

import java.time.Duration;
import java.util.Locale;

/**
 * How short of room a volume is. A level is reached by free octets, as so many floors (see {@link FreeRoom}), or by the time until it is full
 * at the present rate.
 */
public enum StorageLevel {
    NORMAL(0, Duration.ZERO),
    /** Somebody should look. */
    WARN(3, Duration.ofHours(6)),
    /** Captures, crash reports and full files of the log go, and the log of changes is shortened. */
    HIGH(2, Duration.ofHours(1)),
    /** Older backups and snapshots go; a leader hands over. */
    CRITICAL(1, Duration.ofMinutes(10)),
    /** Soon the ballast goes. */
    EMERGENCY(0.5, Duration.ofMinutes(2));

    private final double floors;
    private final Duration timeToFull;

    StorageLevel(double floors, Duration timeToFull) {
        this.floors = floors;
        this.timeToFull = timeToFull;
    }

    /** From 0 on. */
    public int step() {
        return switch (this) {
            case NORMAL -> 0;
            case WARN -> 1;
            case HIGH -> 2;
            case CRITICAL -> 3;
            case EMERGENCY -> 4;
        };
    }

    double floors() {
        return floors;
    }

    Duration timeToFull() {
        return timeToFull;
    }

    /** As metrics and the API have it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
