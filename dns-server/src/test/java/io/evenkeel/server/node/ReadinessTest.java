package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.server.node.Readiness.Verdict;
import io.evenkeel.server.peer.NodeStanding;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
    private static final String NO_LEADER = "no leader is known: the cluster has no majority, or is electing";
    private static final NodeStanding WELL = new NodeStanding("", null, false, List.of(), false, "n1");
    private static final NodeStanding LEADERLESS = new NodeStanding("", null, false, List.of(), false, null);
    private static final NodeStanding WAITING =
            new NodeStanding("n2 does not answer", null, false, List.of(), false, "n1");
    private static final NodeStanding BROKEN = new NodeStanding("", "the disk is full", false, List.of(), false, null);
    private static final NodeStanding RETIRED = new NodeStanding("removed", "removed", true, List.of(), false, null);
    private static final NodeStanding DOUBTFUL =
            new NodeStanding("", null, false, List.of("may be wrong"), false, "n1");
    private static final NodeStanding OUT = new NodeStanding("", null, false, List.of("may be wrong"), true, "n1");
    private static final List<NodeStanding> ALL = List.of(WELL, LEADERLESS, WAITING, BROKEN, RETIRED, DOUBTFUL, OUT);

    private record Row(
            NodeState state, boolean shut, boolean caughtUp, boolean old, NodeStanding standing, List<String> behind) {
        Verdict verdict() {
            return Readiness.judge(state, shut, false, caughtUp, old, standing, behind);
        }
    }

    private static Row in(NodeState state) {
        return new Row(state, state == NodeState.CLOSED, true, false, WELL, List.of());
    }

    private static Row stands(NodeState state, NodeStanding standing) {
        return new Row(state, false, true, false, standing, List.of());
    }

    private static void assertVerdict(Row row, boolean ready, boolean stale, String... reasons) {
        Verdict verdict = row.verdict();
        assertThat(verdict)
                .as(row.toString())
                .isEqualTo(new Verdict(row.state(), ready, stale, List.of(reasons), verdict.hindrances()));
    }

    private static void assertHindrances(Row row, String... hindrances) {
        assertThat(row.verdict().hindrances()).as(row.toString()).containsExactly(hindrances);
    }

    @Test
    void aNodeIsReadyFromItsOpeningToItsEnd() {
        assertVerdict(in(NodeState.STARTING), false, false, "starting");
        assertVerdict(in(NodeState.CATCHING_UP), false, false, "catching up");
        assertVerdict(in(NodeState.WARMING), false, false, "warming up");
        assertVerdict(in(NodeState.OPEN), true, false);
        assertVerdict(in(NodeState.CLOSED), false, false, "closed by the operator");
        assertVerdict(in(NodeState.DRAINING), false, false, "draining");
    }

    @Test
    void anOpenNodeStaysReadyAndSaysWhatIsWrong() {
        List<String> none = List.of();
        assertVerdict(new Row(NodeState.OPEN, false, false, false, WELL, none), true, true, "stale");
        assertVerdict(new Row(NodeState.OPEN, false, true, true, WELL, none), true, true, "stale");
        assertVerdict(new Row(NodeState.OPEN, false, false, true, WELL, none), true, true, "stale");
        assertVerdict(stands(NodeState.OPEN, WAITING), true, false, "n2 does not answer");
        assertVerdict(
                stands(NodeState.OPEN, BROKEN),
                true,
                false,
                "takes no part in the cluster at present: the disk is full");
        assertVerdict(
                new Row(NodeState.OPEN, false, true, false, WELL, List.of("loop 0 is behind")),
                true,
                false,
                "loop 0 is behind");
        assertVerdict(
                new Row(NodeState.OPEN, false, true, true, WAITING, List.of("loop 0 is behind")),
                true,
                true,
                "stale",
                "n2 does not answer",
                "loop 0 is behind");
    }

    @Test
    void aNodeThatTheClusterHasTakenOutIsNotReadyAlthoughItAnswers() {
        assertVerdict(
                stands(NodeState.OPEN, RETIRED), false, false, "takes no part in the cluster at present: removed");
    }

    @Test
    void zonesThatMayBeWrongTakeANodeOutOnlyWhenItIsItsTurn() {
        assertVerdict(stands(NodeState.OPEN, DOUBTFUL), true, false, "may be wrong");
        assertVerdict(
                stands(NodeState.OPEN, OUT),
                false,
                false,
                "may be wrong",
                "leaves the questions to the other members, of which one answers without such a fault");
    }

    @Test
    void aNodeWithoutAnAddressToAnswerOnIsNotReadyAndTakesChanges() {
        Verdict verdict =
                Readiness.judge(NodeState.OPEN, false, true, true, false, WELL, List.of("no interface has 192.0.2.1"));
        assertThat(verdict.ready()).isFalse();
        assertThat(verdict.reasons())
                .containsExactly(
                        "answers nowhere: this machine has none of the addresses in dns.listen",
                        "no interface has 192.0.2.1");
        assertThat(verdict.hindrances()).isEmpty();
    }

    @Test
    void changesGoWhereTheyCanBeMadeAndSeen() {
        assertHindrances(in(NodeState.STARTING), "starting");
        assertHindrances(stands(NodeState.STARTING, WAITING), "starting: n2 does not answer");
        assertHindrances(in(NodeState.CATCHING_UP), "catching up");
        assertHindrances(in(NodeState.WARMING));
        assertHindrances(in(NodeState.OPEN));
        assertHindrances(stands(NodeState.OPEN, WAITING));
        assertHindrances(in(NodeState.CLOSED));
        assertHindrances(in(NodeState.DRAINING), "draining");
        assertHindrances(stands(NodeState.OPEN, LEADERLESS), NO_LEADER);
        assertHindrances(stands(NodeState.OPEN, BROKEN), "takes no part in the cluster at present: the disk is full");
        assertHindrances(stands(NodeState.OPEN, RETIRED), "takes no part in the cluster at present: removed");
        assertHindrances(stands(NodeState.OPEN, DOUBTFUL), "may be wrong");
        assertHindrances(stands(NodeState.OPEN, OUT), "may be wrong");
        assertHindrances(new Row(NodeState.OPEN, false, true, true, WELL, List.of()), "stale");
        assertHindrances(new Row(NodeState.OPEN, false, false, false, LEADERLESS, List.of()), NO_LEADER, "stale");
        assertHindrances(new Row(NodeState.OPEN, false, true, false, WELL, List.of("loop 0 is behind")));
    }

    @Test
    void aNodeThatStartsSaysWhatItWaitsForOnceAndThatItWillStayClosed() {
        assertVerdict(stands(NodeState.STARTING, WAITING), false, false, "starting: n2 does not answer");
        assertVerdict(
                new Row(NodeState.CATCHING_UP, true, false, false, WAITING, List.of()),
                false,
                false,
                "catching up: n2 does not answer",
                "closed by the operator");
        assertVerdict(new Row(NodeState.DRAINING, true, true, false, WELL, List.of()), false, false, "draining");
    }

    @Test
    void nothingButOpenIsEverReady() {
        for (NodeState state : EnumSet.complementOf(EnumSet.of(NodeState.OPEN))) {
            for (NodeStanding standing : ALL) {
                for (int bits = 0; bits < 8; bits++) {
                    Row row = new Row(
                            state, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, standing, List.of("behind"));
                    assertThat(row.verdict().ready()).as(row.toString()).isFalse();
                    assertThat(row.verdict().reasons()).as(row.toString()).isNotEmpty();
                }
            }
        }
    }
}
