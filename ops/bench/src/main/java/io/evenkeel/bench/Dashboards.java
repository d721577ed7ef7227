package io.evenkeel.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Draws the dashboards of {@code ops/grafana} from their own queries: three nodes live through a steady fleet, changes, a member that is
 * killed and comes back, and a silence with the crowd after it, while a Prometheus looks at them. {@code ops/bench/run dashboards} starts
 * and stops the nodes.
 */
public final class Dashboards {
    private static final Duration LIFE = Duration.ofSeconds(110);
    private static final int KILL_AT = 25;
    private static final int RETURN_AT = 45;
    private static final int SILENCE_AT = 75;
    private static final int CROWD_AT = 81;
    private static final int DEVICES = 1500;
    private static final int NAMES = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final BenchCluster cluster;
    private final Path data;
    private final Path launcher;

    private Dashboards(Path data, Path launcher) {
        this.cluster = new BenchCluster(data);
        this.data = data;
        this.launcher = launcher;
    }

    /** Arguments: data folder of the nodes, folder of the pictures, launcher. */
    public static void main(String[] args) throws Exception {
        System.setProperty("java.awt.headless", "true");
        new Dashboards(Path.of(args[0]), Path.of(args[2])).draw(Path.of(args[1]));
    }

    private void draw(Path pictures) throws IOException, InterruptedException {
        Files.createDirectories(pictures);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process prometheus = prometheus(port);
        Runtime.getRuntime().addShutdownHook(new Thread(prometheus::destroyForcibly, "stop-prometheus"));
        Prometheus watch = new Prometheus(URI.create("http://127.0.0.1:" + port));
        watch.await(prometheus);
        Instant begin = Instant.now();
        live();
        Instant end = Instant.now();
        try (Stream<Path> boards = Files.list(Path.of("ops/grafana"))) {
            for (Path board : boards.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                String name = board.getFileName().toString().replace(".json", ".png");
                new DashboardPicture(new ObjectMapper().readTree(board.toFile()), watch, begin, end)
                        .write(pictures.resolve(name));
                System.out.println(pictures.resolve(name));
            }
        }
    }

    private Process prometheus(int port) throws IOException {
        List<String> targets = new ArrayList<>();
        for (BenchCluster.Node node : cluster.nodes()) {
            targets.add("{targets: ['%s'], labels: {instance: %s}}"
                    .formatted(node.url().substring("http://".length()), node.name()));
        }
        Path config = Files.writeString(data.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ['%s/*.yaml']
                scrape_configs:
                  - job_name: evenkeel
                    static_configs: [%s]
                """.formatted(
                        Path.of("ops/alerts").toRealPath(), String.join(", ", targets)));
        return new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + data.resolve("prometheus"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn")
                .inheritIO()
                .start();
    }

    /** Each second one change; what else happens has its second. */
    private void live() throws IOException, InterruptedException {
        BenchCluster.Node leader = cluster.leader();
        cluster.createZone(leader);
        for (int name = 0; name < NAMES; name++) {
            cluster.accept(leader, owner(name), name);
        }
        List<String> crowd = new ArrayList<>(List.of(launcher.toString(), "crowd"));
        crowd.addAll(cluster.nodes().stream().map(BenchCluster.Node::dns).toList());
        crowd.addAll(List.of("--devices", "" + DEVICES, "--pause", "3s", "--names", "d##." + BenchCluster.ZONE));
        crowd.addAll(List.of("--seconds", "" + LIFE.toSeconds()));
        Process fleet = new ProcessBuilder(crowd)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(fleet::destroy, "stop-crowd"));
        BenchCluster.Node gone = cluster.nodes().stream()
                .filter(node -> !node.equals(leader))
                .findFirst()
                .orElseThrow();
        long start = System.nanoTime();
        for (int second = 0; second < LIFE.toSeconds(); second++) {
            switch (second) {
                case KILL_AT -> ProcessHandle.of(gone.pid()).orElseThrow().destroyForcibly();
                case RETURN_AT -> BenchCluster.up(launcher, data);
                case SILENCE_AT -> signal("STOP");
                case CROWD_AT -> signal("CONT");
                default -> {
                    if (second < SILENCE_AT || second > CROWD_AT) {
                        cluster.accept(leader, owner(second % NAMES), second + NAMES);
                    }
                }
            }
            // A pace, not a synchronisation.
            long left = start + TimeUnit.SECONDS.toNanos(second + 1L) - System.nanoTime();
            Thread.sleep(Duration.ofNanos(Math.max(0, left)));
        }
        fleet.destroy();
    }

    private static String owner(int name) {
        return "d%02d".formatted(name);
    }

    private void signal(String signal) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        for (BenchCluster.Node node : cluster.nodes()) {
            command.add(Long.toString(node.pid()));
        }
        Command.run(data, command);
    }

    /** Any thread. */
    record Prometheus(URI base, HttpClient http, ObjectMapper json) {
        Prometheus(URI base) {
            this(base, HttpClient.newHttpClient(), new ObjectMapper());
        }

        /** Returns when it has read all nodes. */
        void await(Process process) throws IOException, InterruptedException {
            long start = System.nanoTime();
            while (true) {
                try {
                    JsonNode targets = get("/api/v1/targets").at("/data/activeTargets");
                    if (!targets.isEmpty()
                            && targets.findValuesAsText("health").stream().allMatch("up"::equals)) {
                        return;
                    }
                } catch (IOException notYet) {
                    if (!process.isAlive()) {
                        throw new IOException("Prometheus ended with exit code " + process.exitValue(), notYet);
                    }
                }
                if (System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw new IOException("Prometheus has not read all nodes in " + PATIENCE.toSeconds() + " s");
                }
                // A pace, not a synchronisation.
                Thread.sleep(Duration.ofMillis(200));
            }
        }

        /** The series that it finds, each with its values once a second. */
        JsonNode range(String expression, Instant begin, Instant end) throws IOException, InterruptedException {
            return get("/api/v1/query_range?step=1&start=%d&end=%d&query=%s"
                            .formatted(begin.getEpochSecond(), end.getEpochSecond(), encode(expression)))
                    .at("/data/result");
        }

        /** The series that it finds, each with its value at that time. */
        JsonNode at(String expression, Instant time) throws IOException, InterruptedException {
            return get("/api/v1/query?time=%d&query=%s".formatted(time.getEpochSecond(), encode(expression)))
                    .at("/data/result");
        }

        private static String encode(String expression) {
            return URLEncoder.encode(expression, StandardCharsets.UTF_8);
        }

        private JsonNode get(String path) throws IOException, InterruptedException {
            HttpResponse<String> reply = http.send(
                    HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.ofString());
            if (reply.statusCode() != 200) {
                throw new IOException("Prometheus answered %d: %s".formatted(reply.statusCode(), reply.body()));
            }
            return json.readTree(reply.body());
        }
    }
}
