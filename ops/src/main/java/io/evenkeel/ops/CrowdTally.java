package io.evenkeel.ops;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What a crowd has counted so far; see {@link CrowdCounts}. One thread. */
final class CrowdTally {
    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_MILLI = 1e6;

    long retries;
    long late;
    long timedOut;
    long refused;
    long unexpected;

    private long sent;
    private long answers;
    private final long[] rcodes = new long[16];
    private final Histogram latencies = new Histogram(LONGEST_NANOS, DIGITS);
    private final Histogram lags = new Histogram(LONGEST_NANOS, DIGITS);

    void sent(long lagNanos) {
        sent++;
        lags.recordValue(Math.clamp(lagNanos, 0, LONGEST_NANOS));
    }

    void answered(int rcode, long latencyNanos) {
        answers++;
        rcodes[rcode]++;
        latencies.recordValue(Math.clamp(latencyNanos, 0, LONGEST_NANOS));
    }

    void add(CrowdTally other) {
        sent += other.sent;
        retries += other.retries;
        answers += other.answers;
        late += other.late;
        timedOut += other.timedOut;
        refused += other.refused;
        unexpected += other.unexpected;
        for (int i = 0; i < rcodes.length; i++) {
            rcodes[i] += other.rcodes[i];
        }
        latencies.add(other.latencies);
        lags.add(other.lags);
    }

    void clear() {
        sent = retries = answers = late = timedOut = refused = unexpected = 0;
        Arrays.fill(rcodes, 0);
        latencies.reset();
        lags.reset();
    }

    CrowdCounts counts(double seconds, int waiting) {
        Map<String, Double> latency = new LinkedHashMap<>();
        if (answers > 0) {
            latency.put("p50", value(latencies, 50, NANOS_PER_MICRO));
            latency.put("p99", value(latencies, 99, NANOS_PER_MICRO));
            latency.put("max", value(latencies, 100, NANOS_PER_MICRO));
        }
        Map<String, Double> lag = new LinkedHashMap<>();
        if (sent > 0) {
            lag.put("p99", value(lags, 99, NANOS_PER_MILLI));
            lag.put("max", value(lags, 100, NANOS_PER_MILLI));
        }
        return new CrowdCounts(
                seconds,
                sent,
                retries,
                answers,
                BenchTally.byName(rcodes),
                late,
                timedOut,
                refused,
                unexpected,
                waiting,
                latency,
                lag);
    }

    private static double value(Histogram histogram, double percentile, double unit) {
        return BenchTally.round(histogram.getValueAtPercentile(percentile) / unit, 10);
    }
}
