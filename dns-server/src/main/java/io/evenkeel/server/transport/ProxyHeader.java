package io.evenkeel.server.transport;

import java.util.Arrays;
import java.util.zip.CRC32C;

/*
 * The PROXY protocol, version 2 (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2), octets from 0:
 *
 *   12 signature, 1 version and command, 1 family and protocol, 2 length of what follows; then addresses by the family:
 *   IPv4: 4 source, 4 destination, 2 and 2 ports; IPv6: 16, 16, 2, 2; then TLVs: 1 type, 2 length, value.
 */

/**
 * Reads what a proxy puts before the message of its client, and keeps the client's address. One per socket or connection, not
 * thread-safe; allocates nothing once it is made.
 */
final class ProxyHeader {
    /** More is no header of ours: the addresses, and room for TLVs that we do not need. */
    static final int MOST_BYTES = 536;

    /** The message does not begin with a header. */
    static final int NONE = -1;

    /** It may, but there is not enough of it. */
    static final int MORE = 0;

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int COMMAND_AT = 12;
    private static final int FAMILY_AT = 13;
    private static final int LENGTH_AT = 14;
    private static final int FIXED = 16;

    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int UNSPEC = 0;
    private static final int INET = 1;
    private static final int INET6 = 2;
    private static final int UNIX = 3;
    private static final int UNIX_BYTES = 216;
    /** STREAM is 1. How the client talks to the proxy, which need not be how the proxy talks to us. */
    private static final int DGRAM = 2;

    private static final int TLV_HEADER = 3;
    private static final int TLV_CRC32C = 3;
    private static final int CRC_BYTES = 4;
    private static final byte[] NO_CRC = new byte[CRC_BYTES];

    private final byte[] address = new byte[16];
    private int octets;
    private int port;
    private final CRC32C crc = new CRC32C();

    /**
     * Reads a header.
     *
     * @param in from 0
     * @param length octets that are there
     * @return how many of them are the header; {@link #NONE}; {@link #MORE}
     */
    int read(byte[] in, int length) {
        octets = 0;
        for (int i = 0; i < Math.min(length, SIGNATURE.length); i++) {
            if (in[i] != SIGNATURE[i]) {
                return NONE;
            }
        }
        if (length < FIXED) {
            return MORE;
        }
        int end = FIXED + u16(in, LENGTH_AT);
        if (end > MOST_BYTES) {
            return NONE;
        }
        if (length < end) {
            return MORE;
        }
        return readWhole(in, end) ? end : NONE;
    }

    private boolean readWhole(byte[] in, int end) {
        int command = in[COMMAND_AT] & 0xFF;
        int family = (in[FAMILY_AT] & 0xFF) >> 4;
        if ((command != LOCAL && command != PROXY) || family > UNIX || (in[FAMILY_AT] & 0xF) > DGRAM) {
            return false;
        }
        int addresses = switch (family) {
            case INET -> 4;
            case INET6 -> 16;
            default -> 0;
        };
        int bytes = family == UNIX ? UNIX_BYTES : family == UNSPEC ? 0 : 2 * addresses + 4;
        if (FIXED + bytes > end || !areSound(in, FIXED + bytes, end)) {
            return false;
        }
        // A check of the proxy itself, or a client without an address: the proxy is who asks.
        if (command == PROXY && addresses > 0) {
            System.arraycopy(in, FIXED, address, 0, addresses);
            port = u16(in, FIXED + 2 * addresses);
            octets = addresses;
        }
        return true;
    }

    /** Whether TLVs fill that up, and a checksum among them is right. */
    private boolean areSound(byte[] in, int from, int end) {
        int at = from;
        while (at < end) {
            if (at + TLV_HEADER > end) {
                return false;
            }
            int value = at + TLV_HEADER;
            int next = value + u16(in, at + 1);
            if (next > end) {
                return false;
            }
            if (in[at] == TLV_CRC32C && (next - value != CRC_BYTES || !isRight(in, value, end))) {
                return false;
            }
            at = next;
        }
        return true;
    }

    private boolean isRight(byte[] in, int checksum, int end) {
        crc.reset();
        crc.update(in, 0, checksum);
        crc.update(NO_CRC, 0, CRC_BYTES);
        crc.update(in, checksum + CRC_BYTES, end - checksum - CRC_BYTES);
        long told = ((long) u16(in, checksum) << Short.SIZE) | u16(in, checksum + 2);
        return crc.getValue() == told;
    }

    /** Whether the last header told of a client. */
    boolean tells() {
        return octets > 0;
    }

    /** Its address, a copy. */
    byte[] address() {
        return Arrays.copyOf(address, octets);
    }

    /** Puts its address there; how many octets that has. */
    int putAddress(byte[] to, int at) {
        System.arraycopy(address, 0, to, at, octets);
        return octets;
    }

    /** Its port. */
    int port() {
        return port;
    }

    private static int u16(byte[] in, int at) {
        return ((in[at] & 0xFF) << 8) | (in[at + 1] & 0xFF);
    }
}
