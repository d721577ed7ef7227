package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LocalCluster.Said;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The history of changes of three real nodes, one of which is killed, and the ways back in it. */
@Tag("faults")
class HistoryFaultsTest extends ThreeNodes {
    private static final String ZONE = "callhome.example";

    private Said done(String... args) throws Exception {
        Said said = cluster.run(args);
        assertThat(said.code()).as("%s", said).isZero();
        return said;
    }

    private JsonNode log(ClusterFile.Node node, String... more) throws Exception {
        String[] args = {"log", "--last", "1000", "--output", "json", "--node", node.name()};
        String[] all = Stream.of(args, more).flatMap(Stream::of).toArray(String[]::new);
        return Json.MAPPER.readTree(done(all).out()).path("changes");
    }

    private void sameOnAll(int changes) throws Exception {
        JsonNode expected = log(cluster.leader());
        assertThat(expected).hasSize(changes);
        for (ClusterFile.Node node : cluster.nodes()) {
            // It answers what it has applied, a moment after the leader.
            Awaitility.await(node.name())
                    .atMost(LocalCluster.LONG)
                    .untilAsserted(() -> assertThat(log(node)).isEqualTo(expected));
        }
    }

    @Test
    void theHistoryIsTheSameOnAllNodesWhoeverLeads() throws Exception {
        int before = log(cluster.leader()).size();
        done("rrset", "add", ZONE, "one", "A", "192.0.2.1", "--node", "n2");
        ClusterFile.Node killed = cluster.leader();
        LocalCluster.signal("KILL", killed);
        LocalCluster.awaitGone(List.of(killed));
        String other = cluster.othersThan(killed).getFirst().name();
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.run("rrset", "add", ZONE, "two", "A", "192.0.2.2", "--node", other)
                                .code()
                        == 0);
        cluster.up();
        sameOnAll(before + 2);

        JsonNode two =
                log(cluster.leader(), ZONE).path(log(cluster.leader(), ZONE).size() - 1);
        assertThat(two.path("node").asText()).isEqualTo(other);
        assertThat(two.path("added").findValuesAsText("content")).contains("192.0.2.2");

        // Through a snapshot, and after a start of all from their disks.
        for (ClusterFile.Node node : cluster.nodes()) {
            assertThat(cluster.send(node, "POST", "/api/v1/evenkeel/snapshot", null, LocalCluster.LONG)
                            .status())
                    .isEqualTo(200);
        }
        LocalCluster.signal("KILL", cluster.nodes().toArray(ClusterFile.Node[]::new));
        LocalCluster.awaitGone(cluster.nodes());
        cluster.up();
        sameOnAll(before + 2);
    }

    @Test
    void aZoneGoesBackAndComesBack() throws Exception {
        Path backup = folder.resolve("zones.backup");
        done("backup", backup.toString());
        long exported = records(done("zone", "export", ZONE).out());
        done("rrset", "add", ZONE, "one", "A", "192.0.2.1");
        done("zone", "rollback", ZONE);
        assertThat(records(done("zone", "export", ZONE).out())).isEqualTo(exported);

        done("rrset", "add", ZONE, "two", "A", "192.0.2.2");
        String full = done("zone", "export", ZONE).out();
        done("zone", "delete", ZONE, "--yes");
        done("zone", "undelete", ZONE);
        assertThat(done("zone", "export", ZONE).out()).as("with its serial").isEqualTo(full);

        done("zone", "restore", ZONE, "--from", backup.toString());
        assertThat(records(done("zone", "export", ZONE).out())).isEqualTo(exported);
        done("zone", "delete", ZONE, "--yes");
        done("zone", "restore", ZONE, "--from", backup.toString());
        assertThat(records(done("zone", "export", ZONE).out())).isEqualTo(exported);
        JsonNode last = log(cluster.leader(), ZONE);
        assertThat(last.findValuesAsText("kind")).endsWith("deleted", "created");
    }

    private static long records(String masterFile) {
        return masterFile.lines().count();
    }
}
