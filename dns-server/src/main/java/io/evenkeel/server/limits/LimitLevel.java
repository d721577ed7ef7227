package io.evenkeel.server.limits;

import io.evenkeel.consensus.process.ClientPrivacy;

/**
 * What a rate is kept of: a client, the networks around it, and a client that has proven its address. A network may ask for more than
 * one client, and for less than all of its clients together, in the proportions of Knot DNS' module rrl.
 */
public enum LimitLevel {
    /** One IPv4 address. */
    IPV4_32("ipv4/32", 32, 2),
    /** A network of IPv4. */
    IPV4_24("ipv4/24", 24, 2 * 32),
    /** A network of IPv4. */
    IPV4_20("ipv4/20", 20, 2 * 256),
    /** A network of IPv4. */
    IPV4_18("ipv4/18", 18, 2 * 768),
    /** One link of IPv6, which is one client: each of its hosts has as many addresses as it likes. */
    IPV6_64("ipv6/64", 64, 2),
    /** A network of IPv6. */
    IPV6_56("ipv6/56", 56, 3),
    /** A network of IPv6. */
    IPV6_48("ipv6/48", 48, 4),
    /** A network of IPv6. */
    IPV6_32("ipv6/32", 32, 64),
    /** A client, IPv4 address or IPv6 /64, that asks over TCP or with a server cookie: nobody can forge its address. */
    PROVEN("proven", 64, 2);

    /** Of either protocol. */
    static final int OF_PROTOCOL = 4;

    private static final LimitLevel[] ALL = values();

    private final String label;
    private final int bits;
    private final int halves;

    LimitLevel(String label, int bits, int halves) {
        this.label = label;
        this.bits = bits;
        this.halves = halves;
    }

    /** In metrics. */
    public String label() {
        return label;
    }

    /** Halves of the rate of one client. */
    int halves() {
        return halves;
    }

    /** A level of a client, from the client itself at 0 to the largest network. */
    static LimitLevel of(boolean ipv4, int index) {
        return ALL[ipv4 ? index : OF_PROTOCOL + index];
    }

    /** The network of a client: bits beyond it are 0. */
    long prefix(boolean ipv4, long client) {
        int beyond = ipv4 ? Math.max(0, 32 - bits) : 64 - bits;
        return client >>> beyond << beyond;
    }

    /** For people, as {@code 192.0.2.0/24}; only as much of it as may be told. */
    String show(boolean ipv4, long whole, ClientPrivacy privacy) {
        int told = Math.min(bits, privacy.bits(ipv4));
        if (told == 0) {
            return ClientPrivacy.SOMEBODY;
        }
        long prefix = ipv4
                ? whole
                        >>> (Integer.SIZE - Math.min(Integer.SIZE, told))
                        << (Integer.SIZE - Math.min(Integer.SIZE, told))
                : whole >>> (Long.SIZE - told) << (Long.SIZE - told);
        StringBuilder text = new StringBuilder();
        if (ipv4) {
            for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
                text.append(text.isEmpty() ? "" : ".").append((prefix >>> shift) & 0xFF);
            }
            return text.append('/').append(Math.min(Integer.SIZE, told)).toString();
        }
        for (long left = prefix; left != 0; left <<= Short.SIZE) {
            text.append(Long.toHexString(left >>> (Long.SIZE - Short.SIZE))).append(':');
        }
        return text.append(prefix == 0 ? "::/" : ":/").append(told).toString();
    }
}
