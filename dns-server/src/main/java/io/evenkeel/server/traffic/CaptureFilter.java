package io.evenkeel.server.traffic;

import io.evenkeel.consensus.process.AddressPrefix;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/** Which messages a capture takes. Immutable; asked by the loops, allocates nothing then. */
public final class CaptureFilter {
    /** Takes all. */
    public static final CaptureFilter ALL = new CaptureFilter(null, null);

    private final @Nullable Name name;
    private final @Nullable AddressPrefix client;
    /** In wire form and lower case; empty: any name, and none. */
    private final byte[] suffix;

    private final byte[] network;

    /**
     * @param name only questions for it and for names below it; null: all messages
     * @param client only messages of addresses in it; null: of all
     */
    public CaptureFilter(@Nullable Name name, @Nullable AddressPrefix client) {
        this.name = name;
        this.client = client;
        this.suffix = name == null ? new byte[0] : name.toWireCanonical();
        this.network = client == null ? new byte[0] : client.network().getAddress();
    }

    /** For people: what it takes. */
    @Override
    public String toString() {
        String names =
                name == null ? "all names" : "names in " + name.toString().toLowerCase(Locale.ROOT);
        return names + (client == null ? ", all clients" : ", clients in " + client);
    }

    /**
     * Whether a message is to be taken.
     *
     * @param in the message, its name from {@code nameAt}
     * @param nameOctets of its name, the root's included; 0 if there is none that can be read
     * @param address of its client, in network order
     * @param addressOctets 4, 16, or 0 for nobody in particular
     */
    boolean takes(byte[] in, int nameAt, int nameOctets, byte[] address, int addressOctets) {
        return isBelow(in, nameAt, nameOctets) && isWithin(address, addressOctets);
    }

    private boolean isBelow(byte[] in, int nameAt, int nameOctets) {
        if (suffix.length == 0) {
            return true;
        }
        int end = nameAt + nameOctets;
        int at = nameAt;
        while (end - at > suffix.length) {
            at += in[at] + 1; // a label: the name has been looked at
        }
        if (end - at != suffix.length) {
            return false;
        }
        for (int i = 0; i < suffix.length; i++) {
            byte octet = in[at + i];
            // Octets of length are at most 63 and so no letters.
            if ((octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet) != suffix[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean isWithin(byte[] address, int octets) {
        if (client == null) {
            return true;
        }
        int whole = client.bits() / Byte.SIZE;
        if (octets != network.length || !Arrays.equals(address, 0, whole, network, 0, whole)) {
            return false;
        }
        int rest = client.bits() % Byte.SIZE;
        return rest == 0 || ((address[whole] ^ network[whole]) & (0xFF << (Byte.SIZE - rest)) & 0xFF) == 0;
    }
}
