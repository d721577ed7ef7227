package io.evenkeel.server.transport;

import java.time.Duration;

/** The bounds of this package and why they are what they are. */
final class TransportLimits {
    /** Asked of the kernel for what each UDP socket has to send: the answers of a burst. */
    static final int UDP_SOCKET_BYTES = 4 << 20;

    /** The same for what it receives, where the queue in front of a loop is not kept short: some 10,000 questions. */
    static final int UDP_LONG_BYTES = 4 << 20;

    /** Asked of the kernel for what a UDP socket receives, at the least: below this it holds not one large question. */
    static final int UDP_LEAST_BYTES = 8 << 10;

    /** The same at the most, as the kernel counts it in an int and doubles it. */
    static final int UDP_MOST_BYTES = 512 << 20;

    /** What the kernel charges for a question on loopback; other network cards up to several times that, which is measured. */
    static final int DATAGRAM_CHARGE_BYTES = 832;

    /** No measurement beyond this is believed: a question in a page of its own, and what describes it. */
    static final int MAX_CHARGE_BYTES = 8 << 10;

    /** Longest datagram with which the charge is measured, so that nobody can make questions seem dearer than they are. */
    static final int MEASURED_BYTES = 512;

    /*
     * Of the time that a client waits. A queue whose delay reaches that time answers only those who have gone; so it is made
     * shorter long before, and the loop counts as behind once questions may have to be dropped. An answer that leaves after
     * TOO_OLD of it cannot arrive in time; one that leaves between OLD and that can, but while the queue stands, those behind
     * it are the better use of the time.
     */
    static final double LONG_SHARE = 0.2;

    static final double OLD_SHARE = 0.4;
    static final double TOO_OLD_SHARE = 0.8;

    /** Questions that a loop is taken to answer in a second until that was measured: less than most machines reach. */
    static final double ASSUMED_LOOP_QPS = 100_000;

    /** Longest question taken over UDP. A full one may have been cut, so nothing of that size is judged. */
    static final int UDP_QUERY_BYTES = 2048;

    /** Datagrams per system call; measured: 16, 64 and 256 make no difference. */
    static final int UDP_BATCH = 64;

    /** Batches of one socket in a row, before others and the connections of its loop get their turn. */
    static final int UDP_BATCHES = 4;

    /** Answers that wait for the kernel, per socket; above it answers are dropped, as the kernel itself would. */
    static final int UDP_PENDING_BYTES = 1 << 20;

    /** What a queued datagram costs the kernel at the least; bounds the drain at opening by the socket's own size. */
    static final int KERNEL_DATAGRAM_BYTES = 512;

    /** One read of a TCP connection. */
    static final int TCP_READ_BYTES = 16 << 10;

    /** Longest question taken over TCP: all that its length can say (RFC 7766 §8). */
    static final int TCP_QUERY_BYTES = 65_535;

    /** The kernel's part of a connection, each way: with it what a client can make this process hold is bounded. */
    static final int TCP_SOCKET_BYTES = 32 << 10;

    /**
     * Questions held for one connection: one that is not complete, and one read. Reading stops while answers wait, but a
     * closing peer makes Netty read all that the kernel holds (twice what was asked for) on top.
     */
    static final int TCP_HELD_BYTES = 2 * TCP_SOCKET_BYTES + TCP_READ_BYTES + TCP_QUERY_BYTES + 2;

    /**
     * Octets that all connections of a lane hold between two reads: messages that are not complete, and answers that wait. However many
     * connections there may be, hostile clients get no more memory. An ordinary question comes in one piece and holds none.
     */
    static final long TCP_ALL_HELD_BYTES = 64 << 20;

    /** A message may take so long to come to its end: its octets may be lost twice in a row (RFC 6298: 1 s, then 2 s) and come. */
    static final Duration TCP_MESSAGE = Duration.ofSeconds(5);

    /** A longer one must make that progress besides: in each further second so many octets. */
    static final int TCP_MESSAGE_BYTES_PER_SECOND = 8 << 10;

    /** Between two looks for connections that are idle, slow or old; a quarter of the time that they may be idle, within these. */
    static final long SWEEP_LEAST_MILLIS = 100;

    static final long SWEEP_MOST_MILLIS = 500;

    /** Loops that answer over UDP, for each that answers over TCP. */
    static final int UDP_LOOPS_PER_TCP_LOOP = 4;

    /** Answers are handed to the kernel in pieces of about this size. */
    static final int TCP_WRITE_BYTES = 16 << 10;

    /** Answers that wait for the client; above the upper one its questions are not read, below the lower one again. */
    static final int TCP_PENDING_LOW_BYTES = 8 << 10;

    static final int TCP_PENDING_HIGH_BYTES = 32 << 10;

    /** Requests that are answered away from the loops, at once; each has a thread. More are turned down. */
    static final int DETACHED = 256;

    /** Octets of those requests: a few large ones, or all of them with an ordinary one. */
    static final int DETACHED_BYTES = 8 << 20;

    /** Of one TCP connection; with so many at work nothing more is read from it. */
    static final int DETACHED_OF_ONE = 16;

    /** Octets of answers that wait for the client of one of them: two of the longest messages, so that one is made while one goes. */
    static final int DETACHED_UNSENT_BYTES = 2 * (2 + 65_535);

    /** A TCP client has so long for each message of an answer that comes later, and its handler so long to make it. */
    static final Duration DETACHED_PROGRESS = Duration.ofSeconds(30);

    /**
     * Connections that the kernel has accepted and a loop has not yet: as many as Linux grants by default. A client beyond them tries again only
     * after a second, and thousands may come at once when a node closes their connections to make room. A loop takes them within that second.
     */
    static final int TCP_BACKLOG = 4096;

    /** Addresses that a wildcard may stand for; each is a socket per loop. */
    static final int WILDCARD_ADDRESSES = 256;

    /** Ports tried when the system chooses one, until one is free for both UDP and TCP. */
    static final int PORT_ATTEMPTS = 16;

    /**
     * SYN-ACKs sent again to a client that does not go on: one. It sends its SYN again by itself if the first was lost; and
     * a closed gate is to be quiet soon, also towards those who had just begun.
     */
    static final int TCP_SYN_ACK_RETRIES = 1;

    /** Between two looks whether a socket that takes nothing new has still got something. */
    static final Duration TURN = Duration.ofMillis(10);

    /** What has been received when the gate closes is answered for so long at the most. */
    static final Duration FINISH = Duration.ofMillis(500);

    /** Clients are given so long to close their side of a connection. */
    static final Duration FAREWELL = Duration.ofSeconds(1);

    /** How long the loops may take to close their sockets. */
    static final Duration STOP = Duration.ofSeconds(1);

    private TransportLimits() {}
}
