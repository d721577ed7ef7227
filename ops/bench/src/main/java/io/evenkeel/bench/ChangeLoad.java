package io.evenkeel.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Changes through the REST API of a cluster that {@code evenkeel up} started: latency of single ones at the leader and at a
 * follower, rate with many clients into one zone, and how long none is accepted after the leader was killed. It kills the
 * leader, so it is for a cluster of its own: {@code ops/bench/run changes} starts and stops one.
 */
public final class ChangeLoad {
    private static final String ZONE = "bench.example.";
    private static final String ZONES = "/api/v1/servers/localhost/zones";

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private record Node(String name, String url, String key, long pid) {}

    private ChangeLoad() {}

    /** Arguments: data folder, clients, seconds. */
    public static void main(String[] args) throws Exception {
        new ChangeLoad().run(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    }

    private void run(Path data, int clients, int seconds) throws Exception {
        List<Node> nodes = nodes(data);
        Node leader = leader(nodes);
        Node follower =
                nodes.stream().filter(n -> !n.equals(leader)).findFirst().orElse(leader);
        create(leader);
        single(leader, "warm-up", 1500);
        single(follower, "warm-up", 1500);
        single(leader, "single changes through the leader", 2000);
        single(follower, "single changes through a follower", 2000);
        many(nodes, clients, Math.max(2, seconds / 3), "warm-up");
        many(nodes, clients, seconds, clients + " clients over all nodes, one zone");
        if (nodes.size() > 1) {
            failover(leader, nodes.stream().filter(n -> !n.equals(leader)).toList());
        }
    }

    private List<Node> nodes(Path data) throws IOException {
        List<Node> nodes = new ArrayList<>();
        for (JsonNode node :
                json.readTree(Files.readString(data.resolve("cluster.json"))).get("nodes")) {
            String key = Files.readString(data.resolve(node.get("apiKeyFile").asText()))
                    .strip();
            nodes.add(new Node(
                    node.get("name").asText(),
                    "http://" + node.get("admin").asText(),
                    key,
                    node.get("pid").asLong()));
        }
        return nodes;
    }

    private Node leader(List<Node> nodes) throws IOException, InterruptedException {
        for (Node node : nodes) {
            HttpResponse<String> status = http.send(
                    request(node, "/api/v1/evenkeel/status").GET().build(), HttpResponse.BodyHandlers.ofString());
            if (json.readTree(status.body()).path("leaderReady").asBoolean()) {
                return node;
            }
        }
        throw new IOException("no node leads");
    }

    private static HttpRequest.Builder request(Node node, String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("X-API-Key", node.key())
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(15));
    }

    private void create(Node node) throws IOException, InterruptedException {
        String zone =
                "$ORIGIN " + ZONE + "\\n$TTL 300\\n@ SOA ns1 h 1 3600 600 86400 60\\n@ NS ns1\\nns1 A 192.0.2.1\\n";
        String body = "{\"name\":\"" + ZONE + "\",\"kind\":\"Native\",\"zone\":\"" + zone + "\"}";
        int code = http.send(
                        request(node, ZONES)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
        if (code != 201 && code != 409) {
            throw new IOException("the zone could not be made: HTTP " + code);
        }
    }

    /** The HTTP status of one changed address. */
    private int change(Node node, String owner, int address) throws IOException, InterruptedException {
        String body = "{\"rrsets\":[{\"name\":\"%s.%s\",\"type\":\"A\",\"ttl\":60,\"changetype\":\"REPLACE\","
                        .formatted(owner, ZONE)
                + "\"records\":[{\"content\":\"10.%d.%d.%d\",\"disabled\":false}]}]}"
                        .formatted(address >> 16 & 255, address >> 8 & 255, address & 255);
        HttpRequest patch = request(node, ZONES + "/" + ZONE)
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(patch, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private void single(Node node, String what, int count) throws IOException, InterruptedException {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            expectAccepted(change(node, "single", i + what.hashCode()));
            nanos[i] = System.nanoTime() - start;
        }
        print(what, nanos, 0);
    }

    private void many(List<Node> nodes, int clients, int seconds, String what) throws InterruptedException {
        ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        AtomicInteger failed = new AtomicInteger();
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            int number = client;
            threads.add(Thread.ofVirtual().start(() -> {
                Node node = nodes.get(number % nodes.size());
                for (int i = 0; System.nanoTime() < end; i++) {
                    long start = System.nanoTime();
                    try {
                        expectAccepted(change(node, "c" + number + "-" + i % 100, i));
                        nanos.add(System.nanoTime() - start);
                    } catch (IOException | InterruptedException e) {
                        failed.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        print(what, nanos.stream().mapToLong(Long::longValue).toArray(), seconds);
        if (failed.get() > 0) {
            System.out.printf("  %d changes were not accepted%n", failed.get());
        }
    }

    private void failover(Node leader, List<Node> others) throws InterruptedException {
        ProcessHandle process = ProcessHandle.of(leader.pid()).orElseThrow();
        long start = System.nanoTime();
        process.destroyForcibly();
        int attempts = 0;
        while (true) {
            attempts++;
            try {
                if (change(others.getFirst(), "after", attempts) == 204) {
                    break;
                }
            } catch (IOException e) {
                System.out.println("  " + e);
            }
        }
        System.out.printf(
                "leader killed: next change accepted after %.0f ms, at attempt %d%n",
                (System.nanoTime() - start) / 1e6, attempts);
    }

    private static void expectAccepted(int status) throws IOException {
        if (status != 204) {
            throw new IOException("a change was not accepted: HTTP " + status);
        }
    }

    private static void print(String what, long[] nanos, int seconds) {
        if (what.equals("warm-up")) {
            return;
        }
        Arrays.sort(nanos);
        int n = nanos.length;
        System.out.printf(
                "%s: p50 %.2f ms, p99 %.2f ms%s%n",
                what,
                nanos[n / 2] / 1e6,
                nanos[n * 99 / 100] / 1e6,
                seconds == 0 ? "" : ", %.0f changes/s".formatted(n / (double) seconds));
    }
}
