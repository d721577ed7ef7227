package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaConfig.StartMode;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.change.ChangeService;
import io.evenkeel.server.change.Submit;
import io.evenkeel.server.change.ZoneWriter;
import io.evenkeel.server.peer.AskGate;
import io.evenkeel.server.peer.ClusterTls;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.LeaderCall;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.server.peer.PeerHandlers;
import io.evenkeel.server.peer.PeerServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All of this package, put together: open it, start the admin API on {@link #changes()}, then {@link #form()}. Before
 * {@code form} returns, changes are answered with "never proposed".
 */
public final class ControlPlane implements AutoCloseable {
    private final ControlSettings settings;
    private final @Nullable ClusterKeys keys;
    private final StateRoot root;
    private final ReplicaStarter starter;
    private final ControlCounters counters;
    private final OwnNode node;
    private final Daemons daemons;
    private final PeerClient peers;
    private final MemberChanges memberChanges;
    private final Membership membership;
    private final ClusterService cluster;
    private final ChangeService changes;
    private final PeerSnapshots snapshots;
    private final @Nullable Ticker healing;
    private final @Nullable PeerServer server;
    private final Withdrawal withdrawal;
    private final @Nullable Ticker rounds;
    private final CompletableFuture<FormationException> stray = new CompletableFuture<>();
    private volatile @Nullable Replica replica;
    private volatile @Nullable ZoneWriter writer;

    /** {@code RatisReplica::start}. */
    @FunctionalInterface
    public interface ReplicaStarter {
        Replica start(ReplicaConfig config, StateRoot root) throws IOException;
    }

    /** As {@link #open}, with another master of the time in which this node asks the others. */
    ControlPlane(
            ControlSettings settings,
            @Nullable ClusterKeys keys,
            StateRoot root,
            ReplicaStarter starter,
            ControlCounters counters,
            OwnNode node,
            Daemons daemons,
            Time time)
            throws IOException {
        this.settings = settings;
        this.keys = keys;
        ClusterTls tls = keys == null ? null : new ClusterTls(keys);
        this.root = root;
        this.starter = starter;
        this.counters = counters;
        this.node = node;
        this.daemons = daemons;
        AddressBook addresses = new AddressBook(settings, this::group);
        this.peers = new PeerClient(addresses::all, tls, counters, daemons, Time.SYSTEM);
        MemberQuestions questions = new MemberQuestions(settings, peers);
        this.memberChanges = new MemberChanges(settings, questions, tls == null);
        this.membership = new Membership(settings, questions, addresses, memberChanges, daemons, time);
        LeaderCall leader = new LeaderCall(settings.self().name(), () -> replica, peers);
        this.cluster = new ClusterService(
                settings,
                peers,
                leader,
                memberChanges,
                membership,
                () -> replica,
                () -> node.health().apply(standing()));
        this.snapshots = new PeerSnapshots(peers, () -> replica);
        this.changes = new ChangeService(root, leader, counters, Time.SYSTEM);
        this.withdrawal = new Withdrawal(settings.self().name(), this::condition, Time.SYSTEM);
        this.server =
                settings.byItself() ? null : new PeerServer(settings.self().peer(), tls, handlers(), counters, daemons);
        this.rounds = settings.byItself()
                ? null
                : Ticker.start(
                        daemons,
                        "withdrawal",
                        List.of(new Ticker.Task("ask-to-withdraw", ClusterLimits.TURN_ROUND, this::askToWithdraw)));
        Healer healer = new Healer(settings.self().name(), cluster::look, peers, snapshots, counters, Time.SYSTEM);
        this.healing = settings.byItself()
                ? null
                : Ticker.start(
                        daemons,
                        "healing",
                        List.of(new Ticker.Task("compare", ClusterLimits.COMPARE, () -> heal(healer))));
    }

    /**
     * Binds the peer port and answers the others from then on; a node by itself binds nothing.
     *
     * @param keys null: plain text, loopback only
     * @param root where the replica publishes; one per process
     * @param starter {@code RatisReplica::start}
     * @param node the rest of this node
     * @param daemons of this node, which count the faults of its threads
     * @throws io.evenkeel.consensus.trust.ClusterKeyException if a key is needed
     */
    public static ControlPlane open(
            ControlSettings settings,
            @Nullable ClusterKeys keys,
            StateRoot root,
            ReplicaStarter starter,
            ControlCounters counters,
            OwnNode node,
            Daemons daemons)
            throws IOException {
        return new ControlPlane(settings, keys, root, starter, counters, node, daemons, Time.SYSTEM);
    }

    /** The one place that names every kind of request between nodes. */
    private PeerHandlers handlers() {
        return PeerHandlers.of(
                PeerHandlers.on(Hello.KIND, membership::answer),
                PeerHandlers.on(Join.KIND, memberChanges::join),
                PeerHandlers.on(Manage.KIND, memberChanges::manage),
                PeerHandlers.on(RaiseLevel.KIND, cluster::raiseAsLeader),
                PeerHandlers.on(Look.KIND, _ -> new Outcome.Done<>(cluster.look())),
                PeerHandlers.on(NewestSnapshot.KIND, snapshots::newest),
                PeerHandlers.on(SnapshotPart.KIND, snapshots::part),
                PeerHandlers.on(Submit.KIND, changes::forwarded),
                PeerHandlers.on(Withdraw.KIND, ask -> new Outcome.Done<>(withdrawal.answer(ask))),
                // Who closes relies on one that answers rightly.
                PeerHandlers.on(AskGate.KIND, _ -> new Outcome.Done<>(condition() == Withdrawal.Condition.SOUND)));
    }

    private Withdrawal.Condition condition() {
        OwnNode.Standing standing = standing(false);
        if (!node.health().apply(standing).ready()) {
            return Withdrawal.Condition.AWAY;
        }
        if (!standing.doubts().isEmpty()) {
            return Withdrawal.Condition.DOUBTFUL;
        }
        return node.countsAsOpen().getAsBoolean() ? Withdrawal.Condition.SOUND : Withdrawal.Condition.AWAY;
    }

    private void askToWithdraw() throws InterruptedException {
        Long asked = withdrawal.begin();
        Replica present = replica;
        if (asked == null || present == null) {
            return;
        }
        Set<String> members =
                present.status().members().stream().map(Member::name).collect(Collectors.toSet());
        Map<String, Withdraw.Answer> answers = new HashMap<>();
        peers.callAll(
                        members.stream()
                                .filter(name -> !name.equals(settings.self().name()))
                                .toList(),
                        new Withdraw(settings.self().name()),
                        ClusterLimits.TURN_ANSWER)
                .forEach((name, outcome) -> {
                    if (outcome instanceof Outcome.Done<Withdraw.Answer>(Withdraw.Answer answer)) {
                        answers.put(name, answer);
                    }
                });
        withdrawal.settle(asked, members, answers);
    }

    /** Members, and those that may join, as this node knows them. */
    private List<Member> group() {
        Replica present = replica;
        NodeIdentity identity = membership.identity();
        if (present == null || identity == null) {
            return List.of();
        }
        List<Member> group = new ArrayList<>();
        Permit.all(present.root().applied().state(), identity.clusterId())
                .filter(Permit::granted)
                .forEach(said -> group.add(new Member(said.name(), said.incarnation(), said.raft(), said.peer())));
        group.addAll(present.status().members());
        return group;
    }

    /** Why the others cannot reach this node, one line for people; empty if they can. */
    public String portTrouble() {
        return server == null ? "" : server.trouble();
    }

    /** What an operator sees of the members and does about them. */
    public ClusterService cluster() {
        return cluster;
    }

    /** Whether the cluster has taken this node out: it answers from what it has, and nobody should be sent to it. */
    public boolean retired() {
        return membership.retired();
    }

    /** How this node stands in the cluster. */
    public OwnNode.Standing standing() {
        return standing(withdrawal.isOut());
    }

    private OwnNode.Standing standing(boolean out) {
        Replica present = replica;
        ReplicaStatus status = present == null ? null : present.status();
        List<String> doubts = status == null ? List.of() : status.doubts();
        return new OwnNode.Standing(
                waitsFor(),
                status == null ? null : status.fault(),
                retired(),
                doubts,
                out && !doubts.isEmpty(),
                status == null ? null : status.leader());
    }

    /** Takes changes from the moment of opening. */
    public ChangeService changes() {
        return changes;
    }

    /** Whether the other listed members answer questions, asked all at once; blocks for about two seconds at most. */
    public PeerGates askGates() throws InterruptedException {
        return PeerGates.ask(peers);
    }

    /** This node's replica; null before {@link #form()} has got one. */
    public @Nullable Replica replica() {
        return replica;
    }

    /** What this node waits for on its way into the cluster, or what is wrong there, one line for people; empty if nothing. */
    public String waitsFor() {
        return membership.state();
    }

    /**
     * Completes, if ever, when this node turns out to belong to another cluster than most of the members that are listed
     * for it: the process should end.
     */
    public CompletableFuture<FormationException> stray() {
        return stray;
    }

    /**
     * Blocks until this node belongs to a cluster, or waits to be let into one, and its replica runs; for ever if need be.
     * Called once. Interrupting it is the way to stop earlier.
     *
     * @throws io.evenkeel.consensus.identity.DataDirectoryException if the data folder must not be used
     * @throws FormationException if the listed members do not belong together
     * @throws IOException if the replica cannot be started
     */
    public Replica form() throws IOException, InterruptedException {
        Replica started = membership.enter(this::start, stray::complete);
        ZoneWriter made = new ZoneWriter(started, counters, daemons, Time.SYSTEM);
        writer = made;
        changes.open(made);
        replica = started;
        return started;
    }

    private void heal(Healer healer) throws InterruptedException {
        Replica present = replica;
        if (present != null) {
            healer.round(present);
        }
    }

    private Replica start(UUID clusterId, Member self, StartMode mode) throws IOException {
        return starter.start(
                new ReplicaConfig(
                        settings.dataFolder(), clusterId, self, settings.self().raft(), mode, keys, settings.tuning()),
                root);
    }

    /** Takes no more changes, hands leadership over, stops the replica, then the peer channel. */
    @Override
    public void close() {
        membership.close();
        if (rounds != null) {
            rounds.close();
        }
        if (healing != null) {
            healing.close();
        }
        ZoneWriter presentWriter = writer;
        if (presentWriter != null) {
            presentWriter.close();
        }
        Replica present = replica;
        if (present != null) {
            present.close();
        }
        peers.close();
        if (server != null) {
            server.close();
        }
    }
}
