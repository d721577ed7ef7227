package io.evenkeel.server.cluster;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.change.ChangeLimits;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerLimits;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.Settings;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * What a leader does about the members. The right to be one is a replicated record (Admission), so that it outlives the
 * leader: `add` only writes it, and the new node, whenever it comes, is let in by whoever leads then; `remove` writes the
 * opposite before it takes the node out, so that a leader lost between the two leaves a member that a second `remove` takes
 * out and nobody lets in again. Each step may be asked for again after an unknown end. One change at a time: here by a lock,
 * over leaders by Raft, which takes no second change of members before the first is committed.
 */

/** The leader's side of joining, adding, removing, handing over. Any thread; answers NotLeader on other nodes. */
final class MemberChanges {
    private static final Logger LOG = LoggerFactory.getLogger(MemberChanges.class);

    private final ControlSettings settings;
    private final PeerClient peers;
    private final boolean loopbackOnly;
    private final ReentrantLock changing = new ReentrantLock();
    private volatile @Nullable Local local;

    /** This node's part once it belongs to a cluster. */
    private record Local(UUID clusterId, int incarnation, Replica replica) {
        List<Member> members() {
            return replica.status().members();
        }

        Optional<Member> member(String name) {
            return members().stream().filter(m -> m.name().equals(name)).findFirst();
        }

        Optional<Admission> admission(String name) {
            return Admission.of(replica.root().get().state(), clusterId, name);
        }
    }

    /** @param loopbackOnly without certificates nothing else may be a member's address */
    MemberChanges(ControlSettings settings, PeerClient peers, boolean loopbackOnly) {
        this.settings = settings;
        this.peers = peers;
        this.loopbackOnly = loopbackOnly;
    }

    /** From now on this node takes part. */
    void open(UUID clusterId, int incarnation, Replica replica) {
        local = new Local(clusterId, incarnation, replica);
    }

    /** What the asking node is to the cluster. */
    Standing standing(Hello asking) {
        Local present = local;
        LeaderView view =
                present == null ? null : present.replica().leaderView().orElse(null);
        if (present == null || view == null) {
            return Standing.UNKNOWN;
        }
        // Without a cluster it has forgotten who it was; of another cluster's incarnations nothing is known here.
        int incarnation = present.clusterId().equals(asking.clusterId()) ? asking.incarnation() : 0;
        Optional<Member> member = present.member(asking.node());
        if (member.isPresent() && member.get().incarnation() == incarnation) {
            return Standing.MEMBER;
        }
        if (incarnation > 0 && isOut(present, asking.node(), incarnation)) {
            return view.settled() ? Standing.OUT : Standing.UNKNOWN;
        }
        return place(present, asking.node()).isPresent() ? Standing.MAY_JOIN : Standing.NOT_ADMITTED;
    }

    /** Whether that incarnation, which is no member, was one or has a later one: an admitted one of that number was let in. */
    private static boolean isOut(Local present, String name, int incarnation) {
        boolean replaced = present.member(name)
                .filter(member -> member.incarnation() > incarnation)
                .isPresent();
        boolean removed = present.admission(name)
                .filter(admission -> !admission.admitted() && incarnation <= admission.incarnation())
                .isPresent();
        return replaced || removed;
    }

    /** Lets a node in: one at a time, its older incarnation out first. */
    Outcome<Nothing> join(Join join) throws InterruptedException {
        Local present = local;
        if (present != null && !join.clusterId().equals(present.clusterId())) {
            return new Outcome.Refused<>("this is cluster " + present.clusterId());
        }
        return change(present, "another change of the members is under way", leading -> admit(leading, join.member()));
    }

    /** Adds, removes, hands over. */
    Outcome<Nothing> manage(Manage ask) throws InterruptedException {
        return change(local, "a change of the members is under way; ask again", leading -> switch (ask.verb()) {
            case ADD -> add(leading, ask);
            case REMOVE -> remove(leading, ask.name());
            case TRANSFER -> transfer(leading, ask.name());
        });
    }

