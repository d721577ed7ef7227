package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.WireWriter;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The last {@link ZoneLimits#REQUEST_RING} requests and their outcomes. Immutable; a next ring copies a page or a bucket for each
 * request and shares the rest. Pages hold the requests in order, so that the oldest is found when its place is needed;
 * buckets find a request by its id.
 */
@SuppressWarnings("ReferenceEquality") // entries and pages are compared by what they are, not by what they hold
final class RequestRing {
    private static final int PAGE = 100;
    private static final int BUCKETS = 2048;
    private static final Entry[] NONE = {};

    /** Of heap, for one request: the entry, its id, its outcome with a version, its places in a page and in a bucket. */
    private static final int ENTRY_OCTETS = 152;

    /** Of heap, for the arrays of pages and of buckets. */
    private static final int OWN_OCTETS = 64 << 10;

    /** Where no request has been yet; in no bucket. */
    private static final Entry BLANK = new Entry(new RequestId(0, 0), new Recorded(0, new ZoneVersion(0, 0), 0));

    static final RequestRing EMPTY = new RequestRing(0, Hash256.ZERO, blankPages(), emptyBuckets());

    private final long count;
    private final Hash256 sum;
    private final Entry[][] pages;
    private final Entry[][] buckets;

    /** A request and what became of it. */
    record Entry(RequestId id, Recorded outcome) {
        /** @param number how many came before it, which tells when its place is needed */
        byte[] octets(long number) {
            WireWriter out = new WireWriter().i64(number);
            write(out, id, outcome);
            return out.toBytes();
        }
    }

    private RequestRing(long count, Hash256 sum, Entry[][] pages, Entry[][] buckets) {
        this.count = count;
        this.sum = sum;
        this.pages = pages;
        this.buckets = buckets;
    }

    /** Without requests, but with so many that have come and gone. */
    static RequestRing after(long count) {
        return new RequestRing(count, Hash256.ZERO, EMPTY.pages, EMPTY.buckets);
    }

    /** A request as it stands in a snapshot. */
    static void write(WireWriter out, RequestId id, Recorded outcome) {
        out.requestId(id).i64(outcome.index()).version(outcome.version()).u32(outcome.serial());
    }

    private static Entry[][] blankPages() {
        Entry[] page = new Entry[PAGE];
        Arrays.fill(page, BLANK);
        Entry[][] pages = new Entry[ZoneLimits.REQUEST_RING / PAGE][];
        Arrays.fill(pages, page);
        return pages;
    }

    private static Entry[][] emptyBuckets() {
        Entry[][] buckets = new Entry[BUCKETS][];
        Arrays.fill(buckets, NONE);
        return buckets;
    }

    /** How many there have ever been. */
    long count() {
        return count;
    }

    /** How many are remembered. */
    int size() {
        return (int) Math.min(count, ZoneLimits.REQUEST_RING);
    }

    /** Octets of heap that it takes. */
    long octets() {
        return OWN_OCTETS + (long) size() * ENTRY_OCTETS;
    }

    /** Of all that are remembered, each with its place. */
    Hash256 sum() {
        return sum;
    }

    @Nullable
    Recorded find(RequestId id) {
        for (Entry entry : buckets[bucket(id)]) {
            if (entry.id.equals(id)) {
                return entry.outcome;
            }
        }
        return null;
    }

    /** Whether every request of an entry at that index is still remembered here, if this state has applied it. */
    boolean remembers(long index) {
        int oldest = (int) (count % ZoneLimits.REQUEST_RING);
        return count <= ZoneLimits.REQUEST_RING || pages[oldest / PAGE][oldest % PAGE].outcome.index() < index;
    }

    RequestRing with(List<RequestId> ids, Recorded outcome) {
        return ids.isEmpty()
                ? this
                : with(ids.stream().map(id -> new Entry(id, outcome)).toList());
    }

    /** With requests that came in this order: copies each page once, however many there are. */
    RequestRing with(List<Entry> entries) {
        Entry[][] nextPages = pages.clone();
        Entry[][] nextBuckets = buckets.clone();
        long next = count;
        Hash256.Sum nextSum = new Hash256.Sum(sum);
        for (Entry entry : entries) {
            int slot = (int) (next % ZoneLimits.REQUEST_RING);
            int page = slot / PAGE;
            if (nextPages[page] == pages[page]) {
                nextPages[page] = pages[page].clone();
            }
            Entry oldest = nextPages[page][slot % PAGE];
            if (oldest != BLANK) {
                nextSum.subtract(oldest.octets(next - ZoneLimits.REQUEST_RING));
                int from = bucket(oldest.id);
                nextBuckets[from] = without(nextBuckets[from], oldest);
            }
            nextSum.add(entry.octets(next));
            nextPages[page][slot % PAGE] = entry;
            int bucket = bucket(entry.id);
            nextBuckets[bucket] = append(nextBuckets[bucket], entry);
            next++;
        }
        return new RequestRing(next, nextSum.total(), nextPages, nextBuckets);
    }

    /** The remembered ones, the oldest first. */
    void forEach(BiConsumer<RequestId, Recorded> visitor) {
        for (long i = Math.max(0, count - ZoneLimits.REQUEST_RING); i < count; i++) {
            int slot = (int) (i % ZoneLimits.REQUEST_RING);
            Entry entry = pages[slot / PAGE][slot % PAGE];
            if (entry != BLANK) {
                visitor.accept(entry.id, entry.outcome);
            }
        }
    }

    private static int bucket(RequestId id) {
        return (Long.hashCode(id.high() * 31 + id.low()) * 0x9E3779B9) >>> 21;
    }

    private static Entry[] append(Entry[] bucket, Entry entry) {
        Entry[] next = Arrays.copyOf(bucket, bucket.length + 1);
        next[bucket.length] = entry;
        return next;
    }

    private static Entry[] without(Entry[] bucket, Entry gone) {
        Entry[] next = new Entry[bucket.length - 1];
        int to = 0;
        for (Entry entry : bucket) {
            if (entry != gone) {
                next[to++] = entry;
            }
        }
        return next;
    }
}
