package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.AddressPrefix;
import java.util.List;

/** A few prefixes, laid out to be looked through for each datagram. Immutable. */
final class SourcePrefixes {
    private final byte[][] networks;
    private final int[] bits;

    SourcePrefixes(List<AddressPrefix> prefixes) {
        networks =
                prefixes.stream().map(prefix -> prefix.network().getAddress()).toArray(byte[][]::new);
        bits = prefixes.stream().mapToInt(AddressPrefix::bits).toArray();
    }

    /** Whether the first octets there are an address of one of them. */
    boolean contain(byte[] address, int octets) {
        for (int i = 0; i < bits.length; i++) {
            if (networks[i].length == octets && agree(networks[i], address, bits[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean agree(byte[] network, byte[] address, int bits) {
        int whole = bits / Byte.SIZE;
        for (int i = 0; i < whole; i++) {
            if (network[i] != address[i]) {
                return false;
            }
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || (network[whole] ^ address[whole]) >> (Byte.SIZE - rest) == 0;
    }
}
