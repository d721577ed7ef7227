package io.evenkeel.server.admin;

import java.time.Duration;

/** Every bound of this package, with its reason. */
final class AdminLimits {
    /** Requests with a key in work; more are told to come again. Each may hold a JSON body and a whole zone. */
    static final int REQUESTS = 128;

    /** Requests of open routes in work, beside the others: some load balancers and scrapers, each asking about once a second. */
    static final int OPEN_REQUESTS = 32;

    /**
     * Open connections of a port: several times the requests that may be in work, so that there is always one that gives up its
     * place for a new one. A waiting one takes some kilobytes.
     */
    static final int CONNECTIONS = 512;

    /** Of these from one address: a proxy, a NAT, or the bridge of a container engine, with all whom it brings. */
    static final int ADDRESS_CONNECTIONS = 128;

    /** The same of a loopback address, where tools, proxies and forwarded ports come from, and all requests with a key. */
    static final int LOOPBACK_CONNECTIONS = 384;

    /**
     * Connections that the kernel keeps until they are accepted: half a second of a flood on a busy machine. A client that is dropped there tries
     * again after a second, and one that waits behind more of them has given up when it is accepted.
     */
    static final int BACKLOG = 2048;

    /** Connections that are accepted before those that are there have their turn; fewer than one address may have, so that none is closed unheard. */
    static final int ACCEPTS = 64;

    /** A pause of accepting when the process has no descriptors left. */
    static final long ACCEPT_PAUSE_MILLIS = 200;

    /** From the accept of a connection, or the first octet of its next request, to the end of the header: a packet or two, sent again twice. */
    static final Duration HEADER = Duration.ofSeconds(5);

    /** Between two requests: above the usual interval of scrapes and probes. */
    static final Duration IDLE = Duration.ofSeconds(30);

    /** A client that a node has waited for so long in all without {@link #PROGRESS_BYTES} is too slow: below 26 kB/s. */
    static final Duration PROGRESS_WINDOW = Duration.ofSeconds(20);

    /** What a body must bring, or a reply take, for each such window: a quarter of what a slow line of 100 kB/s does. */
    static final long PROGRESS_BYTES = 512 << 10;

    /**
     * So long a client may take for all of a reply, as long as it keeps to that rate: a megabyte a second gets 900 MB. Whoever takes less
     * would keep for hours the version of the zones with which the reply has begun.
     */
    static final Duration REPLY = Duration.ofMinutes(15);

    /** How long a client is heard out after the last reply, so that it can read it. */
    static final Duration LINGER = Duration.ofSeconds(2);

    /** Octets that are read and thrown away in that time. */
    static final long LINGER_BYTES = 16 << 20;

    /** How often connections are looked at. */
    static final long SWEEP_MILLIS = 250;

    /** Octets of one read; bounds what one client brings before another has its turn. */
    static final int READ_BYTES = 16 << 10;

    /** Octets of a body that wait for their handler, or of a reply that wait for their client, before the other side waits. */
    static final int QUEUED_BYTES = 64 << 10;

    /** Octets of a chunk of a reply; shorter replies are sent with their length. */
    static final int CHUNK_BYTES = 32 << 10;

    /** Requests and parts of them that wait behind the one in work; a client that sends more ahead is cut. */
    static final int PIPELINED = 32;

    /** A port's thread that has not looked at its connections for so long hangs: forty looks, and longer than a busy machine keeps it from the processor. */
    static final Duration HANGS = Duration.ofSeconds(10);

    /** Whoever looks for that each second, and comes later than this after the time before, cannot tell: the process may have stood still, or a disk. */
    static final Duration LATE = Duration.ofSeconds(3);

    /** What the end of a port may take. */
    static final long STOP_MILLIS = 1_000;

    /** Octets of all header lines: an API key, a few conditions. */
    static final int HEADER_BYTES = 16 << 10;

    /** A JSON body: some 40,000 records; larger zones come as master files. */
    static final int JSON_BYTES = 4 << 20;

    /** A master file: five million records of a hundred octets. */
    static final long FILE_BYTES = 512L << 20;

    /** A body up to this size, or an answer out of so much, takes no share of the memory for requests: the largest number of such at one time takes 25 MiB. */
    static final int SMALL_BODY_BYTES = 16 << 10;

    /** Octets of heap for an octet of a JSON body: itself, the tree of it, the records made of that. An estimate, on the safe side, for records of one line. */
    static final int JSON_GROWTH = 14;

    /** Octets of heap for an octet of a JSON body that is a master file in a string: itself, its text, and that in pieces. */
    static final int TEXT_GROWTH = 4;

    /** Octets of heap for a record of a master file beside its wire form: its line, its place, and the keys to sort by. */
    static final int RECORD_BYTES = 110;

