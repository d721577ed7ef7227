package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evenkeel drill run} with nodes of its own. */
@Tag("faults")
class DrillFaultsTest {
    private static final Path DRILLS = Path.of("../drills");

    @TempDir
    private Path folder = Path.of("");

    /** Folders of drills that others have run here, and that may be there still. */
    private Set<Path> others = Set.of();

    @BeforeEach
    void seeWhatOthersLeft() throws IOException {
        others = Set.copyOf(allFolders());
    }

    /** A machine that others use makes it void; then it has still done what it shall, and judged it. */
    @Test
    void theLeaderIsKilledAndChangesAreBack() throws Exception {
        Quotas.assume();
        String scenario = Files.readString(DRILLS.resolve("d02-each-node-killed.yaml"));
        String shorter =
                withFault(scenario, "{at: 5s, do: kill, node: leader, for: 2s}").replace("seconds: 75", "seconds: 25");
        Path page = folder.resolve("report.html");
        JsonNode result = run(shorter, page);
        assertThat(result.at("/cluster/leaderChanges").asInt()).isPositive();
        assertThat(result.at("/cluster/unwatched").asText().isEmpty()).isEqualTo(OsProcess.onPath("prometheus"));
        assertThat(result.at("/cluster/changesAccepted").asInt()).isGreaterThan(20);
        assertThat(result.at("/cluster/moments").findValuesAsText("what"))
                .contains("killed", "started again", "leader");
        assertThat(Files.readString(page)).contains("polyline", "accepted change", "killed", "<td>notes: ");
        if (OsProcess.onPath("prometheus")) {
            assertThat(Files.readString(page))
                    .contains("Wait of the oldest question", "Processor time of a node", "Files of a node");
            JsonNode json = Json.readOrMissing(Files.readAllBytes(folder.resolve("report.json")));
            assertThat(json.at("/processor/n1")).hasSizeGreaterThanOrEqualTo(20);
        }
    }

    /** As {@link #theLeaderIsKilledAndChangesAreBack}. */
    @Test
    void allNodesStartUnderTheWholeCrowd() throws Exception {
        Quotas.assume();
        JsonNode result =
                run(Files.readString(DRILLS.resolve("d04-cold-start-in-a-storm.yaml")), folder.resolve("report.html"));
        assertThat(result.at("/cluster/moments").findValuesAsText("what"))
                .filteredOn("started again"::equals)
                .hasSize(3);
    }

    /** As {@link #theLeaderIsKilledAndChangesAreBack}. */
    @Test
    void anEmptyNodeTakesThePlaceOfTheLeader() throws Exception {
        Quotas.assume();
        String scenario = Files.readString(DRILLS.resolve("d17-node-replaced.yaml"));
        String shorter = withFault(scenario, "{at: 5s, do: wipe, node: leader, for: 2s}")
                .replace("seconds: 90", "seconds: 60")
                .replace("from: 78s", "from: 45s");
        JsonNode result = run(shorter, folder.resolve("report.html"));
        assertThat(result.at("/cluster/leaderChanges").asInt()).isPositive();
        assertThat(result.at("/cluster/moments").findValuesAsText("what"))
                .contains("killed and wiped", "started again, empty", "ready again");
    }

    @Test
    void aFullDiskOfTheLeaderCostsNoAnswer() throws Exception {
        Quotas.assume();
        String scenario = Files.readString(DRILLS.resolve("d06-full-disk.yaml"));
        String shorter = scenario.replace("for: 20s", "for: 8s").replace("seconds: 90", "seconds: 30");
        JsonNode result = run(shorter, folder.resolve("report.html"));
        assertThat(result.at("/cluster/moments").findValuesAsText("what"))
                .contains("has a full disk", "has room on its disk again");
    }

    /** The node says by its metric that its clock jumped, or the fault could not be done. */
    @Test
    void aClockThatJumpsIsSeenAndPutRight() throws Exception {
        Quotas.assume();
        Assumptions.assumeTrue(OsProcess.onPath("faketime"));
        String scenario = Files.readString(DRILLS.resolve("d10-clock.yaml"));
        String shorter = withFault(scenario, "{at: 5s, do: clock, node: leader, by: -1h, for: 5s}")
                .replace("seconds: 75", "seconds: 25");
        JsonNode result = run(shorter, folder.resolve("report.html"));
        assertThat(result.at("/cluster/leaderChanges").asInt()).isZero();
        assertThat(result.at("/cluster/moments").findValuesAsText("what"))
                .contains("has a wrong clock", "has the right clock again");
    }

    /** Shorter, both ways and then one way: nobody but the leader's side is old, and nothing is lost. */
    @Test
    void aLeaderThatIsCutOffLosesNothing() throws Exception {
        Quotas.assume();
        Assumptions.assumeTrue(OsProcess.onPath("nft") && OsProcess.onPath("setpriv"));
        String scenario = Files.readString(DRILLS.resolve("d08-partition.yaml"));
        String shorter = withFault(
                        scenario,
                        "[{at: 5s, do: partition, node: leader, for: 10s}, {at: 25s, do: mute, node: leader, for: 10s}]")
                .replace("seconds: 110", "seconds: 55")
                .replace("stale: 15s", "stale: 10s");
        JsonNode result = run(shorter, folder.resolve("report.html"));
        assertThat(result.at("/cluster/leaderChanges").asInt()).isGreaterThanOrEqualTo(2);
        if (result.path("result").asText().equals("passed")) {
            assertThat(result.at("/criteria").findValuesAsText("figure"))
                    .anyMatch(figure -> figure.contains("changes by way of single nodes are there"));
        }
    }

