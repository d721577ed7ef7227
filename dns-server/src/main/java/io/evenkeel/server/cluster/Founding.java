package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.NodeIdentity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node makes of what the others have said whose disk is empty, or damaged. Only the first of the list founds, and only when every
 * other has answered that it is empty too: so no wiped node ever founds a second cluster beside one that it cannot reach.
 */
final class Founding {
    static final String NO_LEADER = "waiting for a leader to let this node into the cluster; there is none while"
            + " the majority of its members is down or has lost its data";

    private Founding() {}

    /**
     * @param before who this node was until it was taken out; null if its disk is empty
     * @param answers by name, of those that have answered
     */
    static NodeStep judge(ControlSettings settings, @Nullable NodeIdentity before, Map<String, HelloAnswer> answers) {
        Set<UUID> clusters = new HashSet<>();
        int incarnation = before == null ? 0 : before.incarnation();
        for (Map.Entry<String, HelloAnswer> entry : answers.entrySet()) {
            HelloAnswer answer = entry.getValue();
            String stranger = stranger(settings, entry.getKey(), answer);
            if (!stranger.isEmpty()) {
                return new NodeStep.End(stranger);
            }
            if (answer.clusterId() == null && !answer.first().equals(settings.first())) {
                return new NodeStep.End("cluster.members begins with " + settings.first() + " here and with "
                        + answer.first() + " on " + entry.getKey()
                        + ": both would found a cluster; give all nodes one list");
            }
            if (answer.clusterId() != null) {
                clusters.add(answer.clusterId());
            }
            incarnation = Math.max(incarnation, answer.yourIncarnation());
        }
        if (clusters.size() > 1) {
            return new NodeStep.End("the listed members belong to different clusters of the name '"
                    + settings.clusterName() + "'; correct cluster.members, or delete the data folders of all but one");
        }
        if (before != null && (clusters.isEmpty() || !clusters.contains(before.clusterId()))) {
            return clusters.isEmpty()
                    ? new NodeStep.Wait("this node was taken out of its cluster, and waits for a member of it")
                    : new NodeStep.End("the listed members belong to cluster "
                            + clusters.iterator().next() + ", the data folder of this node to " + before.clusterId()
                            + "; use the right data folder, or delete this one so that the node joins anew");
        }
        if (!clusters.isEmpty()) {
            return join(settings, answers, clusters.iterator().next(), incarnation + 1);
        }
        return foundOrWait(settings, answers);
    }

    /**
     * What a member does whose votes or log are damaged: as the next incarnation it takes its place again, once a leader says
     * that it has one.
     */
    static NodeStep comeBack(ControlSettings settings, NodeIdentity before, Map<String, HelloAnswer> answers) {
        Map<String, HelloAnswer> own = new TreeMap<>(answers);
        own.values().removeIf(answer -> !before.clusterId().equals(answer.clusterId()));
        int incarnation =
                own.values().stream().mapToInt(HelloAnswer::yourIncarnation).reduce(before.incarnation(), Math::max);
        return join(settings, own, before.clusterId(), incarnation + 1);
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

    private static NodeStep join(
            ControlSettings settings, Map<String, HelloAnswer> answers, UUID cluster, int incarnation) {
        // A group that needs the forgotten ones for its majority will never let anybody in.
        for (HelloAnswer answer : answers.values()) {
            long empty = answer.members().stream()
                    .filter(member -> member.name().equals(settings.self().name()) || isEmpty(answers, member.name()))
                    .count();
            if (answer.leader() == null
                    && empty * 2 >= answer.members().size()
                    && !answer.members().isEmpty()) {
                return new NodeStep.Wait(lost(empty, answer.members().size()) + "; " + answer.node()
                        + " cannot let this node in: " + REMEDY);
            }
        }
        // Who is still starting, or lags, has a cluster but not its newest members: by his word alone a wiped node
        // would come back as the incarnation whose votes it has forgotten. The leader has them, and lets nodes in
        // anyway.
        for (HelloAnswer answer : answers.values()) {
            switch (answer.yourStanding()) {
                case MEMBER, MAY_JOIN -> {
                    return new NodeStep.Join(cluster, incarnation);
                }
                case NOT_ADMITTED, OUT -> {
                    return new NodeStep.Wait(LeaderRules.withoutPermit(
                            settings.self().name(),
                            settings.self().raftAddress(),
                            settings.self().peerAddress()));
                }
                case UNKNOWN -> {
                    // Another one may lead.
                }
            }
        }
        return new NodeStep.Wait(NO_LEADER);
    }

    static final String REMEDY = "give the others their data folders back; if they are lost for good, make a"
            + " new cluster of what a member still has (`evenkeel cluster recover`) or of a backup (`evenkeel restore`)";

    static String lost(long empty, int members) {
        return "the majority of the members has lost its data (" + empty + " of " + members + ")";
    }

    static boolean isEmpty(Map<String, HelloAnswer> answers, String name) {
        HelloAnswer answer = answers.get(name);
        return answer != null && answer.clusterId() == null;
    }

    private static NodeStep foundOrWait(ControlSettings settings, Map<String, HelloAnswer> answers) {
        List<String> missing = new ArrayList<>();
        for (ControlSettings.Listed other : settings.others()) {
            if (!answers.containsKey(other.name())) {
                missing.add(other.name());
            }
        }
        if (!missing.isEmpty()) {
            return new NodeStep.Wait("waiting for " + String.join(", ", missing) + " before a cluster may be founded");
        }
        return settings.foundsFirst()
                ? new NodeStep.Found()
                : new NodeStep.Wait("waiting for the first listed member to found the cluster");
    }
}
