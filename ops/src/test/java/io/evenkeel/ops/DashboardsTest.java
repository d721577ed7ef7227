package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the dashboards of ops/grafana/ against docs/metrics.md and the grid that they are laid out on. */
final class DashboardsTest {
    private static final Path FOLDER = Path.of("grafana");
    private static final Path METRICS = Path.of("../docs/metrics.md");
    private static final int COLUMNS = 24;

    private static final Pattern METRIC = Pattern.compile("\\b(?:evenkeel|process|jvm)_[a-z_]+\\b");
    private static final Pattern DOCUMENTED =
            Pattern.compile("^\\| `([a-z_]+)` \\| (counter|gauge|histogram|summary) ");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([a-z_]+)");
    /** Of Grafana itself: `$__rate_interval` and the like. */
    private static final String OWN = "__";

    static List<Path> boards() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode read(Path board) throws IOException {
        return new ObjectMapper().readTree(board.toFile());
    }

    @Test
    void thereIsOneForEachQuestionAndEachHasANameOfItsOwn() throws Exception {
        assertThat(boards())
                .extracting(file -> file.getFileName().toString())
                .containsExactly("changes.json", "cluster.json", "node.json", "storage.json", "storm.json");
        Set<String> uids = new HashSet<>();
        for (Path board : boards()) {
            assertThat(uids.add(read(board).path("uid").asText()))
                    .as("%s", board)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("boards")
    void everyMetricIsOneThatNodesExport(Path board) throws Exception {
        Set<String> known = exported();
        Set<String> unknown = new TreeSet<>();
        for (String expression : expressions(read(board))) {
            Matcher metrics = METRIC.matcher(expression);
            while (metrics.find()) {
                if (!known.contains(metrics.group())) {
                    unknown.add(metrics.group());
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    private static Set<String> exported() throws IOException {
        Set<String> names = new HashSet<>();
        boolean old = false;
        for (String line : Files.readAllLines(METRICS)) {
            old |= line.startsWith("## Names that go");
            Matcher row = DOCUMENTED.matcher(line);
            if (!old && row.find()) {
                names.add(row.group(1));
                if (row.group(2).equals("histogram") || row.group(2).equals("summary")) {
                    names.addAll(List.of(row.group(1) + "_bucket", row.group(1) + "_sum", row.group(1) + "_count"));
                }
            }
        }
        return names;
    }

    private static List<String> expressions(JsonNode board) {
        List<String> all = board.findValuesAsText("expr");
        assertThat(all).isNotEmpty();
        return all;
    }

    @ParameterizedTest
    @MethodSource("boards")
    void everyVariableIsDeclaredAndEveryPanelAsksTheChosenPrometheus(Path board) throws Exception {
        JsonNode json = read(board);
        Set<String> declared = json.path("templating").path("list").findValuesAsText("name").stream()
                .collect(Collectors.toSet());
        assertThat(declared).contains("datasource", "job", "instance");
        Matcher used = VARIABLE.matcher(json.toString());
        while (used.find()) {
            assertThat(used.group(1).startsWith(OWN) || declared.contains(used.group(1)))
                    .as(used.group())
                    .isTrue();
        }
        assertThat(json.findValues("datasource"))
                .allMatch(source -> source.path("uid").asText().equals("${datasource}"));
    }

    @ParameterizedTest
    @MethodSource("boards")
    void panelsSayWhatTheyShowAndNoneLiesOnAnother(Path board) throws Exception {
        Set<String> taken = new HashSet<>();
        Set<Integer> ids = new HashSet<>();
        List<JsonNode> panels = new ArrayList<>();
        read(board).path("panels").forEach(panels::add);
        assertThat(panels).hasSizeGreaterThan(20);
        for (JsonNode panel : panels) {
            String title = panel.path("title").asText();
            assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
            assertThat(title).isNotEmpty();
            if (!panel.path("type").asText().equals("row")) {
                assertThat(panel.path("description").asText()).as(title).endsWith(".");
                assertThat(panel.path("targets")).as(title).isNotEmpty();
            }
            JsonNode at = panel.path("gridPos");
            assertThat(at.path("x").asInt() + at.path("w").asInt()).as(title).isBetween(1, COLUMNS);
            for (int x = 0; x < at.path("w").asInt(); x++) {
                for (int y = 0; y < at.path("h").asInt(); y++) {
                    String cell =
                            (at.path("x").asInt() + x) + "," + (at.path("y").asInt() + y);
                    assertThat(taken.add(cell))
                            .as("%s lies on another panel at %s", title, cell)
                            .isTrue();
                }
            }
        }
    }
}
