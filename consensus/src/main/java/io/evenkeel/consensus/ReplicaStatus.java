package io.evenkeel.consensus;

import io.evenkeel.consensus.identity.Member;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a replica sees itself at one moment.
 *
 * @param role its Raft role
 * @param term its current term
 * @param leader name of the leading member, null if it knows none
 * @param leaderReady it leads, has committed an entry of its term and applied everything before it
 * @param commitIndex the highest index that it knows to be committed
 * @param appliedIndex the highest index that is published here
 * @param leaderCommitIndex what the leader last told of its commit index; -1 if unknown, which is not "caught up"
 * @param members in order of name
 * @param rebuilds how often the supervisor has rebuilt the Raft server in this process
 * @param faultedEntries how many entries met a fault of this program when they were applied here; above 0 wants a person
 * @param divergedAt index of the last tick that showed this replica to hold something else than the leader; -1 if none has
 * @param refusedConnections of the Raft port, that brought something else than Raft of this cluster
 * @param fault why it does not take part at present, null if it does
 * @param damaged whether that is since its votes or its log are damaged: only as its next incarnation may it take part again
 * @param doubt why what it holds may be wrong, null if nothing speaks for that
 */
public record ReplicaStatus(
        Role role,
        long term,
        @Nullable String leader,
        boolean leaderReady,
        long commitIndex,
        long appliedIndex,
        long leaderCommitIndex,
        List<Member> members,
        long rebuilds,
        long faultedEntries,
        long divergedAt,
        long refusedConnections,
        @Nullable String fault,
        boolean damaged,
        @Nullable Doubt doubt) {
    public ReplicaStatus {
        members = List.copyOf(members);
    }

    /** Why what is published here may be wrong, a line for people each; empty if nothing is known to be. */
    public List<String> doubts() {
        return doubt == null ? List.of() : List.of("its zones may be wrong: " + doubt.why());
    }

    /** Raft's roles; {@code NONE} while no server runs or it is in no group. */
    public enum Role {
        LEADER,
        FOLLOWER,
        CANDIDATE,
        NONE
    }
}
