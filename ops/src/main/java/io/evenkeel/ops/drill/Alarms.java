package io.evenkeel.ops.drill;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
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
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Prometheus of the drill's own beside its cluster, with the project's rules: one thread asks it once a second which alerts there are. It
 * ends with the cluster.
 */
final class Alarms {
    private static final String PROGRAM = "prometheus";
    private static final String RULES = "ops/alerts";
    private static final String FOLDER = "prometheus";
    /** It always fires, so it is nobody's page. */
    private static final String DEAD_MAN = "EvenkeelDeadMan";

    /** Between two scrapes, two looks at the rules, and two questions to it. */
    private static final Duration PACE = Duration.ofSeconds(1);

    private static final Duration WAIT = Duration.ofSeconds(2);
    /** It starts in a second. */
    private static final Duration START = Duration.ofSeconds(30);
    /** A storm is over 30 s after its last sign, and measuring nodes may look like one; what is left after that is a finding. */
    private static final Duration CALM = Duration.ofSeconds(45);
    /** Without a page that is near: on a busy machine rules are late, and look at what was some seconds ago. */
    private static final Duration LATE = Duration.ofSeconds(10);
    /** In a curve: there is no value. */
    private static final Long NONE = -1L;

    private final OwnCluster cluster;
    private final Process process;
    private final Path log;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(WAIT).build();
    private final URI base;
    private final ClusterBooks books;
    private final Consumer<String> say;
    private final Lookouts lookouts = new Lookouts();
    /** When all nodes had been read for the first time. */
    private @Nullable Instant read;

    private volatile @Nullable String problem;

    private Instant begin = Instant.EPOCH;
    private Map<NodeMeasure, Map<String, List<Long>>> curves = Map.of();

    /**
     * An alert with one set of labels, from its beginning to its end.
     *
     * @param node that it is about; {@code cluster}: about no single one
     * @param since when it was pending first, in seconds from the start of the run
     * @param firing from when on it fired; null: it did not
     * @param over from when on it was neither; null: it was to the end
     */
    record Alert(
            String name,
            String severity,
            String node,
            double since,
            @Nullable Double firing,
            @Nullable Double over) {
        boolean isPage() {
            return severity.equals("page");
        }

        String text() {
            return "%s of %s".formatted(name, node);
        }
    }

    private Alarms(OwnCluster cluster, Process process, Path log, ClusterBooks books, Consumer<String> say) {
        this.cluster = cluster;
        this.process = process;
        this.log = log;
        this.books = books;
        this.say = say;
        base = URI.create("http://127.0.0.1:" + cluster.sparePort());
    }

    /** Why no alerts can be had here; null if they can. */
    static @Nullable String whyNot() {
        if (!OsProcess.onPath(PROGRAM)) {
            return "Prometheus is not installed (Debian: apt install prometheus)";
        }
        Path rules = DrillCommands.project().resolve(RULES);
        return Files.isDirectory(rules)
                ? null
                : "there are no rules in %s: run ops/bin/evenkeel of the sources".formatted(rules);
    }

    /** Starts it, and returns when it has read all nodes and, unless that takes too long, no page is near. */
    static Alarms start(OwnCluster cluster, ClusterBooks books, Consumer<String> say)
            throws CommandFailure, IOException, InterruptedException {
        Path folder = cluster.folder().resolve(FOLDER);
        Files.createDirectory(folder);
        Path configuration = folder.resolve("prometheus.yml");
        Files.write(configuration, Json.pretty(configuration(cluster.nodes()))); // JSON is YAML
        Path log = folder.resolve("prometheus.log");
        Process process = cluster.startBeside(
                List.of(
                        PROGRAM,
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + cluster.sparePort(),
                        "--log.level=warn"),
                Map.of("GOMAXPROCS", "1"), // the fleet wants the rest of the machine
                log);
        Alarms alarms = new Alarms(cluster, process, log, books, say);
        alarms.awaitCalm();
        return alarms;
    }

