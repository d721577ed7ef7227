package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Golden;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The record about a member, as it stands in the replicated state of clusters. */
final class PermitTest {
    private static final UUID CLUSTER = new UUID(0x0102030405060708L, 0x1112131415161718L);

    @Test
    void aPermitIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(PermitTest.class, "permit-1.hex");
        Permit permit = new Permit("n2", true, CLUSTER, "192.0.2.2:7400", "[2001:db8::2]:7500", 3);
        golden.assertWritten("permit", permit.encode());
        ReplicatedState state = ReplicatedState.empty()
                .apply(1, new ZoneCommand.PutSetting(Permit.KIND, "n2", golden.octets("permit"), 0))
                .next();
        assertThat(Permit.of(state, CLUSTER, "n2")).contains(permit);
    }
}
