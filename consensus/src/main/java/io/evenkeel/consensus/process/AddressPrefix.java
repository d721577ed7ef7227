package io.evenkeel.consensus.process;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All addresses that begin with the same bits, in text {@code 192.0.2.0/24} or {@code 2001:db8::/32}; one address stands for itself.
 * Immutable.
 *
 * @param network its first address
 * @param bits that its addresses have in common: up to 32, or 128
 */
public record AddressPrefix(InetAddress network, int bits) {
    // Only what InetAddress takes as a literal without asking a resolver.
    private static final Pattern FORM =
            Pattern.compile("([0-9a-fA-F:.]*:[0-9a-fA-F:.]*|\\d{1,3}(?:\\.\\d{1,3}){3})(?:/(\\d{1,3}))?");

    /**
     * The prefix that the text stands for.
     *
     * @throws IllegalArgumentException if it is none; the message names the text and a form that is allowed
     */
    public static AddressPrefix parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw none(text, null);
        }
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(matcher.group(1));
        } catch (IllegalArgumentException e) {
            throw none(text, e);
        }
        byte[] octets = address.getAddress();
        int most = octets.length * Byte.SIZE;
        int bits = matcher.group(2) == null ? most : Integer.parseInt(matcher.group(2));
        if (bits > most) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no prefix: an address of its family has " + most + " bits");
        }
        AddressPrefix prefix = new AddressPrefix(first(octets, bits), bits);
        if (!prefix.network.equals(address)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has bits set behind its prefix; write " + prefix + ", or the address alone");
        }
        return prefix;
    }

    /** Whether the address is one of these. */
    public boolean contains(InetAddress address) {
        byte[] octets = address.getAddress();
        return octets.length == network.getAddress().length
                && first(octets, bits).equals(network);
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + bits;
    }

    private static InetAddress first(byte[] octets, int bits) {
        byte[] first = octets.clone();
        for (int i = 0; i < first.length; i++) {
            int kept = Math.clamp(bits - (long) i * Byte.SIZE, 0, Byte.SIZE);
            first[i] &= (byte) (0xFF00 >> kept);
        }
        try {
            return InetAddress.getByAddress(first);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + first.length + " octets", e);
        }
    }

    private static IllegalArgumentException none(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "\"" + text + "\" is not a prefix; write an IP address and how many bits count, as in 192.0.2.0/24 or"
                        + " 2001:db8::/32, or one address alone",
                cause);
    }
}
