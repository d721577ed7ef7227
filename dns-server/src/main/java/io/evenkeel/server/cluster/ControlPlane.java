package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaConfig.StartMode;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.HostNames;
import io.evenkeel.server.change.ChangeService;
import io.evenkeel.server.change.Submit;
import io.evenkeel.server.change.ZoneWriter;
import io.evenkeel.server.peer.AskGate;
import io.evenkeel.server.peer.AskVitals;
import io.evenkeel.server.peer.ClusterTls;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.LeaderCall;
import io.evenkeel.server.peer.NodeStanding;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.server.peer.PeerHandlers;
import io.evenkeel.server.peer.PeerServer;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.Vitals;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All of this package, put together: open it, start the admin API on {@link #changes()}, then {@link #form()}. Before
 * {@code form} returns, changes are answered with "never proposed".
 */
public final class ControlPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

    /** File of the data folder: see {@link HostNames}. */
    private static final String RESOLVED_NAMES = "resolved-names";

    private final ControlSettings settings;
    private final @Nullable ClusterKeys keys;
    private final StateRoot root;
    private final ReplicaStarter starter;
    private final ControlCounters counters;
    private final OwnNode node;
    private final Daemons daemons;
    private final AddressBook addresses;
    private final HostNames names;
    private final PeerClient peers;
    private final MemberChanges memberChanges;
    private final Membership membership;
    private final ClusterService cluster;
    private final ChangeService changes;
    private final PeerSnapshots snapshots;
    private final Ticker healing;
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
        this.addresses = new AddressBook(settings, this::group);
        this.names = new HostNames(InetAddress::getAllByName, daemons);
        names.keepIn(settings.dataFolder().resolve(RESOLVED_NAMES));
        this.peers = new PeerClient(
                addresses::all,
                names,
                new PeerClient.Greeting(this::greeting, ControlPlane::nodeIn),
                tls,
                counters,
                daemons,
                Time.SYSTEM);
        MemberQuestions questions = new MemberQuestions(settings, peers);
        this.memberChanges = new MemberChanges(settings, questions, names, tls == null);
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
        noteAddresses();
        this.server = settings.byItself()
                ? null
                : new PeerServer(AddressText.bindable(settings.self().peer()), tls, handlers(), counters, daemons);
        this.rounds = settings.byItself()
                ? null
                : Ticker.start(
                        daemons,
                        "withdrawal",
                        List.of(new Ticker.Task("ask-to-withdraw", ClusterLimits.TURN_ROUND, this::askToWithdraw)));
        Healer healer = new Healer(
                settings.self().name(),
                cluster::look,
                names -> peers.callAll(names, new Look(), ClusterLimits.LOOK_ANSWER),
                snapshots::of,
                counters,
                Time.SYSTEM);
        this.healing = Ticker.start(
                daemons,
                "healing",
                List.of(new Ticker.Task("compare", ClusterLimits.COMPARE, ClusterLimits.HEAL, () -> heal(healer))));
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
                PeerHandlers.on(SetLimits.KIND, ask -> LimitChanges.set(replica, ask)),
                PeerHandlers.on(Look.KIND, _ -> new Outcome.Done<>(cluster.look())),
                PeerHandlers.on(NewestSnapshot.KIND, snapshots::newest),
                PeerHandlers.on(SnapshotPart.KIND, snapshots::part),
                PeerHandlers.on(Submit.KIND, changes::forwarded),
                PeerHandlers.on(Withdraw.KIND, ask -> new Outcome.Done<>(withdrawal.answer(ask))),
                PeerHandlers.on(
                        AskVitals.KIND, _ -> new Outcome.Done<>(node.vitals().get())),
                PeerHandlers.on(AskGate.KIND, _ -> new Outcome.Done<>(mayBeReliedOn())));
    }

    private Withdrawal.Condition condition() {
        NodeStanding standing = standing(false);
        if (!node.health().apply(standing).ready()) {
            return Withdrawal.Condition.AWAY;
        }
        if (!standing.doubts().isEmpty()) {
            return Withdrawal.Condition.DOUBTFUL;
        }
        return node.countsAsOpen().getAsBoolean() ? Withdrawal.Condition.SOUND : Withdrawal.Condition.AWAY;
    }

    /** Who closes, or ends to be started anew, relies on one that answers rightly, and will not end itself. */
    private boolean mayBeReliedOn() {
        return condition() == Withdrawal.Condition.SOUND && node.sound().getAsBoolean();
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

    private Request<?> greeting() {
        return Hello.of(settings, membership.identity());
    }

    private static String nodeIn(Object answer) {
        return answer instanceof HelloAnswer hello ? hello.node() : "?";
    }

    /**
     * Tells the doors of both ports which addresses members have by now, and has those that are names looked up anew as they
     * age. Looks at memory alone; again and again.
     */
    public void noteAddresses() {
        List<InetSocketAddress> all = new ArrayList<>();
        addresses.all().values().forEach(all::addAll);
        settings.others().forEach(other -> all.add(other.raft()));
        for (Member member : group()) {
            if (member.name().equals(settings.self().name())) {
                continue;
            }
            try {
                all.add(AddressText.parseMember(member.raftAddress()));
            } catch (IllegalArgumentException e) {
                LOG.debug("address of {}", member.name(), e);
            }
        }
        names.keepOnly(all.stream()
                .filter(InetSocketAddress::isUnresolved)
                .map(InetSocketAddress::getHostString)
                .collect(Collectors.toSet()));
        Set<InetAddress> known = all.stream()
                .flatMap(address -> address.isUnresolved()
                        ? names.known(address.getHostString()).stream()
                        : Stream.of(address.getAddress()))
                .collect(Collectors.toSet());
        if (keys != null) {
            keys.known().members(known);
        }
    }

    /**
     * Where the replica connects to another member, by an IP address: names have the last that was good. A member that is
     * connected to at the peer address of this node's own list, and not where the group looks for it, has moved to the addresses of
     * that list.
     */
    private @Nullable InetSocketAddress whereabouts(Member member) {
        try {
            InetSocketAddress reached = peers.reachedAt(member.name());
            InetSocketAddress raft = settings.other(member.name())
                    .filter(listed -> listed.peer().equals(reached)
                            && !listed.peerAddress().equals(member.peerAddress()))
                    .map(ControlSettings.Listed::raft)
                    .orElseGet(() -> AddressText.parseMember(member.raftAddress()));
            if (!raft.isUnresolved()) {
                return raft;
            }
            List<InetAddress> known = names.known(raft.getHostString());
            return known.isEmpty() ? null : new InetSocketAddress(known.getFirst(), raft.getPort());
        } catch (IllegalArgumentException e) {
            LOG.debug("address of {}", member.name(), e);
            return null;
        }
    }

    /** The host names of members. */
    public HostNames names() {
        return names;
    }

    /** Why the others cannot reach this node, one line for people; empty if they can. */
    public String portTrouble() {
        return server == null ? "" : server.trouble();
    }

    /** Which host names of members do not resolve at present, a line each for people. */
    public List<String> nameTroubles() {
        return names.unresolved().entrySet().stream()
                .map(entry -> "the name " + entry.getKey() + " does not resolve: " + entry.getValue())
                .toList();
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
    public NodeStanding standing() {
        return standing(withdrawal.isOut());
    }

    private NodeStanding standing(boolean out) {
        Replica present = replica;
        ReplicaStatus status = present == null ? null : present.status();
        List<String> doubts = status == null ? List.of() : status.doubts();
        return new NodeStanding(
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

    /** Asks another member for its vitals; blocks for that time, and a little longer where it must be connected to first. */
    public Outcome<Vitals> askVitals(String member, Duration atMost) throws InterruptedException {
        return peers.call(member, new AskVitals(), atMost);
    }

    /** Names of the members, this node included; only its own as long as it belongs to no group. */
    public Set<String> memberNames() {
        Replica present = replica;
        List<Member> members = present == null ? List.of() : present.status().members();
        return members.isEmpty()
                ? Set.of(settings.self().name())
                : members.stream().map(Member::name).collect(Collectors.toUnmodifiableSet());
    }

    /** An address of the host at which the peer channel looks for a member first; null: none is known. */
    public @Nullable InetAddress peerHost(String member) {
        for (InetSocketAddress at : addresses.all().getOrDefault(member, List.of())) {
            List<InetAddress> known = at.isUnresolved() ? names.known(at.getHostString()) : List.of(at.getAddress());
            if (!known.isEmpty()) {
                return known.getFirst();
            }
        }
        return null;
    }

    /** This node's replica; null before {@link #form()} has got one. */
    public @Nullable Replica replica() {
        return replica;
    }

    /** Whether another node says now, on the peer channel, that it leads this node's cluster; blocks for seconds at most. */
    public boolean hearsLeader() throws InterruptedException {
        return membership.hearsLeader();
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
        ZoneWriter made = new ZoneWriter(started, node.crowded(), counters, daemons, Time.SYSTEM);
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
                        settings.dataFolder(),
                        clusterId,
                        self,
                        AddressText.bindable(settings.self().raft()),
                        mode,
                        keys,
                        settings.tuning(),
                        this::whereabouts),
                root);
    }

    /** Takes no more changes, hands leadership over, stops the replica, then the peer channel. */
    @Override
    public void close() {
        membership.close();
        if (rounds != null) {
            rounds.close();
        }
        healing.close();
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
