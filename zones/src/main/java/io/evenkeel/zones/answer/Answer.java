package io.evenkeel.zones.answer;

import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;
import java.util.Arrays;

/**
 * What to put into which section, with the RCODE and AA: a list of RRsets, each a reference into a zone version's bytes.
 * Reused: one per worker, not thread-safe, allocates nothing.
 *
 * <p>An RRset's owner is said by a name that the message holds already: the question's, or one in the RDATA of an RRset before
 * it, less some labels at its front. Only the owners of NSEC and NSEC3 records have labels of their own before that, and
 * signatures of such records have the owner of another RRset.
 *
 * <p>RRsets of one section are in their order; those of several may be mixed, since each link of a chain adds to the
 * answer and, in signed zones, its proofs to the authority section.
 */
public final class Answer {
    /** The section of that number, as for the others. */
    public static final int ANSWER = 0;

    public static final int AUTHORITY = 1;
    public static final int ADDITIONAL = 2;
    public static final int SECTIONS = 3;

    /** The name of that number is the question's. */
    public static final int QUESTION = 0;

    /**
     * More than fit into a message of 65,535 octets: all glue that has room is sent (RFC 9471 §3.1). Of a delegation, each host takes 16
     * octets at least for its NS record, 16 for an address and 28 for one of IPv6: two RRsets in 60 octets.
     */
    public static final int MAX_RRSETS = 2_400;

    /**
     * A chain and the addresses of more hosts than fit into any UDP message: where so many RRsets are, additional data that is not glue
     * is left out, since each is compared with all before it.
     */
    static final int ENOUGH_RRSETS = 256;

    /** What {@link #ownerRRset} says of an RRset that does not share its owner so. */
    public static final int NONE = -1;

    /** Three proofs at most for each link of a chain, and for the name that it ends with. */
    private static final int MAX_PREFIXES = 3 * (AnswerCollector.MAX_LINKS + 1);

    private static final int NO_ZONE = -1;

    private final byte[][] arrays = new byte[MAX_RRSETS][];
    private final int[] from = new int[MAX_RRSETS];
    private final int[] bytes = new int[MAX_RRSETS];
    private final int[] count = new int[MAX_RRSETS];
    private final byte[] section = new byte[MAX_RRSETS];
    private final boolean[] required = new boolean[MAX_RRSETS];
    private final short[] ownerName = new short[MAX_RRSETS];
    private final byte[] ownerSkips = new byte[MAX_RRSETS];
    private final short[] ownerRRset = new short[MAX_RRSETS];
    private final short[] prefixAt = new short[MAX_RRSETS];
    private final short[] prefixLength = new short[MAX_RRSETS];
    private final short[] nameRRset = new short[MAX_RRSETS + 2];
    private final int[] nameAt = new int[MAX_RRSETS + 2];

    private int size;
    private int names;
    private int rcode;
    private boolean authoritative;
    private boolean incomplete;
    private int zoneLabels;
    private long zoneSerial;
    private long zoneId;

    /** Where CNAME records made from a DNAME stand (RFC 6672 §3.1); all other bytes are the zones'. */
    private final byte[] synthesised = new byte[(AnswerCollector.MAX_LINKS + 1) * (Node.RR_HEADER + QName.MAX_LENGTH)];

    private int synthesisedEnd;

    /** The labels of owners that no name in the message has. */
    private final byte[] prefixes = new byte[MAX_PREFIXES * QName.MAX_LENGTH];

    private int prefixesEnd;

    /** The name that was asked for; of a question long ago between two answers. */
    private QName question = new QName();

    /** An empty one. */
    public Answer() {
        Arrays.fill(arrays, synthesised);
        reset();
    }

    /** Lets go of what it held: NOERROR, not authoritative, no RRsets. */
    public void reset() {
        Arrays.fill(arrays, 0, size, synthesised);
        size = 0;
        names = 1;
        rcode = RCode.NOERROR;
        authoritative = false;
        incomplete = false;
        zoneLabels = NO_ZONE;
        synthesisedEnd = 0;
        prefixesEnd = 0;
    }

    // --- what is in it; an RRset is a number below size(), a name one below names()

    public int size() {
        return size;
    }

    public int rcode() {
        return rcode;
    }

    public boolean isAuthoritative() {
        return authoritative;
    }

    /** Data that the message needs found no room in here. */
    public boolean isIncomplete() {
        return incomplete;
    }

    /** Whether one of the zones encloses the question's name; false is REFUSED. */
    public boolean isOfZone() {
        return zoneLabels != NO_ZONE;
    }

    /** Labels of the name of the zone that the question's name, not the end of its chain, was looked up in. */
    public int zoneLabels() {
        return zoneLabels;
    }

    /** Serial of that very version of it, unsigned 32 bits. */
    public long zoneSerial() {
        return zoneSerial;
    }

    /** Which zone that is, by {@link io.evenkeel.zones.ZoneVersion#zoneId}. */
    public long zoneId() {
        return zoneId;
    }

