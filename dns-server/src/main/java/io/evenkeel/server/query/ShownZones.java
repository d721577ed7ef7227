package io.evenkeel.server.query;

import java.util.Arrays;
import java.util.Map;

/** Which zones are counted by themselves, and at which place of each loop's counters. Immutable: {@link ZoneAnswers} makes the next. */
final class ShownZones {
    /** In place of the number of a zone, which is the index of an entry of the log. */
    static final long NONE = -1;

    /** The place of all other zones together. */
    static final int OTHERS = 0;

    /** Spreads numbers that follow each other: 2^64 by the golden ratio (Knuth, The Art of Computer Programming 3, §6.4). */
    static final long MIXER = 0x9E37_79B9_7F4A_7C15L;

    private final long round;
    /** A hash table with linear probing, at most half full. */
    private final long[] zones;

    private final int[] places;

    /**
     * @param round differs from that of the one before
     * @param placeOf each zone, by its number
     */
    ShownZones(long round, Map<Long, Integer> placeOf) {
        this.round = round;
        int slots = Integer.highestOneBit(Math.max(1, placeOf.size())) * 4;
        this.zones = new long[slots];
        this.places = new int[slots];
        Arrays.fill(zones, NONE);
        placeOf.forEach((zone, place) -> {
            int slot = hash(zone) & (slots - 1);
            while (zones[slot] != NONE) {
                slot = (slot + 1) & (slots - 1);
            }
            zones[slot] = zone;
            places[slot] = place;
        });
    }

    long round() {
        return round;
    }

    /** Where that zone is counted; {@link #OTHERS} if it is not by itself. */
    int place(long zone) {
        int mask = zones.length - 1;
        int slot = hash(zone) & mask;
        for (long one = zones[slot]; one != NONE; one = zones[slot]) {
            if (one == zone) {
                return places[slot];
            }
            slot = (slot + 1) & mask;
        }
        return OTHERS;
    }

    /** Numbers of zones that were made together follow each other. */
    private static int hash(long zone) {
        return (int) ((zone * MIXER) >>> Integer.SIZE);
    }
}
