package io.evenkeel.bench.faults;

import static io.evenkeel.bench.cluster.LocalCluster.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An Error in each long-lived thread of a real node leads to what is declared for it, within five seconds. A thread that is neither
 * in one of these tables nor in {@code docs/threads.md} fails the test: what becomes of its work has to be declared.
 */
@Tag("faults")
class ThreadFaultsTest {
    private static final Duration BAR = Duration.ofSeconds(5);

    private static final String TICKER = "io.evenkeel.consensus.process.Ticker#run";
    private static final String NETTY = "io.netty.channel.SingleThreadIoEventLoop#runIo";
    private static final String RAFT = "io.evenkeel.consensus.raft.";
    private static final String PEER = "io.evenkeel.server.peer.";
    private static final String CHANGE = "io.evenkeel.server.change.";
    private static final String REBUILDS = "evenkeel_raft_rebuilds_total";
    private static final String RATIS = "org.apache.ratis.";
    private static final String GRPC = RATIS + "thirdparty.io.netty.channel.nio.NioEventLoop#processSelectedKeys";
    private static final String GRPC_CLIENT = RATIS + "thirdparty.io.netty.channel.epoll.EpollEventLoop#processReady";

    /** Work that is begun anew; connections are made anew. Where nothing happens by itself something has to be done. */
    private final List<Row> begunAnew = List.of(
            row("^loop-watch$", TICKER),
            row("^loop-judge$", TICKER),
            row("^standstill$", TICKER),
            row("^housekeeping$", TICKER),
            row("^housekeeping-disk$", TICKER),
            row("^probes$", TICKER),
            row("^keep-storage$", TICKER),
            row("^disk-duty$", TICKER),
            row("^probe-disk$", TICKER),
            row("^healing$", TICKER),
            row("^withdrawal$", TICKER),
            row("^tick$", TICKER),
            row("^raft-supervisor$", RAFT + "Supervisor#look"),
            row("^snapshots$", RAFT + "SnapshotScheduler#look"),
            row("^scrub$", "io.evenkeel.consensus.Scrub#round"),
            row("^membership$", "io.evenkeel.server.cluster.Membership#facts"),
            new Row(
                    "^contents-judge$",
                    "io.evenkeel.zones.change.Judgement#of",
                    CHANGE + "ContentsJudge#judgeAll",
                    this::importLargeZone),
            new Row("^zone-", CHANGE + "ZoneWriter#write", CHANGE + "ZoneWriter#drain", this::change),
            new Row("^peer-accept$", PEER + "PeerServer#admit", PEER + "PeerServer#acceptAll", this::knock),
            new Row("^peer-\\d+$", PEER + "PeerCodec#read", PEER + "PeerServer#serve", node -> {}),
            new Row("^peer-answers-", PEER + "PeerCodec#read", PEER + "PeerLink$Connection#readAll", node -> {}),
            row("^peer-requests-", PEER + "PeerLink$Connection#writeNext"),
            row("^http-admin-", NETTY),
            row("^http-health-", NETTY),
            row("-LogAppenderDaemon$", RATIS + "grpc.server.GrpcLogAppender#mayWait"));

    /** Threads without which the Raft server of a node does not go on: another one is built. */
    private final List<Row> rebuilt = List.of(
            row("-LeaderStateImpl$", RATIS + "server.impl.LeaderStateImpl$EventQueue#poll"),
            triggered("-StateMachineUpdater$", RATIS + "server.impl.StateMachineUpdater#applyLog"),
            triggered(
                    "-SegmentedRaftLogWorker$",
                    RATIS + "server.raftlog.segmented.SegmentedRaftLogWorker$WriteLog#execute"));

    private static final Row FOLLOWER = row("-FollowerState$", RATIS + "server.impl.FollowerState#shouldRun");

    /** Threads without which the process does not go on. */
    private static final List<Row> ANSWERING = List.of(row("^dns-\\d", NETTY), row("^dns-tcp-", NETTY));

    /** Threads without which it goes on only where no other member answers: gRPC's, of which no server of this process gets others. */
    private static final List<Row> RAFT_PORT = List.of(
            new Row("^grpc-nio-boss-", GRPC, GRPC, ThreadFaultsTest::knockAtRaft),
            row("^grpc-nio-worker-", GRPC),
            row("^grpc-default-worker-", GRPC_CLIENT));

    /** Ours all the same: `main` waits, a lookup, a request between nodes and an election are over soon, and the last catches all that there is. */
    private static final List<Pattern> NOT_HERE = List.of(
            Pattern.compile("^main$"),
            Pattern.compile("^resolve-name$"),
            Pattern.compile("^vitals-"),
            Pattern.compile("^peer-request$"),
            Pattern.compile("-LeaderElection\\d*$"),
            Pattern.compile("-cacheEviction-AwaitToRun$"));

