package io.evenkeel.ops.local;

import java.time.Duration;

/**
 * When one node that has ended is started again, and which of its ends are told though their cause has been told: each pause is twice as long
 * as the one before it, up to a limit, and of the ends in a row the first, second, fourth, eighth and so on are worth a line. A
 * node that has run for a while begins anew. Knows no clock: callers pass {@link System#nanoTime}. One thread.
 */
final class Comeback {
    private long startedNanos;
    private long dueNanos;
    private Duration pause = Duration.ZERO;
    private int ends;

    Comeback(long nowNanos) {
        started(nowNanos);
    }

    /** Notes that it was started. */
    void started(long nowNanos) {
        startedNanos = nowNanos;
    }

    /** Notes that it has ended, or could not be started. */
    void ended(long nowNanos) {
        if (nowNanos - startedNanos >= LocalLimits.SETTLED.toNanos()) {
            ends = 0;
        }
        ends++;
        Duration twice = ends == 1 ? LocalLimits.FIRST_PAUSE : pause.multipliedBy(2);
        pause = twice.compareTo(LocalLimits.LAST_PAUSE) < 0 ? twice : LocalLimits.LAST_PAUSE;
        dueNanos = nowNanos + pause.toNanos();
        startedNanos = nowNanos; // a try that starts no process is no long life
    }

    /** Whether the pause after the last end is over. */
    boolean isDue(long nowNanos) {
        return nowNanos - dueNanos >= 0;
    }

    /** From the last end to the next start. */
    Duration pause() {
        return pause;
    }

    /** How often it has ended in a row. */
    int ends() {
        return ends;
    }

    /** Whether people should hear of the last end though they know its cause. */
    boolean isWorthALine() {
        return Integer.bitCount(ends) == 1;
    }
}
