package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.zones.codec.CodecException;

/** A member within a message between nodes. */
final class MemberFields {
    private static final int NAME = 1;
    private static final int INCARNATION = 2;
    private static final int RAFT = 3;
    private static final int PEER = 4;

    private MemberFields() {}

    static void write(Member member, FieldWriter out) {
        out.text(NAME, member.name())
                .number(INCARNATION, member.incarnation())
                .text(RAFT, member.raftAddress())
                .text(PEER, member.peerAddress());
    }

    static Member read(FieldReader in) throws CodecException {
        return new Member(in.requiredText(NAME), in.requiredInt(INCARNATION), in.requiredText(RAFT), in.text(PEER, ""));
    }
}
