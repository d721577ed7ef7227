package io.evenkeel.server.query;

import io.evenkeel.zones.answer.Answer;
import io.evenkeel.zones.answer.RCode;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;

/**
 * Writes messages; the only one that knows offsets, compression, counts, TC and OPT. Scratch, reused: one per handler, not
 * thread-safe, allocates nothing.
 *
 * <p>An RRset goes out as one copy of the zone's bytes, whose owners are pointers to the question. Two things differ from that:
 * owners that are other names, which are patched, and RDATA that RFC 1035 allows to compress (RFC 3597 §4: no other type's),
 * which is written record by record, the end that it shares with its owner as a pointer into the owner.
 */
final class ResponseEncoder {
    private static final int POINTER = 0xC000;
    /** Octets of an RR between owner and RDATA: type, class, TTL, length. */
    private static final int FIXED = 10;

    private static final int NO_ROOM = -1;

    private final int udpPayload;
    private final ResponseOptions options = new ResponseOptions();
    /** Where the names of the answer start in the message. */
    private final int[] nameAt = new int[Answer.MAX_RRSETS + 1];
    /** Where RRsets start whose owners have a prefix. */
    private final int[] prefixedAt = new int[Answer.MAX_RRSETS];
    /** Names of the answer that were passed: RRsets are written in the order in which names point to them. */
    private int passedNames;

    private final int[] sectionCounts = new int[Answer.SECTIONS];
    /** Where the owner's labels start in the message, and the labels of a name in RDATA in the zone's bytes. */
    private final int[] ownerLabels = new int[QName.MAX_LENGTH];

    private final int[] rdataLabels = new int[QName.MAX_LENGTH];
    private final byte[] ownerInFull = new byte[QName.MAX_LENGTH];
    private int ownerLabelCount;
    private int ownerLength;

    private int limit;
    private int rcode;
    private boolean truncated;

    /** @param udpPayload what OPT says that we receive */
    ResponseEncoder(int udpPayload) {
        this.udpPayload = udpPayload;
    }

    /** Those of the next answer, to be cleared and filled before it is encoded. */
    ResponseOptions options() {
        return options;
    }

    /** RCODE of the last message, with the bits that OPT carries. */
    int rcode() {
        return rcode;
    }

    /** Whether the last message has TC set. */
    boolean isTruncated() {
        return truncated;
    }

    /** A message without records; it always fits, whatever its options are. */
    int error(byte[] in, Query query, int rcode, byte[] out) {
        start(in, query, rcode, out);
        limit = Wire.MIN_UDP - Wire.OPT_LENGTH - options.length();
        return finish(query, 0, query.questionEnd(), out);
    }

    /** In place of the last message, of the same RCODE: without records, so that the client asks over TCP. */
    int truncate(byte[] in, Query query, byte[] out) {
        start(in, query, rcode, out);
        truncated = true;
        limit = Wire.MIN_UDP - Wire.OPT_LENGTH - options.length();
        return finish(query, Wire.TC, query.questionEnd(), out);
    }

    /** One TXT record of one string, which no zone holds; nothing of it outlives the answer, so its TTL is 0. */
    int text(byte[] in, Query query, byte[] text, byte[] out) {
        start(in, query, RCode.NOERROR, out);
        limit = Wire.MAX_MESSAGE;
        int at = query.questionEnd();
        Wire.putU16(out, at, POINTER | Wire.HEADER);
        Wire.putU16(out, at + 2, RRType.TXT);
        Wire.putU16(out, at + 4, query.dnsClass());
        Wire.putU16(out, at + 6, 0);
        Wire.putU16(out, at + 8, 0);
        Wire.putU16(out, at + FIXED, text.length + 1);
        out[at + FIXED + 2] = (byte) text.length;
        System.arraycopy(text, 0, out, at + FIXED + 3, text.length);
        sectionCounts[Answer.ANSWER]++;
        return finish(query, Wire.AA, at + FIXED + 3 + text.length, out);
    }

