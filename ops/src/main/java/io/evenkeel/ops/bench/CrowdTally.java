package io.evenkeel.ops.bench;

import io.evenkeel.ops.bench.Delays.Percentile;

/** What a crowd has counted so far; see {@link CrowdCounts}. One thread. */
final class CrowdTally {
    long retries;
    long late;
    long timedOut;
    long refused;
    long unexpected;

    private long sent;
    private final AnswerTally answered = new AnswerTally();
    private final Delays lags = new Delays();

    void sent(long lagNanos) {
        sent++;
        lags.add(lagNanos);
    }

    void answered(int rcode, long latencyNanos) {
        answered.add(rcode, latencyNanos);
    }

    void add(CrowdTally other) {
        sent += other.sent;
        retries += other.retries;
        late += other.late;
        timedOut += other.timedOut;
        refused += other.refused;
        unexpected += other.unexpected;
        answered.add(other.answered);
        lags.add(other.lags);
    }

    void clear() {
        sent = retries = late = timedOut = refused = unexpected = 0;
        answered.clear();
        lags.clear();
    }

    CrowdCounts counts(double seconds, int waiting) {
        return new CrowdCounts(
                seconds,
                sent,
                retries,
                answered.count(),
                answered.rcodes(),
                late,
                timedOut,
                refused,
                unexpected,
                waiting,
                answered.latencyMicros(Percentile.P50, Percentile.P99, Percentile.MAX),
                lags.in(Delays.MILLIS, Percentile.P99, Percentile.MAX));
    }
}
