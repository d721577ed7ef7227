package io.evenkeel.server.transport;

/**
 * The place in the network that counts as one client: an IPv4 address, or an IPv6 /64, since whoever has one address of that has all.
 *
 * @param bits the address, or its first 64 bits
 */
record ClientSite(boolean ipv4, long bits) {
    private static final int IPV4_OCTETS = 4;
    private static final int SITE_OCTETS = 8;

    /** @param address in network order: 4 or 16 octets */
    static ClientSite of(byte[] address) {
        boolean ipv4 = address.length == IPV4_OCTETS;
        long bits = 0;
        for (int i = 0; i < Math.min(address.length, SITE_OCTETS); i++) {
            bits = (bits << Byte.SIZE) | (address[i] & 0xFF);
        }
        return new ClientSite(ipv4, bits);
    }
}
