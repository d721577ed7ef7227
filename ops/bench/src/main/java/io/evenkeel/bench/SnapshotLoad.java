package io.evenkeel.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * Whether a snapshot stalls changes or answers: single changes into a large zone, one after the other, and questions at a
 * steady pace, while the nodes write snapshots of it and while they do not, by turns. Every snapshot has to write the whole
 * zone, since it has changed. The bar: the 99th percentile of neither is more than twice what it is without.
 */
public final class SnapshotLoad {
    private static final String ZONE = "bench.example.";
    private static final int ROUNDS = 8;
    private static final Duration QUIET = Duration.ofSeconds(5);
    private static final long QUESTION_NANOS = 1_000_000;
    private static final double BAR = 2;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Samples changes = new Samples();
    private final Samples answers = new Samples();
    private volatile boolean snapshot;
    private volatile boolean counts;
    private volatile boolean over;

    private record Node(String url, String key, InetSocketAddress dns) {}

    /** Latencies, apart for times with and without a snapshot. One thread writes. */
    private static final class Samples {
        private final List<Long> with = new ArrayList<>();
        private final List<Long> without = new ArrayList<>();

        void add(long nanos, boolean duringSnapshot) {
            (duringSnapshot ? with : without).add(nanos);
        }

        /** The ratio of the 99th percentiles. */
        double print(String what) {
            with.sort(null);
            without.sort(null);
            double ratio = at(with, 99) / at(without, 99);
            System.out.printf(
                    "%s: without a snapshot p50 %.2f p99 %.2f ms (%d), during one p50 %.2f p99 %.2f ms (%d), longest %.1f ms;"
                            + " p99 ratio %.2f%n",
                    what,
                    at(without, 50),
                    at(without, 99),
                    without.size(),
                    at(with, 50),
                    at(with, 99),
                    with.size(),
                    with.getLast() / 1e6,
                    ratio);
            return ratio;
        }

        private static double at(List<Long> sorted, int percent) {
            return sorted.get(sorted.size() * percent / 100) / 1e6;
        }
    }

    private SnapshotLoad() {}

    /** Arguments: data folder, records. Ends with 1 if the bar is missed. */
    public static void main(String[] args) throws Exception {
        System.exit(new SnapshotLoad().run(Path.of(args[0]), Integer.parseInt(args[1])) ? 0 : 1);
    }

    private boolean run(Path data, int records) throws Exception {
        List<Node> nodes = nodes(data);
        Node leader = leader(nodes);
        load(leader, data, records);
        Thread changing = Thread.ofPlatform().start(() -> untilOver(changes, new Changing(leader)));
        Thread asking = Thread.ofPlatform().start(() -> untilOver(answers, new Asking(leader)));
        // The first ones compile the code on their way.
        snapshots(nodes);
        Thread.sleep(QUIET);
        counts = true;
        double seconds = 0;
        JsonNode last = json.missingNode();
        for (int round = 0; round < ROUNDS; round++) {
            Thread.sleep(QUIET);
            snapshot = true;
            long begin = System.nanoTime();
            last = snapshots(nodes);
            seconds += (System.nanoTime() - begin) / 1e9;
            snapshot = false;
        }
        over = true;
        changing.join();
        asking.join();
        System.out.printf(
                "%d nodes, %d records, %d octets a snapshot, %.1f s each%n",
                nodes.size(), last.path("records").asLong(), last.path("bytes").asLong(), seconds / ROUNDS);
        double worst = Math.max(changes.print("single changes"), answers.print("answers"));
        System.out.println(worst <= BAR ? "within the bar" : "the bar of " + BAR + " is missed");
        return worst <= BAR;
    }

    private List<Node> nodes(Path data) throws IOException {
        List<Node> nodes = new ArrayList<>();
        for (JsonNode node :
                json.readTree(Files.readString(data.resolve("cluster.json"))).get("nodes")) {
            String dns = node.get("dns").asText();
            nodes.add(new Node(
                    "http://" + node.get("admin").asText(),
                    Files.readString(data.resolve(node.get("apiKeyFile").asText()))
                            .strip(),
                    new InetSocketAddress(
                            InetAddress.getLoopbackAddress(),
                            Integer.parseInt(dns.substring(dns.lastIndexOf(':') + 1)))));
        }
        return nodes;
    }

