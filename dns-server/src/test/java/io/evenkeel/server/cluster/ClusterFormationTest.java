package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerGates;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a cluster comes about and comes back. */
@Tag("cluster")
class ClusterFormationTest extends FormingCluster {
    @Test
    void clusterFormsInAnyOrderTakesChangesEverywhereLetsAWipedNodeBackInAndResumes() throws Exception {
        start("n3");
        start("n2");
        await().atMost(PATIENCE).until(() -> node("n2").control.waitsFor().contains("n1"));
        start("n1");
        awaitMembers("n1-1", "n2-1", "n3-1");
        UUID cluster = NodeIdentity.load(directory.resolve("n1"), "test", "n1")
                .orElseThrow()
                .clusterId();

        assertThat(createZone("n2")).isInstanceOf(Outcome.Done.class);
        for (String node : List.of("n1", "n2", "n3")) {
            assertThat(edit(node, "via-" + node)).isInstanceOf(Outcome.Done.class);
            // Served by the node that took it, at once.
            assertThat(Zones.zone(node(node).root.get().state())
                            .at(org.xbill.DNS.Name.fromConstantString("via-" + node + ".example.")))
                    .hasSize(1);
        }

        stop("n3");
        wipe("n3");
        start("n3");
        awaitMembers("n1-1", "n2-1", "n3-2");
        assertThat(edit("n3", "again")).isInstanceOf(Outcome.Done.class);

        List.of("n1", "n2", "n3").forEach(this::stop);
        start("n2");
        start("n3");
        start("n1");
        awaitMembers("n1-1", "n2-1", "n3-2");
        assertThat(edit("n1", "resumed")).isInstanceOf(Outcome.Done.class);

        // Wiped while all were down: it asks members that are only just starting and know no members yet.
        List.of("n1", "n2", "n3").forEach(this::stop);
        wipe("n3");
        start("n3");
        start("n2");
        start("n1");
        awaitMembers("n1-1", "n2-1", "n3-3");
        assertThat(NodeIdentity.load(directory.resolve("n3"), "test", "n3")
                        .orElseThrow()
                        .clusterId())
                .isEqualTo(cluster);
    }

    @Test
    void changesGoOnWhenTheLeaderIsGone() throws Exception {
        startAll();
        createZone("n1");
        stop(Objects.requireNonNull(node("n1").formed.join().status().leader()));
        String left = nodes.keySet().iterator().next();
        assertThat(edit(left, "after")).isInstanceOf(Outcome.Done.class);
        String other =
                nodes.keySet().stream().filter(n -> !n.equals(left)).findFirst().orElseThrow();
        stop(other);
        assertThat(editOnce(left, "alone")).isNotInstanceOf(Outcome.Done.class);
    }

    @Test
    void nodeIsReliedOnWhileItIsOpenAndNoThreadOfItHangs() throws Exception {
        startAll();
        assertThat(node("n1").control.askGates().open()).isEmpty();
        node("n2").open = true;
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(node("n1").control.askGates().open()).containsExactly("n2"));
        node("n2").sound = false;
        PeerGates hangs = node("n1").control.askGates();
        assertThat(hangs.open()).isEmpty();
        assertThat(hangs.others()).anyMatch(line -> line.startsWith("n2 is not open, or"));
        node("n2").sound = true;
        node("n2").open = false;
        assertThat(node("n1").control.askGates().open()).isEmpty();
    }

    @Test
    void nodeOfAnotherClusterIsToldSo() throws Exception {
        start("n1");
        Node stranger = new Node(settings("n2", "another"), keys);
        try {
            assertThatThrownBy(() -> stranger.formed.get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(FormationException.class)
                    .hasMessageContaining("'test'")
                    .hasMessageContaining("'another'");
        } finally {
            stranger.close();
        }
    }

    @Test
    void secondNodeOfTheSameNameDoesNotPushTheFirstOut() throws Exception {
        startAll();
        ControlSettings right = settings("n2", "test");
        ControlSettings twin = new ControlSettings(
                "0.1",
                "test",
                directory.resolve("twin"),
                new ControlSettings.Listed("n2", FreePorts.next(), FreePorts.next()),
                right.others(),
                false,
                ReplicaTuning.BRISK,
                0);
        Node second = new Node(twin, keys);
        try {
            await().atMost(PATIENCE).until(() -> second.control.waitsFor().contains("two nodes are called n2"));
            awaitMembers("n1-1", "n2-1", "n3-1");
        } finally {
            second.close();
        }
    }

    @Test
    void dataFolderOfAnotherClusterIsFoundOutAndTheOthersGoOn() throws Exception {
        startAll();
        stop("n3");
        wipe("n3");
        foundAlone("n3");
        Node stray = start("n3");
        assertThat(stray.control.stray().get(60, TimeUnit.SECONDS)).hasMessageContaining("data folder of this node");
        stop("n3");
        assertThat(createZone("n1")).isInstanceOf(Outcome.Done.class);
        assertThat(node("n1").control.stray()).isNotDone();
    }

    @Test
    void memberWithDataIsJoinedEvenIfItIsTheLastOfTheList() throws Exception {
        foundAlone("n3");
        startAll();
    }

    /** A node that knows no other founds a cluster, and ends. */
    private void foundAlone(String name) throws Exception {
        ControlSettings right = settings(name, "test");
        ControlSettings single = new ControlSettings(
                "0.1", "test", right.dataFolder(), right.self(), List.of(), true, ReplicaTuning.BRISK, 0);
        try (Node alone = new Node(single, keys)) {
            alone.formed.get(60, TimeUnit.SECONDS);
        }
    }
}
