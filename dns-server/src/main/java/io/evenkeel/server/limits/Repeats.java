package io.evenkeel.server.limits;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/*
 * A slot is the upper half of a hash and the time of the last question with it, 16 bits each. A newer question takes the slot of
 * an older one, so the table forgets under a load that it cannot hold, and finds fewer repeats than there are, never more but
 * for one in 65,536 that happens to look like another. One table serves all loops: SO_REUSEPORT spreads the tries of one client
 * over them by its source ports. Loops that write one slot at the same time lose one of both.
 */

/**
 * Whether a client asks again for what it asked for a moment ago, which is how a fleet sounds that gets no answers. Any thread, no lock,
 * no allocation.
 */
public final class Repeats {
    /** 1 MiB. Of a fleet of as many devices that gets no answers, each asking once in a time-out, some two in three are found. */
    static final int SLOTS = 1 << 18;

    /** Units of time in a time-out; a stamp goes round after 64 of these. */
    private static final int UNITS = 1024;

    /** A client asks again once its time-out is over, so the window is longer than that by as much as clocks and networks vary. */
    private static final int WINDOW = UNITS * 3 / 2;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] slots;
    private final int mask;
    private final long unitNanos;

    /** @param clientTimeout after which clients ask again */
    public Repeats(Duration clientTimeout) {
        this(clientTimeout, SLOTS);
    }

    /** @param slots a power of two */
    Repeats(Duration clientTimeout, int slots) {
        this.slots = new int[slots];
        this.mask = slots - 1;
        unitNanos = Math.max(1, clientTimeout.toNanos() / UNITS);
    }

    /** @param now by {@link System#nanoTime} */
    int stamp(long now) {
        return (int) (now / unitNanos) & 0xFFFF;
    }

    /**
     * Notes a question.
     *
     * @param client a hash of the address of its client, with a secret
     * @param question a hash of its name and type
     * @param stamp of now
     * @return whether the last one of that client for that name and type came at most one and a half time-outs ago, answered or not
     */
    boolean seen(long client, long question, int stamp) {
        long hash = mix(client ^ Long.rotateLeft(question, 32));
        int at = (int) hash & mask;
        int tag = (int) (hash >>> 32) & 0xFFFF_0000;
        int before = (int) SLOT.getOpaque(slots, at);
        SLOT.setOpaque(slots, at, tag | stamp);
        // An empty slot is of tag and time zero, as one question in four thousand million is.
        return before != 0 && (before & 0xFFFF_0000) == tag && ((stamp - before) & 0xFFFF) <= WINDOW;
    }

    /** The last steps of MurmurHash3: each bit of the result depends on all bits. */
    static long mix(long value) {
        long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
