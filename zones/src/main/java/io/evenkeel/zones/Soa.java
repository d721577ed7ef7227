package io.evenkeel.zones;

import org.xbill.DNS.SOARecord;

/** The SOA record and its serial, whose arithmetic is that of RFC 1982. */
public final class Soa {
    private Soa() {}

    /** The same record with another TTL and serial. */
    public static SOARecord with(SOARecord soa, long ttlSeconds, long serial) {
        return new SOARecord(
                soa.getName(),
                soa.getDClass(),
                ttlSeconds,
                soa.getHost(),
                soa.getAdmin(),
                serial,
                soa.getRefresh(),
                soa.getRetry(),
                soa.getExpire(),
                soa.getMinimum());
    }

    /** How far a serial is ahead of another; not positive if it is not (RFC 1982 §3.2; half the circle is neither). */
    public static int ahead(long serial, long of) {
        int distance = (int) (serial - of);
        return distance == Integer.MIN_VALUE ? 0 : distance;
    }

    /** The serial after this one; 0 is left out, since some software takes it for "unknown". */
    public static long next(long serial) {
        long next = (serial + 1) & 0xFFFF_FFFFL;
        return next == 0 ? 1 : next;
    }
}
