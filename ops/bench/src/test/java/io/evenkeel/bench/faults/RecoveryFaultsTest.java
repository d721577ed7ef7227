package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.ops.node.ClusterFile;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clusters that are lost, and come back out of a survivor or a backup; as processes. */
@Tag("faults")
class RecoveryFaultsTest extends ThreeNodes {
    private static final int CHANGES = 30;

    private void change(ClusterFile.Node node) {
        for (int i = 0; i < CHANGES; i++) {
            String owner = "r" + i;
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> cluster.setTxt(node, owner, "v").accepted());
        }
    }

    private static void assertAllThere(LocalCluster where) {
        for (ClusterFile.Node node : where.nodes()) {
            for (int i = 0; i < CHANGES; i++) {
                assertThat(LocalCluster.txt(node, "r" + i)).as(node.name()).contains("v");
            }
        }
    }

    @Test
    void whatTheLastSurvivorAcknowledgedIsThereAfterItsRecoveryAndTheOthersJoin() throws Exception {
        change(cluster.node("n3"));
        ClusterFile.Node[] all = cluster.nodes().toArray(ClusterFile.Node[]::new);
        LocalCluster.Said running = cluster.run("cluster", "recover", "--node", "n3", "--confirm", "evenkeel");
        assertThat(running.code()).isEqualTo(4);
        assertThat(running.err()).contains("node n3 runs; stop it first");
        LocalCluster.signal("KILL", all);
        LocalCluster.awaitGone(cluster.nodes());
        DurableFile.deleteTree(cluster.data().resolve("n2"));

        LocalCluster.Said mistyped = cluster.run("cluster", "recover", "--node", "n3", "--confirm", "other");
        assertThat(mistyped.code()).isEqualTo(2);
        assertThat(mistyped.err()).contains("nothing is done");
        LocalCluster.Said said = cluster.run("cluster", "recover", "--node", "n3", "--confirm", "evenkeel");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.err()).contains("members n1,n2,n3").contains("is lost").contains("may appear");

        LocalCluster.Said beside = cluster.run("up", "--detach");
        assertThat(beside.code()).as("n1 has its old data still").isEqualTo(4);
        // Whichever of the two gets to know it first, the one that would found or the one that would join, ends first.
        assertThat(beside.err())
                .containsAnyOf("n1 runs with the data of cluster", "members belong to different clusters")
                .containsAnyOf("delete its data folder", "delete the data folders of all but one");

        cluster.run("down", "--kill");
        DurableFile.deleteTree(cluster.data().resolve("n1"));
        cluster.up();
        assertAllThere(cluster);
        assertThat(cluster.setTxt(cluster.node("n1"), "after", "v").accepted()).isTrue();
    }

    @Test
    void aBackupTakenWithoutQuorumMakesANewCluster() throws Exception {
        change(cluster.node("n2"));
        LocalCluster.signal("KILL", cluster.node("n1"), cluster.node("n3"));
        Path file = folder.resolve("zones.backup");
        LocalCluster.Said backup = cluster.run("backup", file.toString(), "--node", "n2");
        assertThat(backup.code()).as(backup.err()).isZero();
        assertThat(backup.out()).contains("verified");
        cluster.close();

        LocalCluster fresh = new LocalCluster(folder.resolve("fresh"), 3);
        try (fresh) {
            LocalCluster.Said restored = fresh.run("restore", file.toString());
            assertThat(restored.code()).as(restored.err()).isZero();
            fresh.up();
            assertAllThere(fresh);
            LocalCluster.Said again = fresh.run("restore", file.toString());
            assertThat(again.code()).isEqualTo(4);
            assertThat(again.err()).contains("is not empty");
        }
    }
}