    private interface Step {
        Outcome<Nothing> run(Local leading) throws IOException, InterruptedException;
    }

    private Outcome<Nothing> change(@Nullable Local present, String busy, Step step) throws InterruptedException {
        if (present == null) {
            return new Outcome.NotLeader<>(null);
        }
        ReplicaStatus status = present.replica().status();
        if (!status.leaderReady()) {
            return new Outcome.NotLeader<>(status.leader());
        }
        if (!changing.tryLock()) {
            return new Outcome.NotDone<>(busy);
        }
        try {
            return step.run(present);
        } catch (IOException e) {
            LOG.info("a change of the members came to nothing: {}", e.getMessage());
            ReplicaStatus now = present.replica().status();
            return now.role() == ReplicaStatus.Role.LEADER
                    ? new Outcome.NotDone<>(String.valueOf(e.getMessage()))
                    : new Outcome.NotLeader<>(now.leader());
        } finally {
            changing.unlock();
        }
    }

    private Outcome<Nothing> admit(Local leading, Member joining) throws IOException, InterruptedException {
        Optional<Member> same = leading.member(joining.name());
        if (same.isPresent() && same.get().incarnation() == joining.incarnation()) {
            return Outcome.done();
        }
        if (same.isPresent() && same.get().incarnation() > joining.incarnation()) {
            return new Outcome.Refused<>(joining.peerId() + " has been replaced by "
                    + same.get().peerId() + "; delete the data folder of the older one so that it joins anew");
        }
        if (same.isPresent() && isAlive(leading, same.get())) {
            return new Outcome.Refused<>(same.get().peerId() + " is running: two nodes are called " + joining.name()
                    + "; correct node.name of one");
        }
        Place place = place(leading, joining.name()).orElse(null);
        if (place == null || !place.fits(joining)) {
            return new Outcome.Refused<>(
                    place == null
                            ? notAdmitted(joining.name(), joining.raftAddress(), joining.peerAddress())
                            : joining.name() + " is to be at " + place + ", and comes from " + Place.of(joining)
                                    + ": correct cluster.members of one, or say on a member that it has moved: "
                                    + addCommand(joining.name(), joining.raftAddress(), joining.peerAddress()));
        }
        record(
                leading,
                new Admission(
                        joining.name(),
                        true,
                        leading.clusterId(),
                        joining.raftAddress(),
                        joining.peerAddress(),
                        joining.incarnation()));
        List<Member> members = leading.members();
        if (same.isPresent()) {
            LOG.info(
                    "taking {} out of the cluster, {} takes its place",
                    same.get().peerId(),
                    joining.peerId());
            members = without(members, same.get());
            leading.replica().changeMembers(members, ClusterLimits.MEMBER_CHANGE);
        }
        List<Member> larger = new ArrayList<>(members);
        larger.add(joining);
        leading.replica().changeMembers(larger, ClusterLimits.MEMBER_CHANGE);
        LOG.info("let {} into the cluster: {} members now", joining.peerId(), larger.size());
        return Outcome.done();
    }

    /** What a node, or its operator, is told that nobody expects. */
    static String notAdmitted(String name, String raft, String peer) {
        return "the cluster does not know " + name + "; on a member: " + addCommand(name, raft, peer);
    }

    static String addCommand(String name, String raft, String peer) {
        return "`evenkeel cluster add " + name + " --raft " + raft + " --peer " + peer + "`";
    }

    private boolean isAlive(Local leading, Member old) throws InterruptedException {
        if (old.name().equals(settings.self().name())) {
            return true;
        }
        Hello hello = new Hello(
                settings.clusterName(),
                leading.clusterId(),
                settings.self().name(),
                leading.incarnation(),
                Build.of(settings.version()));
        return peers.call(old.name(), hello, PeerLimits.HELLO_ANSWER)
                        instanceof Outcome.Done<HelloAnswer>(HelloAnswer answer)
                && answer.incarnation() == old.incarnation()
                && leading.clusterId().equals(answer.clusterId());
    }

