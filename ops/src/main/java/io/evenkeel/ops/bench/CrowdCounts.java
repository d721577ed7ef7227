package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.FleetCounts;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came of a crowd in one second, or in all.
 *
 * @param seconds since the start, at its end
 * @param sent questions that went out
 * @param retries of these, those that were asked before in vain
 * @param answers that came in time, whatever their RCODE
 * @param rcodes of these
 * @param late answers whose device had given that try up
 * @param timedOut tries that were given up
 * @param refused tries of which ICMP told that nobody listens
 * @param unexpected messages that answer nothing that was asked, or a second time
 * @param waiting devices past their first try, at its end
 * @param latencyMicros of the answers, from the try's sending: p50, p99, max; empty if there were none
 * @param lagMillis how late questions went out, after they were due: p99, max; empty if there were none
 * @param valid whether the machine kept up with the crowd: else what was measured is the crowd itself
 */
public record CrowdCounts(
        double seconds,
        long sent,
        long retries,
        long answers,
        Map<String, Long> rcodes,
        long late,
        long timedOut,
        long refused,
        long unexpected,
        int waiting,
        Map<String, Double> latencyMicros,
        Map<String, Double> lagMillis,
        boolean valid) {
    static CrowdCounts of(FleetCounts counts) {
        FleetCounts.Part all = counts.all();
        return new CrowdCounts(
                counts.seconds(),
                all.sent(),
                all.sent() - all.first(),
                all.responses(),
                all.rcodes(),
                all.late(),
                all.timedOut(),
                all.refused(),
                all.unexpected(),
                all.waiting(),
                all.latencyMicros(),
                counts.lagMillis(),
                counts.onTime());
    }

    /** As it is printed, in order. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("seconds", Delays.round(seconds, 1000));
        map.put("sent", sent);
        map.put("retries", retries);
        map.put("answers", answers);
        map.put("late", late);
        map.put("timedOut", timedOut);
        map.put("refused", refused);
        map.put("unexpected", unexpected);
        map.put("waiting", waiting);
        map.put("rcodes", rcodes);
        map.put("latencyMicros", latencyMicros);
        map.put("lagMillis", lagMillis);
        return map;
    }
}