    private static Map<String, Object> configuration(List<ClusterFile.Node> nodes) throws IOException {
        String pace = PACE.toSeconds() + "s";
        List<Object> targets = new ArrayList<>();
        for (ClusterFile.Node node : nodes) {
            targets.add(Map.of("targets", List.of(node.admin()), "labels", Map.of("instance", node.name())));
        }
        List<String> rules;
        try (Stream<Path> files = Files.list(DrillCommands.project().resolve(RULES))) {
            rules = files.map(Path::toString)
                    .filter(file -> file.endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put(
                "global", Map.of("scrape_interval", pace, "scrape_timeout", pace, "evaluation_interval", pace));
        configuration.put("rule_files", rules);
        configuration.put("scrape_configs", List.of(Map.of("job_name", "evenkeel", "static_configs", targets)));
        return configuration;
    }

    private void awaitCalm() throws CommandFailure, IOException, InterruptedException {
        long begin = System.nanoTime();
        String waitingFor = notReading();
        while (!waitingFor.isEmpty()) {
            if (!process.isAlive() || System.nanoTime() - begin > START.toNanos()) {
                throw CommandFailure.failed("Prometheus does not watch the nodes: " + reason(waitingFor));
            }
            pause();
            waitingFor = notReading();
        }
        begin = System.nanoTime();
        long calmSince = begin;
        List<String> near = List.of();
        while (System.nanoTime() - calmSince < LATE.toNanos() && System.nanoTime() - begin < CALM.toNanos()) {
            pause();
            near = pages();
            calmSince = near.isEmpty() ? calmSince : System.nanoTime();
        }
        say.accept(
                near.isEmpty()
                        ? "Prometheus watches, and no page is near"
                        : "Prometheus watches; before the run begins there is " + String.join(", ", near));
    }

    private void pause() throws CommandFailure, InterruptedException {
        if (!lookouts.waits(PACE) || cluster.isClosed()) {
            throw CommandFailure.failed("the cluster was ended");
        }
    }

    /** What is not read yet; empty if all is, and each rule has been looked at since. */
    private String notReading() throws InterruptedException {
        try {
            for (JsonNode target : ask("/api/v1/targets").at("/data/activeTargets")) {
                if (!target.path("health").asText().equals("up")) {
                    return "%s is %s %s"
                            .formatted(
                                    target.at("/labels/instance").asText(),
                                    target.path("health").asText(),
                                    target.path("lastError").asText());
                }
            }
            if (read == null) {
                read = Instant.now();
            }
            JsonNode groups = ask("/api/v1/rules").at("/data/groups");
            for (JsonNode group : groups) {
                String looked = group.path("lastEvaluation").asText();
                if (!OffsetDateTime.parse(looked).toInstant().isAfter(read)) {
                    return "the rules of %s were not looked at"
                            .formatted(group.path("name").asText());
                }
            }
            return groups.isEmpty() ? "there are no rules" : "";
        } catch (IOException notYet) {
            return Output.reason(notYet);
        }
    }

    /** Pages that are pending or firing. */
    private List<String> pages() throws IOException, InterruptedException {
        return alerts(0).values().stream()
                .filter(Alert::isPage)
                .map(Alert::text)
                .toList();
    }

    void begin(long startNanos) {
        begin = Instant.now();
        lookouts.begin(startNanos);
        lookouts.start("drill-alarms", this::watch);
    }

    private void watch() throws InterruptedException {
        do {
            try {
                Map<String, Alert> present = alerts(lookouts.now() / 1e9);
                for (ClusterBooks.Moment moment : books.alerts(lookouts.now() / 1e9, present)) {
                    say.accept(moment.text());
                }
            } catch (IOException e) {
                if (problem == null && !lookouts.isOver()) {
                    problem = "Prometheus did not say which alerts there are: " + reason(Output.reason(e));
                    say.accept(problem);
                }
            }
        } while (lookouts.waits(PACE));
    }

    /** By their labels, as they would begin at that second. */
    private Map<String, Alert> alerts(double second) throws IOException, InterruptedException {
        Map<String, Alert> alerts = new LinkedHashMap<>();
        for (JsonNode alert : ask("/api/v1/alerts").at("/data/alerts")) {
            JsonNode labels = alert.path("labels");
            String name = labels.path("alertname").asText();
            if (!name.equals(DEAD_MAN)) {
                boolean firing = alert.path("state").asText().equals("firing");
                String node =
                        labels.path("instance").asText(labels.path("member").asText("cluster"));
                String severity = labels.path("severity").asText();
                alerts.put(labels.toString(), new Alert(name, severity, node, second, firing ? second : null, null));
            }
        }
        return alerts;
    }

    private JsonNode ask(String path) throws IOException, InterruptedException {
        return ask(path, WAIT);
    }

    private JsonNode ask(String path, Duration patience) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(patience)
                .GET()
                .build();
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException("it answered with status " + response.statusCode());
        }
        return Json.readOrMissing(response.body());
    }

    /** With its last word if it has ended. */
    private String reason(String what) {
        if (process.isAlive()) {
            return what;
        }
        String last = "";
        try {
            last = Files.readString(log, StandardCharsets.UTF_8)
                    .lines()
                    .reduce((_, line) -> line)
                    .orElse("");
        } catch (IOException gone) {
            last = Output.reason(gone);
        }
        return "it ended with exit code %d: %s".formatted(process.exitValue(), last);
    }

    /** From now on it is not asked any more. */
    void stop() {
        lookouts.stop();
    }

    /** Returns when it is not asked any more. */
    void end() throws InterruptedException {
        lookouts.end();
    }

    /** Has it tell the curves of all nodes, until the end of the run; it says so if they are not to be had. */
    void readCurves(Instant end) throws InterruptedException {
        try {
            Map<NodeMeasure, Map<String, List<Long>>> read = new EnumMap<>(NodeMeasure.class);
            for (NodeMeasure measure : NodeMeasure.values()) {
                read.put(measure, curves(measure, end));
            }
            curves = read;
        } catch (IOException e) {
            say.accept("the report has no curves of nodes, since Prometheus did not tell them: "
                    + reason(Output.reason(e)));
        }
    }

    /** Of each node: a value for each second, below zero where there is none. */
    private Map<String, List<Long>> curves(NodeMeasure measure, Instant end) throws IOException, InterruptedException {
        int seconds = (int) Duration.between(begin, end).toSeconds();
        String range = "&start=%d&end=%d&step=1".formatted(begin.getEpochSecond(), end.getEpochSecond());
        String query = URLEncoder.encode(measure.expression(), StandardCharsets.UTF_8);
        JsonNode all = ask("/api/v1/query_range?query=" + query + range, START).at("/data/result");
        Map<String, List<Long>> curves = new TreeMap<>();
        for (JsonNode series : all) {
            List<Long> values = new ArrayList<>(Collections.nCopies(seconds, NONE));
            for (JsonNode point : series.path("values")) {
                int second = (int) (point.path(0).asLong() - begin.getEpochSecond());
                double value = Double.parseDouble(point.path(1).asText());
                if (second < seconds && Double.isFinite(value)) {
                    values.set(second, Math.round(value));
                }
            }
            curves.put(series.at("/metric/instance").asText(), values);
        }
        return curves;
    }

    /** By node, a value for each second, below zero where there is none; empty if there are none. */
    Map<NodeMeasure, Map<String, List<Long>>> curves() {
        return curves;
    }

    /** Why what it said is not all; null if it is. */
    @Nullable
    String problem() {
        return problem;
    }
}
