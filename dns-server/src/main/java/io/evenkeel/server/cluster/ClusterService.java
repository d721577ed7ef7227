package io.evenkeel.server.cluster;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.cluster.Manage.Verb;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.LeaderCall;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.Request;
import io.evenkeel.zones.state.FeatureLevel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator sees of the members and does about them; on any node, any thread, best a virtual one. A change is brought
 * to the leader, wherever it is; each may be asked for again after an unknown end, and then comes to the same.
 */
public final class ClusterService {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterService.class);

    private static final LeaderCall.Patience PATIENCE =
            new LeaderCall.Patience(ClusterLimits.MANAGE_OUTCOME, ClusterLimits.MANAGE, true);

    private final ControlSettings settings;
    private final PeerClient peers;
    private final LeaderCall leader;
    private final MemberChanges changes;
    private final Membership membership;
    private final Supplier<@Nullable Replica> replica;
    private final Supplier<Health> health;

    ClusterService(
            ControlSettings settings,
            PeerClient peers,
            LeaderCall leader,
            MemberChanges changes,
            Membership membership,
            Supplier<@Nullable Replica> replica,
            Supplier<Health> health) {
        this.settings = settings;
        this.peers = peers;
        this.leader = leader;
        this.changes = changes;
        this.membership = membership;
        this.replica = replica;
        this.health = health;
    }

    /**
     * What the rest of the node says of itself.
     *
     * @param state of its life
     * @param reasons why it is not ready, or what to know although it is
     */
    public record Health(String state, boolean ready, List<String> reasons) {
        public Health {
            reasons = List.copyOf(reasons);
        }
    }

    /** Lets a node in that no list has: from now on it may join, from those addresses, whenever it comes. */
    public Outcome<Nothing> add(String name, String raft, String peer) throws InterruptedException {
        return manage(new Manage(Verb.ADD, name, raft, peer));
    }

    /** Takes a member out. */
    public Outcome<Nothing> remove(String name) throws InterruptedException {
        return manage(new Manage(Verb.REMOVE, name, "", ""));
    }

    /** Makes a member the leader. */
    public Outcome<Nothing> transfer(String name) throws InterruptedException {
        return manage(new Manage(Verb.TRANSFER, name, "", ""));
    }

    /** Raises the cluster to its next level, if every member is reached and speaks it. */
    public Outcome<Nothing> raiseLevel(int to) throws InterruptedException {
        RaiseLevel ask = new RaiseLevel(to);
        return atLeader(ask, () -> raiseAsLeader(ask), PATIENCE);
    }

    /** The same, asked of this node. */
    Outcome<Nothing> raiseAsLeader(RaiseLevel ask) throws InterruptedException {
        return changes.raise(ask, this::report);
    }

    private Outcome<Nothing> manage(Manage ask) throws InterruptedException {
        return atLeader(ask, () -> changes.manage(ask), PATIENCE);
    }

    /**
     * Sets the limits on clients of the whole cluster.
     *
     * @param limits without {@link LimitsSetting#problems}
     * @param base the revision that they replace, else CONFLICT; null: whatever is there
     * @return the revision of the setting that has them
     */
    public Outcome<Long> setLimits(LimitSettings limits, @Nullable Long base) throws InterruptedException {
        SetLimits ask = new SetLimits(limits, base == null ? SetLimits.ANY : base);
        return atLeader(
                ask,
                () -> LimitChanges.set(replica.get(), ask),
                new LeaderCall.Patience(ClusterLimits.SET_LIMITS, ClusterLimits.SET_LIMITS_LEADER, true));
    }

    /** What a leader does for itself, if this node leads. */
    private interface Here<A> {
        Outcome<A> run() throws InterruptedException;
    }

    private <A> Outcome<A> atLeader(Request<A> ask, Here<A> here, LeaderCall.Patience patience)
            throws InterruptedException {
        return leader.ask(
                new LeaderCall.Asked<A>() {
                    @Override
                    public Outcome<A> here(Duration remaining) throws InterruptedException {
                        return here.run();
                    }

                    @Override
                    public Request<A> request(Duration remaining) {
                        return ask;
                    }
                },
                patience);
    }

    /** How this node sees itself and, if it leads, the others. */
    LookAnswer look() {
        Health present = health.get();
        NodeIdentity identity = membership.identity();
        Replica own = replica.get();
        ReplicaStatus status = own == null ? null : own.status();
        return new LookAnswer(
                settings.self().name(),
                identity == null ? 0 : identity.incarnation(),
                status == null ? ReplicaStatus.Role.NONE : status.role(),
                status == null ? 0 : status.term(),
                status == null ? null : status.leader(),
                status == null ? 0 : status.commitIndex(),
                status == null ? 0 : status.appliedIndex(),
                present.state(),
                present.ready(),
                present.reasons(),
                own == null
                        ? List.of()
                        : own.leaderView().map(LeaderView::followers).orElse(List.of()),
                Build.of(settings.version()),
                identity == null ? null : identity.clusterId(),
                own == null ? null : own.repair().evidence(),
                status == null ? null : status.doubt());
    }

    /** Asks every member, and those that may join; within some seconds. */
    public ClusterReport report() throws InterruptedException {
        NodeIdentity identity = membership.identity();
        Replica own = replica.get();
        List<Member> members = own == null ? List.of() : own.status().members();
        List<Member> admitted = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        if (own != null && identity != null) {
            Permit.all(own.root().applied().state(), identity.clusterId()).forEach(said -> {
                if (!said.granted()) {
                    removed.add(said.name());
                } else if (members.stream().noneMatch(member -> member.name().equals(said.name()))) {
                    admitted.add(new Member(said.name(), said.incarnation(), said.raft(), said.peer()));
                }
            });
        }
        Map<String, LookAnswer> views = lookAt(members, admitted);
        String leader = null;
        long term = 0;
        long commit = 0;
        Map<String, Duration> heard = new LinkedHashMap<>();
        for (LookAnswer view : views.values()) {
            term = Math.max(term, view.term());
            commit = Math.max(commit, view.commitIndex());
        }
        for (LookAnswer view : views.values()) {
            if (view.role() == ReplicaStatus.Role.LEADER && view.term() == term) {
                leader = view.node();
                view.followers().forEach(follower -> heard.put(follower.peerId(), follower.sinceHeard()));
            }
        }
        return new ClusterReport(
                identity == null ? null : identity.clusterId(),
                own == null
                        ? FeatureLevel.FIRST.number()
                        : FeatureLevel.of(own.root().applied().state().settings()),
                leader,
                term,
                commit,
                entries(members, views, heard),
                entries(admitted, views, heard),
                removed);
    }

    private Map<String, LookAnswer> lookAt(List<Member> members, List<Member> admitted) throws InterruptedException {
        String self = settings.self().name();
        Map<String, LookAnswer> views = new HashMap<>();
        views.put(self, look());
        List<String> others = Stream.concat(members.stream(), admitted.stream())
                .map(Member::name)
                .filter(name -> !name.equals(self))
                .toList();
        peers.callAll(others, new Look(), ClusterLimits.LOOK_ANSWER).forEach((name, outcome) -> {
            if (outcome instanceof Outcome.Done<LookAnswer>(LookAnswer view)) {
                views.put(name, view);
            } else {
                LOG.debug("{} does not say how it is: {}", name, outcome);
            }
        });
        return views;
    }

    private static List<ClusterReport.Entry> entries(
            List<Member> members, Map<String, LookAnswer> views, Map<String, Duration> heard) {
        return members.stream()
                .map(member -> {
                    LookAnswer view = views.get(member.name());
                    return new ClusterReport.Entry(
                            member,
                            view == null
                                    ? null
                                    : new ClusterReport.View(
                                            view.incarnation(),
                                            view.role(),
                                            view.term(),
                                            view.commitIndex(),
                                            view.appliedIndex(),
                                            view.state(),
                                            view.ready(),
                                            view.reasons(),
                                            view.build(),
                                            view.doubt() == null
                                                    ? null
                                                    : view.doubt().why()),
                            heard.get(member.peerId()));
                })
                .toList();
    }
}
