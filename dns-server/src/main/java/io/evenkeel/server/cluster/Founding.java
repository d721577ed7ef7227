package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node with an empty disk makes of what the others have said. Only the first of the list founds, and only when every
 * other has answered that it is empty too: so no wiped node ever founds a second cluster beside one that it cannot reach.
 */
final class Founding {
    static final String NO_LEADER = "waiting for a leader to let this node into the cluster; there is none while"
            + " the majority of its members is down or has lost its data";

    private Founding() {}

    /** The verdict of one round. */
    sealed interface Verdict {
        /** Nobody has a cluster: this node makes one. */
        record Found() implements Verdict {}

        /** Somebody has one, and its leader has said which incarnations of this node it knows. */
        record Join(UUID clusterId, int incarnation) implements Verdict {}

        /** Ask again. */
        record Wait(String reason) implements Verdict {}

        /** Asking again will not help. */
        record Impossible(String reason) implements Verdict {}
    }

    /**
     * @param before who this node was until it was taken out; null if its disk is empty
     * @param answers by name, of those that have answered
     */
    static Verdict judge(ControlSettings settings, @Nullable NodeIdentity before, Map<String, HelloAnswer> answers) {
        Set<UUID> clusters = new HashSet<>();
        int incarnation = before == null ? 0 : before.incarnation();
        for (Map.Entry<String, HelloAnswer> entry : answers.entrySet()) {
            HelloAnswer answer = entry.getValue();
            String stranger = stranger(settings, entry.getKey(), answer);
            if (!stranger.isEmpty()) {
                return new Verdict.Impossible(stranger);
            }
            if (answer.clusterId() == null && !answer.first().equals(settings.first())) {
                return new Verdict.Impossible("cluster.members begins with " + settings.first() + " here and with "
                        + answer.first() + " on " + entry.getKey()
                        + ": both would found a cluster; give all nodes one list");
            }
            if (answer.clusterId() != null) {
                clusters.add(answer.clusterId());
            }
            incarnation = Math.max(incarnation, answer.yourIncarnation());
        }
        if (clusters.size() > 1) {
            return new Verdict.Impossible("the listed members belong to different clusters of the name '"
                    + settings.clusterName() + "'; correct cluster.members, or delete the data folders of all but one");
        }
        if (before != null && (clusters.isEmpty() || !clusters.contains(before.clusterId()))) {
            return clusters.isEmpty()
                    ? new Verdict.Wait("this node was taken out of its cluster, and waits for a member of it")
                    : new Verdict.Impossible("the listed members belong to cluster "
                            + clusters.iterator().next() + ", the data folder of this node to " + before.clusterId()
                            + "; use the right data folder, or delete this one so that the node joins anew");
        }
        if (!clusters.isEmpty()) {
            return join(settings, answers, clusters.iterator().next(), incarnation + 1);
        }
        return foundOrWait(settings, answers);
    }

    /** Why the node that answers where {@code name} is looked for is not that one; empty if it is. */
    static String stranger(ControlSettings settings, String name, HelloAnswer answer) {
        String at = settings.other(name)
                .map(listed -> "the node at " + listed.peerAddress())
                .orElse("the node that the others know as " + name);
        if (!answer.clusterName().equals(settings.clusterName())) {
            return at + " belongs to cluster '" + answer.clusterName() + "', this node is configured for '"
                    + settings.clusterName() + "'; correct cluster.name or cluster.members";
        }
        if (!answer.node().equals(name)) {
            return at + " is called " + answer.node() + ", cluster.members lists it as " + name
                    + "; correct cluster.members";
        }
        return "";
    }

