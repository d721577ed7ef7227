package io.evenkeel.zones.change;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.store.PackedRecords;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Records by way of their wire form. */
final class WireRecords {
    private WireRecords() {}

    /**
     * Whether the record is still itself after a passage through the log. One that is not (a type without its RDATA, RDATA of
     * more than 65,535 octets) must never be proposed: no replica could read it.
     */
    static boolean isSound(Record record) {
        try {
            byte[] wire = record.toWire(Section.ANSWER);
            Record read = new WireReader(wire).record();
            return Arrays.equals(wire, read.toWire(Section.ANSWER));
        } catch (CodecException | RuntimeException unsound) {
            return false;
        }
    }

    /** Whether all are. Of addresses, of which there may be millions, no objects are made. */
    static boolean areSound(List<Record> records) {
        return records instanceof PackedRecords packed
                ? IntStream.range(0, packed.size()).allMatch(i -> isUsualAddress(packed, i) || isSound(packed, i))
                : records.stream().allMatch(WireRecords::isSound);
    }

    private static boolean isUsualAddress(PackedRecords records, int index) {
        return records.hasUsualClassAndTtl(index)
                && switch (records.type(index)) {
                    case Type.A -> records.rdataOctets(index) == 4;
                    case Type.AAAA -> records.rdataOctets(index) == 16;
                    default -> false;
                };
    }

    private static boolean isSound(PackedRecords records, int index) {
        byte[] array = records.array(index);
        int start = records.start(index);
        try {
            byte[] read = new WireReader(array, start, start + records.octets(index))
                    .record()
                    .toWire(Section.ANSWER);
            return Arrays.equals(read, 0, read.length, array, start, start + records.octets(index));
        } catch (CodecException | RuntimeException unsound) {
            return false;
        }
    }

    /** The same record with another TTL. */
    static Record withTtl(Record record, long ttlSeconds) {
        byte[] wire = record.toWire(Section.ANSWER);
        int rdata = record.getName().length() + 10;
        byte[] bytes = Arrays.copyOfRange(wire, rdata, wire.length);
        return Record.newRecord(record.getName(), record.getType(), record.getDClass(), ttlSeconds, bytes);
    }
}
