package io.evenkeel.zones;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 (FIPS 180-4), or a sum of such: four lanes of 64 bits, each octets of the hash in little-endian order, added lane by
 * lane with the carries dropped. The sum over the members of a set stands for the set, in whatever order they came and went: a
 * member that comes is added and one that goes is subtracted, so nothing has to be read again. It shows damage and faults; it
 * is no defence against somebody who makes up members so that sums collide.
 *
 * @param first lane, octets 0 to 7
 * @param second lane, octets 8 to 15
 * @param third lane, octets 16 to 23
 * @param fourth lane, octets 24 to 31
 */
public record Hash256(long first, long second, long third, long fourth) {
    /** Octets of it. */
    public static final int BYTES = 32;

    /** The sum of no members. */
    public static final Hash256 ZERO = new Hash256(0, 0, 0, 0);

    private static final VarHandle LANE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** The SHA-256 of some octets. */
    public static Hash256 of(byte[] octets) {
        return read(sha256().digest(octets));
    }

    /** What {@link #toBytes} wrote. */
    public static Hash256 read(byte[] octets) {
        if (octets.length != BYTES) {
            throw new IllegalArgumentException("a hash of " + octets.length + " octets");
        }
        return new Hash256(lane(octets, 0), lane(octets, 1), lane(octets, 2), lane(octets, 3));
    }

    private static long lane(byte[] octets, int lane) {
        return (long) LANE.get(octets, Long.BYTES * lane);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The sum with one more member, or with those of another sum. */
    public Hash256 plus(Hash256 other) {
        return new Hash256(first + other.first, second + other.second, third + other.third, fourth + other.fourth);
    }

    /** The sum without a member, or without those of another sum. */
    public Hash256 minus(Hash256 other) {
        return new Hash256(first - other.first, second - other.second, third - other.third, fourth - other.fourth);
    }

    /** Its octets, as SHA-256 has them. */
    public byte[] toBytes() {
        byte[] octets = new byte[BYTES];
        LANE.set(octets, 0, first);
        LANE.set(octets, Long.BYTES, second);
        LANE.set(octets, 2 * Long.BYTES, third);
        LANE.set(octets, 3 * Long.BYTES, fourth);
        return octets;
    }

    /** In hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(toBytes());
    }

    /** Adds up members without an object for each. One thread at a time. */
    public static final class Sum {
        private final MessageDigest sha256 = sha256();
        private final byte[] hash = new byte[BYTES];
        private long first;
        private long second;
        private long third;
        private long fourth;

        /** @param start what is there already */
        public Sum(Hash256 start) {
            first = start.first;
            second = start.second;
            third = start.third;
            fourth = start.fourth;
        }

        /** With the hash of those octets. */
        public Sum add(byte[] octets) {
            sha256.update(octets);
            return addHash();
        }

        /** Without the hash of those octets. */
        public Sum subtract(byte[] octets) {
            sha256.update(octets);
            return subtractHash();
        }

        /** With the hash of the octets that two parts make up, in the form of {@link Zone.OctetVisitor}. */
        public Sum add(byte[] owner, int ownerLength, byte[] array, int from, int to) {
            sha256.update(owner, 0, ownerLength);
            sha256.update(array, from, to - from);
            return addHash();
        }

        /** Without the hash of those octets. */
        public Sum subtract(byte[] owner, int ownerLength, byte[] array, int from, int to) {
            sha256.update(owner, 0, ownerLength);
            sha256.update(array, from, to - from);
            return subtractHash();
        }

        private Sum addHash() {
            takeHash();
            first += lane(hash, 0);
            second += lane(hash, 1);
            third += lane(hash, 2);
            fourth += lane(hash, 3);
            return this;
        }

        private Sum subtractHash() {
            takeHash();
            first -= lane(hash, 0);
            second -= lane(hash, 1);
            third -= lane(hash, 2);
            fourth -= lane(hash, 3);
            return this;
        }

        private void takeHash() {
            try {
                sha256.digest(hash, 0, BYTES);
            } catch (DigestException e) {
                throw new IllegalStateException("SHA-256 has 32 octets", e);
            }
        }

        /** The sum so far. */
        public Hash256 total() {
            return new Hash256(first, second, third, fourth);
        }
    }
}
