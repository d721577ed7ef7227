package io.evenkeel.server.query;

import io.evenkeel.zones.QName;

/**
 * What a message asks: header, question, EDNS. Reads the wire itself. Scratch, reused: one per handler, not thread-safe,
 * allocates nothing.
 */
final class Query {
    /** What is in it after {@link #parse}: what can be read up to a fault stays set, so that an error can echo it. */
    final QName name = new QName();

    private int flags;
    private int questionEnd;
    private int type;
    private int dnsClass;
    private boolean hasEdns;
    private int ednsVersion;
    private int ednsPayload;
    private boolean dnssecOk;
    private boolean asksZoneVersion;

    /**
     * A message of at least a header.
     *
     * @return NOERROR or FORMERR
     */
    int parse(byte[] in, int length) {
        flags = Wire.u16(in, Wire.FLAGS);
        questionEnd = Wire.HEADER;
        type = -1;
        dnsClass = -1;
        hasEdns = false;
        ednsVersion = 0;
        ednsPayload = 0;
        dnssecOk = false;
        asksZoneVersion = false;
        if (Wire.u16(in, Wire.QDCOUNT) != 1) { // RFC 9619 §4
            return Wire.FORMERR;
        }
        int afterName = name.parse(in, Wire.HEADER, length);
        if (afterName < 0 || afterName + 4 > length) {
            return Wire.FORMERR;
        }
        type = Wire.u16(in, afterName);
        dnsClass = Wire.u16(in, afterName + 2);
        questionEnd = afterName + 4;
        return parseRecords(in, length);
    }

    /** Only OPT matters; what follows the last record is ignored. */
    private int parseRecords(byte[] in, int length) {
        int beforeAdditional = Wire.u16(in, Wire.ANCOUNT) + Wire.u16(in, Wire.NSCOUNT);
        int records = beforeAdditional + Wire.u16(in, Wire.ARCOUNT);
        int at = questionEnd;
        for (int i = 0; i < records; i++) { // ends at the message's end at the latest
            int fixed = skipName(in, at, length);
            if (fixed < 0 || fixed + 10 > length) {
                return Wire.FORMERR;
            }
            int end = fixed + 10 + Wire.u16(in, fixed + 8);
            if (end > length) {
                return Wire.FORMERR;
            }
            if (Wire.u16(in, fixed) == Wire.OPT) {
                // RFC 6891 §6.1.1: one, in the additional section, owned by the root
                if (hasEdns || i < beforeAdditional || fixed != at + 1 || !parseOptions(in, fixed + 10, end)) {
                    hasEdns = false;
                    return Wire.FORMERR;
                }
                hasEdns = true;
                ednsPayload = Wire.u16(in, fixed + 2);
                ednsVersion = in[fixed + 5] & 0xFF;
                dnssecOk = (in[fixed + 6] & 0x80) != 0;
            }
            at = end;
        }
        return Wire.NOERROR;
    }

    /** The lengths must add up; options that we do not know are ignored (RFC 6891 §6.1.2). */
    private boolean parseOptions(byte[] in, int from, int end) {
        int at = from;
        while (at + 4 <= end) {
            switch (Wire.u16(in, at)) {
                case Wire.ZONEVERSION -> asksZoneVersion = true; // RFC 9660 §3.2: what a question puts in is ignored
                default -> {}
            }
            at += 4 + Wire.u16(in, at + 2);
        }
        return at == end;
    }

    /** The offset after a name that may end in a pointer; -1 if it is not one. */
    private static int skipName(byte[] in, int from, int length) {
        int at = from;
        while (at < length) {
            int octets = in[at] & 0xFF;
            if (octets == 0) {
                return at + 1;
            }
            if (octets >= 0xC0) {
                return at + 2;
            }
            if (octets > 63) {
                return -1;
            }
            at += octets + 1;
        }
        return -1;
    }

    int flags() {
        return flags;
    }

    boolean isStandardQuery() {
        return (flags & Wire.OPCODE) == 0;
    }

    /** Where the question ends; {@link Wire#HEADER} if it could not be read. */
    int questionEnd() {
        return questionEnd;
    }

    /** -1 if it could not be read. */
    int type() {
        return type;
    }

    int dnsClass() {
        return dnsClass;
    }

    boolean hasEdns() {
        return hasEdns;
    }

    int ednsVersion() {
        return ednsVersion;
    }

    /** As advertised. */
    int ednsPayload() {
        return ednsPayload;
    }

    boolean dnssecOk() {
        return dnssecOk;
    }

    /** Whether it has the option ZONEVERSION. */
    boolean asksZoneVersion() {
        return asksZoneVersion;
    }
}
