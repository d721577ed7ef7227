package io.evenkeel.server.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.config.ServerConfig.AdminConfig;
import io.evenkeel.server.config.ServerConfig.BackupConfig;
import io.evenkeel.server.config.ServerConfig.ClusterConfig;
import io.evenkeel.server.config.ServerConfig.DnsConfig;
import io.evenkeel.server.config.ServerConfig.FleetConfig;
import io.evenkeel.server.config.ServerConfig.GateConfig;
import io.evenkeel.server.config.ServerConfig.HealthConfig;
import io.evenkeel.server.config.ServerConfig.KeyConfig;
import io.evenkeel.server.config.ServerConfig.KeyConfig.Right;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import io.evenkeel.server.config.ServerConfig.LogConfig.Format;
import io.evenkeel.server.config.ServerConfig.LogConfig.Level;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import io.evenkeel.server.config.ServerConfig.MetricsConfig;
import io.evenkeel.server.config.ServerConfig.NodeConfig;
import io.evenkeel.server.config.ServerConfig.PrivacyConfig;
import io.evenkeel.server.config.ServerConfig.StorageConfig;
import io.evenkeel.zones.answer.AnswerCollector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and judges the configuration file. */
public final class ConfigReader {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigReader.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    /** The sections; an unknown name among these is a problem. */
    private static final Pattern VARIABLE = Pattern.compile(
            "EVENKEEL_(?:(?:NODE|CLUSTER|DNS|ADMIN|HEALTH|GATE|LOG|FLEET|PRIVACY|METRICS|DRILL)_.*|LAMEDUCK)");

    /** As long as a node's name may be. */
    private static final Pattern NSID = Pattern.compile("[ -~]{0,63}");

    /** A configuration is written by hand; a longer file is some other file. */
    private static final long MAX_FILE_BYTES = 1 << 20;

    /** Every write waits for a majority, so that more members make it slower and no safer. */
    private static final int MAX_MEMBERS = 9;

    /** A request is compared with each of them. */
    private static final int MAX_KEYS = 16;

    /** Zones with counters of their own: a scrape must stay small enough to be made for each that asks. */
    private static final int MOST_ZONES = 1_000;

    /** In place of that number. */
    private static final String ALL_ZONES = "all";

    /** Of the key in the data folder, as the history of changes shows it. */
    private static final String LOCAL_KEY = "local-api-key";

    /** A leader writes an entry every ten seconds: less would call an idle cluster stale. */
    private static final Duration LEAST_STALE_AFTER = Duration.ofSeconds(15);

    /** Of a processor that answers; with less of it nothing is kept in time. */
    private static final double LEAST_SHARE = 0.01;

    private static final Path DATA = Path.of("data");

    private static final YAMLFactory FACTORY = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Section.Source source;

    private ConfigReader(Section.Source source) {
        this.source = source;
    }

    /**
     * Reads the file, then the environment over it.
     *
     * @param environment {@code System.getenv()}; only names that begin with EVENKEEL_ count
     * @throws ConfigException with every problem
     */
    public static ServerConfig load(Path file, Map<String, String> environment) throws ConfigException {
        return parse(file, text(file), environment);
    }

