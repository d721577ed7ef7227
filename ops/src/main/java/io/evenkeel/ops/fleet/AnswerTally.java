package io.evenkeel.ops.fleet;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xbill.DNS.Rcode;

/** The answers that came in time: how many, with which RCODE and after how long. One thread. */
public final class AnswerTally {
    private long count;
    private final long[] rcodes = new long[16];
    private final Delays latencies = new Delays();

    /** Counts one. */
    public void add(int rcode, long latencyNanos) {
        count++;
        rcodes[rcode]++;
        latencies.add(latencyNanos);
    }

    /** Counts all of another. */
    public void add(AnswerTally other) {
        count += other.count;
        for (int i = 0; i < rcodes.length; i++) {
            rcodes[i] += other.rcodes[i];
        }
        latencies.add(other.latencies);
    }

    /** Forgets all. */
    public void clear() {
        count = 0;
        Arrays.fill(rcodes, 0);
        latencies.clear();
    }

    /** How many there were. */
    public long count() {
        return count;
    }

    /** How many had each RCODE, by its name; without those that none had. */
    public Map<String, Long> rcodes() {
        Map<String, Long> byName = new LinkedHashMap<>();
        for (int code = 0; code < rcodes.length; code++) {
            if (rcodes[code] > 0) {
                byName.put(Rcode.string(code), rcodes[code]);
            }
        }
        return byName;
    }

    /** See {@link Delays#in}. */
    public Map<String, Double> latencyMicros(Delays.Percentile... percentiles) {
        return latencies.in(Delays.MICROS, percentiles);
    }
}
