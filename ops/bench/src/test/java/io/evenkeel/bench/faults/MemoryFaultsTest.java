package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LocalCluster.Reply;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Nodes with little memory, and clients who bring more than fits. */
@Tag("faults")
class MemoryFaultsTest {
    private static final int RECORDS = 400_000;
    private static final String ZONES = "/api/v1/servers/localhost/zones";
    private static final Name NAME = Name.fromConstantString("connect.callhome.example.");
    /** An import of so many records on a machine that is slow and loaded. */
    private static final Duration IMPORT = LocalCluster.LONG.multipliedBy(4);

    private static final Duration PACE = Duration.ofMillis(20);

    @TempDir
    Path folder = Path.of("");

    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);
    private List<ClusterFile.Node> nodes = List.of();
    private final Workers workers = new Workers();
    private final AtomicReference<@Nullable String> unanswered = new AtomicReference<>();

    @BeforeEach
    void start() throws Exception {
        cluster = new LocalCluster(folder.resolve("data"), 3, Map.of("EVENKEEL_NODE_OPTS", "-Xmx256m"));
        cluster.up();
        nodes = cluster.nodes();
        nodes.forEach(node -> workers.start(Thread.ofPlatform().daemon(), () -> ask(node)));
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() ->
                        status(nodes.getFirst()).path("memory").path("limits").size() == 3);
    }

    @AfterEach
    void end() throws Exception {
        workers.close();
        cluster.close();
    }

    private void ask(ClusterFile.Node node) {
        boolean answered = LocalCluster.ask(node, NAME, Type.A)
                .map(Message::getRcode)
                .filter(code -> code == Rcode.NOERROR)
                .isPresent();
        if (!answered) {
            unanswered.compareAndSet(null, node.name());
        }
        LockSupport.parkNanos(PACE.toNanos());
    }

    private void assertThatNothingEnded() {
        assertThat(nodes).allMatch(ClusterFile.Node::runs);
        assertThat(unanswered.get()).isNull();
    }

    private JsonNode status(ClusterFile.Node node) {
        Reply reply = cluster.send(node, "GET", "/api/v1/evenkeel/status", null, LocalCluster.LONG);
        return Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8));
    }

    private static String large(String apex) {
        StringBuilder text = new StringBuilder(RECORDS * 70);
        text.append("$TTL 300\n@ SOA ns.")
                .append(apex)
                .append(" host.")
                .append(apex)
                .append(" 1 3600 900 86400 300\n");
        text.append("@ NS ns.").append(apex).append("\nns A 192.0.2.1\n");
        for (int i = 0; i < RECORDS; i++) {
            text.append("device-")
                    .append(1_000_000 + i)
                    .append(" TXT \"serial ")
                    .append(i * 7919L)
                    .append(" in hall ");
            text.append(i % 97).append(" of the works\"\n");
        }
        return text.toString();
    }

    private boolean serves(String apex) {
        return nodes.stream()
                .anyMatch(node ->
                        cluster.send(node, "GET", AdminClient.zonePath(apex) + "?rrsets=false", null, LocalCluster.LONG)
                                        .status()
                                == 200);
    }

    /** Until it is known what has become of it: true if it is in, false if it was refused for want of memory. */
    private boolean takesIn(ClusterFile.Node node, String apex) {
        String path = "/api/v1/evenkeel/zones/" + apex + "?create=true";
        String text = large(apex);
        AtomicReference<@Nullable Boolean> known = new AtomicReference<>();
        Awaitility.await().atMost(IMPORT).until(() -> {
            Reply reply = cluster.send(node, "PUT", path, text, IMPORT, Map.of("Idempotency-Key", apex));
            assertThat(reply.status()).as("%s of %s", apex, reply).isIn(200, 201, 202, 503, 507);
            if (reply.status() == 507) {
                assertThat(reply.body()).contains("MiB", "-Xmx");
                known.set(serves(apex)); // it may be there by an earlier turn whose end was not known
            } else if (reply.accepted()) {
                known.set(true);
            }
            return known.get() != null;
        });
        return Boolean.TRUE.equals(known.get());
    }

    @Test
    void importsThatDoNotFitAreRefusedWhereverTheyAreTriedAndSmallChangesGoOn() {
        Set<String> refusedAt = new HashSet<>();
        List<String> there = new ArrayList<>();
        for (int i = 0; refusedAt.size() < nodes.size(); i++) {
            ClusterFile.Node node = nodes.get(i % nodes.size());
            String apex = "fleet" + i + ".example.";
            if (takesIn(node, apex)) {
                there.add(apex);
                assertThat(refusedAt).isEmpty();
            } else {
                refusedAt.add(node.name());
            }
            assertThat(i).as("imports, of which %s are there", there).isLessThan(20);
            assertThatNothingEnded();
        }
        assertThat(there).isNotEmpty();

        for (ClusterFile.Node node : nodes) {
            String owner = "challenge-" + node.name();
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> cluster.setTxt(node, owner, "full").accepted());
            assertThat(LocalCluster.txt(node, owner)).contains("full");
        }
        assertThat(status(nodes.getFirst()).path("memory").path("leftBytes").asLong())
                .isLessThan(200L << 20);
        for (String apex : there) {
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() ->
                            cluster.send(nodes.getLast(), "DELETE", AdminClient.zonePath(apex), null, LocalCluster.LONG)
                                            .accepted()
                                    || !serves(apex));
        }
        assertThat(takesIn(nodes.getLast(), "after.example.")).isTrue();
        assertThatNothingEnded();
    }

    /** A body of some hundred octets that would be two million records, at each node in turn, several at a time. */
    private void generateMoreThanFits() throws Exception {
        StringBuilder lines = new StringBuilder("@ SOA ns.other. h.other. 1 3600 900 86400 300\\n@ NS ns.other.\\n");
        for (int i = 0; i < 30; i++) {
            lines.append("$GENERATE 1-65536 g").append(i).append("-$ 300 A 192.0.2.1\\n");
        }
        for (ClusterFile.Node node : nodes) {
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String body = "{\"name\":\"g%d.\",\"zone\":\"%s\"}".formatted(i, lines);
                replies.add(CompletableFuture.supplyAsync(
                        () -> cluster.send(node, "POST", ZONES, body, LocalCluster.LONG)));
            }
            for (CompletableFuture<Reply> reply : replies) {
                assertThat(reply.get().status()).as("%s", reply.get()).isIn(503, 507);
            }
            assertThatNothingEnded();
        }
    }

    @Test
    void manyLargeBodiesAndAnExportAreWorkedOffWithinTheHeap() throws Exception {
        generateMoreThanFits();
        assertThat(takesIn(nodes.getFirst(), "fleet.example.")).isTrue();
        String record = "{\"content\":\"\\\"0123456789 0123456789 0123456789 %d\\\"\"}";
        StringBuilder rrsets = new StringBuilder();
        for (int i = 0; rrsets.length() < (4 << 20) - 2_000; i++) {
            rrsets.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"h%d.many.example.\",\"type\":\"TXT\",\"ttl\":60,\"records\":[".formatted(i));
            rrsets.append(IntStream.range(0, 10).mapToObj(record::formatted).collect(Collectors.joining(",")))
                    .append("]}");
        }
        // One copy of it for all clients, which live in one process.
        byte[] body = ("{\"name\":\"many.example.\",\"kind\":\"Native\",\"nameservers\":[\"ns.other.\"],\"rrsets\":["
                        + rrsets + "]}")
                .getBytes(StandardCharsets.US_ASCII);
        List<Callable<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            BodyPublisher streamed = BodyPublishers.fromPublisher(
                    BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)), body.length);
            all.add(() -> cluster.exchange(
                            nodes.getFirst(), "POST", "/api/v1/servers/localhost/zones", streamed, IMPORT, Map.of())
                    .status());
        }
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> reply : clients.invokeAll(all)) {
                // Made once; there already; memory or time in use by others, also to send the body.
                assertThat(reply.get()).isIn(201, 202, 409, 422, 503, 507, -1, 0);
            }
        }
        assertThatNothingEnded();

        for (ClusterFile.Node node : nodes) {
            Reply export = export(node);
            assertThat(export.status()).isEqualTo(200);
            assertThat(export.body()).startsWith("{\"zone\": \"").endsWith("\"}");
            assertThat(export.body().split("device-", -1)).hasSize(RECORDS + 1);
        }
        assertThatNothingEnded();
    }

    private Reply export(ClusterFile.Node node) {
        return cluster.send(
                node,
                "GET",
                AdminClient.zonePath("fleet.example.") + "/export",
                null,
                IMPORT,
                Map.of("Accept", "application/json"));
    }
}
