package io.evenkeel.server.query;

import static io.evenkeel.server.query.Invariants.hold;

import io.evenkeel.zones.answer.RCode;
import java.util.Arrays;

/** For a fuzzer: a message, which the server's reader and the naive one must read alike. */
public final class QuestionTarget {
    private static final Query QUERY = new Query();

    private QuestionTarget() {}

    /** Throws if an invariant is broken. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < Wire.HEADER || input.length > 65_535) {
            return;
        }
        byte[] message = Arrays.copyOf(input, input.length + 8);
        Arrays.fill(message, input.length, message.length, (byte) 0xFF);
        boolean sound = QUERY.parse(message, input.length) == RCode.NOERROR;
        Invariants.Reading reading = Invariants.Reading.of(message, input.length);
        hold(sound == reading.sound(), "sound or not");
        hold(QUERY.questionEnd() == reading.questionEnd(), "another end of the question");
        hold(QUERY.hasEdns() == reading.payload() >= 0, "EDNS or not");
        hold(!QUERY.hasEdns() || QUERY.ednsPayload() == reading.payload(), "another UDP payload");
        if (QUERY.hasQuestion()) {
            int octets = QUERY.name.length();
            hold(octets == reading.questionEnd() - Wire.HEADER - 4, "another length of the name");
            hold(QUERY.type() == Invariants.u16(message, Wire.HEADER + octets), "another type");
            hold(QUERY.dnsClass() == Invariants.u16(message, Wire.HEADER + octets + 2), "another class");
        }
        if (QUERY.hasEdns() && QUERY.cookieLength() >= 0) {
            hold(QUERY.cookieAt() + QUERY.cookieLength() <= input.length, "a cookie beyond the message");
        }
    }
}
