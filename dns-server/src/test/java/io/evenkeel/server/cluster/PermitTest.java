package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.cluster.LeaderFacts.Pulse;
import io.evenkeel.server.cluster.Permit.Role;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.Golden;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The record about a member, as it stands in the replicated state of clusters. */
final class PermitTest {
    private static final UUID CLUSTER = new UUID(0x0102030405060708L, 0x1112131415161718L);

    @Test
    void aPermitIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(PermitTest.class, "permit-2.hex");
        golden.assertWritten("voter", permit(Role.VOTER).encode());
        golden.assertWritten("observer", permit(Role.OBSERVER).encode());
        assertThat(read(golden.octets("voter"))).contains(permit(Role.VOTER));
        assertThat(read(golden.octets("observer"))).contains(permit(Role.OBSERVER));
        assertThat(golden.names()).containsExactly("voter", "observer");
    }

    @Test
    void aPermitWithoutARoleIsThatOfAVoter() throws Exception {
        assertThat(read(Golden.read(PermitTest.class, "permit-1.hex").octets("permit")))
                .contains(permit(Role.VOTER));
    }

    @Test
    void aRoleThatIsNotKnownIsNotTakenForAnother() {
        byte[] octets = permit(Role.OBSERVER).encode();
        octets[octets.length - 1] = 9;
        assertThatThrownBy(() -> read(octets)).hasMessageContaining("n2").hasRootCauseMessage("role 9");
    }

    @Test
    void anObserverIsNotLetInAndIsToldSo() {
        Member observer = new Member("n2", 4, "192.0.2.2:7400", "[2001:db8::2]:7500");
        LeaderStep step = rules().join(
                        new Join(CLUSTER, observer, new Build(3, "0.1", 1, 1), 0),
                        new LeaderFacts(
                                CLUSTER,
                                1,
                                List.of(new Member("n1", 1, "192.0.2.1:7400", "192.0.2.1:7500")),
                                permit(Role.OBSERVER),
                                new LeaderView(true, List.of()),
                                1,
                                Pulse.NOT_ASKED,
                                0,
                                0));
        assertThat(step)
                .isInstanceOfSatisfying(
                        LeaderStep.Reply.class,
                        reply -> assertThat(reply.answer())
                                .isInstanceOfSatisfying(
                                        Outcome.Refused.class,
                                        refused -> assertThat(refused.why())
                                                .startsWith(
                                                        "observers are not supported by this release: n2 can only come in to vote")));
    }

    private static LeaderRules rules() {
        ControlSettings settings = new ControlSettings(
                "0.1",
                "test",
                Path.of("nowhere"),
                listed("n1", "192.0.2.1"),
                List.of(listed("n3", "192.0.2.3")),
                true,
                ReplicaTuning.BRISK,
                0);
        return new LeaderRules(settings, false);
    }

    private static ControlSettings.Listed listed(String name, String host) {
        return new ControlSettings.Listed(
                name, AddressText.parseMember(host + ":7400"), AddressText.parseMember(host + ":7500"));
    }

    private static Permit permit(Role role) {
        return new Permit("n2", true, CLUSTER, "192.0.2.2:7400", "[2001:db8::2]:7500", 3, role);
    }

    private static Optional<Permit> read(byte[] octets) {
        ReplicatedState state = ReplicatedState.empty()
                .apply(1, new ZoneCommand.PutSetting(Permit.KIND, "n2", octets, 0))
                .next();
        return Permit.of(state, CLUSTER, "n2");
    }
}
