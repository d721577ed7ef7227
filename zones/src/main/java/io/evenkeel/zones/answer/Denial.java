package io.evenkeel.zones.answer;

import io.evenkeel.zones.Nsec3Parameters;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.store.Lookup;
import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.Page;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;

/**
 * Adds the records that prove what a signed zone has not: NSEC (RFC 4035 §3.1.3) or NSEC3 (RFC 5155 §7.2). That the chain is
 * whole was checked when the zone was taken. Scratch, reused: one per worker, not thread-safe, allocates nothing.
 *
 * <p>In all methods {@code key} and {@code name} are the name in question in two forms, {@code nameNumber} is its number in
 * the answer.
 */
final class Denial {
    private static final byte[] NO_PREFIX = {};
    private static final byte[] WILDCARD = {1, '*'};

    private final Nsec3Hash hash = new Nsec3Hash();
    private final NameKey other = new NameKey();
    private final NameKey owner = new NameKey();
    private final Lookup lookup = new Lookup();
    private final NameTrie.Cursor cursor = new NameTrie.Cursor();

    /**
     * The name does not exist, and neither does a wildcard that would match it; or one does and has not what was asked (RFC
     * 4035 §3.1.3.4, RFC 5155 §7.2.5): the wildcard's own record is then the one at or before it. A wildcard that is an empty
     * non-terminal has none of its own under NSEC, and the one before it shows that names are below it.
     *
     * @param encloser labels below the apex of the closest encloser
     */
    void ofNameAndWildcard(Zone zone, NameKey key, QName name, int encloser, int nameNumber, Answer answer) {
        if (zone.nsec3Parameters() == null) {
            addNsec(zone, key, key, nameNumber, answer);
            other.setWildcard(key, encloser);
            addNsec(zone, other, key, nameNumber, answer);
        } else {
            int provable = addClosestEncloser(zone, key, name, encloser, nameNumber, answer);
            addNsec3(zone, key, name, provable, WILDCARD, nameNumber, answer); // RFC 5155 §7.2.2, §7.2.5
        }
    }

    /** The name exists and has not what was asked; it may be an empty non-terminal, or the owner of an insecure delegation. */
    void ofType(Zone zone, NameKey key, QName name, int nameNumber, Answer answer) {
        if (zone.nsec3Parameters() == null) {
            addNsec(zone, key, key, nameNumber, answer);
        } else if (!addMatchingNsec3(zone, key, name, key.labels, NO_PREFIX, nameNumber, answer)) {
            // RFC 5155 §7.2.4: left out under opt-out; the same goes for empty non-terminals above such delegations
            addClosestEncloser(zone, key, name, key.labels - 1, nameNumber, answer);
        }
    }

    /** The answer was made from a wildcard: the name itself does not exist, nor what is nearer to it (RFC 4035 §3.1.3.3). */
    void ofCloserMatch(Zone zone, NameKey key, QName name, int encloser, int nameNumber, Answer answer) {
        if (zone.nsec3Parameters() == null) {
            addNsec(zone, key, key, nameNumber, answer);
        } else {
            addNsec3(zone, key, name, encloser + 1, NO_PREFIX, nameNumber, answer); // RFC 5155 §7.2.6
        }
    }

    /**
     * The delegation has no DS records (RFC 4035 §3.1.4, RFC 5155 §7.2.7).
     *
     * @param cut labels below the apex of the delegation
     */
    void ofDs(Zone zone, NameKey key, QName name, int cut, int nameNumber, Answer answer) {
        if (zone.nsec3Parameters() == null) {
            other.setAncestor(key, cut);
            addNsec(zone, other, key, nameNumber, answer);
        } else if (!addMatchingNsec3(zone, key, name, cut, NO_PREFIX, nameNumber, answer)) {
            addClosestEncloser(zone, key, name, cut - 1, nameNumber, answer);
        }
    }

    /**
     * The NSEC record at {@code denied}, or else the one before it.
     *
     * @param key whose last labels the owner is written with
     */
    private void addNsec(Zone zone, NameKey denied, NameKey key, int nameNumber, Answer answer) {
        if (!zone.names().floor(denied, cursor) || cursor.page == null) {
            return;
        }
        byte[] page = cursor.page;
        int from = Page.valueFrom(page, cursor.entry);
        int to = Page.valueTo(page, cursor.entry);
        int nsec = Node.find(page, from, to, RRType.NSEC);
        owner.setEntry(page, cursor.entry);
        int cut = page[from];
        if (nsec < 0 && cut != 0 && cut < owner.labels) { // glue or what else is below a cut: the cut is before it
            owner.setAncestor(owner, cut);
            lookup.findExact(zone.names(), owner);
            page = lookup.array;
            from = lookup.from;
            to = lookup.to;
            nsec = page == null ? -1 : Node.find(page, from, to, RRType.NSEC);
        }
        if (page != null && nsec >= 0) {
            answer.addOwned(page, nsec, from, to, owner, key, nameNumber);
        }
    }

    /**
     * RFC 5155 §7.2.1: the NSEC3 record of the closest encloser, and the one that covers the next closer name. Under opt-out
     * the closest encloser may have none; then it is the closest one that has.
     *
     * @return labels of that one
     */
    private int addClosestEncloser(Zone zone, NameKey key, QName name, int encloser, int nameNumber, Answer answer) {
        int provable = encloser;
        while (!addMatchingNsec3(zone, key, name, provable, NO_PREFIX, nameNumber, answer) && provable > 0) {
            provable--; // the apex always has one
        }
        addNsec3(zone, key, name, provable + 1, NO_PREFIX, nameNumber, answer);
        return provable;
    }

    /** The record of that ancestor's hash; false if it has none. */
    private boolean addMatchingNsec3(
            Zone zone, NameKey key, QName name, int labels, byte[] prefix, int nameNumber, Answer answer) {
        hash(zone, key, name, labels, prefix);
        byte[] page = zone.nsec3().floor(other, cursor) ? cursor.page : null;
        if (page == null
                || Page.keyLength(page, cursor.entry) != other.length
                || Page.shared(page, cursor.entry, other) != other.length) {
            return false;
        }
        add(key, nameNumber, answer);
        return true;
    }

    /** The record of the hash of a name (an ancestor with a prefix), or the one that covers it. */
    private void addNsec3(
            Zone zone, NameKey key, QName name, int labels, byte[] prefix, int nameNumber, Answer answer) {
        hash(zone, key, name, labels, prefix);
        if (zone.nsec3().floor(other, cursor)
                || zone.nsec3().last(cursor)) { // the last covers what is before the first
            add(key, nameNumber, answer);
        }
    }

    private void hash(Zone zone, NameKey key, QName name, int labels, byte[] prefix) {
        Nsec3Parameters parameters = zone.nsec3Parameters();
        if (parameters != null) {
            other.setHash(hash.of(parameters, prefix, name.wire, name.offset(key.labels - labels), name.length()));
        }
    }

    private void add(NameKey key, int nameNumber, Answer answer) {
        byte[] page = cursor.page;
        if (page != null) {
            int from = Page.valueFrom(page, cursor.entry);
            int to = Page.valueTo(page, cursor.entry);
            int nsec3 = Node.find(page, from, to, RRType.NSEC3);
            owner.setEntry(page, cursor.entry);
            if (nsec3 >= 0) {
                answer.addOwned(page, nsec3, from, to, owner, key, nameNumber);
            }
        }
    }
}
