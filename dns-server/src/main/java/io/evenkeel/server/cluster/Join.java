package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Take this member into the group.
 *
 * @param build that it runs; null if it does not tell, as builds before the first release
 * @param memory octets of heap that it has for zones; 0: it does not tell
 */
record Join(UUID clusterId, Member member, @Nullable Build build, long memory) implements Request<Nothing> {
    private static final int CLUSTER_ID = 1;
    private static final int MEMBER = 2;
    private static final int BUILD = 3;
    private static final int MEMORY = 4;

    static final RequestKind<Join, Nothing> KIND = RequestKind.withoutAnswer(3, "JOIN", Join::read);

    @Override
    public RequestKind<Join, Nothing> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.id(CLUSTER_ID, clusterId)
                .message(MEMBER, member, MemberFields::write)
                .optionalMessage(BUILD, build, Build::write);
        if (memory != 0) {
            out.number(MEMORY, memory);
        }
    }

    private static Join read(FieldReader in) throws CodecException {
        return new Join(
                in.requiredId(CLUSTER_ID),
                in.requiredMessage(MEMBER, MemberFields::read),
                in.message(BUILD, Build::read),
                in.number(MEMORY, 0));
    }
}
