package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.store.PackedRecords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * The last changes of all zones, of those that are gone as well: the oldest go where their octets are above the bound of their zone, or
 * of all. Immutable; a next version copies a page and a bucket and shares the rest. Pages hold the changes as octets in the order
 * of the log; buckets hold what the changes of each zone take. What goes, and when, follows from what is held and from the
 * settings of the cluster alone.
 */
public final class ChangeHistory {
    private static final int PAGE = 256;
    private static final int BUCKETS = 1024;
    private static final Taken[] NONE = {};

    /** Of heap, for one change beside its octets: the array's head, its place, what it is rounded up by. */
    private static final int ENTRY_OCTETS = 24;

    /** Of heap, for what a zone has taken: the object, its name and a place in a bucket. */
    private static final int ZONE_OCTETS = 120;

    /** Of heap, for the buckets. */
    private static final int OWN_OCTETS = 5 << 10;

    /** Where the octets of a change say whose it is. */
    private static final int APEX = Long.BYTES;

    static final ChangeHistory EMPTY = new ChangeHistory(new byte[0][][], emptyBuckets(), 0, 0, 0, 0, 0, Hash256.ZERO);

    private final byte[][][] pages;
    private final Taken[][] buckets;
    private final int zones;
    private final long count;
    private final long octets;
    private final long dropped;
    private final long droppedThrough;
    private final Hash256 sum;

    /** What the changes of one zone take together. */
    private record Taken(byte[] apex, long octets) {}

    private ChangeHistory(
            byte[][][] pages,
            Taken[][] buckets,
            int zones,
            long count,
            long octets,
            long dropped,
            long droppedThrough,
            Hash256 sum) {
        this.pages = pages;
        this.buckets = buckets;
        this.zones = zones;
        this.count = count;
        this.octets = octets;
        this.dropped = dropped;
        this.droppedThrough = droppedThrough;
        this.sum = sum;
    }

    private static Taken[][] emptyBuckets() {
        Taken[][] buckets = new Taken[BUCKETS][];
        Arrays.fill(buckets, NONE);
        return buckets;
    }

    /** The octets that all changes may take on members of those settings: what the smallest can spare decides. */
    static long bound(Settings settings) {
        return MemoryLimits.all(settings).stream()
                .mapToLong(limit -> limit.octets() / ZoneLimits.HISTORY_MEMORY_SHARE)
                .reduce(ZoneLimits.HISTORY_OCTETS, Math::min);
    }

    /** The octets that those of one zone may take where all may take so many. */
    static long zoneBound(long bound) {
        return bound / ZoneLimits.HISTORY_ZONE_SHARE;
    }

    /** How many changes are kept. */
    public long count() {
        return count;
    }

    /** Octets that they take, by which they are bounded: the same on all replicas. */
    public long size() {
        return octets;
    }

    /** How many changes have gone since the first. */
    public long dropped() {
        return dropped;
    }

    /** Index of the latest change that has gone; 0: none has. After it nothing is missing. */
    public long droppedThrough() {
        return droppedThrough;
    }

    /** Octets of heap that it takes. */
    long octets() {
        return count == 0 ? 0 : OWN_OCTETS + octets + (long) ZONE_OCTETS * zones;
    }

    /** Octets of all changes in the order of the log; not to be written to. */
    byte[][][] pages() {
        return pages;
    }

    /** Of all that are kept. */
    Hash256 sum() {
        return sum;
    }

    /** What stands for it in the digest of a state, beside {@link #sum}. */
    void writeNumbers(WireWriter out) {
        out.i64(count).i64(dropped).i64(droppedThrough);
    }

    /**
     * A change as it is kept. Reading it makes objects; its octets tell how many.
     *
     * @param octets not to be written to
     */
    public record Entry(long index, byte[] octets) {
        /** How many octets it has. */
        public int size() {
            return octets.length;
        }

        /** The change. */
        public ZoneChange read() {
            try {
                return ZoneChange.decode(octets);
            } catch (CodecException e) {
                throw new IllegalStateException("the change at entry " + index + " cannot be read", e);
            }
        }
    }

