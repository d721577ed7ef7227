package io.evenkeel.ops.drill;

import io.evenkeel.ops.verb.Durations;
import java.time.Duration;
import java.util.List;

/**
 * Something that must come of a run for the cluster that the drill has started.
 *
 * @param bar the most that is allowed: a count, or nanoseconds
 */
record ClusterCriterion(Kind kind, long bar) {
    /** Of what there may be so much. */
    enum Kind {
        /** Processes that ended without being asked to. */
        DEATHS,
        /** From one leader to another, or to another term. */
        LEADER_CHANGES,
        /** Without an accepted change, from the onset of each fault on. */
        WRITES_BACK,
        /** How long after another was accepted, and after the last fault of the node was undone, a value was answered. */
        STALE;

        @Override
        public String toString() {
            return switch (this) {
                case DEATHS -> "deaths";
                case LEADER_CHANGES -> "leader-changes";
                case WRITES_BACK -> "writes-back";
                case STALE -> "stale";
            };
        }

        boolean isTime() {
            return this == WRITES_BACK || this == STALE;
        }
    }

    /** @param deaths in words */
    Criterion.Result result(ClusterBooks books, List<String> deaths, double seconds) {
        return switch (kind) {
            case DEATHS ->
                result(
                        "deaths at most %d".formatted(bar),
                        deaths.isEmpty() ? "0" : "%d: %s".formatted(deaths.size(), String.join("; ", deaths)),
                        deaths.size());
            case LEADER_CHANGES ->
                result(
                        "changes of the leader at most %d".formatted(bar),
                        Integer.toString(books.leaderChanges()),
                        books.leaderChanges());
            case WRITES_BACK -> {
                long longest = books.longestWithoutChange(seconds);
                yield result(
                        "after the onset of a fault never more than %s without an accepted change".formatted(time(bar)),
                        "%s; %d changes were accepted".formatted(time(longest), books.accepted()),
                        longest);
            }
            case STALE ->
                new Criterion.Result(
                        "no answer older than %s, from the end of its node's fault on".formatted(time(bar)),
                        books.answers() == 0
                                ? "nothing to measure"
                                : "%s; %d answers were looked at".formatted(time(books.stalest()), books.answers()),
                        books.answers() > 0 && books.stalest() <= bar);
        };
    }

    private Criterion.Result result(String text, String figure, long value) {
        return new Criterion.Result(text, figure, value <= bar);
    }

    private static String time(long nanos) {
        return Durations.text(Duration.ofMillis(nanos / 1_000_000));
    }
}
