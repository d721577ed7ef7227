package io.evenkeel.server.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;

/*
 * Concurrency: only the loop writes, by plain increments, into arrays of its own that are padded; any thread may read.
 *
 * Algorithm: zones that are shown have a place each, which is counted exactly. All others share one, and vote for who is shown next: each of
 * few slots keeps the zone that had the majority of the questions that fell on it (Boyer and Moore, 1981), and by how many. So whatever has
 * more than its slot's other zones together is found, in memory that does not depend on how many zones there are, and no vote is too high.
 */

/** What one loop counts of the answers out of each zone. Allocates nothing after it is made. */
public final class ZoneCounters {
    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

    /** A cache line for each place, which holds one count for each kind of answer. */
    private static final int STRIDE = 8;

    /** A cache line and its neighbour, before and after: two loops' counters never share one. */
    private static final int PADDING = 16;

    /** 8 KiB, which the nearest cache of a processor holds beside the rest. */
    private static final int SLOT_BITS = 9;

    private static final int SLOTS = 1 << SLOT_BITS;

    /** In the votes: of which round they are. Slots follow, each with a zone and its lead. */
    private static final int ROUND = PADDING;

    private static final int FIRST_SLOT = ROUND + 1;

    private final ZoneAnswers node;
    private final long[] counts;
    private final long[] votes = new long[FIRST_SLOT + 2 * SLOTS + PADDING];

    /** @param places the last of them */
    ZoneCounters(ZoneAnswers node, int places) {
        this.node = node;
        this.counts = new long[PADDING + (places + 1) * STRIDE + PADDING];
    }

    /** A question about a name of that zone was answered. For the loop only. */
    public void count(long zone, ZoneAnswer answer) {
        ShownZones shown = node.shown();
        int place = shown.place(zone);
        if (place == ShownZones.OTHERS) {
            vote(shown.round(), zone);
        }
        int at = at(place, answer);
        LONG.setOpaque(counts, at, counts[at] + 1);
    }

    private void vote(long round, long zone) {
        if (votes[ROUND] != round) {
            for (int slot = 0; slot < SLOTS; slot++) {
                LONG.setOpaque(votes, lead(slot), 0L);
            }
            LONG.setRelease(votes, ROUND, round);
        }
        // By another hash in each round: zones that are asked as often as each other must not always outvote each
        // other.
        int lead = lead((int) ((zone * (ShownZones.MIXER * round | 1)) >>> (Long.SIZE - SLOT_BITS)));
        long present = votes[lead];
        if (present == 0) {
            LONG.setOpaque(votes, lead - 1, zone);
        }
        LONG.setOpaque(votes, lead, present == 0 || votes[lead - 1] == zone ? present + 1 : present - 1);
    }

    /** Answers of one kind at a place. Any thread. */
    long counted(int place, ZoneAnswer answer) {
        return (long) LONG.getOpaque(counts, at(place, answer));
    }

    /** Adds the votes of that round, by zone. Any thread; what is voted meanwhile may be missed, or go to the zone before. */
    void addVotes(long round, Map<Long, Long> to) {
        if ((long) LONG.getAcquire(votes, ROUND) != round) {
            return;
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            long lead = (long) LONG.getOpaque(votes, lead(slot));
            if (lead > 0) {
                to.merge((long) LONG.getOpaque(votes, lead(slot) - 1), lead, Long::sum);
            }
        }
    }

    @SuppressWarnings("EnumOrdinal") // a place in an array of this process only
    private static int at(int place, ZoneAnswer answer) {
        return PADDING + place * STRIDE + answer.ordinal();
    }

    private static int lead(int slot) {
        return FIRST_SLOT + 2 * slot + 1;
    }
}
