package io.evenkeel.zones.codec;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4). Any thread; a digest belongs to one. */
public final class Sha256 {
    /** Octets of it. */
    public static final int BYTES = 32;

    private Sha256() {}

    /** A digest of nothing so far. */
    public static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Of some octets. */
    public static byte[] of(byte[] bytes) {
        return start().digest(bytes);
    }

    /** Of some octets, in hexadecimal digits. */
    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(of(bytes));
    }

    /** Ends a digest, in hexadecimal digits. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
