package io.evenkeel.server.query;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Answers by the zone that they came from: what all loops of a node count, and which zones they count by themselves, each at a place of its
 * own. Memory is that of the places: zones, however many, take none. Any thread.
 */
public final class ZoneAnswers {
    /** Most zones that are counted by themselves: each has five series, of about 80 octets in a scrape. */
    public static final int MOST_ZONES = 1_000;

    /** The place of all other zones together. Those of single zones follow, up to {@link #places}. */
    public static final int OTHERS = ShownZones.OTHERS;

    /** Places beside those of the zones that are shown, for those that rest between two zones. */
    private static final int SPARE = 64;

    private final int most;
    private final List<ZoneCounters> loops = new CopyOnWriteArrayList<>();
    private volatile ShownZones shown = new ShownZones(1, Map.of());

    /** @param most zones that are counted by themselves, up to {@link #MOST_ZONES} */
    public ZoneAnswers(int most) {
        if (most < 0 || most > MOST_ZONES) {
            throw new IllegalArgumentException(most + " zones; possible: 0 to " + MOST_ZONES);
        }
        this.most = most;
    }

    /** Of a server that nobody looks at: hardly any memory. */
    static ZoneAnswers none() {
        return new ZoneAnswers(0);
    }

    /** Zones that may be counted by themselves. */
    public int most() {
        return most;
    }

    /** The last place. */
    public int places() {
        return most + SPARE;
    }

    /** For one more answering loop. */
    public ZoneCounters loop() {
        ZoneCounters loop = new ZoneCounters(this, places());
        loops.add(loop);
        return loop;
    }

    /** For the loops. */
    ShownZones shown() {
        return shown;
    }

    /** All that was ever counted at a place, which may have been that of other zones before. */
    public Map<ZoneAnswer, Long> at(int place) {
        Map<ZoneAnswer, Long> counts = new EnumMap<>(ZoneAnswer.class);
        for (ZoneAnswer answer : ZoneAnswer.values()) {
            long count = 0;
            for (ZoneCounters loop : loops) {
                count += loop.counted(place, answer);
            }
            counts.put(answer, count);
        }
        return counts;
    }

    /** Which of the other zones have been asked much since the last {@link #show}, by their numbers; of each about how much, and no more. */
    public Map<Long, Long> votes() {
        Map<Long, Long> votes = new HashMap<>();
        for (ZoneCounters loop : loops) {
            loop.addVotes(shown.round(), votes);
        }
        return votes;
    }

    /**
     * Says which zones are counted by themselves from now on; votes begin anew. One thread at a time.
     *
     * @param placeOf each zone, by its number; a place that another zone has left rests until the next call
     */
    public void show(Map<Long, Integer> placeOf) {
        shown = new ShownZones(shown.round() + 1, placeOf);
    }
}
