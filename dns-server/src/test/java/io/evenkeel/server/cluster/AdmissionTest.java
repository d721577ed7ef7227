package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Golden;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The record about a member, as it stands in the replicated state of clusters. */
final class AdmissionTest {
    private static final UUID CLUSTER = new UUID(0x0102030405060708L, 0x1112131415161718L);

    @Test
    void anAdmissionIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(AdmissionTest.class, "admission-1.hex");
        Admission admission = new Admission("n2", true, CLUSTER, "192.0.2.2:7400", "[2001:db8::2]:7500", 3);
        golden.assertWritten("admission", admission.encode());
        ReplicatedState state = ReplicatedState.empty()
                .apply(1, new ZoneCommand.PutSetting(Admission.KIND, "n2", golden.octets("admission"), 0))
                .next();
        assertThat(Admission.of(state, CLUSTER, "n2")).contains(admission);
    }
}
