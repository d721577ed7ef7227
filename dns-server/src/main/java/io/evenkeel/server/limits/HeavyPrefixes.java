package io.evenkeel.server.limits;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The networks of which a loop has dropped most, by the algorithm Space-Saving (Metwally and others, 2005) with {@value #PLACES} places: one
 * that is above an eighth of all is among them. Written by the loop; another thread may read, and may see one half written.
 */
@SuppressWarnings("EnumOrdinal") // kept within this process
final class HeavyPrefixes {
    private static final int PLACES = 8;
    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] prefixes = new long[PLACES];
    /** Level and protocol in one number; 0: nobody. */
    private final long[] kinds = new long[PLACES];

    private final long[] counts = new long[PLACES];

    void add(LimitLevel level, boolean ipv4, long prefix) {
        long kind = 2L * level.ordinal() + (ipv4 ? 1 : 0) + 1;
        int least = 0;
        for (int i = 0; i < PLACES; i++) {
            if (kinds[i] == kind && prefixes[i] == prefix) {
                LONG.setOpaque(counts, i, counts[i] + 1);
                return;
            }
            least = counts[i] < counts[least] ? i : least;
        }
        LONG.setOpaque(kinds, least, kind);
        LONG.setOpaque(prefixes, least, prefix);
        LONG.setOpaque(counts, least, counts[least] + 1);
    }

    /** By the loop. */
    void clear() {
        for (int i = 0; i < PLACES; i++) {
            LONG.setOpaque(counts, i, 0);
            LONG.setOpaque(kinds, i, 0);
        }
    }

    /** The first of them, for people, and of how many drops at most. Any thread. */
    Heaviest heaviest(ClientPrivacy privacy) {
        int most = 0;
        for (int i = 1; i < PLACES; i++) {
            most = (long) LONG.getOpaque(counts, i) > (long) LONG.getOpaque(counts, most) ? i : most;
        }
        long kind = (long) LONG.getOpaque(kinds, most) - 1;
        if (kind < 0) {
            return Heaviest.NOBODY;
        }
        String text = LimitLevel.values()[(int) (kind / 2)].show(
                kind % 2 == 1, (long) LONG.getOpaque(prefixes, most), privacy);
        return new Heaviest(text, (long) LONG.getOpaque(counts, most));
    }

    /** A network, and about how many questions of it were dropped. */
    record Heaviest(String prefix, long drops) {
        static final Heaviest NOBODY = new Heaviest("", 0);
    }
}
