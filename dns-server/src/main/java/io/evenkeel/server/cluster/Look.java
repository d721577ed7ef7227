package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;

/** Asks a node how it sees itself and, if it leads, the others. */
record Look() implements Request<LookAnswer> {
    static final RequestKind<Look, LookAnswer> KIND =
            new RequestKind<>(6, "LOOK", _ -> new Look(), LookAnswer::write, LookAnswer::read);

    @Override
    public RequestKind<Look, LookAnswer> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        // The code says it all.
    }
}
