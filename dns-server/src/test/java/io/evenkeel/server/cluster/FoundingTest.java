package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.cluster.Founding.Verdict;
import io.evenkeel.server.peer.Build;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FoundingTest {
    private static final UUID CLUSTER = new UUID(1, 2);

    private static ControlSettings settings(String self, String... others) {
        return new ControlSettings(
                "0.1",
                "c",
                Path.of("data"),
                listed(self),
                List.of(others).stream().map(FoundingTest::listed).toList(),
                self.equals("n1"),
                ReplicaTuning.BRISK);
    }

    private static ControlSettings.Listed listed(String name) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        return new ControlSettings.Listed(name, address, address);
    }

    private static HelloAnswer empty(String node) {
        return new HelloAnswer("c", null, node, 0, Build.of("0.1"), "n1", null, List.of(), 0, Standing.UNKNOWN);
    }

    private static HelloAnswer member(
            String node, UUID cluster, @Nullable String leader, int yours, String... members) {
        return new HelloAnswer(
                "c",
                cluster,
                node,
                1,
                Build.of("0.1"),
                "n1",
                leader,
                List.of(members).stream()
                        .map(name -> new Member(name, 1, "127.0.0.1:1"))
                        .toList(),
                yours,
                node.equals(leader) ? Standing.MAY_JOIN : Standing.UNKNOWN);
    }

    @Test
    void nodeByItselfFounds() {
        assertThat(Founding.judge(settings("n1"), null, Map.of())).isEqualTo(new Verdict.Found());
    }

    @Test
    void onlyTheFirstOfTheListFoundsAndOnlyWhenAllOthersAreEmpty() {
        Map<String, HelloAnswer> all = Map.of("n2", empty("n2"), "n3", empty("n3"));
        assertThat(Founding.judge(settings("n1", "n2", "n3"), null, all)).isEqualTo(new Verdict.Found());
        assertThat(Founding.judge(settings("n1", "n2", "n3"), null, Map.of("n2", empty("n2"))))
                .isEqualTo(new Verdict.Wait("waiting for n3 before a cluster may be founded"));
        assertThat(Founding.judge(settings("n2", "n1", "n3"), null, Map.of("n1", empty("n1"), "n3", empty("n3"))))
                .isInstanceOf(Verdict.Wait.class);
    }

    @Test
    void whoeverReportsAClusterIsJoinedAsANewIncarnation() {
        HelloAnswer n2 = member("n2", CLUSTER, "n2", 4, "n2", "n3");
        assertThat(Founding.judge(settings("n1", "n2", "n3"), null, Map.of("n2", n2)))
                .isEqualTo(new Verdict.Join(CLUSTER, 5));
        HelloAnswer founder = member("n1", CLUSTER, "n1", 0, "n1");
        assertThat(Founding.judge(settings("n3", "n1", "n2"), null, Map.of("n1", founder, "n2", empty("n2"))))
                .isEqualTo(new Verdict.Join(CLUSTER, 1));
    }

    @Test
    void majorityThatHasForgottenIsNotWaitedForInSilence() {
        HelloAnswer left = member("n1", CLUSTER, null, 1, "n1", "n2", "n3");
        Verdict verdict = Founding.judge(settings("n2", "n1", "n3"), null, Map.of("n1", left, "n3", empty("n3")));
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Wait.class, wait -> assertThat(wait.reason()).contains("majority", "backup"));
    }

    /** Its own name is all that such a node would get: the one under which it may have voted. */
    @Test
    void wipedNodeDoesNotTakeAnIncarnationByTheWordOfMembersThatMayNotKnowTheNewestOne() {
        HelloAnswer starting = member("n1", CLUSTER, null, 0);
        assertThat(Founding.judge(settings("n2", "n1", "n3"), null, Map.of("n1", starting)))
                .isEqualTo(new Verdict.Wait(Founding.NO_LEADER));
        HelloAnswer lagging = member("n1", CLUSTER, "n3", 0, "n1", "n3");
        assertThat(Founding.judge(settings("n2", "n1", "n3"), null, Map.of("n1", lagging)))
                .isEqualTo(new Verdict.Wait(Founding.NO_LEADER));
        HelloAnswer leader = member("n3", CLUSTER, "n3", 1, "n1", "n2", "n3");
        assertThat(Founding.judge(settings("n2", "n1", "n3"), null, Map.of("n1", lagging, "n3", leader)))
                .isEqualTo(new Verdict.Join(CLUSTER, 2));
    }

    @Test
    void strangersAreNamed() {
        HelloAnswer otherName =
                new HelloAnswer("x", CLUSTER, "n2", 1, Build.of("0.1"), "n1", null, List.of(), 0, Standing.UNKNOWN);
        assertThat(Founding.judge(settings("n1", "n2"), null, Map.of("n2", otherName)))
                .isInstanceOfSatisfying(
                        Verdict.Impossible.class, v -> assertThat(v.reason()).contains("'x'", "'c'", "cluster.name"));
        assertThat(Founding.judge(settings("n1", "n2"), null, Map.of("n2", empty("n7"))))
                .isInstanceOfSatisfying(
                        Verdict.Impossible.class, v -> assertThat(v.reason()).contains("n7", "n2"));
        HelloAnswer otherList =
                new HelloAnswer("c", null, "n2", 0, Build.of("0.1"), "n2", null, List.of(), 0, Standing.UNKNOWN);
        assertThat(Founding.judge(settings("n1", "n2"), null, Map.of("n2", otherList)))
                .isInstanceOfSatisfying(
                        Verdict.Impossible.class,
                        v -> assertThat(v.reason()).contains("begins with n1 here and with n2 on n2"));
        Map<String, HelloAnswer> two =
                Map.of("n2", member("n2", CLUSTER, null, 0, "n2"), "n3", member("n3", new UUID(3, 4), null, 0, "n3"));
        assertThat(Founding.judge(settings("n1", "n2", "n3"), null, two))
                .isInstanceOfSatisfying(
                        Verdict.Impossible.class, v -> assertThat(v.reason()).contains("different clusters"));
    }
}