    /** The scenario, with that fault, or that list, in place of its own. */
    private static String withFault(String scenario, String fault) {
        return scenario.substring(0, scenario.indexOf("faults:"))
                + "faults: " + fault + "\n\n"
                + scenario.substring(scenario.indexOf("pass:"));
    }

    /** What came of it; nothing is left. A machine that others use stands still for a moment, which costs some of so few questions. */
    private JsonNode run(String scenario, Path page) throws Exception {
        String bearing = scenario.replaceAll("(first-try|success): (?:100|99[.]9) %", "$1: 98 %");
        assertThat(bearing).isNotEqualTo(scenario);
        Path file = Files.writeString(folder.resolve("short.yaml"), bearing);
        LocalCluster.Said said = LocalCluster.evenkeel(
                Map.of(), "drill", "run", file.toString(), "--output", "json", "--report", page.toString());
        assertThat(said.code()).as("%s", said.err()).isIn(0, 2);
        Assumptions.assumeFalse(
                said.err().contains("void: "),
                () -> "the drill could not begin: " + said.err()); // as where no rate is to be had
        JsonNode result =
                Json.readOrMissing(said.out().lines().toList().getLast().getBytes(StandardCharsets.UTF_8));
        assertThat(result.path("result").asText())
                .as("%s%n%s", said.err(), result)
                .isIn("passed", "void");
        assertThat(result.at("/cluster/deaths")).isEmpty();
        assertThat(folders()).isEmpty();
        return result;
    }

    @Test
    void nothingIsLeftOfADrillThatIsKilled() throws Exception {
        Quotas.assume();
        String scenario = Files.readString(DRILLS.resolve("d14-each-node-stopped.yaml"))
                .replace("at: 10s", "at: 1s")
                .replace(
                        "faults:\n",
                        "faults:\n  - {at: 1s, do: disk-full, node: n2}\n"
                                + (OsProcess.onPath("nft")
                                        ? "  - {at: 1s, do: loss, node: n3, to: 90 %}\n  - {at: 1s, do: partition, node: n3}\n"
                                        : ""));
        try (RunningDrill drill = new RunningDrill(folder, scenario)) {
            assertThat(drill.next(3))
                    .hasSize(
                            3); // a node stands still, another has a full disk, the third loses messages and is cut off
            long pid = drill.pid();
            assertThat(folders()).hasSize(1);
            assertThat(processes(folders().getFirst()))
                    .hasSizeGreaterThanOrEqualTo(OsProcess.onPath("prometheus") ? 4 : 3);
            assertThat(groups(pid)).hasSize(3);
            Path own = folders().getFirst();
            assertThat(mounts(own)).hasSize(3);
            assertThat(tables(pid)).hasSize(OsProcess.onPath("nft") ? 1 : 0);
            drill.kill();
            Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> {
                assertThat(processes(own)).isEmpty();
                assertThat(groups(pid)).isEmpty();
                assertThat(mounts(own)).isEmpty();
                assertThat(tables(pid)).isEmpty();
                assertThat(own).doesNotExist();
            });
        }
    }

    @Test
    void noDiskStaysSlowWhenADrillIsKilled() throws Exception {
        Quotas.assume();
        Path limit = Path.of("/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device");
        Assumptions.assumeTrue(Files.isWritable(limit), "no blkio controller of cgroups of version 1");
        String before = Files.readString(limit);
        String scenario = Files.readString(DRILLS.resolve("d07-slow-disk.yaml"));
        try (RunningDrill drill =
                new RunningDrill(folder, withFault(scenario, "{at: 1s, do: slow-disk, node: leader}"))) {
            assertThat(drill.next(8)).hasSize(8); // changes come every second, so the leader waits for its disk
            Path own = folders().getFirst();
            assertThat(mounts(own)).hasSize(3).allMatch(line -> line.startsWith("/dev/loop"));
            assertThat(Files.readString(limit)).isNotEqualTo(before);
            drill.kill();
            Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> {
                assertThat(Files.readString(limit)).isEqualTo(before);
                assertThat(processes(own)).isEmpty();
                assertThat(mounts(own)).isEmpty();
                assertThat(own).doesNotExist();
            });
        }
    }

    /** Of clusters of this test's drills. */
    private List<Path> folders() throws IOException {
        return allFolders().stream().filter(each -> !others.contains(each)).toList();
    }

    private static List<Path> allFolders() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(each -> String.valueOf(each.getFileName()).startsWith("evenkeel-drill-"))
                    .toList();
        }
    }

    /** Nodes, and a Prometheus beside them, whose configuration is in that folder. */
    private static List<ProcessHandle> processes(Path own) {
        return ProcessHandle.allProcesses()
                .filter(process -> Stream.of(process.info().arguments().orElse(new String[0]))
                        .anyMatch(argument -> argument.contains(own + "/")))
                .toList();
    }

    /** Of nftables, that a drill has made. */
    private static List<String> tables(long drill) throws IOException {
        if (!OsProcess.onPath("nft")) {
            return List.of();
        }
        Process nft = new ProcessBuilder("nft", "list", "tables").start();
        return nft.inputReader()
                .lines()
                .filter(line -> line.endsWith(" evenkeel_drill_" + drill))
                .toList();
    }

    /** Below that folder. */
    private static List<String> mounts(Path own) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> line.contains(" " + own + "/"))
                .toList();
    }

    /** Of processor time, that a drill has made. */
    private static List<Path> groups(long drill) throws IOException {
        String prefix = "evenkeel-" + drill + "-";
        try (Stream<Path> found = Files.find(
                Path.of("/sys/fs/cgroup"),
                2,
                (path, _) -> String.valueOf(path.getFileName()).startsWith(prefix))) {
            return found.toList();
        }
    }
}
