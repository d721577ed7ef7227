package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real Prometheus beside three real nodes, with the rules and the queries of the dashboards of this project. */
@Tag("faults")
class MonitoringFaultsTest extends ThreeNodes {
    private static final Path DASHBOARDS = Path.of("../grafana");
    private static final Path ALERTS = Path.of("../alerts");

    /** What it leaves out may be all that there is; no alert need fire, and no zone be signed. */
    private static final Pattern MAY_FIND_NOTHING = Pattern.compile("(>=?|==) [0-9]|ALERTS|signatures_expire");

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void aPrometheusTakesTheRulesAndAnswersEachQueryOfTheDashboards() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process prometheus = prometheus(port);
        try {
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .ignoreExceptions()
                    .until(() -> get(port, "/-/ready").statusCode() == 200);
            assertThat(json(port, "/api/v1/rules").findValuesAsText("name")).contains("EvenkeelDeadMan");
            Awaitility.await().atMost(LocalCluster.LONG).until(() -> {
                for (ClusterFile.Node node : cluster.nodes()) {
                    cluster.setTxt(node, "watched", node.name());
                    LocalCluster.txt(node, "watched");
                }
                return query(port, "count(rate(evenkeel_dns_queries_total[15s]) > 0) >= 3")
                                        .size()
                                > 0
                        && query(port, "sum(rate(evenkeel_change_stage_seconds_count[15s])) > 0")
                                        .size()
                                > 0
                        && query(port, "sum(rate(evenkeel_zone_answers_total{zone!=\"other\"}[15s])) > 0")
                                        .size()
                                > 0;
            });
            List<String> expressions = expressions();
            assertThat(expressions).hasSizeGreaterThan(100);
            List<String> findNothing = new ArrayList<>();
            for (String expression : expressions) {
                if (query(port, expression).isEmpty()
                        && !MAY_FIND_NOTHING.matcher(expression).find()) {
                    findNothing.add(expression);
                }
            }
            assertThat(findNothing).isEmpty();
        } finally {
            prometheus.destroyForcibly().waitFor();
        }
    }

    private Process prometheus(int port) throws IOException {
        String targets =
                cluster.nodes().stream().map(node -> "'" + node.admin() + "'").collect(Collectors.joining(", "));
        Path config = Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ['%s/*.yaml']
                scrape_configs:
                  - job_name: evenkeel
                    static_configs: [{targets: [%s]}]
                """.formatted(ALERTS.toRealPath(), targets));
        ProcessBuilder command = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("prometheus"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn")
                .inheritIO();
        try {
            return command.start();
        } catch (IOException e) {
            String why = "prometheus is not on this machine, so no query of a dashboard is asked: " + e.getMessage();
            assertThat("true".equals(System.getenv("CI"))).as(why).isFalse();
            return Assumptions.abort(why);
        }
    }

    private static List<String> expressions() throws IOException {
        List<String> all = new ArrayList<>();
        try (Stream<Path> boards = Files.list(DASHBOARDS)) {
            for (Path board :
                    boards.filter(file -> file.toString().endsWith(".json")).toList()) {
                for (String one : Json.readOrMissing(Files.readAllBytes(board)).findValuesAsText("expr")) {
                    all.add(one.replace("$__rate_interval", "15s")
                            .replace("$job", "evenkeel")
                            .replace("$instance", ".+"));
                }
            }
        }
        return all;
    }

    /** The samples that it finds. */
    private JsonNode query(int port, String expression) throws IOException, InterruptedException {
        JsonNode reply = json(port, "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        assertThat(reply.path("status").asText())
                .as("%s: %s", expression, reply)
                .isEqualTo("success");
        return reply.at("/data/result");
    }

    private JsonNode json(int port, String path) throws IOException, InterruptedException {
        return Json.readOrMissing(get(port, path).body().getBytes(StandardCharsets.UTF_8));
    }

    private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
