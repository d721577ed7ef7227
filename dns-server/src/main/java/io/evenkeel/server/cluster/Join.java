package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;
import java.util.UUID;

/** Take this member into the group. */
record Join(UUID clusterId, Member member) implements Request<Nothing> {
    private static final int CLUSTER_ID = 1;
    private static final int MEMBER = 2;

    static final RequestKind<Join, Nothing> KIND = RequestKind.withoutAnswer(3, "JOIN", Join::read);

    @Override
    public RequestKind<Join, Nothing> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.id(CLUSTER_ID, clusterId).message(MEMBER, member, MemberFields::write);
    }

    private static Join read(FieldReader in) throws CodecException {
        return new Join(in.requiredId(CLUSTER_ID), in.requiredMessage(MEMBER, MemberFields::read));
    }
}
