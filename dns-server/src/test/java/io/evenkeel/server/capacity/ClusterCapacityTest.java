package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.server.capacity.ClusterCapacity.Contact;
import io.evenkeel.server.capacity.ClusterCapacity.Fleet;
import io.evenkeel.server.capacity.ClusterCapacity.Member;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.Capacity.Origin;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What follows from loads and capacities. */
class ClusterCapacityTest {
    private static final double UNKNOWN = Double.NaN;

    private static Member open(String name, double load, double capacity) {
        return new Member(name, Contact.HEARD, TestVitals.of(load, capacity, true), Probe.ANSWERED, Probe.ANSWERED);
    }

    private static Member closed(String name, double capacity) {
        return new Member(name, Contact.HEARD, TestVitals.of(0, capacity, false), Probe.NOT_ASKED, Probe.NOT_ASKED);
    }

    private static Member gone(String name, Contact contact) {
        return new Member(name, contact, null, Probe.SILENT, Probe.SILENT);
    }

    /** Of n1, which can answer so many questions for good. */
    private static ClusterCapacity seen(double own, double worst, Member... members) {
        Capacity capacity = Double.isNaN(own) ? null : new Capacity(1e9 * Capacity.LASTING / own, 1, Origin.SERVICE);
        return seen(capacity, worst, null, null, members);
    }

    private static ClusterCapacity seen(
            @Nullable Capacity capacity,
            double worst,
            @Nullable Capacity before,
            @Nullable Fleet fleet,
            Member... members) {
        return new ClusterCapacity("n1", List.of(members), worst, before, capacity, fleet);
    }

    @Test
    void skewIsTheBusiestOverTheMeanOfThoseThatAreOpen() {
        // The day of 2020: half of one node's weight went to another.
        ClusterCapacity cluster =
                seen(9_000, 0, open("n1", 2_800, 9_000), open("n2", 100, 9_000), open("n3", 100, 9_000));
        assertThat(cluster.skew()).isEqualTo(2.8);
        assertThat(cluster.ownShare()).isEqualTo(2_800 / 3_000.0);
        assertThat(seen(1, 0, open("n1", 10, 1), open("n2", 30, 1), closed("n3", 1))
                        .skew())
                .as("one that is closed is asked nothing, rightly")
                .isEqualTo(1.5);
        assertThat(seen(1, 0, open("n1", 10, 1), gone("n2", Contact.SILENT)).skew())
                .isNaN();
        assertThat(seen(1, 0, open("n1", 0.4, 1), open("n2", 0, 1)).skew())
                .as("chance")
                .isNaN();
    }

    @Test
    void headroomIsAgainstTheLoadOfNowAndTheWorst() {
        ClusterCapacity cluster = seen(9_000, 6_000, open("n1", 1_000, 9_000), open("n2", 2_000, 9_000));
        assertThat(cluster.headroom()).isCloseTo(3, within(1e-9));
        assertThat(cluster.headroomAtWorst()).isCloseTo(1.5, within(1e-9));
        assertThat(seen(9_000, 100, open("n1", 4_500, 9_000)).headroomAtWorst())
                .as("the worst is now")
                .isCloseTo(2, within(1e-9));
        assertThat(seen(UNKNOWN, 100, open("n1", 4_500, UNKNOWN)).headroom()).isNaN();
        assertThat(seen(9_000, 0, open("n1", 0, 9_000)).headroom()).isNaN();
    }

