package io.evenkeel.server.transport;

import java.util.Arrays;

/**
 * How long a loop keeps a datagram waiting that comes at any moment: as long as its own timer, which also comes at any moment.
 * Remembers the last five to ten minutes. Of one event loop; not thread-safe.
 */
final class Pauses {
    private static final long GENERATION_NANOS = 300_000_000_000L;
    /** Classes double, from 0.1 ms to above an hour. */
    private static final int CLASSES = 27;

    private static final long SHORTEST_NANOS = 100_000;
    private static final int PER_MILLE = 1000;

    private long[] present = new long[CLASSES];
    private long[] before = new long[CLASSES];
    private long bornNanos;

    Pauses(long now) {
        bornNanos = now;
    }

    void add(long nanos, long now) {
        if (now - bornNanos > GENERATION_NANOS) {
            long[] oldest = before;
            before = present;
            present = oldest;
            Arrays.fill(present, 0);
            bornNanos = now;
        }
        int doubled = Long.SIZE - Long.numberOfLeadingZeros(nanos / SHORTEST_NANOS);
        present[Math.min(doubled, CLASSES - 1)]++;
    }

    /** All but one in a thousand were at most so long, in ns; of few, all were. */
    long mostNanos() {
        long count = 0;
        for (int i = 0; i < CLASSES; i++) {
            count += present[i] + before[i];
        }
        long longer = count / PER_MILLE;
        for (int i = CLASSES - 1; i > 0; i--) {
            longer -= present[i] + before[i];
            if (longer < 0) {
                return SHORTEST_NANOS << i;
            }
        }
        return SHORTEST_NANOS;
    }
}
