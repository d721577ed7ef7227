package io.evenkeel.server.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** SipHash-2-4 with 64 bits of output (Aumasson and Bernstein, 2012), which RFC 9018 §4.4 makes server cookies with. */
final class SipHash {
    /** Octets of a key. */
    static final int KEY_BYTES = 16;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private SipHash() {}

    /** Eight octets as the little-endian number that a key or a hash is made of. */
    static long get(byte[] array, int at) {
        return (long) LONG.get(array, at);
    }

    static void put(byte[] array, int at, long value) {
        LONG.set(array, at, value);
    }

    /**
     * Of the first octets of an array.
     *
     * @param k0 first half of the key, as {@link #get} reads it
     * @param k1 second half
     */
    static long hash(long k0, long k1, byte[] in, int length) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int words = length / 8 + 1; // the last holds what is left, and the length
        for (int i = 0; i <= words; i++) {
            boolean last = i == words;
            long word = last ? 0 : word(in, 8 * i, length);
            v3 ^= word;
            v2 ^= last ? 0xFF : 0;
            for (int rounds = last ? 4 : 2; rounds > 0; rounds--) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32) + v3;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= word;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long word(byte[] in, int at, int length) {
        if (at + 8 <= length) {
            return get(in, at);
        }
        long word = (long) length << 56;
        for (int i = at; i < length; i++) {
            word |= (in[i] & 0xFFL) << (8 * (i - at));
        }
        return word;
    }
}
