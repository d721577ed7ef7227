package io.evenkeel.server.transport;

import io.evenkeel.server.query.Lane;
import java.time.Duration;

/**
 * The bounds on TCP connections that an operator may choose.
 *
 * @param connections open at once on a lane; one more closes the one that has been idle longest
 * @param perAddress of them from one IPv4 address or IPv6 /64; one more closes the idlest of these
 * @param idle how long a connection may do nothing
 * @param life after so long a connection is ended in order, however busy it is
 * @param queries after so many a connection is ended in order; 0: any number
 * @param message how long a message may take to come to its end, beside the time that its octets are given
 */
public record TcpSettings(
        int connections, int perAddress, Duration idle, Duration life, int queries, Duration message) {
    /** Connections on the lane of infrastructure, if there are as many on the other. */
    public static final int MOST_OF_INFRASTRUCTURE = 256;

    /** The longest life that a connection may have. */
    static final Duration LONGEST_LIFE = Duration.ofDays(1);

    /** With the usual time for a message. */
    public TcpSettings(int connections, int perAddress, Duration idle, Duration life, int queries) {
        this(connections, perAddress, idle, life, queries, TransportLimits.TCP_MESSAGE);
    }

    /** Bounds on number and idleness alone. */
    public static TcpSettings of(int connections, Duration idle) {
        return new TcpSettings(connections, Integer.MAX_VALUE, idle, LONGEST_LIFE, 0, LONGEST_LIFE);
    }

    /** Those of a lane: that of infrastructure has room of its own, and few clients, which no one else can crowd out. */
    TcpSettings of(Lane lane) {
        if (lane == Lane.DEVICE) {
            return this;
        }
        int most = Math.min(connections, MOST_OF_INFRASTRUCTURE);
        return new TcpSettings(most, most, idle, life, queries, message);
    }
}
