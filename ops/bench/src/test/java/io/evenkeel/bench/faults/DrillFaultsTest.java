package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evenkeel drill run} with nodes of its own. */
@Tag("faults")
class DrillFaultsTest {
    private static final Path DRILLS = Path.of("../drills");

    @TempDir
    private Path folder = Path.of("");

    /** A machine that others use makes it void; then it has still done what it shall, and judged it. */
    @Test
    void theLeaderIsKilledAndChangesAreBack() throws Exception {
        Quotas.assume();
        String scenario = Files.readString(DRILLS.resolve("d02-each-node-killed.yaml"));
        int faults = scenario.indexOf("faults:");
        String shorter = scenario.substring(0, faults).replace("seconds: 75", "seconds: 25")
                + "faults: {at: 5s, do: kill, node: leader, for: 2s}\n\n"
                + scenario.substring(scenario.indexOf("pass:"));
        Path file = Files.writeString(folder.resolve("short.yaml"), shorter);
        Path page = folder.resolve("report.html");
        LocalCluster.Said said = LocalCluster.evenkeel(
                Map.of(), "drill", "run", file.toString(), "--output", "json", "--report", page.toString());
        assertThat(said.code()).as("%s", said.err()).isIn(0, 2);
        JsonNode result =
                Json.readOrMissing(said.out().lines().toList().getLast().getBytes(StandardCharsets.UTF_8));
        assertThat(result.path("result").asText())
                .as("%s%n%s", said.err(), result)
                .isIn("passed", "void");
        assertThat(result.at("/cluster/leaderChanges").asInt()).isPositive();
        assertThat(result.at("/cluster/deaths")).isEmpty();
        assertThat(result.at("/cluster/changesAccepted").asInt()).isGreaterThan(20);
        assertThat(result.at("/cluster/moments").findValuesAsText("what"))
                .contains("killed", "started again", "leader");
        assertThat(Files.readString(page)).contains("polyline", "accepted change", "killed");
        assertThat(folders()).isEmpty();
    }

    @Test
    void nothingIsLeftOfADrillThatIsKilled() throws Exception {
        Quotas.assume();
        String scenario =
                Files.readString(DRILLS.resolve("d14-each-node-stopped.yaml")).replace("at: 10s", "at: 1s");
        try (RunningDrill drill = new RunningDrill(folder, scenario)) {
            assertThat(drill.next(3)).hasSize(3); // a node stands still
            long pid = drill.pid();
            assertThat(folders()).hasSize(1);
            assertThat(processes(folders().getFirst())).hasSizeGreaterThanOrEqualTo(3);
            assertThat(groups(pid)).hasSize(3);
            Path own = folders().getFirst();
            drill.kill();
            Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> {
                assertThat(processes(own)).isEmpty();
                assertThat(groups(pid)).isEmpty();
                assertThat(own).doesNotExist();
            });
        }
    }

    /** Of clusters of drills. */
    private static List<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(each -> String.valueOf(each.getFileName()).startsWith("evenkeel-drill-"))
                    .toList();
        }
    }

    /** Nodes whose configuration is in that folder. */
    private static List<ProcessHandle> processes(Path own) {
        return ProcessHandle.allProcesses()
                .filter(process -> Stream.of(process.info().arguments().orElse(new String[0]))
                        .anyMatch(argument -> argument.startsWith(own + "/")))
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
