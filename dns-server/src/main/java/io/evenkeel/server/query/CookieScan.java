package io.evenkeel.server.query;

import io.evenkeel.zones.store.RRType;

/**
 * Finds the server cookie of a message before that is read: in an ordinary question, which has nothing but an OPT among
 * its first few records. Any octets will do; looks at each at most once, and at no more than that.
 */
final class CookieScan {
    /** Records that are looked at, and options of OPT: more than any client sends. */
    static final int RECORDS = 4;

    static final int OPTIONS = 16;

    private static final int NOT_FOUND = -1;

    private CookieScan() {}

    /**
     * The first COOKIE option, if its length is that of a server cookie of ours.
     *
     * @param length of the message, a header at least; {@code in.length >= length + 8}
     * @return where its contents start, {@link ServerCookies#BYTES} of them; -1: there is none
     */
    static int find(byte[] in, int length) {
        int records = Wire.u16(in, Wire.ARCOUNT);
        if (Wire.u16(in, Wire.QDCOUNT) != 1
                || Wire.u16(in, Wire.ANCOUNT) != 0
                || Wire.u16(in, Wire.NSCOUNT) != 0
                || records > RECORDS) {
            return NOT_FOUND;
        }
        int at = Query.skipName(in, Wire.HEADER, length) + 4;
        if (at < Wire.HEADER) {
            return NOT_FOUND;
        }
        for (int i = 0; i < records; i++) {
            int fixed = Query.skipName(in, at, length);
            if (fixed < 0 || fixed + 10 > length) {
                return NOT_FOUND;
            }
            int end = fixed + 10 + Wire.u16(in, fixed + 8);
            if (end > length) {
                return NOT_FOUND;
            }
            if (Wire.u16(in, fixed) == RRType.OPT) {
                return findOption(in, fixed + 10, end);
            }
            at = end;
        }
        return NOT_FOUND;
    }

    private static int findOption(byte[] in, int from, int end) {
        int at = from;
        for (int i = 0; i < OPTIONS && at + 4 <= end; i++) {
            int octets = Wire.u16(in, at + 2);
            if (Wire.u16(in, at) == Wire.COOKIE) { // RFC 7873 §5.2: the first counts
                return octets == ServerCookies.BYTES && at + 4 + octets <= end ? at + 4 : NOT_FOUND;
            }
            at += 4 + octets;
        }
        return NOT_FOUND;
    }
}
