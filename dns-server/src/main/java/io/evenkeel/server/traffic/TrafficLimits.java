package io.evenkeel.server.traffic;

import java.time.Duration;

/** Every bound of this package, with its reason. */
public final class TrafficLimits {
    /** Questions of the sample that a loop keeps, 0.6 MB: at {@link #SAMPLES} those of the last half minute, in calm times of hours. */
    static final int RING = 2_048;

    /** Questions that a loop samples a second, about; with more it takes one of twice as many. A sample costs some hundred nanoseconds. */
    static final int SAMPLES = 64;

    /** The least share that is sampled is one of so many: at a million questions a second a loop then samples a thousand. */
    static final int MOST_SKIPPED = 1_024;

    /** Names and clients that are counted while what is most frequent is looked for: what is above 1/256 of all is among them. */
    static final int COUNTERS = 256;

    /** Rows of each table that is shown. */
    public static final int MOST_ROWS = 100;

    /** Seconds of the sample that are looked at. */
    public static final int MOST_SECONDS = 3_600;

    /** Octets that wait for the disk, of a loop in a capture: what it takes in 10 ms at 200,000 questions and answers of 250 octets each a second. */
    static final int QUEUE_BYTES = 1 << 19;

    /** Octets that are written to the file at once; a question and its answer over TCP fit. */
    static final int BUFFER_BYTES = 1 << 18;

    /** Between two looks at queues that were empty: a loop fills none in that time. */
    static final Duration PAUSE = Duration.ofMillis(2);

    /** How long a capture lasts if nobody says. */
    public static final Duration CAPTURE = Duration.ofSeconds(60);

    /** The longest: whoever wants more has forgotten it. */
    public static final Duration MOST_CAPTURE = Duration.ofHours(1);

    /** How large the file of a capture gets if nobody says. */
    public static final long CAPTURE_BYTES = 64L << 20;

    /** The smallest file that is asked for: a few hundred messages. */
    public static final long LEAST_CAPTURE_BYTES = 64L << 10;

    /** The largest. */
    public static final long MOST_CAPTURE_BYTES = 1L << 30;

    /** Files that are kept: a capture that begins deletes the oldest beyond these. */
    static final int FILES = 8;

    /** What a capture leaves free on the disk: the log of changes and its snapshots need it. */
    static final long FREE_BYTES = 512L << 20;

    /** Between two looks at the free space. */
    static final Duration LOOK = Duration.ofSeconds(1);

    /** What is waited for the end of a capture that was told to stop: a disk that takes longer is as good as gone. */
    static final Duration STOP = Duration.ofSeconds(5);

    private TrafficLimits() {}
}
