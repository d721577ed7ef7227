package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.ops.verb.CommandFailure;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The wires on the loopback of this machine. */
class WireTest {
    private static final int DEVICES = 40;
    /** Ends a run that does not come to what the test waits for. */
    private static final int LONG_SECONDS = 60;
    /** Long enough that an answer on a busy machine is never too late. */
    private static final long PATIENT = 20_000_000_000L;

    private final List<FleetCounts> seconds = Collections.synchronizedList(new ArrayList<>());

    enum Kind {
        NATIVE,
        CHANNELS;

        Wire open(FleetPlan plan) throws Exception {
            return this == NATIVE ? NativeWire.open(plan) : ChannelWire.open(plan);
        }

        void assumeHere() {
            assumeTrue(this == CHANNELS || NativeCalls.whyNot() == null, "system calls can be made here");
        }
    }

    private static FleetPlan plan(long timeoutNanos, int sockets, String source, String... servers) throws Exception {
        List<FleetNode> nodes = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        for (String server : servers) {
            all.add(nodes.size());
            nodes.add(new FleetNode(server, ServerAddress.parse(server), 1, null));
        }
        DeviceGroup group = new DeviceGroup(
                "g",
                DEVICES,
                200_000_000,
                0,
                List.of(QuestionPattern.of("d-######", "name", "A", "type", QuestionPattern.Edns.NONE)),
                timeoutNanos,
                RetryPolicy.IMMEDIATE,
                0,
                new Reactions(Reaction.RETRY, Reaction.RETRY, Reaction.TCP, Reaction.RETRY),
                NodeChoice.EVEN,
                all,
                4,
                20_000_000,
                0);
        InetAddress first = nodes.getFirst().address().getAddress();
        Sources sources = Sources.of("sources", source.isEmpty() ? List.of() : List.of(source), first);
        return new FleetPlan(nodes, List.of(group), sources, sockets, LONG_SECONDS, 7, List.of(), List.of());
    }

    private FleetCounts run(Kind kind, FleetPlan plan, BooleanSupplier until) throws Exception {
        kind.assumeHere();
        Fleet fleet = new Fleet(plan);
        Thread watch = Thread.ofVirtual().start(() -> {
            try {
                Awaitility.await().atMost(LONG_SECONDS, TimeUnit.SECONDS).until(until::getAsBoolean);
            } finally {
                fleet.stop();
            }
        });
        try (Wire wire = kind.open(plan)) {
            FleetCounts total = fleet.run(wire, System::nanoTime, seconds::add);
            watch.join();
            assertThat(total.seconds()).as("what was waited for came").isLessThan(LONG_SECONDS);
            return total;
        }
    }

    /** In all seconds that are over. */
    private long sum(ToLongFunction<FleetCounts.Part> what) {
        synchronized (seconds) {
            return seconds.stream()
                    .mapToLong(second -> what.applyAsLong(second.all()))
                    .sum();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void truncatedAnswersAreAskedAgainOverTcpFromTheSourceOfTheSite(Kind kind) throws Exception {
        Map<String, Integer> asked = new ConcurrentHashMap<>();
        try (Responder one = new Responder((number, question) -> truncatedOnce(asked, question));
                Responder other = new Responder((number, question) -> truncatedOnce(asked, question))) {
            FleetCounts total = run(
                    kind,
                    plan(PATIENT, 12, "127.3.0.0/24", one.address(), other.address()),
                    () -> one.connections() + other.connections() >= 2 * DEVICES);
            assertThat(total.all().accepted()).isGreaterThanOrEqualTo(DEVICES);
            assertThat(total.all().tcp()).isEqualTo(total.all().truncated());
            assertThat(total.all().unexpected()
                            + total.all().late()
                            + total.all().timedOut())
                    .isZero();
            assertThat(total.all().firstTry()).isEqualTo(1);
            assertThat(total.nodes()).allMatch(node -> node.accepted() > 0);
            List<String> clients = Stream.concat(one.clients().stream(), other.clients().stream())
                    .distinct()
                    .map(InetAddress::getHostAddress)
                    .toList();
            if (kind == Kind.NATIVE) { // ten sites of four devices
                assertThat(clients).hasSize(10).allMatch(each -> each.startsWith("127.3.0."));
            } else { // six sockets for each node; TCP from anywhere
                assertThat(clients).contains("127.3.0.0", "127.3.0.42").hasSize(7);
            }
        }
    }

    /** The first message of a device, then the next of it, over UDP and TCP by turns. */
    private static List<byte[]> truncatedOnce(Map<String, Integer> asked, byte[] question) {
        byte[] answer = Responder.respond(question, 0);
        if (asked.merge(Responder.label(question), 1, Integer::sum) % 2 == 1) {
            answer[2] |= (byte) 2;
        }
        return List.of(answer);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void answersThatNobodyAskedForAreNotBelieved(Kind kind) throws Exception {
        try (Responder server = new Responder((_, question) -> Responder.oneRightAmongSix(question))) {
            FleetCounts total =
                    run(kind, plan(PATIENT, 3, "", server.address()), () -> server.questions() > 3 * DEVICES);
            assertThat(total.all().accepted())
                    .isBetween(total.all().sent() - DEVICES, total.all().sent());
            assertThat(total.all().unexpected())
                    .isBetween(
                            5 * (total.all().accepted() - DEVICES),
                            5 * total.all().sent());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aClosedPortIsToldOf(Kind kind) throws Exception {
        Responder gone = new Responder((number, question) -> List.of());
        gone.close();
        FleetCounts total = run(
                kind,
                plan(PATIENT, DEVICES, "", gone.address()),
                () -> sum(FleetCounts.Part::sent) > DEVICES && sum(FleetCounts.Part::refused) > 0);
        assertThat(total.all().refused()).isPositive();
        assertThat(total.all().waiting()).isPositive();
        assertThat(total.all().sent()).isGreaterThan(DEVICES);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void nodesOfIPv6AreAskedFromWhatTheSystemChooses(Kind kind) throws Exception {
        assumeTrue(InetAddress.ofLiteral("::1").isReachable(1000), "this machine has IPv6 on its loopback");
        Responder gone = new Responder((number, question) -> List.of());
        gone.close();
        String port = gone.address().substring(gone.address().indexOf(':'));
        FleetCounts total =
                run(kind, plan(PATIENT, DEVICES, "::1", "[::1]" + port), () -> sum(FleetCounts.Part::sent) >= DEVICES);
        assertThat(total.all().sent()).isGreaterThanOrEqualTo(DEVICES);
        assertThat(total.all().unexpected()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aSourceThatThisMachineHasNotIsNamed(Kind kind) {
        kind.assumeHere();
        assertThatThrownBy(() -> kind.open(plan(PATIENT, 3, "192.0.2.1", "127.0.0.1:9")))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("cannot ask from 192.0.2.1");
    }

    @Test
    void queriesOverTcpAreBounded() throws Exception {
        Responder silent = new Responder((number, question) -> List.of());
        try (silent;
                TcpQueries queries = new TcpQueries()) {
            ByteBuffer question = ByteBuffer.wrap(QuestionPattern.message("a", "A", "", QuestionPattern.Edns.NONE));
            for (int i = 0; i < FleetLimits.TCP_OPEN; i++) {
                assertThat(queries.ask(i, null, ServerAddress.parse(silent.address()), question, PATIENT))
                        .isTrue();
            }
            assertThat(queries.ask(0, null, ServerAddress.parse(silent.address()), question, PATIENT))
                    .isFalse();
        }
    }
}