    /**
     * Visits changes from the oldest on, as long as the visitor wants more.
     *
     * @param after index of the last one that is passed over
     * @param apex of the zone whose changes they are; null: of all zones
     */
    public void forEachAfter(long after, @Nullable Name apex, Predicate<Entry> visitor) {
        byte[] wanted = apex == null ? null : apex.toWireCanonical();
        for (int page = firstPageAfter(after); page < pages.length; page++) {
            for (byte[] change : pages[page]) {
                if (index(change) > after
                        && (wanted == null || isOf(change, wanted))
                        && !visitor.test(new Entry(index(change), change))) {
                    return;
                }
            }
        }
    }

    /** The changes of one zone, the latest first, as long as the visitor wants more. */
    public void forEachBack(Name apex, Predicate<Entry> visitor) {
        byte[] wanted = apex.toWireCanonical();
        for (int page = pages.length - 1; page >= 0; page--) {
            for (int i = pages[page].length - 1; i >= 0; i--) {
                byte[] change = pages[page][i];
                if (isOf(change, wanted) && !visitor.test(new Entry(index(change), change))) {
                    return;
                }
            }
        }
    }

    private int firstPageAfter(long after) {
        int low = 0;
        int high = pages.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            byte[][] page = pages[middle];
            if (index(page[page.length - 1]) > after) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static long index(byte[] change) {
        long index = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            index = index << 8 | (change[i] & 0xFFL);
        }
        return index;
    }

    private static boolean isOf(byte[] change, byte[] apex) {
        return change.length > APEX + apex.length
                && Arrays.equals(change, APEX, APEX + apex.length, apex, 0, apex.length);
    }

    private static byte[] apex(byte[] change) {
        return Arrays.copyOfRange(change, APEX, PackedRecords.afterName(change, APEX));
    }

    private static int bucket(byte[] apex) {
        return (Arrays.hashCode(apex) * 0x9E3779B9) >>> 22;
    }

    private static long taken(byte[] change) {
        return (long) ENTRY_OCTETS + change.length;
    }

    /**
     * With one more change, and without those that it leaves no room for. What is removed and added is left out where it alone is
     * above the bound of a zone; a change that is above it even so is not kept, and counted.
     *
     * @param bound octets that all may take
     */
    ChangeHistory with(ZoneChange change, long bound) {
        long ofZone = zoneBound(bound);
        byte[] octetsOf = change.encode();
        if (taken(octetsOf) > ofZone) {
            octetsOf = change.withoutDifference().encode();
        }
        if (taken(octetsOf) > ofZone) {
            Edit none = new Edit();
            none.gone(change.index());
            return none.done(none.withoutOldest(pages, bound));
        }
        Edit edit = new Edit();
        edit.add(octetsOf);
        byte[][][] next = appended(pages, octetsOf);
        byte[] apex = apex(octetsOf);
        if (edit.taken(apex) > ofZone) {
            // By an eighth more than it must: all pages are made anew for it.
            next = edit.without(next, apex, ofZone - ofZone / 8);
        }
        return edit.done(edit.withoutOldest(next, bound));
    }

    /** As it stood in a snapshot. */
    static ChangeHistory of(List<byte[]> stored, long dropped, long droppedThrough) {
        ChangeHistory gone =
                new ChangeHistory(EMPTY.pages, EMPTY.buckets, 0, 0, 0, dropped, droppedThrough, Hash256.ZERO);
        Edit edit = gone.new Edit();
        stored.forEach(edit::add);
        return edit.done(paged(stored));
    }

    private static byte[][][] appended(byte[][][] pages, byte[] change) {
        int last = pages.length - 1;
        if (last >= 0 && pages[last].length < PAGE) {
            byte[][][] next = pages.clone();
            next[last] = Arrays.copyOf(pages[last], pages[last].length + 1);
            next[last][pages[last].length] = change;
            return next;
        }
        byte[][][] next = Arrays.copyOf(pages, pages.length + 1);
        next[last + 1] = new byte[][] {change};
        return next;
    }

