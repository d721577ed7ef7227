package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaConfig.StartMode;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Replicas in this JVM, on loopback, each with its own data directory. */
final class TestCluster implements AutoCloseable {
    static {
        // Ratis' own threads may throw while a division closes under them; that is not what a test that waits is about.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    static final Duration PATIENCE = Duration.ofSeconds(40);

    static final Daemons DAEMONS = new Daemons(fault -> {
        throw new AssertionError("nothing of a replica ends the process", fault);
    });
    private static final String NAME = "test";

    private final Path directory;
    private final @Nullable ClusterKeys keys;
    private final ReplicaTuning tuning;
    private final ZoneStateMachine.Application application;
    private final Map<String, ZoneStateMachine.Application> ofOne = new TreeMap<>();
    private volatile SnapshotDirectory.Steps steps = step -> {};
    private UUID id = UUID.randomUUID();
    private final Map<String, Integer> ports = new TreeMap<>();
    private final Map<String, Integer> incarnations = new TreeMap<>();
    private final Map<String, RatisReplica> running = new TreeMap<>();

    TestCluster(Path directory, @Nullable ClusterKeys keys, ReplicaTuning tuning) {
        this(directory, keys, tuning, ReplicatedState::apply);
    }

    TestCluster(
            Path directory,
            @Nullable ClusterKeys keys,
            ReplicaTuning tuning,
            ZoneStateMachine.Application application) {
        this.directory = directory;
        this.keys = keys;
        this.tuning = tuning;
        this.application = application;
    }

    /** Where the writing of snapshots may be interfered with, on all nodes. */
    void steps(SnapshotDirectory.Steps next) {
        steps = next;
    }

    /** How commands change the state of one node, from its next start on. */
    void application(String node, ZoneStateMachine.Application its) {
        ofOne.put(node, its);
    }

    /** Founds it with the first and adds the others one by one. */
    TestCluster form(int nodes) throws Exception {
        @Nullable ClusterKeys[] same = new ClusterKeys[nodes];
        Arrays.fill(same, keys);
        return form(same);
    }

    /** The same with keys of each node's own. */
    TestCluster form(@Nullable ClusterKeys... own) throws Exception {
        RatisReplica first = found("n1", own[0]);
        List<Member> members = new ArrayList<>(List.of(member("n1")));
        for (int i = 2; i <= own.length; i++) {
            join("n" + i, own[i - 1]);
            members.add(member("n" + i));
            first.changeMembers(members, PATIENCE);
        }
        return this;
    }

    RatisReplica found(String node) throws IOException {
        return found(node, keys);
    }

    private RatisReplica found(String node, @Nullable ClusterKeys with) throws IOException {
        NodeIdentity.founding(NAME, id, node).store(path(node));
        return start(node, StartMode.FOUND, with, new StateRoot(ReplicatedState.empty()));
    }

    /** Founds the cluster that the node's data says, in which all that follows happens. */
    RatisReplica foundAsStored(String node) throws IOException {
        NodeIdentity identity = NodeIdentity.load(path(node), NAME, node).orElseThrow();
        id = identity.clusterId();
        incarnations.put(node, identity.incarnation());
        return start(node, StartMode.FOUND, keys, new StateRoot(ReplicatedState.empty()));
    }

    RatisReplica join(String node, @Nullable ClusterKeys with) throws IOException {
        NodeIdentity.joining(NAME, id, node, member(node).incarnation()).store(path(node));
        return start(node, StartMode.JOIN, with, new StateRoot(ReplicatedState.empty()));
    }

    RatisReplica resume(String node) throws IOException {
        assertThat(NodeIdentity.load(path(node), NAME, node)).isPresent();
        return start(node, StartMode.RESUME, keys, new StateRoot(ReplicatedState.empty()));
    }

    /** A damaged one comes back as its next incarnation. */
    void rejoin(String node) throws Exception {
        incarnations.put(node, member(node).incarnation() + 1);
        Member self = member(node);
        node(node).rejoin(NodeIdentity.joining(NAME, id, node, self.incarnation()), self);
    }

    private RatisReplica start(String node, StartMode mode, @Nullable ClusterKeys with, StateRoot root)
            throws IOException {
        ReplicaConfig config = new ReplicaConfig(
                path(node),
                id,
                member(node),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port(node)),
                mode,
                with,
                tuning);
        RatisReplica replica = RatisReplica.start(
                config, root, DAEMONS, ofOne.getOrDefault(node, application), step -> steps.at(step));
        running.put(node, replica);
        return replica;
    }

