package io.evenkeel.server.limits;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/*
 * GCRA, the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): of each key one time is kept, until when what it has
 * asked for is paid off. Each message moves it on by the cost of one, which is the inverse of the rate; one that would
 * move it further ahead of now than the burst allows is over the limit, and moves nothing. A key that owes nothing needs no
 * place, so nothing is ever cleared.
 *
 * A slot holds a tag of 24 bits, above a time of 40 bits in µs, which wraps around every 12.7 days. Eight slots are a set, which is one
 * cache line; two sets are a key's. A key without a slot takes its home in its first set if nobody has asked for a while by it, else one of this
 * set that owes nothing, if there is none one of its second, or, where all owe, that which owes least: a table that is full forgets, and
 * refuses nobody. So nearly all keys are in their first set, and cost one cache line; while there are fewer clients than slots most are at home,
 * where one look finds them.
 *
 * Two threads that change one slot in the same moment do not wait for each other: the message of one costs nothing. An atomic change would hold up all
 * that a loop reads after it until this cache line has come.
 *
 * A debt above all that can be owed is of the time before a wrap, or of settings before these, and counts as none.
 */

/** The rates of all clients of a node: of fixed size, shared by all threads, without a lock. Times are in µs. */
final class RateTable {
    /** Of a node: 1 MiB of them. */
    static final int SLOTS = 1 << 17;

    /** As few as there may be: two sets. */
    static final int LEAST_SLOTS = 16;

    private static final int SET = 8;
    /** For the index of the second set. */
    private static final int SECOND_SHIFT = 14;
    /** For the place of the home in the first set. */
    private static final int HOME_SHIFT = 28;
    /** A key that asks at most so long after it owes nothing keeps its slot, though it be another's home. */
    private static final long KEPT_MICROS = 10_000_000;

    /** Of a set. */
    private static final int CACHE_LINE_BYTES = SET * Long.BYTES;

    static final int TIME_BITS = 40;
    private static final long TIME_MASK = (1L << TIME_BITS) - 1;
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** Outside of the heap, where a set begins with a cache line: arrays are where the collector likes. */
    private final MemorySegment slots;

    private final int setMask;

    /** @param slots a power of two, from {@link #LEAST_SLOTS} on */
    RateTable(int slots) {
        this.slots = Arena.ofAuto().allocate((long) slots * Long.BYTES, CACHE_LINE_BYTES);
        this.setMask = slots / SET - 1;
    }

    /**
     * The slot of a key, or the one that it may take.
     *
     * @param most that any key can owe
     */
    int find(long hash, long now, long most) {
        int first = start((int) hash);
        int home = first + ((int) (hash >>> HOME_SHIFT) & (SET - 1));
        if (isOf(value(home), hash)) {
            return home;
        }
        int places = places(first, hash);
        return places != 0 ? first + Integer.numberOfTrailingZeros(places) : findBeyond(first, home, hash, now, most);
    }

    private int findBeyond(int first, int home, long hash, long now, long most) {
        int second = start((int) (hash >>> SECOND_SHIFT));
        int places = places(second, hash);
        if (places != 0) {
            return second + Integer.numberOfTrailingZeros(places);
        }
        if (ahead(home, now, most) < -KEPT_MICROS) {
            return home;
        }
        int slot = leastOwing(first, now, most);
        if (ahead(slot, now, most) <= 0) {
            return slot;
        }
        int other = leastOwing(second, now, most);
        return ahead(other, now, most) < ahead(slot, now, most) ? other : slot;
    }

    /** In which places of a set the key is, as bits. In which it is cannot be predicted, so no place has a branch. */
    private int places(int set, long hash) {
        MemorySegment present = slots;
        int places = 0;
        for (int i = 0; i < SET; i++) {
            long difference = (present.getAtIndex(ValueLayout.JAVA_LONG, set + i) ^ hash) >>> TIME_BITS;
            places |= (1 << i) & (int) ((difference - 1) >> (Long.SIZE - 1));
        }
        return places;
    }

    /** Of the slots that owe nothing the one that has done so for longest: who asks again and again keeps his. */
    private int leastOwing(int set, long now, long most) {
        int best = set;
        for (int slot = set + 1; slot < set + SET; slot++) {
            best = ahead(slot, now, most) < ahead(best, now, most) ? slot : best;
        }
        return best;
    }

    private long ahead(int slot, long now, long most) {
        long ahead = ahead(value(slot), now);
        return ahead > most ? Long.MIN_VALUE : ahead;
    }

    /** What a slot holds now. */
    long value(int slot) {
        return (long) LONG.getOpaque(slots, (long) slot * Long.BYTES);
    }

    /** What a key owes by the value of the slot that was found for it; nothing, if the slot is another's. */
    static long debt(long value, long hash, long now, long most) {
        return isOf(value, hash) ? owed(value, now, most) : 0;
    }

    /** Notes until when a key owes, if its slot still holds what was seen in it, or lost that in this very moment. */
    void owe(int slot, long seen, long hash, long until) {
        if (value(slot) == seen) {
            LONG.setOpaque(slots, (long) slot * Long.BYTES, (hash & ~TIME_MASK) | (until & TIME_MASK));
        }
    }

    private int start(int index) {
        return (index & setMask) * SET;
    }

    private static boolean isOf(long value, long hash) {
        return (value ^ hash) >>> TIME_BITS == 0;
    }

    private static long owed(long value, long now, long most) {
        long ahead = ahead(value, now);
        return ahead > 0 && ahead <= most ? ahead : 0;
    }

    private static long ahead(long value, long now) {
        return (value - now) << (Long.SIZE - TIME_BITS) >> (Long.SIZE - TIME_BITS);
    }
}
