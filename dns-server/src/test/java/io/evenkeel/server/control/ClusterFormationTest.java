package io.evenkeel.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ClusterKeys;
import io.evenkeel.consensus.Member;
import io.evenkeel.consensus.NodeIdentity;
import io.evenkeel.consensus.RatisReplica;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.zones.change.ChangeOutcome;
import io.evenkeel.zones.change.ReplicatedState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real replicas and real peer channels on loopback, under TLS. */
@Tag("cluster")
class ClusterFormationTest {
    static {
        // Ratis' own threads may throw while a division closes under them; that is not what a test that waits is about.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private final Map<String, ControlSettings.Listed> listed = new LinkedHashMap<>();
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private ClusterKeys keys;

    /** One node and its way into the cluster. */
    private static final class Node implements AutoCloseable {
        final ControlPlane control;
        final StateRoot root = new StateRoot(ReplicatedState.empty());
        final CompletableFuture<Replica> formed = new CompletableFuture<>();
        final Thread forming;

        Node(ControlSettings settings, @Nullable ClusterKeys keys) throws IOException {
            control = ControlPlane.open(settings, keys, root, RatisReplica::start, new ControlCounters());
            forming = Thread.ofVirtual().start(() -> {
                try {
                    formed.complete(control.form());
                } catch (IOException | InterruptedException | RuntimeException e) {
                    formed.completeExceptionally(e);
                }
            });
        }

        List<String> members() {
            Replica replica = control.replica();
            return replica == null
                    ? List.of()
                    : replica.status().members().stream().map(Member::peerId).toList();
        }

        @Override
        public void close() {
            forming.interrupt();
            control.close();
        }
    }

    @BeforeEach
    void list() throws Exception {
        keys = ClusterKeys.load(TestKeys.make(directory.resolve("cluster-key.p12")));
        for (String name : List.of("n1", "n2", "n3")) {
            listed.put(name, new ControlSettings.Listed(name, free(), free()));
        }
    }

    @AfterEach
    void stop() {
        nodes.values().forEach(Node::close);
    }

    /** Never one twice; somewhere else than another build that runs beside this one. */
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(24_000 + ThreadLocalRandom.current().nextInt(4_000));

    /** Below the range that the system takes for outgoing connections: a node that restarts must find its port free. */
    private static InetSocketAddress free() throws IOException {
        IOException last = new IOException("no port tried");
        for (int i = 0; i < 200; i++) {
            int port = NEXT_PORT.getAndIncrement();
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private ControlSettings settings(String name, String cluster) {
        List<ControlSettings.Listed> others = new ArrayList<>(listed.values());
        ControlSettings.Listed self = Objects.requireNonNull(listed.get(name));
        others.remove(self);
        return new ControlSettings(
                "0.1", cluster, directory.resolve(name), self, others, name.equals("n1"), ReplicaTuning.BRISK);
    }

    private Node start(String name) throws IOException {
        Node node = new Node(settings(name, "test"), keys);
        nodes.put(name, node);
        return node;
    }

    private void stop(String name) {
        node(name).close();
        nodes.remove(name);
    }

    private Node node(String name) {
        return Objects.requireNonNull(nodes.get(name), name);
    }

    private void awaitMembers(String... peerIds) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(nodes.values())
                        .allSatisfy(node -> assertThat(node.members()).containsExactlyInAnyOrder(peerIds)));
    }

    private ChangeOutcome edit(String node, String owner) throws InterruptedException {
        return node(node)
                .control
                .changes()
                .submit(Zones.id(), "test", Zones.edit(Zones.APEX, owner, "192.0.2.1"), Duration.ofSeconds(20));
    }

    private void wipe(String name) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(name))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

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

        assertThat(node("n2")
                        .control
                        .changes()
                        .submit(Zones.id(), "test", Zones.create(Zones.APEX), Duration.ofSeconds(20)))
                .isInstanceOf(ChangeOutcome.Accepted.class);
        for (String node : List.of("n1", "n2", "n3")) {
            assertThat(edit(node, "via-" + node)).isInstanceOf(ChangeOutcome.Accepted.class);
            // Served by the node that took it, at once.
            assertThat(Zones.zone(node(node).root.get().state())
                            .at(org.xbill.DNS.Name.fromConstantString("via-" + node + ".example.")))
                    .hasSize(1);
        }

        stop("n3");
        wipe("n3");
        start("n3");
        awaitMembers("n1-1", "n2-1", "n3-2");
        assertThat(edit("n3", "again")).isInstanceOf(ChangeOutcome.Accepted.class);

        List.of("n1", "n2", "n3").forEach(this::stop);
        start("n2");
        start("n3");
        start("n1");
        awaitMembers("n1-1", "n2-1", "n3-2");
        assertThat(edit("n1", "resumed")).isInstanceOf(ChangeOutcome.Accepted.class);

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
        for (String name : listed.keySet()) {
            start(name);
        }
        awaitMembers("n1-1", "n2-1", "n3-1");
        node("n1").control.changes().submit(Zones.id(), "test", Zones.create(Zones.APEX), Duration.ofSeconds(20));
        stop(Objects.requireNonNull(node("n1").formed.join().status().leader()));
        String left = nodes.keySet().iterator().next();
        assertThat(edit(left, "after")).isInstanceOf(ChangeOutcome.Accepted.class);
        String other =
                nodes.keySet().stream().filter(n -> !n.equals(left)).findFirst().orElseThrow();
        stop(other);
        assertThat(edit(left, "alone")).isNotInstanceOf(ChangeOutcome.Accepted.class);
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
        for (String name : listed.keySet()) {
            start(name);
        }
        awaitMembers("n1-1", "n2-1", "n3-1");
        ControlSettings right = settings("n2", "test");
        ControlSettings twin = new ControlSettings(
                "0.1",
                "test",
                directory.resolve("twin"),
                new ControlSettings.Listed("n2", free(), free()),
                right.others(),
                false,
                ReplicaTuning.BRISK);
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
        for (String name : listed.keySet()) {
            start(name);
        }
        awaitMembers("n1-1", "n2-1", "n3-1");
        stop("n3");
        wipe("n3");
        ControlSettings right = settings("n3", "test");
        try (Node alone = new Node(
                new ControlSettings(
                        "0.1", "test", right.dataFolder(), right.self(), List.of(), true, ReplicaTuning.BRISK),
                keys)) {
            alone.formed.get(60, TimeUnit.SECONDS);
        }
        Node stray = start("n3");
        assertThat(stray.control.stray().get(60, TimeUnit.SECONDS)).hasMessageContaining("data folder of this node");
        stop("n3");
        assertThat(node("n1")
                        .control
                        .changes()
                        .submit(Zones.id(), "test", Zones.create(Zones.APEX), Duration.ofSeconds(20)))
                .isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(node("n1").control.stray()).isNotDone();
    }

    @Test
    void memberWithDataIsJoinedEvenIfItIsTheLastOfTheList() throws Exception {
        ControlSettings right = settings("n3", "test");
        try (Node alone = new Node(
                new ControlSettings(
                        "0.1", "test", right.dataFolder(), right.self(), List.of(), true, ReplicaTuning.BRISK),
                keys)) {
            alone.formed.get(60, TimeUnit.SECONDS);
        }
        for (String name : listed.keySet()) {
            start(name);
        }
        awaitMembers("n1-1", "n2-1", "n3-1");
    }
}
