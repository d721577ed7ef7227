package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.peer.Build;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as one node sees it at one moment, asked of every member.
 *
 * @param clusterId null: this node belongs to none yet
 * @param level of the cluster, as far as this node has applied the log
 * @param leader name of the leader; null: none is known
 * @param term the highest that was heard of
 * @param commitIndex the highest that was heard of
 * @param members of the group
 * @param admitted those that may join and have not
 * @param removed names that were members and may not come back unless they are added
 */
public record ClusterReport(
        @Nullable UUID clusterId,
        int level,
        @Nullable String leader,
        long term,
        long commitIndex,
        List<Entry> members,
        List<Entry> admitted,
        List<String> removed) {
    public ClusterReport {
        members = List.copyOf(members);
        admitted = List.copyOf(admitted);
        removed = List.copyOf(removed);
    }

    /**
     * One node.
     *
     * @param view how it sees itself; null: it does not answer
     * @param sinceHeard since the leader last heard it; null: unknown, and for the leader
     */
    public record Entry(
            Member member, @Nullable View view, @Nullable Duration sinceHeard) {
        /** Whether it answers, as the one that it is, and its replica runs. */
        boolean takesPart() {
            return view != null && view.role() != ReplicaStatus.Role.NONE && view.incarnation() == member.incarnation();
        }
    }

    /**
     * How a node sees itself.
     *
     * @param state of its life
     * @param reasons why it is not ready, or what to know although it is
     * @param build that it runs; null if it does not tell
     * @param doubt why its zones may be wrong; null if nothing speaks for that
     */
    public record View(
            int incarnation,
            ReplicaStatus.Role role,
            long term,
            long commitIndex,
            long appliedIndex,
            String state,
            boolean ready,
            List<String> reasons,
            @Nullable Build build,
            @Nullable String doubt) {
        public View {
            reasons = List.copyOf(reasons);
        }
    }

    /** How many members a decision needs. */
    public int needed() {
        return members.size() / 2 + 1;
    }

    /** How many members answer and take part. */
    public int reached() {
        return (int) members.stream().filter(Entry::takesPart).count();
    }

    /** Why the leader takes no changes although it leads: its zones may be wrong; null if nothing speaks for that. */
    public @Nullable String stopped() {
        for (Entry entry : members) {
            if (entry.member().name().equals(leader)) {
                return entry.view() == null ? null : entry.view().doubt();
            }
        }
        return null;
    }

    /** Whether changes are possible. */
    public boolean healthy() {
        return leader != null && !members.isEmpty() && reached() >= needed() && stopped() == null;
    }
}
