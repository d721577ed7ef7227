package io.evenkeel.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the tables of docs/configuration.md against the records and the reader. */
final class ConfigurationDocTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");

    /** Key, default, values, variable. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `([a-z][a-z.\\[\\]-]*)` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|.*");

    private static final Pattern RANGE = Pattern.compile("^`([^`]+)` to `([^`]+)`$");
    private static final Pattern NUMBER = Pattern.compile("([0-9.]+)([A-Za-z]*)");

    private static final String REQUIRED = "required";
    private static final String NONE = "none";
    private static final String LISTEN = "as for a plain address";

    /** What a cluster of one needs besides the key that a test is about. */
    private static final Map<String, String> MEMBER =
            Map.of("name", "n1", "raft", "\"127.0.0.1:7401\"", "peer", "\"127.0.0.1:7501\"");

    @TempDir
    Path folder;

    private record Row(String key, String standard, String values, String variable) {}

    @Test
    void everyKeyStandsInTheTablesAndNoOther() throws Exception {
        assertThat(rows().stream().map(Row::key)).containsExactlyInAnyOrderElementsOf(keys());
    }

    @Test
    void theDefaultIsTheOneThatTheReaderHas() throws Exception {
        Map<String, @Nullable Object> standard = values(load("node: {name: n1}"));
        for (Row row : rows()) {
            switch (row.standard()) {
                case REQUIRED ->
                    assertThat(problems(without(row.key())))
                            .as(row.key())
                            .anySatisfy(
                                    line -> assertThat(line).contains(row.key().replace("[]", "[0]") + ": is missing"));
                case LISTEN ->
                    assertThat(load(with("dns.listen", "[{address: \"127.0.0.1:53\"}]"))
                                    .dns()
                                    .listen())
                            .isEqualTo(load(with("dns.listen", "[\"127.0.0.1:53\"]"))
                                    .dns()
                                    .listen());
                case NONE -> assertThat(standard.get(row.key())).as(row.key()).isNull();
                case "the value of `node.name`" ->
                    assertThat(standard).as(row.key()).containsEntry(row.key(), "n1");
                default ->
                    assertThat(values(load(with(row.key(), quoted(row)))).get(row.key()))
                            .as(row.key())
                            .isNotNull()
                            .isEqualTo(standard.get(row.key()));
            }
        }
    }

    @Test
    void theBoundsAreTheOnesThatTheReaderHas() throws Exception {
        for (Row row : rows()) {
            Matcher range = RANGE.matcher(row.values());
            if (range.matches()) {
                assertThat(load(with(row.key(), range.group(1)))).as(row.key()).isNotNull();
                assertThat(load(with(row.key(), range.group(2)))).as(row.key()).isNotNull();
                assertThat(problems(with(row.key(), beyond(range.group(1), -1))))
                        .as(row.key())
                        .hasSize(1);
                assertThat(problems(with(row.key(), beyond(range.group(2), 1))))
                        .as(row.key())
                        .hasSize(1);
            }
        }
    }

    @Test
    void theVariableIsTheOneThatTheReaderKnows() throws Exception {
        for (Row row : rows()) {
            assertThat(row.variable())
                    .as(row.key())
                    .isEqualTo(row.key().contains("[]") ? "" : "`" + Section.variable(row.key()) + "`");
        }
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.add(new Row(
                        row.group(1),
                        row.group(2).strip(),
                        row.group(3).strip(),
                        row.group(4).strip()));
            }
        }
        return rows;
    }

    /** As it would stand in a file. */
    private static String quoted(Row row) {
        assertThat(row.standard()).as(row.key()).startsWith("`").endsWith("`");
        return row.standard().substring(1, row.standard().length() - 1);
    }

    /** The next value in that direction, by the last digit that is written. */
    private static String beyond(String bound, int step) {
        MatchResult parts = NUMBER.matcher(bound).results().findFirst().orElseThrow();
        BigDecimal number = new BigDecimal(parts.group(1));
        return number.add(number.ulp().multiply(BigDecimal.valueOf(step))).toPlainString() + parts.group(2);
    }

    private static String with(String key, String value) {
        Map<String, String> values = new TreeMap<>(Map.of("node.name", "n1"));
        values.put(key, value);
        return yaml(values);
    }

    /** A whole configuration but for that key. */
    private static String without(String key) {
        if (key.equals("dns.listen[].address")) {
            return with("dns.listen", "[{lane: device}]");
        }
        if (key.startsWith("admin.keys[].")) {
            return with("admin.keys", key.endsWith(".name") ? "[{file: f}]" : "[{name: a}]");
        }
        if (!key.startsWith("cluster.members[].")) {
            return "lameduck: 5s";
        }
        Map<String, String> member = new TreeMap<>(MEMBER);
        member.remove(key.substring(key.lastIndexOf('.') + 1));
        List<String> entries = new ArrayList<>();
        member.forEach((name, value) -> entries.add(name + ": " + value));
        return with("cluster.members", "[{" + String.join(", ", entries) + "}]");
    }

    private static String yaml(Map<String, String> values) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> {
            int dot = key.indexOf('.');
            if (dot < 0) {
                text.append(key).append(": ").append(value).append('\n');
            } else {
                sections.computeIfAbsent(key.substring(0, dot), _ -> new ArrayList<>())
                        .add("  " + key.substring(dot + 1) + ": " + value + "\n");
            }
        });
        sections.forEach((name, lines) -> text.append(name).append(":\n").append(String.join("", lines)));
        return text.toString();
    }

    private List<String> keys() throws Exception {
        List<String> keys = new ArrayList<>(values(load("node: {name: n1}")).keySet());
        for (RecordComponent component : ServerConfig.ListenConfig.class.getRecordComponents()) {
            keys.add("dns.listen[]." + kebab(component));
        }
        for (RecordComponent component : ServerConfig.MemberConfig.class.getRecordComponents()) {
            keys.add("cluster.members[]." + kebab(component));
        }
        for (RecordComponent component : ServerConfig.KeyConfig.class.getRecordComponents()) {
            keys.add("admin.keys[]." + kebab(component));
        }
        return keys;
    }

    /** By key. */
    private static Map<String, @Nullable Object> values(ServerConfig config) throws Exception {
        Map<String, @Nullable Object> values = new TreeMap<>();
        collect("", config, values);
        return values;
    }

    private static void collect(String prefix, Object section, Map<String, @Nullable Object> values) throws Exception {
        for (RecordComponent component : section.getClass().getRecordComponents()) {
            Object value = component.getAccessor().invoke(section);
            String key = prefix + kebab(component);
            if (value instanceof Record) {
                collect(key + ".", value, values);
            } else {
                values.put(key, value);
            }
        }
    }

    private static String kebab(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private List<String> problems(String yaml) {
        return catchThrowableOfType(ConfigException.class, () -> load(yaml)).problems();
    }

    private ServerConfig load(String yaml) throws ConfigException, IOException {
        return ConfigReader.load(Files.writeString(folder.resolve("evenkeel.yaml"), yaml), Map.of());
    }
}
