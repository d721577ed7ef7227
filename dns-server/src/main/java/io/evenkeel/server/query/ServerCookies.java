package io.evenkeel.server.query;

/**
 * Checks and makes server cookies in the form that different servers agree on (RFC 9018 §4): version, three reserved octets,
 * a time, and SipHash-2-4 over those, the client cookie and the client's address. Scratch, reused: one per handler, not
 * thread-safe, allocates nothing.
 */
final class ServerCookies {
    static final int CLIENT_BYTES = 8;
    /** Of a COOKIE option with a server cookie of ours. */
    static final int BYTES = CLIENT_BYTES + 16;

    private static final int VERSION_AT = CLIENT_BYTES;
    private static final int TIME_AT = VERSION_AT + 4;
    /** In the option the hash, in what is hashed the client's address. */
    private static final int END_AT = TIME_AT + 4;

    private static final int VERSION = 1;

    /** RFC 9018 §4.3: older ones are not accepted. */
    private static final int MAX_AGE_SECONDS = 3600;
    /** RFC 9018 §4.3: how far the clock of the node that made it may be ahead. */
    private static final int MAX_AHEAD_SECONDS = 300;
    /** RFC 9018 §4.3: beyond it a client gets a new one. */
    private static final int RENEW_SECONDS = 1800;

    private final CookieSecrets secrets;
    private final byte[] hashed = new byte[END_AT + 16];
    private int hashedLength;
    private long now;
    private boolean keeps;

    ServerCookies(CookieSecrets secrets) {
        this.secrets = secrets;
    }

    /** RFC 7873 §5.2.2. */
    static boolean isPossible(int length) {
        return length == CLIENT_BYTES || (length >= 16 && length <= 40);
    }

    /**
     * Judges the contents of a COOKIE option of a possible length.
     *
     * @param at where they start in the message
     */
    CookieState judge(byte[] in, int at, int length, Client client) {
        now = secrets.now();
        System.arraycopy(in, at, hashed, 0, CLIENT_BYTES);
        hashedLength = END_AT + client.putClaimedAddress(hashed, END_AT);
        keeps = false;
        if (length == CLIENT_BYTES) {
            return CookieState.NEW;
        }
        if (length != BYTES || in[at + VERSION_AT] != VERSION) {
            return CookieState.INVALID;
        }
        int age = (int) now - u32(in, at + TIME_AT); // RFC 1982, as RFC 9018 §4.3 wants it
        if (age > MAX_AGE_SECONDS || age < -MAX_AHEAD_SECONDS) {
            return CookieState.INVALID;
        }
        System.arraycopy(in, at + VERSION_AT, hashed, VERSION_AT, END_AT - VERSION_AT);
        long claimed = SipHash.get(in, at + END_AT);
        long[] keys = secrets.at(now - age);
        for (int i = 0; i < keys.length; i += 2) {
            if (SipHash.hash(keys[i], keys[i + 1], hashed, hashedLength) == claimed) {
                // Not one of a secret that is on its way out.
                keeps = i == 0 && age <= RENEW_SECONDS;
                return CookieState.VALID;
            }
        }
        return CookieState.INVALID;
    }

    /** The contents of the answer's COOKIE option, {@link #BYTES} of them, to the question that was judged last. */
    void write(byte[] in, int at, byte[] out, int to) {
        if (keeps) {
            System.arraycopy(in, at, out, to, BYTES);
            return;
        }
        hashed[VERSION_AT] = VERSION;
        Wire.putU16(hashed, VERSION_AT + 1, 0);
        hashed[VERSION_AT + 3] = 0;
        Wire.putU16(hashed, TIME_AT, (int) (now >> 16));
        Wire.putU16(hashed, TIME_AT + 2, (int) now);
        System.arraycopy(hashed, 0, out, to, END_AT);
        long[] keys = secrets.at(now);
        SipHash.put(out, to + END_AT, SipHash.hash(keys[0], keys[1], hashed, hashedLength));
    }

    private static int u32(byte[] array, int at) {
        return Wire.u16(array, at) << 16 | Wire.u16(array, at + 2);
    }
}