    /**
     * The contents of the file.
     *
     * @throws ConfigException if it cannot be read
     */
    public static String text(Path file) throws ConfigException {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new ConfigException(List.of(file + ": longer than a configuration may be (1 MiB)"));
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ConfigException(
                    List.of(
                            file
                                    + ": no such file; `up` writes one for each of its nodes (.evenkeel/n1/evenkeel.yaml) to start from"));
        } catch (IOException e) {
            throw new ConfigException(List.of(file + ": cannot be read: " + e));
        }
    }

    /**
     * Judges what {@link #text} has given, and the environment over it.
     *
     * @param file as problems name it
     * @throws ConfigException with every problem
     */
    public static ServerConfig parse(Path file, String text, Map<String, String> environment) throws ConfigException {
        ObjectMapper yaml = YAMLMapper.builder(FACTORY).build();
        List<String> problems = new ArrayList<>();
        JsonNode root;
        try {
            root = yaml.readTree(text);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new ConfigException(List.of(file + ":" + line + ": not YAML: " + reason));
        }
        JsonNode top = root == null || root.isMissingNode() || root.isNull() ? null : root;
        ConfigReader reader = new ConfigReader(new Section.Source(file.toString(), yaml, environment, problems));
        ServerConfig config = reader.read(new Section(reader.source, "", top));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return config;
    }

    /** Those of the environment that {@link #parse} looks at, if it finds no problem with them. */
    public static Map<String, String> variables(Map<String, String> environment) {
        return environment.entrySet().stream()
                .filter(entry -> VARIABLE.matcher(entry.getKey()).matches())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * Where the node's data may be, also by a text that nothing else can be made of: the folder that it says before it breaks. If
     * it says none, the default one and that of the process, where nodes run in the image, under systemd and by the launcher.
     */
    public static List<Path> dataFolders(String text, Map<String, String> environment) {
        String said = environment.get(Section.variable("node.data"));
        try (JsonParser parser = FACTORY.createParser(text)) {
            JsonToken token = parser.nextToken();
            while (said == null && token != null) {
                if (token.isScalarValue()
                        && parser.getParsingContext().pathAsPointer().toString().equals("/node/data")) {
                    said = parser.getText();
                }
                token = parser.nextToken();
            }
        } catch (IOException e) {
            LOG.debug("a configuration that breaks off", e);
        }
        try {
            return said == null ? List.of(DATA, Path.of("")) : List.of(path(said));
        } catch (IllegalArgumentException e) {
            LOG.debug("a configuration with an impossible data folder", e);
            return List.of(DATA, Path.of(""));
        }
    }

    private ServerConfig read(Section top) {
        NodeConfig node = node(top.section("node"));
        ClusterConfig cluster = cluster(top.section("cluster"), node.name());
        DnsConfig dns = dns(top.section("dns"), node.name());
        AdminConfig admin = admin(top.section("admin"));
        HealthConfig health = health(top.section("health"));
        GateConfig gate = gate(top.section("gate"));
        Duration lameduck = top.value(
                "lameduck",
                Duration.ofSeconds(5),
                Duration.ZERO,
                text -> Values.duration(text, Duration.ZERO, Duration.ofMinutes(5)));
        LogConfig log = log(top.section("log"));
        StorageConfig storage = storage(top.section("storage"));
        BackupConfig backup = backup(top.section("backup"));
        FleetConfig fleet = fleet(top.section("fleet"));
        PrivacyConfig privacy = privacy(top.section("privacy"));
        MetricsConfig metrics = metrics(top.section("metrics"));
        Section drill = top.section("drill");
        ServerConfig config = new ServerConfig(
                node,
                cluster,
                dns,
                admin,
                health,
                gate,
                lameduck,
                log,
                storage,
                backup,
                fleet,
                privacy,
                metrics,
                DrillReader.read(drill));
        DrillReader.requirePrivate(config, drill);
        top.refuseOthers();
        return config;
    }

    private NodeConfig node(Section section) {
        String name = section.value("name", null, "", ConfigReader::name);
        Path data = section.value("data", DATA, DATA, ConfigReader::path);
        section.refuseOthers();
        return new NodeConfig(name, data);
    }

    private ClusterConfig cluster(Section section, String self) {
        String name = section.value("name", "evenkeel", "", ConfigReader::name);
        Path keyFile = section.optional("key-file", ConfigReader::path, Path.of("unusable"));
        List<MemberConfig> members = new ArrayList<>();
        for (Section member : section.sections("members")) {
            members.add(member(member, keyFile != null));
        }
        checkMembers(section, self, members);
        section.refuseOthers();
        return new ClusterConfig(name, keyFile, members);
    }

    private MemberConfig member(Section section, boolean authenticated) {
        InetSocketAddress none = new InetSocketAddress(0);
        Function<String, InetSocketAddress> address = text -> {
            InetSocketAddress parsed = AddressText.parseMember(text);
            if (!authenticated && (parsed.isUnresolved() || !parsed.getAddress().isLoopbackAddress())) {
                throw new IllegalArgumentException(
                        text
                                + " is not a loopback address; without cluster.key-file members talk in plain text, on loopback only");
            }
            return parsed;
        };
        MemberConfig member = new MemberConfig(
                section.value("name", null, "", ConfigReader::name),
                section.value("raft", null, none, address),
                section.value("peer", null, none, address));
        section.refuseOthers();
        return member;
    }

    private static void checkMembers(Section section, String self, List<MemberConfig> members) {
        String path = section.path("members");
        if (members.size() > MAX_MEMBERS) {
            section.problem(path, members.size() + " members; allowed: up to " + MAX_MEMBERS);
        }
        Set<String> names = new HashSet<>();
        Set<InetSocketAddress> addresses = new HashSet<>();
        for (MemberConfig member : members) {
            if (!member.name().isEmpty() && !names.add(member.name())) {
                section.problem(path, "two members are named " + member.name());
            }
            for (InetSocketAddress address : List.of(member.raft(), member.peer())) {
                if (address.getPort() != 0 && !addresses.add(address)) {
                    section.problem(
                            path, AddressText.show(address) + " is given twice; each raft and peer address is its own");
                }
            }
        }
        if (!members.isEmpty() && !self.isEmpty() && !names.contains(self)) {
            section.problem(
                    path,
                    "this node, " + self + ", is not among them: "
                            + String.join(", ", names.stream().sorted().toList()));
        }
    }

    private DnsConfig dns(Section section, String nodeName) {
        DnsConfig dns = new DnsConfig(
                ListenReader.read(section),
                section.value("loops", 0, 0, text -> number(text, 0, 64)),
                section.value("udp-batches", true, true, Values::flag),
                section.value(
                        "client-timeout",
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        text -> Values.duration(text, Duration.ofMillis(200), Duration.ofSeconds(10))),
                section.value("degraded-share", 0.1, 0.1, ConfigReader::share),
                section.value("udp-payload", 1232, 1232, text -> number(text, 512, 4096)),
                section.value(
                        "alias-links",
                        AnswerCollector.DEFAULT_LINKS,
                        AnswerCollector.DEFAULT_LINKS,
                        text -> number(text, 1, AnswerCollector.MAX_LINKS)),
                section.value("tcp-connections", 1000, 1000, text -> number(text, 1, 100_000)),
                section.value(
                        "tcp-idle",
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(10),
                        text -> Values.duration(text, Duration.ofSeconds(1), Duration.ofMinutes(10))),
                section.value("tcp-per-address", 100, 100, text -> number(text, 1, 100_000)),
                section.value(
                        "tcp-life",
                        Duration.ofMinutes(10),
                        Duration.ofMinutes(10),
                        text -> Values.duration(text, Duration.ofSeconds(1), Duration.ofDays(1))),
                section.value("tcp-queries", 0, 0, text -> number(text, 0, 1_000_000_000)),
                section.value("nsid", nodeName, nodeName, ConfigReader::nsid),
                section.value("cookies", true, true, Values::flag),
                section.value("require-server-cookie", false, false, Values::flag),
                section.value("chaos", false, false, Values::flag),
                section.optional("probe-address", ConfigReader::probeAddress, null));
        section.refuseOthers();
        return dns;
    }

    private AdminConfig admin(Section section) {
        InetSocketAddress fallback = AddressText.parse("127.0.0.1:8101", 0);
        InetSocketAddress listen = section.value("listen", fallback, fallback, text -> AddressText.parse(text, 0));
        List<KeyConfig> keys = new ArrayList<>();
        for (Section key : section.sections("keys")) {
            keys.add(new KeyConfig(
                    key.value("name", null, "", ConfigReader::name),
                    key.value("file", null, Path.of("unusable"), ConfigReader::path),
                    key.values("rights", List.of(), text -> Values.word(text, "a right", Right.values()))));
            key.refuseOthers();
        }
        checkKeys(section, keys);
        section.refuseOthers();
        return new AdminConfig(listen, keys);
    }

    private static void checkKeys(Section section, List<KeyConfig> keys) {
        String path = section.path("keys");
        if (keys.size() > MAX_KEYS) {
            section.problem(path, keys.size() + " keys; allowed: up to " + MAX_KEYS);
        }
        Set<String> names = new HashSet<>(Set.of(LOCAL_KEY));
        for (KeyConfig key : keys) {
            if (!key.name().isEmpty() && !names.add(key.name())) {
                section.problem(
                        path,
                        key.name().equals(LOCAL_KEY)
                                ? LOCAL_KEY + " is the name of the key in the data folder"
                                : "two keys are named " + key.name());
            }
        }
    }

    private HealthConfig health(Section section) {
        InetSocketAddress fallback = AddressText.parse("127.0.0.1:8201", 0);
        HealthConfig health =
                new HealthConfig(section.value("listen", fallback, fallback, text -> AddressText.parse(text, 0)));
        section.refuseOthers();
        return health;
    }

    private GateConfig gate(Section section) {
        GateConfig gate = new GateConfig(
                section.value(
                        "no-quorum-after",
                        Duration.ofSeconds(20),
                        Duration.ZERO,
                        text -> Values.duration(text, Duration.ofSeconds(1), Duration.ofHours(1))),
                section.value(
                        "no-quorum-max-age",
                        Duration.ofDays(7),
                        Duration.ofDays(7),
                        text -> Values.duration(text, Duration.ofMinutes(1), Duration.ofDays(3650))),
                section.value(
                        "warm-up",
                        Duration.ofSeconds(3),
                        Duration.ZERO,
                        text -> Values.duration(text, Duration.ZERO, Duration.ofSeconds(15))),
                section.value(
                        "stale-after",
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        text -> Values.duration(text, LEAST_STALE_AFTER, Duration.ofDays(365))));
        section.refuseOthers();
        return gate;
    }

    private LogConfig log(Section section) {
        LogConfig log = new LogConfig(
                section.value("level", Level.INFO, Level.INFO, text -> Values.word(text, "a level", Level.values())),
                section.optional("file", ConfigReader::path, null),
                section.value("max-size", 16L << 20, 0L, text -> Values.size(text, 64L << 10, 1L << 30)),
                section.value("files", 15, 15, text -> number(text, 1, 20)),
                section.value(
                        "format",
                        Format.TEXT,
                        Format.TEXT,
                        text -> Values.word(text, "a form of lines", Format.values())));
        section.refuseOthers();
        return log;
    }

    private static StorageConfig storage(Section section) {
        StorageConfig storage = new StorageConfig(
                section.value("budget", 4L << 30, 4L << 30, text -> Values.size(text, 64L << 20, 1L << 50)));
        section.refuseOthers();
        return storage;
    }

    private static BackupConfig backup(Section section) {
        BackupConfig backup = new BackupConfig(
                section.optional("schedule", Values::schedule, null),
                section.value("keep", 7, 7, text -> number(text, 1, 1000)),
                section.optional("hook", ConfigReader::path, null));
        section.refuseOthers();
        return backup;
    }

    private static FleetConfig fleet(Section section) {
        int devices = section.value("devices", 0, 0, text -> number(text, 0, 1_000_000_000));
        Duration period = section.value(
                "period",
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                text -> Values.duration(text, Duration.ofSeconds(1), Duration.ofDays(1)));
        section.refuseOthers();
        return new FleetConfig(devices, period);
    }

    private static PrivacyConfig privacy(Section section) {
        ClientPrivacy told = section.value(
                "client-addresses",
                ClientPrivacy.FULL,
                ClientPrivacy.FULL,
                text -> Values.word(text, "how much of a client's address is told", ClientPrivacy.values()));
        section.refuseOthers();
        return new PrivacyConfig(told);
    }

    private static MetricsConfig metrics(Section section) {
        int zones = section.value(
                "zones",
                20,
                20,
                text -> text.equals(ALL_ZONES) ? Integer.valueOf(MOST_ZONES) : number(text, 0, MOST_ZONES));
        section.refuseOthers();
        return new MetricsConfig(zones);
    }

    private static InetSocketAddress probeAddress(String text) {
        InetSocketAddress address = AddressText.parse(text, 1);
        if (address.getAddress().isAnyLocalAddress()) {
            throw new IllegalArgumentException(text + " is every address; name one that is this node's alone");
        }
        return address;
    }

    private static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a name; allowed: 1 to 63 letters, digits and inner hyphens");
        }
        return text;
    }

    private static String nsid(String text) {
        if (!NSID.matcher(text).matches()) {
            throw new IllegalArgumentException("\"" + text
                    + "\" cannot be told; allowed: up to 63 printable ASCII characters, none for no answer");
        }
        return text;
    }

    private static Path path(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("must not be blank");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a path: " + e.getReason(), e);
        }
    }

    private static Integer number(String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a whole number; allowed: " + least + " to " + most, e);
        }
        throw new IllegalArgumentException(text + " is out of range; allowed: " + least + " to " + most);
    }

    private static Double share(String text) {
        try {
            double share = Double.parseDouble(text);
            if (share >= LEAST_SHARE && share <= 1) {
                return share;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a number; allowed: 0.01 to 1", e);
        }
        throw new IllegalArgumentException(text + " is out of range; allowed: 0.01 to 1");
    }
}
