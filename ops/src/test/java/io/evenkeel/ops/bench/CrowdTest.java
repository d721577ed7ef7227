package io.evenkeel.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.verb.CommandFailure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class CrowdTest {
    private static final int DEVICES = 20;
    /** Long enough that an answer on a busy machine is never too late. */
    private static final long PATIENT = 20_000;
    /** Ends a run that does not come to what the test waits for. */
    private static final int LONG_SECONDS = 60;

    private final List<CrowdCounts> seconds = Collections.synchronizedList(new ArrayList<>());

    /** Runs until that holds; the condition is looked at often, from another thread. */
    private CrowdCounts run(String server, long timeoutMillis, long pauseMillis, int sockets, BooleanSupplier until)
            throws Exception {
        InetSocketAddress address = ServerAddress.parse(server);
        Crowd crowd = new Crowd(
                new Crowd.Settings(
                        List.of(address),
                        DEVICES,
                        timeoutMillis * 1_000_000,
                        pauseMillis * 1_000_000,
                        LONG_SECONDS,
                        sockets,
                        CrowdSources.of(List.of(), address.getAddress()),
                        7),
                BenchQuestions.random("d-######.x", "A", new BenchQuestions.Edns(0, false), 7));
        Thread watch = Thread.ofVirtual().start(() -> {
            try {
                Awaitility.await().atMost(LONG_SECONDS, TimeUnit.SECONDS).until(until::getAsBoolean);
            } finally {
                crowd.stop();
            }
        });
        CrowdCounts total = crowd.run(seconds::add);
        watch.join();
        assertThat(total.seconds()).as("what was waited for came").isLessThan(LONG_SECONDS);
        return total;
    }

    @Test
    void eachDeviceAsksForItsOwnNameAndPausesAfterAnAnswer() throws Exception {
        Map<String, Integer> asked = new ConcurrentHashMap<>();
        Map<String, Long> first = new ConcurrentHashMap<>();
        try (BenchResponder server = new BenchResponder((number, question) -> {
            String label = BenchResponder.label(question);
            asked.merge(label, 1, Integer::sum);
            first.putIfAbsent(label, System.nanoTime());
            return List.of(BenchResponder.respond(question, label.charAt(2) % 2 == 0 ? 0 : 3));
        })) {
            CrowdCounts total = run(server.address(), PATIENT, 200, 8, () -> server.questions() >= 5 * DEVICES);
            assertThat(asked).hasSize(DEVICES);
            assertThat(total.sent()).isLessThanOrEqualTo(DEVICES * (1 + (long) (total.seconds() / 0.2)));
            assertThat(total.answers()).isBetween(total.sent() - DEVICES, total.sent());
            assertThat(total.rcodes().keySet()).isSubsetOf("NOERROR", "NXDOMAIN");
            assertThat(total.rcodes().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(total.answers());
            assertThat(total.retries() + total.timedOut() + total.late() + total.refused() + total.unexpected())
                    .isZero();
            assertThat(total.waiting()).isZero();
            assertThat(total.latencyMicros().get("p50")).isPositive();
        }
    }

    @Test
    void withoutAnAnswerADeviceAsksAgainOncePerTimeout() throws Exception {
        Map<String, Integer> asked = new ConcurrentHashMap<>();
        try (BenchResponder silent = new BenchResponder((number, question) -> {
            asked.merge(BenchResponder.label(question), 1, Integer::sum);
            return List.of();
        })) {
            CrowdCounts total = run(
                    silent.address(),
                    200,
                    100,
                    3,
                    () -> seconds.size() >= 2
                            && asked.values().stream().mapToInt(i -> i).sum() >= 3 * DEVICES);
            assertThat(total.answers() + total.late()).isZero();
            assertThat(total.retries()).isEqualTo(total.sent() - DEVICES);
            assertThat(total.timedOut()).isBetween(total.retries(), total.retries() + DEVICES);
            assertThat(total.sent())
                    .isLessThanOrEqualTo(DEVICES * (1 + (long) (total.seconds() / 0.2)))
                    .isGreaterThanOrEqualTo(3 * DEVICES);
            assertThat(total.waiting()).isEqualTo(DEVICES);
            assertThat(asked).hasSize(DEVICES);
            assertThat(Collections.max(asked.values()) - Collections.min(asked.values()))
                    .isLessThanOrEqualTo(2);
            assertThat(seconds.getFirst().seconds()).isEqualTo(1);
            assertThat(seconds.stream().mapToLong(CrowdCounts::sent).sum()).isLessThanOrEqualTo(total.sent());
        }
    }

    @Test
    void anAnswerAfterTheTimeoutIsLateAndChangesNothing() throws Exception {
        Map<String, byte[]> held = new ConcurrentHashMap<>();
        try (BenchResponder slow = new BenchResponder((number, question) -> {
            byte[] earlier = held.put(BenchResponder.label(question), BenchResponder.respond(question, 0));
            return earlier == null ? List.of() : List.of(earlier);
        })) {
            CrowdCounts total = run(slow.address(), 100, 100, 1, () -> slow.questions() > 5 * DEVICES);
            assertThat(total.answers()).isZero();
            assertThat(total.unexpected()).isZero();
            assertThat(total.late()).isBetween(total.retries() - DEVICES, total.retries());
            assertThat(total.waiting()).isEqualTo(DEVICES);
        }
    }

    @Test
    void whenAnswersComeAgainNobodyWaitsAnyMore() throws Exception {
        Set<String> answered = ConcurrentHashMap.newKeySet();
        try (BenchResponder server = new BenchResponder((number, question) -> {
            if (number < 3 * DEVICES) {
                return List.of();
            }
            answered.add(BenchResponder.label(question));
            return List.of(BenchResponder.respond(question, 0));
        })) {
            CrowdCounts total = run(
                    server.address(),
                    1000,
                    100,
                    DEVICES,
                    () -> answered.size() == DEVICES
                            && !seconds.isEmpty()
                            && seconds.getLast().waiting() == 0);
            assertThat(total.timedOut()).isGreaterThanOrEqualTo(2 * DEVICES);
            assertThat(total.answers()).isGreaterThanOrEqualTo(DEVICES);
        }
    }

    @Test
    void whatAnswersNoQuestionIsUnexpected() throws Exception {
        try (BenchResponder server = new BenchResponder((_, question) -> BenchResponder.oneRightAmongSix(question))) {
            CrowdCounts total = run(server.address(), PATIENT, 100, 3, () -> server.questions() > 3 * DEVICES);
            assertThat(total.answers()).isBetween(total.sent() - DEVICES, total.sent());
            assertThat(total.unexpected()).isBetween(5 * (total.answers() - DEVICES), 5 * total.sent());
            assertThat(total.timedOut()).isZero();
        }
    }

    @Test
    void aClosedPortIsAskedAgainButNotWithoutAPause() throws Exception {
        BenchResponder gone = new BenchResponder((number, question) -> List.of());
        gone.close();
        // A socket each: the kernel does not say which question of a socket it refused, and the last one counts. It
        // says so only
        // a thousand times a second, of all sockets of the machine: whoever does not hear of it waits, longer than this
        // takes.
        CrowdCounts total = run(
                gone.address(),
                2 * LONG_SECONDS * 1000L,
                100,
                DEVICES,
                () -> !seconds.isEmpty()
                        && seconds.getLast().waiting() == DEVICES
                        && seconds.getLast().refused() > 0);
        assertThat(total.refused()).isGreaterThan(DEVICES);
        assertThat(total.sent()).isLessThanOrEqualTo(DEVICES * (1 + (long) (total.seconds() * 100)));
        assertThat(total.retries()).isEqualTo(total.sent() - DEVICES);
        assertThat(total.waiting()).isEqualTo(DEVICES);
    }

    @Test
    void sourcesAreSpreadOverAllThatIsNamed() throws Exception {
        InetAddress server = InetAddress.ofLiteral("127.0.0.1");
        assertThat(addresses(CrowdSources.of(List.of(), server), 4096))
                .startsWith("127.1.0.0", "127.1.0.16")
                .endsWith("127.1.255.240")
                .doesNotHaveDuplicates();
        assertThat(addresses(CrowdSources.of(List.of("127.0.0.9", "127.2.0.253/31"), server), 4))
                .containsExactly("127.0.0.9", "127.2.0.252", "127.2.0.253", "127.0.0.9");
        assertThat(addresses(CrowdSources.of(List.of("127.2.0.0/24"), server), 256))
                .endsWith("127.2.0.253", "127.2.0.254", "127.2.0.254"); // to ...255 the JDK does not bind
        InetAddress six = InetAddress.ofLiteral("fd00::1");
        assertThat(addresses(CrowdSources.of(List.of("fd00::ff00/120"), six), 2))
                .containsExactly("fd00:0:0:0:0:0:0:ff00", "fd00:0:0:0:0:0:0:ff80");
        assertThat(CrowdSources.of(List.of(), six).address(0, 1)).isNull();
        for (String bad : List.of("127.1.0.0/33", "localhost", "127.0.0.1/", "fd00::1")) {
            assertThatThrownBy(() -> CrowdSources.of(List.of(bad), server))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("--sources");
        }
    }

    private static List<String> addresses(CrowdSources sources, int sockets) {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < sockets; i++) {
            InetAddress address = sources.address(i, sockets);
            assertThat(address).isNotNull();
            addresses.add(String.valueOf(address).substring(1));
        }
        return addresses;
    }
}
