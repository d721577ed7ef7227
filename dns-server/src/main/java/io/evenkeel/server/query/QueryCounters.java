package io.evenkeel.server.query;

import io.evenkeel.zones.answer.RCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;

/**
 * What one event loop counts. Only its loop writes, by plain increments; anyone may read, and sees each counter as it was a
 * moment ago. Every message is counted once as a drop or once as a response, and each response once as a query.
 */
@SuppressWarnings("EnumOrdinal") // places in an array of this process only
public final class QueryCounters {
    /** RCODEs that are counted by themselves: up to BADCOOKIE; none above is sent. */
    public static final int RCODES = RCode.BADCOOKIE + 1;

    /** Classes of {@link #waits}. */
    public static final int WAIT_CLASSES = 13;

    /** Longest wait of each class but the last, in ns: 0.1 ms to 10 s, the longest that a client may be said to wait. */
    private static final long[] WAIT_NANOS = {
        100_000,
        1_000_000,
        5_000_000,
        10_000_000,
        50_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L
    };

    /** Classes of {@link #sizes}. */
    public static final int SIZE_CLASSES = 9;

    /** Longest answers of the first class; of each further one twice that, and of the last any. */
    private static final int LEAST_SIZE = 64;

    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int TYPES = FoldedType.values().length;
    private static final int TRANSPORTS = Transport.values().length;
    /** A cache line and its neighbour, before and after: two loops' counters never share one. */
    private static final int PADDING = 16;

    private static final int QUERIES = PADDING;
    private static final int RESPONSES = QUERIES + TRANSPORTS * TYPES;
    private static final int DROPS = RESPONSES + TRANSPORTS * RCODES;
    private static final int TRUNCATED = DROPS + DropReason.values().length;
    private static final int FAILURES = TRUNCATED + 1;
    private static final int COOKIES = FAILURES + 1;
    private static final int WAITS = COOKIES + CookieState.values().length;
    private static final int WAITED_NANOS = WAITS + WAIT_CLASSES;
    private static final int LOST = WAITED_NANOS + 1;
    private static final int OLDEST = LOST + 1;
    private static final int OLDEST_NANOS = OLDEST + WAIT_CLASSES;
    private static final int OLDEST_LAST = OLDEST_NANOS + 1;
    private static final int BUFFER = OLDEST_LAST + 1;
    private static final int COUNTED = BUFFER + 1;
    private static final int REPEATED = COUNTED + 1;
    private static final int PROBES = REPEATED + 1;
    private static final int EDNS = PROBES + 1;
    private static final int DNSSEC_OK = EDNS + 1;
    private static final int NODATA = DNSSEC_OK + 1;
    private static final int REFERRALS = NODATA + 1;
    private static final int ANSWERED = REFERRALS + 1;
    private static final int ANSWERED_NANOS = ANSWERED + WAIT_CLASSES;
    private static final int SIZES = ANSWERED_NANOS + 1;
    private static final int SIZE_SUMS = SIZES + TRANSPORTS * SIZE_CLASSES;
    private static final int END = SIZE_SUMS + TRANSPORTS;

    private final long[] counts = new long[END + PADDING];

    void query(Transport transport, int type) {
        increment(QUERIES + transport.ordinal() * TYPES + FoldedType.of(type).ordinal());
    }

    void response(Transport transport, int rcode) {
        increment(RESPONSES + transport.ordinal() * RCODES + rcode);
    }

    /** An answer has so many octets. */
    void size(Transport transport, int octets) {
        increment(SIZES + transport.ordinal() * SIZE_CLASSES + sizeClass(octets));
        int sum = SIZE_SUMS + transport.ordinal();
        LONG.setOpaque(counts, sum, counts[sum] + octets);
    }

    /** A question with EDNS. */
    void edns(boolean dnssecOk) {
        increment(EDNS);
        if (dnssecOk) {
            increment(DNSSEC_OK);
        }
    }

    /** The name is there, and has no record of the type. */
    void withoutData() {
        increment(NODATA);
    }

    /** A zone below this one has the name. */
    void referral() {
        increment(REFERRALS);
    }

    void truncated() {
        increment(TRUNCATED);
    }

    void failure() {
        increment(FAILURES);
    }

    void cookie(CookieState state) {
        increment(COOKIES + state.ordinal());
    }

    /** A probe of another member was answered. */
    void probe() {
        increment(PROBES);
    }

    /** A message got no answer. For the loop only. */
    public void drop(DropReason reason) {
        increment(DROPS + reason.ordinal());
    }

    /** A datagram was read so long after it came. For the loop only. */
    public void waited(long nanos) {
        increment(WAITS + waitClass(nanos));
        LONG.setOpaque(counts, WAITED_NANOS, counts[WAITED_NANOS] + nanos);
    }

    /** The answer to a datagram was with the kernel so long after that came. For the loop only. */
    public void answeredAfter(long nanos) {
        increment(ANSWERED + waitClass(nanos));
        LONG.setOpaque(counts, ANSWERED_NANOS, counts[ANSWERED_NANOS] + nanos);
    }

    /** The oldest datagram of those that were read at once had waited so long. For the loop only. */
    public void oldest(long nanos) {
        increment(OLDEST + waitClass(nanos));
        LONG.setOpaque(counts, OLDEST_NANOS, counts[OLDEST_NANOS] + nanos);
        LONG.setOpaque(counts, OLDEST_LAST, nanos);
    }

    /** No datagram has come lately. For the loop only. */
    public void nothingWaits() {
        LONG.setOpaque(counts, OLDEST_LAST, 0);
    }

