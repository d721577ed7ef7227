package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * The way of a node into a cluster.
 *
 * With an identity on disk it goes on as who it was: a member as it is, one that was still joining joins on. Without one it
 * asks every listed member, and those whom they name, who they are, again and again. If one of them reports a cluster, this
 * node joins it as an incarnation that nobody has seen, once the leader has said that it may; if all are empty, the first of
 * the list founds (Founding). From then on it goes on asking, at a quiet pace: nobody else tells a node that it was taken out.
 */

/** From a node's knowledge to its next step. Pure: no thread, clock, socket or disk. */
final class NodeRules {
    private final ControlSettings settings;

    NodeRules(ControlSettings settings) {
        this.settings = settings;
    }

    NodeStep next(NodeFacts facts) {
        ReplicaStatus status = facts.status();
        return status == null
                ? enter(facts.identity(), facts.answers())
                : stay(Objects.requireNonNull(facts.identity()), status, facts);
    }

    private NodeStep enter(@Nullable NodeIdentity known, @Nullable Map<String, HelloAnswer> answers) {
        boolean asks = known == null
                || switch (known.phase()) {
                    case FOUNDING, RETIRED -> true;
                    case JOINING, MEMBER -> false;
                };
        if (!asks) {
            return new NodeStep.Resume(Objects.requireNonNull(known));
        }
        if (answers == null) {
            return new NodeStep.Ask();
        }
        return known != null && known.phase() == NodeIdentity.Phase.FOUNDING
                ? foundUnlessBesideAnother(known, answers)
                : Founding.judge(settings, known, answers);
    }

    /** Who founds with a backup must not do so while the cluster that it replaces is still there. */
    private static NodeStep foundUnlessBesideAnother(NodeIdentity founding, Map<String, HelloAnswer> answers) {
        for (HelloAnswer answer : answers.values()) {
            if (answer.clusterId() != null && !answer.clusterId().equals(founding.clusterId())) {
                return new NodeStep.End("this node is about to found cluster " + founding.clusterId() + ", but "
                        + answer.node() + " runs with the data of cluster " + answer.clusterId()
                        + "; stop it and delete its data folder, then it joins this one");
            }
        }
        return new NodeStep.Resume(founding);
    }

    /** Looks whether this node still belongs where it thinks, and asks to be let in until that is so. */
    private NodeStep stay(NodeIdentity self, ReplicaStatus status, NodeFacts facts) {
        Map<String, HelloAnswer> answers = facts.answers();
        Optional<Member> member = status.members().stream()
                .filter(present -> present.peerId().equals(self.peerId()))
                .findFirst();
        if (answers == null) {
            // A node that hears no leader may have been taken out.
            Duration since = facts.sinceAsked();
            boolean quiet = member.isPresent()
                    && status.leader() != null
                    && since != null
                    && since.compareTo(ClusterLimits.HELLO_QUIET) < 0;
            return quiet ? new NodeStep.Rest() : new NodeStep.Ask();
        }
        String elsewhere = elsewhere(self, facts.others(), answers);
        if (!elsewhere.isEmpty()) {
            return new NodeStep.End(elsewhere);
        }
        String out = takenOut(self, answers);
        if (!out.isEmpty()) {
            return new NodeStep.Retire(out);
        }
        if (status.damaged()) {
            return Founding.comeBack(settings, self, answers);
        }
        if (member.isPresent()) {
            String outside = status.leader() == null ? outside(self, answers) : null;
            return outside == null
                    ? new NodeStep.Stay(trouble(member.get(), status, answers))
                    : comeBack(member.get(), outside);
        }
        if (status.members().isEmpty() && self.phase() != NodeIdentity.Phase.JOINING) {
            // Its group of one is just being made, or its log just being read: it has its place, and need not be let
            // in.
            return new NodeStep.Stay("");
        }
        return answers.values().stream()
                .filter(answer -> self.clusterId().equals(answer.clusterId()))
                .flatMap(answer -> Optional.ofNullable(answer.leader()).stream())
                .findFirst()
                .<NodeStep>map(NodeStep.AskToBeLetIn::new)
                .orElseGet(() -> new NodeStep.Wait(Founding.NO_LEADER));
    }

    /** The leader whose group does not have this node, although it may join; null if there is none. */
    private static @Nullable String outside(NodeIdentity self, Map<String, HelloAnswer> answers) {
        return answers.values().stream()
                .filter(answer -> answer.yourStanding() == Standing.MAY_JOIN
                        && self.clusterId().equals(answer.clusterId()))
                .map(HelloAnswer::node)
                .findFirst()
                .orElse(null);
    }

    /**
     * What a node does that takes itself for a member and is none: it was taken out and added again while it was away, or the
     * leader that let it in was lost before that was committed. From other addresses it needs another incarnation.
     */
    private NodeStep comeBack(Member before, String leader) {
        return hasMoved(before)
                ? new NodeStep.Retire(before.peerId() + " was taken out of the cluster, and " + before.name()
                        + " may join from its new addresses: restart this node")
                : new NodeStep.AskToBeLetIn(leader);
    }

