package io.evenkeel.zones.answer;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.store.Lookup;
import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;
import org.jspecify.annotations.Nullable;

/**
 * RFC 1034 §4.3.2: lists what answers a question, out of one version of the zones. Scratch, reused: one per worker, not
 * thread-safe, allocates nothing.
 *
 * <p>Each link of a CNAME or DNAME chain is one step: find the zone, find the name in it, say what that comes to. The RCODE is
 * that of the last name (RFC 6604 §3).
 */
public final class AnswerCollector {
    /** Most links of a chain that can be followed: longer ones are loops or mistakes, and a resolver goes on from the last name. */
    public static final int MAX_LINKS = 16;

    /** What is followed unless somebody says otherwise: more than sound zones have. */
    public static final int DEFAULT_LINKS = 8;

    /** What a step says if there is nothing to follow. */
    private static final int DONE = -1;

    private final NameKey key = new NameKey();
    private final NameKey hostKey = new NameKey();
    private final Lookup lookup = new Lookup();
    private final QName target = new QName();
    private final QName host = new QName();
    private final Denial denial = new Denial();
    private boolean dnssecOk;
    /** Whether signatures and proofs are wanted of the zone at hand, and it has them. */
    private boolean secure;

    private final int links;

    public AnswerCollector() {
        this(DEFAULT_LINKS);
    }

    /** @param links of a CNAME or DNAME chain that are followed, at most {@link #MAX_LINKS} */
    public AnswerCollector(int links) {
        if (links < 1 || links > MAX_LINKS) {
            throw new IllegalArgumentException("chains of " + links + " links; possible: 1 to " + MAX_LINKS);
        }
        this.links = links;
    }

    /**
     * Fills {@code answer}; REFUSED if the name is in none of the zones.
     *
     * @param dnssecOk whether signatures and proofs are wanted where zones have them (RFC 4035 §3.1)
     */
    public void collect(Catalog catalog, QName question, int type, boolean dnssecOk, Answer answer) {
        this.dnssecOk = dnssecOk;
        answer.reset();
        answer.setQuestion(question);
        Zone zone = zone(catalog, question, type);
        if (zone == null) {
            answer.setRcode(RCode.REFUSED);
            return;
        }
        answer.setZone(zone.apexLabels(), zone.serial(), zone.version().zoneId());
        answer.setAuthoritative();
        QName name = question;
        int nameNumber = Answer.QUESTION;
        for (int link = 0; zone != null; link++) {
            int alias = step(zone, name, nameNumber, type, link == links, answer);
            if (alias == DONE) {
                return;
            }
            byte[] array = answer.array(alias);
            int at = answer.from(alias) + Node.RR_HEADER;
            nameNumber = answer.addName(alias, at);
            target.parse(array, at, array.length);
            name = target;
            zone = zone(catalog, name, type);
        }
    }

    /**
     * The longest apex; but DS, and nothing else, belongs to the parent's side of a cut (RFC 4035 §3.1.4.1): to the parent if that is
     * ours too, even if it does not delegate the child, since nobody but the parent can deny that there is a DS.
     */
    private static @Nullable Zone zone(Catalog catalog, QName name, int type) {
        Zone zone = catalog.find(name);
        if (type == RRType.DS && zone != null && zone.apexLabels() == name.labels()) {
            Zone parent = catalog.find(name, 1);
            return parent == null ? zone : parent;
        }
        return zone;
    }

    /** @return the number of the CNAME to follow, or {@link #DONE} */
    private int step(Zone zone, QName name, int nameNumber, int type, boolean lastLink, Answer answer) {
        secure = dnssecOk && zone.isSigned();
        key.setName(name, zone.apexLabels());
        if (zone.apexHasDname() && key.labels > 0) {
            lookup.other.setAncestor(key, 0);
            lookup.findExact(zone.names(), lookup.other);
            lookup.kind = Lookup.Kind.CUT;
            lookup.depth = 0;
        } else {
            lookup.find(zone.names(), key);
        }
        byte[] array = lookup.array;
        if (array == null) {
            if (lookup.kind == Lookup.Kind.NO_NAME) {
                answer.setRcode(RCode.NXDOMAIN);
            }
            deny(zone, name, nameNumber, answer);
            return DONE;
        }
        if (lookup.kind == Lookup.Kind.CUT) {
            boolean atCut = lookup.depth == key.labels;
            int ns = Node.find(array, lookup.from, lookup.to, RRType.NS);
            if (ns >= 0 && lookup.depth > 0 && !(atCut && type == RRType.DS)) {
                refer(zone, array, ns, name, nameNumber, answer);
                return DONE;
            }
            if (!atCut) {
                return redirect(array, name, nameNumber, type, lastLink, answer);
            }
        }
        return answerFrom(zone, array, name, nameNumber, type, lastLink, answer);
    }

