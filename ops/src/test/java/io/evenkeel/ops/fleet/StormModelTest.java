package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.fleet.StormModel.Change;
import io.evenkeel.ops.verb.CommandFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StormModelTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double STALE_COST = 0.31;
    private static final int DEVICES = 2000;
    private static final int PERIOD = 10;

    private static DeviceGroup group(int devices, int period, NodeChoice choice, Reaction icmp, int nodes) {
        try {
            return new DeviceGroup(
                    "g",
                    devices,
                    period * SECOND,
                    0.25,
                    List.of(QuestionPattern.of("dev-####.example", "name", "A", "type", QuestionPattern.Edns.NONE)),
                    SECOND,
                    RetryPolicy.IMMEDIATE,
                    0,
                    new Reactions(Reaction.RETRY, Reaction.RETRY, Reaction.WAIT, icmp),
                    choice,
                    IntStream.range(0, nodes).boxed().toList(),
                    1,
                    20_000_000,
                    0);
        } catch (CommandFailure e) {
            throw new AssertionError(e);
        }
    }

    private static FleetPlan plan(double seconds, int nodes, DeviceGroup group, FleetPlan.Silence... silences) {
        FleetPlan plan = VirtualWire.plan(seconds, nodes, group);
        return new FleetPlan(
                plan.nodes(), plan.groups(), plan.sources(), 64, seconds, plan.seed(), List.of(silences), List.of());
    }

    /** Two nodes of which each answers 1,000 a second, of 200 that all devices ask in calm. */
    private static List<FleetCounts> two(NodeChoice choice, Reaction icmp, double seconds, Change... changes)
            throws Exception {
        return run(plan(seconds, 2, group(DEVICES, PERIOD, choice, icmp, 2)), nodes(2, 1000, true), List.of(changes));
    }

    private static List<FleetCounts> run(FleetPlan plan, StormModel.Nodes nodes, List<Change> changes)
            throws Exception {
        List<FleetCounts> seconds = new ArrayList<>();
        StormModel.run(plan, nodes, changes, seconds::add);
        return seconds;
    }

    private static StormModel.Nodes nodes(int count, double rate, boolean shortQueues) {
        return new StormModel.Nodes(Collections.nCopies(count, rate), shortQueues, STALE_COST, 0);
    }

    private static Change at(double second, Change.Kind kind) {
        return new Change(second, 0, kind, 1);
    }

    private static long sum(List<FleetCounts> seconds, int from, int to, ToLongFunction<FleetCounts> of) {
        return seconds.subList(from, to).stream().mapToLong(of).sum();
    }

    @Test
    void inCalmEachFirstTryIsAnswered() throws Exception {
        List<FleetCounts> seconds = two(NodeChoice.STICKY, Reaction.RETRY, 30);
        assertThat(seconds).hasSize(30).allMatch(second -> second.all().waiting() == 0);
        assertThat(sum(seconds, 10, 30, second -> second.all().accepted())).isBetween(3800L, 4200L);
    }

    @Test
    void theSameGivesTheSame() throws Exception {
        Change loss = new Change(5, 0, Change.Kind.LOSS, 0.5);
        List<FleetCounts.Part> once = two(NodeChoice.EVEN, Reaction.RETRY, 20, loss).stream()
                .map(FleetCounts::all)
                .toList();
        assertThat(two(NodeChoice.EVEN, Reaction.RETRY, 20, loss).stream().map(FleetCounts::all))
                .isEqualTo(once);
    }

    /**
     * With h > κ A + 1 - κ a node answers all of a crowd that waits as a whole before the first of them call again. With h < κ A drops leave it
     * no time for any answer, but for those of the first moment, which its buffer holds. What is needed lies between.
     */
    @ParameterizedTest
    @CsvSource({"10, 0.5", "20, 0.3", "60, 0.1"})
    void aCrowdIsServedIfDropsLeaveTheNodeTimeForIt(int period, double dropCost) throws Exception {
        double law = dropCost * period + 1 - dropCost;
        double low = 1;
        double high = 2 * law;
        for (int run = 0; run < 6; run++) {
            double middle = (low + high) / 2;
            if (recovers(period, dropCost, middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        assertThat(high).isBetween(0.9 * dropCost * period, law);
    }

    private static boolean recovers(int period, double dropCost, double headroom) throws Exception {
        int devices = 3000;
        long from = SECOND;
        long to = from + period * SECOND * 5 / 4;
        int end = (int) (to / SECOND) + period;
        StormModel.Nodes nodes = new StormModel.Nodes(List.of(headroom * devices / period), true, dropCost, dropCost);
        FleetCounts last = run(
                        plan(
                                end,
                                1,
                                group(devices, period, NodeChoice.STICKY, Reaction.RETRY, 1),
                                new FleetPlan.Silence(from, to)),
                        nodes,
                        List.of())
                .getLast();
        return last.all().waiting() < devices * 0.02;
    }

    @Test
    void aLongQueueIsFullOfQuestionsThatNobodyWantsAnswered() throws Exception {
        FleetPlan plan = plan(
                60,
                1,
                group(10_000, PERIOD, NodeChoice.STICKY, Reaction.RETRY, 1),
                new FleetPlan.Silence(10 * SECOND, 25 * SECOND));
        FleetCounts.Part old =
                run(plan, nodes(1, 2000, false), List.of()).getLast().all();
        assertThat(old.waiting()).isGreaterThan(9_900);
        assertThat(old.late()).isBetween(1900L, 2100L);
        FleetCounts.Part ours =
                run(plan, nodes(1, 2000, true), List.of()).getLast().all();
        assertThat(ours.waiting()).isLessThan(100);
        assertThat(ours.accepted()).isGreaterThan(700);
    }

    @Test
    void devicesOfANodeThatIsGoneGoOnToTheNext() throws Exception {
        List<FleetCounts> moved = two(NodeChoice.NEXT, Reaction.WAIT, 40, at(10, Change.Kind.CLOSED));
        assertThat(moved.get(20).nodes().get(0).waiting()).isZero();
        assertThat(sum(moved, 30, 40, second -> second.nodes().get(1).accepted()))
                .isBetween(1900L, 2100L);
        assertThat(moved.getLast().all().waiting()).isZero();
        List<FleetCounts> stuck = two(NodeChoice.STICKY, Reaction.WAIT, 40, at(10, Change.Kind.CLOSED));
        assertThat(stuck.getLast().all().waiting()).isBetween(600, 720); // n1 has a third of the weight
    }

    @Test
    void aClosedPortIsHeardOfAndASilentOneIsNot() throws Exception {
        List<FleetCounts> seconds = two(
                NodeChoice.STICKY,
                Reaction.RETRY,
                40,
                at(5, Change.Kind.CLOSED),
                at(20, Change.Kind.SILENT),
                at(25, Change.Kind.OPEN));
        FleetCounts.Part closed = seconds.get(18).nodes().getFirst();
        assertThat(closed.refused()).isGreaterThan(20_000); // again after 20 ms each
        FleetCounts.Part silent = seconds.get(23).nodes().getFirst();
        assertThat(silent.refused()).isZero();
        assertThat(silent.sent()).isBetween(600L, 1400L); // again after a second
        assertThat(seconds.getLast().all().waiting()).isZero();
    }

    @Test
    void aNodeThatStandsStillDropsWhatHasWaitedTooLong() throws Exception {
        List<FleetCounts> seconds =
                two(NodeChoice.STICKY, Reaction.RETRY, 30, at(10, Change.Kind.STOPPED), at(15, Change.Kind.OPEN));
        assertThat(sum(seconds, 10, 15, second -> second.nodes().getFirst().accepted()))
                .isZero();
        assertThat(seconds.get(14).nodes().getFirst().waiting()).isGreaterThan(180);
        assertThat(sum(seconds, 0, 30, second -> second.all().late())).isZero();
        assertThat(seconds.get(20).all().waiting()).isZero();
    }

    @Test
    void aSlowedNodeAnswersItsShare() throws Exception {
        Change slow = new Change(10, 0, Change.Kind.SPEED, 0.05);
        Change fast = new Change(30, 0, Change.Kind.SPEED, 1);
        List<FleetCounts> seconds = two(NodeChoice.STICKY, Reaction.RETRY, 50, slow, fast);
        assertThat(seconds.get(28).nodes().getFirst().accepted()).isLessThan(60);
        assertThat(seconds.get(28).nodes().getFirst().waiting()).isGreaterThan(100);
        assertThat(seconds.getLast().all().waiting()).isZero();
    }

    @Test
    void messagesAreLostEachWay() throws Exception {
        Change loss = new Change(0, 0, Change.Kind.LOSS, 0.8);
        List<FleetCounts> seconds = two(NodeChoice.STICKY, Reaction.RETRY, 60, loss);
        double firstTries = (double)
                        sum(seconds, 0, 60, second -> second.nodes().getFirst().firstAnswered())
                / sum(seconds, 0, 60, second -> second.nodes().getFirst().first());
        assertThat(firstTries).isBetween(0.6, 0.68); // 0.8 * 0.8
        assertThat(sum(seconds, 0, 60, second -> second.nodes().getLast().timedOut()))
                .isZero();
    }

    @Test
    void eachNodeNeedsACapacity() {
        FleetPlan plan = plan(1, 2, group(1, PERIOD, NodeChoice.STICKY, Reaction.RETRY, 2));
        assertThatThrownBy(() -> run(plan, nodes(1, 1000, true), List.of())).hasMessage("2 nodes with 1 capacities");
    }
}
