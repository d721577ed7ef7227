package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** The verbs about disks, and the one for who looks for a fault, against a node of canned answers. */
class StorageVerbsTest extends CannedNodeTest {
    private static final String PATH = "/api/v1/evenkeel/storage";
    private static final String SHOWN = """
            {"node":"n1","level":"normal","budgetBytes":4294967296,"usedBytes":194000000,"neededBytes":300000000,"volumeBytes":270582939648,\
            "freeBytes":82678120448,"fullSeconds":null,"writeSeconds":0.0123,"disk":"fine","backups":true,"lastBackup":null,\
            "classes":[],"reasons":[]}""";

    @Test
    void aNodeIsShownInALine() {
        node.can("GET " + PATH, 200, SHOWN);
        Cli said = node.run("storage", "show");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).containsPattern("n1 +normal +185 MiB +4096 MiB +77 GiB +252 GiB +12.3 ms +none yet");
        assertThat(said.out().lines())
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(80));
    }

    @Test
    void whatIsWrongIsSaidAndIsTheExitCode() {
        node.can(
                "GET " + PATH,
                200,
                SHOWN.replace("\"reasons\":[]", "\"reasons\":[\"the volume is at high; make room\"]"));
        Cli said = node.run("storage", "show");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.out()).contains("n1: the volume is at high; make room");
        node.forget("GET " + PATH);
        node.can("GET " + PATH, 503, "{\"error\":\"starting\"}");
        Cli silent = node.run("storage", "show");
        assertThat(silent.code()).isEqualTo(1);
        assertThat(silent.out()).contains("starting");
    }

    @Test
    void aBudgetIsSetInOctets() {
        node.can("PUT " + PATH, 200, SHOWN.replace("4294967296", "536870912"));
        Cli said = node.run("storage", "budget", "512MiB");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).contains("n1 may take 512 MiB until its process ends");
        for (String wrong : new String[] {"512", "512MB", "1.5GiB", "lots"}) {
            Cli refused = node.run("storage", "budget", wrong);
            assertThat(refused.code()).as(wrong).isEqualTo(2);
            assertThat(refused.err()).contains("as in 512MiB or 4GiB");
        }
    }

    @Test
    void aDiagnosisHasWhatTheNodeTellsAndSaysWhatIsMissing() throws Exception {
        node.can("GET " + PATH, 200, SHOWN);
        node.can("GET /readyz", 503, "{\"reasons\":[\"its disk has no room left; make room\"]}");
        node.can("GET /api/v1/evenkeel/status", 200, "{\"version\":\"0.1\",\"role\":\"FOLLOWER\"}");
        node.can(
                "GET /metrics",
                200,
                "evenkeel_work_faults_total{work=\"tick\"} 2.0\nevenkeel_raft_rebuilds_total 0.0\nevenkeel_stale 1.0\n");
        Path file = folder.resolve("fault.zip");
        Cli said = node.run("diagnose", file.toString());
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("its disk has no room left; make room")
                .contains("evenkeel_work_faults_total{work=\"tick\"} is 2.0", "evenkeel_stale is 1.0")
                .contains("no threads.txt", "no node that was asked leads")
                .doesNotContain("raft_rebuilds");
        Set<String> names = new TreeSet<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                String name = entries.nextElement().getName();
                names.add(name.substring(name.indexOf('/') + 1));
            }
        }
        assertThat(names).contains("readyz.json", "status.json", "metrics.txt", "storage.json", "findings.txt");
        long size = Files.size(file);
        Cli again = node.run("diagnose", file.toString());
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("exists, and is not overwritten");
        assertThat(file).as("it is still there").hasSize(size);
    }

    @Test
    void aNodeThatDoesNotAnswerIsAFinding() {
        node.close();
        Cli said = node.run("diagnose", folder.resolve("fault.zip").toString());
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).contains("does not answer");
    }
}
