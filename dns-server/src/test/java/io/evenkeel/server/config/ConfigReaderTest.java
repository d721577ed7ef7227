package io.evenkeel.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.config.ServerConfig.DrillConfig.Defence;
import io.evenkeel.server.config.ServerConfig.KeyConfig;
import io.evenkeel.server.config.ServerConfig.ListenConfig;
import io.evenkeel.server.config.ServerConfig.ListenConfig.Lane;
import io.evenkeel.server.query.ZoneAnswers;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
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
        assertThat(config.dns().listen())
                .containsExactly(new ListenConfig(
                        AddressText.parse("127.0.0.1:5301", 1), Lane.DEVICE, List.of(), false, List.of()));
        assertThat(config.dns().tcpIdle()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.dns().nsid()).isEqualTo("n1");
        assertThat(config.dns().cookies()).isTrue();
        assertThat(config.gate().noQuorumAfter()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.lameduck()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.log().maxSize()).isEqualTo(16 << 20);
        assertThat(config.self()).isNull();
    }

    @Test
    void addressesOfClientsAreToldInFullUnlessItIsSaidOtherwise() throws Exception {
        assertThat(load("node: {name: n1}").privacy().clientAddresses()).isEqualTo(ClientPrivacy.FULL);
        assertThat(load("node: {name: n1}\nprivacy: {client-addresses: prefix}")
                        .privacy()
                        .clientAddresses())
                .isEqualTo(ClientPrivacy.PREFIX);
        assertThat(load("node: {name: n1}", Map.of("EVENKEEL_PRIVACY_CLIENT_ADDRESSES", "none"))
                        .privacy()
                        .clientAddresses())
                .isEqualTo(ClientPrivacy.NONE);
        assertThat(problems("node: {name: n1}\nprivacy: {client-addresses: some}"))
                .singleElement()
                .asString()
                .contains("privacy.client-addresses", "allowed: full, prefix, none");
    }

    @Test
    void twentyZonesHaveCountersOfTheirOwnUnlessItIsSaidOtherwise() throws Exception {
        assertThat(load("node: {name: n1}").metrics().zones()).isEqualTo(20);
        assertThat(load("node: {name: n1}\nmetrics: {zones: 0}").metrics().zones())
                .isZero();
        assertThat(load("node: {name: n1}", Map.of("EVENKEEL_METRICS_ZONES", "all"))
                        .metrics()
                        .zones())
                .isEqualTo(ZoneAnswers.MOST_ZONES);
        assertThat(problems("node: {name: n1}\nmetrics: {zones: 1001}"))
                .singleElement()
                .asString()
                .contains("metrics.zones", "0 to 1000");
    }

    @Test
    void keysOfTheApiHaveNamesFilesAndRights() throws Exception {
        assertThat(
                        load("node: {name: n1}\nadmin: {keys: [{name: feed, file: feed.key, rights: [bulk]}, {name: ui, file: /k}]}")
                                .admin()
                                .keys())
                .containsExactly(
                        new KeyConfig("feed", Path.of("feed.key"), List.of(KeyConfig.Right.BULK)),
                        new KeyConfig("ui", Path.of("/k"), List.of()));
        assertThat(
                        problems(
                                "node: {name: n1}\nadmin: {keys: [{name: a, file: f, rights: [all]}, {name: a}, {name: local-api-key, file: g}]}"))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("admin.keys[0].rights", "allowed: bulk"),
                        line -> assertThat(line).contains("admin.keys[1].file: is missing"),
                        line -> assertThat(line).contains("admin.keys: two keys are named a"),
                        line -> assertThat(line).contains("is the name of the key in the data folder"));
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
        assertThat(config.dns().listen().stream().map(ListenConfig::address))
                .containsExactly(AddressText.parse("127.0.0.1:1053", 1), AddressText.parse("[::1]:1053", 1));
        assertThat(config.lameduck()).isEqualTo(Duration.ofSeconds(1));
        assertThat(Objects.requireNonNull(config.self()).peer().getPort()).isEqualTo(2);
    }

    @Test
    void anEntryOfListenMaySayForWhomItIs() throws Exception {
        String entries =
                "['[::1]:53', {address: '127.0.0.1:53', lane: infrastructure, allow: [10.20.0.0/16, 192.0.2.7]},"
                        + " {address: '127.0.0.2:53', proxy: required, from: [127.0.0.9]}]";
        List<ListenConfig> expected = List.of(
                new ListenConfig(AddressText.parse("[::1]:53", 1), Lane.DEVICE, List.of(), false, List.of()),
                new ListenConfig(
                        AddressText.parse("127.0.0.1:53", 1),
                        Lane.INFRASTRUCTURE,
                        List.of(AddressPrefix.parse("10.20.0.0/16"), AddressPrefix.parse("192.0.2.7/32")),
                        false,
                        List.of()),
                new ListenConfig(
                        AddressText.parse("127.0.0.2:53", 1),
                        Lane.DEVICE,
                        List.of(),
                        true,
                        List.of(AddressPrefix.parse("127.0.0.9"))));
        ServerConfig config = load("node: {name: n1}\ndns: {listen: " + entries + "}");
        assertThat(config.dns().listen()).isEqualTo(expected);
        assertThat(config.hasInfrastructure()).isTrue();
        assertThat(load("node: {name: n1}", Map.of("EVENKEEL_DNS_LISTEN", entries))
                        .dns()
                        .listen())
                .isEqualTo(expected);
    }

    @Test
    void everyMistakeInAnEntryOfListenIsReported() {
        String entries = "[{lane: fast, allow: [10.0.0.1/8, everybody], alow: []},"
                + " {address: 'localhost:53', allow: 10.0.0.0/8}, '127.0.0.1:53',"
                + " {address: '127.0.0.1:53', allow: ['2001:db8::/32']},"
                + " {address: '127.0.0.3:53', proxy: required, allow: [127.0.0.9]},"
                + " {address: '127.0.0.4:53', proxy: optional, from: [127.0.0.9]}]";
        for (List<String> problems : List.of(
                problems("node: {name: n1}\ndns: {listen: " + entries + "}"),
                problems("node: {name: n1}", Map.of("EVENKEEL_DNS_LISTEN", entries)))) {
            assertThat(problems)
                    .satisfiesExactlyInAnyOrder(
                            line -> assertThat(line).contains("dns.listen[0].address: is missing"),
                            line -> assertThat(line).contains("dns.listen[0].lane: \"fast\"", "device, infrastructure"),
                            line -> assertThat(line).contains("dns.listen[0].allow: \"10.0.0.1/8\"", "10.0.0.0/8"),
                            line -> assertThat(line).contains("dns.listen[3].allow: 2001:db8", "another family"),
                            line -> assertThat(line).contains("dns.listen[0].allow: \"everybody\"", "192.0.2.0/24"),
                            line -> assertThat(line).contains("dns.listen[0].alow: unknown key", "allow"),
                            line -> assertThat(line).contains("dns.listen[1].address: \"localhost:53\""),
                            line -> assertThat(line).contains("dns.listen[1].allow: must be a list"),
                            line -> assertThat(line).contains("dns.listen[4].from: is missing"),
                            line -> assertThat(line).contains("dns.listen[4].allow: cannot be judged"),
                            line -> assertThat(line).contains("dns.listen[5].proxy: \"optional\"", "required"),
                            line -> assertThat(line).contains("dns.listen[5].from: names proxies, without"),
                            line -> assertThat(line).contains("dns.listen: 127.0.0.1:53 is given twice"));
        }
        assertThat(problems("node: {name: n1}", Map.of("EVENKEEL_DNS_LISTEN", "[{address: 'x")))
                .singleElement()
                .asString()
                .contains("dns.listen (EVENKEEL_DNS_LISTEN in the environment): is not YAML");
        assertThat(problems("node: {name: n1}", Map.of("EVENKEEL_DNS_LISTEN", "{address: '127.0.0.1:53'}")))
                .singleElement()
                .asString()
                .contains("must be a list of addresses and mappings");
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
    void membersMayBeListedByNameIfTheyHaveAKey() throws Exception {
        String members = "  members: [{name: n1, raft: 'N1.example:7400', peer: 'n1.example:7500'}]\n";
        assertThat(problems("node: {name: n1}\ncluster:\n" + members))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).contains("without cluster.key-file", "on loopback only"));
        ServerConfig.MemberConfig member = load("node: {name: n1}\ncluster:\n  key-file: key.p12\n" + members)
                .cluster()
                .members()
                .getFirst();
        assertThat(AddressText.show(member.raft())).isEqualTo("n1.example:7400");
        assertThat(member.peer().isUnresolved()).isTrue();
        assertThat(problems("node: {name: n1}\ncluster:\n  key-file: key.p12\n"
                        + members.replace("n1.example:7500", "n_1:7500")))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains("cluster.members[0].peer", "n_1:7500", "letters, digits, hyphens"));
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
    void aDrillGoesWithoutDefencesOnPrivateAddresses() throws Exception {
        assertThat(load("node: {name: n1}").drill().reasons()).isEmpty();
        assertThat(load("node: {name: n1}\ndrill: {mode: true}").drill().reasons())
                .singleElement()
                .asString()
                .contains("drill mode", "with all defences");
        String listen =
                "['127.0.0.1:53', '10.1.2.3:53', '172.31.0.1:53', '192.168.0.1:53', '169.254.1.1:53', '[::1]:53',"
                        + " '[fd00::1]:53', '[fe80::1]:53']";
        ServerConfig config = load("node: {name: n1}\ndrill: {mode: true, without: [lanes, short-queue, lanes]}\n"
                + "dns: {listen: " + listen + "}\n" + THREE);
        assertThat(config.drill().without()).containsExactly(Defence.SHORT_QUEUE, Defence.LANES);
        assertThat(config.drill().has(Defence.LANES)).isFalse();
        assertThat(config.drill().has(Defence.TCP_LIMITS)).isTrue();
        assertThat(config.drill().reasons()).singleElement().asString().contains("without short-queue, lanes");
        Map<String, String> environment =
                Map.of("EVENKEEL_DRILL_MODE", "true", "EVENKEEL_DRILL_WITHOUT", "silent-gate,tcp-limits");
        assertThat(load("node: {name: n1}", environment).drill().without())
                .containsExactly(Defence.SILENT_GATE, Defence.TCP_LIMITS);
    }

    @Test
    void aDrillWithinReachOfStrangersIsRefused() {
        for (String address : List.of("192.0.2.1", "0.0.0.0", "[::]", "172.32.0.1", "[2001:db8::1]", "[fec0::1]")) {
            assertThat(problems("node: {name: n1}\ndrill: {mode: true}\n" + "dns: {listen: ['127.0.0.1:53', {address: '"
                            + address + ":53', lane: infrastructure}]}"))
                    .as(address)
                    .singleElement()
                    .asString()
                    .contains("drill.mode: true, and dns.listen has", "no loopback or private address", "fc00::/7");
        }
        assertThat(problems("""
                        node: {name: n1}
                        drill: {mode: true}
                        admin: {listen: "0.0.0.0:8101"}
                        health: {listen: "198.51.100.1:8201"}
                        cluster:
                          key-file: key.p12
                          members:
                            - {name: n1, raft: "10.0.0.1:7400", peer: "192.0.2.1:7500"}
                            - {name: n2, raft: "n2.example:7400", peer: "10.0.0.2:7500"}
                        """))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("admin.listen has 0.0.0.0:8101"),
                        line -> assertThat(line).contains("health.listen has 198.51.100.1:8201"),
                        line -> assertThat(line).contains("cluster.members has 192.0.2.1:7500"),
                        line -> assertThat(line).contains("cluster.members has n2.example:7400"));
    }

    @Test
    void defencesAreSwitchedOffInADrillAlone() {
        assertThat(problems("node: {name: n1}\ndrill: {without: [tcp-limits, lanes]}"))
                .singleElement()
                .asString()
                .contains("drill.without: switches off lanes, tcp-limits", "mode: true");
        assertThat(problems("node: {name: n1}\ndrill: {mode: true, without: [limits]}"))
                .singleElement()
                .asString()
                .contains("drill.without: \"limits\"", "short-queue, silent-gate, lanes, tcp-limits");
    }

    @Test
    void backupsHaveATimeOfDayOrAPause() throws Exception {
        assertThat(load("{node: {name: n1}, backup: {schedule: '03:30'}}").backup())
                .isEqualTo(new ServerConfig.BackupConfig(BackupSchedule.daily(LocalTime.of(3, 30)), 7, null));
        assertThat(load("{node: {name: n1}, backup: {schedule: 6h, keep: 2, hook: /bin/ship}}")
                        .backup())
                .isEqualTo(new ServerConfig.BackupConfig(
                        BackupSchedule.every(Duration.ofHours(6)), 2, Path.of("/bin/ship")));
        for (String wrong : List.of("24:00", "30s", "daily", "32d", "3:30")) {
            assertThat(problems("{node: {name: n1}, backup: {schedule: '" + wrong + "'}}"))
                    .singleElement()
                    .asString()
                    .contains("backup.schedule: \"" + wrong + "\"", "as in 03:30", "as in 6h");
        }
    }

    @Test
    void theSampleHoldsEveryKeyAndNoOther() throws Exception {
        String sample = sample();
        // A key without a default stands there as a comment.
        JsonNode tree = new YAMLMapper()
                .readTree(sample.replaceAll("(?m)^( *)# (key-file|file|probe-address|schedule|hook|- )", "$1$2")
                        .replace("members: []", "members:")
                        .replace("keys: []", "keys:")
                        .replace("listen: [\"127.0.0.1:5301\"]", "listen:"));
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
                entry.getValue().forEach(element -> collect(path + "[].", element, keys));
            } else {
                keys.add(path);
            }
        });
    }

    private static void collect(String prefix, Class<?> type, Set<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path =
                    prefix + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (component.getType().isRecord() && component.getType() != BackupSchedule.class) {
                collect(path + ".", component.getType(), keys);
            } else if (component.getGenericType().getTypeName().contains("MemberConfig")) {
                collect(path + "[].", ServerConfig.MemberConfig.class, keys);
            } else if (component.getGenericType().getTypeName().contains("ListenConfig>")) {
                collect(path + "[].", ListenConfig.class, keys);
            } else if (component.getGenericType().getTypeName().contains("KeyConfig>")) {
                collect(path + "[].", ServerConfig.KeyConfig.class, keys);
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
        return problems(yaml, Map.of());
    }

    private List<String> problems(String yaml, Map<String, String> environment) {
        return catchThrowableOfType(ConfigException.class, () -> load(yaml, environment))
                .problems();
    }

    private ServerConfig load(String yaml) throws ConfigException, IOException {
        return load(yaml, Map.of());
    }

    private ServerConfig load(String yaml, Map<String, String> environment) throws ConfigException, IOException {
        return ConfigReader.load(Files.writeString(folder.resolve("evenkeel.yaml"), yaml), environment);
    }
}
