package io.evenkeel.consensus.process;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/** How often something took how long, in classes of fixed bounds, for what happens some thousand times a second at most. Any thread. */
public final class Durations {
    private static final double[] BOUNDS = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };
    private static final double NANOS = 1e9;

    private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
    private final LongAdder sumNanos = new LongAdder();

    /** Nothing yet. */
    public Durations() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    /** Something took so long, in ns; less than 0 counts as 0. */
    public void add(long nanos) {
        long length = Math.max(0, nanos);
        int at = 0;
        while (at < BOUNDS.length && length > BOUNDS[at] * NANOS) {
            at++;
        }
        counts[at].increment();
        sumNanos.add(length);
    }

    /** The longest of each class, in s; of the last one it is infinite. */
    public static double[] bounds() {
        double[] bounds = Arrays.copyOf(BOUNDS, BOUNDS.length + 1);
        bounds[BOUNDS.length] = Double.POSITIVE_INFINITY;
        return bounds;
    }

    /** How many there were of each class. */
    public long[] counts() {
        long[] seen = new long[counts.length];
        for (int i = 0; i < seen.length; i++) {
            seen[i] = counts[i].sum();
        }
        return seen;
    }

    /** All together, in s. */
    public double sumSeconds() {
        return sumNanos.sum() / NANOS;
    }
}
