package io.evenkeel.server.metrics;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.server.DnsServer;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.answer.RCode;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.file.ZoneFile;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Name;

/** Holds the tables of docs/metrics.md against what a whole node exports. */
@Tag("cluster")
final class MetricsDocTest {
    private static final Path PAGE = Path.of("../docs/metrics.md");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Name, type, labels, help; the unit is for people. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `((?:evenkeel|process|jvm)_[a-z_]+)` \\| ([a-z]+) \\|[^|]*\\|([^|]*)\\|([^|]*)\\|.*");

    private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? [^ ]+");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"[^\"]*\"");

    /** Told only where datagrams pass this program's own system calls. */
    private static final Set<String> OF_BATCHES =
            Set.of("evenkeel_dns_udp_lost_total", "evenkeel_dns_udp_wait_seconds", "evenkeel_dns_udp_answer_seconds");

    @TempDir
    Path folder;

    private record Metric(String name, String type, String labels, String help) {}

    /** A name of the last release, which the page says to go with the next one. */
    private static final String OLD_EXPIRY = "evenkeel_cluster_key_expiry_seconds";

    @Test
    void everyMetricOfAWholeNodeStandsInTheTablesAndNoOther() throws Exception {
        assertThat(exported(scrape())).containsExactlyInAnyOrderElementsOf(documented());
    }

    @Test
    void namesTypesAndBoundsAreAsPrometheusHasThem() throws Exception {
        String scrape = scrape();
        for (Metric metric : exported(scrape)) {
            boolean total = metric.name().endsWith("_total");
            assertThat(total)
                    .as(metric.name() + " is a " + metric.type())
                    .isEqualTo(metric.type().equals("counter"));
            assertThat(metric.help()).as(metric.name()).isNotEmpty();
            if (metric.name().startsWith("evenkeel_") && !metric.name().equals(OLD_EXPIRY)) {
                assertThat(metric.help().contains("since 1970"))
                        .as(metric.name() + ": " + metric.help())
                        .isEqualTo(metric.name().endsWith("_timestamp_seconds"));
            }
        }
        assertThat(scrape.lines().filter(line -> line.contains("_bucket{")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).containsPattern("le=\"([0-9]+\\.[0-9]+|\\+Inf)\""));
        assertThat(scrape.lines().filter(line -> line.startsWith("evenkeel_dns_responses_total{")))
                .hasSize(RCode.ALL.size() * Transport.values().length)
                .noneMatch(line -> line.contains("rcode=\"RESERVED"));
    }

    /** An RCODE without a series would be an answer that nobody counts. */
    @Test
    void everyRcodeThatIsSentHasASeries() throws Exception {
        List<Integer> codes = new ArrayList<>();
        for (Field field : RCode.class.getFields()) {
            if (field.getType() == int.class) {
                codes.add(field.getInt(null));
            }
        }
        assertThat(RCode.ALL).containsExactlyInAnyOrderElementsOf(codes);
    }

    @Test
    void promtoolFindsNothingInAScrape() throws Exception {
        Path scrape = Files.writeString(folder.resolve("scrape"), scrape());
        Path said = folder.resolve("said");
        Process promtool;
        try {
            promtool = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectInput(scrape.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
        } catch (IOException e) {
            String why = "promtool is not on this machine, so no scrape is checked: " + e.getMessage();
            assertThat("true".equals(System.getenv("CI"))).as(why).isFalse();
            promtool = Assumptions.abort(why);
        }
        assertThat(promtool.waitFor()).as(Files.readString(said)).isZero();
    }

    private String scrape() throws Exception {
        Path config = Files.writeString(folder.resolve("evenkeel.yaml"), """
                node: {name: n1, data: '%s'}
                dns: {listen: ['127.0.0.1:0'], loops: 1}
                admin: {listen: '127.0.0.1:0'}
                health: {listen: '127.0.0.1:0'}
                gate: {warm-up: 0s}
                """.formatted(folder.resolve("n1")));
        try (DnsServer node = DnsServer.start(Configuration.load(config, Map.of()), new LogLosses())) {
            assertThat(node.life().await(NodeState.OPEN, PATIENCE)).isTrue();
            createSigned(node);
            for (InetSocketAddress port : List.of(node.adminAddress(), node.healthAddress())) {
                assertHead(port);
            }
            return node.metrics().scrape();
        }
    }

    /** What checks from outside ask: the length of the body, and none of it. */
    private static void assertHead(InetSocketAddress port) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String path : List.of("/metrics", "/livez", "/readyz")) {
                URI uri = URI.create("http://127.0.0.1:" + port.getPort() + path);
                HttpResponse<String> head =
                        http.send(HttpRequest.newBuilder(uri).HEAD().build(), HttpResponse.BodyHandlers.ofString());
                assertThat(head.statusCode()).as(path).isEqualTo(200);
                assertThat(head.headers().firstValueAsLong("Content-Length").orElse(0))
                        .isPositive();
                assertThat(head.body()).isEmpty();
            }
        }
    }

    private static void createSigned(DnsServer node) throws Exception {
        Name apex = Name.fromConstantString("example.");
        ZoneFile.Parsed zone = ZoneFile.parse("signed", new StringReader(Zones.SIGNED), apex);
        assertThat(zone.problems()).isEmpty();
        Change create = new Change.CreateZone(apex, new ZoneContents.Inline(zone.records()));
        assertThat(node.changes().submit(new RequestId(1, 1), new Origin("test", "", ""), create, PATIENCE))
                .isInstanceOf(Outcome.Done.class);
    }

    private static List<Metric> documented() throws IOException {
        List<Metric> metrics = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && (Sockets.whyNotBatched() == null || !OF_BATCHES.contains(row.group(1)))) {
                metrics.add(new Metric(
                        row.group(1),
                        row.group(2),
                        row.group(3).replace("`", "").strip(),
                        row.group(4).strip()));
            }
        }
        return metrics;
    }

    private static List<Metric> exported(String text) {
        Map<String, String> helps = new LinkedHashMap<>();
        Map<String, String> types = new LinkedHashMap<>();
        Map<String, Set<String>> labels = new LinkedHashMap<>();
        for (String line : text.split("\n", -1)) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                helps.put(words[2], words[3]);
            } else if (line.startsWith("# TYPE ")) {
                types.put(words[2], words[3]);
            } else if (!line.isEmpty()) {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as(line).isTrue();
                String own = sample.group(1);
                String name = types.containsKey(own) ? own : own.replaceFirst("_(bucket|count|sum)$", "");
                Set<String> known = labels.computeIfAbsent(name, _ -> new TreeSet<>());
                if (sample.group(2) != null) {
                    LABEL.matcher(sample.group(2)).results().forEach(label -> known.add(label.group(1)));
                }
                known.remove("le"); // of each histogram
            }
        }
        assertThat(labels.keySet()).isEqualTo(types.keySet()).isEqualTo(helps.keySet());
        List<Metric> metrics = new ArrayList<>();
        labels.forEach((name, known) -> metrics.add(new Metric(
                name,
                String.valueOf(types.get(name)),
                known.stream().collect(joining(", ")),
                String.valueOf(helps.get(name)))));
        return metrics;
    }
}
