package io.evenkeel.server.query;

import java.io.IOException;
import java.util.Arrays;

/** For a fuzzer: two octets that choose zones and settings, then a message. */
public final class DatagramTarget {
    private static final FuzzedServer SERVER = new FuzzedServer();

    private DatagramTarget() {}

    /** Throws if an invariant is broken. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length >= 2 && input.length <= 65_535) {
            SERVER.answer(Arrays.copyOfRange(input, 2, input.length), input[0] & 0xFF, input[1] & 0xFF);
        }
    }
}
