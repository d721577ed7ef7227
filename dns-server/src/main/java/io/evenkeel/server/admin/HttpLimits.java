package io.evenkeel.server.admin;

import java.net.InetAddress;
import java.time.Duration;

/**
 * The bounds of one HTTP port. {@link #STANDARD} is what nodes have, by {@link AdminLimits}; tests take smaller ones.
 *
 * @param connections open at once
 * @param ofAddress of these from one IPv4 address, or one /64 of IPv6
 * @param ofLoopback the same from one loopback address
 * @param header from the accept of a connection, or the first octet of its next request, to the end of the header
 * @param idle between two requests of a connection
 * @param window so long a node waits in all for a client to send, or to take, {@code windowBytes} more
 * @param windowBytes octets
 * @param reply so long a node waits in all for a client to take one reply
 * @param linger how long a node hears a client out after the last reply
 */
record HttpLimits(
        int connections,
        int ofAddress,
        int ofLoopback,
        Duration header,
        Duration idle,
        Duration window,
        long windowBytes,
        Duration reply,
        Duration linger) {
    static final HttpLimits STANDARD = new HttpLimits(
            AdminLimits.CONNECTIONS,
            AdminLimits.ADDRESS_CONNECTIONS,
            AdminLimits.LOOPBACK_CONNECTIONS,
            AdminLimits.HEADER,
            AdminLimits.IDLE,
            AdminLimits.PROGRESS_WINDOW,
            AdminLimits.PROGRESS_BYTES,
            AdminLimits.REPLY,
            AdminLimits.LINGER);

    int of(InetAddress address) {
        return address.isLoopbackAddress() ? ofLoopback : ofAddress;
    }

    /** What counts as one address: a client has the whole /64 that its network is. */
    static long group(InetAddress address) {
        byte[] octets = address.getAddress();
        int bits = Math.min(octets.length, Long.BYTES);
        long group = 0;
        for (int i = 0; i < bits; i++) {
            group = (group << Byte.SIZE) | (octets[i] & 0xff);
        }
        return group;
    }
}