    /** The node in {@code lookup} is the name's own, or the source of synthesis (RFC 4592 §3.3.1): its RRsets answer. */
    private int answerFrom(
            Zone zone, byte[] array, QName name, int nameNumber, int type, boolean lastLink, Answer answer) {
        int rrset = type == RRType.ANY
                ? Node.first(lookup.from) // RFC 8482 §4.1: one RRset
                : Node.find(array, lookup.from, lookup.to, type);
        boolean found = rrset >= 0;
        rrset = found ? rrset : Node.find(array, lookup.from, lookup.to, RRType.CNAME);
        if (rrset < 0) {
            deny(zone, name, nameNumber, answer);
            return DONE;
        }
        if (!found && lastLink) {
            return DONE;
        }
        int added = answer.add(Answer.ANSWER, array, rrset, nameNumber, 0);
        if (added < 0) {
            return DONE; // this CNAME is in the chain already
        }
        if (secure) {
            answer.addSignatures(added, lookup.from, lookup.to);
            if (lookup.kind == Lookup.Kind.NO_NAME) {
                denial.ofCloserMatch(zone, key, name, lookup.depth, nameNumber, answer);
            }
        }
        if (found) {
            addHosts(zone, added, false, answer);
        }
        return found ? DONE : added;
    }

    /** RFC 6672 §3.2: the DNAME, and a CNAME made from it. */
    private int redirect(byte[] array, QName name, int nameNumber, int type, boolean lastLink, Answer answer) {
        if (lastLink) {
            return DONE;
        }
        int dname = Node.find(array, lookup.from, lookup.to, RRType.DNAME);
        int rr = Node.rrs(array, dname);
        int below = key.labels - lookup.depth;
        int added = answer.add(Answer.ANSWER, array, dname, nameNumber, below);
        if (added >= 0 && secure) {
            answer.addSignatures(added, lookup.from, lookup.to);
        }
        boolean again = added < 0;
        int targetFrom = rr + Node.RR_HEADER;
        int targetTo = Node.nextRr(array, rr);
        int prefixLength = name.offset(below);
        if (prefixLength + targetTo - targetFrom > QName.MAX_LENGTH) {
            answer.setRcode(RCode.YXDOMAIN);
            return DONE;
        }
        int cname = answer.addSynthesisedCname(name, prefixLength, array, targetFrom, targetTo, rr + 6, nameNumber);
        if (again && answer.dropRepeatedCname()) { // DNAMEs in a circle: RFC 2181 §5 wants no record twice
            return DONE;
        }
        return type == RRType.CNAME ? DONE : cname;
    }

    /** RFC 1034 §4.2.1: the child's name servers, and the addresses that we have of them; RFC 4035 §3.1.4: DS or its denial. */
    private void refer(Zone zone, byte[] array, int ns, QName name, int nameNumber, Answer answer) {
        int below = key.labels - lookup.depth;
        int added = answer.add(Answer.AUTHORITY, array, ns, nameNumber, below);
        if (added == 0) {
            answer.clearAuthoritative();
        }
        if (secure) {
            int ds = Node.find(array, lookup.from, lookup.to, RRType.DS);
            if (ds < 0) {
                denial.ofDs(zone, key, name, lookup.depth, nameNumber, answer);
            } else {
                int addedDs = answer.add(Answer.AUTHORITY, array, ds, nameNumber, below);
                if (addedDs >= 0) {
                    answer.addSignatures(addedDs, lookup.from, lookup.to);
                }
            }
        }
        if (added >= 0) {
            addHosts(zone, added, true, answer);
        }
    }

    /** What the zone has not at the name that {@code lookup} is about. */
    private void deny(Zone zone, QName name, int nameNumber, Answer answer) {
        byte[] soa = zone.negativeSoa();
        answer.add(Answer.AUTHORITY, soa, 0, soa.length, 1, nameNumber, key.labels);
        if (!secure) {
            return;
        }
        byte[] signatures = zone.negativeSoaSignatures();
        int count = zone.negativeSoaSignatureCount();
        answer.add(Answer.AUTHORITY, signatures, 0, signatures.length, count, nameNumber, key.labels);
        switch (lookup.kind) {
            case NO_NAME, EMPTY_SOURCE -> denial.ofNameAndWildcard(zone, key, name, lookup.depth, nameNumber, answer);
            case NAME, EMPTY_NON_TERMINAL, CUT -> denial.ofType(zone, key, name, nameNumber, answer);
        }
    }

