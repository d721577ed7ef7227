package io.evenkeel.zones;

import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.PackedRecords;
import io.evenkeel.zones.store.QName;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two versions of a zone, record by record: what removed and added records make of one the other. Octet by octet,
 * so a TTL or the case of a name in RDATA makes a difference. Costs a look at each name where the versions share no pages.
 *
 * @param removed records that the later version has not, in canonical order of their owners
 * @param added records that the earlier version has not, in the same order
 */
public record ZoneDifference(PackedRecords removed, PackedRecords added) {
    /** Owner, type, class, TTL and length of a record, at the least. */
    private static final int LEAST_RECORD_OCTETS = 11;

    /**
     * The difference, if it is not larger than that.
     *
     * @param before null: there was no zone
     * @param after null: there is none any more
     * @param mostOctets of all removed and added records in wire form
     * @return null if it is larger
     */
    public static @Nullable ZoneDifference between(@Nullable Zone before, @Nullable Zone after, long mostOctets) {
        Collector collector = new Collector(mostOctets);
        if (before != null && after != null) {
            collector.difference(before, after, before.names, after.names);
            collector.difference(before, after, before.nsec3, after.nsec3);
        } else if (before != null) {
            collector.all(before, collector.removed);
        } else if (after != null) {
            collector.all(after, collector.added);
        }
        return collector.isTooLarge() ? null : new ZoneDifference(collector.removed, collector.added);
    }

    private static final class Collector {
        final PackedRecords removed = new PackedRecords();
        final PackedRecords added = new PackedRecords();
        private final byte[] owner = new byte[QName.MAX_LENGTH];
        private final long mostOctets;
        private int ownerLength;
        private boolean tooMany;

        Collector(long mostOctets) {
            this.mostOctets = mostOctets;
        }

        boolean isTooLarge() {
            return tooMany || removed.octets() + added.octets() > mostOctets;
        }

        void all(Zone zone, PackedRecords to) {
            if (zone.records() * LEAST_RECORD_OCTETS > mostOctets) {
                tooMany = true;
                return;
            }
            zone.forEachInOctets((name, length, array, from, end) -> {
                if (!isTooLarge()) {
                    add(to, name, length, array, from, end);
                }
            });
        }

        void difference(Zone before, Zone after, NameTrie older, NameTrie newer) {
            ZoneOctets octetsBefore = new ZoneOctets(before.apex);
            ZoneOctets octetsAfter = new ZoneOctets(after.apex);
            NameTrie.difference(older, newer, (oldPage, oldEntry, newPage, newEntry) -> {
                if (isTooLarge()) {
                    return;
                }
                Set<ByteBuffer> gone = oldPage == null ? Set.of() : records(octetsBefore, oldPage, oldEntry);
                Set<ByteBuffer> come = newPage == null ? Set.of() : records(octetsAfter, newPage, newEntry);
                gone.stream().filter(record -> !come.contains(record)).forEach(record -> add(removed, record));
                come.stream().filter(record -> !gone.contains(record)).forEach(record -> add(added, record));
            });
        }

        /** Those of one name, from the type on; the name is kept, which is the same in both versions. */
        private Set<ByteBuffer> records(ZoneOctets octets, byte[] page, int entry) {
            Set<ByteBuffer> records = new LinkedHashSet<>();
            octets.entry(page, entry, (name, length, array, from, to) -> {
                System.arraycopy(name, 0, owner, 0, length);
                ownerLength = length;
                records.add(ByteBuffer.wrap(Arrays.copyOfRange(array, from, to)));
            });
            return records;
        }

        private void add(PackedRecords to, ByteBuffer record) {
            byte[] octets = new byte[record.remaining()];
            record.duplicate().get(octets);
            add(to, owner, ownerLength, octets, 0, octets.length);
        }

        private static void add(PackedRecords to, byte[] name, int length, byte[] array, int from, int end) {
            byte[] wire = Arrays.copyOf(name, length + end - from);
            System.arraycopy(array, from, wire, length, end - from);
            to.add(wire, 0, wire.length);
        }
    }
}
