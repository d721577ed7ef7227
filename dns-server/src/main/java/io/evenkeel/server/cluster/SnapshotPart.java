package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;

/**
 * Asks a member for octets of one of its snapshots. The answer has none at the end of the file.
 *
 * @param index of the snapshot
 * @param file in it
 * @param offset in that
 */
record SnapshotPart(long index, String file, long offset) implements Request<byte[]> {
    private static final int INDEX = 1;
    private static final int FILE = 2;
    private static final int OFFSET = 3;
    private static final int OCTETS = 1;

    static final RequestKind<SnapshotPart, byte[]> KIND = new RequestKind<>(
            9,
            "SNAPSHOT_PART",
            SnapshotPart::read,
            (octets, out) -> out.bytes(OCTETS, octets),
            in -> in.requiredBytes(OCTETS));

    @Override
    public RequestKind<SnapshotPart, byte[]> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.number(INDEX, index).text(FILE, file).number(OFFSET, offset);
    }

    private static SnapshotPart read(FieldReader in) throws CodecException {
        return new SnapshotPart(in.requiredNumber(INDEX), in.requiredText(FILE), in.number(OFFSET, 0));
    }
}
