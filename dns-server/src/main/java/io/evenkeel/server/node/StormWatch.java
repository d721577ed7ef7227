package io.evenkeel.server.node;

import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.server.limits.DistinctClients;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/*
 * Repeats alone are no storm: devices behind one NAT repeat each other's questions all day. A queue alone is none either: a burst, or
 * a pause of this machine, passes. Both together feed each other: who gets no answer in time asks again, and what is asked again keeps
 * others from their answers.
 */

/**
 * Finds that clients ask again because they get no answers. {@link #observe} from one thread about every second, the rest from any.
 */
public final class StormWatch {
    private static final Journal JOURNAL = new Journal(LoggerFactory.getLogger(StormWatch.class));

    private static final int WINDOW_SECONDS = 10;
    /** Fewer questions say nothing of a share. */
    private static final int LEAST_QUESTIONS = 100;

    /** Of the share of repeats, above the usual one. */
    private static final double BEGINS = 0.05;

    private static final double ENDS = 0.025;
    /** Of the time-out, that one of a hundred questions waits at least. */
    private static final double LATE_SHARE = 0.1;

    private static final double LATE_QUANTILE = 0.01;
    /** Seconds of a calm minute in which a burst or a pause of the machine may have made a queue. */
    private static final int MOST_CROWDED = 5;

    private static final int SECONDS_TO_BEGIN = 3;
    private static final int SECONDS_TO_END = 30;

    private final Supplier<QueryCounters> counters;
    private final double lateSeconds;
    private final DistinctClients clients;
    private final CalmShare calm;
    private final LongSupplier clock;

    /** Sums of the last seconds; the present one is the last. */
    private final Deque<Sums> window = new ArrayDeque<>();

    private Sums minute;
    /** Of the present minute. */
    private int crowdedSeconds;

    private int stormySeconds;
    private int calmSeconds;
    private long sinceNanos;
    private volatile State state = new State(false, 0, 0);

    private record Sums(long nanos, long counted, long repeated, long waits, long late, long drops) {}

    /**
     * How it is.
     *
     * @param storm whether there is one
     * @param repeated share of the questions of the last seconds that were asked again, 0 to 1; 0 where too few came to tell
     * @param clients different ones in the last full minute, about
     */
    public record State(boolean storm, double repeated, long clients) {}

    /**
     * @param counters sums of all loops
     * @param clientTimeout after which clients ask again
     * @param clients of the questions that are counted
     */
    public StormWatch(
            Supplier<QueryCounters> counters, Duration clientTimeout, DistinctClients clients, CalmShare calm) {
        this(counters, clientTimeout, clients, calm, System::nanoTime);
    }

    StormWatch(
            Supplier<QueryCounters> counters,
            Duration clientTimeout,
            DistinctClients clients,
            CalmShare calm,
            LongSupplier clock) {
        this.counters = counters;
        this.lateSeconds = LATE_SHARE * clientTimeout.toNanos() / 1e9;
        this.clients = clients;
        this.calm = calm;
        this.clock = clock;
        this.minute = look();
        window.add(minute);
    }

    /** How it is. */
    public State state() {
        return state;
    }

    /** The share of repeats in calm times, 0 to 1. */
    public double usual() {
        return calm.share();
    }

    /** Writes down what calm is, if that has changed; to be called every few minutes. May block; one thread. */
    public void keep() {
        calm.keep();
    }

    /** A line for people while there is a storm, else empty. */
    public String reason() {
        State present = state;
        return present.storm()
                ? "storm: " + percent(present.repeated()) + " of the questions are asked again, in calm times "
                        + percent(calm.share())
                : "";
    }

    /** Looks at the counters. */
    public void observe() {
        Sums before = window.getLast();
        Sums now = look();
        window.add(now);
        while (window.size() > WINDOW_SECONDS + 1) {
            window.remove();
        }
        double repeated = repeated(window.getFirst(), now);
        boolean crowded = now.drops() > before.drops()
                || now.late() - before.late() > LATE_QUANTILE * (now.waits() - before.waits());
        double above = repeated - calm.share();
        stormySeconds = crowded && above >= BEGINS ? stormySeconds + 1 : 0;
        calmSeconds = crowded && above >= ENDS ? 0 : calmSeconds + 1;
        boolean storm = state.storm() ? calmSeconds < SECONDS_TO_END : stormySeconds >= SECONDS_TO_BEGIN;
        crowdedSeconds += storm ? MOST_CROWDED + 1 : crowded ? 1 : 0;
        long clientsOfMinute = state.clients();
        if (now.nanos() - minute.nanos() >= Duration.ofMinutes(1).toNanos()) {
            clientsOfMinute = clients.turn();
            if (crowdedSeconds <= MOST_CROWDED && now.counted() - minute.counted() >= LEAST_QUESTIONS) {
                calm.add(repeated(minute, now));
            }
            minute = now;
            crowdedSeconds = 0;
        }
        boolean was = state.storm();
        state = new State(storm, repeated, clientsOfMinute);
        if (storm != was) {
            say(now);
        }
    }

    private void say(Sums now) {
        if (state.storm()) {
            sinceNanos = now.nanos();
            JOURNAL.warn(
                    Kind.STORM,
                    "A storm: " + percent(state.repeated())
                            + " of the questions are asked again since their clients got no answer in time, in calm times "
                            + percent(calm.share()) + "; about " + state.clients()
                            + " clients. This node answers all that it can and drops what has waited too long. A restart, or"
                            + " moving its load to others that are as full, makes it worse",
                    "storm",
                    true,
                    "repeated",
                    state.repeated(),
                    "clients",
                    state.clients());
        } else {
            long seconds = (now.nanos() - sinceNanos) / 1_000_000_000;
            JOURNAL.info(Kind.STORM, "The storm is over after " + seconds + " s", "storm", false, "seconds", seconds);
        }
    }

    private static double repeated(Sums from, Sums to) {
        long counted = to.counted() - from.counted();
        return counted < LEAST_QUESTIONS ? 0 : (double) (to.repeated() - from.repeated()) / counted;
    }

    private Sums look() {
        QueryCounters sum = counters.get();
        long waits = 0;
        long late = 0;
        // Where datagrams bring no stamp, the oldest of each read stands for all of them.
        boolean stamped = sum.waitedNanos() > 0;
        for (int i = 0; i < QueryCounters.WAIT_CLASSES; i++) {
            long count = stamped ? sum.waits(i) : sum.oldestWaits(i);
            waits += count;
            late += i > 0 && QueryCounters.longestWait(i - 1) >= lateSeconds ? count : 0;
        }
        long drops = sum.drops(DropReason.STALE) + sum.drops(DropReason.OVERFLOW) + sum.lost();
        return new Sums(clock.getAsLong(), sum.counted(), sum.repeated(), waits, late, drops);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
