package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.Knocks;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.ops.drill.SlowConnections;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.node.ClusterFile;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What each defence is worth: the same storm with the same seed on a node that has all of them, and on one that goes without that one. Linux,
 * root; most of it with {@code -Dstorm=full} alone.
 */
@Tag("faults")
class DefenceFaultsTest {
    private static final int TCP_CONNECTIONS = 200;
    private static final int TCP_PER_ADDRESS = 100;

    /** Once in a round of the slow ones, which last longer than a message of theirs may take. */
    private static final int ASKED_BESIDE_SLOW = 20;

    private static final int RATE = 2000;
    /** Of a node whose clients are to be met by limits, which let each ask 200 a second. */
    private static final int LARGE_RATE = 6000;

    @TempDir
    private Path folder = Path.of("");

    /** No time in which the node answers all of them ever comes. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withALongQueueAnOverloadedNodeAnswersTooLate() throws Exception {
        Storms.assumeLongQueues();
        Overload with = overload("with", drill());
        assertThat(with.goodput()).isGreaterThanOrEqualTo(0.7);
        Overload without = overload("without", drill("short-queue"));
        assertThat(without.goodput()).isLessThan(0.3);
        assertThat(without.late()).as("late answers a second").isGreaterThan(without.accepted());
    }

    /**
     * What a fleet got.
     *
     * @param goodput answers in time, of what the node can do
     * @param accepted the same, a second
     * @param late answers that came too late, a second
     */
    private record Overload(double goodput, double accepted, double late) {}

    private Overload overload(String name, Map<String, String> drill) throws Exception {
        double period = 10;
        int seconds = 30;
        try (LocalCluster cluster = new LocalCluster(folder.resolve(name), 1, drill)) {
            cluster.up();
            Storms.limits(cluster, "off");
            try (SlowedNode slowed = Quotas.slowed(cluster.nodes().getFirst(), RATE)) {
                double capacity = slowed.rate();
                int devices = (int) (1.2 * capacity * period);
                Storms.tell("overload, " + name + " the short queue", capacity, devices, period);
                try (RunningDrill drilled = new RunningDrill(
                        folder,
                        Storms.scenario(cluster, devices, period, "sticky", Storms.STEADY_SECONDS + seconds, ""))) {
                    drilled.next(Storms.STEADY_SECONDS);
                    List<JsonNode> told = drilled.next(seconds);
                    double accepted = Storms.mean(
                            told, second -> second.at("/all/accepted").asDouble());
                    double late =
                            Storms.mean(told, second -> second.at("/all/late").asDouble());
                    System.out.printf(
                            "in time %.0f/s, %.2f of what the node can do; late %.0f/s%n",
                            accepted, accepted / capacity, late);
                    Storms.requireKeptUp(drilled.result());
                    return new Overload(accepted / capacity, accepted, late);
                }
            }
        }
    }

    /** One address asks sixty times as much as all others together, and half as much again as the node can do. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withoutLimitsOneLoudClientTakesTheAnswersOfTheOthers() throws Exception {
        assertThat(besideALoudOne("enforce")).isGreaterThanOrEqualTo(0.999);
        assertThat(besideALoudOne("off")).isLessThan(0.9);
    }

    /** First tries of the others that are answered. */
    private double besideALoudOne(String limits) throws Exception {
        double period = 10;
        int times = 60;
        int seconds = 60;
        try (LocalCluster cluster = new LocalCluster(folder.resolve(limits), 1, drill())) {
            cluster.up();
            Storms.limits(cluster, "off");
            try (SlowedNode slowed = Quotas.slowed(cluster.nodes().getFirst(), LARGE_RATE)) {
                double capacity = slowed.rate();
                double base = capacity * 1.5 / times;
                int devices = (int) (base * period);
                int loud = (int) (base * times);
                Storms.limits(cluster, limits);
                Storms.tell("a loud client, limits " + limits, capacity, devices, period);
                String more = """
                          loud:
                            devices: %d
                            period: 1s
                            names: loud-####.device.callhome.example A
                            timeout: 1s
                            retry: immediate
                            site: %d
                        """.formatted(loud, loud);
                try (RunningDrill drilled = new RunningDrill(
                        folder,
                        Storms.scenario(cluster, devices, period, "sticky", Storms.STEADY_SECONDS + seconds, more))) {
                    drilled.next(Storms.STEADY_SECONDS);
                    List<JsonNode> told = drilled.next(seconds);
                    Storms.requireKeptUp(drilled.result());
                    return firstTries(told, "homes");
                }
            }
        }
    }

