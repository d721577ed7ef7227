package io.evenkeel.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.evenkeel.consensus.process.AddressText;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigReaderTest {
    private static final String THREE = """
            cluster:
              members:
                - {name: n1, raft: "127.0.0.1:7401", peer: "127.0.0.1:7501"}
                - {name: n2, raft: "127.0.0.1:7402", peer: "127.0.0.1:7502"}
            """;

    @TempDir
    Path folder;

    @Test
    void aNameAloneIsEnough() throws Exception {
        ServerConfig config = load("node: {name: n1}");
        assertThat(config.dns().listen()).containsExactly(AddressText.parse("127.0.0.1:5301", 1));
        assertThat(config.dns().tcpIdle()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.dns().nsid()).isEqualTo("n1");
        assertThat(config.dns().cookies()).isTrue();
        assertThat(config.gate().noQuorumAfter()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.lameduck()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.log().maxSize()).isEqualTo(10 << 20);
        assertThat(config.self()).isNull();
    }

    @Test
    void everyProblemIsReportedAtOnceWithItsKey() {
        assertThat(problems("""
                        node: {data: ""}
                        dns: {listen: ["localhost:53", "127.0.0.1:99999"], loops: many, udp-payload: 100, tcp-idel: 3s, tcp-idle: 3, nsid: "kö", cookies: maybe}
                        gate: {warm-up: 16s}
                        lameduck: soon
                        log: {max-size: 10MB, level: loud}
                        colour: blue
                        """))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).endsWith("evenkeel.yaml: node.name: is missing"),
                        line -> assertThat(line).contains("node.data: must not be blank"),
                        line -> assertThat(line).contains("dns.listen: \"localhost:53\"", "no host name"),
                        line -> assertThat(line).contains("dns.listen: \"127.0.0.1:99999\""),
                        line -> assertThat(line).contains("dns.loops: \"many\"", "0 to 64"),
                        line -> assertThat(line).contains("dns.udp-payload: 100", "512 to 4096"),
                        line -> assertThat(line).contains("dns.tcp-idle: \"3\" is not a duration", "30s"),
                        line -> assertThat(line).contains("dns.tcp-idel: unknown key", "tcp-idle"),
                        line -> assertThat(line).contains("dns.nsid: \"kö\"", "63 printable ASCII"),
                        line -> assertThat(line).contains("dns.cookies: \"maybe\" is neither true nor false"),
                        line -> assertThat(line).contains("gate.warm-up: 16s", "0s to 15s"),
                        line -> assertThat(line).contains("lameduck: \"soon\""),
                        line -> assertThat(line).contains("log.max-size: \"10MB\"", "10MiB"),
                        line -> assertThat(line).contains("log.level: \"loud\"", "debug"),
                        line -> assertThat(line).contains("colour: unknown key"));
    }

    @Test
    void aFileThatIsNotYamlSaysWhere() {
        assertThat(problems("node: {name: n1\ndns: ["))
                .singleElement()
                .asString()
                .contains("evenkeel.yaml:2: not YAML");
        assertThat(problems("node: {name: n1}\nnode: {name: n2}"))
                .singleElement()
                .asString()
                .contains("Duplicate", "node");
        assertThat(problems("- a\n- b")).anySatisfy(line -> assertThat(line).contains("must be a mapping"));
    }

    @Test
    void aMissingFileSaysSo() {
        ConfigException thrown =
                catchThrowableOfType(ConfigException.class, () -> ConfigReader.load(folder.resolve("none"), Map.of()));
        assertThat(thrown.problems()).singleElement().asString().contains("no such file");
    }

    @Test
    void theEnvironmentGoesBeforeTheFile() throws Exception {
        ServerConfig config = load(
                "node: {name: n1}\ndns: {tcp-idle: 20s}",
                Map.of(
                        "EVENKEEL_DNS_TCP_IDLE", "30s",
                        "EVENKEEL_DNS_LISTEN", "127.0.0.1:1053, [::1]:1053",
                        "EVENKEEL_LAMEDUCK", "1s",
                        "EVENKEEL_CLUSTER_MEMBERS", "[{name: n1, raft: '127.0.0.1:1', peer: '127.0.0.1:2'}]",
                        "EVENKEEL_HOME", "/elsewhere"));
        assertThat(config.dns().tcpIdle()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.dns().listen())
                .containsExactly(AddressText.parse("127.0.0.1:1053", 1), AddressText.parse("[::1]:1053", 1));
        assertThat(config.lameduck()).isEqualTo(Duration.ofSeconds(1));
        assertThat(Objects.requireNonNull(config.self()).peer().getPort()).isEqualTo(2);
    }

    @Test
    void anUnknownVariableOfASectionIsAnError() {
        ConfigException thrown = catchThrowableOfType(
                ConfigException.class, () -> load("node: {name: n1}", Map.of("EVENKEEL_DNS_TCPIDLE", "30s")));
        assertThat(thrown.problems())
                .singleElement()
                .asString()
                .contains("EVENKEEL_DNS_TCPIDLE", "EVENKEEL_DNS_TCP_IDLE");
    }

    @Test
    void withoutAKeyMembersMustBeOnLoopback() throws Exception {
        String members = "  members: [{name: n1, raft: '192.0.2.1:7400', peer: '192.0.2.1:7500'}]\n";
        assertThat(problems("node: {name: n1}\ncluster:\n" + members))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("loopback", "cluster.key-file"));
        assertThat(load("node: {name: n1}\ncluster:\n  key-file: key.p12\n" + members)
                        .cluster()
                        .members())
                .hasSize(1);
    }

    @Test
    void membersMustBeDistinctAndContainThisNode() {
        assertThat(problems("node: {name: n9}\n" + THREE))
                .singleElement()
                .asString()
                .contains("n9, is not among them: n1, n2");
        assertThat(problems("node: {name: n1}\n" + THREE.replace("n2", "n1").replace("7402", "7401")))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("two members are named n1"))
                .anySatisfy(line -> assertThat(line).contains("127.0.0.1:7401 is given twice"));
        assertThat(problems("node: {name: n1}\ncluster: {members: [{name: n1, raft: '127.0.0.1:1'}]}"))
                .singleElement()
                .asString()
                .contains("cluster.members[0].peer: is missing");
    }

    @Test
    void theSampleHoldsEveryKeyAndNoOther() throws Exception {
        String sample = sample();
        // A key without a default stands there as a comment.
        JsonNode tree = new YAMLMapper()
                .readTree(sample.replaceAll("(?m)^( *)# (key-file|file|- )", "$1$2")
                        .replace("members: []", "members:"));
        TreeSet<String> inSample = new TreeSet<>();
        collect("", tree, inSample);
        TreeSet<String> inRecords = new TreeSet<>();
        collect("", ServerConfig.class, inRecords);
        assertThat(inSample).isEqualTo(inRecords);
    }

    @Test
    void theSampleStatesTheDefaults() throws Exception {
        assertThat(load(sample())).isEqualTo(load("node: {name: n1}"));
    }

    private static void collect(String prefix, JsonNode node, Set<String> keys) {
        node.properties().forEach(entry -> {
            String path = prefix + entry.getKey();
            if (entry.getValue().isObject()) {
                collect(path + ".", entry.getValue(), keys);
            } else if (entry.getValue().isArray() && entry.getValue().path(0).isObject()) {
                collect(path + "[].", entry.getValue().get(0), keys);
            } else {
                keys.add(path);
            }
        });
    }

    private static void collect(String prefix, Class<?> type, Set<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path =
                    prefix + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (component.getType().isRecord()) {
                collect(path + ".", component.getType(), keys);
            } else if (component.getGenericType().getTypeName().contains("MemberConfig")) {
                collect(path + "[].", ServerConfig.MemberConfig.class, keys);
            } else {
                keys.add(path);
            }
        }
    }

    private static String sample() throws IOException {
        try (InputStream in = ServerConfig.class.getResourceAsStream("/evenkeel.sample.yaml")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> problems(String yaml) {
        return catchThrowableOfType(ConfigException.class, () -> load(yaml)).problems();
    }

    private ServerConfig load(String yaml) throws ConfigException, IOException {
        return load(yaml, Map.of());
    }

    private ServerConfig load(String yaml, Map<String, String> environment) throws ConfigException, IOException {
        return ConfigReader.load(Files.writeString(folder.resolve("evenkeel.yaml"), yaml), environment);
    }
}
