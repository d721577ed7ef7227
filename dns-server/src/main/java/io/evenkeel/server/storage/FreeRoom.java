package io.evenkeel.server.storage;

import java.util.concurrent.TimeUnit;

/*
 * 70, 80, 90 and 95 % of a small volume; of a large one, of which 5 % are much, the same multiples of what a node needs. A tenth of the volume is
 * the floor, or three snapshots and at least 2 GiB if that is less: so a level by free octets implies its percentage.
 */

/** Judges how much room a volume has left, and for how long. One thread at a time; what it found, any. */
final class FreeRoom {
    private static final long ENOUGH = 2L << 30;
    private static final int SNAPSHOTS = 3;
    private static final double SHARE = 0.1;
    /** A level ends with so many floors more than it began with: five points of a small volume. */
    private static final double MORE_FLOORS = 0.5;
    /** And where the volume is full after twice as long. */
    private static final double LONGER = 2;
    /** With more room than that its growth is nobody's matter yet. */
    private static final double FLOORS_OF_RATE = 10;

    private static final double MEAN_NANOS = 60e9;
    /** Before that a rate means nothing. */
    private static final long LEAST_NANOS = 10_000_000_000L;

    private long beganNanos;
    private long lookedNanos;
    private long lastFree = -1;
    private double octetsPerNano;
    private volatile StorageLevel byOctets = StorageLevel.NORMAL;
    private volatile StorageLevel byTime = StorageLevel.NORMAL;
    private volatile double secondsToFull = Double.POSITIVE_INFINITY;

    /**
     * One look.
     *
     * @param total octets of the volume
     * @param free octets that this process may still take
     * @param snapshot octets of the latest
     */
    void look(long now, long total, long free, long snapshot) {
        double floor = Math.min(Math.max((double) SNAPSHOTS * snapshot, ENOUGH), SHARE * total);
        observe(now, free);
        double full = octetsPerNano <= 0 || now - beganNanos < LEAST_NANOS
                ? Double.POSITIVE_INFINITY
                : free / octetsPerNano / TimeUnit.SECONDS.toNanos(1);
        StorageLevel octets = StorageLevel.NORMAL;
        StorageLevel time = StorageLevel.NORMAL;
        for (StorageLevel level : StorageLevel.values()) {
            double more = level.compareTo(byOctets) <= 0 ? MORE_FLOORS : 0;
            if (level != StorageLevel.NORMAL && free < (level.floors() + more) * floor) {
                octets = level;
            }
            double longer = level.compareTo(byTime) <= 0 ? LONGER : 1;
            if (free < FLOORS_OF_RATE * floor
                    && full < longer * level.timeToFull().toSeconds()) {
                time = level;
            }
        }
        byOctets = octets;
        byTime = time;
        secondsToFull = full;
    }

    private void observe(long now, long free) {
        if (lastFree < 0) {
            beganNanos = now;
        } else if (now > lookedNanos) {
            double passed = now - lookedNanos;
            double last = (lastFree - free) / passed;
            octetsPerNano += (last - octetsPerNano) * Math.min(1, passed / MEAN_NANOS);
        }
        lastFree = free;
        lookedNanos = now;
    }

    /** By octets or by time, whichever is worse. */
    StorageLevel level() {
        return byOctets.compareTo(byTime) >= 0 ? byOctets : byTime;
    }

    /** By octets alone: growth that ends in time takes nobody's leadership. */
    StorageLevel byOctets() {
        return byOctets;
    }

    /** At the rate of the last minute; infinite: it does not fill. */
    double secondsToFull() {
        return secondsToFull;
    }
}