    /**
     * @param limit most octets of the message
     * @param rotation not negative; by how many places the records of each RRset are turned round
     */
    int encode(byte[] in, Query query, Answer answer, int limit, int rotation, byte[] out) {
        start(in, query, answer.rcode(), out);
        this.limit = limit - (query.hasEdns() ? Wire.OPT_LENGTH + options.length() : 0);
        int at = query.questionEnd();
        for (int section = 0; section < Answer.SECTIONS && !truncated; section++) {
            boolean additional = section == Answer.ADDITIONAL;
            // RFC 9471 §3.1: what must be there comes before what may take its room
            at = additional ? writeSection(section, true, query, answer, rotation, at, out) : at;
            at = writeSection(section, false, query, answer, rotation, at, out);
        }
        truncated |= answer.isIncomplete();
        // RFC 1035 §3.7.1: nobody has all classes, so an answer for any of them is never authoritative
        boolean authoritative = answer.isAuthoritative() && query.dnsClass() == Wire.CLASS_IN;
        return finish(query, (authoritative ? Wire.AA : 0) | (truncated ? Wire.TC : 0), at, out);
    }

    /**
     * All of its RRsets, or up to the first that needs to be there and has no room; where it ends.
     *
     * @param required whether those that answers mark so, or all others
     */
    private int writeSection(
            int section, boolean required, Query query, Answer answer, int rotation, int from, byte[] out) {
        int at = from;
        int leftOut = Answer.NONE;
        for (int i = 0; i < answer.size(); i++) {
            if (answer.section(i) != section || answer.isRequired(i) != required) {
                continue;
            }
            // RFC 4035 §3.1.1: an RRset may go without its signatures, never they without it. They come next after it;
            // what
            // is required is glue, which has none.
            if (leftOut != Answer.NONE && leftOut == i - 1 && answer.type(i) == RRType.RRSIG) {
                continue;
            }
            int end = write(query, answer, i, rotation, at, out);
            if (end != NO_ROOM) {
                at = end;
                sectionCounts[section] += answer.count(i);
            } else if (section != Answer.ADDITIONAL) {
                truncated = true;
                return at;
            } else {
                leftOut = i;
                truncated |= required; // RFC 2181 §9: other additional data is left out without a word
            }
        }
        return at;
    }

    private void start(byte[] in, Query query, int rcode, byte[] out) {
        this.rcode = rcode;
        truncated = false;
        passedNames = 1;
        nameAt[Answer.QUESTION] = Wire.HEADER;
        sectionCounts[Answer.ANSWER] = 0;
        sectionCounts[Answer.AUTHORITY] = 0;
        sectionCounts[Answer.ADDITIONAL] = 0;
        System.arraycopy(in, 0, out, 0, query.questionEnd()); // the question in its own case
    }

    private int finish(Query query, int flags, int at, byte[] out) {
        int end = at;
        if (query.hasEdns()) {
            out[end] = 0;
            Wire.putU16(out, end + 1, RRType.OPT);
            Wire.putU16(out, end + 3, udpPayload);
            out[end + 5] = (byte) (rcode >> 4);
            out[end + 6] = 0;
            Wire.putU16(out, end + 7, query.dnssecOk() ? 0x8000 : 0); // RFC 3225 §3
            end = options.write(out, end + Wire.OPT_LENGTH, limit - at);
            Wire.putU16(out, at + 9, end - at - Wire.OPT_LENGTH);
            sectionCounts[Answer.ADDITIONAL]++;
        }
        int kept = query.flags() & (Wire.OPCODE | Wire.RD); // RFC 4035 §3.1.6: CD and AD are clear
        Wire.putU16(out, Wire.FLAGS, Wire.QR | kept | flags | (rcode & 0xF));
        Wire.putU16(out, Wire.QDCOUNT, query.questionEnd() > Wire.HEADER ? 1 : 0);
        Wire.putU16(out, Wire.ANCOUNT, sectionCounts[Answer.ANSWER]);
        Wire.putU16(out, Wire.NSCOUNT, sectionCounts[Answer.AUTHORITY]);
        Wire.putU16(out, Wire.ARCOUNT, sectionCounts[Answer.ADDITIONAL]);
        return end;
    }

