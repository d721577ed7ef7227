package io.evenkeel.server.cluster;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.cluster.LeaderFacts.Pulse;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.zones.state.FeatureLevel;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * The decisions of a leader about the members. The right to be one is a replicated permit, so that it outlives the leader: `add`
 * only writes it, and the new node, whenever it comes, is let in by the leader of that time; `remove` withdraws it before it
 * takes the node out, so that a leader lost between the two leaves a member that a second `remove` takes out and nobody lets
 * in again.
 *
 * Each rule names the first thing that is not yet as it should be. The leader does that and asks again with new facts, until
 * the rule has an answer; so a request may come again after an unknown end, and goes on from there.
 */

/** From a request and a leader's knowledge to its next step. Pure: no thread, clock, socket or disk. */
final class LeaderRules {
    private final ControlSettings settings;
    private final boolean loopbackOnly;

    /** @param loopbackOnly without certificates nothing else may be a member's address */
    LeaderRules(ControlSettings settings, boolean loopbackOnly) {
        this.settings = settings;
        this.loopbackOnly = loopbackOnly;
    }

    /** What the asking node is to the cluster. */
    Standing standing(Hello asking, LeaderFacts facts) {
        LeaderView view = facts.view();
        if (view == null) {
            return Standing.UNKNOWN;
        }
        // Without a cluster it has forgotten who it was; of another cluster's incarnations nothing is known here.
        int incarnation = facts.clusterId().equals(asking.clusterId()) ? asking.incarnation() : 0;
        Optional<Member> member = facts.member(asking.node());
        if (member.isPresent() && member.get().incarnation() == incarnation) {
            return Standing.MEMBER;
        }
        if (incarnation > 0 && isOut(asking.node(), incarnation, facts)) {
            return view.settled() ? Standing.OUT : Standing.UNKNOWN;
        }
        return place(asking.node(), facts).isPresent() ? Standing.MAY_JOIN : Standing.NOT_ADMITTED;
    }

    /** Whether that incarnation, which is no member, was one or has a later one: one of that number with a permit was let in. */
    private static boolean isOut(String name, int incarnation, LeaderFacts facts) {
        boolean replaced = facts.member(name)
                .filter(member -> member.incarnation() > incarnation)
                .isPresent();
        boolean removed = facts.known()
                .filter(permit -> incarnation < permit.incarnation()
                        || (incarnation == permit.incarnation() && !permit.granted()))
                .isPresent();
        return replaced || removed;
    }

    /** Lets a node in, its older incarnation out first. */
    LeaderStep join(Join ask, LeaderFacts facts) {
        Member joining = ask.member();
        if (!speaks(ask.build(), facts.level())) {
            return refused(
                    joining.peerId() + " runs " + RollingRules.release(ask.build()) + "; the cluster is at level "
                            + facts.level() + ": start it with a release that speaks level " + facts.level());
        }
        Member same = facts.member(joining.name()).orElse(null);
        if (same != null && same.incarnation() == joining.incarnation()) {
            return new LeaderStep.Reply(Outcome.done());
        }
        int highest = highestIncarnation(same, facts.permit());
        if (highest > joining.incarnation()) {
            return refused(joining.peerId() + " has been replaced by " + joining.name() + "-" + highest
                    + "; delete the data folder of the older one so that it joins anew");
        }
        if (same != null) {
            switch (pulse(same, facts)) {
                case NOT_ASKED -> {
                    return new LeaderStep.AskWhetherItRuns(same);
                }
                case RUNS -> {
                    return refused(same.peerId() + " is running: two nodes are called " + joining.name()
                            + "; correct node.name of one");
                }
                case SILENT -> {
                    // It is gone, and this is its next life.
                }
            }
        }
        Place place = place(joining.name(), facts).orElse(null);
        if (place == null) {
            return refused(withoutPermit(joining.name(), joining.raftAddress(), joining.peerAddress()));
        }
        if (!place.fits(joining)) {
            return refused(joining.name() + " is to be at " + place + ", and comes from " + Place.of(joining)
                    + ": correct cluster.members of one, or say on a member that it has moved: "
                    + addCommand(joining.name(), joining.raftAddress(), joining.peerAddress()));
        }
        if (facts.known().filter(known -> known.role() == Permit.Role.OBSERVER).isPresent()) {
            return refused("observers are not supported by this release: " + joining.name()
                    + " can only come in to vote; on a member: "
                    + addCommand(joining.name(), joining.raftAddress(), joining.peerAddress()));
        }
        if (facts.isTooSmall(ask.memory())) {
            return refused(tooSmall(joining.name(), ask.memory(), facts));
        }
        Permit permit = new Permit(
                joining.name(),
                true,
                facts.clusterId(),
                joining.raftAddress(),
                joining.peerAddress(),
                joining.incarnation(),
                Permit.Role.VOTER);
        if (!permit.equals(facts.permit())) {
            return new LeaderStep.Write(permit);
        }
        return same != null ? new LeaderStep.TakeOut(same) : new LeaderStep.LetIn(joining);
    }

