package io.evenkeel.ops.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xbill.DNS.Rcode;

/** The answers that came in time: how many, with which RCODE and after how long. One thread. */
final class AnswerTally {
    private long count;
    private final long[] rcodes = new long[16];
    private final Delays latencies = new Delays();

    void add(int rcode, long latencyNanos) {
        count++;
        rcodes[rcode]++;
        latencies.add(latencyNanos);
    }

    void add(AnswerTally other) {
        count += other.count;
        for (int i = 0; i < rcodes.length; i++) {
            rcodes[i] += other.rcodes[i];
        }
        latencies.add(other.latencies);
    }

    void clear() {
        count = 0;
        Arrays.fill(rcodes, 0);
        latencies.clear();
    }

    long count() {
        return count;
    }

    /** How many had each RCODE, by its name; without those that none had. */
    Map<String, Long> rcodes() {
        Map<String, Long> byName = new LinkedHashMap<>();
        for (int code = 0; code < rcodes.length; code++) {
            if (rcodes[code] > 0) {
                byName.put(Rcode.string(code), rcodes[code]);
            }
        }
        return byName;
    }

    /** See {@link Delays#in}. */
    Map<String, Double> latencyMicros(Delays.Percentile... percentiles) {
        return latencies.in(Delays.MICROS, percentiles);
    }
}
