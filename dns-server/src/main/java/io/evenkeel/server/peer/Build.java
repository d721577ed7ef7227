package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.CodecException;

/**
 * The build that a node runs, as HELLO tells it.
 *
 * @param protocol version of the frames that it writes
 * @param software its release, for people
 * @param level of the features that it can take part in; a cluster may use those of its lowest member
 */
public record Build(int protocol, String software, int level) {
    private static final int LEVEL = 1;

    private static final int PROTOCOL_TAG = 1;
    private static final int SOFTWARE_TAG = 2;
    private static final int LEVEL_TAG = 3;

    /** This program. */
    public static Build of(String software) {
        return new Build(PeerCodec.VERSION, software, LEVEL);
    }

    /** Its fields, within HELLO and its answer. */
    public void write(FieldWriter out) {
        out.number(PROTOCOL_TAG, protocol).text(SOFTWARE_TAG, software).number(LEVEL_TAG, level);
    }

    /** The same read. */
    public static Build read(FieldReader in) throws CodecException {
        return new Build(in.intNumber(PROTOCOL_TAG, 0), in.text(SOFTWARE_TAG, ""), in.intNumber(LEVEL_TAG, 0));
    }
}
