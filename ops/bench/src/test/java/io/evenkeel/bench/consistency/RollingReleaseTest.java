package io.evenkeel.bench.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.RolledCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A cluster of the build whose launcher is {@code -Dfrom} is rolled to this build and back, node by node, as docs/upgrading.md
 * says it, while clients change and read it and large zones are imported; afterwards what every client saw is judged.
 */
@Tag("consistency")
class RollingReleaseTest {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final int IMPORTED = 30_000;
    private static final Duration SETTLE = Duration.ofMinutes(2);

    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final List<Future<?>> running = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @Test
    void aClusterIsRolledFromTheLastLevelToThisBuildAndBack() throws Exception {
        Path from = Path.of(Objects.requireNonNull(System.getProperty("from"), "-Dfrom=LAUNCHER of the other build"));
        RolledCluster.Build last = new RolledCluster.Build(from, "");
        // With one level more: what is asked of both builds is that they get on at the level of the cluster.
        RolledCluster.Build here =
                new RolledCluster.Build(LocalCluster.LAUNCHER, "-ea -Devenkeel.test.trial-level=true");
        Path folder = Files.createDirectories(Path.of(
                "target", "rolling", String.valueOf(ProcessHandle.current().pid())));
        Path file = folder.resolve("history.jsonl");
        Path data = folder.resolve("data").toAbsolutePath();
        long began = System.nanoTime();
        HistoryChecker.Verdict verdict;
        try (HistoryFile history = new HistoryFile(file);
                RolledCluster cluster = new RolledCluster(data, NODES, last)) {
            run(cluster, data, history, List.of(here, last));
        } finally {
            threads.shutdown();
            verdict = HistoryChecker.check(file);
            ConsistencyTest.print(verdict, Duration.ofNanos(System.nanoTime() - began));
        }
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.counts().getOrDefault("changes acknowledged", 0)).isGreaterThan(100);
    }

    private void run(RolledCluster cluster, Path data, HistoryFile history, List<RolledCluster.Build> builds)
            throws Exception {
        Health look = new Health(cluster.cluster(), data);
        awaitWell(look, "the last level by itself");
        List<ClusterFile.Node> nodes = cluster.cluster().nodes();
        ConsistencyClient tester = new ConsistencyClient(0, data, history);
        ConsistencyTest.makeZone(tester, nodes.getFirst(), ConsistencyLoad.REGISTERS, operations);
        ConsistencyTest.makeZone(tester, nodes.getFirst(), ConsistencyLoad.SETS, operations);
        ConsistencyLoad.Shared shared =
                new ConsistencyLoad.Shared(data, nodes, history, operations, acknowledged, stop);
        for (int i = 1; i <= CLIENTS; i++) {
            running.add(threads.submit(new ConsistencyLoad(shared, i, new Random())));
        }
        nodes.forEach(node -> running.add(threads.submit(
                () -> ConsistencyTest.watch(node, new ConsistencyClient(0, data, history), new Availability(), stop))));
        try {
            for (RolledCluster.Build build : builds) {
                cluster.use(build);
                for (ClusterFile.Node node : nodes) {
                    restart(cluster, node.name(), look, build.launcher().toString());
                    importLargeZone(cluster.cluster(), node.name());
                }
            }
        } finally {
            stop.set(true);
            for (Future<?> future : running) {
                future.get();
            }
        }
        ConsistencyTest.compare(cluster.cluster(), tester);
    }

    private void restart(RolledCluster cluster, String name, Health look, String with) throws Exception {
        String other = name.equals("n1") ? "n2" : "n1";
        Awaitility.await("until " + name + " may be stopped")
                .atMost(SETTLE)
                .until(() -> cluster.cluster()
                                .run("cluster", "safe-to-stop", name, "--node", other)
                                .code()
                        == 0);
        int before = acknowledged.get();
        cluster.stop(name);
        cluster.start(name);
        awaitWell(look, name + " started with " + with);
        Awaitility.await("changes go on").atMost(SETTLE).until(() -> acknowledged.get() > before);
    }

    private static void awaitWell(Health look, String what) throws InterruptedException {
        try {
            Awaitility.await(what).atMost(SETTLE).until(look::allAreWell);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    what
                            + ": the nodes do not get on with each other. If both builds were meant to, a format was changed that belongs"
                            + " to the level of the cluster (docs/upgrading.md); if not, ops/upgrade/last-level names the wrong commit."
                            + look.unwell(),
                    e);
        }
    }

    /** Its contents are staged, and judged by whichever build leads. */
    private static void importLargeZone(LocalCluster cluster, String through) throws IOException, InterruptedException {
        Path file = cluster.data().resolve("large.zone");
        StringBuilder text = new StringBuilder(
                "$ORIGIN large.example.\n$TTL 60\n@ SOA ns1 h 1 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\n");
        for (int i = 0; i < IMPORTED; i++) {
            text.append("host")
                    .append(i)
                    .append(" TXT \"by way of ")
                    .append(through)
                    .append("\"\n");
        }
        Files.writeString(file, text);
        LocalCluster.Said said = cluster.run("zone", "import", file.toString(), "--create", "--node", through);
        assertThat(said.code()).as("%s", said).isZero();
    }
}