    /** So many datagrams a socket may hold. For the loop only. */
    public void buffer(long datagrams) {
        LONG.setOpaque(counts, BUFFER, datagrams);
    }

    /** The kernel had no room for so many datagrams. For the loop only. */
    public void lost(int datagrams) {
        LONG.setOpaque(counts, LOST, counts[LOST] + datagrams);
    }

    /** A question was looked up among those of the last moments. For the loop only. */
    public void counted(boolean repeated) {
        increment(COUNTED);
        if (repeated) {
            increment(REPEATED);
        }
    }

    /** Questions that were looked up among those of the last moments; a calm loop looks none up. */
    public long counted() {
        return count(COUNTED);
    }

    /** Of these, the ones that a client asked again. */
    public long repeated() {
        return count(REPEATED);
    }

    /** Questions answered, by the type that they asked for. */
    public long queries(Transport transport, FoldedType type) {
        return count(QUERIES + transport.ordinal() * TYPES + type.ordinal());
    }

    /** Answers given, by their RCODE, below {@link #RCODES}. */
    public long responses(Transport transport, int rcode) {
        return count(RESPONSES + transport.ordinal() * RCODES + rcode);
    }

    /** Messages left unanswered. */
    public long drops(DropReason reason) {
        return count(DROPS + reason.ordinal());
    }

    /** Answers with TC set. */
    public long truncations() {
        return count(TRUNCATED);
    }

    /** Faults of this program, each answered SERVFAIL. */
    public long failures() {
        return count(FAILURES);
    }

    /** Questions with a COOKIE option of a possible length. */
    public long cookies(CookieState state) {
        return count(COOKIES + state.ordinal());
    }

    /** Datagrams that waited in the kernel for at most {@link #longestWait} and more than that of the class before. */
    public long waits(int waitClass) {
        return count(WAITS + waitClass);
    }

    /** In seconds; infinite for the last class. */
    public static double longestWait(int waitClass) {
        return waitClass < WAIT_NANOS.length ? WAIT_NANOS[waitClass] / 1e9 : Double.POSITIVE_INFINITY;
    }

    /** How long all datagrams together have waited in the kernel, in ns. */
    public long waitedNanos() {
        return count(WAITED_NANOS);
    }

    /** Datagrams that the kernel had no room for while the node was open. */
    public long lost() {
        return count(LOST);
    }

    /** Reads of several datagrams whose oldest had waited at most {@link #longestWait} and more than that of the class before. */
    public long oldestWaits(int waitClass) {
        return count(OLDEST + waitClass);
    }

    /** How long the oldest datagrams of all reads together have waited, in ns. */
    public long oldestWaitedNanos() {
        return count(OLDEST_NANOS);
    }

    /** How long the oldest datagram of the last read had waited, in ns; 0 if that was a while ago. Of one loop. */
    public long oldestLastNanos() {
        return count(OLDEST_LAST);
    }

    /** Datagrams that the kernel holds for a socket. Of one loop. */
    public long buffer() {
        return count(BUFFER);
    }

    /** Probes of other members that were answered; they count as neither queries nor responses. */
    public long probes() {
        return count(PROBES);
    }

    /** Questions answered that had EDNS. */
    public long edns() {
        return count(EDNS);
    }

    /** Of these, those that asked for records of DNSSEC. */
    public long dnssecOk() {
        return count(DNSSEC_OK);
    }

    /** Lookups that found the name and no record of the type. */
    public long nodata() {
        return count(NODATA);
    }

    /** Lookups that ended at a zone cut. */
    public long referrals() {
        return count(REFERRALS);
    }

    /** Answers that were with the kernel at most {@link #longestWait} after their question, and more than that of the class before. */
    public long answered(int waitClass) {
        return count(ANSWERED + waitClass);
    }

    /** How long all these took together, in ns. */
    public long answeredNanos() {
        return count(ANSWERED_NANOS);
    }

    /** Answers of at most {@link #longestAnswer} octets, and more than that of the class before. */
    public long sizes(Transport transport, int sizeClass) {
        return count(SIZES + transport.ordinal() * SIZE_CLASSES + sizeClass);
    }

    /** Octets of all answers. */
    public long sizeSum(Transport transport) {
        return count(SIZE_SUMS + transport.ordinal());
    }

    /** In octets; infinite for the last class. */
    public static double longestAnswer(int sizeClass) {
        return sizeClass < SIZE_CLASSES - 1 ? LEAST_SIZE << sizeClass : Double.POSITIVE_INFINITY;
    }

    /** A copy that holds the sums over all of them. */
    public static QueryCounters sum(Collection<QueryCounters> loops) {
        QueryCounters sum = new QueryCounters();
        for (QueryCounters loop : loops) {
            for (int i = PADDING; i < END; i++) {
                sum.counts[i] += loop.count(i);
            }
        }
        return sum;
    }

    private static int waitClass(long nanos) {
        int waitClass = 0;
        while (waitClass < WAIT_NANOS.length && nanos > WAIT_NANOS[waitClass]) {
            waitClass++;
        }
        return waitClass;
    }

    private static int sizeClass(int octets) {
        return Math.min(SIZE_CLASSES - 1, Integer.SIZE - Integer.numberOfLeadingZeros((octets - 1) / LEAST_SIZE));
    }

    private void increment(int counter) {
        LONG.setOpaque(counts, counter, counts[counter] + 1);
    }

    private long count(int counter) {
        return (long) LONG.getOpaque(counts, counter);
    }
}