    /** The bytes that hold the RRs, one after the other, each with two octets for its owner. Not to be written to. */
    public byte[] array(int rrset) {
        return arrays[rrset];
    }

    public int from(int rrset) {
        return from[rrset];
    }

    /** Octets of all its RRs. */
    public int bytes(int rrset) {
        return bytes[rrset];
    }

    /** Number of its RRs. */
    public int count(int rrset) {
        return count[rrset];
    }

    public int type(int rrset) {
        return Node.u16(arrays[rrset], from[rrset] + 2);
    }

    public int section(int rrset) {
        return section[rrset];
    }

    /** Whether a message without it must say that it is truncated, though it is additional data (RFC 9471). */
    public boolean isRequired(int rrset) {
        return required[rrset];
    }

    /** The name that the owner is the end of. */
    public int ownerName(int rrset) {
        return ownerName[rrset];
    }

    /** How many labels at the front of that name are not the owner's. */
    public int ownerSkips(int rrset) {
        return ownerSkips[rrset];
    }

    /** The RRset before it whose owner is its own too, wherever that was written; {@link #NONE}: see the others. */
    public int ownerRRset(int rrset) {
        return ownerRRset[rrset];
    }

    /** Octets of the labels that the owner has before that name's; mostly 0. */
    public int prefixLength(int rrset) {
        return prefixLength[rrset];
    }

    /** Copies those labels. */
    public void copyPrefix(int rrset, byte[] to, int at) {
        System.arraycopy(prefixes, prefixAt[rrset], to, at, prefixLength[rrset]);
    }

    public int names() {
        return names;
    }

    /** In the RDATA of which RRset it stands; not to be asked of {@link #QUESTION}. Never falls from name to name. */
    public int nameRRset(int name) {
        return nameRRset[name];
    }

    /** Where in that RRset's array. */
    public int nameAt(int name) {
        return nameAt[name];
    }

    // --- filled by the collector

    void setRcode(int rcode) {
        this.rcode = rcode;
    }

    /** Must keep its octets until the answer is complete. */
    void setQuestion(QName question) {
        this.question = question;
    }

    void setZone(int labels, long serial, long id) {
        zoneLabels = labels;
        zoneId = id;
        zoneSerial = serial;
    }

    void setAuthoritative() {
        authoritative = true;
    }

    void clearAuthoritative() {
        authoritative = false;
    }

    void setIncomplete() {
        incomplete = true;
    }

    /** An RRset of a node; its number, or -1 if it is here already or there is no room. */
    int add(int section, byte[] array, int rrset, int ownerName, int ownerSkips) {
        int rrs = Node.rrs(array, rrset);
        return add(section, array, rrs, Node.rrBytes(array, rrset), Node.rrCount(array, rrset), ownerName, ownerSkips);
    }

    /** The same from RRs that have no header. */
    int add(int section, byte[] array, int rrs, int rrBytes, int rrCount, int ownerName, int ownerSkips) {
        for (int i = 0; i < size; i++) {
            // One wildcard's RRset can stand for several owners.
            if (isAt(i, array, rrs) && isOwner(i, ownerName, ownerSkips)) {
                return -1;
            }
        }
        return put(section, array, rrs, rrBytes, rrCount, ownerName, ownerSkips);
    }

    /** Addresses of a host of a referral, whose names differ, and whose answer has no other addresses: none is here already. */
    int addGlue(byte[] array, int rrset, int ownerName) {
        int rrs = Node.rrs(array, rrset);
        return put(ADDITIONAL, array, rrs, Node.rrBytes(array, rrset), Node.rrCount(array, rrset), ownerName, 0);
    }

    private int put(int section, byte[] array, int rrs, int rrBytes, int rrCount, int ownerName, int ownerSkips) {
        if (size == MAX_RRSETS) {
            return -1;
        }
        int i = size++;
        arrays[i] = array;
        from[i] = rrs;
        bytes[i] = rrBytes;
        count[i] = rrCount;
        this.section[i] = (byte) section;
        this.ownerName[i] = (short) ownerName;
        this.ownerSkips[i] = (byte) ownerSkips;
        ownerRRset[i] = NONE;
        prefixLength[i] = 0;
        required[i] = false;
        return i;
    }

    /**
     * The signatures of an RRset that was added, after it, as far as its node has some.
     *
     * @param from where the node starts in the RRset's array
     */
    void addSignatures(int rrset, int from, int to) {
        byte[] array = arrays[rrset];
        int rrsig = Node.find(array, from, to, RRType.RRSIG);
        int type = type(rrset);
        int first = rrsig < 0 ? -1 : Node.signature(array, rrsig, type);
        if (first < 0) {
            return;
        }
        int end = Node.next(array, rrsig);
        int rr = first;
        int signatures = 0;
        while (rr < end && Node.covered(array, rr) == type) {
            signatures++;
            rr = Node.nextRr(array, rr);
        }
        int added = add(section[rrset], array, first, rr - first, signatures, ownerName[rrset], ownerSkips[rrset]);
        if (added >= 0 && prefixLength[rrset] > 0) {
            ownerRRset[added] = (short) rrset;
        }
    }

