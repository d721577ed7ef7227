package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.cluster.LeaderFacts.Pulse;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.MemoryLimits.Limit;
import io.evenkeel.zones.state.ReplicatedState;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ToldMemoryTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final UUID CLUSTER = new UUID(1, 2);
    private static final Member N1 = new Member("n1", 1, "192.0.2.1:7400", "192.0.2.1:7500");
    private static final Member N2 = new Member("n2", 1, "192.0.2.2:7400", "192.0.2.2:7500");

    private final ToldMemory told = new ToldMemory("n1", 100 * MEBIBYTE);
    private ReplicatedState state = ReplicatedState.empty();

    private List<Limit> noted(Member... members) {
        told.notes(List.of(members), state.settings())
                .forEach(note -> state = state.apply(state.index() + 1, note).next());
        return MemoryLimits.all(state.settings());
    }

    private static Hello hello(@Nullable UUID clusterId, String name, int incarnation, long memory) {
        return new Hello("test", clusterId, name, incarnation, new Build(3, "0.1", 1, 1), memory);
    }

    private void heard(Hello hello) {
        told.heard(hello, CLUSTER, List.of(N1, N2));
    }

    @Test
    void whatMembersTellIsNotedOnceAndAnewWhenItChanges() {
        heard(hello(CLUSTER, "n2", 1, 50 * MEBIBYTE));
        assertThat(noted(N1, N2)).containsExactly(new Limit("n1", 100 * MEBIBYTE), new Limit("n2", 50 * MEBIBYTE));
        long index = state.index();
        assertThat(noted(N1, N2)).hasSize(2);
        assertThat(state.index()).isEqualTo(index);
        heard(hello(CLUSTER, "n2", 1, 70 * MEBIBYTE));
        assertThat(noted(N1, N2)).contains(new Limit("n2", 70 * MEBIBYTE));
    }

    @Test
    void whoIsNoMemberIsNotNotedAndOneThatWasIsForgotten() {
        heard(hello(CLUSTER, "n2", 1, 50 * MEBIBYTE));
        assertThat(noted(N1)).containsExactly(new Limit("n1", 100 * MEBIBYTE));
        assertThat(noted(N1, N2)).hasSize(2);
        assertThat(noted(N1)).containsExactly(new Limit("n1", 100 * MEBIBYTE));
        told.keepOnly(List.of(N1));
        assertThat(told.of("n2")).isZero();
        assertThat(noted(N1, N2)).hasSize(1);
    }

    @Test
    void limitOfAMemberThatThisLeaderHasNotHeardStays() {
        heard(hello(CLUSTER, "n2", 1, 50 * MEBIBYTE));
        noted(N1, N2);
        ToldMemory ofTheNextLeader = new ToldMemory("n1", 100 * MEBIBYTE);
        assertThat(ofTheNextLeader.notes(List.of(N1, N2), state.settings())).isEmpty();
    }

    @Test
    void strangerWithTheNameOfAMemberDoesNotSpeakForIt() {
        heard(hello(CLUSTER, "n2", 1, 50 * MEBIBYTE));
        heard(hello(null, "n2", 0, 1));
        heard(hello(new UUID(3, 4), "n2", 1, 2));
        heard(hello(CLUSTER, "n2", 2, 3));
        heard(hello(CLUSTER, "n1", 1, 4));
        assertThat(noted(N1, N2)).containsExactly(new Limit("n1", 100 * MEBIBYTE), new Limit("n2", 50 * MEBIBYTE));
    }

    @Test
    void nodeThatIsLetInIsCountedAtOnce() {
        heard(hello(null, "n3", 0, 60 * MEBIBYTE));
        assertThat(told.of("n3")).isEqualTo(60 * MEBIBYTE);
        told.letIn("n3", 40 * MEBIBYTE);
        assertThat(told.of("n3")).isEqualTo(40 * MEBIBYTE);
        assertThat(noted(N1, new Member("n3", 1, "192.0.2.3:7400", "192.0.2.3:7500")))
                .contains(new Limit("n3", 40 * MEBIBYTE));
    }

    @Test
    void namesThatAreToldAreBoundedAndStrangersTakeNoPlaceFromMembers() {
        int many = 10 * ClusterLimits.TOLD_MEMORIES;
        for (int i = 0; i < many; i++) {
            heard(hello(null, "x" + i, 0, MEBIBYTE));
        }
        assertThat(told.of("x0")).isZero();
        assertThat(told.of("x" + (many - ClusterLimits.TOLD_MEMORIES - 1))).isZero();
        assertThat(told.of("x" + (many - ClusterLimits.TOLD_MEMORIES))).isEqualTo(MEBIBYTE);
        heard(hello(CLUSTER, "n2", 1, 50 * MEBIBYTE));
        assertThat(noted(N1, N2)).contains(new Limit("n2", 50 * MEBIBYTE));
        heard(hello(null, "x".repeat(ClusterLimits.TOLD_NAME + 1), 0, MEBIBYTE));
        assertThat(told.of("x".repeat(ClusterLimits.TOLD_NAME + 1))).isZero();
    }

    @Test
    void nodeWithLessThanIsThereIsNeitherAddedNorLetIn() {
        LeaderFacts small = facts(40 * MEBIBYTE);
        LeaderFacts large = facts(60 * MEBIBYTE);
        Manage add = new Manage(Manage.Verb.ADD, "n2", N2.raftAddress(), N2.peerAddress());
        assertRefused(rules().manage(add, small));
        assertThat(rules().manage(add, large)).isInstanceOf(LeaderStep.Write.class);
        assertThat(rules().manage(add, facts(0))).isInstanceOf(LeaderStep.Write.class);
        assertRefused(rules().join(join(40 * MEBIBYTE), large));
        assertThat(rules().join(join(60 * MEBIBYTE), small)).isInstanceOf(LeaderStep.Write.class);
    }

    private static void assertRefused(LeaderStep step) {
        assertThat(step)
                .isInstanceOfSatisfying(
                        LeaderStep.Reply.class,
                        reply -> assertThat(reply.answer())
                                .isInstanceOfSatisfying(
                                        Outcome.Refused.class,
                                        refused -> assertThat(refused.why())
                                                .isEqualTo(
                                                        "n2 has too little memory: 40 MiB for zones, and those of the cluster"
                                                                + " take 50 MiB; start it with a larger -Xmx")));
    }

    private static Join join(long memory) {
        return new Join(CLUSTER, N2, new Build(3, "0.1", 1, 1), memory);
    }

    private static LeaderFacts facts(long memory) {
        return new LeaderFacts(
                CLUSTER,
                1,
                List.of(N1),
                null,
                new LeaderView(true, List.of()),
                1,
                Pulse.NOT_ASKED,
                50 * MEBIBYTE,
                memory);
    }

    private static LeaderRules rules() {
        return new LeaderRules(
                new ControlSettings(
                        "0.1",
                        "test",
                        Path.of("nowhere"),
                        listed("n1", "192.0.2.1"),
                        List.of(listed("n2", "192.0.2.2")),
                        true,
                        ReplicaTuning.BRISK,
                        0),
                false);
    }

    private static ControlSettings.Listed listed(String name, String host) {
        return new ControlSettings.Listed(
                name, AddressText.parseMember(host + ":7400"), AddressText.parseMember(host + ":7500"));
    }
}
