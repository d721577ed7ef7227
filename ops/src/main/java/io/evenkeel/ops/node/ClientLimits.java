package io.evenkeel.ops.node;

import java.time.Duration;

/** Bounds of the talk with a node, each with its reason. */
public final class ClientLimits {
    /** A node on this machine accepts at once or is not there; a far one within a round trip or two. */
    static final Duration CONNECT = Duration.ofSeconds(2);
    /** Whether a node is there and open; asked of each node in turn, so short. */
    public static final Duration PROBE = Duration.ofSeconds(2);
    /** Above the server's own 10 s for a change, so that its answer and not our impatience decides. */
    static final Duration REQUEST = Duration.ofSeconds(20);
    /** A zone of millions of records, sent, checked and committed in parts. */
    static final Duration IMPORT = Duration.ofMinutes(15);
    /** How long a change with unknown outcome is asked for again. */
    static final Duration FOLLOW = Duration.ofSeconds(20);
    /** Above the 15 s that a node tries, and once more as long on the leader. */
    static final Duration MEMBER_CHANGE = Duration.ofSeconds(60);
    /** A hundred million records, at a quarter of a processor. */
    public static final Duration SCRUB = Duration.ofMinutes(15);
    /** Between two looks at how far a node has come. */
    public static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    /** An answer of the admin API that is read into memory, where it takes ten times as much; exports are streamed. */
    static final int BODY_BYTES = 16 << 20;
    /** The file of an API key; a node reads no more of it. */
    static final int KEY_FILE_BYTES = 4 << 10;
    /** A master file that comes by a pipe; a node takes no longer one. */
    static final long MASTER_FILE_BYTES = 512L << 20;
    /** Changes in one request; a node takes no more. */
    public static final int BATCH_BYTES = 4 << 20;
    /** Lines of a zone file that are read to find its origin; the SOA stands near the top. */
    static final int ORIGIN_LINES = 10_000;

    /** Between two messages of a zone transfer from any DNS server. */
    static final Duration TRANSFER = Duration.ofSeconds(20);
    /** Questions to a DNS server that refuses a transfer, one after the other: a minute or so to a far one. */
    static final int ASKED_RRSETS = 2_000;

    /** Hits of a search in one answer of a node; it gives no more. */
    public static final int HITS = 10_000;

    /** Changes of the history in one answer of a node; it gives no more. */
    public static final int CHANGES = 1000;

    /** Events in one answer of a node; it gives no more. */
    public static final int EVENTS = 1000;

    private ClientLimits() {}
}
