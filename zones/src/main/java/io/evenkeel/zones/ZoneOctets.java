package io.evenkeel.zones;

import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.Page;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;
import java.util.List;

/** Reads the records of a zone as octets, entry by entry. Scratch: one thread. */
final class ZoneOctets {
    /** The name of the last entry, below the apex. */
    final NameKey key = new NameKey();

    private final byte[] apex;
    private final byte[] owner = new byte[QName.MAX_LENGTH];

    ZoneOctets(Zone.Apex apex) {
        this.apex = apex.wire();
    }

    /** What {@link Zone#hash()} is, of the octets that are there. */
    static Hash256 hash(Zone.Apex apex, List<NameTrie> tries) {
        Hash256.Sum sum = new Hash256.Sum(Hash256.ZERO);
        forEach(apex, tries, sum::add);
        return sum.total();
    }

    static void forEach(Zone.Apex apex, List<NameTrie> tries, Zone.OctetVisitor visitor) {
        ZoneOctets octets = new ZoneOctets(apex);
        for (NameTrie trie : tries) {
            for (NameTrie.Entries entries = new NameTrie.Entries(trie); entries.page != null; entries.advance()) {
                octets.entry(entries.page, entries.entry, visitor);
            }
        }
    }

    /** The records of one name: the SOA first, then by type. */
    void entry(byte[] page, int entry, Zone.OctetVisitor visitor) {
        key.setEntry(page, entry);
        int labels = key.copyLabels(0, owner, 0);
        System.arraycopy(apex, 0, owner, labels, apex.length);
        int from = Page.valueFrom(page, entry);
        int to = Page.valueTo(page, entry);
        int soa = Node.find(page, from, to, RRType.SOA);
        int length = labels + apex.length;
        if (soa >= 0) {
            rrset(page, soa, length, visitor);
        }
        for (int rrset = Node.first(from); rrset < to; rrset = Node.next(page, rrset)) {
            if (rrset != soa) {
                rrset(page, rrset, length, visitor);
            }
        }
    }

    private void rrset(byte[] page, int rrset, int ownerLength, Zone.OctetVisitor visitor) {
        int end = Node.next(page, rrset);
        for (int rr = Node.rrs(page, rrset); rr < end; rr = Node.nextRr(page, rr)) {
            visitor.record(owner, ownerLength, page, rr + 2, Node.nextRr(page, rr));
        }
    }
}