    /** A build that tells no levels is one from before them. */
    private static boolean speaks(@Nullable Build build, int level) {
        return build == null ? level == FeatureLevel.FIRST.number() : build.speaks(level);
    }

    private static String tooSmall(String name, long memory, LeaderFacts facts) {
        return name + " has too little memory: " + (memory >> 20) + " MiB for zones, and those of the cluster take "
                + (facts.octets() >> 20) + " MiB; start it with a larger -Xmx";
    }

    /** Adds, removes, hands over. */
    LeaderStep manage(Manage ask, LeaderFacts facts) {
        return switch (ask.verb()) {
            case ADD -> add(ask.name(), new Place(ask.raft(), ask.peer()), facts);
            case REMOVE -> remove(ask.name(), facts);
            case TRANSFER -> transfer(ask.name(), facts);
        };
    }

    private LeaderStep add(String name, Place asked, LeaderFacts facts) {
        String unusable = asked.unusable(loopbackOnly);
        if (unusable != null) {
            return refused(unusable);
        }
        Member member = facts.member(name).orElse(null);
        boolean granted = facts.known().map(Permit::granted).orElse(true);
        if (member != null && granted && asked.fits(member)) {
            return new LeaderStep.Reply(Outcome.done());
        }
        if (member != null) {
            switch (pulse(member, facts)) {
                case NOT_ASKED -> {
                    return new LeaderStep.AskWhetherItRuns(member);
                }
                case RUNS -> {
                    return refused(name + " is a member at " + Place.of(member)
                            + " and runs there; to move it: `evenkeel cluster remove " + name + "`, then add it anew");
                }
                case SILENT -> {
                    // The next one of that name may be elsewhere.
                }
            }
        }
        List<Member> others = member == null ? facts.members() : facts.without(member);
        for (Member other : others) {
            if (asked.overlaps(Place.of(other))) {
                return refused(asked + ": " + other.name() + " is there already");
            }
        }
        if (others.size() >= ClusterLimits.MEMBERS) {
            return refused(others.size() + " members; allowed: up to " + ClusterLimits.MEMBERS);
        }
        if (facts.isTooSmall(facts.memory())) {
            return refused(tooSmall(name, facts.memory(), facts));
        }
        Permit permit = new Permit(
                name,
                true,
                facts.clusterId(),
                asked.raft(),
                asked.peer(),
                highestIncarnation(member, facts.permit()),
                Permit.Role.VOTER);
        return permit.equals(facts.permit()) ? new LeaderStep.Reply(Outcome.done()) : new LeaderStep.Write(permit);
    }

    private LeaderStep remove(String name, LeaderFacts facts) {
        Member member = facts.member(name).orElse(null);
        Permit before = facts.permit();
        if (member == null && before == null && settings.other(name).isEmpty()) {
            return noMember(name, facts);
        }
        if (member != null) {
            LeaderView view = facts.view();
            if (view == null) {
                return new LeaderStep.Reply(new Outcome.NotLeader<>(null));
            }
            List<Member> rest = facts.without(member);
            String refusal = refusal(member, rest, view);
            if (!refusal.isEmpty()) {
                return refused(refusal);
            }
            if (isThisNode(member)) {
                Member next = nextLeader(rest, view);
                return new LeaderStep.HandOver(next, new Outcome.NotLeader<>(next.name()));
            }
        }
        Place place = member != null
                ? Place.of(member)
                : before != null ? new Place(before.raft(), before.peer()) : new Place("", "");
        Permit permit = new Permit(
                name,
                false,
                facts.clusterId(),
                place.raft(),
                place.peer(),
                highestIncarnation(member, before),
                Permit.Role.VOTER);
        if (!permit.equals(before)) {
            return new LeaderStep.Write(permit);
        }
        return member != null ? new LeaderStep.TakeOut(member) : new LeaderStep.Reply(Outcome.done());
    }