    /**
     * What a client asks for next: the addresses of the hosts that an RRset names, and what else its type's RFC says, as far as
     * the zone has it.
     *
     * @param referral whether it is one: then glue counts, and glue at or below the cut is required (RFC 9471 §3)
     */
    private void addHosts(Zone zone, int rrset, boolean referral, Answer answer) {
        int type = answer.type(rrset);
        if (!AdditionalData.causes(type)) {
            return;
        }
        int cutDepth = lookup.depth;
        int ownerFrom = lookup.from;
        int ownerTo = lookup.to;
        byte[] array = answer.array(rrset);
        int end = answer.from(rrset) + answer.bytes(rrset);
        for (int rr = answer.from(rrset); rr < end; rr = Node.nextRr(array, rr)) {
            if (referral ? answer.isFull() && answer.isIncomplete() : answer.hasEnough()) {
                return;
            }
            int rrEnd = Node.nextRr(array, rr);
            int at = AdditionalData.hostAt(type, array, rr + Node.RR_HEADER, rrEnd);
            if (at < 0) {
                continue;
            }
            host.parse(array, at, rrEnd);
            int below = host.labels() - zone.apexLabels();
            if (AdditionalData.isOwnTarget(type, array, rr + Node.RR_HEADER)) {
                int name = answer.ownerName(rrset);
                int skips = answer.ownerSkips(rrset);
                addRRset(array, ownerFrom, ownerTo, RRType.A, name, skips, answer);
                addRRset(array, ownerFrom, ownerTo, RRType.AAAA, name, skips, answer);
            } else if (below >= 0 && zone.isApex(host, below)) {
                hostKey.setName(host, zone.apexLabels());
                boolean required = referral && hostKey.isAtOrBelow(key, cutDepth);
                if (!findHost(zone, type == RRType.NS, required)) {
                    continue;
                }
                if (referral) {
                    addGlue(rrset, at, required, answer);
                } else {
                    addHost(rrset, at, AdditionalData.typeBeside(type, array, rr + Node.RR_HEADER), answer);
                }
            }
        }
    }

    /** Whether the host in {@link #hostKey} has data that may be told; points {@link #lookup} to it. */
    private boolean findHost(Zone zone, boolean glueToo, boolean belowThisCut) {
        if (!belowThisCut) {
            lookup.find(zone.names(), hostKey);
            byte[] array = lookup.array;
            boolean glue = glueToo
                    && array != null
                    && lookup.kind == Lookup.Kind.CUT
                    && Node.find(array, lookup.from, lookup.to, RRType.NS)
                            >= 0; // and not below a DNAME (RFC 6672 §2.4)
            if ((lookup.kind != Lookup.Kind.NAME && !glue) || (zone.apexHasDname() && hostKey.labels > 0)) {
                return false;
            }
        }
        lookup.findExact(zone.names(), hostKey);
        return lookup.array != null;
    }

    /** @param beside a type that goes beside the addresses, or in their place; {@link AdditionalData#ADDRESSES}: none does */
    private void addHost(int rrset, int at, int beside, Answer answer) {
        byte[] array = lookup.array;
        if (array == null) {
            return;
        }
        int name = answer.addName(rrset, at);
        boolean added = false;
        if (beside != RRType.SRV) {
            added = addRRset(array, lookup.from, lookup.to, RRType.A, name, 0, answer);
            added |= addRRset(array, lookup.from, lookup.to, RRType.AAAA, name, 0, answer);
        }
        if (beside != AdditionalData.ADDRESSES) {
            added |= addRRset(array, lookup.from, lookup.to, beside, name, 0, answer);
        }
        if (!added) {
            answer.dropName();
        }
    }

    /** The addresses of the host of a referral that {@link #lookup} points to. */
    private void addGlue(int rrset, int at, boolean required, Answer answer) {
        byte[] array = lookup.array;
        if (array == null) {
            return;
        }
        int name = answer.addName(rrset, at);
        boolean added = addGlue(array, RRType.A, name, required, answer);
        added |= addGlue(array, RRType.AAAA, name, required, answer);
        if (!added) {
            answer.dropName();
        }
    }

    private boolean addGlue(byte[] array, int type, int ownerName, boolean required, Answer answer) {
        int rrset = Node.find(array, lookup.from, lookup.to, type);
        if (rrset < 0) {
            return false;
        }
        int added = answer.addGlue(array, rrset, ownerName);
        if (added < 0) {
            if (required) {
                answer.setIncomplete();
            }
            return false;
        }
        if (required) {
            answer.setRequired(added);
        }
        addSignatures(array, lookup.from, lookup.to, added, answer);
        return true;
    }

    /** The RRset of that type in the node {@code array[from, to)}, if it has one: whether it is in the answer by this. */
    private boolean addRRset(byte[] array, int from, int to, int type, int ownerName, int ownerSkips, Answer answer) {
        int rrset = Node.find(array, from, to, type);
        if (rrset < 0) {
            return false;
        }
        int added = answer.add(Answer.ADDITIONAL, array, rrset, ownerName, ownerSkips);
        if (added >= 0) {
            addSignatures(array, from, to, added, answer);
        }
        return added >= 0;
    }

    private void addSignatures(byte[] array, int from, int to, int rrset, Answer answer) {
        if (secure && array[from] == 0) { // glue is not the zone's to sign (RFC 4035 §2.2)
            answer.addSignatures(rrset, from, to);
        }
    }
}
