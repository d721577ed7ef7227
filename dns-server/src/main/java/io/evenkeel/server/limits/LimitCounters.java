package io.evenkeel.server.limits;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;

/**
 * What one answering loop counts of its limits. Only its loop writes, by plain increments; anyone may read, and sees each
 * counter as it was a moment ago.
 */
@SuppressWarnings("EnumOrdinal") // places in an array of this process only
public final class LimitCounters {
    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int ACTIONS = LimitAction.values().length;
    /** A cache line and its neighbour, before and after: two loops' counters never share one. */
    private static final int PADDING = 16;

    private static final int QUESTIONS = PADDING;
    private static final int FAILURES = QUESTIONS + LimitLevel.values().length * ACTIONS;
    private static final int RESPONSES = FAILURES + ACTIONS;
    private static final int ALLOWED = RESPONSES + ACTIONS;
    private static final int COUNTED = ALLOWED + 1;
    private static final int END = COUNTED + 1;

    private final long[] counts = new long[END + PADDING];

    void question(LimitLevel level, LimitAction action) {
        increment(QUESTIONS + level.ordinal() * ACTIONS + action.ordinal());
    }

    void failure(LimitAction action) {
        increment(FAILURES + action.ordinal());
    }

    void response(LimitAction action) {
        increment(RESPONSES + action.ordinal());
    }

    /** @param allowed whether its client has a rate of its own */
    void count(boolean allowed) {
        increment(COUNTED);
        if (allowed) {
            increment(ALLOWED);
        }
    }

    /** Messages above the rate of that level, which is the first of them that they were above. */
    public long questions(LimitLevel level, LimitAction action) {
        return count(QUESTIONS + level.ordinal() * ACTIONS + action.ordinal());
    }

    /** Questions asked again too soon, whose answer is a failure. */
    public long failures(LimitAction action) {
        return count(FAILURES + action.ordinal());
    }

    /** Large answers above the rate of their client. */
    public long responses(LimitAction action) {
        return count(RESPONSES + action.ordinal());
    }

    /** Counted messages of clients with a rate of their own. */
    public long allowed() {
        return count(ALLOWED);
    }

    /** Messages that were held against the rate of their client: a loop with little to do counts none. */
    public long counted() {
        return count(COUNTED);
    }

    /** All messages above a limit that got no answer for it. */
    long dropped() {
        long dropped = failures(LimitAction.DROPPED) + responses(LimitAction.DROPPED);
        for (LimitLevel level : LimitLevel.values()) {
            dropped += questions(level, LimitAction.DROPPED);
        }
        return dropped;
    }

    /** A copy that holds the sums over all of them. */
    static LimitCounters sum(Collection<LimitCounters> loops) {
        LimitCounters sum = new LimitCounters();
        for (LimitCounters loop : loops) {
            for (int i = PADDING; i < END; i++) {
                sum.counts[i] += loop.count(i);
            }
        }
        return sum;
    }

    private void increment(int counter) {
        LONG.setOpaque(counts, counter, counts[counter] + 1);
    }

    private long count(int counter) {
        return (long) LONG.getOpaque(counts, counter);
    }
}