    /** In the first column of a table. */
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    @TempDir
    private Path folder = Path.of("");

    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);
    private final List<String> figures = new ArrayList<>();

    /**
     * A thread and its fate.
     *
     * @param thread pattern of its name
     * @param throwing the method that throws the Error
     * @param goesOn the method that shows that its work goes on
     * @param trigger what has the thread call the first
     */
    private record Row(String thread, String throwing, String goesOn, Trigger trigger) {}

    private static Row row(String thread, String method) {
        return new Row(thread, method, method, node -> {});
    }

    private Row triggered(String thread, String method) {
        return new Row(thread, method, method, this::change);
    }

    @FunctionalInterface
    private interface Trigger {
        void pull(ClusterFile.Node node) throws Exception;
    }

    private void up(String more) throws Exception {
        cluster = new LocalCluster(
                folder.resolve("data"),
                3,
                Map.of(
                        "EVENKEEL_NODE_OPTS",
                        "-ea -XX:+EnableDynamicAgentLoading -Devenkeel.test.scrub-millis=1000 " + more + " "
                                + System.getenv().getOrDefault("EVENKEEL_NODE_OPTS", "")));
        cluster.up();
    }

    @AfterEach
    void end() throws Exception {
        System.out.println(String.join("\n", figures));
        cluster.close();
    }

    @Test
    void anErrorInAnyLongLivedThreadLeadsToWhatIsDeclaredForIt() throws Exception {
        up("");
        ErrorPlanter planter = new ErrorPlanter(folder);
        assertAllDeclared();
        ClusterFile.Node node = cluster.leader();
        for (Row row : begunAnew) {
            try (ErrorPlanter.Planted error = plant(planter, node, row)) {
                await(row.thread()).atMost(LONG).until(error::goesOn);
                assertThat(Duration.ofMillis(error.millis())).as(row.thread()).isLessThan(BAR);
                figures.add(row.thread() + " goes on after " + error.millis() + " ms");
            }
        }
        assertThat(cluster.counter(node, REBUILDS)).isZero();
        for (Row row : rebuilt) {
            assertRebuilt(planter, cluster.leader(), row);
        }
        assertRebuilt(planter, cluster.othersThan(cluster.leader()).getFirst(), FOLLOWER);
        assertAllDeclared();

        for (Row row : ANSWERING) {
            awaitOpen();
            assertEnds(planter, cluster.leader(), row, "the answering loop", BAR);
        }
        for (Row row : RAFT_PORT) {
            // The leader connects to the others. The way down takes its time: a server of Raft without its threads is
            // given up.
            awaitOpen();
            ClusterFile.Node leader = cluster.leader();
            boolean connects = row.throwing().equals(GRPC_CLIENT);
            assertEnds(
                    planter,
                    connects ? leader : cluster.othersThan(leader).getFirst(),
                    row,
                    connects ? "connections to other members" : "connections of Raft",
                    LONG);
        }
    }

    /** Which happens by chance, too, after connections have been made anew: the leader then loses both at once, and leads no longer. */
    @Test
    void connectionsToOthersAreMissedEvenIfOneThreadHadAllOfThem() throws Exception {
        up("-Dorg.apache.ratis.thirdparty.io.netty.eventLoopThreads=1");
        awaitOpen();
        assertEnds(
                new ErrorPlanter(folder), cluster.leader(), RAFT_PORT.getLast(), "connections to other members", LONG);
    }

    private void assertEnds(ErrorPlanter planter, ClusterFile.Node last, Row row, String why, Duration atMost)
            throws Exception {
        Path log = cluster.data().resolve(last.log());
        int before = Files.readString(log).length();
        try (ErrorPlanter.Planted _ = plant(planter, last, row)) {
            long begin = System.nanoTime();
            await(row.thread())
                    .atMost(LONG)
                    .until(() -> Files.readString(log).substring(before).contains("The node cannot go on"));
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .as("until the node says that it ends by %s", row.thread())
                    .isLessThan(BAR);
            await("end of the process").atMost(LONG).until(() -> !last.runs());
            Duration ended = Duration.ofNanos(System.nanoTime() - begin);
            assertThat(ended).as(row.thread()).isLessThan(atMost);
            figures.add(row.thread() + ": the process ends after " + ended.toMillis() + " ms");
        }
        assertThat(Files.readString(log).substring(before)).contains(why);
        cluster.up();
    }

    /** Each says of itself that questions should come. */
    private void awaitOpen() {
        for (ClusterFile.Node node : cluster.nodes()) {
            await(node.name())
                    .atMost(LONG)
                    .until(() -> cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(5))
                                    .status()
                            == 200);
        }
    }

    private static ErrorPlanter.Planted plant(ErrorPlanter planter, ClusterFile.Node node, Row row) throws Exception {
        ErrorPlanter.Planted error = planter.plant(node.pid(), row.thread(), row.throwing(), row.goesOn());
        row.trigger().pull(node);
        await(row.thread()).atMost(LONG).until(error::isThrown);
        return error;
    }

    private void assertRebuilt(ErrorPlanter planter, ClusterFile.Node node, Row row) throws Exception {
        double before = cluster.counter(node, REBUILDS);
        try (ErrorPlanter.Planted _ = plant(planter, node, row)) {
            long begin = System.nanoTime();
            await(row.thread())
                    .atMost(LONG)
                    .until(() -> cluster.counter(node, "evenkeel_raft_fault") > 0
                            || cluster.counter(node, REBUILDS) > before);
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .as("until the node says that Raft is broken by %s", row.thread())
                    .isLessThan(BAR);
            await(row.thread()).atMost(LONG).until(() -> cluster.counter(node, REBUILDS) > before);
            figures.add(row.thread() + ": Raft is rebuilt after " + (System.nanoTime() - begin) / 1_000_000 + " ms");
        }
        await().atMost(LONG)
                .until(() -> cluster.counter(node, "evenkeel_raft_fault") == 0
                        && cluster.setTxt(node, "after", row.thread().replaceAll("\\W", ""))
                                .accepted());
    }

    /** Each thread is in a table here, among those that are not there for long, or in the list of docs/threads.md of libraries' threads. */
    private void assertAllDeclared() throws Exception {
        String ours = "## Of libraries and the JVM";
        String doc = Files.readString(Path.of("../../docs/threads.md"));
        assertThat(doc).contains(ours);
        List<Pattern> known = new ArrayList<>(NOT_HERE);
        Stream.of(begunAnew, rebuilt, List.of(FOLLOWER), ANSWERING, RAFT_PORT)
                .flatMap(List::stream)
                .forEach(row -> known.add(Pattern.compile(row.thread())));
        doc.substring(doc.indexOf(ours))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line ->
                        NAME.matcher(line.substring(0, line.indexOf('|', 1))).results())
                .map(name -> Pattern.compile("^\\Q" + name.group(1).replace("*", "\\E.*\\Q") + "\\E$"))
                .forEach(known::add);
        Set<String> undeclared = new TreeSet<>();
        for (ClusterFile.Node node : cluster.nodes()) {
            for (String name : threads(node)) {
                if (known.stream().noneMatch(pattern -> pattern.matcher(name).find())) {
                    undeclared.add(name);
                }
            }
        }
        assertThat(undeclared)
                .as("threads of which neither a table of this test nor docs/threads.md tells")
                .isEmpty();
    }

    /** With virtual ones. */
    private List<String> threads(ClusterFile.Node node) throws Exception {
        Path dump = folder.resolve("threads.json");
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(node.pid()),
                        "Thread.dump_to_file",
                        "-overwrite",
                        "-format=json",
                        dump.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(jcmd.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(jcmd.exitValue()).isZero();
        List<String> names = new ArrayList<>();
        for (JsonNode container :
                Json.readOrMissing(Files.readAllBytes(dump)).path("threadDump").path("threadContainers")) {
            container
                    .path("threads")
                    .forEach(thread -> names.add(thread.path("name").asText()));
        }
        assertThat(names).hasSizeGreaterThan(20);
        return names;
    }

    /** What comes of it is not asked: the work that it needs is where the Error is. */
    private void change(ClusterFile.Node node) {
        Thread.ofVirtual().start(() -> cluster.setTxt(node, "planted", "x"));
    }

    /** So large that it is sent to the members in parts. */
    private void importLargeZone(ClusterFile.Node node) throws Exception {
        StringBuilder zone =
                new StringBuilder("$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n");
        for (int i = 0; i < 40_000; i++) {
            zone.append("a-rather-long-name-").append(i).append(" A 192.0.2.1\n");
        }
        Path file = Files.writeString(folder.resolve("large.example.zone"), zone);
        Thread.ofVirtual().start(() -> {
            try {
                cluster.run("zone", "import", "--create", file.toString());
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void knock(ClusterFile.Node node) throws Exception {
        knockAt(node.peer());
    }

    private static void knockAtRaft(ClusterFile.Node node) throws Exception {
        knockAt(node.raft());
    }

    private static void knockAt(String address) throws Exception {
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        new Socket(InetAddress.getLoopbackAddress(), port).close();
    }
}
