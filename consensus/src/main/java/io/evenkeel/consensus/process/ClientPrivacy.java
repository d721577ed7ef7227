package io.evenkeel.consensus.process;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;

/**
 * How much of the address of a client a node writes or tells anywhere: in its log, in reports and in captures. The address of a member of
 * the cluster is none of a client. Pure functions.
 */
public enum ClientPrivacy {
    /** The whole address. */
    FULL(32, 128),
    /** Its network: /24 of IPv4, /48 of IPv6. */
    PREFIX(24, 48),
    /** Nothing. */
    NONE(0, 0);

    /** In place of an address that is not told, where a sentence needs a subject. */
    public static final String SOMEBODY = "a client";

    private static final int IPV4_OCTETS = 4;

    private final int bitsOfFour;
    private final int bitsOfSix;

    ClientPrivacy(int bitsOfFour, int bitsOfSix) {
        this.bitsOfFour = bitsOfFour;
        this.bitsOfSix = bitsOfSix;
    }

    /** How many of the first bits of an address may be told; 0: not even its family. */
    public int bits(boolean ipv4) {
        return ipv4 ? bitsOfFour : bitsOfSix;
    }

    /**
     * Puts zeros in place of what may not be told.
     *
     * @param array holds the address in network order, from {@code at}
     * @param octets of it: 4 or 16, or 0 for none
     * @return how many of these may be told: as many, or 0
     */
    public int cut(byte[] array, int at, int octets) {
        int told = Math.min(octets * Byte.SIZE, bits(octets == IPV4_OCTETS));
        int whole = told / Byte.SIZE; // each prefix ends with an octet
        Arrays.fill(array, at + whole, at + octets, (byte) 0);
        return this == NONE ? 0 : octets;
    }

    /** For people: the address, its network as {@code 192.0.2.0/24}, or {@link #SOMEBODY}. */
    public String show(InetAddress address) {
        byte[] octets = address.getAddress();
        int told = cut(octets, 0, octets.length);
        if (told == 0) {
            return SOMEBODY;
        }
        try {
            // Without the zone of a link-local address, which says nothing of the client.
            String text = InetAddress.getByAddress(octets).getHostAddress();
            return this == FULL ? text : text + "/" + bits(!(address instanceof Inet6Address));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 octets", e);
        }
    }

    /** As in the configuration. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