    private static Verdict join(
            ControlSettings settings, Map<String, HelloAnswer> answers, UUID cluster, int incarnation) {
        // A group that needs the forgotten ones for its majority will never let anybody in.
        for (HelloAnswer answer : answers.values()) {
            long empty = answer.members().stream()
                    .filter(member -> member.name().equals(settings.self().name()) || isEmpty(answers, member.name()))
                    .count();
            if (answer.leader() == null
                    && empty * 2 >= answer.members().size()
                    && !answer.members().isEmpty()) {
                return new Verdict.Wait(lost(empty, answer.members().size()) + "; " + answer.node()
                        + " cannot let this node in: " + REMEDY);
            }
        }
        // Who is still starting, or lags, has a cluster but not its newest members: by his word alone a wiped node
        // would come back as the incarnation whose votes it has forgotten. The leader has them, and lets nodes in
        // anyway.
        for (HelloAnswer answer : answers.values()) {
            switch (answer.yourStanding()) {
                case MEMBER, MAY_JOIN -> {
                    return new Verdict.Join(cluster, incarnation);
                }
                case NOT_ADMITTED, OUT -> {
                    return new Verdict.Wait(MemberChanges.notAdmitted(
                            settings.self().name(),
                            settings.self().raftAddress(),
                            settings.self().peerAddress()));
                }
                case UNKNOWN -> {
                    // Another one may lead.
                }
            }
        }
        return new Verdict.Wait(NO_LEADER);
    }

    private static final String REMEDY = "give the others their data folders back; if they are lost for good, make a"
            + " new cluster of what a member still has (`evenkeel cluster recover`) or of a backup (`evenkeel restore`)";

    private static String lost(long empty, int members) {
        return "the majority of the members has lost its data (" + empty + " of " + members + ")";
    }

    private static boolean isEmpty(Map<String, HelloAnswer> answers, String name) {
        HelloAnswer answer = answers.get(name);
        return answer != null && answer.clusterId() == null;
    }

    /** By a leader's word: why this node has no place in its cluster any more; empty if it has, or nobody knows. */
    static String takenOut(ControlSettings settings, NodeIdentity self, Map<String, HelloAnswer> answers) {
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
                                    + MemberChanges.addCommand(
                                            self.node(),
                                            settings.self().raftAddress(),
                                            settings.self().peerAddress())
                                    + ", then restart it");
        }
        return "";
    }

    /** What is wrong with this member's place in its group; empty if nothing is. */
    static String trouble(
            ControlSettings settings, Member self, ReplicaStatus status, Map<String, HelloAnswer> answers) {
        long empty = status.members().stream()
                .filter(member -> isEmpty(answers, member.name()))
                .count();
        if (status.leader() == null && empty * 2 >= status.members().size()) {
            return lost(empty, status.members().size()) + ", so there is no leader and no change: " + REMEDY;
        }
        boolean moved = !self.raftAddress().equals(settings.self().raftAddress())
                || (!self.peerAddress().isEmpty()
                        && !self.peerAddress().equals(settings.self().peerAddress()));
        // Alone it moves by itself, with the first member that it lets in.
        if (moved && status.members().size() > 1) {
            return "the others look for this node at " + Place.of(self) + ", cluster.members says "
                    + settings.self().raftAddress() + " and " + settings.self().peerAddress()
                    + ": put the old addresses back, or move it: on a member `evenkeel cluster remove " + self.name()
                    + "`, then "
                    + MemberChanges.addCommand(
                            self.name(),
                            settings.self().raftAddress(),
                            settings.self().peerAddress())
                    + ", and restart this node";
        }
        return "";
    }

    private static Verdict foundOrWait(ControlSettings settings, Map<String, HelloAnswer> answers) {
        List<String> missing = new ArrayList<>();
        for (ControlSettings.Listed other : settings.others()) {
            if (!answers.containsKey(other.name())) {
                missing.add(other.name());
            }
        }
        if (!missing.isEmpty()) {
            return new Verdict.Wait("waiting for " + String.join(", ", missing) + " before a cluster may be founded");
        }
        return settings.foundsFirst()
                ? new Verdict.Found()
                : new Verdict.Wait("waiting for the first listed member to found the cluster");
    }
}