    private Node leader(List<Node> nodes) throws IOException, InterruptedException {
        for (Node node : nodes) {
            HttpResponse<String> status =
                    http.send(request(node, "/api/v1/evenkeel/status").GET().build(), BodyHandlers.ofString());
            if (json.readTree(status.body()).path("leaderReady").asBoolean()) {
                return node;
            }
        }
        throw new IOException("no node leads");
    }

    private static HttpRequest.Builder request(Node node, String path) {
        return HttpRequest.newBuilder(URI.create(node.url + path))
                .header("X-API-Key", node.key)
                .timeout(Duration.ofMinutes(5));
    }

    private void load(Node node, Path data, int records) throws IOException, InterruptedException {
        Path file = Files.createTempFile(data, "bench", ".zone");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("$ORIGIN " + ZONE + "\n$TTL 300\n@ SOA ns1 h 1 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\n");
            for (int i = 0; i < records; i++) {
                out.write(host(i) + " A 10." + (i >> 16 & 255) + "." + (i >> 8 & 255) + "." + (i & 255) + "\n");
            }
        }
        HttpResponse<String> answer = http.send(
                request(node, "/api/v1/evenkeel/zones/" + ZONE + "?create=true")
                        .PUT(BodyPublishers.ofFile(file))
                        .build(),
                BodyHandlers.ofString());
        Files.delete(file);
        if (answer.statusCode() / 100 != 2) {
            throw new IOException("the zone could not be imported: " + answer.body());
        }
    }

    private static String host(int i) {
        return String.format(Locale.ROOT, "dev-%08x", i * 0x9E3779B1);
    }

    /** On all nodes at once, the worst case; what the first said of its own. */
    private JsonNode snapshots(List<Node> nodes) throws Exception {
        List<java.util.concurrent.CompletableFuture<HttpResponse<String>>> asked = nodes.stream()
                .map(node -> http.sendAsync(
                        request(node, "/api/v1/evenkeel/snapshot")
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString()))
                .toList();
        JsonNode first = json.missingNode();
        for (var answer : asked) {
            if (answer.get().statusCode() != 200) {
                throw new IOException("no snapshot: " + answer.get().body());
            }
            first = first.isMissingNode() ? json.readTree(answer.get().body()) : first;
        }
        return first;
    }

    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    /** A sample belongs to a snapshot if any of it fell into one. */
    private void untilOver(Samples samples, Step step) {
        while (!over) {
            boolean before = snapshot;
            long start = System.nanoTime();
            try {
                step.run();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                return;
            }
            if (counts) {
                samples.add(System.nanoTime() - start, before || snapshot);
            }
            if (step instanceof Asking) {
                LockSupport.parkNanos(QUESTION_NANOS);
            }
        }
    }

    private final class Changing implements Step {
        private final Node node;
        private int count;

        Changing(Node node) {
            this.node = node;
        }

        @Override
        public void run() throws IOException, InterruptedException {
            count++;
            String body = """
                    {"rrsets":[{"name":"changing.%s","type":"A","ttl":60,"changetype":"REPLACE",
                     "records":[{"content":"10.%d.%d.%d","disabled":false}]}]}""".formatted(ZONE, count >> 16 & 255, count >> 8 & 255, count & 255);
            int status = http.send(
                            request(node, "/api/v1/servers/localhost/zones/" + ZONE)
                                    .header("Content-Type", "application/json")
                                    .method("PATCH", BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
            if (status != 204) {
                throw new IOException("a change was not accepted: HTTP " + status);
            }
        }
    }

    private static final class Asking implements Step {
        private static final int SECOND_MILLIS = 1000;
        private final DatagramSocket socket;
        private final byte[] question;
        private final byte[] answer = new byte[4096];

        Asking(Node node) {
            try {
                socket = new DatagramSocket();
                socket.connect(node.dns);
                socket.setSoTimeout(SECOND_MILLIS);
                question = Message.newQuery(org.xbill.DNS.Record.newRecord(
                                Name.fromString(host(7) + "." + ZONE), Type.A, DClass.IN))
                        .toWire();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        /** One that is not answered within a second counts as that. */
        @Override
        public void run() throws IOException {
            socket.send(new DatagramPacket(question, question.length));
            try {
                socket.receive(new DatagramPacket(answer, answer.length));
            } catch (SocketTimeoutException e) {
                System.out.println("a question was not answered within a second");
            }
        }
    }
}
