package io.evenkeel.ops.fleet;

import io.evenkeel.ops.fleet.Delays.Percentile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What came of a fleet in one second, or in all.
 *
 * @param seconds since the start, at its end
 * @param all of it
 * @param groups each by itself
 * @param nodes each by itself
 * @param lagMillis how late questions went out, after they were due: p99, max; empty if there were none
 * @param busy the part of a core that the thread of the fleet used; of all, in its busiest ten seconds
 */
public record FleetCounts(
        double seconds, Part all, List<Part> groups, List<Part> nodes, Map<String, Double> lagMillis, double busy) {
    /** Keeps copies of the lists. */
    public FleetCounts {
        groups = List.copyOf(groups);
        nodes = List.copyOf(nodes);
    }

    /**
     * Of a group, of a node or of all. A try that one second sends and another sees answered counts in each for what it is there.
     *
     * @param waiting devices past their first try, at the end
     * @param sent questions over UDP that went out
     * @param amplification these, for each that the group, or for a node the whole fleet, needs
     * @param first of these, first tries of a lookup
     * @param firstAnswered first tries that were answered
     * @param firstInVain first tries that were not
     * @param accepted responses that were answers, over TCP too
     * @param responses that came in time
     * @param rcodes of these
     * @param late responses that their device wanted no more
     * @param timedOut tries that were given up
     * @param refused tries of which ICMP told that nobody listens
     * @param unexpected messages that answer nothing that was asked, or a second time; of all alone
     * @param truncated responses with the TC bit
     * @param tcp queries over TCP
     * @param tcpRefused of these, those that were not made since too many were open
     * @param lost tries and messages that a silence took
     * @param failed lookups that a device gave up
     * @param calls calls home that came to their end
     * @param prompt of these, those that took no more than two time-outs for each of their questions
     * @param latencyMicros of the responses, from the try's sending: p50, p99, max; empty if there were none
     * @param successMillis of calls home, from when each was due: p50, p99, max; empty if there were none
     * @param firstTries how long those took that were answered, from their sending
     */
    public record Part(
            String name,
            int waiting,
            long sent,
            double amplification,
            long first,
            long firstAnswered,
            long firstInVain,
            long accepted,
            long responses,
            Map<String, Long> rcodes,
            long late,
            long timedOut,
            long refused,
            long unexpected,
            long truncated,
            long tcp,
            long tcpRefused,
            long lost,
            long failed,
            long calls,
            long prompt,
            Map<String, Double> latencyMicros,
            Map<String, Double> successMillis,
            Delays firstTries) {
        /** The part of first tries that were answered, of those that came to an end; 1 if none did. */
        public double firstTry() {
            long ended = firstAnswered + firstInVain;
            return ended == 0 ? 1 : (double) firstAnswered / ended;
        }

        /** As it is printed, in order. */
        public Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("name", name);
            map.put("waiting", waiting);
            map.put("sent", sent);
            map.put("amplification", amplification);
            map.put("first", first);
            map.put("firstAnswered", firstAnswered);
            map.put("firstInVain", firstInVain);
            map.put("accepted", accepted);
            map.put("responses", responses);
            map.put("rcodes", rcodes);
            map.put("late", late);
            map.put("timedOut", timedOut);
            map.put("refused", refused);
            map.put("unexpected", unexpected);
            map.put("truncated", truncated);
            map.put("tcp", tcp);
            map.put("tcpRefused", tcpRefused);
            map.put("lost", lost);
            map.put("failed", failed);
            map.put("calls", calls);
            map.put("prompt", prompt);
            map.put("latencyMicros", latencyMicros);
            map.put("successMillis", successMillis);
            map.put("firstTryMillis", firstTries.in(Delays.MILLIS, Percentile.P50, Percentile.P99, Percentile.MAX));
            return map;
        }
    }

    /** Whether the questions went out in time: else what was measured is this machine. */
    public boolean onTime() {
        return lagMillis.getOrDefault("p99", 0.0) <= FleetLimits.LAG.toMillis();
    }

    /** As it is printed, in order. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("seconds", Delays.round(seconds, 1000));
        map.put("all", all.toMap());
        map.put("groups", groups.stream().map(Part::toMap).toList());
        map.put("nodes", nodes.stream().map(Part::toMap).toList());
        map.put("lagMillis", lagMillis);
        map.put("busy", busy);
        return map;
    }
}