    /** The threads that answer devices are asked twice what they can do. Without lanes there is no address but that of the devices. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withoutLanesInfrastructureWaitsBehindTheDevices() throws Exception {
        assertThat(infrastructure("with", drill())).isGreaterThanOrEqualTo(0.999);
        assertThat(infrastructure("without", drill("lanes"))).isLessThan(0.99);
    }

    /** First tries of infrastructure that are answered. */
    private double infrastructure(String name, Map<String, String> drill) throws Exception {
        double period = 1;
        int seconds = 30;
        try (LoopbackCluster nodes = new LoopbackCluster(folder.resolve(name), 1)) {
            LocalCluster cluster = nodes.cluster();
            ClusterFile.Node planned = cluster.nodes().getFirst();
            String lane = "127.0.0.2:" + planned.dnsPort();
            Map<String, String> keys = new HashMap<>(drill);
            keys.put(
                    "EVENKEEL_DNS_LISTEN",
                    "['" + planned.dns() + "', {address: '" + lane + "', lane: infrastructure}]");
            start(nodes, planned.name(), keys);
            Storms.serveTheSample(cluster);
            Storms.limits(cluster, "off");
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (SlowedNode slowed = Quotas.slowed(node, RATE)) {
                double capacity = slowed.rate();
                int devices = (int) (2 * capacity * period);
                Storms.tell("infrastructure, " + name + " lanes", capacity, devices, period);
                String scenario = """
                        seed: 1
                        seconds: %d
                        nodes: {devices: %s, lane: %s}
                        groups:
                          homes:
                            devices: %d
                            period: %.0fs
                            jitter: 25 %%
                            names: dev-####.device.callhome.example A
                            timeout: 1s
                            retry: immediate
                            nodes: [devices]
                          infrastructure:
                            devices: 100
                            period: 1s
                            jitter: 25 %%
                            names: dev-####.device.callhome.example A
                            timeout: 1s
                            retry: immediate
                            nodes: [%s]
                        """.formatted(
                                Storms.STEADY_SECONDS + seconds,
                                node.dns(),
                                lane,
                                devices,
                                period,
                                name.equals("with") ? "lane" : "devices");
                try (RunningDrill drilled = new RunningDrill(folder, scenario)) {
                    drilled.next(Storms.STEADY_SECONDS);
                    List<JsonNode> told = drilled.next(seconds);
                    Storms.requireKeptUp(drilled.result());
                    return firstTries(told, "infrastructure");
                }
            }
        }
    }

    /** Its fleet asks from before its process is there; it has an empty disk, and nobody to get its zones from for a while. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withoutTheSilentGateANodeThatStartsColdIsAskedAsFastAsTheNetworkAllows() throws Exception {
        assertThat(coldStart("with", drill())).isLessThanOrEqualTo(1.2);
        assertThat(coldStart("without", drill("silent-gate"))).isGreaterThan(5);
    }

    /** Questions a second to a node without zones, of those that a fleet asks that gets no answer at all. */
    private double coldStart(String name, Map<String, String> drill) throws Exception {
        int devices = 100;
        try (LoopbackCluster nodes = new LoopbackCluster(folder.resolve(name), 3)) {
            LocalCluster cluster = nodes.cluster();
            // What is told while no process is there is the kernel's, and no matter of the gate.
            String more = """
                        nodes: [n1]
                        on-refused: retry
                        on-icmp: wait
                    """;
            try (RunningDrill drilled =
                    new RunningDrill(folder, Storms.scenario(cluster, devices, 2, "sticky", 300, more))) {
                drilled.next(1);
                start(nodes, "n1", drill);
                Awaitility.await("n1 has its sockets")
                        .atMost(LocalCluster.LONG)
                        .until(() -> cluster.counter(cluster.node("n1"), "evenkeel_uptime_seconds") > 0);
                drilled.skip();
                double asked = Storms.mean(
                                drilled.next(5),
                                second -> second.at("/all/sent").asDouble())
                        * Storms.TIMEOUT_SECONDS
                        / devices;
                System.out.printf("cold start, %s the silent gate: %.1f questions for each time-out%n", name, asked);
                start(nodes, "n2", drill);
                start(nodes, "n3", drill);
                Storms.serveTheSample(cluster);
                drilled.skip();
                Awaitility.await("the fleet is served")
                        .atMost(LocalCluster.LONG)
                        .until(() ->
                                drilled.next(1).getFirst().at("/all/waiting").asInt() == 0);
                return asked;
            }
        }
    }