    /** One RRset; the offset after it, or {@link #NO_ROOM}. */
    private int write(Query query, Answer answer, int rrset, int rotation, int at, byte[] out) {
        int ownerAt = ownerAt(query, answer, rrset, out);
        if (answer.prefixLength(rrset) > 0) {
            return writePrefixed(answer, rrset, ownerAt, at, out);
        }
        int type = answer.type(rrset);
        boolean hasNames =
                isCompressible(type) || (passedNames < answer.names() && answer.nameRRset(passedNames) == rrset);
        int count = answer.count(rrset);
        byte[] array = answer.array(rrset);
        int from = answer.from(rrset);
        int end = from + answer.bytes(rrset);
        int first = count == 1 ? from : skipRrs(array, from, rotation % count);
        if (hasNames || ownerAt > Wire.MAX_POINTER) {
            return writeEach(answer, rrset, ownerAt, first, at, out);
        }
        if (at + end - from > limit) {
            return NO_ROOM;
        }
        System.arraycopy(array, first, out, at, end - first);
        System.arraycopy(array, from, out, at + end - first, first - from);
        if (ownerAt != Wire.HEADER) {
            for (int i = 0, rr = at; i < count; i++) {
                Wire.putU16(out, rr, POINTER | ownerAt);
                rr += 2 + FIXED + Wire.u16(out, rr + FIXED);
            }
        }
        return at + end - from;
    }

    /**
     * An RRset of one record whose owner has labels that no name in the message has: NSEC and NSEC3, which are never
     * compressed (RFC 3597 §4).
     *
     * @param suffixAt where the rest of the owner stands
     */
    private int writePrefixed(Answer answer, int rrset, int suffixAt, int at, byte[] out) {
        int prefix = answer.prefixLength(rrset);
        boolean inReach = suffixAt <= Wire.MAX_POINTER;
        if (!inReach) {
            readOwner(suffixAt, out);
        }
        int owner = prefix + (inReach ? 2 : ownerLength);
        int bytes = answer.bytes(rrset) - 2;
        if (at + owner + bytes > limit) {
            return NO_ROOM;
        }
        answer.copyPrefix(rrset, out, at);
        int _ = writeOwner(suffixAt, at + prefix, out);
        System.arraycopy(answer.array(rrset), answer.from(rrset) + 2, out, at + owner, bytes);
        prefixedAt[rrset] = at;
        return at + owner + bytes;
    }

    /** Where in the message the owner stands. */
    private int ownerAt(Query query, Answer answer, int rrset, byte[] out) {
        int same = answer.ownerRRset(rrset);
        if (same != Answer.NONE) {
            return prefixedAt[same];
        }
        int name = answer.ownerName(rrset);
        int skips = answer.ownerSkips(rrset);
        if (name == Answer.QUESTION) {
            return Wire.HEADER + query.name.offset(skips);
        }
        int at = followPointers(out, nameAt[name]);
        for (int i = 0; i < skips; i++) {
            at = followPointers(out, at + 1 + out[at]);
        }
        return at;
    }

    /** To the label, or the root, that a name continues with at that place. */
    private static int followPointers(byte[] out, int at) {
        int label = at;
        while ((out[label] & 0xC0) == 0xC0) {
            label = Wire.u16(out, label) & Wire.MAX_POINTER;
        }
        return label;
    }

    private static int skipRrs(byte[] array, int from, int count) {
        int rr = from;
        for (int i = 0; i < count; i++) {
            rr += 2 + FIXED + Wire.u16(array, rr + FIXED);
        }
        return rr;
    }

