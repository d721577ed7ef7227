package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.bench.cluster.Disks;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.bench.peers.Usage;
import io.evenkeel.consensus.Folders;
import io.evenkeel.ops.bench.CrowdCounts;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Disks that others fill, that hang, that have a budget; questions come all the time, and none goes without its answer. Linux, root. */
@Tag("faults")
class StorageFaultsTest {
    private static final String FULL = "storage";
    private static final String YES = "full";

    /** For a node to take part again, once there is room. */
    private static final Duration RECOVERY = Duration.ofSeconds(60);
    /** How long somebody else takes what a node gives back, in seconds. */
    private static final int FILLED = YES.equals(System.getProperty(FULL)) ? 120 : 12;

    /** Imports, each of more than the one before. */
    private static final int ROUNDS = YES.equals(System.getProperty(FULL)) ? 8 : 2;
    /** The length of the measurement of its cost. */
    private static final Duration QUIET = Duration.ofMinutes(5);

    private static final int FILES = 500;
    /** The thread that looks at the disk. */
    private static final String KEEPER = "keep-storage";

    private static final int DEVICES = 100;
    private static final Map<String, String> DRILL = Map.of("EVENKEEL_DRILL_MODE", "true");
    private static final Map<String, String> WITHOUT_KEEPER =
            Map.of("EVENKEEL_DRILL_MODE", "true", "EVENKEEL_DRILL_WITHOUT", "storage-keeper");

    @TempDir
    private Path folder = Path.of("");

    private final List<String> acknowledged = new ArrayList<>();
    private int changes;

    private interface Filled {
        void run(LoopbackCluster nodes, Disks disks) throws Exception;
    }

    /** Each node has a disk of its own; a crowd asks all of them, and waits for longer than a machine that is busy takes. */
    private void onSmallDisks(Map<String, String> environment, Filled test) throws Exception {
        assumeTrue(Disks.impossible().isEmpty(), () -> Disks.impossible().orElse(""));
        Path data = folder.resolve("data");
        // The nodes end before their disks go.
        try (Disks disks = new Disks(data, folder.resolve("copies"));
                LoopbackCluster nodes = new LoopbackCluster(data, 3)) {
            LocalCluster cluster = nodes.cluster();
            List<String> names =
                    cluster.nodes().stream().map(ClusterFile.Node::name).toList();
            nodes.configure("gate: {no-quorum-after: 1s, warm-up: 200ms}\n");
            disks.mount(names);
            for (String name : names) {
                start(nodes, name, environment);
            }
            Storms.serveTheSample(cluster);
            for (ClusterFile.Node node : cluster.nodes()) {
                change(cluster, node);
            }
            try (RunningCrowd crowd = new RunningCrowd(
                    cluster.nodes().stream().map(Quotas::dns).toList(),
                    DEVICES,
                    RunningCrowd.LONG_TIMEOUT,
                    Duration.ofSeconds(1))) {
                crowd.next(2);
                test.run(nodes, disks);
                CrowdCounts all = crowd.end();
                System.out.println("questions meanwhile: " + all);
                assertThat(all.timedOut()).as("of %s", all).isZero();
                assertThat(all.answers()).isGreaterThan(10L * DEVICES);
            }
        }
    }

    private static void start(LoopbackCluster nodes, String name, Map<String, String> environment) throws IOException {
        Process _ = nodes.start(name, command -> {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(RunningCrowd.KNOWS_LONG_TIMEOUT);
            builder.environment().putAll(environment);
            return builder;
        });
    }

    /** Through that node, once it can. */
    private void change(LocalCluster cluster, ClusterFile.Node through) {
        String owner = "s" + changes++;
        Awaitility.await("a change through " + through.name())
                .atMost(RECOVERY)
                .until(() -> cluster.setTxt(through, owner, "v").accepted());
        acknowledged.add(owner);
    }

