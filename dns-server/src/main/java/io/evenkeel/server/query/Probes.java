package io.evenkeel.server.query;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.function.LongSupplier;

/*
 * A probe is the question for the SOA of the root with the option NSID, which any node answers in some way, and an option of this
 * server's own: a time, and SipHash-2-4 over all before it with a secret that members alone derive. Its form is fixed, so that most
 * messages are told from it by their length. Whoever sees one pass by can send it again for five minutes, so a loop takes so many a
 * second for probes and no more; the rest are questions like any other.
 */

/** Makes the questions by which members find out whether a node answers, and tells them from those of clients. */
public final class Probes {
    /** Octets of one. */
    public static final int BYTES = 48;

    /** Octets of a root of the secrets. */
    public static final int ROOT_BYTES = CookieSecrets.ROOT_BYTES;

    /** Of those that RFC 6891 §9 leaves to local use. */
    private static final int OPTION = 65_313;

    private static final int OPTION_AT = 32;
    private static final int TIME_AT = OPTION_AT + 4;
    private static final int HASH_AT = TIME_AT + 4;
    private static final int OPTION_BYTES = BYTES - TIME_AT;

    /** By which clocks of members may differ, in seconds. */
    private static final int CLOCKS = 300;

    private final CookieSecrets secrets;
    private final boolean loopbackOnly;

    private Probes(CookieSecrets secrets, boolean loopbackOnly) {
        this.secrets = secrets;
        this.loopbackOnly = loopbackOnly;
    }

    /**
     * Of nodes with a cluster key; until {@link #refresh} nobody's probes are known.
     *
     * @param unixSeconds wall clock
     */
    public static Probes keyed(LongSupplier unixSeconds) {
        return new Probes(CookieSecrets.create(unixSeconds), false);
    }

    /**
     * Of nodes without one, which are all on one machine: any program on it can make these, and they count from loopback alone.
     *
     * @param cluster its name
     * @param unixSeconds wall clock
     */
    public static Probes ofLoopback(String cluster, LongSupplier unixSeconds) {
        Probes probes = new Probes(CookieSecrets.create(unixSeconds), true);
        try {
            byte[] root = MessageDigest.getInstance("SHA-256").digest(cluster.getBytes(StandardCharsets.UTF_8));
            probes.refresh(List.of(root));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        return probes;
    }

    /** As {@link CookieSecrets#refresh(List)}. */
    public void refresh(List<byte[]> roots) {
        secrets.refresh(roots);
    }

    /** Follows the days with the same roots; to be called at least once an hour. */
    public void refresh() {
        secrets.refresh();
    }

    /**
     * A probe.
     *
     * @param id of the message; its low 16 bits count
     */
    public byte[] make(int id) {
        byte[] probe = new byte[BYTES];
        Wire.putU16(probe, 0, id);
        Wire.putU16(probe, Wire.QDCOUNT, 1);
        Wire.putU16(probe, Wire.ARCOUNT, 1);
        Wire.putU16(probe, 13, 6); // SOA of the root
        Wire.putU16(probe, 15, Wire.CLASS_IN);
        Wire.putU16(probe, 18, 41); // OPT
        Wire.putU16(probe, 20, Wire.MIN_UDP);
        Wire.putU16(probe, 26, BYTES - 28);
        Wire.putU16(probe, 28, Wire.NSID);
        Wire.putU16(probe, OPTION_AT, OPTION);
        Wire.putU16(probe, OPTION_AT + 2, OPTION_BYTES);
        long now = secrets.now();
        Wire.putU16(probe, TIME_AT, (int) (now >> 16));
        Wire.putU16(probe, TIME_AT + 2, (int) now);
        long[] keys = secrets.at(now);
        SipHash.put(probe, HASH_AT, SipHash.hash(keys[0], keys[1], probe, HASH_AT));
        return probe;
    }

    /** Tells them from the questions of clients. One per loop, not thread-safe, allocates nothing. */
    public static final class Gate {
        /** Probes that a loop takes in a second: a cluster of nine sends sixteen to a node. */
        static final int MOST = 100;

        private final Probes probes;
        private final byte[] address = new byte[16];
        private long second;
        private int taken;

        /** At one loop. */
        public Gate(Probes probes) {
            this.probes = probes;
        }

        /**
         * Whether a message is a probe of a member: no limit holds for it, and it counts as no question.
         *
         * @param in read from 0; {@code in.length >= length + 8}
         */
        public boolean isProbe(byte[] in, int length, Client client) {
            if (length != BYTES
                    || Wire.u16(in, OPTION_AT) != OPTION
                    || Wire.u16(in, OPTION_AT + 2) != OPTION_BYTES
                    || (probes.loopbackOnly && !isLoopback(client))) {
                return false;
            }
            long now = probes.secrets.now();
            if (now != second) {
                second = now;
                taken = 0;
            }
            // RFC 1982: seconds since 1970 in 32 bits
            int age = (int) now - (Wire.u16(in, TIME_AT) << 16 | Wire.u16(in, TIME_AT + 2));
            if (taken >= MOST || age > CLOCKS || age < -CLOCKS) {
                return false;
            }
            taken++;
            long claimed = SipHash.get(in, HASH_AT);
            long[] keys = probes.secrets.at(now - age);
            for (int i = 0; i < keys.length; i += 2) {
                if (SipHash.hash(keys[i], keys[i + 1], in, HASH_AT) == claimed) {
                    return true;
                }
            }
            return false;
        }

        private boolean isLoopback(Client client) {
            int octets = client.putAddress(address, 0);
            if (octets == 4) {
                return address[0] == 127;
            }
            int sum = 0;
            for (int i = 0; i < octets - 1; i++) {
                sum |= address[i];
            }
            return octets == 16 && sum == 0 && address[15] == 1;
        }
    }
}