    private Outcome<Nothing> add(Local leading, Manage ask) throws IOException, InterruptedException {
        Place asked = new Place(ask.raft(), ask.peer());
        String unusable = asked.unusable(loopbackOnly);
        if (unusable != null) {
            return new Outcome.Refused<>(unusable);
        }
        Optional<Member> member = leading.member(ask.name());
        Optional<Admission> before = leading.admission(ask.name());
        if (member.isPresent() && before.map(Admission::admitted).orElse(true) && asked.fits(member.get())) {
            return Outcome.done();
        }
        if (member.isPresent() && isAlive(leading, member.get())) {
            return new Outcome.Refused<>(ask.name() + " is a member at " + Place.of(member.get())
                    + " and runs there; to move it: `evenkeel cluster remove " + ask.name() + "`, then add it anew");
        }
        List<Member> others = leading.members().stream()
                .filter(m -> !m.name().equals(ask.name()))
                .toList();
        for (Member other : others) {
            if (asked.overlaps(Place.of(other))) {
                return new Outcome.Refused<>(asked + ": " + other.name() + " is there already");
            }
        }
        if (others.size() >= ClusterLimits.MEMBERS) {
            return new Outcome.Refused<>(others.size() + " members; allowed: up to " + ClusterLimits.MEMBERS);
        }
        int incarnation = Math.max(
                before.map(Admission::incarnation).orElse(0),
                member.map(Member::incarnation).orElse(0));
        record(leading, new Admission(ask.name(), true, leading.clusterId(), ask.raft(), ask.peer(), incarnation));
        LOG.info("{} at {} may join the cluster", ask.name(), asked);
        return Outcome.done();
    }

    private Outcome<Nothing> remove(Local leading, String name) throws IOException, InterruptedException {
        Optional<Member> member = leading.member(name);
        Optional<Admission> before = leading.admission(name);
        boolean listed = settings.other(name).isPresent();
        if (member.isEmpty() && before.isEmpty() && !listed) {
            return new Outcome.Refused<>("there is no member " + name + "; members: " + names(leading.members()));
        }
        if (member.isPresent()) {
            List<Member> rest = without(leading.members(), member.get());
            Outcome<Nothing> refused = refusal(leading, member.get(), rest);
            if (refused != null) {
                return refused;
            }
            if (name.equals(settings.self().name())) {
                Member next = nextLeader(leading, rest);
                leading.replica().transferLeadership(next, ClusterLimits.MANAGE);
                return new Outcome.NotLeader<>(next.name());
            }
        }
        Admission out = new Admission(
                name,
                false,
                leading.clusterId(),
                member.map(Member::raftAddress)
                        .or(() -> before.map(Admission::raft))
                        .orElse(""),
                member.map(Member::peerAddress)
                        .or(() -> before.map(Admission::peer))
                        .orElse(""),
                Math.max(
                        member.map(Member::incarnation).orElse(0),
                        before.map(Admission::incarnation).orElse(0)));
        record(leading, out);
        if (member.isPresent()) {
            leading.replica().changeMembers(without(leading.members(), member.get()), ClusterLimits.MANAGE);
            LOG.info("took {} out of the cluster", member.get().peerId());
        }
        return Outcome.done();
    }

    /** Why the rest could not go on; null if it can. No force helps: Raft needs both majorities to agree to the change. */
    private @Nullable Outcome<Nothing> refusal(Local leading, Member target, List<Member> rest) {
        if (rest.isEmpty()) {
            return new Outcome.Refused<>(target.name() + " is the last member; to end the cluster, stop it");
        }
        LeaderView view = leading.replica().leaderView().orElse(null);
        if (view == null) {
            return new Outcome.NotLeader<>(null);
        }
        List<Member> silent = rest.stream().filter(m -> !isReached(view, m)).toList();
        int reached = rest.size() - silent.size();
        if (reached * 2 <= rest.size()) {
            return new Outcome.Refused<>("without " + target.name() + ", " + reached + " of " + rest.size()
                    + " members would be reached, and that is no majority: start " + names(silent)
                    + ", or remove what is gone for good first");
        }
        return null;
    }

