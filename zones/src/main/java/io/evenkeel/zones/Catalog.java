package io.evenkeel.zones;

import io.evenkeel.zones.store.QName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * The zones that this server is authoritative for, at one log index. Immutable.
 *
 * <p>A hash table with linear probing, at most half full, cut into blocks: a next version copies the list of blocks and one
 * block, so that a change of one zone among thousands stays cheap. A question's zone is found by one probe per suffix, the
 * longest first, by hashes that were made while the question was read.
 */
public final class Catalog {
    private static final int BLOCK = 64;
    /** The empty table: one block is the least. */
    private static final int LEAST_SLOTS = BLOCK;

    private final @Nullable Zone[][] blocks;
    private final int size;
    /** Of the zone whose apex has the fewest labels, and the most: suffixes of other lengths need no probe. */
    private final int leastLabels;

    private final int mostLabels;
    private final long octets;
    private final Hash256 sum;

    /** No zones. */
    public Catalog() {
        this(blocks(LEAST_SLOTS), 0, 0, Integer.MAX_VALUE, -1, Hash256.ZERO);
    }

    private Catalog(@Nullable Zone[][] blocks, int size, long octets, int leastLabels, int mostLabels, Hash256 sum) {
        this.blocks = blocks;
        this.size = size;
        this.octets = octets;
        this.leastLabels = leastLabels;
        this.mostLabels = mostLabels;
        this.sum = sum;
    }

    /** The sum of {@link Zone#versionHash} over all zones. */
    public Hash256 sum() {
        return sum;
    }

    /** The zone with that very apex. */
    public @Nullable Zone zone(Name apex) {
        return at(slot(QName.of(apex), 0));
    }

    /** Octets of heap that all zones take. */
    public long octets() {
        return octets;
    }

    /** A catalog of these. Of two with one apex it takes the later. */
    public static Catalog of(Collection<Zone> zones) {
        int slots = LEAST_SLOTS;
        while (slots < 2 * zones.size()) {
            slots *= 2;
        }
        return rebuilt(zones, slots);
    }

    /** How many zones there are. */
    public int size() {
        return size;
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** In canonical order of their apexes, for which it sorts them. */
    public Collection<Zone> zones() {
        List<Zone> zones = unordered();
        zones.sort(Comparator.comparing(Zone::apex));
        return zones;
    }

    /** In no order; a list of its own. */
    public List<Zone> unordered() {
        List<Zone> zones = new ArrayList<>(size);
        for (@Nullable Zone[] block : blocks) {
            for (Zone zone : block) {
                if (zone != null) {
                    zones.add(zone);
                }
            }
        }
        return zones;
    }

    /** With that zone beside the others, or in place of one with the same apex. */
    public Catalog with(Zone zone) {
        int slot = slot(zone.apex);
        Zone before = at(slot);
        boolean isNew = before == null;
        if (isNew && 2 * (size + 1) > blocks.length * BLOCK) {
            return rebuilt(unordered(), 2 * blocks.length * BLOCK).with(zone);
        }
        @Nullable Zone[][] next = copy(slot / BLOCK);
        next[slot / BLOCK][slot % BLOCK] = zone;
        int labels = zone.apex.labels();
        return new Catalog(
                next,
                isNew ? size + 1 : size,
                octets - (before == null ? 0 : before.octets()) + zone.octets(),
                Math.min(leastLabels, labels),
                Math.max(mostLabels, labels),
                (before == null ? sum : sum.minus(before.versionHash())).plus(zone.versionHash()));
    }

    /** Without the zone that has that apex; this, if there is none. */
    public Catalog without(Name apex) {
        Zone gone = zone(apex);
        if (gone == null) {
            return this;
        }
        List<Zone> others = unordered();
        others.remove(gone);
        return rebuilt(others, blocks.length * BLOCK);
    }

    /** The zone with the longest apex at or above the name; null if the name is in none. Allocates nothing. */
    public @Nullable Zone find(QName name) {
        return find(name, 0);
    }

    /** The same among the apexes that leave out at least that many labels of the name. */
    public @Nullable Zone find(QName name, int skippedLabels) {
        int last = name.labels() - leastLabels;
        for (int skipped = Math.max(skippedLabels, name.labels() - mostLabels); skipped <= last; skipped++) {
            Zone zone = at(slot(name, skipped));
            if (zone != null) {
                return zone;
            }
        }
        return null;
    }

    private @Nullable Zone at(int slot) {
        return blocks[slot / BLOCK][slot % BLOCK];
    }

    /** Where the zone of that suffix is, or the free slot where it would be. */
    private int slot(QName name, int skippedLabels) {
        int mask = blocks.length * BLOCK - 1;
        int slot = name.hash(skippedLabels) & mask;
        for (Zone zone = at(slot); zone != null; zone = at(slot)) {
            if (zone.apex.isSuffixOf(name, skippedLabels)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private int slot(Zone.Apex apex) {
        int mask = blocks.length * BLOCK - 1;
        int slot = apex.hash() & mask;
        for (Zone zone = at(slot); zone != null; zone = at(slot)) {
            if (Arrays.equals(zone.apex.wire(), apex.wire())) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static Catalog rebuilt(Collection<Zone> zones, int slots) {
        Catalog catalog = new Catalog(blocks(slots), 0, 0, Integer.MAX_VALUE, -1, Hash256.ZERO);
        long octets = 0;
        int size = 0;
        Hash256 sum = Hash256.ZERO;
        int least = Integer.MAX_VALUE;
        int most = -1;
        for (Zone zone : zones) {
            int slot = catalog.slot(zone.apex);
            Zone before = catalog.at(slot);
            if (before == null) {
                size++;
            } else {
                octets -= before.octets();
                sum = sum.minus(before.versionHash());
            }
            catalog.blocks[slot / BLOCK][slot % BLOCK] = zone; // seen by nobody yet
            octets += zone.octets();
            least = Math.min(least, zone.apex.labels());
            most = Math.max(most, zone.apex.labels());
            sum = sum.plus(zone.versionHash());
        }
        return new Catalog(catalog.blocks, size, octets, least, most, sum);
    }

    @SuppressWarnings("NullAway") // it takes the inner arrays' elements for non-null
    private @Nullable Zone[][] copy(int changedBlock) {
        @Nullable Zone[][] next = blocks.clone();
        next[changedBlock] = next[changedBlock].clone();
        return next;
    }

    @SuppressWarnings("NullAway") // as above
    private static @Nullable Zone[][] blocks(int slots) {
        return new @Nullable Zone[slots / BLOCK][BLOCK];
    }
}
