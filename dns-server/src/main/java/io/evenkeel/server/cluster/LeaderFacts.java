package io.evenkeel.server.cluster;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.state.MemoryLimits;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A leader's knowledge about its members, and about the name in question, for {@link LeaderRules}.
 *
 * @param level of the cluster
 * @param members of the group
 * @param permit of the name in question; null: there never was one
 * @param view of the others; null: this node does not lead, or not yet
 * @param commitIndex the highest index that it knows to be committed
 * @param pulse of the present member of the name in question
 * @param octets of heap that the replicated state takes
 * @param memory octets of heap that the node of that name has for zones, as it has told; 0: it has told nothing
 */
record LeaderFacts(
        UUID clusterId,
        int level,
        List<Member> members,
        @Nullable Permit permit,
        @Nullable LeaderView view,
        long commitIndex,
        Pulse pulse,
        long octets,
        long memory) {
    /** Whether a member runs. */
    enum Pulse {
        NOT_ASKED,
        RUNS,
        /** It was asked, and did not answer as the one that it is. */
        SILENT
    }

    Optional<Member> member(String name) {
        return members.stream().filter(member -> member.name().equals(name)).findFirst();
    }

    /** The members without that one. */
    List<Member> without(Member one) {
        return members.stream()
                .filter(member -> !member.peerId().equals(one.peerId()))
                .toList();
    }

    /** Whether a node that has so much for zones could not hold what is there; one that has told nothing can. */
    boolean isTooSmall(long memory) {
        return memory > 0 && new MemoryLimits.Limit("", memory).isBelow(octets);
    }

    Optional<Permit> known() {
        return Optional.ofNullable(permit);
    }
}
