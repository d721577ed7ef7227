package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.zones.codec.CodecException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The identity and place of a node. Nodes of any version read it, as they read {@link Hello}.
 *
 * @param clusterId null: it belongs to none yet, and its disk is known to be empty
 * @param incarnation of the answering node; 0 if it has none yet
 * @param build that the answering node runs
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
        Build build,
        String first,
        @Nullable String leader,
        List<Member> members,
        int yourIncarnation,
        Standing yourStanding) {
    private static final int CLUSTER_NAME = 1;
    private static final int CLUSTER_ID = 2;
    private static final int NODE = 3;
    private static final int INCARNATION = 4;
    private static final int BUILD = 5;
    private static final int FIRST = 6;
    private static final int LEADER = 7;
    private static final int MEMBERS = 8;
    private static final int YOUR_INCARNATION = 9;
    private static final int YOUR_STANDING = 10;

    HelloAnswer {
        members = List.copyOf(members);
    }

    void write(FieldWriter out) {
        out.text(CLUSTER_NAME, clusterName)
                .id(CLUSTER_ID, clusterId)
                .text(NODE, node)
                .number(INCARNATION, incarnation)
                .message(BUILD, build, Build::write)
                .text(FIRST, first)
                .text(LEADER, leader)
                .messages(MEMBERS, members, MemberFields::write)
                .number(YOUR_INCARNATION, yourIncarnation)
                .choice(YOUR_STANDING, yourStanding);
    }

    static HelloAnswer read(FieldReader in) throws CodecException {
        return new HelloAnswer(
                in.requiredText(CLUSTER_NAME),
                in.id(CLUSTER_ID),
                in.requiredText(NODE),
                in.intNumber(INCARNATION, 0),
                in.requiredMessage(BUILD, Build::read),
                in.requiredText(FIRST),
                in.text(LEADER),
                in.messages(MEMBERS, MemberFields::read),
                in.intNumber(YOUR_INCARNATION, 0),
                in.choice(YOUR_STANDING, Standing.UNKNOWN));
    }
}
