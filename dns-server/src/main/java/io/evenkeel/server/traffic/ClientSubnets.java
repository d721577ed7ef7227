package io.evenkeel.server.traffic;

import io.evenkeel.consensus.process.ClientPrivacy;

/** Addresses of clients in messages: a resolver may tell the network of its client (RFC 7871). */
final class ClientSubnets {
    private static final int HEADER = 12;
    private static final int OPT = 41;
    private static final int SUBNET = 8;
    /** Family, and two lengths of prefixes, before the address (RFC 7871 §6). */
    private static final int BEFORE_ADDRESS = 4;

    private static final int IPV4 = 1;

    private ClientSubnets() {}

    /**
     * Puts zeros in place of what may not be told, in the options of a message. One that cannot be read stays as it is from there on.
     *
     * @param at where the message begins
     */
    static void hide(byte[] array, int at, int octets, ClientPrivacy privacy) {
        int end = at + octets;
        if (octets < HEADER) {
            return;
        }
        int next = at + HEADER;
        for (int i = u16(array, at + 4); i > 0 && next >= 0; i--) {
            int name = afterName(array, next, end);
            next = name < 0 ? -1 : name + 4;
        }
        int records = u16(array, at + 6) + u16(array, at + 8) + u16(array, at + 10);
        for (int i = 0; i < records && next >= 0; i++) {
            int fixed = afterName(array, next, end);
            if (fixed < 0 || fixed + 10 > end) {
                return;
            }
            int data = fixed + 10;
            next = data + u16(array, fixed + 8);
            if (next > end) {
                return;
            }
            if (u16(array, fixed) == OPT) {
                hideIn(array, data, next, privacy);
            }
        }
    }

    private static void hideIn(byte[] array, int from, int end, ClientPrivacy privacy) {
        int at = from;
        while (at + 4 <= end) {
            int data = at + 4;
            int next = Math.min(end, data + u16(array, at + 2));
            if (u16(array, at) == SUBNET && next - data > BEFORE_ADDRESS) {
                boolean ipv4 = u16(array, data) == IPV4;
                int told = privacy.bits(ipv4) / Byte.SIZE;
                for (int i = data + BEFORE_ADDRESS + told; i < next; i++) {
                    array[i] = 0;
                }
            }
            at = next;
        }
    }

    /** -1: it ends before. */
    private static int afterName(byte[] array, int from, int end) {
        int at = from;
        while (at < end) {
            int octets = array[at] & 0xFF;
            if (octets == 0) {
                return at + 1;
            }
            if (octets >= 0xC0) {
                return at + 2;
            }
            at += octets + 1;
        }
        return -1;
    }

    /** 0 beyond the array. */
    private static int u16(byte[] array, int at) {
        return at + 1 < array.length ? (array[at] & 0xFF) << Byte.SIZE | (array[at + 1] & 0xFF) : 0;
    }
}
