package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.ops.fleet.VirtualWire.Sent;
import io.evenkeel.ops.verb.CommandFailure;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** In virtual time: a tick of the wheel is about a millisecond, so times are looked at to a tenth of a second. */
class FleetTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long GIVEN_UP = 3 * SECOND;
    private static final int NODES = 3;

    /** A group that asks as its policy has it, of all nodes in their order. */
    private static DeviceGroup group(RetryPolicy retry, NodeChoice choice, int devices, int nodes, String... types) {
        List<QuestionPattern> questions = Stream.of(types.length == 0 ? new String[] {"A"} : types)
                .map(type -> pattern("dev-######.example", type))
                .toList();
        return new DeviceGroup(
                "g",
                devices,
                10 * SECOND,
                0,
                questions,
                retry.usualTimeout().toNanos(),
                retry,
                8 * SECOND,
                retry.usualReactions(),
                choice,
                IntStream.range(0, nodes).boxed().toList(),
                1,
                20_000_000,
                GIVEN_UP);
    }

    private static QuestionPattern pattern(String name, String type) {
        try {
            return QuestionPattern.of(name, "name", type, "type", QuestionPattern.Edns.NONE);
        } catch (CommandFailure e) {
            throw new AssertionError(e);
        }
    }

    /** When a lone device asks whom, from its first question on. */
    private static List<String> schedule(VirtualWire wire, int count) {
        long first = wire.sent.getFirst().at();
        return wire.sent.stream()
                .limit(count)
                .map(each -> Math.round((each.at() - first) / 1e8) / 10.0 + " n" + (each.node() + 1)
                        + (each.tcp() ? " tcp" : ""))
                .toList();
    }

    private static VirtualWire run(VirtualWire wire, double seconds, RetryPolicy retry) throws Exception {
        FleetCounts ignored =
                wire.run(new Fleet(VirtualWire.plan(seconds, NODES, group(retry, NodeChoice.LIST, 1, NODES))));
        return wire;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "IMMEDIATE        | 0.0 n1, 1.0 n2, 2.0 n3, 3.0 n1, 4.0 n2",
                // 5 s, 10 / 3 s, 20 / 3 s, in whole seconds, twice; then the device begins anew
                "GLIBC            | 0.0 n1, 5.0 n2, 8.0 n3, 14.0 n1, 19.0 n2, 22.0 n3, 31.0 n1",
                "MUSL             | 0.0 n1, 0.0 n2, 0.0 n3, 2.5 n1, 2.5 n2, 2.5 n3, 8.0 n1",
                "LWIP             | 0.0 n1, 1.0 n1, 2.0 n1, 4.0 n1, 7.0 n2, 8.0 n2, 9.0 n2, 11.0 n2, 17.0 n1",
                "SYSTEMD_RESOLVED | 0.0 n1, 5.0 n2, 10.0 n3, 15.0 n1, 20.0 n2"
            })
    void withoutAnAnswerEachPolicyAsksAgainInItsOwnTime(RetryPolicy retry, String expected) throws Exception {
        List<String> wanted = List.of(expected.split(", ", -1));
        assertThat(schedule(run(VirtualWire.silent(), 60, retry), wanted.size()))
                .isEqualTo(wanted);
    }

    @Test
    void resolvedGivesUpAfterTwentyFourTries() throws Exception {
        List<String> asked = schedule(run(VirtualWire.silent(), 150, RetryPolicy.SYSTEMD_RESOLVED), 25);
        assertThat(asked.get(23)).isEqualTo("115.0 n3");
        assertThat(asked.get(24)).isEqualTo("123.0 n1");
    }

    @Test
    void cAresDoublesTheTimeoutWithEachRoundAndShortensItByUpToHalf() throws Exception {
        List<Sent> sent = run(VirtualWire.silent(), 80, RetryPolicy.C_ARES).sent;
        double[] most = {2, 2, 2, 4, 4, 4, 8, 8, 8};
        boolean shorter = false;
        for (int i = 0; i < most.length; i++) {
            double waited = (sent.get(i + 1).at() - sent.get(i).at()) / 1e9 - (i == most.length - 1 ? 3 : 0);
            double least = most[i] == 2 ? 2 : most[i] / 2;
            assertThat(waited).as("wait %d", i).isBetween(least, most[i] + 0.01);
            assertThat(sent.get(i).node()).isEqualTo(i % NODES);
            shorter |= most[i] > 2 && waited < most[i] * 0.95;
        }
        assertThat(shorter).isTrue();
    }

    @Test
    void backoffPausesByChanceUpToADoublingThatEndsAtTheCap() throws Exception {
        List<Sent> sent = run(VirtualWire.silent(), 400, RetryPolicy.BACKOFF).sent;
        List<Double> pauses = new ArrayList<>();
        for (int i = 1; i < sent.size(); i++) {
            pauses.add((sent.get(i).at() - sent.get(i - 1).at()) / 1e9 - 1);
            assertThat(pauses.getLast()).isBetween(0.0, Math.min(8, Math.pow(2, i - 1)) + 0.01);
        }
        List<Double> late = pauses.subList(4, pauses.size());
        assertThat(late.stream().mapToDouble(d -> d).average().orElseThrow()).isBetween(3.0, 5.0);
        assertThat(late.stream().mapToDouble(d -> d).max().orElseThrow()).isGreaterThan(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // With 20 ms from a question to the reaction; a lookup that has failed begins anew after 3 s.
                "IMMEDIATE        | REFUSED  | 0.0 n1, 0.0 n2, 0.0 n3, 0.1 n1",
                "IMMEDIATE        | SERVFAIL | 0.0 n1, 0.0 n2, 0.0 n3, 0.1 n1",
                "GLIBC            | REFUSED  | 0.0 n1, 0.0 n2, 0.0 n3, 0.1 n1, 0.1 n2, 0.1 n3, 3.1 n1",
                "GLIBC            | SERVFAIL | 0.0 n1, 0.0 n2, 0.0 n3, 0.1 n1, 0.1 n2, 0.1 n3, 3.1 n1",
                "MUSL             | REFUSED  | 0.0 n1, 0.0 n2, 0.0 n3, 2.5 n1, 2.5 n2, 2.5 n3, 8.0 n1",
                "MUSL             | SERVFAIL | 0.0 n1, 0.0 n2, 0.0 n3, 0.0 n1, 0.0 n1, 2.5 n1, 2.5 n2, 2.5 n3, 8.0 n1",
                "LWIP             | REFUSED  | 0.0 n1, 3.0 n1, 6.0 n1",
                "LWIP             | SERVFAIL | 0.0 n1, 3.0 n1, 6.0 n1",
                "SYSTEMD_RESOLVED | REFUSED  | 0.0 n1, 0.0 n2, 0.0 n3, 0.1 n1",
                "SYSTEMD_RESOLVED | SERVFAIL | 0.0 n1, 0.0 n1, 3.0 n1, 3.0 n1, 6.0 n1",
                "C_ARES           | SERVFAIL | 0.0 n1, 0.0 n2, 0.0 n3, 0.1 n1, 0.1 n2, 0.1 n3, 0.1 n1, 0.1 n2, 0.2 n3, 3.2 n1"
            })
    void aFailureIsTakenAsThePolicyTakesIt(RetryPolicy retry, String rcode, String expected) throws Exception {
        int code = rcode.equals("REFUSED") ? VirtualWire.REFUSED : VirtualWire.SERVFAIL;
        List<String> wanted = List.of(expected.split(", ", -1));
        VirtualWire wire = run(VirtualWire.answering(code, 1), 30, retry);
        assertThat(schedule(wire, wanted.size())).isEqualTo(wanted);
    }

    @ParameterizedTest
    @EnumSource(RetryPolicy.class)
    void truncationLeadsToTcpWhereThePolicyHasIt(RetryPolicy retry) throws Exception {
        VirtualWire wire = new VirtualWire(7, (self, question) -> {
            byte[] answer = Responder.respond(question.message(), 0);
            answer[2] |= (byte) (question.tcp() ? 0 : 2);
            self.deliver(question, answer, question.node(), 1);
        });
        FleetCounts total = wire.run(new Fleet(VirtualWire.plan(9, NODES, group(retry, NodeChoice.LIST, 1, 1))));
        List<String> asked = schedule(wire, 2);
        switch (retry) {
            case LWIP -> assertThat(wire.sent).hasSize(1); // content with what there is
            case IMMEDIATE -> assertThat(asked).containsExactly("0.0 n1", "1.0 n1");
            case BACKOFF, GLIBC, MUSL, C_ARES, SYSTEMD_RESOLVED -> {
                assertThat(asked).containsExactly("0.0 n1", "0.0 n1 tcp");
                assertThat(total.all().tcp()).isOne();
                assertThat(wire.sent).hasSize(2);
            }
        }
        assertThat(total.all().truncated()).isPositive();
        assertThat(total.all().calls()).isEqualTo(retry == RetryPolicy.IMMEDIATE ? 0 : 1);
        assertThat(total.all().firstTry()).isEqualTo(retry == RetryPolicy.IMMEDIATE ? 0 : 1);
    }

    @Test
    void aQueryOverTcpThatFailsIsATryInVainAndSoIsOneThatTakesTooLong() throws Exception {
        VirtualWire wire = new VirtualWire(7, (self, question) -> {
            byte[] answer = Responder.respond(question.message(), 0);
            answer[2] |= (byte) 2;
            if (!question.tcp()) {
                self.deliver(question, answer, question.node(), 1);
            } else if (self.sent.size() == 2) {
                self.deliver(-1, question.source(), question.ticket(), null, question.node(), 1);
            } // the second never ends
        });
        FleetCounts total =
                wire.run(new Fleet(VirtualWire.plan(25, NODES, group(RetryPolicy.GLIBC, NodeChoice.LIST, 1, NODES))));
        assertThat(schedule(wire, 6))
                .containsExactly("0.0 n1", "0.0 n1 tcp", "0.0 n2", "0.0 n2 tcp", "3.0 n3", "3.0 n3 tcp");
        assertThat(total.all().calls()).isZero();
        assertThat(total.all().waiting()).isOne();
    }

    @ParameterizedTest
    @CsvSource({"IMMEDIATE,true", "GLIBC,true", "C_ARES,true", "SYSTEMD_RESOLVED,true", "MUSL,false", "LWIP,false"})
    void aClosedPortIsNoticedByThoseWhoseSocketsAreConnected(RetryPolicy retry, boolean notices) throws Exception {
        VirtualWire wire = run(new VirtualWire(7, VirtualWire::icmp), 12, retry);
        int copies = retry == RetryPolicy.MUSL ? NODES : 1;
        double next = (wire.sent.get(copies).at() - wire.sent.getFirst().at()) / 1e9;
        assertThat(next).isCloseTo(notices ? 0.02 : retry == RetryPolicy.MUSL ? 2.5 : 1, within(0.004));
    }

    @Test
    void namesOfACallAreAskedOneAfterTheOtherAndOncePerPeriod() throws Exception {
        VirtualWire wire = VirtualWire.answering(3, 5);
        FleetCounts total = wire.run(new Fleet(
                VirtualWire.plan(30, 1, group(RetryPolicy.IMMEDIATE, NodeChoice.STICKY, 100, 1, "A", "AAAA"))));
        assertThat(wire.sent).hasSizeBetween(590, 600);
        assertThat(wire.sent.stream().filter(Sent::asksA).count() * 2.0).isCloseTo(wire.sent.size(), within(4.0));
        assertThat(total.all().calls()).isBetween(294L, 300L);
        assertThat(total.all().amplification()).isCloseTo(1, within(0.02));
        assertThat(total.all().firstTry()).isEqualTo(1);
        assertThat(total.all().rcodes()).containsOnlyKeys("NXDOMAIN");
        assertThat(total.all().latencyMicros().get("p99")).isCloseTo(5000, within(10.0));
        assertThat(total.all()
                        .firstTries()
                        .in(Delays.MILLIS, Delays.Percentile.P99)
                        .get("p99"))
                .isCloseTo(5, within(0.1));
        // Two answers of 5 ms, and the tick in between.
        assertThat(total.all().successMillis().get("p50")).isBetween(10.0, 15.0);
        assertThat(wire.seconds).hasSize(30);
    }

    @Test
    void aPartOfANameThatIsLostHasTheWholeCallWaitUntilItIsAnswered() throws Exception {
        VirtualWire wire = new VirtualWire(7, (self, question) -> {
            if (question.asksA() || question.at() > 12 * SECOND) {
                self.respond(question, 0, 5);
            }
        });
        FleetCounts total = wire.run(new Fleet(
                VirtualWire.plan(20, 1, group(RetryPolicy.IMMEDIATE, NodeChoice.STICKY, 100, 1, "A", "AAAA"))));
        assertThat(wire.seconds.get(11).all().waiting()).isEqualTo(100);
        assertThat(wire.seconds.get(11).nodes().getFirst().waiting()).isEqualTo(100);
        assertThat(wire.seconds.get(11).all().calls()).isZero();
        assertThat(total.all().calls()).isGreaterThanOrEqualTo(100);
        assertThat(total.all().waiting()).isZero();
        assertThat(total.all().successMillis().get("max")).isGreaterThan(11_000);
    }

    @Test
    void jitterSpreadsTheEchoOfASilence() throws Exception {
        DeviceGroup calm = group(RetryPolicy.IMMEDIATE, NodeChoice.STICKY, 1000, 1);
        assertThat(peakOfEcho(calm)).isGreaterThan(900);
        DeviceGroup spread = new DeviceGroup(
                calm.name(),
                calm.devices(),
                calm.periodNanos(),
                0.25,
                calm.questions(),
                calm.timeoutNanos(),
                calm.retry(),
                calm.backoffCapNanos(),
                calm.reactions(),
                calm.choice(),
                calm.nodes(),
                calm.site(),
                calm.roundTripNanos(),
                calm.givenUpNanos());
        assertThat(peakOfEcho(spread)).isLessThan(300);
    }

    @Test
    void answersTakeLongerWhileTheNodesAreFarAway() throws Exception {
        VirtualWire wire = VirtualWire.answering(0, 5);
        FleetPlan plan = VirtualWire.plan(12, 1, group(RetryPolicy.IMMEDIATE, NodeChoice.STICKY, 500, 1));
        wire.run(new Fleet(
                VirtualWire.with(plan, List.of(), List.of(new FleetPlan.Delay(3 * SECOND, 6 * SECOND, SECOND / 10)))));
        assertThat(wire.seconds.get(1).all().latencyMicros().get("max")).isLessThan(10_000);
        assertThat(wire.seconds.get(4).all().latencyMicros().get("p50")).isBetween(104_000.0, 110_000.0);
        assertThat(wire.seconds.get(8).all().latencyMicros().get("max")).isLessThan(10_000);
    }

    private static long peakOfEcho(DeviceGroup group) throws Exception {
        VirtualWire wire = VirtualWire.answering(0, 5);
        FleetPlan plan = VirtualWire.plan(40, 1, group);
        FleetCounts total = wire.run(
                new Fleet(VirtualWire.with(plan, List.of(new FleetPlan.Silence(10 * SECOND, 22 * SECOND)), List.of())));
        assertThat(wire.sent).noneMatch(each -> each.at() >= 10 * SECOND && each.at() < 22 * SECOND);
        // All, but for those whose period is longer; and each asks once in its time-out.
        assertThat(wire.seconds.get(20).all().waiting()).isBetween(900, 1000);
        assertThat(wire.seconds.get(20).all().lost()).isBetween(850L, 1000L);
        assertThat(wire.seconds.get(24).all().waiting()).isZero();
        assertThat(total.all().lost()).isGreaterThan(5_000);
        return wire.seconds.subList(30, 36).stream()
                .mapToLong(second -> second.all().sent())
                .max()
                .orElseThrow();
    }

    @Test
    void anAnswerIsBelievedWithItsIdPortAddressAndQuestionOnly() throws Exception {
        VirtualWire wire = new VirtualWire(7, (self, question) -> {
            byte[] right = Responder.respond(question.message(), 0);
            self.deliver(question, Responder.changed(right, m -> flip(m, 0)), question.node(), 1);
            self.deliver(question, Responder.changed(right, m -> flip(m, 14)), question.node(), 1);
            self.deliver(question, right, 1 - question.node(), 1);
            self.deliver(question, right, -1, 1);
            self.deliver((question.socket() + 1) % 7, question.source(), -1, right, question.node(), 1);
            self.deliver(question.socket(), question.source() + 1, -1, right, question.node(), 1);
            self.deliver(question, question.message(), question.node(), 1);
            self.deliver(question, new byte[5], question.node(), 1);
            self.deliver(question, right, question.node(), 2);
            self.deliver(question, right, question.node(), 3);
        });
        FleetCounts total =
                wire.run(new Fleet(VirtualWire.plan(30, 2, group(RetryPolicy.IMMEDIATE, NodeChoice.STICKY, 50, 2))));
        assertThat(total.all().accepted()).isEqualTo(total.all().sent());
        assertThat(total.all().latencyMicros().get("p50")).isCloseTo(2000, within(10.0));
        assertThat(total.all().unexpected()).isEqualTo(9 * total.all().sent());
        assertThat(total.all().late()).isZero();
    }

    private static byte[] flip(byte[] message, int at) {
        message[at] ^= 0x7F;
        return message;
    }

    @Test
    void anAnswerToAnEarlierTryIsLate() throws Exception {
        VirtualWire wire = VirtualWire.answering(0, 1500);
        FleetCounts total = wire.run(
                new Fleet(VirtualWire.plan(30, 2, group(RetryPolicy.IMMEDIATE, NodeChoice.NEXT, 50, 2, "A", "AAAA"))));
        assertThat(total.all().accepted()).isZero();
        assertThat(total.all().unexpected()).isZero();
        assertThat(total.all().late())
                .isBetween(total.all().sent() - 100, total.all().sent());
        assertThat(total.all().waiting()).isEqualTo(50);
        assertThat(total.nodes().get(0).waiting() + total.nodes().get(1).waiting())
                .isEqualTo(50);
        assertThat(total.all().amplification()).isCloseTo(5, within(0.8)); // each second instead of twice in ten
    }

    @Test
    void eachTryHasAnotherPortAndEachSiteAnAddress() throws Exception {
        VirtualWire wire = VirtualWire.silent();
        DeviceGroup one = group(RetryPolicy.IMMEDIATE, NodeChoice.STICKY, 40, 1);
        DeviceGroup nat = new DeviceGroup(
                "nat",
                20,
                one.periodNanos(),
                0,
                one.questions(),
                one.timeoutNanos(),
                one.retry(),
                0,
                one.reactions(),
                one.choice(),
                one.nodes(),
                10,
                0,
                0);
        FleetPlan plan = VirtualWire.plan(20, 1, one, nat);
        assertThat(plan.sites()).isEqualTo(42);
        FleetCounts total = wire.run(new Fleet(plan));
        Map<String, List<Sent>> byName =
                wire.sent.stream().collect(Collectors.groupingBy(each -> Responder.label(each.message())));
        assertThat(byName).hasSize(60);
        for (List<Sent> ofDevice : byName.values()) {
            assertThat(ofDevice.stream().map(Sent::source).distinct()).hasSize(1);
            for (int i = 1; i < ofDevice.size(); i++) {
                assertThat(ofDevice.get(i).socket())
                        .isNotEqualTo(ofDevice.get(i - 1).socket());
            }
        }
        Map<Integer, Long> devicesOf = byName.values().stream()
                .collect(Collectors.groupingBy(each -> each.getFirst().source(), Collectors.counting()));
        assertThat(devicesOf).hasSize(42);
        assertThat(devicesOf.get(40)).isEqualTo(10);
        assertThat(devicesOf.get(41)).isEqualTo(10);
        assertThat(total.groups().getLast().waiting()).isEqualTo(20);
    }

    /** Where the questions of a fleet go that is answered, or asks silent nodes, by node. */
    private static List<Long> shares(VirtualWire wire, NodeChoice choice) throws Exception {
        FleetCounts total =
                wire.run(new Fleet(VirtualWire.plan(60, NODES, group(RetryPolicy.IMMEDIATE, choice, 600, NODES))));
        assertThat(total.nodes().stream().mapToLong(FleetCounts.Part::sent).sum())
                .isEqualTo(total.all().sent());
        return total.nodes().stream()
                .map(node -> Math.round(100.0 * node.sent() / total.all().sent()))
                .toList();
    }

    @Test
    void devicesChooseNodesAsToldAndNodesHaveWeights() throws Exception {
        Function<Integer, VirtualWire.Script> dead = node -> (wire, question) -> {
            if (question.node() != node) {
                wire.respond(question, 0, 5);
            }
        };
        assertThat(shares(VirtualWire.answering(0, 5), NodeChoice.LIST)).containsExactly(100L, 0L, 0L);
        assertThat(shares(new VirtualWire(7, dead.apply(0)), NodeChoice.LIST)).containsExactly(50L, 50L, 0L);
        // Those of the dead node have found another after one try, and stay there.
        List<Long> next = shares(new VirtualWire(7, dead.apply(0)), NodeChoice.NEXT);
        assertThat(next.get(0)).isBetween(4L, 7L);
        assertThat(next.get(1)).isBetween(58L, 66L);
        List<Long> even = shares(VirtualWire.answering(0, 5), NodeChoice.EVEN);
        assertThat(even).allMatch(share -> share >= 30 && share <= 36);
        // The weights are 1, 2 and 3.
        for (NodeChoice weighted : List.of(NodeChoice.WEIGHTED, NodeChoice.STICKY)) {
            List<Long> shares = shares(VirtualWire.answering(0, 5), weighted);
            assertThat(shares.get(0)).isBetween(14L, 19L);
            assertThat(shares.get(1)).isBetween(30L, 36L);
        }
        // Who is bound to a dead node asks it for ever.
        assertThat(shares(new VirtualWire(7, dead.apply(2)), NodeChoice.STICKY).get(2))
                .isBetween(85L, 95L);
    }

    @Test
    void theFirstAddressOfAnAnswerSaysWhomToAskNext() throws Exception {
        VirtualWire wire = new VirtualWire(7, (self, question) -> {
            ByteBuffer answer = ByteBuffer.allocate(512);
            answer.put(Responder.respond(question.message(), 0)).putShort(6, (short) 2);
            // An alias in front, then the address of a node: each points on to the next.
            answer.putShort((short) 0xC00C)
                    .putShort((short) 5)
                    .putShort((short) 1)
                    .putInt(60);
            answer.putShort((short) 2).putShort((short) 0xC00C);
            answer.putShort((short) 0xC00C)
                    .putShort((short) 1)
                    .putShort((short) 1)
                    .putInt(60);
            answer.putShort((short) 4).putInt(0xC0000201 + (question.node() + 1) % NODES);
            byte[] message = new byte[answer.position()];
            answer.get(0, message);
            self.deliver(question, message, question.node(), 5);
        });
        FleetPlan plan = VirtualWire.plan(60, NODES, group(RetryPolicy.IMMEDIATE, NodeChoice.FIRST_ADDRESS, 1, NODES));
        List<FleetNode> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            nodes.add(new FleetNode("n" + i, plan.nodes().get(i).address(), 1, InetAddress.getByAddress(new byte[] {
                (byte) 192, 0, 2, (byte) (1 + i)
            })));
        }
        FleetCounts ignored = wire.run(new Fleet(new FleetPlan(
                nodes, plan.groups(), plan.sources(), 7, plan.seconds(), plan.seed(), List.of(), List.of())));
        assertThat(wire.sent.stream().limit(5).map(Sent::node)).containsExactly(0, 1, 2, 0, 1);
    }

    @Test
    void aSeedGivesTheSameRunAgain() throws Exception {
        List<List<String>> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            VirtualWire wire = VirtualWire.answering(VirtualWire.SERVFAIL, 5);
            FleetCounts ignored = wire.run(
                    new Fleet(VirtualWire.plan(20, NODES, group(RetryPolicy.BACKOFF, NodeChoice.WEIGHTED, 50, NODES))));
            runs.add(schedule(wire, Integer.MAX_VALUE));
        }
        assertThat(runs.getFirst()).hasSizeGreaterThan(200).isEqualTo(runs.getLast());
    }
}
