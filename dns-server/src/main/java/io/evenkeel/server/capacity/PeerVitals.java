package io.evenkeel.server.capacity;

import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Vitals;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks every other member for its vitals, each second anew, in calm and in a crisis. A member that hangs has one question on its way
 * and holds nobody up: each has a virtual thread of its own, for as long as one question takes. Any thread.
 */
final class PeerVitals {
    /** What is older says nothing about now. */
    static final Duration FRESH = Duration.ofSeconds(5);

    /** For one answer. */
    static final Duration ANSWER = Duration.ofSeconds(1);

    /** A member whose release does not know the question is asked so seldom: it counts each as not understood. */
    static final Duration OLDER_AGAIN = Duration.ofMinutes(1);

    private final Asking asking;
    private final Daemons daemons;
    private final Time time;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /** Asks one member; within the time, or a little more where it must be connected to first. */
    interface Asking {
        Outcome<Vitals> ask(String member, Duration atMost) throws InterruptedException;
    }

    /**
     * What came of the last question that was answered in some way.
     *
     * @param vitals null: its release does not know them
     * @param tookNanos from the question to the answer
     */
    record Heard(@Nullable Vitals vitals, long atNanos, long tookNanos) {}

    /** @param daemons of this node, for the threads that ask */
    PeerVitals(Asking asking, Daemons daemons) {
        this.asking = asking;
        this.daemons = daemons;
        this.time = daemons.time();
    }

    /** Begins to ask those whose last question is over. */
    void round(Set<String> others) {
        heard.keySet().retainAll(others);
        for (String member : others) {
            Heard last = heard.get(member);
            boolean older = last != null && last.vitals == null && time.nanos() - last.atNanos < OLDER_AGAIN.toNanos();
            if (!older && underWay.add(member)) {
                daemons.virtual("vitals", "vitals-" + member, Daemon.OnFault.GIVE_UP, () -> ask(member))
                        .start();
            }
        }
    }

    private void ask(String member) throws InterruptedException {
        try {
            long began = time.nanos();
            Outcome<Vitals> outcome = asking.ask(member, ANSWER);
            long now = time.nanos();
            if (outcome instanceof Outcome.Done<Vitals>(Vitals vitals)) {
                heard.put(member, new Heard(vitals, now, now - began));
            } else if (outcome instanceof Outcome.Refused<Vitals>) {
                heard.put(member, new Heard(null, now, now - began));
            }
        } finally {
            underWay.remove(member);
        }
    }

    /** The last word of a member, however old; null: none so far. */
    @Nullable
    Heard last(String member) {
        return heard.get(member);
    }

    /** Whether that was a moment ago. */
    boolean isFresh(Heard word) {
        Duration kept = word.vitals == null ? OLDER_AGAIN.plus(FRESH) : FRESH;
        return time.nanos() - word.atNanos < kept.toNanos();
    }
}