    /**
     * The whole cluster starts under twice what a node can do. One has lost its disk, and is the first whose process is there; without the gate it
     * refuses, and is asked again at once, as much as it can refuse.
     */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withoutTheSilentGateANodeWithoutZonesMakesTheStormGrowInWhichAllStart() throws Exception {
        assertThat(allStartCold("all-with", drill())).isLessThanOrEqualTo(1.2);
        assertThat(allStartCold("all-without", drill("silent-gate"))).isGreaterThan(1.6);
    }

    /** Questions a second to the node without zones, of those that its devices ask if they get no answer at all. */
    private double allStartCold(String name, Map<String, String> drill) throws Exception {
        double period = 10;
        try (LoopbackCluster nodes = new LoopbackCluster(folder.resolve(name), 3)) {
            LocalCluster cluster = nodes.cluster();
            for (ClusterFile.Node node : cluster.nodes()) {
                start(nodes, node.name(), drill);
            }
            Storms.serveTheSample(cluster);
            SlowedNodes.Pace pace = SlowedNodes.measure(cluster, RATE);
            int devices = (int) (2 * pace.least() * Storms.TIMEOUT_SECONDS);
            Storms.tell("cold start of all, " + name + " the silent gate", pace.least(), devices, period);
            List<CpuQuota> quotas = new ArrayList<>();
            try (RunningDrill drilled =
                    new RunningDrill(folder, Storms.scenario(cluster, devices, period, "sticky", 600, ""))) {
                drilled.next(Storms.STEADY_SECONDS);
                for (ClusterFile.Node node : cluster.nodes()) {
                    nodes.kill(node.name());
                }
                ClusterFile.Node empty = cluster.node("n1");
                LocalCluster.awaitGone(cluster.nodes());
                cluster.wipe(empty);
                quotas.add(startSlowed(nodes, "n1", drill, pace));
                drilled.skip();
                int seconds = 5;
                double asked = Storms.sum(drilled.next(seconds), "nodes", "n1", "sent")
                        * cluster.nodes().size();
                double ratio = asked / seconds * Storms.TIMEOUT_SECONDS / devices;
                System.out.printf("%.2f questions of a device for each time-out%n", ratio);
                quotas.add(startSlowed(nodes, "n2", drill, pace));
                quotas.add(startSlowed(nodes, "n3", drill, pace));
                Awaitility.await("all are open")
                        .atMost(LocalCluster.LONG)
                        .until(() -> cluster.nodes().stream()
                                .allMatch(node -> cluster.counter(node, "evenkeel_gate_open") == 1));
                drilled.skip();
                drilled.next(60);
                List<JsonNode> after = drilled.next((int) period);
                Storms.requireKeptUp(after);
                assertThat(firstTries(after, "homes")).isGreaterThanOrEqualTo(0.99);
                return ratio;
            } finally {
                for (CpuQuota quota : quotas) {
                    quota.close();
                }
            }
        }
    }

