package io.evenkeel.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.NodeState;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What three whole nodes say to a load balancer while their zones may be wrong; the faults are planted in their status. */
@Tag("cluster")
final class ReadinessClusterTest {
    static {
        // Ratis' own threads may throw while a division closes under them; that is not what a test that waits is about.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> NAMES = List.of("n1", "n2", "n3");

    /** Between the return of one node and the leave of the next passes at least a second: a faster round is of one moment. */
    private static final Duration ONE_MOMENT = Duration.ofMillis(800);

    @TempDir
    Path folder;

    private final Map<String, DnsServer> nodes = new LinkedHashMap<>();
    private final Map<String, AtomicInteger> faults = new ConcurrentHashMap<>();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        http.close();
        nodes.values().forEach(DnsServer::close);
    }

    @Test
    void aFaultOfOneTakesItOutAndTheSameFaultOfAllTakesNobody() throws Exception {
        for (String name : NAMES) {
            faults.put(name, new AtomicInteger());
        }
        String members = members();
        for (String name : NAMES) {
            nodes.put(name, start(name, members));
        }
        for (DnsServer node : nodes.values()) {
            assertThat(node.life().await(NodeState.OPEN, PATIENCE))
                    .as(() -> node.readiness() + " " + node.failed())
                    .isTrue();
        }
        awaitReady(NAMES);

        try (Poll poll = new Poll()) {
            // All at once, then one after the other.
            plant(1, "n1", "n2", "n3");
            poll.awaitRounds(5);
            awaitReady(NAMES);
            for (String name : NAMES) {
                awaitBody(name, "", "ready\n", "its zones may be wrong: planted");
                awaitBody(name, "?for=changes", "not ready for changes\n", "its zones may be wrong: planted");
            }
            plant(0, "n1", "n2", "n3");

            plant(2, "n2");
            awaitReady(List.of("n1", "n3"));
            awaitBody("n2", "", "not ready\n", "may be wrong: planted", "leaves the questions to the other members");
            poll.awaitRounds(5);
            plant(2, "n1");
            poll.awaitRounds(5);
            plant(2, "n3");
            awaitReady(NAMES);
            poll.awaitRounds(5);
            plant(0, "n1", "n2", "n3");
        }
        for (String name : NAMES) {
            awaitBody(name, "?for=changes", "ready for changes\n", "data age");
        }

        plant(1, "n3");
        awaitReady(List.of("n1", "n2"));
        for (String name : List.of("n1", "n2")) {
            Objects.requireNonNull(nodes.remove(name)).close();
        }
        awaitReady(List.of("n3"));
        awaitBody("n3", "", "ready\n", "may be wrong: planted");
    }

    private void plant(int count, String... names) {
        for (String name : names) {
            Objects.requireNonNull(faults.get(name)).set(count);
        }
    }

    /** Waits until exactly these say that they are ready. */
    private void awaitReady(List<String> names) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<String> ready = new ArrayList<>();
            for (String name : nodes.keySet()) {
                if (readyz(name, "").statusCode() == 200) {
                    ready.add(name);
                }
            }
            assertThat(ready).isEqualTo(names);
        });
    }

    /** Waits: a member may be out for some seconds more, or come back for a moment where a busy machine is slow to answer. */
    private void awaitBody(String name, String query, String begin, String... parts) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(readyz(name, query).body()).startsWith(begin).contains(parts));
    }

    private HttpResponse<String> readyz(String name, String query) throws IOException, InterruptedException {
        int port = Objects.requireNonNull(nodes.get(name)).adminAddress().getPort();
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz" + query))
                        .timeout(PATIENCE)
                        .build(),
                BodyHandlers.ofString());
    }

    /** Asks all nodes again and again whether they are ready. */
    private final class Poll implements AutoCloseable {
        private final AtomicInteger rounds = new AtomicInteger();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private volatile boolean over;

        Poll() {
            Thread.ofVirtual().start(() -> {
                try {
                    while (!over) {
                        round();
                    }
                    ended.complete(null);
                } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
                    ended.completeExceptionally(e);
                }
            });
        }

        private void round() throws IOException, InterruptedException {
            long begin = System.nanoTime();
            Map<String, Integer> codes = new LinkedHashMap<>();
            for (String name : NAMES) {
                codes.put(name, readyz(name, "").statusCode());
            }
            if (System.nanoTime() - begin < ONE_MOMENT.toNanos()) {
                assertThat(codes.values()).as(codes.toString()).isSubsetOf(200, 503);
                assertThat(codes.values().stream().filter(code -> code == 200).count())
                        .as(codes.toString())
                        .isGreaterThanOrEqualTo(2);
                rounds.incrementAndGet();
            }
        }

        /** Waits for so many more rounds. */
        void awaitRounds(int more) {
            int from = rounds.get();
            await().atMost(PATIENCE).until(() -> ended.isDone() || rounds.get() >= from + more);
            assertThat(ended.isCompletedExceptionally()).as(ended::toString).isFalse();
        }

        @Override
        public void close() {
            over = true;
            ended.join();
        }
    }

    private DnsServer start(String name, String members) throws Exception {
        Path file = Files.writeString(
                folder.resolve(name + ".yaml"),
                "node: {name: " + name + ", data: '" + folder.resolve(name) + "'}\n"
                        + "dns: {listen: ['127.0.0.1:0'], loops: 1}\n"
                        + "admin: {listen: '127.0.0.1:0'}\nhealth: {listen: '127.0.0.1:0'}\n"
                        + "gate: {warm-up: 200ms}\n" + members);
        AtomicInteger count = Objects.requireNonNull(faults.get(name));
        return DnsServer.start(
                Configuration.load(file, Map.of()),
                new LogLosses(),
                replica -> faulty(replica, count),
                InstantSource.system());
    }

    private static String members() throws IOException {
        StringBuilder text = new StringBuilder("cluster:\n  members:\n");
        for (String name : NAMES) {
            text.append("    - {name: " + name + ", raft: '127.0.0.1:"
                    + FreePorts.next().getPort() + "', peer: '127.0.0.1:"
                    + FreePorts.next().getPort() + "'}\n");
        }
        return text.toString();
    }

    /** The same replica, whose status has a doubt if there are so many faults. */
    private static Replica faulty(Replica replica, AtomicInteger count) {
        return (Replica) Proxy.newProxyInstance(
                Replica.class.getClassLoader(), new Class<?>[] {Replica.class}, (_, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(replica, arguments);
                    } catch (InvocationTargetException e) {
                        throw Objects.requireNonNull(e.getCause());
                    }
                    if (!(result instanceof ReplicaStatus real)) {
                        return result;
                    }
                    return new ReplicaStatus(
                            real.role(),
                            real.term(),
                            real.leader(),
                            real.leaderReady(),
                            real.commitIndex(),
                            real.appliedIndex(),
                            real.leaderCommitIndex(),
                            real.members(),
                            real.rebuilds(),
                            real.faultedEntries(),
                            real.divergedAt(),
                            real.refusedConnections(),
                            real.fault(),
                            real.damaged(),
                            count.get() == 0 ? null : new Doubt(Doubt.Kind.DIVERGED, 1, "planted"));
                });
    }
}
