package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same damage on all nodes at once silences nobody and loses nothing. Needs root, for a disk of its own. */
@Tag("faults")
class DamageFaultsTest {
    private static final List<String> NODES = List.of("n1", "n2", "n3");

    @TempDir
    private Path folder = Path.of("");

    private final List<String> acknowledged = new ArrayList<>();
    private Path disk = Path.of("");
    private boolean mounted;
    private @Nullable LoopbackCluster nodes;
    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);

    @BeforeEach
    void start() throws Exception {
        disk = Files.createDirectories(folder.resolve("data"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk.toString()) == 0;
        assumeTrue(mounted, "may not mount");
        LoopbackCluster made = new LoopbackCluster(disk, 3);
        nodes = made;
        cluster = made.cluster();
        for (ClusterFile.Node node : cluster.nodes()) {
            Files.writeString(
                    disk.resolve(node.config()),
                    "gate: {no-quorum-after: 1s, warm-up: 200ms}\n",
                    StandardOpenOption.APPEND);
        }
        startAll();
        cluster.leader();
        LocalCluster.Said said = cluster.run("zone", "import", LocalCluster.SAMPLE, "--create");
        assertThat(said.code()).as(said.err()).isZero();
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await().atMost(LocalCluster.LONG).until(() -> ready(node).status() == 200);
            change(node);
        }
    }

    @AfterEach
    void end() throws Exception {
        if (nodes != null) {
            nodes.close();
        }
        if (mounted) {
            assertThat(run("umount", "--lazy", disk.toString())).isZero();
        }
    }

    @Test
    void damagedVotesOfOneNodeAreReplacedAndThoseOfAllSilenceNobody() throws Exception {
        nodes().kill("n2");
        forgeVote("n2");
        nodes().start("n2");
        assertGoesOn();
        Awaitility.await().atMost(LocalCluster.LONG).until(() -> {
            LocalCluster.Said said = cluster.run("cluster", "status", "--output", "json");
            return said.out().contains("\"incarnation\" : 2") || said.out().contains("\"incarnation\":2");
        });
        assertThat(cluster.counter(cluster.node("n1"), "evenkeel_raft_term "))
                .as("the forged term went nowhere")
                .isLessThan(1000);

        killAll();
        NODES.forEach(this::forgeVote);
        startAll();
        for (ClusterFile.Node node : cluster.nodes()) {
            assertAnswersStale(node, "cluster recover");
        }
        killAll();
        LocalCluster.Said recovered = cluster.run("cluster", "recover", "--node", "n1", "--confirm", "evenkeel");
        assertThat(recovered.code()).as(recovered.err()).isZero();
        for (String name : List.of("n2", "n3")) {
            delete(disk.resolve(name).resolve("raft"));
            Files.delete(disk.resolve(name).resolve("identity.properties"));
        }
        startAll();
        assertGoesOn();
    }

    private LoopbackCluster nodes() {
        return Objects.requireNonNull(nodes);
    }

    private void startAll() throws IOException {
        for (String name : NODES) {
            nodes().start(name);
        }
    }

    private void killAll() {
        NODES.forEach(nodes()::kill);
    }

    private LocalCluster.Reply ready(ClusterFile.Node node) {
        return cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(5));
    }

    private void change(ClusterFile.Node through) {
        String owner = "d" + acknowledged.size();
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.setTxt(through, owner, "v").accepted());
        acknowledged.add(owner);
    }

    /** All that was acknowledged: each node had shown it before it was killed. */
    private void assertAnswersStale(ClusterFile.Node node, String why) {
        Awaitility.await().atMost(LocalCluster.LONG).until(() -> ready(node).status() == 200);
        assertThat(ready(node).body()).contains("stale", why);
        assertThat(LocalCluster.txt(node, acknowledged.getFirst()))
                .as(node.name())
                .contains("v");
        assertThat(cluster.send(node, "GET", "/api/v1/servers/localhost/zones", null, Duration.ofSeconds(5))
                        .status())
                .isEqualTo(503);
        assertThat(cluster.counter(node, "evenkeel_raft_fault ")).isEqualTo(1);
    }

    private void assertGoesOn() {
        for (ClusterFile.Node node : cluster.nodes()) {
            change(node);
        }
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> cluster.counter(node, "evenkeel_stale ") == 0
                            && ready(node).status() == 200
                            && LocalCluster.txt(node, acknowledged.getLast()).isPresent());
            for (String owner : acknowledged) {
                assertThat(LocalCluster.txt(node, owner))
                        .as("%s of %s", owner, node.name())
                        .contains("v");
            }
        }
    }

    private void forgeVote(String name) {
        try (Stream<Path> files = Files.walk(disk.resolve(name).resolve("raft"))) {
            Path vote =
                    files.filter(file -> file.endsWith("raft-meta")).findFirst().orElseThrow();
            Files.writeString(vote, Files.readString(vote).replaceFirst("term=\\d+", "term=999999"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static int run(String... command) throws Exception {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1; // there is no such program
        }
    }
}
