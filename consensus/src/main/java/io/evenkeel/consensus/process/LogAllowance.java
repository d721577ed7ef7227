package io.evenkeel.consensus.process;

/** A bound on logged lines: some at once, then one for each interval that goes by. One thread at a time. */
public final class LogAllowance {
    private final int burst;
    private final long intervalNanos;
    private int left;
    private long grownNanos;

    /**
     * Begins with a whole burst.
     *
     * @param burst lines at once
     * @param intervalNanos after which one more is allowed, up to {@code burst}
     * @param now of {@link System#nanoTime}
     */
    public LogAllowance(int burst, long intervalNanos, long now) {
        this.burst = burst;
        this.intervalNanos = intervalNanos;
        this.left = burst;
        this.grownNanos = now;
    }

    /** Takes one line; false if none is left. */
    public boolean take(long now) {
        long more = (now - grownNanos) / intervalNanos;
        if (more > 0) {
            left = (int) Math.min(burst, left + more);
            grownNanos += more * intervalNanos;
        }
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