    /** As after a crash: no look at the others, a root of its own, data that lies anywhere. */
    RatisReplica resumeFrom(Path data, String node) throws IOException {
        ReplicaConfig config = new ReplicaConfig(
                data,
                id,
                member(node),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port(node)),
                StartMode.RESUME,
                null,
                tuning);
        return RatisReplica.start(config, new StateRoot(ReplicatedState.empty()), DAEMONS, application, step -> {});
    }

    Path path(String node) {
        return directory.resolve(node);
    }

    Path raftPath(String node) {
        return path(node).resolve("raft").resolve(id.toString());
    }

    UUID id() {
        return id;
    }

    Member member(String node) {
        return new Member(node, incarnations.getOrDefault(node, 1), "127.0.0.1:" + port(node));
    }

    private int port(String node) {
        return ports.computeIfAbsent(node, _ -> freePort());
    }

    static int freePort() {
        try {
            return FreePorts.next().getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RatisReplica node(String node) {
        return Objects.requireNonNull(running.get(node), node);
    }

    /** The server that runs in it now. */
    static RaftInstance instance(RatisReplica replica) {
        return Objects.requireNonNull(replica.instance(), "no server runs");
    }

    Stream<String> nodes() {
        return List.copyOf(running.keySet()).stream();
    }

    /** Waits until one leads and is ready. */
    String leader() {
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(PATIENCE)
                .until(
                        () -> nodes().filter(n -> node(n).status().leaderReady())
                                .findFirst()
                                .orElse(""),
                        n -> !n.isEmpty());
    }

    String follower() {
        String leader = leader();
        return nodes().filter(n -> !n.equals(leader)).findFirst().orElseThrow();
    }

    /** Proposes to whoever leads until it is committed; commands here may be applied twice. */
    ProposalOutcome.Committed commit(ZoneCommand command) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        ProposalOutcome outcome;
        do {
            outcome = node(leader()).propose(command, Duration.ofSeconds(10)).get(20, TimeUnit.SECONDS);
            if (outcome instanceof ProposalOutcome.Committed committed) {
                return committed;
            }
        } while (System.nanoTime() < end);
        throw new AssertionError("not committed: " + outcome);
    }

    /** Waits until all running nodes have applied the same, up to {@code index} at least. */
    void awaitSame(long index) {
        await().pollDelay(Duration.ZERO).atMost(PATIENCE).untilAsserted(() -> {
            assertThat(nodes().map(n -> node(n).root().get().index())).allMatch(i -> i >= index);
            assertThat(nodes().map(n -> node(n).root().get().state().digest()).distinct())
                    .hasSize(1);
        });
    }

    /** Closes one; its data stays. */
    void stop(String node) {
        RatisReplica replica = running.remove(node);
        if (replica != null) {
            replica.close();
        }
    }

    /** Deletes the data of a stopped one; it will be the next incarnation. */
    void wipe(String node) throws IOException {
        incarnations.put(node, member(node).incarnation() + 1);
        DurableFile.deleteTree(path(node));
    }

    @Override
    public void close() {
        stopAll();
    }

    /** Closes all; their data stays. */
    void stopAll() {
        // At once: one after the other each would hand over leadership to the next.
        List<Thread> closing = nodes().map(n -> Thread.ofVirtual().start(() -> node(n).close()))
                .toList();
        for (Thread thread : closing) {
            try {
                assertThat(thread.join(PATIENCE)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        running.clear();
    }
}
