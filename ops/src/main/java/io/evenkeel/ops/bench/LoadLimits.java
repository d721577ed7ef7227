package io.evenkeel.ops.bench;

import io.evenkeel.ops.verb.CommandFailure;
import java.time.Duration;

/** Bounds of {@code bench} and {@code crowd}, each with its reason. */
final class LoadLimits {
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
    /** Devices of `crowd`: one thread asks for no more in time, and they fill a tenth of the launcher's heap. */
    static final int CROWD_DEVICES = 200_000;
    /** Servers of one crowd: more than a cluster has members. */
    static final int CROWD_SERVERS = 64;
    /** Sockets of `crowd`: above any use, below what a process may have open on most machines. */
    static final int CROWD_SOCKETS = 16_384;
    /** Of one socket: leaves six bits of an ID to tell the tries of a device apart. */
    static final int CROWD_DEVICES_PER_SOCKET = 1024;
    /** A try shorter than ten ticks of the wheel would not end in time. */
    static final Duration CROWD_LEAST_TIMEOUT = Duration.ofMillis(10);
    /** No client waits longer. */
    static final Duration CROWD_TIMEOUT = Duration.ofMinutes(1);
    /** Below it is no pause. */
    static final Duration CROWD_LEAST_PAUSE = Duration.ofMillis(10);
    /** Above it nobody would see a device ask twice. */
    static final Duration CROWD_PAUSE = Duration.ofHours(1);
    /** Load ends by itself. */
    static final int CROWD_SECONDS = 3600;
    /** Between two tries of a device that is told at once that nobody listens: it would ask as fast as that comes back. */
    static final Duration CROWD_REFUSED = Duration.ofMillis(10);
    /** Of all devices together, in a second: with more, telling a closed port would take all that the thread has. */
    static final int CROWD_REFUSED_RATE = 50_000;
    /** How late its 99th percentile of questions may go out: above, the machine is too slow for the crowd. */
    static final Duration CROWD_LAG = Duration.ofMillis(10);
    /** It ends within a turn and prints a few lines. */
    static final Duration CROWD_END = Duration.ofSeconds(5);
    /** The rest of the process: the JVM's own files. */
    static final int CROWD_OTHER_FILES = 128;

    /** A usage error that names the option and its bounds, unless the value is within them. */
    static void check(String option, double value, double least, double most) throws CommandFailure {
        if (!(value >= least && value <= most)) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s wants %s to %s, not %s".formatted(option, plain(least), plain(most), plain(value)));
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? "%.0f".formatted(value) : Double.toString(value);
    }

    private LoadLimits() {}
}
