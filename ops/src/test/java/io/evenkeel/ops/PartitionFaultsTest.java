package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes, cut from each other in network namespaces. Needs root: {@code mvn verify -Dfaults}. */
@Tag("faults")
class PartitionFaultsTest {
    @TempDir
    private Path folder = Path.of("");

    private PartitionedCluster nodes;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
        nodes = new PartitionedCluster(folder.resolve("data"), 3);
        nodes.start();
    }

    @AfterEach
    void end() throws Exception {
        if (nodes != null) {
            nodes.close();
        }
    }

    @Test
    void leaderThatIsCutOffIsReplacedAndComesBack() throws Exception {
        LocalCluster cluster = nodes.cluster();
        ClusterFile.Node leader = cluster.leader();
        List<ClusterFile.Node> others = cluster.othersThan(leader);
        assertThat(cluster.setTxt(leader, "before", "1").accepted()).isTrue();
        nodes.isolate(leader.name());
        long cut = System.nanoTime();
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.setTxt(others.getFirst(), "during", "2").accepted());
        long changed = System.nanoTime();
        assertThat(LocalCluster.txt(leader, "before")).hasValue("1");
        assertThat(LocalCluster.txt(leader, "during")).isEmpty();
        assertThat(cluster.setTxt(leader, "during", "3").accepted()).isFalse();
        nodes.heal();
        long healed = System.nanoTime();
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> LocalCluster.txt(leader, "during").isPresent());
        System.out.printf(
                "leader cut off: changes again after %d ms; healed: caught up after %d ms%n",
                (changed - cut) / 1_000_000, (System.nanoTime() - healed) / 1_000_000);
        assertThat(cluster.setTxt(leader, "after", "4").accepted()).isTrue();
    }
}