    /** What follows from the answer of a leader that was asked to let this node in. */
    NodeStep afterAsking(String leader, Outcome<Nothing> answer) {
        return switch (answer) {
            case Outcome.Done<Nothing> _ -> new NodeStep.Stay("");
            case Outcome.Refused<Nothing> refused ->
                new NodeStep.Refused(leader + " does not let this node in: " + refused.why());
            case Outcome.NotDone<Nothing> busy ->
                new NodeStep.Wait("waiting to be let into the cluster: " + busy.why());
            case Outcome.Unknown<Nothing> unknown ->
                new NodeStep.Wait("waiting to be let into the cluster: " + unknown.why());
            case Outcome.NotLeader<Nothing> _ ->
                new NodeStep.Wait("waiting for a leader to let this node into the cluster");
        };
    }

    /**
     * The members that these answers name, for the address book. The word of another cluster does not count.
     *
     * @param self null: this node belongs to no cluster yet
     */
    List<Member> membersIn(Map<String, HelloAnswer> answers, @Nullable NodeIdentity self) {
        return answers.values().stream()
                .filter(answer -> answer.clusterName().equals(settings.clusterName())
                        && (self == null || self.clusterId().equals(answer.clusterId())))
                .flatMap(answer -> answer.members().stream())
                .toList();
    }

    /**
     * Why this node is in the wrong place; empty if it is not. The majority of the others has another cluster then. A minority
     * is their own business, and must not stop a healthy member.
     */
    private String elsewhere(NodeIdentity self, int others, Map<String, HelloAnswer> answers) {
        int strangers = 0;
        String first = "";
        for (Map.Entry<String, HelloAnswer> entry : answers.entrySet()) {
            HelloAnswer answer = entry.getValue();
            String why = Founding.stranger(settings, entry.getKey(), answer);
            if (why.isEmpty()
                    && answer.clusterId() != null
                    && !answer.clusterId().equals(self.clusterId())) {
                why = "the node called " + entry.getKey() + " belongs to cluster " + answer.clusterId()
                        + ", the data folder of this node to " + self.clusterId()
                        + "; use the right data folder, or delete this one so that the node joins anew";
            }
            if (!why.isEmpty()) {
                strangers++;
                first = first.isEmpty() ? why : first;
            }
        }
        return strangers * 2 > others + 1 ? first : "";
    }

    /** By a leader's word: why this node has no place in its cluster any more; empty if it has, or nobody knows. */
    private String takenOut(NodeIdentity self, Map<String, HelloAnswer> answers) {
        for (HelloAnswer answer : answers.values()) {
            if (answer.yourStanding() != Standing.OUT || !self.clusterId().equals(answer.clusterId())) {
                continue;
            }
            Optional<Member> successor = answer.members().stream()
                    .filter(member -> member.name().equals(self.node()))
                    .findFirst();
            return successor
                    .map(member -> self.peerId() + " has been replaced by " + member.peerId()
                            + ": stop this node, or whichever of the two is not wanted")
                    .orElseGet(() ->
                            self.peerId() + " has been removed from the cluster; it answers from what it has until"
                                    + " it is stopped. To take it back, on a member: "
                                    + addThisNode()
                                    + ", then restart it");
        }
        return "";
    }

    /** What is wrong with this member's place in its group; empty if nothing is. */
    private String trouble(Member self, ReplicaStatus status, Map<String, HelloAnswer> answers) {
        long empty = status.members().stream()
                .filter(member -> Founding.isEmpty(answers, member.name()))
                .count();
        if (status.leader() == null && empty * 2 >= status.members().size()) {
            return Founding.lost(empty, status.members().size()) + ", so there is no leader and no change: "
                    + Founding.REMEDY;
        }
        // Alone it moves by itself, with the first member that it lets in.
        if (hasMoved(self) && status.members().size() > 1) {
            return "the group has this node at " + Place.of(self) + ", cluster.members says "
                    + settings.self().raftAddress() + " and " + settings.self().peerAddress()
                    + ": members whose cluster.members says so too find it there; for the others put the old addresses back, or"
                    + " move it: on a member `evenkeel cluster remove " + self.name()
                    + "`, then " + addThisNode() + ", and restart this node";
        }
        return "";
    }

    /** @param self as the group has this node */
    private boolean hasMoved(Member self) {
        return !Place.of(self)
                .fits(new Member(
                        self.name(),
                        self.incarnation(),
                        settings.self().raftAddress(),
                        settings.self().peerAddress()));
    }

    private String addThisNode() {
        return LeaderRules.addCommand(
                settings.self().name(),
                settings.self().raftAddress(),
                settings.self().peerAddress());
    }
}
