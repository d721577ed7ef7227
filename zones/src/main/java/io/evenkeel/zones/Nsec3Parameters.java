package io.evenkeel.zones;

import io.evenkeel.zones.store.Node;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How a zone hashes its names (RFC 5155 §4): SHA-1, the one algorithm that there is. */
public final class Nsec3Parameters {
    private static final int SHA1 = 1;

    /** How often the hash is hashed again. */
    public final int iterations;
    /** Not to be written to. */
    public final byte[] salt;

    private Nsec3Parameters(int iterations, byte[] salt) {
        this.iterations = iterations;
        this.salt = salt;
    }

    /**
     * Those of the first NSEC3PARAM record that can be used: flags zero (RFC 5155 §4.1.2), a known algorithm.
     *
     * @param rrset of NSEC3PARAM records; negative: none
     */
    static @Nullable Nsec3Parameters of(byte[] array, int rrset) {
        int end = rrset < 0 ? 0 : Node.next(array, rrset);
        for (int rr = rrset < 0 ? 0 : Node.rrs(array, rrset); rr < end; rr = Node.nextRr(array, rr)) {
            int rdata = rr + Node.RR_HEADER;
            if (array[rdata] == SHA1 && array[rdata + 1] == 0) {
                int salt = rdata + 5;
                return new Nsec3Parameters(
                        Node.u16(array, rdata + 2), Arrays.copyOfRange(array, salt, salt + (array[salt - 1] & 0xFF)));
            }
        }
        return null;
    }
}
