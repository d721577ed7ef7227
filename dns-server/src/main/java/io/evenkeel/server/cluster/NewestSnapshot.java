package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;

/**
 * Asks a member for the index of its newest snapshot, of which the asking node then fetches the parts.
 *
 * @param reaching the index that must be in it; the member writes another if need be
 */
record NewestSnapshot(long reaching) implements Request<Long> {
    private static final int REACHING = 1;
    private static final int INDEX = 1;

    static final RequestKind<NewestSnapshot, Long> KIND = new RequestKind<>(
            8,
            "NEWEST_SNAPSHOT",
            in -> new NewestSnapshot(in.requiredNumber(REACHING)),
            (index, out) -> out.number(INDEX, index),
            in -> in.requiredNumber(INDEX));

    @Override
    public RequestKind<NewestSnapshot, Long> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.number(REACHING, reaching);
    }
}
