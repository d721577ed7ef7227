package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;

/**
 * A change of the members, for the leader.
 *
 * @param raft address; empty unless a member is added
 * @param peer the same for the peer channel
 */
record Manage(Verb verb, String name, String raft, String peer) implements Request<Nothing> {
    private static final int VERB = 1;
    private static final int NAME = 2;
    private static final int RAFT = 3;
    private static final int PEER = 4;

    static final RequestKind<Manage, Nothing> KIND = RequestKind.withoutAnswer(5, "MANAGE", Manage::read);

    /** What an operator asks of the leader. Sent by name. */
    enum Verb {
        ADD,
        REMOVE,
        TRANSFER
    }

    @Override
    public RequestKind<Manage, Nothing> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.choice(VERB, verb).text(NAME, name).text(RAFT, raft).text(PEER, peer);
    }

    private static Manage read(FieldReader in) throws CodecException {
        return new Manage(
                in.requiredChoice(VERB, Verb.class), in.requiredText(NAME), in.text(RAFT, ""), in.text(PEER, ""));
    }
}