    /** Why the rest could not go on; empty if it can. No force helps: Raft needs both majorities to agree to the change. */
    private String refusal(Member target, List<Member> rest, LeaderView view) {
        if (rest.isEmpty()) {
            return target.name() + " is the last member; to end the cluster, stop it";
        }
        List<Member> silent = rest.stream().filter(m -> !isReached(view, m)).toList();
        int reached = rest.size() - silent.size();
        return reached * 2 > rest.size()
                ? ""
                : "without " + target.name() + ", " + reached + " of " + rest.size()
                        + " members would be reached, and that is no majority: start " + names(silent)
                        + ", or remove what is gone for good first";
    }

    private LeaderStep transfer(String name, LeaderFacts facts) {
        Member to = facts.member(name).orElse(null);
        if (to == null) {
            return noMember(name, facts);
        }
        if (isThisNode(to)) {
            return new LeaderStep.Reply(Outcome.done());
        }
        LeaderView view = facts.view();
        if (view == null) {
            return new LeaderStep.Reply(new Outcome.NotLeader<>(null));
        }
        if (!isReached(view, to)) {
            return refused(name + " is not reached; start it, or choose another member");
        }
        long behind = facts.commitIndex() - matchIndex(view, to);
        if (behind > ClusterLimits.HAND_OVER_LAG) {
            return refused(name + " is " + behind + " entries behind; allowed: " + ClusterLimits.HAND_OVER_LAG
                    + "; wait until it has caught up, or choose another member");
        }
        return new LeaderStep.HandOver(to, Outcome.done());
    }

    /** What is answered when a step came to nothing. */
    static Outcome<Nothing> unfinished(ReplicaStatus status, String why) {
        return status.role() == ReplicaStatus.Role.LEADER
                ? new Outcome.NotDone<>(why)
                : new Outcome.NotLeader<>(status.leader());
    }

    /** What a node without a permit, or its operator, is told. */
    static String withoutPermit(String name, String raft, String peer) {
        return "the cluster does not know " + name + "; on a member: " + addCommand(name, raft, peer);
    }

    static String addCommand(String name, String raft, String peer) {
        return "`evenkeel cluster add " + name + " --raft " + raft + " --peer " + peer + "`";
    }

    /** Where a member of that name is expected to be; empty: nobody expects one. */
    private Optional<Place> place(String name, LeaderFacts facts) {
        Permit permit = facts.permit();
        if (permit != null) {
            return permit.granted() ? Optional.of(new Place(permit.raft(), permit.peer())) : Optional.empty();
        }
        Optional<Place> listed = settings.other(name).map(other -> new Place(other.raftAddress(), other.peerAddress()));
        return facts.member(name).map(Place::of).or(() -> listed);
    }

    private Pulse pulse(Member member, LeaderFacts facts) {
        return isThisNode(member) ? Pulse.RUNS : facts.pulse();
    }

    private boolean isThisNode(Member member) {
        return member.name().equals(settings.self().name());
    }

    private boolean isReached(LeaderView view, Member member) {
        return isThisNode(member)
                || view.follower(member.peerId())
                        .filter(follower -> follower.sinceHeard().compareTo(ClusterLimits.REACHED) < 0)
                        .isPresent();
    }

    private Member nextLeader(List<Member> rest, LeaderView view) {
        return rest.stream()
                .filter(member -> isReached(view, member))
                .max(Comparator.comparingLong(member -> matchIndex(view, member)))
                .orElseThrow(() -> new IllegalStateException("a majority of the rest is reached"));
    }

    private static long matchIndex(LeaderView view, Member member) {
        return view.follower(member.peerId())
                .map(LeaderView.Follower::matchIndex)
                .orElse(-1L);
    }

    private static int highestIncarnation(@Nullable Member member, @Nullable Permit permit) {
        return Math.max(member == null ? 0 : member.incarnation(), permit == null ? 0 : permit.incarnation());
    }

    private static LeaderStep refused(String why) {
        return new LeaderStep.Reply(new Outcome.Refused<>(why));
    }

    private static LeaderStep noMember(String name, LeaderFacts facts) {
        return refused("there is no member " + name + "; members: " + names(facts.members()));
    }

    private static String names(List<Member> members) {
        return String.join(", ", members.stream().map(Member::name).toList());
    }
}