    /** Record by record, from the one at {@code first}, round to the one before it. */
    private int writeEach(Answer answer, int rrset, int ownerAt, int first, int at, byte[] out) {
        byte[] array = answer.array(rrset);
        int from = answer.from(rrset);
        int end = from + answer.bytes(rrset);
        readOwner(ownerAt, out);
        int ownerBytes = ownerAt > Wire.MAX_POINTER ? ownerLength : 2;
        int firstName = passedNames;
        while (passedNames < answer.names() && answer.nameRRset(passedNames) == rrset) {
            passedNames++;
        }
        int name = firstName; // the names of an RRset are in the order of its records, at most one in each
        while (name < passedNames && answer.nameAt(name) < first) {
            name++;
        }
        int to = at;
        int rr = first;
        for (int i = 0; i < answer.count(rrset); i++) {
            int rdata = rr + 2 + FIXED;
            int next = rdata + Wire.u16(array, rdata - 2);
            if (to + ownerBytes + next - rr - 2 > Wire.MAX_MESSAGE) {
                return NO_ROOM;
            }
            to = writeOwner(ownerAt, to, out);
            name = name == passedNames ? firstName : name;
            if (name < passedNames && answer.nameAt(name) >= rdata && answer.nameAt(name) < next) {
                nameAt[name] = to + FIXED + answer.nameAt(name) - rdata; // no RDATA has a compressed name before it
                name++;
            }
            to = writeFromType(array, rr + 2, next, to, out);
            if (to > limit) {
                return NO_ROOM;
            }
            rr = next == end ? from : next;
        }
        return to;
    }

    /** Finds the labels of the name that stands there in the message; beyond a pointer's reach also copies it. */
    private void readOwner(int ownerAt, byte[] out) {
        ownerLabelCount = 0;
        ownerLength = 0;
        int label = followPointers(out, ownerAt);
        while (out[label] != 0) {
            ownerLabels[ownerLabelCount++] = label;
            if (ownerAt > Wire.MAX_POINTER) {
                System.arraycopy(out, label, ownerInFull, ownerLength, 1 + out[label]);
                ownerLength += 1 + out[label];
            }
            label = followPointers(out, label + 1 + out[label]);
        }
        ownerInFull[ownerLength++] = 0;
    }

    private int writeOwner(int ownerAt, int to, byte[] out) {
        if (ownerAt > Wire.MAX_POINTER) {
            System.arraycopy(ownerInFull, 0, out, to, ownerLength);
            return to + ownerLength;
        }
        Wire.putU16(out, to, POINTER | ownerAt);
        return to + 2;
    }

    private int writeFromType(byte[] array, int from, int end, int at, byte[] out) {
        int type = Wire.u16(array, from);
        if (!isCompressible(type)) {
            System.arraycopy(array, from, out, at, end - from);
            return at + end - from;
        }
        int beforeName = FIXED + (type == RRType.MX ? 2 : 0);
        System.arraycopy(array, from, out, at, beforeName);
        int rdata = from + beforeName;
        int to = writeName(array, rdata, at + beforeName, out);
        if (type == RRType.SOA) {
            rdata = afterName(array, rdata);
            to = writeName(array, rdata, to, out);
        }
        rdata = afterName(array, rdata);
        System.arraycopy(array, rdata, out, to, end - rdata);
        to += end - rdata;
        Wire.putU16(out, at + FIXED - 2, to - at - FIXED);
        return to;
    }

    /** A name of the zone's bytes, its longest end that is the owner's too as a pointer there. */
    private int writeName(byte[] array, int from, int at, byte[] out) {
        int labels = 0;
        int root = from;
        while (array[root] != 0) {
            rdataLabels[labels++] = root;
            root += 1 + array[root];
        }
        int shared = 0;
        while (shared < Math.min(labels, ownerLabelCount)
                && QName.isSameLabel(
                        array, rdataLabels[labels - 1 - shared], out, ownerLabels[ownerLabelCount - 1 - shared])) {
            shared++;
        }
        if (shared == 0 || ownerLabels[ownerLabelCount - shared] > Wire.MAX_POINTER) {
            System.arraycopy(array, from, out, at, root + 1 - from);
            return at + root + 1 - from;
        }
        int own = rdataLabels[labels - shared] - from;
        System.arraycopy(array, from, out, at, own);
        Wire.putU16(out, at + own, POINTER | ownerLabels[ownerLabelCount - shared]);
        return at + own + 2;
    }

    private static int afterName(byte[] array, int from) {
        int at = from;
        while (array[at] != 0) {
            at += 1 + array[at];
        }
        return at + 1;
    }

    private static boolean isCompressible(int type) {
        return type == RRType.NS
                || type == RRType.CNAME
                || type == RRType.SOA
                || type == RRType.PTR
                || type == RRType.MX;
    }
}
