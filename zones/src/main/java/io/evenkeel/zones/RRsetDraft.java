package io.evenkeel.zones;

import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.RRType;
import io.evenkeel.zones.store.Records;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Record;

/** The records of one RRset while a next version of it is made. */
final class RRsetDraft {
    /** From canonical RDATA to the RR from its type on. */
    private final TreeMap<byte[], byte[]> rrs = new TreeMap<>(Arrays::compareUnsigned);

    RRsetDraft() {}

    /** @param rrset in the node {@code array[from, to)} */
    RRsetDraft(byte[] array, int rrset) {
        int end = Node.next(array, rrset);
        for (int rr = Node.rrs(array, rrset); rr < end; rr = Node.nextRr(array, rr)) {
            byte[] bytes = Arrays.copyOfRange(array, rr + 2, Node.nextRr(array, rr));
            rrs.put(Records.canonicalRdata(bytes), bytes);
        }
    }

    /** Returns what was there, from its type on. */
    byte[] remove(Record record) {
        byte[] rr = Records.toBytes(record);
        byte[] removed = rrs.remove(Records.canonicalRdata(rr));
        if (removed == null || Records.ttl(removed) != Records.ttl(rr)) {
            throw new IllegalArgumentException("not in the zone: " + record);
        }
        return removed;
    }

    /** Returns what is there now, from its type on. */
    byte[] add(Record record) {
        byte[] rr = Records.toBytes(record);
        if (!add(rr)) {
            throw new IllegalArgumentException("in the zone already: " + record);
        }
        return rr;
    }

    /** Adds an RR from its type on; false if it is there already. */
    boolean add(byte[] rr) {
        return rrs.putIfAbsent(Records.canonicalRdata(rr), rr) == null;
    }

    /** As it stands in a node; null if nothing is left. */
    byte @Nullable [] toBytes() {
        return rrs.isEmpty() ? null : toBytes(rrs.values());
    }

    /** The same of RRs from their type on, in canonical order, of which there is one at least. */
    static byte[] toBytes(Collection<byte[]> rrs) {
        long ttl = -1;
        int size = 0;
        for (byte[] rr : rrs) {
            size += 2 + rr.length;
            ttl = ttl < 0 ? Records.ttl(rr) : ttl;
            // Signatures have the TTL of what they cover, and those of one owner cover different RRsets (RFC 4034 §3).
            if (Records.ttl(rr) != ttl && Node.u16(rr, 0) != RRType.RRSIG) {
                throw new IllegalArgumentException("TTLs within an RRset differ (RFC 2181 §5.2)");
            }
        }
        String tooLarge = Zone.sizeProblem(size);
        if (tooLarge != null) {
            throw new IllegalArgumentException("an RRset " + tooLarge);
        }
        return Node.rrset(rrs);
    }
}
