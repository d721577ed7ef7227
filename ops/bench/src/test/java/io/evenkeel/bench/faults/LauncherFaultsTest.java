package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.local.Layout;
import io.evenkeel.ops.node.ClusterFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator can do to the launcher, and what it leaves behind. */
@Tag("faults")
class LauncherFaultsTest {
    @TempDir
    private Path folder = Path.of("");

    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);

    @BeforeEach
    void choose() {
        cluster = new LocalCluster(folder.resolve("a data folder"), 3);
    }

    @AfterEach
    void end() throws Exception {
        cluster.close();
    }

    /** A foreground {@code up} with what it has said so far. */
    private record Foreground(Process process, List<String> lines) {
        void awaitLine(String part) {
            Awaitility.await(part)
                    .atMost(LocalCluster.LONG.multipliedBy(2))
                    .until(() -> List.copyOf(lines).stream().anyMatch(line -> line.contains(part)));
        }
    }

    private Foreground foreground() throws IOException {
        Process process = LocalCluster.launch(
                Map.of(), "up", "--data", cluster.data().toString(), "--base-port", "" + cluster.basePort());
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        for (BufferedReader reader : List.of(process.inputReader(), process.errorReader())) {
            Thread.ofVirtual().start(() -> reader.lines().forEach(lines::add));
        }
        return new Foreground(process, lines);
    }

    @Test
    void killedUpLeavesNoProcess() throws Exception {
        Foreground up = foreground();
        up.awaitLine("All open after");
        List<ClusterFile.Node> nodes = cluster.nodes();
        assertThat(nodes).allMatch(ClusterFile.Node::runs);
        up.process().destroyForcibly();
        LocalCluster.awaitGone(nodes);
    }

    @Test
    void upKilledWhileItStartsLeavesNoProcess() throws Exception {
        Foreground up = foreground();
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> Files.exists(cluster.data().resolve(ClusterFile.NAME))
                        && cluster.nodes().stream().allMatch(ClusterFile.Node::runs));
        up.process().destroyForcibly();
        LocalCluster.awaitGone(cluster.nodes());
    }

    @Test
    void interruptedUpStopsItsNodesAndADeadNodeIsReported() throws Exception {
        Foreground up = foreground();
        up.awaitLine("All open after");
        List<ClusterFile.Node> nodes = cluster.nodes();
        LocalCluster.signal("KILL", nodes.getFirst());
        up.awaitLine("n1 (pid " + nodes.getFirst().pid() + ") was killed by signal 9; 2 of 3 nodes go on");
        assertThat(new ProcessBuilder("kill", "-INT", "" + up.process().pid())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(up.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(nodes).noneMatch(ClusterFile.Node::runs);
        assertThat(List.copyOf(up.lines())).noneMatch(line -> line.contains("Exception"));
    }

    @Test
    void upAndDownCanBeSaidTwiceAndUpStartsWhatIsMissing() throws Exception {
        cluster.up();
        List<ClusterFile.Node> first = cluster.nodes();
        assertThat(cluster.up().out()).contains("run already");
        assertThat(cluster.nodes()).isEqualTo(first);
        LocalCluster.Said foreground = cluster.run("up");
        assertThat(foreground.code()).isEqualTo(4);
        assertThat(foreground.err()).contains("already run");

        LocalCluster.signal("KILL", first.getLast());
        LocalCluster.awaitGone(List.of(first.getLast()));
        assertThat(cluster.run("status").code()).isEqualTo(1);
        cluster.up();
        assertThat(cluster.nodes().getFirst()).isEqualTo(first.getFirst());
        assertThat(cluster.nodes().getLast().pid()).isNotEqualTo(first.getLast().pid());
        assertThat(cluster.run("status").code()).isZero();

        assertThat(cluster.run("rrset", "add", "callhome.example", "kept", "TXT", "kept")
                        .code())
                .isZero();
        assertThat(cluster.run("down").out()).contains("stopped 3 nodes");
        assertThat(cluster.run("down").out()).contains("nothing runs");
        cluster.up();
        for (ClusterFile.Node node : cluster.nodes()) {
            assertThat(LocalCluster.txt(node, "kept")).contains("kept");
        }
    }

    @Test
    void oneNodeAndFiveNodesMakeAClusterToo() throws Exception {
        for (int size : new int[] {1, 5}) {
            try (LocalCluster other = new LocalCluster(folder.resolve("of" + size), size)) {
                other.up();
                assertThat(other.nodes()).hasSize(size);
                assertThat(other.setTxt(other.nodes().getLast(), "size", "" + size)
                                .accepted())
                        .isTrue();
                assertThat(other.run("status").code()).isZero();
            }
        }
    }

    @Test
    void badConfigurationIsOneLineAndAnExitCode() throws Exception {
        Path config = Files.writeString(
                folder.resolve("bad.yaml"),
                "node: {name: n1, data: " + folder.resolve("n1") + "}\ngate: {warm-up: soon}\nnotakey: 1\n");
        LocalCluster.Said served = LocalCluster.evenkeel(Map.of(), "serve", "--config", config.toString());
        LocalCluster.Said checked = LocalCluster.evenkeel(Map.of(), "check", "config", config.toString());
        assertThat(served.code()).isEqualTo(2);
        assertThat(checked.code()).isNotZero();
        for (LocalCluster.Said said : List.of(served, checked)) {
            assertThat(said.err()).contains("warm-up").contains("notakey");
            assertThat(said.err().lines().count()).as(said.err()).isEqualTo(2);
        }
    }

    @Test
    void dataOfAnotherClusterOrFormatIsRefused() throws Exception {
        cluster.up();
        cluster.run("down");
        Path identity = cluster.data().resolve("n1/identity.properties");
        String own = Files.readString(identity);
        for (String foreign : List.of(
                own.replace("cluster=evenkeel", "cluster=otherwise"),
                own.replaceFirst("format=\\d+", "format=99"),
                own.replaceFirst("format=\\d+", "format=1"))) {
            assertThat(foreign).isNotEqualTo(own);
            Files.writeString(identity, foreign);
            LocalCluster.Said said = cluster.run("up", "--detach");
            assertThat(said.code()).as("%s", said).isEqualTo(4);
            assertThat(said.err()).contains("n1").doesNotContain("\tat ");
            assertThat(cluster.nodes()).noneMatch(ClusterFile.Node::runs);
        }
        Files.writeString(identity, own);
        cluster.up();
    }

    @Test
    void addressInUseIsNamedByTheNodeToo() throws Exception {
        cluster.up();
        ClusterFile.Node node = cluster.nodes().getFirst();
        Path config = folder.resolve("twin.yaml");
        Files.writeString(
                config,
                "node: {name: twin, data: '%s'}\ndns: {listen: ['%s']}\nadmin: {listen: '127.0.0.1:%d'}\n"
                        .formatted(folder.resolve("twin"), node.dns(), cluster.basePort() + Layout.ADMIN + 9));
        LocalCluster.Said said = LocalCluster.evenkeel(Map.of(), "serve", "--config", config.toString());
        assertThat(said.code()).as("%s", said).isEqualTo(3);
        assertThat(said.err()).contains(node.dns());
    }

    /** Where one prepares and another writes over it, a node that runs from the first one's cache would end. */
    @Test
    void launchersAtOncePrepareFastStartsOnce() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("root/ops/bin"));
        Path launcher = Files.copy(LocalCluster.LAUNCHER, bin.resolve("evenkeel"), StandardCopyOption.COPY_ATTRIBUTES);
        Path target = Files.createDirectories(folder.resolve("root/ops/target"));
        Files.copy(Path.of("../target/evenkeel.jar"), target.resolve("evenkeel.jar"));
        List<Process> launchers = new ArrayList<>();
        for (String data : List.of("one", "two", "three")) {
            Path config = Files.writeString(folder.resolve(data + ".yaml"), "notakey: 1\n");
            launchers.add(new ProcessBuilder(launcher.toString(), "serve", "--config", config.toString())
                    .redirectErrorStream(true)
                    .start());
        }
        StringBuilder said = new StringBuilder();
        for (Process process : launchers) {
            said.append(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(process.waitFor()).as("%s", said).isEqualTo(2);
        }
        assertThat(said.toString().lines().filter(line -> line.startsWith("Prepar")))
                .as("%s", said)
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("Preparing fast starts"),
                        last -> assertThat(last).startsWith("Prepared in"));
        assertThat(target.resolve("launch/evenkeel.aot")).isNotEmptyFile();
    }
}
