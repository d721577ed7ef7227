package io.evenkeel.ops;

import java.time.Duration;

/** Every bound of the command line, with its reason. */
final class Limits {
    /** A node on this machine accepts at once or is not there; a far one within a round trip or two. */
    static final Duration CONNECT = Duration.ofSeconds(2);
    /** Whether a node is there and open; asked of each node in turn, so short. */
    static final Duration PROBE = Duration.ofSeconds(2);
    /** Above the server's own 10 s for a change, so that its answer and not our impatience decides. */
    static final Duration REQUEST = Duration.ofSeconds(20);
    /** A zone of millions of records, sent, checked and committed in parts. */
    static final Duration IMPORT = Duration.ofMinutes(15);
    /** How long a change with unknown outcome is asked for again. */
    static final Duration FOLLOW = Duration.ofSeconds(20);
    /** Above the 15 s that a node tries, and once more as long on the leader. */
    static final Duration MEMBER_CHANGE = Duration.ofSeconds(60);
    /** Between two looks at how far a node has come. */
    static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    /** Several times what three nodes need to found a cluster on two busy cores. */
    static final Duration OPEN = Duration.ofMinutes(2);
    /** A node answers on while draining and then writes nothing big; after this it is taken for hung and killed. */
    static final Duration STOP = Duration.ofSeconds(20);
    /** The kernel takes a killed process away at once; after this it sits in an uninterruptible call. */
    static final Duration KILL = Duration.ofSeconds(5);
    /** Below this a Raft log and two snapshots of small zones may not fit. */
    static final long FREE_DISK_BYTES = 256L << 20;
    /** An answer of the admin API that is read into memory, where it takes ten times as much; exports are streamed. */
    static final int BODY_BYTES = 16 << 20;
    /** Lines of a zone file that are read to find its origin; the SOA stands near the top. */
    static final int ORIGIN_LINES = 10_000;
    /** What is read of a node's error output to find its last line. */
    static final int ERROR_TAIL_BYTES = 16 << 10;

    /** What is told of an image build that failed. */
    static final int BUILD_TAIL_LINES = 30;

    /** Questions that `bench` reads from a file: with their messages they fill half of the launcher's heap. */
    static final int BENCH_QUESTIONS = 1_000_000;
    /** Sockets of `bench`: each keeps 1.6 MB of books, and each is looked at in every turn. */
    static final int BENCH_SOCKETS = 64;
    /** Open questions on one socket: half of all IDs, so that late answers are known for what they are. */
    static final int BENCH_OUTSTANDING_PER_SOCKET = 32_768;
    /** Questions a second: more than one thread can ask. */
    static final int BENCH_RATE = 10_000_000;
    /** More than an hour at that rate. */
    static final double BENCH_COUNT = 1e12;
    /** An hour, the longest latency that is told apart. */
    static final int BENCH_SECONDS = 3600;
    /** How long `bench` waits for an answer: no client waits longer. */
    static final int BENCH_TIMEOUT_MILLIS = 60_000;

    private Limits() {}
}
