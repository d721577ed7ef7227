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
    /** Between two tries of a device that is told at once that nobody listens: it would ask as fast as that comes back. */
    static final Duration CROWD_REFUSED = Duration.ofMillis(10);
    /** Of all devices together, in a second: with more, telling a closed port would take all that the thread has. */
    static final int CROWD_REFUSED_RATE = 50_000;

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