    /**
     * An NSEC or NSEC3 RRset with its signatures, into the authority section.
     *
     * @param from where its node starts
     * @param owner of the node
     * @param name below the same apex: the owner shares its last labels
     * @param nameNumber of that name
     */
    void addOwned(byte[] array, int rrset, int from, int to, NameKey owner, NameKey name, int nameNumber) {
        int shared = 0;
        while (shared < Math.min(owner.labels, name.labels) && owner.isAtOrBelow(name, shared + 1)) {
            shared++;
        }
        for (int i = 0; i < size; i++) {
            // An answer may hold it under another owner: NSEC that was asked for and came from a wildcard.
            if (section[i] == AUTHORITY && isAt(i, array, Node.rrs(array, rrset))) {
                return;
            }
        }
        if (prefixesEnd + QName.MAX_LENGTH > prefixes.length) {
            incomplete = true;
            return;
        }
        int added = add(AUTHORITY, array, rrset, nameNumber, name.labels - shared);
        if (added >= 0) {
            int end = owner.copyLabels(shared, prefixes, prefixesEnd);
            prefixAt[added] = (short) prefixesEnd;
            prefixLength[added] = (short) (end - prefixesEnd);
            prefixesEnd = end;
            addSignatures(added, from, to);
        }
    }

    @SuppressWarnings("ReferenceEquality") // the same place in the same page is the same RRset
    private boolean isAt(int rrset, byte[] array, int rrs) {
        return from[rrset] == rrs && arrays[rrset] == array;
    }

    /** Whether the RRset's owner is that name without its first labels. */
    private boolean isOwner(int rrset, int name, int skips) {
        if (ownerName[rrset] == name && ownerSkips[rrset] == skips) {
            return true;
        }
        byte[] one = nameBytes(ownerName[rrset]);
        byte[] other = nameBytes(name);
        int i = skipLabels(one, ownerName[rrset], ownerSkips[rrset]);
        int j = skipLabels(other, name, skips);
        while (QName.isSameLabel(one, i, other, j)) {
            if (one[i] == 0) {
                return true;
            }
            j += one[i] + 1;
            i += one[i] + 1;
        }
        return false;
    }

    private byte[] nameBytes(int name) {
        return name == QUESTION ? question.wire : arrays[nameRRset[name]];
    }

    private int skipLabels(byte[] bytes, int name, int skips) {
        int at = name == QUESTION ? 0 : nameAt[name];
        for (int i = 0; i < skips; i++) {
            at += bytes[at] + 1;
        }
        return at;
    }

    void setRequired(int rrset) {
        required[rrset] = true;
    }

    boolean isFull() {
        return size == MAX_RRSETS;
    }

    /** Whether no further additional data is wanted but glue. */
    boolean hasEnough() {
        return size >= ENOUGH_RRSETS;
    }

    /** A name in the RDATA of that RRset, at that place of its array. */
    int addName(int rrset, int at) {
        nameRRset[names] = (short) rrset;
        nameAt[names] = at;
        return names++;
    }

    /** Takes the last name out again, which no RRset has. */
    void dropName() {
        names--;
    }

    /**
     * The CNAME that a DNAME makes of a name: the name's first octets, then the DNAME's target.
     *
     * @param ttl four octets from there in {@code target}
     * @return its number
     */
    int addSynthesisedCname(
            QName name, int prefixLength, byte[] target, int targetFrom, int targetTo, int ttl, int ownerName) {
        int length = prefixLength + targetTo - targetFrom;
        int rr = synthesisedEnd;
        synthesised[rr] = (byte) 0xC0;
        synthesised[rr + 1] = 0x0C;
        synthesised[rr + 2] = 0;
        synthesised[rr + 3] = RRType.CNAME;
        synthesised[rr + 4] = 0;
        synthesised[rr + 5] = 1;
        System.arraycopy(target, ttl, synthesised, rr + 6, 4);
        synthesised[rr + 10] = 0;
        synthesised[rr + 11] = (byte) length;
        System.arraycopy(name.wire, 0, synthesised, rr + Node.RR_HEADER, prefixLength);
        System.arraycopy(target, targetFrom, synthesised, rr + Node.RR_HEADER + prefixLength, targetTo - targetFrom);
        synthesisedEnd = rr + Node.RR_HEADER + length;
        return add(ANSWER, synthesised, rr, Node.RR_HEADER + length, 1, ownerName, 0);
    }

    /** Takes the last RRset, a made CNAME, out again if there is another with the same target; whether it did. */
    @SuppressWarnings("ReferenceEquality") // made ones stand in that array, and no others
    boolean dropRepeatedCname() {
        int last = size - 1;
        int target = from[last] + Node.RR_HEADER;
        int end = from[last] + bytes[last];
        for (int i = 0; i < last; i++) {
            if (arrays[i] == synthesised
                    && Arrays.equals(
                            synthesised, target, end, synthesised, from[i] + Node.RR_HEADER, from[i] + bytes[i])) {
                synthesisedEnd = from[last];
                size = last;
                return true;
            }
        }
        return false;
    }
}
