package io.evenkeel.server.capacity;

import java.util.Arrays;

/**
 * How much of a processor a loop gets when it has more to do than it can: all of it, unless a quota or a neighbour takes some. A loop that leaves
 * questions unanswered second after second shows it: it would use more if it could. One that uses more than was thought shows that, too.
 * A week after the last such sign it counts as having all of it again. One thread.
 */
final class ProcessorShare {
    /** Seconds in a row with questions left unanswered: more than a pause of the machine or of the garbage collector makes. */
    static final int ROW = 5;

    static final long KEPT_NANOS = 7 * 86_400_000_000_000L;

    /** Of a processor: what is missing here goes to the kernel's own work on it. */
    private static final double WHOLE = 0.9;

    /** Nobody has so little; such a look was disturbed. */
    private static final double LEAST = 0.01;

    private final double[] shares;
    private final long[] cpu;
    private final long[] dropped;
    private final int[] row;
    private final double[] used;
    private long lookedNanos;
    private long signNanos;
    private boolean looked;

    /** @param kept as an earlier start has found it, for each of the loops */
    ProcessorShare(int loops, double kept, long now) {
        shares = new double[loops];
        Arrays.fill(shares, kept);
        cpu = new long[loops];
        dropped = new long[loops];
        row = new int[loops];
        used = new double[loops];
        signNanos = now;
    }

    /**
     * Looks; to be called every second.
     *
     * @param cpuNanos of each loop so far; negative: nobody knows
     * @param droppedSoFar questions that each has left unanswered because it had no time
     */
    void look(long now, long[] cpuNanos, long[] droppedSoFar) {
        double elapsed = Math.max(1, now - lookedNanos);
        for (int i = 0; i < shares.length; i++) {
            if (looked && cpuNanos[i] >= 0) {
                judge(i, Math.clamp((cpuNanos[i] - cpu[i]) / elapsed, 0, 1), droppedSoFar[i] > dropped[i], now);
            }
            cpu[i] = cpuNanos[i];
            dropped[i] = droppedSoFar[i];
        }
        if (now - signNanos > KEPT_NANOS) {
            Arrays.fill(shares, 1);
            signNanos = now;
        }
        lookedNanos = now;
        looked = true;
    }

    private void judge(int loop, double use, boolean drops, long now) {
        row[loop] = drops ? row[loop] + 1 : 0;
        used[loop] = row[loop] <= 1 ? use : used[loop] + use;
        if (row[loop] >= ROW) {
            shares[loop] = whole(used[loop] / row[loop]);
            signNanos = now;
            row[loop] = 0;
        } else if (use > shares[loop]) {
            shares[loop] = whole(use);
        }
    }

    private static double whole(double share) {
        return share >= WHOLE ? 1 : Math.max(LEAST, share);
    }

    /** Of all loops, the mean. */
    double value() {
        return Arrays.stream(shares).average().orElse(1);
    }
}
