package io.evenkeel.server.limits;

import java.util.Arrays;

/**
 * Which networks are so near to their limit that a loop looks at them for each question: by a hash of the largest network around a client, which
 * fits into a processor's fastest cache. A network that shares its place with another is looked at as often as that; whoever makes
 * networks do so gets nothing by it. Of one loop.
 */
final class NearLimits {
    private static final int BITS = 9;
    /** 2^64 by the golden ratio (Knuth, volume 3, §6.4). */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /** Until when, in µs. */
    private final long[] until = new long[1 << BITS];

    NearLimits() {
        Arrays.fill(until, Long.MIN_VALUE);
    }

    boolean contains(long network, long now) {
        return until[place(network)] > now;
    }

    /** Notes that it is, or one within it. */
    void add(long network, long later) {
        int place = place(network);
        until[place] = Math.max(until[place], later);
    }

    private static int place(long network) {
        return (int) ((network * SPREAD) >>> (Long.SIZE - BITS));
    }
}
