package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.consensus.raft.RatisReplica;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.server.capacity.TestVitals;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Nodes as far as the control plane: real replicas and real peer channels on loopback, under TLS. */
abstract class FormingCluster {
    static {
        // Ratis' own threads may throw while a division closes under them; that is not what a test that waits is about.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    final Map<String, ControlSettings.Listed> listed = new LinkedHashMap<>();
    final Map<String, Node> nodes = new LinkedHashMap<>();
    ClusterKeys keys;

    /** What the rest of a node says of itself. */
    static OwnNode ownNode(BooleanSupplier open, BooleanSupplier sound) {
        return new OwnNode(
                open,
                sound,
                _ -> open.getAsBoolean()
                        ? new ClusterService.Health("OPEN", true, List.of())
                        : new ClusterService.Health("STARTING", false, List.of()),
                TestVitals::idle,
                () -> "");
    }

    /** One node and its way into the cluster. */
    static final class Node implements AutoCloseable {
        final ControlPlane control;
        final StateRoot root = new StateRoot(ReplicatedState.empty());
        final CompletableFuture<Replica> formed = new CompletableFuture<>();
        final Thread forming;
        volatile boolean open;

        volatile boolean sound = true;

        Node(ControlSettings settings, @Nullable ClusterKeys keys) throws IOException {
            Daemons daemons = new Daemons(formed::completeExceptionally);
            control = ControlPlane.open(
                    settings,
                    keys,
                    root,
                    (config, published) -> RatisReplica.start(config, published, daemons),
                    new ControlCounters(),
                    ownNode(() -> open, () -> sound),
                    daemons);
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
        keys = TestKeys.make(directory, "cluster-key");
        for (String name : List.of("n1", "n2", "n3")) {
            listed.put(name, new ControlSettings.Listed(name, FreePorts.next(), FreePorts.next()));
        }
    }

    @AfterEach
    void stop() {
        nodes.values().forEach(Node::close);
    }

    ControlSettings settings(String name, String cluster) {
        List<ControlSettings.Listed> others = new ArrayList<>(listed.values());
        ControlSettings.Listed self = Objects.requireNonNull(listed.get(name));
        others.remove(self);
        return new ControlSettings(
                "0.1", cluster, directory.resolve(name), self, others, name.equals("n1"), ReplicaTuning.BRISK, 0);
    }

    Node start(String name) throws IOException {
        Node node = new Node(settings(name, "test"), keys);
        nodes.put(name, node);
        return node;
    }

    void stop(String name) {
        node(name).close();
        nodes.remove(name);
    }

    Node node(String name) {
        return Objects.requireNonNull(nodes.get(name), name);
    }

    void awaitMembers(String... peerIds) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(nodes.values())
                        .allSatisfy(node -> assertThat(node.members()).containsExactlyInAnyOrder(peerIds)));
    }

    /** Starts the three that are listed, and waits until each is a member for the first time. */
    void startAll() throws IOException {
        for (String name : listed.keySet()) {
            start(name);
        }
        awaitMembers("n1-1", "n2-1", "n3-1");
    }

    Outcome<Accepted> createZone(String node) throws InterruptedException {
        return submit(node, Zones.create(Zones.APEX));
    }

    Outcome<Accepted> edit(String node, String owner) throws InterruptedException {
        return submit(node, Zones.edit(Zones.APEX, owner, "192.0.2.1"));
    }

    /** Asks once. */
    Outcome<Accepted> editOnce(String node, String owner) throws InterruptedException {
        return submit(node, Zones.id(), Zones.edit(Zones.APEX, owner, "192.0.2.1"));
    }

    private Outcome<Accepted> submit(String node, RequestId id, Change change) throws InterruptedException {
        return node(node).control.changes().submit(id, new Origin("test", "", ""), change, Duration.ofSeconds(20));
    }

    /** Asks again under the same id where nothing was done: members that have just met may elect once more. */
    private Outcome<Accepted> submit(String node, Change change) throws InterruptedException {
        RequestId id = Zones.id();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Outcome<Accepted> outcome = submit(node, id, change);
            if (!(outcome instanceof Outcome.NotDone) || System.nanoTime() - end > 0) {
                return outcome;
            }
        }
    }

    /** A node at addresses of its own; its list has the given members besides. */
    Node start(String name, String... others) throws IOException {
        Node node = new Node(settingsOf(name, others), keys);
        nodes.put(name, node);
        return node;
    }

    ControlSettings settingsOf(String name, String... others) throws IOException {
        ControlSettings.Listed self = listed.get(name);
        if (self == null) {
            self = new ControlSettings.Listed(name, FreePorts.next(), FreePorts.next());
            listed.put(name, self);
        }
        List<ControlSettings.Listed> known =
                Stream.of(others).map(listed::get).map(Objects::requireNonNull).toList();
        return new ControlSettings(
                "0.1", "test", directory.resolve(name), self, known, known.isEmpty(), ReplicaTuning.BRISK, 0);
    }

    void wipe(String name) throws IOException {
        DurableFile.deleteTree(directory.resolve(name));
    }
}
