package io.evenkeel.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.Responder;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.fleet.Sources;
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
                        Sources.of("--sources", List.of(), address.getAddress()),
                        7),
                QuestionPattern.of("d-######.x", "names", "A", "type", QuestionPattern.Edns.NONE));
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
        try (Responder server = new Responder((number, question) -> {
            String label = Responder.label(question);
            asked.merge(label, 1, Integer::sum);
            first.putIfAbsent(label, System.nanoTime());
            return List.of(Responder.respond(question, label.charAt(2) % 2 == 0 ? 0 : 3));
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
        try (Responder silent = new Responder((number, question) -> {
            asked.merge(Responder.label(question), 1, Integer::sum);
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
        try (Responder slow = new Responder((number, question) -> {
            byte[] earlier = held.put(Responder.label(question), Responder.respond(question, 0));
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
        try (Responder server = new Responder((number, question) -> {
            if (number < 3 * DEVICES) {
                return List.of();
            }
            answered.add(Responder.label(question));
            return List.of(Responder.respond(question, 0));
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
        try (Responder server = new Responder((_, question) -> Responder.oneRightAmongSix(question))) {
            CrowdCounts total = run(server.address(), PATIENT, 100, 3, () -> server.questions() > 3 * DEVICES);
            assertThat(total.answers()).isBetween(total.sent() - DEVICES, total.sent());
            assertThat(total.unexpected()).isBetween(5 * (total.answers() - DEVICES), 5 * total.sent());
            assertThat(total.timedOut()).isZero();
        }
    }

    @Test
    void aClosedPortIsAskedAgainButNotWithoutAPause() throws Exception {
        Responder gone = new Responder((number, question) -> List.of());
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
}
