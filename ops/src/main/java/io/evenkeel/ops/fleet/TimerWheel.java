package io.evenkeel.ops.fleet;

import java.util.Arrays;

/**
 * A hashed timer wheel: when each of a fixed number of timers is due, in arrays of primitives, at a constant cost for each
 * of them. A timer fires up to a tick and a bit late, never early. One thread.
 *
 * <p>Times are nanoseconds from some start, not negative.
 */
final class TimerWheel {
    private static final int NONE = -1;
    /** A tick is 2^20 ns, 1.05 ms: what select(2) can wait for. */
    private static final int TICK_BITS = 20;
    /** Of 17 s: a timer that is due later is passed over once in each round. A power of two. */
    private static final int SLOTS = 1 << 14;

    /** The first timer of each slot; the others follow through {@link #next}. */
    private final int[] first = new int[SLOTS];

    private final int[] next;
    private final int[] previous;
    private final int[] slot;
    private final long[] dueNanos;
    /** The tick whose slot is being looked through. */
    private long tick = NONE;
    /** The next timer of that slot to look at. */
    private int cursor = NONE;

    TimerWheel(int timers) {
        next = new int[timers];
        previous = new int[timers];
        slot = new int[timers];
        dueNanos = new long[timers];
        Arrays.fill(first, NONE);
        Arrays.fill(slot, NONE);
    }

    /** Sets a timer, whether it was set before or not. One that is due already fires with the next tick. */
    void set(int timer, long due) {
        clear(timer);
        int in = (int) (Math.max(due >> TICK_BITS, tick + 1) & (SLOTS - 1));
        dueNanos[timer] = due;
        slot[timer] = in;
        previous[timer] = NONE;
        next[timer] = first[in];
        if (first[in] != NONE) {
            previous[first[in]] = timer;
        }
        first[in] = timer;
    }

    /** When a timer is or was due last. */
    long due(int timer) {
        return dueNanos[timer];
    }

    /** A timer that is due and that is not set any more, or -1 if there is none. */
    int poll(long now) {
        while (true) {
            while (cursor != NONE) {
                int timer = cursor;
                cursor = next[timer];
                if (dueNanos[timer] >> TICK_BITS <= tick) { // else in a later round
                    clear(timer);
                    return timer;
                }
            }
            if (tick + 1 >= now >> TICK_BITS) { // what is in that slot may be due at its very end
                return NONE;
            }
            tick++;
            cursor = first[(int) (tick & (SLOTS - 1))];
        }
    }

    private void clear(int timer) {
        if (slot[timer] == NONE) {
            return;
        }
        if (cursor == timer) {
            cursor = next[timer];
        }
        if (previous[timer] == NONE) {
            first[slot[timer]] = next[timer];
        } else {
            next[previous[timer]] = next[timer];
        }
        if (next[timer] != NONE) {
            previous[next[timer]] = previous[timer];
        }
        slot[timer] = NONE;
    }
}
