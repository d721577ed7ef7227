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
import java.util.List;

/** A cluster that {@code evenkeel up} started, seen through its REST API. Any thread. */
public final class BenchCluster {
    /** The zone that {@link #change} changes. */
    static final String ZONE = "bench.example.";

    private static final String ZONES = "/api/v1/servers/localhost/zones";

    private final Path data;
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    /** @param data the folder of {@code up --data} */
    public BenchCluster(Path data) {
        this.data = data;
    }

    /** One node with its process of the last start. */
    public record Node(String name, String url, String dns, String key, long pid) {}

    /** All of them, as the last start wrote them down. */
    public List<Node> nodes() throws IOException {
        List<Node> nodes = new ArrayList<>();
        for (JsonNode node :
                json.readTree(Files.readString(data.resolve("cluster.json"))).get("nodes")) {
            String key = Files.readString(data.resolve(node.get("apiKeyFile").asText()))
                    .strip();
            nodes.add(new Node(
                    node.get("name").asText(),
                    "http://" + node.get("admin").asText(),
                    node.get("dns").asText(),
                    key,
                    node.get("pid").asLong()));
        }
        return nodes;
    }

    /** The node that leads and takes changes. */
    public Node leader() throws IOException, InterruptedException {
        for (Node node : nodes()) {
            HttpResponse<String> status = http.send(
                    request(node, "/api/v1/evenkeel/status").GET().build(), HttpResponse.BodyHandlers.ofString());
            if (json.readTree(status.body()).path("leaderReady").asBoolean()) {
                return node;
            }
        }
        throw new IOException("no node leads");
    }

    /** The sum of the samples of {@code /metrics} that begin so, a name with or without its labels; an exception if there is none. */
    public double metric(Node node, String sample) throws IOException, InterruptedException {
        return metrics(node).sum(sample);
    }

    /** All that {@code /metrics} tells at one moment. */
    public Metrics metrics(Node node) throws IOException, InterruptedException {
        HttpResponse<String> metrics =
                http.send(request(node, "/metrics").GET().build(), HttpResponse.BodyHandlers.ofString());
        return new Metrics(node, metrics.body().lines().toList());
    }

    /** @param lines as they are told */
    public record Metrics(Node node, List<String> lines) {
        /** Of the samples that begin so, a name with or without its labels; an exception if there is none. */
        public double sum(String sample) throws IOException {
            List<String> samples = lines.stream()
                    .filter(line -> line.startsWith(sample + " ") || line.startsWith(sample + "{"))
                    .toList();
            if (samples.isEmpty()) {
                throw new IOException("%s tells no %s".formatted(node.url(), sample));
            }
            return samples.stream()
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }

    private static HttpRequest.Builder request(Node node, String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("X-API-Key", node.key())
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(15));
    }

    /** Makes the zone that {@link #change} changes, unless it is there. */
    void createZone(Node node) throws IOException, InterruptedException {
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

    /** The HTTP status of one changed address in the zone of {@link #createZone}: 204 is accepted. */
    int change(Node node, String owner, int address) throws IOException, InterruptedException {
        return change(node, ZONE, owner, address);
    }

    /** Asks until the change is accepted, as a client does. */
    void accept(Node node, String owner, int address) throws IOException, InterruptedException {
        int code = change(node, owner, address);
        while (code != 204) {
            if (code != 202 && code != 503) {
                throw new IOException("a change was refused: HTTP " + code);
            }
            code = change(node, owner, address);
        }
    }

    /** Starts what does not run; returns when all are open. */
    static void up(Path launcher, Path data) throws IOException, InterruptedException {
        Process up = new ProcessBuilder(launcher.toString(), "up", "--detach", "--data", data.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (up.waitFor() != 0) {
            throw new IOException("the killed node could not be started again");
        }
    }

    /** The HTTP status of one changed address of that owner, relative to the zone: 204 is accepted. */
    public int change(Node node, String zone, String owner, int address) throws IOException, InterruptedException {
        String body = "{\"rrsets\":[{\"name\":\"%s.%s\",\"type\":\"A\",\"ttl\":60,\"changetype\":\"REPLACE\","
                        .formatted(owner, zone)
                + "\"records\":[{\"content\":\"10.%d.%d.%d\",\"disabled\":false}]}]}"
                        .formatted(address >> 16 & 255, address >> 8 & 255, address & 255);
        HttpRequest patch = request(node, ZONES + "/" + zone)
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(patch, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
