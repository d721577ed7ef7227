package io.evenkeel.server.peer;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.RequestId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What nodes say to each other besides Raft. */
public sealed interface PeerMessage {
    /** Asked. */
    sealed interface Request extends PeerMessage {}

    /** Answered. */
    sealed interface Answer extends PeerMessage {}

    /**
     * Who are you, and do you belong to a cluster?
     *
     * @param clusterId null: the asking node belongs to none yet
     * @param incarnation of the asking node; 0 if it has none yet
     */
    record Hello(String clusterName, @Nullable UUID clusterId, String node, int incarnation, String version)
            implements Request {}

    /**
     * @param clusterId null: it belongs to none yet, and its disk is known to be empty
     * @param incarnation of the answering node; 0 if it has none yet
     * @param first name of the first member in its list, which founds
     * @param leader name of the leader that it knows
     * @param members of its group, as it knows them
     * @param yourIncarnation the highest incarnation of the asking node that it has heard of; 0: none
     * @param yourStanding what the asking node is to the cluster, if this one leads it
     */
    record HelloAnswer(
            String clusterName,
            @Nullable UUID clusterId,
            String node,
            int incarnation,
            String version,
            String first,
            @Nullable String leader,
            List<Member> members,
            int yourIncarnation,
            Standing yourStanding)
            implements Answer {
        public HelloAnswer {
            members = List.copyOf(members);
        }
    }

    /** What a node is to a cluster. Only its leader knows. */
    enum Standing {
        /** Who answers does not lead, or not yet, or the members are just being changed. */
        UNKNOWN,
        MEMBER,
        /** No member, as the one that it is; it is let in when it asks. */
        MAY_JOIN,
        /** No member, and nobody has said that it may be one. */
        NOT_ADMITTED,
        /** It was a member; it has been taken out, or a later incarnation has its place. That is committed. */
        OUT
    }

    /** A change for the leader; {@code change} as {@code ChangeCodec} writes it. */
    record Submit(long remainingMillis, RequestId id, String principal, byte[] change) implements Request {}

    /** A change's outcome, as {@code ChangeCodec} writes it. */
    record Outcome(byte[] outcome) implements Answer {}

    /** Take this member into the group. */
    record Join(UUID clusterId, Member member) implements Request {}

    /** Does your gate let questions in? */
    record AskGate() implements Request {}

    /** @param open false also if it is just being closed */
    record GateAnswer(boolean open) implements Answer {}

    /**
     * A change of the members, for the leader.
     *
     * @param raft address; empty unless a member is added
     * @param peer the same for the peer channel
     */
    record Manage(Verb verb, String name, String raft, String peer) implements Request {
        /** What an operator asks of the leader. */
        public enum Verb {
            ADD,
            REMOVE,
            TRANSFER
        }
    }

    /** How do you see yourself and, if you lead, the others? */
    record Look() implements Request {}

    /**
     * @param state of its life
     * @param reasons why it is not ready, or what to know although it is
     * @param followers what it knows of them, if it leads
     */
    record LookAnswer(
            String node,
            int incarnation,
            ReplicaStatus.Role role,
            long term,
            @Nullable String leader,
            long commitIndex,
            long appliedIndex,
            String state,
            boolean ready,
            List<String> reasons,
            List<LeaderView.Follower> followers)
            implements Answer {
        public LookAnswer {
            reasons = List.copyOf(reasons);
            followers = List.copyOf(followers);
        }
    }

    /** Done, or already so. */
    record Done() implements Answer {}

    /** Nothing was done; {@code leader} leads, if known. */
    record NotLeader(@Nullable String leader) implements Answer {}

    /** Nothing was done; ask again later. */
    record Busy(String why) implements Answer {}

    /** Nothing was done and asking again will not help. */
    record Refused(String why) implements Answer {}

    /** A fault of the answering program; what was done is unknown. */
    record Failed(String why) implements Answer {}
}
