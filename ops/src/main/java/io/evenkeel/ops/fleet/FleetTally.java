package io.evenkeel.ops.fleet;

import io.evenkeel.ops.fleet.Delays.Percentile;

/** What was counted of a group, of a node or of all; see {@link FleetCounts.Part}. One thread. */
final class FleetTally {
    long sent;
    long first;
    long firstAnswered;
    long firstInVain;
    long accepted;
    long late;
    long timedOut;
    long refused;
    long unexpected;
    long truncated;
    long tcp;
    long tcpRefused;
    long lost;
    long failed;

    private long calls;
    private long prompt;
    private final AnswerTally responses = new AnswerTally();
    private final Delays successes = new Delays();
    /** From sending to answer. */
    private final Delays firstTries = new Delays(2);

    void response(int rcode, long latencyNanos) {
        responses.add(rcode, latencyNanos);
    }

    /** It was answered. */
    void firstTry(long nanos) {
        firstAnswered++;
        firstTries.add(nanos);
    }

    /** A call home has come to its end, in so long, and was prompt if that was no more than the bar. */
    void success(long nanos, long barNanos) {
        calls++;
        prompt += nanos <= barNanos ? 1 : 0;
        successes.add(nanos);
    }

    void add(FleetTally other) {
        sent += other.sent;
        first += other.first;
        firstAnswered += other.firstAnswered;
        firstInVain += other.firstInVain;
        accepted += other.accepted;
        late += other.late;
        timedOut += other.timedOut;
        refused += other.refused;
        unexpected += other.unexpected;
        truncated += other.truncated;
        tcp += other.tcp;
        tcpRefused += other.tcpRefused;
        lost += other.lost;
        failed += other.failed;
        calls += other.calls;
        prompt += other.prompt;
        responses.add(other.responses);
        successes.add(other.successes);
        firstTries.add(other.firstTries);
    }

    void clear() {
        sent = first = firstAnswered = firstInVain = accepted = late = timedOut = refused = unexpected = 0;
        truncated = tcp = tcpRefused = lost = failed = calls = prompt = 0;
        responses.clear();
        successes.clear();
        firstTries.clear();
    }

    FleetCounts.Part counts(String name, int waiting, double needed) {
        return new FleetCounts.Part(
                name,
                waiting,
                sent,
                Delays.round(sent / needed, 1000),
                first,
                firstAnswered,
                firstInVain,
                accepted,
                responses.count(),
                responses.rcodes(),
                late,
                timedOut,
                refused,
                unexpected,
                truncated,
                tcp,
                tcpRefused,
                lost,
                failed,
                calls,
                prompt,
                responses.latencyMicros(Percentile.P50, Percentile.P99, Percentile.MAX),
                successes.in(Delays.MILLIS, Percentile.P50, Percentile.P99, Percentile.MAX),
                firstTries.copy());
    }
}
