package io.evenkeel.server.limits;

import java.security.SecureRandom;

/** A hash with a secret of this process, so that nobody can choose addresses or message ids by it. Any thread. */
final class KeyedHash {
    private final long first;
    private final long second;
    private final long third;

    KeyedHash() {
        SecureRandom random = new SecureRandom();
        first = random.nextLong();
        second = random.nextLong();
        third = random.nextLong() | 1;
    }

    /** Of two numbers. */
    long of(long one, long other) {
        return fold(fold(one ^ first, other ^ second) ^ second, third);
    }

    /** All bits of a product (as in wyhash): each bit of the result hangs on all bits of both factors. */
    private static long fold(long one, long other) {
        return (one * other) ^ Math.unsignedMultiplyHigh(one, other);
    }
}
