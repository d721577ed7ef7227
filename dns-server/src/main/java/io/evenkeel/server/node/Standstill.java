package io.evenkeel.server.node;

import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import java.time.Duration;
import org.slf4j.LoggerFactory;

/*
 * A process that was stopped (or whose machine was, where its monotonic clock goes on meanwhile) answers from old zones as soon
 * as it goes on: which of its threads goes on first is chance. So an answering loop compares the time of the last look with the
 * clock by itself. The look that finds that it comes late notes first that nothing is confirmed, and then its time: there is no
 * moment at which a loop sees neither.
 */

/** Knows that this process stood still, and may have missed changes, until the cluster has shown that none is missing. */
public final class Standstill {
    private static final Journal JOURNAL = new Journal(LoggerFactory.getLogger(Standstill.class));

    /** How often {@link #look} is to be called. */
    public static final Duration EVERY = Duration.ofMillis(100);

    /**
     * A look that comes so long after the one before was kept from the processor with all else of the process. Longer than a
     * full collection of a large heap or a neighbour's burst; the zones may be as much older than the newest at any time.
     */
    static final Duration LATE = Duration.ofSeconds(2);

    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    private final Time time;
    private volatile long lookedNanos;
    private volatile boolean unconfirmed;
    /** When a look last came late; written by the thread that looks, as is the next. */
    private volatile long foundNanos;

    private boolean begun;

    /** On the machine's clock. */
    public Standstill() {
        this(Time.SYSTEM);
    }

    Standstill(Time time) {
        this.time = time;
        this.lookedNanos = time.nanos();
    }

    /** Whether zones may be older than they would be if this process had not stood still. Takes one look at the clock. */
    public boolean isStale() {
        return time.nanos() - lookedNanos > LATE.toNanos() || unconfirmed;
    }

    /** One line for people; empty unless it stood still and nothing is confirmed since. */
    public String reason() {
        return isStale()
                ? "the process stood still, and a majority has not confirmed since that its zones are the newest"
                : "";
    }

    /** Looks at the clock. One thread, which does nothing that can take long. */
    public void look() {
        long now = time.nanos();
        long gap = now - lookedNanos;
        if (begun && gap > LATE.toNanos()) {
            foundNanos = now;
            unconfirmed = true;
            double seconds = Duration.ofNanos(gap).toMillis() / 1e3;
            JOURNAL.warn(
                    Kind.STALE,
                    "This process stood still for " + seconds
                            + " s: its zones may be old, and are answered as stale until a majority has confirmed them",
                    "stale",
                    true,
                    "seconds",
                    seconds);
        }
        begun = true;
        lookedNanos = now;
    }

    /** Says whether all that was committed when it was asked is here; returns after so long at most. */
    public interface Majority {
        boolean confirms(Duration atMost) throws InterruptedException;
    }

    /** Asks, if that is needed; returns after seconds at most. One thread. */
    public void confirm(Majority majority) throws InterruptedException {
        long before = foundNanos;
        if (unconfirmed && majority.confirms(ATTEMPT) && foundNanos == before) {
            unconfirmed = false;
            JOURNAL.info(
                    Kind.STALE, "A majority has confirmed the zones since this process stood still", "stale", false);
        }
    }
}