    /**
     * Octets of heap that an answer takes at most which is written piece by piece: {@link #ANSWER_BUFFERS}, and the largest RRset
     * with its text, which is up to four times as long, as that grows, and as it is read back or put into quotes.
     */
    static final int ANSWER_BYTES = 2 << 20;

    /** Of these, what waits for the client and what JSON is written into. */
    static final int ANSWER_BUFFERS = 256 << 10;

    /** Octets of heap for an octet of the records, where these are few; of records of no more than {@link #SMALL_BODY_BYTES} none are counted. */
    static final int ANSWER_GROWTH = 28;

    /** Octets of heap for a zone in a list that is written piece by piece: its place in this, and in one to sort it by. */
    static final int LISTED_BYTES = 16;

    /** Octets of heap for what all threads do; a node has some dozens. */
    static final int THREADS_BYTES = 2 << 20;

    /** Octets of heap for a look at the sample of questions: one loop's of 0.6 MB at a time, and the counters. */
    static final int TOP_BYTES = 1 << 20;

    /** What a request waits for memory that others have: longer than most of them take. */
    static final Duration WORK_MEMORY = Duration.ofSeconds(5);

    /** How often it looks meanwhile whether an import has given some back. */
    static final Duration WORK_MEMORY_LOOK = Duration.ofMillis(250);

    /** Master files on their way in; each is spooled to disk and then parsed in memory. */
    static final int IMPORTS = 2;

    /** With less the disk counts as full for a master file: so much is written at once, and file systems keep a little back. */
    static final long SPOOL_FREE_BYTES = 1 << 20;

    /** RRsets in one request; what does not fit belongs into a replacement of the zone. */
    static final int RRSETS = 10_000;

    /** Problems listed in one answer. */
    static final int PROBLEMS = 100;

    /** Searches at a time: each keeps a processor busy until it has read all zones. */
    static final int SEARCHES = 1;

    /** What a search may take: some ten million records, and less than clients wait. */
    static final Duration SEARCH = Duration.ofSeconds(15);

    /** Records between two looks at the clock. */
    static final int SEARCH_STEP = 1_000;

    /** Hits of a search that does not say how many it wants, as in PowerDNS. */
    static final int SEARCH_DEFAULT = 100;

    /** Hits of a search: more than anybody reads. */
    static final int SEARCH_HITS = 10_000;

    /** Characters of all hits of a search, which are held until it is answered. */
    static final int SEARCH_CHARS = 4 << 20;

    /** Octets of heap for a hit beside its text: its record, and its place. */
    static final int SEARCH_HIT_BYTES = 512;

    /** Characters of what is searched for: the longest name, with escapes. */
    static final int PATTERN_CHARS = 1_024;

    /** Characters of a prefix in a request: any IPv6 address with its length, and none that goes on for megabytes. */
    static final int PREFIX_CHARS = 60;

    /** Characters of a refused value that the refusal repeats. */
    static final int SHOWN_CHARS = 60;

    /** So long a node that has limits set waits until it has them itself; then it says that it lags. */
    static final Duration LIMITS_SHOWN = Duration.ofSeconds(5);

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

    /** Events of the journal in an answer to a client that names no number. */
    static final int EVENTS = 100;

    /** Octets of heap for one of them: of two kilobytes of text at most, as a tree. */
    static final int EVENT_BYTES = 8 << 10;

    /** Changes in one page of the history, or versions in a list. */
    static final int CHANGES = 1_000;

    /** The same where a client does not say how many it wants. */
    static final int CHANGES_DEFAULT = 100;

    /** Octets of the changes in one page, after the first: some megabytes of JSON, which clients read into memory. */
    static final int CHANGES_BYTES = 1 << 20;

    /** Records that each of them removes, or adds, in an answer; its numbers tell how many there are. */
    static final int CHANGE_RECORDS = 100_000;

    /** The same where a client does not say how many it wants. */
    static final int CHANGE_RECORDS_DEFAULT = 1_000;

    /** Octets of heap for one of them beside what it removes and adds. */
    static final int CHANGE_BYTES = 64;

    /** RRsets that a way back edits; one that changes more replaces the zone. */
    static final int UNDONE_RRSETS = 1_000;

    /** Octets of records in these: half of a command. */
    static final int UNDONE_BYTES = 512 << 10;

    /** Octets of heap for an octet of the changes that are undone: records as objects, with their octets to be found by. */
    static final int UNDONE_GROWTH = 20;

    /** Octets of heap for an octet of a zone that is put as a whole: its records, and these in order. */
    static final int PUT_GROWTH = 4;

    private AdminLimits() {}
}
