package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.AnswerTally;
import io.evenkeel.ops.fleet.Delays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What has come of a run so far. One thread. */
final class BenchTally {
    /** Questions that went out. */
    long sent;
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

    private final AnswerTally answered = new AnswerTally();

    /** Answers in time to a question that was asked. */
    long answers() {
        return answered.count();
    }

    void answered(int rcode, boolean isTruncated, int length, long dueNanos, long now) {
        answered.add(rcode, now - dueNanos);
        lastAnswerNanos = now;
        truncated += isTruncated ? 1 : 0;
        octets += length;
    }

    /** As it is printed, in order. */
    Map<String, Object> result(double seconds) {
        long answers = answers();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("seconds", Delays.round(seconds, 1000));
        result.put("sent", sent);
        result.put("answers", answers);
        result.put("rate", Math.round(answers / seconds));
        result.put("lost", lost);
        result.put("late", late);
        result.put("unexpected", unexpected);
        result.put("truncated", truncated);
        result.put("refused", refused);
        result.put("broken", broken);
        result.put("octets", answers == 0 ? 0 : Delays.round((double) octets / answers, 10));
        result.put("behindMillis", Delays.round(behindNanos / Delays.MILLIS, 10));
        result.put("rcodes", answered.rcodes());
        result.put("latencyMicros", answered.latencyMicros(Delays.Percentile.values()));
        return result;
    }
}
