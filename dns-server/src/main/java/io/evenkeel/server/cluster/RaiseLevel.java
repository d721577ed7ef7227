package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;

/**
 * Raise the cluster, for the leader.
 *
 * @param to the next level; asked once more it is done already
 */
record RaiseLevel(int to) implements Request<Nothing> {
    private static final int TO = 1;

    static final RequestKind<RaiseLevel, Nothing> KIND = RequestKind.withoutAnswer(7, "RAISE_LEVEL", RaiseLevel::read);

    @Override
    public RequestKind<RaiseLevel, Nothing> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.number(TO, to);
    }

    private static RaiseLevel read(FieldReader in) throws CodecException {
        return new RaiseLevel(in.requiredInt(TO));
    }
}
