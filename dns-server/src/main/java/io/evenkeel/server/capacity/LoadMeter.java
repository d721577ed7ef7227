package io.evenkeel.server.capacity;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import java.util.Collection;

/** Rates of questions over the last seconds, from the counters of all loops. One thread observes, every second; any thread reads. */
final class LoadMeter {
    /** Seconds that are remembered. */
    static final int MINUTE = 60;

    private static final double SECOND = 1e9;

    private final long[] nanos = new long[MINUTE + 1];
    private final long[] answered = new long[MINUTE + 1];
    private final long[] dropped = new long[MINUTE + 1];
    private int samples;
    private volatile Rates rates = new Rates(0, 0);

    /**
     * Questions a second.
     *
     * @param answered over the last minute
     * @param dropped over the last minute: left unanswered, or lost in the kernel
     */
    record Rates(double answered, double dropped) {
        double load() {
            return answered + dropped;
        }
    }

    /** Takes a sample. */
    void observe(long now, Collection<QueryCounters> loops) {
        QueryCounters sum = QueryCounters.sum(loops);
        observe(now, answers(sum), unanswered(sum));
    }

    /** Of a sum over loops: questions that the node left unanswered, or its kernel had no room for. */
    static long unanswered(QueryCounters sum) {
        long unanswered = sum.lost();
        for (DropReason reason : DropReason.values()) {
            unanswered += isQuestion(reason) ? sum.drops(reason) : 0;
        }
        return unanswered;
    }

    /** Of a sum over loops, without those to probes. */
    static long answers(QueryCounters sum) {
        long answers = 0;
        for (Transport transport : Transport.values()) {
            for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
                answers += sum.responses(transport, rcode);
            }
        }
        return answers;
    }

    /** Whether this node would have had to answer what it dropped so. */
    private static boolean isQuestion(DropReason reason) {
        return reason != DropReason.GATE
                && reason != DropReason.MALFORMED
                && reason != DropReason.RESPONSE
                && reason != DropReason.SHORT;
    }

    void observe(long now, long answeredSoFar, long droppedSoFar) {
        int at = samples % nanos.length;
        nanos[at] = now;
        answered[at] = answeredSoFar;
        dropped[at] = droppedSoFar;
        samples++;
        int minute = (samples - 1 - Math.min(MINUTE, samples - 1)) % nanos.length;
        double seconds = Math.max(1, (now - nanos[minute]) / SECOND);
        rates = new Rates((answeredSoFar - answered[minute]) / seconds, (droppedSoFar - dropped[minute]) / seconds);
    }

    /** As of the last sample. */
    Rates rates() {
        return rates;
    }
}
