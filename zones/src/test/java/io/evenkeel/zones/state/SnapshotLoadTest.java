package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node that starts reads what is there once, however much that is. */
class SnapshotLoadTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Of allocation, for one setting or request: its objects, its hash, its places in tables. */
    private static final long OCTETS_OF_EACH = 4_000;

    @Test
    void asManySettingsAndRequestsAsThereMayBeAreReadInOneGo() throws IOException {
        List<Settings.Setting> settings = new ArrayList<>();
        for (int i = 0; i < ZoneLimits.MAX_SETTINGS; i++) {
            settings.add(new Settings.Setting("some-kind", "name " + i, new byte[] {(byte) i}, i));
        }
        List<RequestRing.Entry> requests = new ArrayList<>();
        for (int i = 0; i < ZoneLimits.REQUEST_RING + 100; i++) {
            requests.add(new RequestRing.Entry(new RequestId(i, 7L * i), new Recorded(i, new ZoneVersion(1, i), i)));
        }
        ReplicatedState state = new ReplicatedState(
                20_000,
                5,
                new Catalog(),
                Staging.EMPTY,
                RequestRing.EMPTY.with(requests),
                Settings.of(settings),
                Faults.NONE,
                ChangeHistory.EMPTY,
                null);
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        SnapshotCodec.write(state, snapshot);

        long before = THREADS.getCurrentThreadAllocatedBytes();
        ReplicatedState read = SnapshotCodec.read(new ByteArrayInputStream(snapshot.toByteArray()));
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(OCTETS_OF_EACH * (ZoneLimits.MAX_SETTINGS + ZoneLimits.REQUEST_RING));
        assertThat(read.settings().sum()).isEqualTo(state.settings().sum());
        assertThat(read.requests().sum()).isEqualTo(state.requests().sum());
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        SnapshotCodec.write(read, again);
        assertThat(again.toByteArray()).isEqualTo(snapshot.toByteArray());
    }

    @Test
    void manyRequestsAtOnceAreAsOneAfterTheOther() {
        RequestRing single = RequestRing.EMPTY;
        List<RequestRing.Entry> all = new ArrayList<>();
        for (int i = 0; i < ZoneLimits.REQUEST_RING + 250; i++) {
            RequestId id = new RequestId(i, i);
            Recorded outcome = new Recorded(i, new ZoneVersion(1, i), i);
            all.add(new RequestRing.Entry(id, outcome));
            single = single.with(List.of(id), outcome);
        }
        RequestRing atOnce = RequestRing.EMPTY.with(all);
        assertThat(atOnce.sum()).isEqualTo(single.sum());
        assertThat(atOnce.count()).isEqualTo(single.count());
        assertThat(atOnce.find(new RequestId(249, 249))).isNull();
        assertThat(atOnce.find(new RequestId(250, 250))).isEqualTo(single.find(new RequestId(250, 250)));
    }
}
