package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The limits on clients of real nodes, by the real command. */
@Tag("faults")
class LimitsFaultsTest extends ThreeNodes {
    private static final String MODE = "evenkeel_limits_mode{limit=\"questions\",mode=\"%s\"} ";
    private static final String LOCAL = "evenkeel_limits_local ";

    @Test
    void limitsAreSetForAllThroughAnyNodeAndMilderOnOneWithoutAMajority() throws Exception {
        for (ClusterFile.Node node : cluster.nodes()) {
            awaitMode(node, "enforce");
        }
        LocalCluster.Said status = cluster.run("status");
        assertThat(status.code()).as("%s", status).isZero();
        assertThat(status.out()).contains("limits on clients: enforce");

        ClusterFile.Node follower = cluster.othersThan(cluster.leader()).getFirst();
        LocalCluster.Said set = cluster.run(
                "limits",
                "set",
                "--rate",
                "321",
                "--allow",
                "192.0.2.0/24=10",
                "--server",
                follower.adminUri().toString());
        assertThat(set.code()).as(set.err()).isZero();
        LocalCluster.Said counting = cluster.run("limits", "dry-run");
        assertThat(counting.code()).as(counting.err()).isZero();
        for (ClusterFile.Node node : cluster.nodes()) {
            awaitMode(node, "dry-run");
        }
        LocalCluster.Said shown = cluster.run("limits", "show");
        assertThat(shown.out()).contains("321/s").contains("192.0.2.0/24 x10");

        alone(follower);
    }

    /** The others are gone, for good as far as anybody knows. */
    private void alone(ClusterFile.Node last) throws Exception {
        List<ClusterFile.Node> others = cluster.othersThan(last);
        LocalCluster.signal("KILL", others.toArray(ClusterFile.Node[]::new));
        LocalCluster.awaitGone(others);
        LocalCluster.Said off = cluster.run("limits", "off", "--node", last.name());
        assertThat(off.code()).as(off.err()).isZero();
        assertThat(cluster.counter(last, MODE.formatted("off"))).isEqualTo(1);
        assertThat(cluster.counter(last, LOCAL)).isEqualTo(1);
        assertThat(readyz(last)).contains("off on this node alone").contains("limits follow --node " + last.name());
        assertThat(cluster.run("status", "--node", last.name()).out()).contains("off on this node alone");

        LocalCluster.Said all = cluster.run("limits", "off");
        assertThat(all.code()).as("not now: nobody leads").isEqualTo(6);
        assertThat(all.err()).contains("--node NAME");

        LocalCluster.Said enforce = cluster.run("limits", "enforce", "--node", last.name());
        assertThat(enforce.code()).isEqualTo(1);
        assertThat(enforce.err()).contains("the cluster has agreed on dry-run");
        assertThat(cluster.run("limits", "follow", "--node", last.name()).code())
                .isZero();
        assertThat(cluster.counter(last, MODE.formatted("dry-run"))).isEqualTo(1);
        assertThat(cluster.counter(last, LOCAL)).isZero();
        assertThat(readyz(last)).doesNotContain("on this node alone");
    }

    private void awaitMode(ClusterFile.Node node, String mode) {
        Awaitility.await().atMost(LocalCluster.LONG).until(() -> cluster.counter(node, MODE.formatted(mode)) == 1);
    }

    private String readyz(ClusterFile.Node node) {
        return cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(10))
                .body();
    }
}