    @Test
    void theSmallestThatAreLeftMustCarryAQuarterMoreThanTheWorstLoad() {
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(100, 100, 100), 80))
                .hasValue(2);
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(100, 100, 99), 80))
                .as("the two largest may be the ones that are lost")
                .hasValue(1);
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(1_000, 10, 10), 80))
                .hasValue(0);
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(30, 30, 30), 80))
                .hasValue(-1);
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(100, 100), 0))
                .hasValue(1);
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(100, UNKNOWN), 10))
                .isEmpty();
        assertThat(ClusterCapacity.lossesSurvivable(DoubleStream.of(), 10)).isEmpty();
    }

    @Test
    void membersThatAreSilentOrClosedCarryNothing() {
        ClusterCapacity cluster =
                seen(100, 80, open("n1", 40, 100), open("n2", 40, 100), closed("n3", 100), gone("n4", Contact.SILENT));
        assertThat(cluster.lossesSurvivable()).hasValue(1);
        assertThat(cluster.openMembers()).isEqualTo(2);
        assertThat(cluster.isPartial()).isFalse();
        assertThat(seen(100, 80, open("n1", 1, 1), gone("n2", Contact.OLDER)).isPartial())
                .isTrue();
    }

    @Test
    void aStormTakesADropForEachTryAndAnAnswerForEachPeriod() {
        // 1,000,000 devices, time-out 1 s, period 60 s, 6 µs an answer, 3 µs a drop: 3 + 0.05 processors
        Fleet fleet = new Fleet(1_000_000, Duration.ofSeconds(60), Duration.ofSeconds(1));
        Capacity capacity = new Capacity(6_000, 4, Origin.SERVICE);
        assertThat(seen(capacity, 0, null, fleet).stormHeadroom()).isCloseTo(4 / 3.05, within(1e-6));
        assertThat(seen(new Capacity(6_000, 4, 0.5, Origin.SERVICE), 0, null, fleet)
                        .stormHeadroom())
                .as("half of each processor")
                .isCloseTo(2 / 3.05, within(1e-6));
        assertThat(seen(capacity, 0, null, null).stormHeadroom()).isNaN();
        assertThat(seen(null, 0, null, fleet).stormHeadroom()).isNaN();
    }

    /** Whether a processor that had taken 1,000 ns and takes {@code nanos} counts as smaller. */
    private static boolean isShort(Origin origin, double nanos, Origin present) {
        return seen(new Capacity(nanos, 1, present), 0, new Capacity(1_000, 1, origin), null)
                .isShortOfBefore();
    }

    @Test
    void aNodeThatCanAnswerLessThanItMustOrThanBeforeIsShort() {
        Member self = open("n1", 500, 1_000);
        assertThat(seen(1_000, 999, self).isShortOfLoad()).isFalse();
        assertThat(seen(1_000, 1_001, self).isShortOfLoad()).isTrue();
        assertThat(seen(UNKNOWN, 1_001, self).isShortOfLoad()).isFalse();
        Capacity half = new Capacity(1_000, 1, Origin.MEASURED);
        Capacity whole = new Capacity(1_000, 2, Origin.MEASURED);
        assertThat(seen(half, 0, whole, null, self).isShortOfBefore())
                .as("half the processors since the restart")
                .isTrue();
        for (int[] loops : new int[][] {{4, 3}, {8, 6}, {64, 63}}) {
            Capacity had = new Capacity(1_000, loops[0], Origin.SERVICE);
            for (Origin origin : Origin.values()) {
                assertThat(seen(new Capacity(1_000, loops[1], origin), 0, had, null, self)
                                .isShortOfBefore())
                        .as("from %d to %d processors, %s", loops[0], loops[1], origin)
                        .isTrue();
            }
            assertThat(seen(had, 0, new Capacity(1_000, loops[1], Origin.SERVICE), null, self)
                            .isShortOfBefore())
                    .as("from %d to %d", loops[1], loops[0])
                    .isFalse();
            assertThat(seen(had, 0, had, null, self).isShortOfBefore()).isFalse();
        }
        assertThat(seen(new Capacity(1_000, 2, 0.8, Origin.KEPT), 0, whole, null, self)
                        .isShortOfBefore())
                .as("what looks at a share differ by")
                .isFalse();
        assertThat(seen(new Capacity(1_000, 2, 0.5, Origin.KEPT), 0, whole, null, self)
                        .isShortOfBefore())
                .as("a quota since the restart")
                .isTrue();
        assertThat(seen(new Capacity(1_000, 1, Origin.UNDER_LOAD), 0, whole, null, self)
                        .isShortOfBefore())
                .as("processors are counted whoever uses them")
                .isTrue();
        assertThat(seen(half, 0, null, null, self).isShortOfBefore()).isFalse();
        assertThat(isShort(Origin.MEASURED, 2_000, Origin.MEASURED))
                .as("what warm-ups differ by")
                .isFalse();
        assertThat(isShort(Origin.SERVICE, 2_000, Origin.MEASURED)).isFalse();
        assertThat(isShort(Origin.MEASURED, 2_600, Origin.MEASURED))
                .as("a much slower processor")
                .isTrue();
        assertThat(isShort(Origin.SERVICE, 1_300, Origin.SERVICE))
                .as("what windows of service differ by")
                .isFalse();
        assertThat(isShort(Origin.SERVICE, 1_500, Origin.SERVICE))
                .as("a slower processor, as clients see it")
                .isTrue();
        assertThat(isShort(Origin.MEASURED, 2_600, Origin.UNDER_LOAD))
                .as("others use the machine at present")
                .isFalse();
        assertThat(CapacityWords.shortages(seen(half, 1e6, whole, null, self), true))
                .containsExactly(
                        "capacity: this node can answer 700,000 questions a second, and the cluster must carry 1,000,000: alone"
                                + " it would be overloaded",
                        "capacity: threads that answer are 1 here, and were 2 when this node ran last: has its machine fewer"
                                + " processors, or dns.loops been lowered? It can answer 700,000 questions a second, and could"
                                + " answer 1,400,000");
        Capacity slowed = new Capacity(1_000, 2, 0.5, Origin.KEPT);
        assertThat(CapacityWords.shortages(seen(slowed, 0, whole, null, self), false))
                .containsExactly(
                        "capacity: this node can answer 700,000 questions a second, and could answer 1,400,000 when it ran last:"
                                + " has its machine been made smaller?");
    }

    @Test
    void thePlanOfTheDayInTwentyTwentyIsNotFine() {
        // Two nodes that each carry all; one is to be halved.
        ClusterCapacity cluster = seen(10_000, 7_000, open("n1", 3_000, 10_000), open("n2", 3_000, 10_000));
        CapacityWords.Plan plan = CapacityWords.plan(cluster, "n2", 0.5);
        assertThat(plan.fine()).isFalse();
        assertThat(plan.survivable()).hasValue(0);
        assertThat(plan.lines())
                .containsExactly(
                        "n2 could answer 5,000 questions a second, now 10,000; the worst load is 7,000",
                        "n2 could not carry all alone with a quarter to spare: that takes 8,750 questions a second",
                        "losses that the open members survive: 0, now 1",
                        "do not do it, or add processors elsewhere first: fewer members could be lost than now, or none");
        assertThat(CapacityWords.plan(cluster, "n2", 0.9).fine()).isTrue();
        assertThat(CapacityWords.plan(cluster, "n2", 2).fine()).isTrue();
    }

    @Test
    void aPlanThatLeavesFewerLossesThanNowIsNotFineThoughOneMayBeLost() {
        ClusterCapacity cluster = seen(100, 80, open("n1", 10, 100), open("n2", 10, 100), open("n3", 10, 100));
        CapacityWords.Plan plan = CapacityWords.plan(cluster, "n3", 0.5);
        assertThat(plan.survivable()).hasValue(1);
        assertThat(plan.fine()).isFalse();
    }

    @Test
    void aNodeAloneMayBecomeSmallerAsLongAsItCarriesAll() {
        ClusterCapacity alone = seen(100, 40, open("n1", 10, 100));
        assertThat(CapacityWords.plan(alone, "n1", 0.5).fine()).isTrue();
        assertThat(CapacityWords.plan(alone, "n1", 0.49).fine()).isFalse();
    }

    @Test
    void aPlanWithoutFiguresIsNotFineAndSaysWhoseAreMissing() {
        ClusterCapacity cluster = seen(
                100, 40, open("n1", 10, 100), open("n2", 10, UNKNOWN), closed("n3", 5), gone("n4", Contact.SILENT));
        for (String name : List.of("n1", "n2", "n3", "n4")) {
            assertThat(CapacityWords.plan(cluster, name, 1).fine()).as(name).isFalse();
            assertThat(CapacityWords.plan(cluster, name, 1).survivable()).isEqualTo(OptionalInt.empty());
        }
        assertThat(CapacityWords.plan(cluster, "n1", 1).lines().getFirst()).contains("n2");
        assertThat(CapacityWords.plan(cluster, "n3", 1).lines())
                .containsExactly("n3 is not open: nothing can be said until it is");
    }

    @Test
    void aMemberIsNotSafeToStopIfTheRestCannotCarryTheLoad() {
        ClusterCapacity cluster = seen(100, 0, open("n1", 50, 100), open("n2", 50, 200), closed("n3", 100));
        assertThat(CapacityWords.obstaclesToStop(cluster, "n1")).isEmpty();
        assertThat(CapacityWords.obstaclesToStop(cluster, "n2"))
                .containsExactly("without n2 the open members can answer 100 questions a second, and 100 come");
        assertThat(CapacityWords.obstaclesToStop(seen(1, 0, open("n1", 50, UNKNOWN), open("n2", 50, 1)), "n2"))
                .as("nobody knows")
                .isEmpty();
        assertThat(CapacityWords.obstaclesToStop(
                        seen(1, 0, open("n1", 50, 1), open("n2", 50, 1), gone("n3", Contact.OLDER)), "n2"))
                .isEmpty();
    }

    @Test
    void adviceNamesTheMemberTheFigureAndTheRemedy() {
        assertThat(CapacityWords.advice(seen(100, 40, open("n1", 10, 100), open("n2", 11, 100))))
                .isEmpty();
        Member wrong = new Member("n3", Contact.HEARD, TestVitals.of(1, 50, true), Probe.OTHER, Probe.SILENT);
        List<String> advice = CapacityWords.advice(
                seen(100, 60, open("n1", 40, 100), open("n2", 1, UNKNOWN), wrong, gone("n4", Contact.OLDER)));
        assertThat(advice)
                .anySatisfy(line -> assertThat(line).startsWith("n1 is asked 2.9 times the mean"))
                .anySatisfy(line -> assertThat(line).startsWith("the capacity of n2 is not known yet"))
                .anySatisfy(line -> assertThat(line).contains("where n3 is asked", "dns.probe-address"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("n3 does not answer").contains("over TCP:"))
                .anySatisfy(line -> assertThat(line)
                        .isEqualTo(
                                "n3 can answer 50 questions a second, and the worst load is 60: to carry all alone it needs 1.5"
                                        + " times its processors (dns.loops with them)"))
                .anySatisfy(line -> assertThat(line).startsWith("n4 runs a release that tells no vitals"));
        assertThat(CapacityWords.advice(seen(100, 90, open("n1", 10, 100), open("n2", 11, 100))))
                .anySatisfy(line -> assertThat(line).startsWith("no open member may be lost"));
        assertThat(CapacityWords.advice(seen(100, 500, open("n1", 10, 100), open("n2", 11, 100))))
                .anySatisfy(line -> assertThat(line).startsWith("not even all open members"));
        Fleet fleet = new Fleet(1_000_000, Duration.ofSeconds(60), Duration.ofSeconds(1));
        assertThat(CapacityWords.advice(
                        seen(new Capacity(6_000, 4, Origin.SERVICE), 0, null, fleet, open("n1", 1, 100))))
                .containsExactly(
                        "n1 has 1.3 times the processors that it takes to bring all 1000000 devices (fleet.devices)"
                                + " back when they ask at once: give it 1.6 times as many, at least 2.0 are wanted");
    }
}
