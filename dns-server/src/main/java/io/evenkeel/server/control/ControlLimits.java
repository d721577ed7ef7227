package io.evenkeel.server.control;

import java.time.Duration;

/** Every bound of this package, with its reason. */
final class ControlLimits {
    /** Largest frame between peers: twice the largest command, since a change may be larger than the diff it becomes. */
    static final int PEER_FRAME_BYTES = 2 << 20;

    /** Connections that have shown the cluster's certificate: nine nodes with a few reconnects each. */
    static final int PEER_CONNECTIONS = 64;

    /** Connections that have not shown it yet; more are closed unread. */
    static final int PEER_HANDSHAKES = 64;

    /** Requests in work per connection; more wait in the socket. */
    static final int PEER_IN_FLIGHT = 1_024;

    /** Bytes of requests in work over all connections, in KiB; more wait in their sockets. */
    static final int PEER_IN_FLIGHT_KIB = 64 << 10;

    /** Requests to one peer that its socket has not taken yet; more fail at once, since it reads nothing. */
    static final int PEER_UNSENT_BYTES = 16 << 20;

    /** From accept to the end of the handshake: a LAN needs milliseconds, a busy start-up a second. */
    static final Duration PEER_HANDSHAKE = Duration.ofSeconds(5);

    /** TCP connect to a peer; an unreachable one must not eat a client's deadline. */
    static final Duration PEER_CONNECT = Duration.ofSeconds(2);

    /** The caller closes first, so that a request seldom meets a connection that is just being closed. */
    static final Duration PEER_CALLER_IDLE = Duration.ofMinutes(2);

    static final Duration PEER_SERVER_IDLE = Duration.ofMinutes(3);

    /** Back-off of reconnecting and of asking again. */
    static final Duration BACKOFF_FIRST = Duration.ofMillis(50);

    static final Duration BACKOFF_LAST = Duration.ofSeconds(1);

    /** Changes that wait on the leader over all zones; more are told that they were never proposed. */
    static final int QUEUED_CHANGES = 10_000;

    /** Bytes of them. */
    static final long QUEUED_BYTES = 64L << 20;

    /** Bytes of changes evaluated into one command: half a command, since a diff holds old and new records. */
    static final int BATCH_BYTES = 512 << 10;

    /** How often a change is evaluated again because another entry got in first. */
    static final int EVALUATIONS = 8;

    /** How long the leader waits for the outcome of one entry. */
    static final Duration PROPOSAL = Duration.ofSeconds(10);

    /** How long a leader tries to show that it leads before it turns a change down. */
    static final Duration CONFIRMATION = Duration.ofSeconds(3);

    /** Replicated time: one tick. */
    static final Duration TICK = Duration.ofSeconds(10);

    /** Without any leader for so long, a change that was never proposed is given back. */
    static final Duration NO_LEADER = Duration.ofSeconds(3);

    /** How often a waiting forwarder looks whether somebody else leads now. */
    static final Duration LEADER_CHECK = Duration.ofMillis(250);

    /** How long a committed change is waited for on the node that received it; then it is answered anyway. */
    static final Duration LOCAL_APPLY = Duration.ofSeconds(5);

    /** Changes being worked on per node, over all clients. */
    static final int SUBMISSIONS = 4_096;

    /** Pause between two rounds of asking all members while a cluster forms. */
    static final Duration HELLO_ROUND = Duration.ofMillis(500);

    /** The same once this node is a member: only to find out that it is in the wrong place. */
    static final Duration HELLO_QUIET = Duration.ofSeconds(5);

    static final Duration HELLO_ANSWER = Duration.ofSeconds(2);

    /** One change of the member list: catching up from a snapshot included. */
    static final Duration MEMBER_CHANGE = Duration.ofSeconds(40);

    /** A joining node asks again after that; longer than two member changes, old out and new in. */
    static final Duration JOIN_ANSWER = Duration.ofSeconds(90);

    /** Changing the members by command: the leader's share, and how long another is looked for. */
    static final Duration MANAGE = Duration.ofSeconds(15);

    /** A member that the leader has heard so lately is reached: ten heartbeats. */
    static final Duration REACHED = Duration.ofSeconds(2);

    /** Entries that the next leader may be behind: what is replicated in a moment. */
    static final long HAND_OVER_LAG = 1_000;

    /** Every write waits for a majority, so that more members make it slower and no safer. */
    static final int MEMBERS = 9;

    /** How a node sees itself, asked of each for one report. */
    static final Duration LOOK_ANSWER = Duration.ofSeconds(2);

    private ControlLimits() {}
}
