package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneVersion;
import java.util.List;
import org.xbill.DNS.Record;

/**
 * What changes between two versions of a zone, record by record, the SOA included: the body of a command, later the answer
 * to an IXFR question (RFC 1995) and the line in the audit log. A record whose TTL changes is removed and added.
 *
 * @param base the version that it was evaluated against; to any other version it does not apply
 * @param removed records that the base has
 * @param added records that the base has not, or has among {@code removed}
 * @param newSerial the serial of the SOA among {@code added}
 */
public record ZoneDiff(ZoneVersion base, List<Record> removed, List<Record> added, long newSerial) {
    public ZoneDiff {
        removed = List.copyOf(removed);
        added = List.copyOf(added);
    }
}
