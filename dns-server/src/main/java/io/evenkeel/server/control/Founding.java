package io.evenkeel.server.control;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

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

    /** @param answers by name, of those that have answered */
    static Verdict judge(ControlSettings settings, Map<String, PeerMessage.HelloAnswer> answers) {
        Set<UUID> clusters = new HashSet<>();
        int incarnation = 0;
        for (ControlSettings.Listed other : settings.others()) {
            PeerMessage.HelloAnswer answer = answers.get(other.name());
            if (answer == null) {
                continue;
            }
            String stranger = stranger(settings, other, answer);
            if (!stranger.isEmpty()) {
                return new Verdict.Impossible(stranger);
            }
            if (answer.clusterId() == null && !answer.first().equals(settings.first())) {
                return new Verdict.Impossible(
                        "cluster.members begins with " + settings.first() + " here and with " + answer.first() + " on "
                                + other.name() + ": both would found a cluster; give all nodes one list");
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
        if (!clusters.isEmpty()) {
            return join(settings, answers, clusters.iterator().next(), incarnation + 1);
        }
        return foundOrWait(settings, answers);
    }

    /** Why that node is not the listed member that it should be; empty if it is. */
    static String stranger(ControlSettings settings, ControlSettings.Listed other, PeerMessage.HelloAnswer answer) {
        if (!answer.clusterName().equals(settings.clusterName())) {
            return "the node at " + other.peerAddress() + " belongs to cluster '" + answer.clusterName()
                    + "', this node is configured for '" + settings.clusterName()
                    + "'; correct cluster.name or cluster.members";
        }
        if (!answer.node().equals(other.name())) {
            return "the node at " + other.peerAddress() + " is called " + answer.node()
                    + ", cluster.members lists it as " + other.name() + "; correct cluster.members";
        }
        return "";
    }

    private static Verdict join(
            ControlSettings settings, Map<String, PeerMessage.HelloAnswer> answers, UUID cluster, int incarnation) {
        // A group that needs the forgotten ones for its majority will never let anybody in.
        for (PeerMessage.HelloAnswer answer : answers.values()) {
            long empty = answer.members().stream()
                    .filter(member -> member.name().equals(settings.self().name()) || isEmpty(answers, member.name()))
                    .count();
            if (answer.leader() == null
                    && empty * 2 >= answer.members().size()
                    && !answer.members().isEmpty()) {
                return new Verdict.Wait("the majority of the members has lost its data (" + empty + " of "
                        + answer.members().size() + "), so " + answer.node()
                        + " cannot let this node in; give the others their data folders back, or restore a backup");
            }
        }
        // Who is still starting, or lags, has a cluster but not its newest members: by his word alone a wiped node
        // would
        // come back as the incarnation whose votes it has forgotten. The leader has them, and lets nodes in anyway.
        return answers.values().stream().anyMatch(answer -> answer.node().equals(answer.leader()))
                ? new Verdict.Join(cluster, incarnation)
                : new Verdict.Wait(NO_LEADER);
    }

    private static boolean isEmpty(Map<String, PeerMessage.HelloAnswer> answers, String name) {
        PeerMessage.HelloAnswer answer = answers.get(name);
        return answer != null && answer.clusterId() == null;
    }

    private static Verdict foundOrWait(ControlSettings settings, Map<String, PeerMessage.HelloAnswer> answers) {
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
