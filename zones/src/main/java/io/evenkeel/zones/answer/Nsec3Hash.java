package io.evenkeel.zones.answer;

import io.evenkeel.zones.Nsec3Parameters;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes names for NSEC3 (RFC 5155 §5). Scratch, reused: one per worker, not thread-safe, allocates nothing. */
final class Nsec3Hash {
    static final int BYTES = 20;

    private final MessageDigest sha1;
    private final byte[] hash = new byte[BYTES];

    Nsec3Hash() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /**
     * Of a name: {@code prefix}, then the octets of {@code wire} to their end.
     *
     * @param prefix labels in wire form before it; may be empty
     * @param wire lower-cased wire form
     * @return not to be kept; the next call writes over it
     */
    byte[] of(Nsec3Parameters parameters, byte[] prefix, byte[] wire, int from, int to) {
        sha1.update(prefix);
        sha1.update(wire, from, to - from);
        finish(parameters);
        for (int i = 0; i < parameters.iterations; i++) {
            sha1.update(hash);
            finish(parameters);
        }
        return hash;
    }

    private void finish(Nsec3Parameters parameters) {
        sha1.update(parameters.salt);
        try {
            sha1.digest(hash, 0, BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-1 has " + BYTES + " octets", e);
        }
    }
}