    /** Takes what these nodes give back, again and again, while that runs. */
    private static void whileFull(Disks disks, List<String> names, ThrowingRunnable test) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Throwable> failed = new ArrayList<>();
        for (String name : names) {
            disks.fill(name); // at once, and before the test goes on
        }
        Thread filler = Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    for (String name : names) {
                        disks.fill(name);
                    }
                    Thread.sleep(100); // the pace of somebody who writes
                }
            } catch (IOException | InterruptedException e) {
                failed.add(e);
            }
        });
        try {
            test.run();
        } finally {
            over.set(true);
            filler.join();
            for (String name : names) {
                disks.free(name);
            }
        }
        assertThat(failed).isEmpty();
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    private void assertGoesOn(LoopbackCluster nodes, Disks disks) throws Exception {
        LocalCluster cluster = nodes.cluster();
        long freed = System.nanoTime();
        for (ClusterFile.Node node : cluster.nodes()) {
            change(cluster, node);
        }
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await(node.name() + " takes part and has all")
                    .atMost(RECOVERY)
                    .until(() -> cluster.counter(node, "evenkeel_raft_fault ") == 0
                            && LocalCluster.txt(node, acknowledged.getLast()).isPresent());
            for (String owner : acknowledged) {
                assertThat(LocalCluster.txt(node, owner))
                        .as("%s of %s", owner, node.name())
                        .contains("v");
            }
            assertThat(Files.readString(disks.vote(node.name()).orElseThrow())).contains("term=", "votedFor=");
        }
        System.out.printf("all take part again %.1f s after there is room%n", (System.nanoTime() - freed) / 1e9);
    }

    /** One cluster for all of them: each leaves it whole. */
    @Test
    void disksThatOthersFillKeepNobodyFromAnAnswerAndHealByThemselves() throws Exception {
        onSmallDisks(DRILL, (nodes, disks) -> {
            follower(nodes, disks);
            leaderBeforeItsDiskIsFull(nodes, disks);
            leader(nodes, disks);
            all(nodes, disks);
            majority(nodes, disks);
        });
    }

    private void follower(LoopbackCluster nodes, Disks disks) throws Exception {
        LocalCluster cluster = nodes.cluster();
        ClusterFile.Node leader = cluster.leader();
        String follower = cluster.othersThan(leader).getFirst().name();
        whileFull(disks, List.of(follower), () -> {
            for (int second = 0; second < FILLED; second++) {
                change(cluster, leader);
                Thread.sleep(1000); // the length of the fault
            }
        });
        assertGoesOn(nodes, disks);
    }

    /** While it can still write: nothing has failed yet. */
    private void leaderBeforeItsDiskIsFull(LoopbackCluster nodes, Disks disks) throws Exception {
        LocalCluster cluster = nodes.cluster();
        String leader = cluster.leader().name();
        Path filler = fillMost(cluster, leader);
        Awaitility.await("another leads").atMost(LocalCluster.LONG).until(() -> !leads(cluster, leader));
        assertThat(cluster.counter(cluster.node(leader), "evenkeel_raft_fault "))
                .isZero();
        Files.delete(filler);
        assertGoesOn(nodes, disks);
    }

    private void leader(LoopbackCluster nodes, Disks disks) throws Exception {
        LocalCluster cluster = nodes.cluster();
        String leader = cluster.leader().name();
        whileFull(disks, List.of(leader), () -> {
            for (int second = 0; second < FILLED; second++) {
                change(cluster, cluster.othersThan(cluster.node(leader)).getFirst());
                Thread.sleep(1000); // the length of the fault
            }
            assertThat(cluster.leader().name()).isNotEqualTo(leader);
        });
        assertGoesOn(nodes, disks);
    }

    private void all(LoopbackCluster nodes, Disks disks) throws Exception {
        LocalCluster cluster = nodes.cluster();
        List<String> names =
                cluster.nodes().stream().map(ClusterFile.Node::name).toList();
        whileFull(disks, names, () -> {
            long end = System.nanoTime() + Duration.ofSeconds(FILLED).toNanos();
            for (int round = 0; System.nanoTime() - end < 0; round++) {
                for (ClusterFile.Node node : cluster.nodes()) {
                    String owner = "all" + round + node.name();
                    if (cluster.setTxt(node, owner, "v").accepted()) {
                        acknowledged.add(owner);
                    }
                }
            }
        });
        assertGoesOn(nodes, disks);
    }

    /** While there is still some room: no octet is missing, and a majority says in time that there will be. */
    private void majority(LoopbackCluster nodes, Disks disks) throws Exception {
        LocalCluster cluster = nodes.cluster();
        ClusterFile.Node any = cluster.nodes().getFirst();
        List<Path> fillers = fillMostOfTwo(cluster);
        Awaitility.await("changes that grow are refused")
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.setTxt(any, "grows", "v").status() == 507);
        assertThat(cluster.setTxt(any, "grows", "v").body()).contains("2 of 3 members", "make room");
        String owner = acknowledged.removeFirst();
        LocalCluster.Said deleted = cluster.run("rrset", "delete", LocalCluster.ZONE.toString(), owner, "TXT");
        assertThat(deleted.code()).as("%s", deleted).isZero();
        assertThat(cluster.counter(any, "evenkeel_raft_fault ")).isZero();
        for (Path filler : fillers) {
            Files.delete(filler);
        }
        assertGoesOn(nodes, disks);
    }

    /** The disks of two members. */
    private static List<Path> fillMostOfTwo(LocalCluster cluster) throws IOException {
        List<Path> fillers = new ArrayList<>();
        for (ClusterFile.Node node : cluster.nodes().subList(0, 2)) {
            fillers.add(fillMost(cluster, node.name()));
        }
        return fillers;
    }

    /** All but 18 MiB. */
    private static Path fillMost(LocalCluster cluster, String node) throws IOException {
        Path at = cluster.data().resolve(node);
        long room = Files.getFileStore(at).getUsableSpace();
        Path filler = at.resolve("half-filler");
        byte[] block = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(filler)) {
            for (long written = 0; written < room - (18 << 20); written += block.length) {
                out.write(block);
            }
        }
        return filler;
    }

    /** So that the majority above can fail: nobody knows that two of three are short of room, and growth is taken until none is left. */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = YES)
    void withoutTheKeeperAMajorityWithoutRoomTakesGrowth() throws Exception {
        onSmallDisks(WITHOUT_KEEPER, (nodes, _) -> {
            LocalCluster cluster = nodes.cluster();
            ClusterFile.Node any = cluster.nodes().getFirst();
            List<Path> fillers = fillMostOfTwo(cluster);
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            for (int i = 0; System.nanoTime() - end < 0; i++) {
                String owner = "grows" + i;
                Awaitility.await(owner).atMost(RECOVERY).until(() -> cluster.setTxt(any, owner, "v"), reply -> {
                    assertThat(reply.status()).isNotEqualTo(507);
                    return reply.accepted();
                });
            }
            for (Path filler : fillers) {
                Files.delete(filler);
            }
        });
    }

    /**
     * So that the hand-over in time can fail: a leader leads on until its log is closed for want of room. That is all: answers, changes through the
     * others and the way back do not need the keeper, since the ballast closes the log before it meets the end of the disk.
     */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = YES)
    void withoutTheKeeperALeaderLeadsOnUntilItsLogIsClosed() throws Exception {
        onSmallDisks(WITHOUT_KEEPER, (nodes, disks) -> {
            LocalCluster cluster = nodes.cluster();
            String leader = cluster.leader().name();
            Path filler = fillMost(cluster, leader);
            // Some times as long as it takes with the keeper.
            Awaitility.await("it leads on")
                    .during(Duration.ofSeconds(10))
                    .atMost(LocalCluster.LONG)
                    .until(() -> leads(cluster, leader));
            whileFull(disks, List.of(leader), () -> {
                long begin = System.nanoTime();
                Awaitility.await("its log is closed")
                        .atMost(RECOVERY)
                        .until(() -> cluster.counter(cluster.node(leader), "evenkeel_raft_fault ") == 1);
                System.out.printf(
                        "without the keeper the log of a leader whose disk is full is closed after %.1f s%n",
                        (System.nanoTime() - begin) / 1e9);
                change(cluster, cluster.othersThan(cluster.node(leader)).getFirst());
                assertThat(leads(cluster, leader)).isFalse();
            });
            Files.delete(filler);
            assertGoesOn(nodes, disks);
        });
    }

    @Test
    void aLeaderWhoseDiskHangsHandsOver() throws Exception {
        assertThat(leadsOnWithASlowDisk(DRILL)).isFalse();
    }

    /** So that the test above can fail. */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = YES)
    void withoutTheKeeperItLeadsOn() throws Exception {
        assertThat(leadsOnWithASlowDisk(WITHOUT_KEEPER)).isTrue();
    }

    /** Whether it still leads some time after its disk takes five seconds for each write. */
    private boolean leadsOnWithASlowDisk(Map<String, String> environment) throws Exception {
        try (LoopbackCluster nodes = new LoopbackCluster(folder.resolve("data"), 3)) {
            LocalCluster cluster = nodes.cluster();
            Map<String, SlowSync> disks = new HashMap<>();
            for (ClusterFile.Node node : cluster.nodes()) {
                SlowSync slow = SlowSync.in(Files.createDirectory(folder.resolve("sync-" + node.name())));
                disks.put(node.name(), slow);
                Process _ = nodes.start(node.name(), command -> {
                    ProcessBuilder builder = slow.wrap(command);
                    builder.environment().putAll(RunningCrowd.KNOWS_LONG_TIMEOUT);
                    builder.environment().putAll(environment);
                    return builder;
                });
            }
            Storms.serveTheSample(cluster);
            String leader = cluster.leader().name();
            SlowSync disk = Objects.requireNonNull(disks.get(leader));
            try (RunningCrowd crowd = new RunningCrowd(
                    cluster.nodes().stream().map(Quotas::dns).toList(),
                    DEVICES,
                    RunningCrowd.LONG_TIMEOUT,
                    Duration.ofSeconds(1))) {
                crowd.next(2);
                long begin = System.nanoTime();
                disk.delay(5);
                boolean leadsOn = true;
                try {
                    // 10 s are the bar; a machine that is three times slower has three times as long.
                    while (leadsOn
                            && System.nanoTime() - begin
                                    < Duration.ofSeconds(30).toNanos()) {
                        Thread.sleep(200); // the pace of looks
                        leadsOn = cluster.othersThan(cluster.node(leader)).stream()
                                .noneMatch(node -> cluster.counter(node, "evenkeel_raft_leader_ready ") == 1);
                    }
                    System.out.printf(
                            "a disk that takes 5 s: %s after %.1f s%n",
                            leadsOn ? "leads on" : "another leads", (System.nanoTime() - begin) / 1e9);
                    if (!leadsOn) {
                        change(cluster, cluster.othersThan(cluster.node(leader)).getFirst());
                        assertThat(cluster.counter(cluster.node(leader), "evenkeel_disk_slow "))
                                .isEqualTo(1);
                    }
                } finally {
                    disk.end();
                }
                CrowdCounts all = crowd.end();
                System.out.println("questions meanwhile: " + all);
                assertThat(all.timedOut()).isZero();
            }
            return leads(cluster, leader);
        }
    }

    private static boolean leads(LocalCluster cluster, String name) {
        return cluster.leader().name().equals(name);
    }

    private static final String BUDGET = "EVENKEEL_STORAGE_BUDGET";
    private static final long HALF = 256 << 20;

    /** Files of all kinds in a budget that is halved then. */
    private static Path halve(LocalCluster cluster) throws Exception {
        cluster.up();
        ClusterFile.Node node = cluster.nodes().getFirst();
        Path data = cluster.data().resolve(node.name());
        for (String name : List.of(
                "captures/a",
                "captures/b",
                "hs_err_pid1.log",
                "backups/zones-20260101T000000Z.backup",
                "backups/zones-20260102T000000Z.backup")) {
            Path file = data.resolve(name);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.write(file, new byte[60 << 20]);
        }
        LocalCluster.Said said = cluster.run("storage", "budget", "256MiB", "--node", node.name());
        assertThat(said.code()).as("%s", said).isZero();
        return data;
    }

    /** So that the next test can fail. */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = YES)
    void withoutTheKeeperABudgetThatIsHalvedIsNotMet() throws Exception {
        Map<String, String> environment = new HashMap<>(WITHOUT_KEEPER);
        environment.put(BUDGET, "512MiB");
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1, environment)) {
            Path data = halve(cluster);
            // As long as the keeper has.
            Awaitility.await()
                    .during(Duration.ofSeconds(10))
                    .atMost(LocalCluster.LONG)
                    .until(() -> used(data) > HALF);
        }
    }

    /** Zones that grow, and snapshots of them, in a budget that has room for what is needed and little else. */
    private void growWithin(LocalCluster cluster, ClusterFile.Node node, Path data) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong most = new AtomicLong();
        List<Throwable> failed = new ArrayList<>();
        Thread sampler = Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    most.accumulateAndGet(used(data), Math::max);
                    Thread.sleep(20); // the pace of samples
                }
            } catch (IOException | InterruptedException e) {
                failed.add(e);
            }
        });
        try {
            Path file = folder.resolve("grows.example.zone");
            for (int round = 1; round <= ROUNDS; round++) {
                StringBuilder zone = new StringBuilder("""
                        $ORIGIN grows.example.
                        $TTL 300
                        @ SOA ns h %d 3600 600 86400 60
                        @ NS ns
                        ns A 192.0.2.1
                        """.formatted(round));
                for (int host = 0; host < 20_000 * round; host++) {
                    zone.append('h')
                            .append(host)
                            .append(" A 192.0.2.")
                            .append(host % 250)
                            .append('\n');
                }
                Files.writeString(file, zone);
                LocalCluster.Said said =
                        cluster.run("zone", "import", file.toString(), "--create", "--node", node.name());
                assertThat(said.code()).as("%s", said).isZero();
                LocalCluster.Reply written =
                        cluster.send(node, "POST", "/api/v1/evenkeel/snapshot", null, LocalCluster.LONG);
                assertThat(written.status()).as(written.body()).isEqualTo(200);
            }
        } finally {
            over.set(true);
            sampler.join();
        }
        assertThat(failed).isEmpty();
        System.out.printf("of a budget of 256 MiB %d MiB were used at most%n", most.get() >> 20);
        assertThat(most.get()).isPositive().isLessThanOrEqualTo(HALF);
    }

    @Test
    void aBudgetThatIsHalvedIsMetWithinSecondsAndKept() throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1, Map.of(BUDGET, "512MiB"))) {
            Path data = halve(cluster);
            ClusterFile.Node node = cluster.nodes().getFirst();
            long begin = System.nanoTime();
            Awaitility.await("the budget is met").atMost(LocalCluster.LONG).until(() -> used(data) <= HALF);
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf("a budget that is halved is met after %.1f s%n", seconds);
            assertThat(seconds).isLessThan(10);
            assertThat(data.resolve("backups/zones-20260102T000000Z.backup")).exists();
            assertThat(data.resolve("gc/gc.log")).as("it starts with one").isNotEmptyFile();
            LocalCluster.Said shown = cluster.run("storage", "show");
            System.out.println(shown.out());
            assertThat(shown.out()).contains("256 MiB");
            assertThat(cluster.counter(node, "evenkeel_budget_evicted_bytes_total{class=\"captures\"}"))
                    .isGreaterThanOrEqualTo(120 << 20);
            growWithin(cluster, node, data);
        }
    }

    /** Of a node that is idle but for its own work, with as many files as a node has in years. */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = YES)
    void theKeeperTakesLessThanAThousandthOfAProcessor() throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1)) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            Path backups =
                    Files.createDirectories(cluster.data().resolve(node.name()).resolve("backups"));
            for (int i = 0; i < FILES; i++) {
                Files.write(backups.resolve("zones-20260101T%06dZ.backup".formatted(i)), new byte[1024]);
            }
            double before = Usage.threadMicros(node.pid(), KEEPER);
            long begin = System.nanoTime();
            Thread.sleep(QUIET);
            double share = (Usage.threadMicros(node.pid(), KEEPER) - before) * 1000 / (System.nanoTime() - begin);
            System.out.printf(
                    "the keeper takes %.3f %% of a processor in %d quiet minutes, with %d files%n",
                    100 * share, QUIET.toMinutes(), FILES);
            assertThat(share).isLessThan(0.001);
        }
    }

    private static long used(Path data) throws IOException {
        return Folders.files(data).stream()
                .mapToLong(file -> file.toFile().length())
                .sum();
    }

    @Test
    void aScheduledBackupMakesANewCluster() throws Exception {
        Path backup;
        try (LocalCluster cluster =
                new LocalCluster(folder.resolve("data"), 1, Map.of("EVENKEEL_BACKUP_SCHEDULE", "03:30"))) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            Awaitility.await("the first one is due at once")
                    .atMost(LocalCluster.LONG)
                    .until(() -> cluster.counter(node, "evenkeel_backup_last_verified_timestamp_seconds ") > 0);
            try (Stream<Path> files =
                    Files.list(cluster.data().resolve(node.name()).resolve("backups"))) {
                backup = Files.copy(files.findFirst().orElseThrow(), folder.resolve("zones.backup"));
            }
        }
        try (LocalCluster fresh = new LocalCluster(folder.resolve("fresh"), 1)) {
            LocalCluster.Said restored = fresh.run("restore", backup.toString());
            assertThat(restored.code()).as(restored.err()).isZero();
            fresh.up();
            LocalCluster.Said zones = fresh.run("zone", "list");
            assertThat(zones.out()).contains(LocalCluster.ZONE.toString(true));
        }
    }
}
