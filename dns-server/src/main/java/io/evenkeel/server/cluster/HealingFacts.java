package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a member knows of all members at one moment, for {@link HealingRules}.
 *
 * @param self name of this member
 * @param leader name of the leader; null: none is known
 * @param members all of them, in order of name, this one included
 * @param foreign why the log of a follower holds committed entries that the one of the leader has not, for people; empty:
 *     none does, as far as this member knows, or no leader is ready
 */
record HealingFacts(String self, @Nullable String leader, List<OneMember> members, String foreign) {
    HealingFacts {
        members = List.copyOf(members);
    }

    /**
     * One of them.
     *
     * @param evidence null: it does not answer
     * @param doubt that it has of itself
     */
    record OneMember(
            String name,
            @Nullable Evidence evidence,
            @Nullable Doubt doubt) {
        boolean isDamaged() {
            return doubt != null && doubt.kind() == Doubt.Kind.DAMAGED;
        }

        boolean isInConflict() {
            return doubt != null && doubt.kind() == Doubt.Kind.CONFLICT;
        }

        /** Entries that met a fault there; none is known of one that does not answer. */
        long faults() {
            return evidence == null ? 0 : evidence.faults();
        }

        /** The entry of the log that showed its doubt; -1 if it has none, or that was no entry. */
        long doubtedAt() {
            return doubt == null ? -1 : doubt.index();
        }

        /** The newest entry after which both have said what they held; -1: there is none. */
        long lastCommon(OneMember other) {
            return evidence == null || other.evidence == null ? -1 : evidence.lastCommon(other.evidence);
        }

        /** The entry after which they began to differ, as far as that is known; -1: they do not, or nobody knows. */
        long firstDifference(OneMember other) {
            return evidence == null || other.evidence == null ? -1 : evidence.firstDifference(other.evidence);
        }

        Evidence.Comparison with(OneMember other) {
            return evidence == null || other.evidence == null
                    ? Evidence.Comparison.UNKNOWN
                    : evidence.with(other.evidence);
        }
    }

    Optional<OneMember> member(String name) {
        return members.stream().filter(member -> member.name().equals(name)).findFirst();
    }

    /** So many that hold the same as the leader leave no majority that does not. */
    int half() {
        return members.size() - majority() + 1;
    }

    int majority() {
        return members.size() / 2 + 1;
    }
}
