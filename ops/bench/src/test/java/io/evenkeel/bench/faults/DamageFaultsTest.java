package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same damage on all nodes at once silences nobody, loses nothing, and ends when its cause does. Needs root, for disks of its
 * own. One cluster for all: each test leaves it whole.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageFaultsTest {
    /** A node that takes no part tries again after pauses that double with each attempt, up to five minutes. */
    private static final Duration BEYOND_THE_PAUSE = Duration.ofMinutes(6);

    private static final List<String> NODES = List.of("n1", "n2", "n3");

    /** Static, since it is needed before the first test. */
    @TempDir
    private static Path folder = Path.of("");

    private final List<String> acknowledged = new ArrayList<>();
    private Path disk = Path.of("");
    private final Deque<Path> mounts = new ArrayDeque<>();
    private @Nullable LoopbackCluster nodes;
    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);

    @BeforeAll
    void start() throws Exception {
        disk = Files.createDirectories(folder.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk.toString()) == 0, "may not mount");
        mounts.add(disk);
        Path data = folder.resolve("data");
        LoopbackCluster made = new LoopbackCluster(data, 3);
        nodes = made;
        cluster = made.cluster();
        for (String name : NODES) {
            Path at = data.resolve(name);
            assertThat(run("cp", "-a", at.toString(), disk.toString())).isZero();
            assertThat(run("mount", "--bind", disk.resolve(name).toString(), at.toString()))
                    .isZero();
            mounts.addFirst(at);
        }
        made.configure("gate: {no-quorum-after: 1s, warm-up: 200ms}\n");
        startAll();
        cluster.leader();
        LocalCluster.Said said = cluster.run("zone", "import", LocalCluster.SAMPLE, "--create");
        assertThat(said.code()).as(said.err()).isZero();
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await().atMost(LocalCluster.LONG).until(() -> ready(node).status() == 200);
            change(node);
        }
    }

    @AfterAll
    void end() throws Exception {
        if (nodes != null) {
            nodes.close();
        }
        for (Path mount : mounts) {
            assertThat(run("umount", "--lazy", mount.toString())).isZero();
        }
    }

    @Test
    void fullDisksOfAllNodesSilenceNobody() throws Exception {
        killAll();
        Path filler = disk.resolve("filler");
        fill(filler);
        startAll();
        for (ClusterFile.Node node : cluster.nodes()) {
            assertAnswersStale(node, "make room");
        }
        Files.delete(filler);
        assertGoesOn();
    }

    @Test
    void readOnlyDisksOfAllNodesSilenceNobody() throws Exception {
        killAll();
        Map<String, Process> started = new HashMap<>();
        for (String name : NODES) {
            started.put(
                    name,
                    nodes().start(name, command -> onReadOnlyDisk(cluster.data().resolve(name), command)));
        }
        for (ClusterFile.Node node : cluster.nodes()) {
            assertAnswersStale(node, "takes no part in the cluster");
        }
        for (String name : NODES) {
            assertThat(run(
                            "nsenter",
                            "--target",
                            Long.toString(
                                    Objects.requireNonNull(started.get(name)).pid()),
                            "--mount",
                            "mount",
                            "-o",
                            "remount,rw,bind",
                            cluster.data().resolve(name).toString()))
                    .isZero();
        }
        assertGoesOn();
    }

    @Test
    void damagedVotesOfOneNodeAreReplacedAndThoseOfAllSilenceNobody() throws Exception {
        nodes().kill("n2");
        forgeVote("n2");
        nodes().start("n2");
        assertGoesOn();
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.send(
                                cluster.node("n1"), "GET", "/api/v1/evenkeel/cluster", null, Duration.ofSeconds(10))
                        .body()
                        .replace(" ", "")
                        .contains("\"incarnation\":2"));
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
            DurableFile.deleteTree(disk.resolve(name).resolve("raft"));
            Files.delete(disk.resolve(name).resolve("identity.properties"));
        }
        startAll();
        assertGoesOn();
    }

    /** A member whose log and votes are gone holds nothing that it could prove: it is silent, and nobody has to do anything. */
    @Test
    void aNodeWhoseZonesAreGoneComesBackByItself() throws Exception {
        nodes().kill("n3");
        DurableFile.deleteTree(disk.resolve("n3").resolve("raft"));
        nodes().start("n3");
        assertGoesOn();
    }

    private LoopbackCluster nodes() {
        return Objects.requireNonNull(nodes);
    }

    /** In a view of the files of its own, in which that folder is on a disk that cannot be written. */
    private static ProcessBuilder onReadOnlyDisk(Path data, String... command) {
        List<String> all = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"",
                data.toString()));
        all.addAll(List.of(command));
        return new ProcessBuilder(all);
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
                .atMost(BEYOND_THE_PAUSE)
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
                    .atMost(BEYOND_THE_PAUSE)
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
        try {
            Path vote = Folders.files(disk.resolve(name).resolve("raft")).stream()
                    .filter(file -> file.endsWith("raft-meta"))
                    .findFirst()
                    .orElseThrow();
            Files.writeString(vote, Files.readString(vote).replaceFirst("term=\\d+", "term=999999"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(filler)) {
            for (; ; ) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
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
