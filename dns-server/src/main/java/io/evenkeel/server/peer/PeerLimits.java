package io.evenkeel.server.peer;

import java.time.Duration;

/** Every bound of the peer channel, with its reason. */
public final class PeerLimits {
    /** Largest frame between peers: twice the largest command, since a change may be larger than the diff it becomes. */
    public static final int PEER_FRAME_BYTES = 2 << 20;

    /** Connections that wait to be accepted: a moment's worth, while thousands knock in a second; the system may allow fewer. */
    static final int PEER_BACKLOG = 1_024;

    /** To give a connection its place, or to turn it away, takes no time: longer is told, as other nodes wait meanwhile. */
    static final Duration PEER_ADMIT = Duration.ofSeconds(10);

    /** Requests in work per connection; more wait in the socket. */
    static final int PEER_IN_FLIGHT = 1_024;

    /**
     * Bytes of requests in work over all connections, in KiB; more wait in their sockets. Two of the largest frames at least, and no
     * more than a small heap has beside its zones.
     */
    static final int PEER_IN_FLIGHT_KIB =
            (int) Math.clamp(Runtime.getRuntime().maxMemory() / (32 << 10), 4L << 10, 64L << 10);

    /** Requests to one peer that its socket has not taken yet; more fail at once, since it reads nothing. */
    static final int PEER_UNSENT_BYTES = 16 << 20;

    /** Of this node with a peer, once that has accepted: a LAN needs milliseconds, a busy start-up a second. */
    static final Duration PEER_HANDSHAKE = Duration.ofSeconds(5);

    /** TCP connect to a peer; an unreachable one must not eat a client's deadline. */
    static final Duration PEER_CONNECT = Duration.ofSeconds(2);

    /** Addresses that one attempt to connect goes through: the last good one comes first in the next. */
    static final int PEER_TRIES = 8;

    /** A connection to another node than the one that was looked for is used so long, to ask who it is. */
    static final Duration STRANGER_KEPT = Duration.ofSeconds(2);

    /**
     * So long a request waits for the connection that it needs: a little longer than {@link #PEER_CONNECT}, so that it is told
     * why there is none; a peer that takes the connection and then says nothing holds it up for no longer.
     */
    static final Duration PEER_CONNECT_WAIT = Duration.ofMillis(2500);

    /** The caller closes first, so that a request seldom meets a connection that is just being closed. */
    static final Duration PEER_CALLER_IDLE = Duration.ofMinutes(2);

    static final Duration PEER_SERVER_IDLE = Duration.ofMinutes(3);

    /** Back-off of reconnecting and of asking again. */
    public static final Duration BACKOFF_FIRST = Duration.ofMillis(50);

    /** The longest of them. */
    public static final Duration BACKOFF_LAST = Duration.ofSeconds(1);

    /** How long a member may take to say who it is, or whether its gate is open. */
    public static final Duration HELLO_ANSWER = Duration.ofSeconds(2);

    /** How often a node that waits for the leader's answer looks whether another one leads now. */
    static final Duration LEADER_CHECK = Duration.ofMillis(250);

    private PeerLimits() {}
}
