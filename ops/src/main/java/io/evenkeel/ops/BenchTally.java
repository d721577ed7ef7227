package io.evenkeel.ops;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.xbill.DNS.Rcode;

/** What has come of a run so far. One thread. */
final class BenchTally {
    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    /** Questions that went out. */
    long sent;
    /** Answers in time to a question that was asked. */
    long answers;
    /** Questions without an answer in time. */
    long lost;
    /** Answers after their question was given up. */
    long late;
    /** Messages that answer nothing that was asked: another ID, another question, no response at all. */
    long unexpected;
    /** Answers with TC. */
    long truncated;
    /** Octets of all answers. */
    long octets;
    /** UDP: ports that were unreachable; TCP: connections that failed. */
    long refused;
    /** TCP connections that the server ended while questions were open. */
    long broken;
    /** When the last answer came, as {@link System#nanoTime} says it. */
    long lastAnswerNanos;
    /** The furthest that asking fell behind its schedule, in nanoseconds. */
    long behindNanos;

    private final long[] rcodes = new long[16];
    private final Histogram latencies = new Histogram(LONGEST_NANOS, DIGITS);

    void answered(int rcode, boolean isTruncated, int length, long dueNanos, long now) {
        answers++;
        lastAnswerNanos = now;
        rcodes[rcode]++;
        truncated += isTruncated ? 1 : 0;
        octets += length;
        latencies.recordValue(Math.clamp(now - dueNanos, 0, LONGEST_NANOS));
    }

    /** As it is printed, in order. */
    Map<String, Object> result(double seconds) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("seconds", round(seconds, 1000));
        result.put("sent", sent);
        result.put("answers", answers);
        result.put("rate", Math.round(answers / seconds));
        result.put("lost", lost);
        result.put("late", late);
        result.put("unexpected", unexpected);
        result.put("truncated", truncated);
        result.put("refused", refused);
        result.put("broken", broken);
        result.put("octets", answers == 0 ? 0 : round((double) octets / answers, 10));
        result.put("behindMillis", round(behindNanos / 1e6, 10));
        result.put("rcodes", byName(rcodes));
        Map<String, Double> latency = new LinkedHashMap<>();
        if (answers > 0) {
            latency.put("p50", micros(50));
            latency.put("p90", micros(90));
            latency.put("p99", micros(99));
            latency.put("p999", micros(99.9));
            latency.put("max", micros(100));
        }
        result.put("latencyMicros", latency);
        return result;
    }

    private double micros(double percentile) {
        return round(latencies.getValueAtPercentile(percentile) / 1e3, 10);
    }

    /** Those that are not 0, by the names of RCODEs. */
    static Map<String, Long> byName(long[] rcodes) {
        Map<String, Long> byName = new LinkedHashMap<>();
        for (int code = 0; code < rcodes.length; code++) {
            if (rcodes[code] > 0) {
                byName.put(Rcode.string(code), rcodes[code]);
            }
        }
        return byName;
    }

    static double round(double value, double parts) {
        return Math.round(value * parts) / parts;
    }
}
