package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.ReplicaStatus.Role;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.cluster.ClusterReport.Entry;
import io.evenkeel.server.cluster.ClusterReport.View;
import io.evenkeel.server.peer.Build;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RollingRulesTest {
    private static final Build OLD = new Build(3, "0.1", 1, 1);
    private static final Build NEW = new Build(3, "0.2", 1, 2);
    private static final long COMMITTED = 10_000;

    /** A member that is as it should be. */
    private static final class Node {
        private final String name;
        private int runsAs = 1;
        private Role role = Role.FOLLOWER;
        private long applied = COMMITTED;
        private String state = "OPEN";
        private boolean ready = true;
        private List<String> reasons = List.of();
        private @Nullable Build build = NEW;
        private boolean answers = true;
        private Duration heard = Duration.ZERO;
        private @Nullable String doubt;

        private Node(String name) {
            this.name = name;
        }

        private Entry entry() {
            View view = new View(runsAs, role, 1, COMMITTED, applied, state, ready, reasons, build, doubt);
            return new Entry(new Member(name, 1, "127.0.0.1:1", "127.0.0.1:2"), answers ? view : null, heard);
        }
    }

    private final Node n1 = new Node("n1");
    private final Node n2 = new Node("n2");
    private final Node n3 = new Node("n3");
    private final List<Node> nodes = new ArrayList<>(List.of(n1, n2, n3));
    private @Nullable String leader = "n1";

    private ClusterReport report() {
        return new ClusterReport(
                new UUID(1, 2),
                1,
                leader,
                1,
                COMMITTED,
                nodes.stream().map(Node::entry).toList(),
                List.of(),
                List.of());
    }

    private List<String> toRaise() {
        return RollingRules.obstaclesToRaise(report());
    }

    private List<String> toStop(String name) {
        return RollingRules.obstaclesToStop(report(), name);
    }

    @Test
    void aClusterWhoseMembersAllSpeakTheNextLevelCanBeRaised() {
        assertThat(toRaise()).isEmpty();
    }

    @Test
    void aMemberOfAnOlderReleaseIsNamedWithTheRemedy() {
        n2.build = OLD;
        n3.build = null;
        assertThat(toRaise())
                .containsExactly(
                        "n2 runs release 0.1, which speaks level 1: restart it with a release that speaks level 2",
                        "n3 runs a release that tells no levels: restart it with a release that speaks level 2");
    }

    @Test
    void whereNobodySpeaksTheNextLevelThatIsAllThereIsToSay() {
        nodes.forEach(node -> node.build = OLD);
        assertThat(toRaise()).containsExactly("no member speaks level 2");
    }

    @Test
    void aMemberThatIsAwayKeepsTheClusterFromBeingRaised() {
        n3.answers = false;
        assertThat(toRaise())
                .containsExactly("n3 does not answer: start it, or take it out with `evenkeel cluster remove n3`");
        n3.answers = true;
        n3.runsAs = 2;
        assertThat(toRaise().getFirst()).startsWith("n3 runs as n3-2, and the member is n3-1");
        leader = null;
        assertThat(toRaise().getFirst()).isEqualTo("there is no leader");
    }

    @Test
    void aClusterWhoseLeaderMayBeWrongTakesNoChangesAndIsNotRaised() {
        assertThat(report().healthy()).isTrue();
        n2.doubt = "its digest differs";
        assertThat(report().healthy()).isTrue();
        assertThat(toRaise()).containsExactly("the zones of n2 may be wrong: its digest differs");
        n1.doubt = "changes have stopped: pasts differ";
        assertThat(report().healthy()).isFalse();
        assertThat(report().stopped()).isEqualTo(n1.doubt);
        leader = "n9";
        assertThat(report().stopped()).isNull();
    }

    @Test
    void oneOfThreeMayBeStoppedWhileTheOthersAreWell() {
        for (Node node : nodes) {
            assertThat(toStop(node.name)).isEmpty();
        }
    }

    @Test
    void oneThatIsAwayItselfMayBeStopped() {
        n3.answers = false;
        assertThat(toStop("n3")).isEmpty();
    }

    @Test
    void noneMayBeStoppedThatTheMajorityNeeds() {
        n3.answers = false;
        assertThat(toStop("n2"))
                .containsExactly(
                        "without n2, 1 of 3 members take part with zones that they trust, and 2 are needed for changes",
                        "n3 does not answer");
        nodes.remove(n3);
        assertThat(toStop("n2"))
                .containsExactly(
                        "without n2, 1 of 2 members take part with zones that they trust, and 2 are needed for changes");
        nodes.remove(n2);
        assertThat(toStop("n1"))
                .containsExactly(
                        "without n1, 0 of 1 members take part with zones that they trust, and 1 are needed for changes",
                        "n1 is the only one that is open");
    }

    @Test
    void noneMayBeStoppedWhileAnotherIsOnItsWay() {
        n3.ready = false;
        n3.state = "CATCHING_UP";
        n3.reasons = List.of("catching up");
        assertThat(toStop("n1")).containsExactly("n3 is not ready: catching up");
        n3.ready = true;
        n3.applied = COMMITTED - ClusterLimits.HAND_OVER_LAG;
        assertThat(toStop("n1")).isEmpty();
        n3.applied--;
        assertThat(toStop("n1")).containsExactly("n3 is 1001 entries behind");
    }

    @Test
    void noneMayBeStoppedWhileTheLeaderIsMissingOrDoesNotHearAnother() {
        n3.heard = Duration.ofSeconds(5);
        assertThat(toStop("n2")).containsExactly("the leader has not heard n3 for 5 s");
        n3.heard = Duration.ZERO;
        leader = null;
        assertThat(toStop("n2")).containsExactly("there is no leader");
    }

    @Test
    void theOnlyOneThatIsOpenGoesOn() {
        for (Node node : List.of(n2, n3)) {
            node.state = "CLOSED";
            node.ready = false;
            node.reasons = List.of("closed by an operator");
        }
        assertThat(toStop("n1"))
                .containsExactly(
                        "n2 is not ready: closed by an operator",
                        "n3 is not ready: closed by an operator",
                        "n1 is the only one that is open");
    }

    @Test
    void aReplicaThatDoesNotTakePartIsNoMemberToRelyOn() {
        n3.role = Role.NONE;
        n3.reasons = List.of("takes no part at present: its disk is full");
        assertThat(toStop("n1"))
                .containsExactly(
                        "without n1, 1 of 3 members take part with zones that they trust, and 2 are needed for changes",
                        "n3 takes no part in the cluster: takes no part at present: its disk is full");
    }

    @Test
    void aMemberWhoseZonesMayBeWrongIsNoneToRelyOn() {
        n3.doubt = "the leader holds other zones";
        assertThat(toStop("n1"))
                .containsExactly(
                        "without n1, 1 of 3 members take part with zones that they trust, and 2 are needed for changes",
                        "the zones of n3 may be wrong: the leader holds other zones");
        n2.doubt = n3.doubt;
        assertThat(toStop("n1"))
                .contains("n1 is the only one that is open and whose zones are right as far as is known");
        assertThat(toStop("n3"))
                .containsExactly(
                        "without n3, 1 of 3 members take part with zones that they trust, and 2 are needed for changes",
                        "the zones of n2 may be wrong: the leader holds other zones");
    }

    @Test
    void aMemberInDoubtMayItselfBeStopped() {
        n3.doubt = "the leader holds other zones";
        assertThat(toStop("n3")).isEmpty();
    }
}