    /** Returns once it has its sockets. */
    private static CpuQuota startSlowed(
            LoopbackCluster nodes, String name, Map<String, String> drill, SlowedNodes.Pace pace) throws Exception {
        start(nodes, name, drill);
        LocalCluster cluster = nodes.cluster();
        Awaitility.await(name + " has its sockets")
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.counter(cluster.node(name), "evenkeel_uptime_seconds") > 0);
        return Quotas.of(
                cluster.node(name),
                SlowedNode::answersDevices,
                Objects.requireNonNull(pace.periods().get(name)));
    }

    /** One address opens more connections than there may be, while another keeps one that has asked before. */
    @Test
    void withoutLimitsOnTcpOneAddressTakesTheConnectionsOfTheOthers() throws Exception {
        assertThat(keepsItsConnection("with", drill(), "evenkeel_dns_tcp_ended_total{reason=\"address\"}"))
                .isTrue();
        assertThat(keepsItsConnection("without", drill("tcp-limits"), "evenkeel_dns_tcp_evicted_total"))
                .isFalse();
    }

    /** @param counter of the connections that are closed to make room */
    private boolean keepsItsConnection(String name, Map<String, String> drill, String counter) throws Exception {
        Map<String, String> keys = new HashMap<>(drill);
        keys.put("EVENKEEL_DNS_TCP_CONNECTIONS", "" + TCP_CONNECTIONS);
        keys.put("EVENKEEL_DNS_TCP_PER_ADDRESS", "" + TCP_PER_ADDRESS);
        keys.put("EVENKEEL_DNS_TCP_IDLE", "10m");
        List<Socket> greedy = new ArrayList<>();
        try (LocalCluster cluster = new LocalCluster(folder.resolve(name), 1, keys)) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (Socket polite = connect(node, "127.0.0.2")) {
                assertThat(isAnswered(polite)).isTrue();
                int most = TCP_CONNECTIONS + TCP_PER_ADDRESS;
                for (int i = 0; i < most; i++) {
                    greedy.add(connect(node, "127.0.0.1"));
                }
                // Both bounds close at least as many.
                Awaitility.await(counter)
                        .atMost(LocalCluster.LONG)
                        .until(() -> cluster.counter(node, counter) > most - TCP_CONNECTIONS);
                return isAnswered(polite);
            } finally {
                for (Socket socket : greedy) {
                    socket.close();
                }
            }
        }
    }

    /**
     * Ten thousand, from a hundred addresses, of which each sends an octet a second and is opened again when the node has closed it; beside as many to a
     * port of no node, since they take the processor of those who ask, too.
     */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void slowConnectionsDelayNobodyAndTakeNoMemory() throws Exception {
        int pairs = 9;
        int seconds = 5;
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1)) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            List<Double> ratios = new ArrayList<>();
            List<Long> resident = new ArrayList<>();
            long timedOut;
            try (RunningCrowd crowd = new RunningCrowd(List.of(Quotas.dns(node)), 1000, Duration.ofSeconds(1))) {
                crowd.next(Storms.STEADY_SECONDS);
                for (int pair = 0; pair < pairs; pair++) {
                    double calm;
                    try (Holder control = Holder.start();
                            SlowConnections slow = new SlowConnections(control.address(), 10_000, 100)) {
                        slow.awaitAllTried();
                        crowd.skip();
                        calm = RunningCrowd.slowest(crowd.next(seconds));
                    }
                    crowd.skip();
                    try (SlowConnections slow = new SlowConnections(Quotas.dns(node), 10_000, 100)) {
                        slow.awaitAllTried();
                        crowd.skip();
                        ratios.add(RunningCrowd.slowest(crowd.next(seconds)) / calm);
                        resident.add(Storms.residentKib(node));
                        System.out.println(slow);
                    }
                    crowd.skip();
                }
                timedOut = crowd.end().timedOut();
            }
            System.out.printf(
                    "99th percentile with / without slow connections: %s; resident KiB %s%n", ratios, resident);
            assertThat(timedOut).as("of some hundred thousand questions").isLessThan(50);
            assertThat(ratios.stream().sorted().toList().get(pairs / 2)).isLessThanOrEqualTo(1.25);
            assertThat(resident.getLast() - resident.getFirst()).isLessThan(64 << 10);
        }
    }

    /**
     * Of nine addresses, which are held to less than there may be connections in all, while another keeps one over which it asks every second: without
     * limits those that are slow take its place.
     */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withoutLimitsOnTcpTenThousandSlowConnectionsTakeThoseOfTheOthers() throws Exception {
        assertThat(answeredBesideSlowConnections("slow-with", drill())).isEqualTo(ASKED_BESIDE_SLOW);
        assertThat(answeredBesideSlowConnections("slow-without", drill("tcp-limits")))
                .isLessThan(ASKED_BESIDE_SLOW);
    }

    /** Questions over the one connection that are answered before it is closed. */
    private int answeredBesideSlowConnections(String name, Map<String, String> drill) throws Exception {
        Map<String, String> keys = new HashMap<>(drill);
        keys.put("EVENKEEL_DNS_TCP_CONNECTIONS", "1000");
        keys.put("EVENKEEL_DNS_TCP_PER_ADDRESS", "" + TCP_PER_ADDRESS);
        keys.put("EVENKEEL_DNS_TCP_IDLE", "10m"); // it is not asked while ten thousand are opened, which takes its time
        try (LocalCluster cluster = new LocalCluster(folder.resolve(name), 1, keys)) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (Socket polite = connect(node, "127.0.0.2")) {
                assertThat(isAnswered(polite)).isTrue();
                try (SlowConnections slow = new SlowConnections(Quotas.dns(node), 10_000, 9)) {
                    slow.awaitAllTried();
                    int answered = 0;
                    while (answered < ASKED_BESIDE_SLOW && isAnswered(polite)) {
                        answered++;
                        slow.awaitRound();
                    }
                    System.out.printf("%s: %d questions answered; %s%n", name, answered, slow);
                    return answered;
                }
            }
        }
    }

    /** A process that takes all connections, and reads nothing. */
    private record Holder(Process process, InetSocketAddress address) implements AutoCloseable {
        static Holder start() throws IOException {
            InetSocketAddress address;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                address = new InetSocketAddress(free.getInetAddress(), free.getLocalPort());
            }
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Knocks.class.getName(),
                            "hold",
                            "127.0.0.1:" + address.getPort())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Holder holder = new Holder(process, address);
            assertThat(process.inputReader().readLine()).isEqualTo("ready");
            return holder;
        }

        @Override
        public void close() {
            LocalCluster.kill(process);
        }
    }

    private static Socket connect(ClusterFile.Node node, String from) throws IOException {
        Socket socket = new Socket();
        boolean done = false;
        try {
            socket.setSoTimeout((int) LocalCluster.LONG.toMillis());
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
            socket.connect(Quotas.dns(node), (int) LocalCluster.LONG.toMillis());
            done = true;
            return socket;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** False: the node has closed the connection. */
    private static boolean isAnswered(Socket socket) throws IOException {
        byte[] question = Message.newQuery(Record.newRecord(LocalCluster.ZONE, Type.SOA, DClass.IN))
                .toWire();
        try {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeShort(question.length);
            out.write(question);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int first = in.read();
            if (first < 0) {
                return false;
            }
            byte[] answer = in.readNBytes((first << 8) | in.readUnsignedByte());
            assertThat(new Message(answer).getHeader().getID())
                    .isEqualTo(new Message(question).getHeader().getID());
            return true;
        } catch (SocketException reset) {
            assertThat(reset).hasMessageMatching(".*(reset|Broken pipe).*");
            return false;
        }
    }

    /** The keys of a node in drill mode that goes without these defences. */
    private static Map<String, String> drill(String... without) {
        Map<String, String> keys = new HashMap<>(Map.of("EVENKEEL_DRILL_MODE", "true"));
        if (without.length > 0) {
            keys.put("EVENKEEL_DRILL_WITHOUT", String.join(",", without));
        }
        return keys;
    }

    private static void start(LoopbackCluster nodes, String name, Map<String, String> keys) throws IOException {
        Stream<String> variables = keys.entrySet().stream().map(key -> key.getKey() + "=" + key.getValue());
        Process _ = nodes.start(
                name,
                command -> new ProcessBuilder(Stream.of(Stream.of("env"), variables, Stream.of(command))
                        .flatMap(words -> words)
                        .toList()));
    }

    private static double firstTries(List<JsonNode> seconds, String group) {
        double answered = Storms.sum(seconds, "groups", group, "firstAnswered");
        double inVain = Storms.sum(seconds, "groups", group, "firstInVain");
        System.out.printf("first tries of %s: %.0f answered, %.0f in vain%n", group, answered, inVain);
        assertThat(answered + inVain).isGreaterThan(1000);
        return answered / (answered + inVain);
    }
}
