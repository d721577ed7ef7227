package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.FeatureLevel;

/**
 * The build that a node runs, as HELLO tells it.
 *
 * @param protocol version of the frames that it writes
 * @param software its release, for people
 * @param lowest level of a cluster that it can take part in, by {@link FeatureLevel}
 * @param highest the same
 */
public record Build(int protocol, String software, int lowest, int highest) {
    private static final int PROTOCOL_TAG = 1;
    private static final int SOFTWARE_TAG = 2;
    private static final int HIGHEST_TAG = 3;
    private static final int LOWEST_TAG = 4;

    /** This program. */
    public static Build of(String software) {
        return new Build(PeerCodec.VERSION, software, FeatureLevel.lowest(), FeatureLevel.highest());
    }

    /** Whether it can take part in a cluster of that level. */
    public boolean speaks(int level) {
        return lowest <= level && level <= highest;
    }

    /** The levels that it speaks, for people. */
    public String levels() {
        return lowest == highest ? "level " + highest : "levels " + lowest + " to " + highest;
    }

    /** Its fields, within other messages. */
    public void write(FieldWriter out) {
        out.number(PROTOCOL_TAG, protocol).text(SOFTWARE_TAG, software).number(HIGHEST_TAG, highest);
        if (lowest != usualLowest(highest)) {
            out.number(LOWEST_TAG, lowest);
        }
    }

    /** The same read. */
    public static Build read(FieldReader in) throws CodecException {
        int highest = in.intNumber(HIGHEST_TAG, 0);
        return new Build(
                in.intNumber(PROTOCOL_TAG, 0),
                in.text(SOFTWARE_TAG, ""),
                in.intNumber(LOWEST_TAG, usualLowest(highest)),
                highest);
    }

    /** A release speaks the level before its own at least, so that it can be rolled in. */
    private static int usualLowest(int highest) {
        return Math.max(1, highest - 1);
    }
}
