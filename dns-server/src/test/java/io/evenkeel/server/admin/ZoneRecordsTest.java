package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Which records of a zone a request gets. */
class ZoneRecordsTest {
    private static final Name APEX = Name.fromConstantString("example.");

    @Test
    void oneNameOfALargeZoneIsFoundWithoutWalkingIt() throws Exception {
        List<Record> records = new ArrayList<>();
        records.add(Record.fromString(APEX, Type.SOA, DClass.IN, 60, "ns hostmaster 1 1 1 1 1", APEX));
        for (int i = 0; i < 20_000; i++) {
            records.add(record("n" + i, Type.A, "192.0.2.1"));
        }
        Record text = record("n777", Type.TXT, "one");
        records.add(text);
        Zone zone = Zone.load(APEX, new ZoneVersion(1, 1), records);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Record> found = new ArrayList<>();
        long before = threads.getCurrentThreadAllocatedBytes();
        ZoneRoutes.records(zone, Optional.of("N777.example."), Optional.of("txt"))
                .accept(found::add);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000_000);
        assertThat(found).containsExactly(text);

        assertThat(found(zone, "n777.example.")).containsExactly(record("n777", Type.A, "192.0.2.1"), text);
        assertThat(found(zone, "none.example.")).isEmpty();
        assertThat(found(zone, "n777.elsewhere.")).isEmpty();
    }

    private static List<Record> found(Zone zone, String name) throws ApiException {
        List<Record> found = new ArrayList<>();
        ZoneRoutes.records(zone, Optional.of(name), Optional.empty()).accept(found::add);
        return found;
    }

    private static Record record(String owner, int type, String data) throws Exception {
        return Record.fromString(Name.fromString(owner, APEX), type, DClass.IN, 60, data, APEX);
    }
}
