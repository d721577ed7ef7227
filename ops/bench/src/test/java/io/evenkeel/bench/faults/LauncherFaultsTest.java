package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.local.Layout;
import io.evenkeel.ops.node.ClusterFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
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
                    .until(() -> !linesWith(part).isEmpty());
        }

        List<String> linesWith(String part) {
            return List.copyOf(lines).stream()
                    .filter(line -> line.contains(part))
                    .toList();
        }

        void signal(String signal) throws IOException, InterruptedException {
            assertThat(new ProcessBuilder("kill", "-" + signal, "" + process.pid())
                            .start()
                            .waitFor())
                    .isZero();
        }
    }

    private Foreground foreground() throws IOException {
        return foreground(cluster, 3);
    }

    private static Foreground foreground(LocalCluster cluster, int size) throws IOException {
        Process process = LocalCluster.launch(
                Map.of(),
                "up",
                "--data",
                cluster.data().toString(),
                "--base-port",
                "" + cluster.basePort(),
                "--nodes",
                "" + size);
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

    /**
     * The same {@code up} sees a node that is killed, one that was told to end, one that ends again and again since its data is
     * another cluster's, and its own end while that one waits for its next start.
     */
    @Test
    void upStartsAgainWhatEndsButNotWhatWasStoppedAndInterruptedItStopsAll() throws Exception {
        Foreground up = foreground();
        up.awaitLine("All open after");
        ClusterFile.Node killed = cluster.node("n1");
        LocalCluster.signal("KILL", killed);
        up.awaitLine(
                "n1 (pid " + killed.pid() + ") was killed by signal 9; 2 of 3 nodes go on; it is started again in 1 s");
        up.awaitLine("n1 is open, pid ");
        ClusterFile.Node again = cluster.node("n1");
        assertThat(again.runs()).isTrue();
        assertThat(again.pid()).isNotEqualTo(killed.pid());
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.setTxt(again, "again", "v").accepted());
        assertThat(LocalCluster.txt(again, "again")).contains("v");

        ClusterFile.Node asked = cluster.node("n3");
        LocalCluster.signal("TERM", asked);
        up.awaitLine("n3 (pid " + asked.pid() + ") ended with exit code 0; 2 of 3 nodes go on");

        Path identity = cluster.data().resolve("n1/identity.properties");
        Files.writeString(identity, Files.readString(identity).replace("cluster=evenkeel", "cluster=otherwise"));
        LocalCluster.signal("KILL", again);
        up.awaitLine(
                "having ended 4 times in a row; its log is " + cluster.data().resolve("n1/node.log"));
        assertThat(up.linesWith("n1 (pid ")).as("another cause is told at once").hasSize(4);
        assertThat(up.linesWith("n1 (pid ").getLast()).contains("exit code 4", "otherwise", "1 of 3 nodes go on");
        assertThat(LocalCluster.txt(cluster.node("n2"), "again")).contains("v");
        assertThat(cluster.node("n3")).as("whoever told it to end wants that").isEqualTo(asked);

        up.signal("INT");
        assertThat(up.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(cluster.nodes()).noneMatch(ClusterFile.Node::runs);
        assertThat(List.copyOf(up.lines())).noneMatch(line -> line.contains("Exception"));
    }

    @Test
    void whatDownHasKilledStaysDownAndUpEnds() throws Exception {
        try (LocalCluster single = new LocalCluster(folder.resolve("single"), 1)) {
            Foreground up = foreground(single, 1);
            up.awaitLine("All open after");
            ClusterFile.Node node = single.node("n1");
            assertThat(single.run("down", "--kill").out()).contains("killed 1 node");
            assertThat(up.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(up.process().exitValue()).isZero();
            up.awaitLine("n1 was stopped by `down`, and is not started again");
            assertThat(node.runs()).isFalse();
            assertThat(single.node("n1").runs()).isFalse();
        }
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
            // Of compose files, whose user may well have them in the environment.
            Map<String, String> compose =
                    Map.of("EVENKEEL_DNS_BASE", "530", "EVENKEEL_ADMIN_BASE", "810", "EVENKEEL_HEALTH_BASE", "820");
            try (LocalCluster other = new LocalCluster(folder.resolve("of" + size), size, compose)) {
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
        ClusterFile.Node sound = cluster.node("n2");
        for (String foreign : List.of(
                own.replace("cluster=evenkeel", "cluster=otherwise"),
                own.replaceFirst("format=\\d+", "format=99"),
                own.replaceFirst("format=\\d+", "format=1"))) {
            assertThat(foreign).isNotEqualTo(own);
            Files.writeString(identity, foreign);
            LocalCluster.Said said = cluster.run("up", "--detach");
            assertThat(said.code()).as("%s", said).isEqualTo(4);
            assertThat(said.err()).contains("n1", "the nodes that run go on").doesNotContain("\tat ");
            assertThat(cluster.node("n1").runs()).isFalse();
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> cluster.send(sound, "GET", "/readyz", null, Duration.ofSeconds(5))
                                    .status()
                            == 200);
        }
        Files.writeString(identity, own);
        cluster.up();
        assertThat(cluster.run("status").code()).isZero();
    }

    @Test
    void addressInUseIsNamedByTheNodeToo() throws Exception {
        cluster.up();
        ClusterFile.Node node = cluster.nodes().getFirst();
        Path config = folder.resolve("twin.yaml");
        Files.writeString(
                config,
                "node: {name: twin, data: '%s'}\ndns: {listen: ['%s']}\nadmin: {listen: '127.0.0.1:%d'}\n"
                        .formatted(folder.resolve("twin"), node.dns(), new Layout(cluster.basePort(), 3).adminPort(9)));
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
        Path cache = target.resolve("launch/verbs.aot");
        assertThat(cache).isNotEmptyFile();
        assertDamagedCacheIsDropped(launcher, cache);
    }

    /** A JVM that is given such a cache ends by a signal. */
    private void assertDamagedCacheIsDropped(Path launcher, Path cache) throws Exception {
        try (RandomAccessFile octets = new RandomAccessFile(cache.toFile(), "rw")) {
            octets.seek(octets.length() / 2);
            octets.write(new byte[1 << 20]);
        }
        ProcessBuilder check = new ProcessBuilder(
                        launcher.toString(),
                        "check",
                        "config",
                        folder.resolve("one.yaml").toString())
                .redirectErrorStream(true);
        for (boolean first : new boolean[] {true, false}) {
            Process process = check.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s", said).isEqualTo(1);
            assertThat(said.contains("verbs.aot is not as it was made"))
                    .as(said)
                    .isEqualTo(first);
            assertThat(said).contains("notakey");
            assertThat(cache).as("the next node is to make another").doesNotExist();
        }
    }
}
