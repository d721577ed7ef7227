package io.evenkeel.zones.change;

import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneDifference;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.state.ChangeHistory;
import io.evenkeel.zones.store.PackedRecords;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The way back from the present version of a zone to an earlier one: what has been added since is removed, and what has been removed is
 * added. The serial is no part of it: it only advances. Pure.
 *
 * @param zone in the present version
 * @param removed of the present version, without the SOA record
 * @param added to it, without the SOA record
 * @param soa of the earlier version, with the serial of the present one
 */
public record Rollback(Zone zone, List<Record> removed, List<Record> added, SOARecord soa) {
    public Rollback {
        removed = List.copyOf(removed);
        added = List.copyOf(added);
    }

    /**
     * To the version of that index.
     *
     * @return null if the history does not lead back to it; {@link PastVersions} says where it leads
     */
    public static @Nullable Rollback to(ChangeHistory history, Zone zone, long index) {
        SOARecord present = (SOARecord) zone.soa();
        if (index == zone.version().change()) {
            return new Rollback(zone, List.of(), List.of(), present);
        }
        Inverse inverse = new Inverse(present);
        PastVersions.forEachBack(history, zone, change -> {
            ZoneDifference difference = change.difference();
            if (difference == null) {
                return false;
            }
            inverse.undo(difference);
            inverse.at = change.before();
            return inverse.at != index;
        });
        if (inverse.at != index || index == 0) {
            return null;
        }
        SOARecord soa = Soa.with(inverse.soa, inverse.soa.getTTL(), present.getSerial());
        return new Rollback(zone, inverse.records(-1), inverse.records(1), soa);
    }

    /** Whether anything but the serial differs. */
    public boolean changes() {
        return !removed.isEmpty() || !added.isEmpty() || changesSoa();
    }

    private boolean changesSoa() {
        return !octets(soa).equals(octets(zone.soa()));
    }

    /** Octets of all that is removed and added. */
    public long octets() {
        return PackedRecords.of(removed).octets() + PackedRecords.of(added).octets();
    }

    /** It as edits of RRsets. */
    public List<RRsetEdit> edits() {
        Set<ByteBuffer> gone = new HashSet<>();
        Map<Name, Map<Integer, List<Record>>> rrsets = new LinkedHashMap<>();
        for (Record record : removed) {
            gone.add(octets(record));
            rrset(rrsets, record);
        }
        added.forEach(record -> rrset(rrsets, record));
        for (Map.Entry<Name, Map<Integer, List<Record>>> owner : rrsets.entrySet()) {
            owner.getValue()
                    .forEach((type, records) -> zone.rrset(owner.getKey(), type).stream()
                            .filter(record -> !gone.contains(octets(record)))
                            .forEach(records::add));
        }
        added.forEach(record -> rrset(rrsets, record).add(record));
        if (changesSoa()) {
            rrset(rrsets, soa).add(soa);
        }
        List<RRsetEdit> edits = new ArrayList<>();
        rrsets.forEach((owner, types) -> types.forEach((type, records) -> edits.add(edit(owner, type, records))));
        // What goes makes room for what comes: an alias and other data of its name, for instance.
        edits.sort((one, other) -> Boolean.compare(one.edit() != Edit.DELETE, other.edit() != Edit.DELETE));
        return edits;
    }

    private static List<Record> rrset(Map<Name, Map<Integer, List<Record>>> rrsets, Record record) {
        return rrsets.computeIfAbsent(record.getName(), _ -> new LinkedHashMap<>())
                .computeIfAbsent(record.getType(), _ -> new ArrayList<>());
    }

    private static RRsetEdit edit(Name owner, int type, List<Record> records) {
        return records.isEmpty()
                ? new RRsetEdit(owner, type, Edit.DELETE, 0, List.of())
                : new RRsetEdit(owner, type, Edit.REPLACE, records.getFirst().getTTL(), records);
    }

    /** All records of the earlier version, with the next serial. */
    public PackedRecords records() {
        PackedRecords records = new PackedRecords();
        forEach(Soa.next(zone.serial()), records::add);
        return records;
    }

    /** All records of the earlier version, its SOA record with that serial; those that have been removed since are the last. */
    public void forEach(long serial, Consumer<Record> visitor) {
        Set<ByteBuffer> gone = new HashSet<>();
        removed.forEach(record -> gone.add(octets(record)));
        zone.forEach(record -> {
            if (record.getType() == Type.SOA) {
                visitor.accept(Soa.with(soa, soa.getTTL(), serial));
            } else if (!gone.contains(octets(record))) {
                visitor.accept(record);
            }
        });
        added.forEach(visitor);
    }

    /** As it travels, with its owner in lower case: as it was, and as it is, it may have been written in other ways. */
    private static ByteBuffer octets(Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        byte[] owner = record.getName().toWireCanonical();
        System.arraycopy(owner, 0, wire, 0, owner.length);
        return ByteBuffer.wrap(wire);
    }

    /** What changes come to that are undone one after the other, the latest first. */
    private static final class Inverse {
        /** Each record, and how often it comes: -1 is that it goes. */
        private final Map<ByteBuffer, Integer> times = new LinkedHashMap<>();

        private final Map<ByteBuffer, Record> records = new LinkedHashMap<>();
        private SOARecord soa;
        private long at;

        Inverse(SOARecord present) {
            this.soa = present;
        }

        void undo(ZoneDifference difference) {
            difference.added().forEach(record -> add(record, -1));
            difference.removed().forEach(record -> add(record, 1));
        }

        private void add(Record record, int more) {
            if (record instanceof SOARecord of) {
                soa = more > 0 ? of : soa;
                return;
            }
            ByteBuffer octets = octets(record);
            records.put(octets, record);
            times.merge(octets, more, Integer::sum);
        }

        List<Record> records(int wanted) {
            return times.entrySet().stream()
                    .filter(each -> each.getValue() == wanted)
                    .map(each -> records.get(each.getKey()))
                    .toList();
        }
    }
}
