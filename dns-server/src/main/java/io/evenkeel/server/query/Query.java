package io.evenkeel.server.query;

import io.evenkeel.zones.answer.RCode;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;

/**
 * What a message asks: header, question, EDNS. Reads the wire itself. Scratch, reused: one per handler, not thread-safe,
 * allocates nothing.
 */
public final class Query {
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
    private boolean asksNsid;
    private boolean asksExpire;
    /** -1: no such option. */
    private int keepaliveLength;

    private int cookieAt;
    /** -1: no such option. */
    private int cookieLength;

    /**
     * A message of at least a header.
     *
     * @return NOERROR or FORMERR; a message without a question is none of the latter for that (RFC 7873 §5.4)
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
        asksNsid = false;
        asksExpire = false;
        keepaliveLength = -1;
        cookieLength = -1;
        int questions = Wire.u16(in, Wire.QDCOUNT);
        if (questions == 0) {
            return parseRecords(in, length);
        }
        if (questions != 1) { // RFC 9619 §4
            return RCode.FORMERR;
        }
        int afterName = name.parse(in, Wire.HEADER, length);
        if (afterName < 0 || afterName + 4 > length) {
            return RCode.FORMERR;
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
                return RCode.FORMERR;
            }
            int end = fixed + 10 + Wire.u16(in, fixed + 8);
            if (end > length) {
                return RCode.FORMERR;
            }
            if (Wire.u16(in, fixed) == RRType.OPT) {
                // RFC 6891 §6.1.1: one, in the additional section, owned by the root
                if (hasEdns || i < beforeAdditional || fixed != at + 1 || !parseOptions(in, fixed + 10, end)) {
                    hasEdns = false;
                    return RCode.FORMERR;
                }
                hasEdns = true;
                ednsPayload = Wire.u16(in, fixed + 2);
                ednsVersion = in[fixed + 5] & 0xFF;
                dnssecOk = (in[fixed + 6] & 0x80) != 0;
            }
            at = end;
        }
        return RCode.NOERROR;
    }

    /** The lengths must add up; options that we do not know are ignored (RFC 6891 §6.1.2). */
    private boolean parseOptions(byte[] in, int from, int end) {
        int at = from;
        while (at + 4 <= end) {
            int octets = Wire.u16(in, at + 2);
            switch (Wire.u16(in, at)) {
                case Wire.NSID -> asksNsid = true; // RFC 5001 §2.1, RFC 9660 §3.2: what a question puts in is ignored
                case Wire.ZONEVERSION -> asksZoneVersion = true;
                case Wire.EXPIRE -> asksExpire = true;
                case Wire.KEEPALIVE -> keepaliveLength = Math.max(keepaliveLength, octets);
                case Wire.COOKIE -> {
                    if (cookieLength < 0) { // RFC 7873 §5.2: the first counts
                        cookieAt = at + 4;
                        cookieLength = octets;
                    }
                }
                default -> {}
            }
            at += 4 + octets;
        }
        return at == end;
    }

    /** The offset after a name that may end in a pointer, which is not followed; -1 if it is not one. */
    static int skipName(byte[] in, int from, int length) {
        int end = Math.min(length, from + QName.MAX_LENGTH);
        int at = from;
        while (at < end) {
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

    /** From 0, which is QUERY, to 15. */
    int opcode() {
        return (flags & Wire.OPCODE) >> 11;
    }

    /** Whether it has a question that could be read. */
    boolean hasQuestion() {
        return questionEnd > Wire.HEADER;
    }

    /** Where the question ends; {@link Wire#HEADER} if there is none or it could not be read. */
    int questionEnd() {
        return questionEnd;
    }

    /** -1 if it could not be read. */
    public int type() {
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

    /** Whether it has the option NSID. */
    boolean asksNsid() {
        return asksNsid;
    }

    /** Whether it has the option EXPIRE. */
    boolean asksExpire() {
        return asksExpire;
    }

    /** Octets in the longest option edns-tcp-keepalive, -1 without one. */
    int keepaliveLength() {
        return keepaliveLength;
    }

    /** Where the contents of the first COOKIE option start. */
    int cookieAt() {
        return cookieAt;
    }

    /** Octets in the first COOKIE option, -1 without one. */
    int cookieLength() {
        return cookieLength;
    }

    /** Whether it has the option ZONEVERSION. */
    boolean asksZoneVersion() {
        return asksZoneVersion;
    }
}
