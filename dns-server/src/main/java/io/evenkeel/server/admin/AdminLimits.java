package io.evenkeel.server.admin;

import java.time.Duration;

/** Every bound of this package, with its reason. */
final class AdminLimits {
    /** Requests with a key in work; more are told to come again. Each may hold a JSON body and a whole zone. */
    static final int REQUESTS = 128;

    /** Requests of open routes in work, beside the others: some load balancers and scrapers, each asking about once a second. */
    static final int OPEN_REQUESTS = 32;

    /** Open connections; the JDK's server accepts no more above it. */
    static final int CONNECTIONS = 512;

    /** Seconds after which a connection without a request is closed. */
    static final int IDLE_SECONDS = 30;

    /** Seconds for one request to arrive, and one answer to leave: half a gigabyte at 2 MB/s. */
    static final int EXCHANGE_SECONDS = 300;

    /** Octets of all header lines: an API key, a few conditions. */
    static final int HEADER_BYTES = 16 << 10;

    /** A JSON body: some 40,000 records; larger zones come as master files. */
    static final int JSON_BYTES = 4 << 20;

    /** A master file: five million records of a hundred octets. */
    static final long FILE_BYTES = 512L << 20;

    /** A body up to this size takes no share of the memory for requests: the largest number of such at one time takes 25 MiB. */
    static final int SMALL_BODY_BYTES = 16 << 10;

    /** Octets of heap for an octet of a JSON body: itself, the tree of it, the records made of that. An estimate, on the safe side, for records of one line. */
    static final int JSON_GROWTH = 14;

    /** Octets of heap for a record of a master file beside its wire form: its line, its place, and the keys to sort by. */
    static final int RECORD_BYTES = 110;

    /** What a request waits for memory that others have: longer than most of them take. */
    static final Duration WORK_MEMORY = Duration.ofSeconds(5);

    /** Master files on their way in; each is spooled to disk and then parsed in memory. */
    static final int IMPORTS = 2;

    /** RRsets in one request; what does not fit belongs into a replacement of the zone. */
    static final int RRSETS = 10_000;

    /** Problems listed in one answer. */
    static final int PROBLEMS = 100;

    /** What a client waits for a change. */
    static final Duration CHANGE = Duration.ofSeconds(10);

    /** What a client waits for a snapshot: at a slow disk's 2 MB/s, half a gigabyte. */
    static final Duration SNAPSHOT = Duration.ofMinutes(4);

    /** When to come again after "never proposed": an election takes about that long. */
    static final int RETRY_AFTER_SECONDS = 2;

    /** Characters of an Idempotency-Key. */
    static final int IDEMPOTENCY_KEY = 255;

    /** TTL of records that are made for the client, as PowerDNS' {@code default-ttl}. */
    static final long DEFAULT_TTL_SECONDS = 3_600;

    /** How much of a body that is too large is read and thrown away, so that its sender reads the reply: twice the largest file. */
    static final long DISCARD_BYTES = 1L << 30;

    private AdminLimits() {}
}
