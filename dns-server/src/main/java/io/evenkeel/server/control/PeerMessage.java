package io.evenkeel.server.control;

import io.evenkeel.consensus.Member;
import io.evenkeel.zones.change.RequestId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What nodes say to each other besides Raft. */
sealed interface PeerMessage {
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
            int yourIncarnation)
            implements Answer {
        public HelloAnswer {
            members = List.copyOf(members);
        }
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
