package io.evenkeel.ops.cli;

import io.evenkeel.ops.verb.CommandFailure;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses that have their first bits in common.
 *
 * @param network the first of them
 * @param bits in common
 */
record Prefix(InetAddress network, int bits) implements Comparable<Prefix> {
    // Only what InetAddress takes as a literal: without a zone, and an IPv4 address with all of its four numbers.
    private static final Pattern FORM =
            Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:/(\\d{1,3}))?");

    /**
     * A prefix, or an address, which stands for itself.
     *
     * @throws CommandFailure with the form that is allowed
     */
    static Prefix parse(String text) throws CommandFailure {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            try {
                InetAddress network = InetAddress.ofLiteral(matcher.group(1));
                int most = network.getAddress().length * Byte.SIZE;
                int bits = matcher.group(2) == null ? most : Integer.parseInt(matcher.group(2));
                if (bits <= most) {
                    return new Prefix(network, bits);
                }
            } catch (IllegalArgumentException notOne) {
                // falls through to the one message for all that is no prefix
            }
        }
        throw new CommandFailure(
                CommandFailure.USAGE,
                "\"" + text + "\" is no prefix of addresses; write one as 192.0.2.0/24 or 2001:db8::/32");
    }

    boolean isIpv4() {
        return network instanceof Inet4Address;
    }

    /** Whether every address of the other is one of these. */
    boolean contains(Prefix other) {
        return isIpv4() == other.isIpv4()
                && bits <= other.bits
                && Arrays.equals(first(network.getAddress(), bits), first(other.network.getAddress(), bits));
    }

    /** With nothing but the first bits. */
    private static byte[] first(byte[] address, int bits) {
        for (int i = bits; i < address.length * Byte.SIZE; i++) {
            address[i / Byte.SIZE] &= (byte) ~(0x80 >> (i % Byte.SIZE));
        }
        return address;
    }

    @Override
    public int compareTo(Prefix other) {
        int byFamily = Boolean.compare(other.isIpv4(), isIpv4());
        int byNetwork = Arrays.compareUnsigned(network.getAddress(), other.network.getAddress());
        if (byFamily != 0 || byNetwork != 0) {
            return byFamily != 0 ? byFamily : byNetwork;
        }
        return Integer.compare(bits, other.bits);
    }

    /** As it is written in requests and rules. */
    @Override
    public String toString() {
        return network.getHostAddress() + "/" + bits;
    }
}