    private static byte[][][] paged(List<byte[]> changes) {
        byte[][][] next = new byte[(changes.size() + PAGE - 1) / PAGE][][];
        for (int i = 0; i < next.length; i++) {
            next[i] = changes.subList(i * PAGE, Math.min(changes.size(), (i + 1) * PAGE))
                    .toArray(new byte[0][]);
        }
        return next;
    }

    /** What becomes of the numbers while changes come and go. */
    private final class Edit {
        private final Taken[][] nextBuckets = buckets.clone();
        private final Hash256.Sum nextSum = new Hash256.Sum(sum);
        private int nextZones = zones;
        private long nextCount = count;
        private long nextOctets = octets;
        private long nextDropped = dropped;
        private long nextDroppedThrough = droppedThrough;

        void add(byte[] change) {
            nextSum.add(change);
            nextCount++;
            take(apex(change), ChangeHistory.taken(change));
        }

        private void drop(byte[] change) {
            nextSum.subtract(change);
            nextCount--;
            take(apex(change), -ChangeHistory.taken(change));
            gone(index(change));
        }

        void gone(long index) {
            nextDropped++;
            nextDroppedThrough = Math.max(nextDroppedThrough, index);
        }

        private void take(byte[] apex, long more) {
            nextOctets += more;
            int number = bucket(apex);
            Taken[] bucket = nextBuckets[number];
            List<Taken> next = new ArrayList<>(Arrays.asList(bucket));
            long before = taken(apex);
            next.removeIf(each -> Arrays.equals(each.apex, apex));
            if (before + more > 0) {
                next.add(new Taken(apex, before + more));
            }
            nextZones += next.size() - bucket.length;
            nextBuckets[number] = next.toArray(NONE);
        }

        long taken(byte[] apex) {
            for (Taken each : nextBuckets[bucket(apex)]) {
                if (Arrays.equals(each.apex, apex)) {
                    return each.octets;
                }
            }
            return 0;
        }

        /** Without the oldest of one zone, so that its changes take no more than that, or only the latest is left. */
        byte[][][] without(byte[][][] from, byte[] apex, long most) {
            List<byte[]> kept = new ArrayList<>();
            byte[][] last = from[from.length - 1];
            long latest = index(last[last.length - 1]);
            for (byte[][] page : from) {
                for (byte[] change : page) {
                    if (taken(apex) > most && index(change) < latest && isOf(change, apex)) {
                        drop(change);
                    } else {
                        kept.add(change);
                    }
                }
            }
            return paged(kept);
        }

        /** Without the oldest of all, so that all take no more than that. */
        byte[][][] withoutOldest(byte[][][] from, long most) {
            int page = 0;
            int at = 0;
            while (nextOctets > most && page < from.length) {
                drop(from[page][at++]);
                if (at == from[page].length) {
                    page++;
                    at = 0;
                }
            }
            if (page == 0 && at == 0) {
                return from;
            }
            byte[][][] next = Arrays.copyOfRange(from, page, from.length);
            if (at > 0) {
                next[0] = Arrays.copyOfRange(next[0], at, next[0].length);
            }
            return next;
        }

        ChangeHistory done(byte[][][] nextPages) {
            return new ChangeHistory(
                    nextPages,
                    nextBuckets,
                    nextZones,
                    nextCount,
                    nextOctets,
                    nextDropped,
                    nextDroppedThrough,
                    nextSum.total());
        }
    }

    /**
     * Sees to it that octets are a change that may follow others.
     *
     * @return its index
     * @throws CodecException if they are not
     */
    static long requireChange(byte[] stored, long after) throws CodecException {
        ZoneChange change = ZoneChange.decode(stored);
        if (change.index() <= after) {
            throw new CodecException("a history in which entry " + change.index() + " comes after " + after);
        }
        return change.index();
    }
}
