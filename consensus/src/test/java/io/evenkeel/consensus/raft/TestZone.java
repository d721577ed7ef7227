package io.evenkeel.consensus.raft;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.state.ZoneDiff;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/** Commands about one small zone. */
final class TestZone {
    static final Name APEX = Name.fromConstantString("example.");

    private TestZone() {}

    static ZoneCommand create(int hosts) throws Exception {
        List<Record> records = new ArrayList<>();
        records.add(soa(1));
        records.add(new NSRecord(APEX, DClass.IN, 300, new Name("h0", APEX)));
        for (int i = 0; i < hosts; i++) {
            records.add(host(i));
        }
        return new ZoneCommand.PutZone(APEX, null, new ZoneContents.Inline(records), 1, List.of(new RequestId(1, 1)));
    }

    static ZoneCommand addHost(ZoneVersion base, long serial, int host) throws Exception {
        ZoneDiff diff = new ZoneDiff(base, List.of(soa(serial)), List.of(soa(serial + 1), host(host)), serial + 1);
        return new ZoneCommand.ApplyDiff(APEX, diff, List.of(new RequestId(2, host)));
    }

    private static Record host(int i) throws Exception {
        return new ARecord(new Name("h" + i, APEX), DClass.IN, 300, new byte[] {10, 0, (byte) (i >> 8), (byte) i});
    }

    private static Record soa(long serial) throws Exception {
        return new SOARecord(
                APEX, DClass.IN, 300, new Name("h0", APEX), new Name("admin", APEX), serial, 3600, 600, 86400, 300);
    }
}
