package io.evenkeel.zones.change;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import java.util.Arrays;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

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

    /** The same record with another TTL. */
    static Record withTtl(Record record, long ttlSeconds) {
        byte[] wire = record.toWire(Section.ANSWER);
        int rdata = record.getName().length() + 10;
        byte[] bytes = Arrays.copyOfRange(wire, rdata, wire.length);
        return Record.newRecord(record.getName(), record.getType(), record.getDClass(), ttlSeconds, bytes);
    }
}
