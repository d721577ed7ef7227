package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.zones.codec.CodecException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A node's view of itself.
 *
 * @param state of its life
 * @param reasons why it is not ready, or what to know although it is
 * @param followers what it knows of them, if it leads
 * @param build that it runs; null if it does not tell, as builds before the first release
 * @param clusterId of the cluster that it belongs to; null: to none
 * @param evidence what it can show of what it holds; null if it has no replica
 * @param doubt why that may be wrong; null if nothing speaks for it
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
        List<LeaderView.Follower> followers,
        @Nullable Build build,
        @Nullable UUID clusterId,
        @Nullable Evidence evidence,
        @Nullable Doubt doubt) {
    private static final int NODE = 1;
    private static final int INCARNATION = 2;
    private static final int ROLE = 3;
    private static final int TERM = 4;
    private static final int LEADER = 5;
    private static final int COMMIT_INDEX = 6;
    private static final int APPLIED_INDEX = 7;
    private static final int STATE = 8;
    private static final int READY = 9;
    private static final int REASONS = 10;
    private static final int FOLLOWERS = 11;
    private static final int BUILD = 12;
    private static final int EVIDENCE = 13;
    private static final int DOUBT = 14;
    private static final int CLUSTER_ID = 15;

    private static final int PEER_ID = 1;
    private static final int MATCH_INDEX = 2;
    private static final int HEARD_MILLIS = 3;

    LookAnswer {
        reasons = List.copyOf(reasons);
        followers = List.copyOf(followers);
    }

    void write(FieldWriter out) {
        out.text(NODE, node)
                .number(INCARNATION, incarnation)
                .choice(ROLE, role)
                .number(TERM, term)
                .text(LEADER, leader)
                .number(COMMIT_INDEX, commitIndex)
                .number(APPLIED_INDEX, appliedIndex)
                .text(STATE, state)
                .flag(READY, ready)
                .texts(REASONS, reasons)
                .messages(FOLLOWERS, followers, LookAnswer::writeFollower)
                .optionalMessage(BUILD, build, Build::write)
                .optionalMessage(EVIDENCE, evidence, EvidenceFields::write)
                .optionalMessage(DOUBT, doubt, EvidenceFields::writeDoubt)
                .id(CLUSTER_ID, clusterId);
    }

    static LookAnswer read(FieldReader in) throws CodecException {
        return new LookAnswer(
                in.requiredText(NODE),
                in.intNumber(INCARNATION, 0),
                in.choice(ROLE, ReplicaStatus.Role.NONE),
                in.number(TERM, 0),
                in.text(LEADER),
                in.number(COMMIT_INDEX, 0),
                in.number(APPLIED_INDEX, 0),
                in.text(STATE, ""),
                in.flag(READY, false),
                in.texts(REASONS),
                in.messages(FOLLOWERS, LookAnswer::readFollower),
                in.message(BUILD, Build::read),
                in.id(CLUSTER_ID),
                in.message(EVIDENCE, EvidenceFields::read),
                in.message(DOUBT, EvidenceFields::readDoubt));
    }

    private static void writeFollower(LeaderView.Follower follower, FieldWriter out) {
        out.text(PEER_ID, follower.peerId())
                .number(MATCH_INDEX, follower.matchIndex())
                .number(HEARD_MILLIS, follower.sinceHeard().toMillis());
    }

    private static LeaderView.Follower readFollower(FieldReader in) throws CodecException {
        return new LeaderView.Follower(
                in.requiredText(PEER_ID),
                in.number(MATCH_INDEX, -1),
                Duration.ofMillis(in.requiredNumber(HEARD_MILLIS)));
    }
}
