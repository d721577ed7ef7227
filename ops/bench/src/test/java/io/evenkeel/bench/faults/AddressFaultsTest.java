package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.bench.cluster.PartitionedCluster.Listing;
import io.evenkeel.ops.node.ClusterFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes whose addresses change. Needs root: {@code mvn verify -Dfaults}. */
@Tag("faults")
class AddressFaultsTest {
    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void possible() {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
    }

    private PartitionedCluster started(Listing listing) throws Exception {
        PartitionedCluster nodes = new PartitionedCluster(
                folder.resolve("data"),
                3,
                Map.of("EVENKEEL_DNS_LISTEN", listing == Listing.IPV6 ? "[::]:5300" : "0.0.0.0:5300"),
                listing);
        try {
            nodes.start();
            return nodes;
        } catch (Exception | Error e) {
            nodes.close();
            throw e;
        }
    }

    @Test
    void membersThatAreKnownByNameMoveOneByOneAndAllAtOnce() throws Exception {
        try (PartitionedCluster nodes = started(Listing.NAMES)) {
            LocalCluster cluster = nodes.cluster();
            awaitChange(cluster, "before");
            ClusterFile.Node leader = cluster.leader();
            ClusterFile.Node follower = cluster.othersThan(leader).getFirst();

            // One, while the others live.
            nodes.kill(follower.name());
            nodes.move(follower.name(), 21);
            nodes.tellNames(nodes.addresses());
            nodes.start(follower.name());
            nodes.awaitReady();
            awaitChange(cluster, "one");

            // All, and the leader's address goes to that one.
            nodes.addresses().keySet().forEach(nodes::kill);
            String taken = Objects.requireNonNull(nodes.addresses().get(leader.name()));
            for (ClusterFile.Node node : cluster.othersThan(follower)) {
                nodes.move(
                        node.name(), node.name().equals("n1") ? 31 : node.name().equals("n2") ? 32 : 33);
            }
            nodes.move(follower.name(), Integer.parseInt(taken.substring(taken.lastIndexOf('.') + 1)));
            nodes.tellNames(nodes.addresses());
            for (String name : List.of("n1", "n2", "n3")) {
                nodes.start(name);
            }
            nodes.awaitReady();
            awaitChange(cluster, "all");

            // While no name resolves: by what they have written down.
            nodes.addresses().keySet().forEach(nodes::kill);
            nodes.tellNames(Map.of());
            for (String name : List.of("n1", "n2", "n3")) {
                nodes.start(name);
            }
            nodes.awaitReady();
            awaitChange(cluster, "none");
            assertThat(cluster.counter(cluster.node("n1"), "evenkeel_unresolved_names"))
                    .isEqualTo(2);
            assertThat(cluster.send(cluster.node("n1"), "GET", "/readyz", null, LocalCluster.PATIENCE)
                            .body())
                    .contains("does not resolve");
        }
    }

    @Test
    void nodeWithZonesAnswersWithoutAnyNameOrMember() throws Exception {
        try (PartitionedCluster nodes = started(Listing.NAMES)) {
            LocalCluster cluster = nodes.cluster();
            awaitChange(cluster, "before");
            nodes.addresses().keySet().forEach(nodes::kill);
            nodes.tellNames(Map.of());
            nodes.start("n2");
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> PartitionedCluster.serial(cluster.node("n2")).isPresent());
            assertThat(LocalCluster.txt(cluster.node("n2"), "before")).hasValue("1");
        }
    }

    @Test
    void allMembersAreStartedAtOtherAddressesOfTheirList() throws Exception {
        try (PartitionedCluster nodes = started(Listing.ADDRESSES)) {
            LocalCluster cluster = nodes.cluster();
            awaitChange(cluster, "before");
            nodes.addresses().keySet().forEach(nodes::kill);
            nodes.move("n1", 41);
            nodes.move("n2", 42);
            nodes.move("n3", 43);
            nodes.configure();
            for (String name : List.of("n1", "n2", "n3")) {
                nodes.start(name);
            }
            nodes.awaitReady();
            awaitChange(cluster, "after");
        }
    }

    @Test
    void machinesWithoutIpv4FormAClusterAndAnswer() throws Exception {
        try (PartitionedCluster nodes = started(Listing.IPV6)) {
            LocalCluster cluster = nodes.cluster();
            awaitChange(cluster, "six");
            assertThat(cluster.nodes()).allMatch(node -> node.dns().startsWith("[fd53:"));
            nodes.kill("n2");
            nodes.start("n2");
            nodes.awaitReady();
            awaitChange(cluster, "again");
            assertThat(Files.readString(
                            cluster.data().resolve(cluster.node("n2").log())))
                    .containsPattern("(Warm|As warm as the time allows) after");
        }
    }

    /** A change goes through, and all nodes answer it. */
    private static void awaitChange(LocalCluster cluster, String owner) {
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.nodes().stream()
                        .filter(ClusterFile.Node::runs)
                        .anyMatch(node -> cluster.setTxt(node, owner, "1").accepted()));
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await(node.name())
                    .atMost(LocalCluster.LONG)
                    .until(() -> LocalCluster.txt(node, owner).isPresent());
        }
    }
}
