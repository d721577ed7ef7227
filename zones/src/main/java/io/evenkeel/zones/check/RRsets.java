package io.evenkeel.zones.check;

import io.evenkeel.zones.store.PackedRecords;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Makes RRsets of records: one TTL for all of one, and no record twice. Pure functions. */
final class RRsets {
    private RRsets() {}

    /**
     * The same records, but in each RRset with the lowest TTL that one of it has, as takes who receives several (RFC 2181 §5.2).
     *
     * @param sorted by owner and type
     */
    static PackedRecords withOneTtl(PackedRecords sorted) {
        PackedRecords lowered = sorted.select(IntStream.range(0, sorted.size()).toArray(), sorted.size());
        int to;
        for (int from = 0; from < sorted.size(); from = to) {
            to = from + 1;
            while (to < sorted.size() && sorted.type(from) == sorted.type(to) && sorted.sameOwner(from, to)) {
                to++;
            }
            if (to - from > 1 && sorted.type(from) != Type.RRSIG) { // theirs are those of what they cover
                List<Record> rrset = sorted.subList(from, to);
                long lowest = rrset.stream().mapToLong(Record::getTTL).min().orElseThrow();
                for (int i = from; i < to; i++) {
                    Record record = sorted.get(i);
                    if (record.getTTL() != lowest) {
                        Record _ = lowered.set(i, with(lowest, record));
                    }
                }
            }
        }
        return lowered;
    }

    /** dnsjava compares records by owner, type, class and canonical RDATA, and leaves the TTL out. */
    static PackedRecords distinct(PackedRecords sorted) {
        int[] kept = new int[sorted.size()];
        int count = 0;
        for (int from = 0; from < sorted.size(); ) {
            int to = sorted.endOfOwner(from);
            Set<Record> seen = new HashSet<>();
            for (int i = from; i < to; i++) {
                if (to - from == 1 || seen.add(sorted.get(i))) {
                    kept[count++] = i;
                }
            }
            from = to;
        }
        return sorted.select(kept, count);
    }

    private static Record with(long ttl, Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        int at = record.getName().length() + 4;
        for (int shift = 24; shift >= 0; shift -= 8) {
            wire[at++] = (byte) (ttl >>> shift);
        }
        try {
            return Record.fromWire(wire, Section.ANSWER);
        } catch (IOException e) {
            throw new IllegalStateException("a record in wire form is one", e);
        }
    }
}