    private boolean isReached(LeaderView view, Member member) {
        return member.name().equals(settings.self().name())
                || view.follower(member.peerId())
                        .filter(follower -> follower.sinceHeard().compareTo(ClusterLimits.REACHED) < 0)
                        .isPresent();
    }

    private Member nextLeader(Local leading, List<Member> rest) throws IOException {
        LeaderView view = leading.replica().leaderView().orElseThrow(() -> new IOException("leads no more"));
        return rest.stream()
                .filter(member -> isReached(view, member))
                .max(Comparator.comparingLong(member -> view.follower(member.peerId())
                        .map(LeaderView.Follower::matchIndex)
                        .orElse(-1L)))
                .orElseThrow(() -> new IOException("no other member is reached"));
    }

    private Outcome<Nothing> transfer(Local leading, String name) throws IOException, InterruptedException {
        Member to = leading.member(name).orElse(null);
        if (to == null) {
            return new Outcome.Refused<>("there is no member " + name + "; members: " + names(leading.members()));
        }
        if (name.equals(settings.self().name())) {
            return Outcome.done();
        }
        LeaderView view = leading.replica().leaderView().orElse(null);
        if (view == null) {
            return new Outcome.NotLeader<>(null);
        }
        if (!isReached(view, to)) {
            return new Outcome.Refused<>(name + " is not reached; start it, or choose another member");
        }
        long behind = leading.replica().status().commitIndex()
                - view.follower(to.peerId())
                        .map(LeaderView.Follower::matchIndex)
                        .orElse(-1L);
        if (behind > ClusterLimits.HAND_OVER_LAG) {
            return new Outcome.Refused<>(name + " is " + behind + " entries behind; allowed: "
                    + ClusterLimits.HAND_OVER_LAG + "; wait until it has caught up, or choose another member");
        }
        leading.replica().transferLeadership(to, ClusterLimits.MANAGE);
        LOG.info("handed leadership to {}", name);
        return Outcome.done();
    }

    /** Writes the record if it is not the present one. */
    private void record(Local leading, Admission wanted) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < ChangeLimits.EVALUATIONS; attempt++) {
            if (leading.admission(wanted.name()).filter(wanted::equals).isPresent()) {
                return;
            }
            Settings.Setting present =
                    leading.replica().root().get().state().settings().find(Admission.KIND, wanted.name());
            ZoneCommand command = new ZoneCommand.PutSetting(
                    Admission.KIND, wanted.name(), wanted.encode(), present == null ? 0 : present.revision());
            ProposalOutcome outcome;
            try {
                outcome =
                        leading.replica().propose(command, ClusterLimits.MANAGE).get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a proposal's future never fails", e);
            }
            switch (outcome) {
                case ProposalOutcome.Committed committed
                when committed.result() instanceof CommandResult.Applied -> {
                    return;
                }
                case ProposalOutcome.Committed committed
                when committed.result() instanceof CommandResult.Stale ->
                    LOG.debug("the record of {} was changed meanwhile", wanted.name());
                default -> throw new IOException("it could not be recorded: " + outcome);
            }
        }
        throw new IOException("the record of " + wanted.name() + " is changed again and again");
    }

    /** Where a member of that name is expected to be; empty: nobody expects one. */
    private Optional<Place> place(Local present, String name) {
        Optional<Admission> admission = present.admission(name);
        if (admission.isPresent()) {
            return admission.filter(Admission::admitted).map(said -> new Place(said.raft(), said.peer()));
        }
        Optional<Place> listed = settings.other(name).map(other -> new Place(other.raftAddress(), other.peerAddress()));
        return present.member(name).map(Place::of).or(() -> listed);
    }

    private static List<Member> without(List<Member> members, Member one) {
        return members.stream()
                .filter(member -> !member.peerId().equals(one.peerId()))
                .toList();
    }

    private static String names(List<Member> members) {
        return String.join(", ", members.stream().map(Member::name).toList());
    }
}
