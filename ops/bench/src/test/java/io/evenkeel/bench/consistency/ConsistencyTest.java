package io.evenkeel.bench.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.BreakableCluster;
import io.evenkeel.bench.cluster.Disks;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.bench.consistency.ConsistencyClient.Operation;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many clients change and read three real nodes while these are killed, stopped, wiped, damaged, put back to older copies of their
 * data, asked to import what does not fit and, as root, cut from each other and left without room on their disks; afterwards what
 * every client saw is judged. {@code -Dminutes=20 -Dseed=N}; by default 2 minutes and a seed of chance. The seed gives the
 * schedule of faults and what each client asks for; when things meet is up to the machine, so a run can be repeated closely, not
 * exactly.
 */
@Tag("consistency")
class ConsistencyTest {
    private static final int NODES = 3;
    private static final int CLIENTS = 12;
    private static final Duration SETTLE = Duration.ofMinutes(5);
    /** Of a node that is there and open, on a machine that has other work. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(20);

    private final AtomicInteger operations = new AtomicInteger();
    private final Availability availability = new Availability();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Future<?>> running = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @Test
    void everyPromiseHoldsWhateverBreaks() throws Exception {
        long seed = Long.getLong("seed", ThreadLocalRandom.current().nextLong(1_000_000));
        double minutes = Double.parseDouble(Objects.requireNonNullElse(System.getProperty("minutes"), "2"));
        Path folder = Files.createDirectories(Path.of(
                "target",
                "consistency",
                "seed-" + seed + "-" + ProcessHandle.current().pid()));
        Path file = folder.resolve("history.jsonl");
        System.out.printf("consistency: -Dminutes=%s -Dseed=%d, history in %s%n", minutes, seed, file.toAbsolutePath());
        long began = System.nanoTime();
        HistoryChecker.Verdict verdict;
        try (HistoryFile history = new HistoryFile(file);
                Disks disks = new Disks(folder.resolve("data"), folder.resolve("copies"));
                BreakableCluster cluster = cluster(folder.resolve("data"))) {
            boolean mounted = mount(disks, cluster);
            Duration length = Duration.ofSeconds(Math.round(minutes * 60));
            AtomicInteger acknowledged = new AtomicInteger();
            ConsistencyFaults.Run of = new ConsistencyFaults.Run(
                    folder.resolve("data"), disks, mounted, history, operations, acknowledged, availability);
            run(cluster, of, new Random(seed), length);
        } finally {
            threads.shutdown();
            // Also of a run that failed: what was seen until then tells more than that it failed.
            verdict = HistoryChecker.check(file);
            print(verdict, Duration.ofNanos(System.nanoTime() - began));
            System.out.println(availability);
        }
        assertThat(verdict.violations()).isEmpty();
        assertThat(availability.longestSilence()).as("%s", availability).isLessThan(LONGEST_SILENCE);
        assertThat(verdict.counts().getOrDefault("changes acknowledged", 0)).isGreaterThan(100);
    }

    private static BreakableCluster cluster(Path data) throws Exception {
        Map<String, String> environment =
                Map.of("EVENKEEL_NODE_OPTS", ConsistencyImports.NODE_OPTIONS, "EVENKEEL_GATE_NO_QUORUM_AFTER", "15s");
        Optional<String> impossible = PartitionedCluster.impossible();
        if (impossible.isEmpty()) {
            return new PartitionedCluster(data, NODES, environment);
        }
        System.out.println("consistency: nodes are NOT cut from each other in this run: " + impossible.get());
        LoopbackCluster cluster = new LoopbackCluster(data, NODES);
        cluster.cluster().nodes().forEach(node -> cluster.options(node.name(), ConsistencyImports.NODE_OPTIONS));
        return cluster;
    }

    private static boolean mount(Disks disks, BreakableCluster cluster) throws Exception {
        Optional<String> impossible = Disks.impossible();
        if (impossible.isEmpty()) {
            disks.mount(cluster.cluster().nodes().stream()
                    .map(ClusterFile.Node::name)
                    .toList());
        } else {
            System.out.println("consistency: disks are NOT filled in this run: " + impossible.get());
        }
        return impossible.isEmpty();
    }

    private void run(BreakableCluster cluster, ConsistencyFaults.Run of, Random random, Duration length)
            throws Exception {
        Path data = of.data();
        HistoryFile history = of.history();
        for (ClusterFile.Node node : cluster.cluster().nodes()) {
            cluster.start(node.name());
        }
        ConsistencyFaults faults = new ConsistencyFaults(cluster, of, new Random(random.nextLong()));
        Health health = new Health(cluster.cluster(), data);
        Awaitility.await("three nodes").atMost(SETTLE).until(health::allAreWell);
        List<ClusterFile.Node> nodes = cluster.cluster().nodes();
        ConsistencyClient tester = new ConsistencyClient(0, data, history);
        makeZone(tester, nodes.getFirst(), ConsistencyLoad.REGISTERS, operations);
        makeZone(tester, nodes.getFirst(), ConsistencyLoad.SETS, operations);
        ConsistencyLoad.Shared shared =
                new ConsistencyLoad.Shared(data, nodes, history, operations, of.acknowledged(), stop);
        for (int i = 1; i <= CLIENTS; i++) {
            running.add(threads.submit(new ConsistencyLoad(shared, i, new Random(random.nextLong()))));
        }
        nodes.forEach(node -> running.add(
                threads.submit(() -> watch(node, new ConsistencyClient(0, data, history), availability, stop))));
        try {
            faults.run(System.nanoTime() + length.toNanos());
            // It heals by itself, while the clients go on.
            Awaitility.await("all nodes well again")
                    .atMost(SETTLE)
                    .untilAsserted(() -> assertThat(health.unwell()).isEmpty());
        } finally {
            stop.set(true);
            for (Future<?> future : running) {
                future.get();
            }
        }
        compare(cluster.cluster(), tester);
        assertThat(health.unwell()).isEmpty();
        assertThat(faults.complaints()).isEmpty();
    }

    static void makeZone(ConsistencyClient client, ClusterFile.Node node, String zone, AtomicInteger operations)
            throws Exception {
        Operation create = new Operation(
                operations.incrementAndGet(),
                "POST",
                AdminClient.SERVER + "/zones",
                BodyPublishers.ofString(ConsistencyLoad.newZone(zone, "")),
                null,
                zone,
                List.of("made/TXT"),
                true,
                -1,
                null);
        assertThat(client.change(node, create, Duration.ofSeconds(20)).status()).isEqualTo(201);
    }

    /** Looks at the serials and the state of one node all the time. */
    static void watch(ClusterFile.Node node, ConsistencyClient client, Availability availability, AtomicBoolean stop) {
        try {
            for (int i = 0; !stop.get(); i++) {
                for (String zone : List.of(ConsistencyLoad.REGISTERS, ConsistencyLoad.SETS)) {
                    Availability.Question question = availability.asking(node.name());
                    availability.asked(node.name(), question, client.readDns(node, zone, true, List.of()));
                }
                if (i % 20 == 0) {
                    Optional<Event.Digest> _ = client.readDigest(node);
                }
                Thread.sleep(100); // a pace
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** At rest all nodes hold the same, octet by octet and record by record. */
    static void compare(LocalCluster cluster, ConsistencyClient client) throws Exception {
        Awaitility.await("the same digest on all nodes").atMost(SETTLE).until(() -> agree(cluster.nodes(), client));
        // A change of unknown outcome may still come between two of them.
        Awaitility.await("the same export from all nodes")
                .atMost(SETTLE)
                .until(() -> exports(cluster).size() == 1);
        for (ClusterFile.Node node : cluster.nodes()) {
            assertThat(client.readWhole(node, ConsistencyLoad.REGISTERS)).isTrue();
            assertThat(client.readWhole(node, ConsistencyLoad.SETS)).isTrue();
        }
    }

    private static Set<String> exports(LocalCluster cluster) throws IOException, InterruptedException {
        Set<String> exports = new HashSet<>();
        for (ClusterFile.Node node : cluster.nodes()) {
            exports.add(export(cluster, node, ConsistencyLoad.REGISTERS) + export(cluster, node, ConsistencyLoad.SETS));
        }
        return exports;
    }

    private static boolean agree(List<ClusterFile.Node> nodes, ConsistencyClient client) throws InterruptedException {
        Set<String> states = new HashSet<>();
        for (ClusterFile.Node node : nodes) {
            Optional<Event.Digest> digest = client.readDigest(node);
            states.add(digest.map(told -> told.index() + " " + told.sha256()).orElse("none of " + node.name()));
        }
        return states.size() == 1;
    }

    private static String export(LocalCluster cluster, ClusterFile.Node node, String zone)
            throws IOException, InterruptedException {
        LocalCluster.Said said = cluster.run("zone", "export", zone, "--node", node.name());
        assertThat(said.code()).as(said.err()).isZero();
        return said.out();
    }

    static void print(HistoryChecker.Verdict verdict, Duration took) {
        System.out.printf("consistency: %d s in all%n", took.toSeconds());
        verdict.counts().forEach((what, count) -> System.out.printf("  %7d %s%n", count, what));
        int wrong = verdict.violations().values().stream()
                .mapToInt(Integer::intValue)
                .sum();
        System.out.printf("  %7d violations %s%n", wrong, verdict.violations());
        verdict.examples().forEach(System.out::println);
    }
}
