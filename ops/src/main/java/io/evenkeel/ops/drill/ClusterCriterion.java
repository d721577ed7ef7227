package io.evenkeel.ops.drill;

import io.evenkeel.ops.verb.Durations;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Something that must come of a run for the cluster that the drill has started.
 *
 * @param bar the most that is allowed: a count, octets, or nanoseconds
 * @param from when a time counts from, in seconds from the start of the run: until a page the onset of the first fault or silence, until nodes agree the end of
 *     the last fault; others do not look at it
 */
record ClusterCriterion(Kind kind, long bar, double from) {
    /** Of the log of a node; docs/bounds.md promises that. */
    static final long LOG_OCTETS_PER_SECOND = 64 << 10;

    /** The same at once, beyond that. */
    static final long LOG_OCTETS_AT_ONCE = 2 << 20;

    /** Of what there may be so much. */
    enum Kind {
        /** Processes that ended without being asked to. */
        DEATHS,
        /** From one leader to another, or to another term. */
        LEADER_CHANGES,
        /** Without an accepted change, from the onset of each fault on. */
        WRITES_BACK,
        /** How long after another was accepted, and after the last fault of the node was undone, a value was answered. */
        STALE,
        /** From the call that rolls a bad push back until all nodes answer as before it; each must have been refused first. */
        MENDED,
        /** Until all nodes have the same version and all that was accepted, from the end of the last fault on. */
        AGREE,
        /** By which the resident memory of a node grows in the run. */
        MEMORY,
        /** Octets of the log of each node, of which there may be no more than docs/bounds.md promises. */
        LOG_BOUNDED,
        /** Until somebody is paged, from the onset of the first fault or silence on. */
        PAGE_WITHIN,
        /** Pages of any kind. */
        NO_PAGE;

        @Override
        public String toString() {
            return switch (this) {
                case DEATHS -> "deaths";
                case LEADER_CHANGES -> "leader-changes";
                case WRITES_BACK -> "writes-back";
                case STALE -> "stale";
                case MENDED -> "mended";
                case AGREE -> "agree";
                case MEMORY -> "memory";
                case LOG_BOUNDED -> "log-bounded";
                case PAGE_WITHIN -> "page-within";
                case NO_PAGE -> "no-page";
            };
        }

        boolean isTime() {
            return this == WRITES_BACK || this == STALE || this == MENDED || this == AGREE || this == PAGE_WITHIN;
        }

        /** Whether it has no figure of its own: a scenario says {@code true}, and the bar is known. */
        boolean isFlag() {
            return this == LOG_BOUNDED || this == NO_PAGE;
        }

        /** Whether Prometheus decides it. */
        boolean isOfPages() {
            return this == PAGE_WITHIN || this == NO_PAGE;
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
            case MENDED -> mended(books);
            case AGREE -> agree(books);
            case MEMORY -> memory(books);
            case LOG_BOUNDED -> logBounded(books, seconds);
            case PAGE_WITHIN -> pageWithin(books);
            case NO_PAGE -> noPage(books);
        };
    }

    private Criterion.Result mended(ClusterBooks books) {
        long longest = books.mended().stream().mapToLong(each -> each).max().orElse(0);
        int pushed = books.pushed();
        int back = books.mended().size();
        return new Criterion.Result(
                "a bad push is refused, and one by force is undone by one call within %s".formatted(time(bar)),
                pushed == 0
                        ? "nothing to measure"
                        : "%d of %d refused, %d of %d undone, within %s"
                                .formatted(books.refused(), pushed, back, pushed, time(longest)),
                pushed > 0 && books.refused() == pushed && back == pushed && longest <= bar);
    }

    private Criterion.Result agree(ClusterBooks books) {
        ClusterBooks.Agreement agreement = books.agreement();
        double after = agreement.seconds() - from;
        String text = "all nodes have one version and all accepted changes within %s of the end of the last fault"
                .formatted(time(bar));
        return Double.isNaN(after)
                ? new Criterion.Result(text, "never: " + agreement.words(), false)
                : new Criterion.Result(
                        text,
                        "after %s; %s".formatted(time(Math.round(after * 1e9)), agreement.words()),
                        after * 1e9 <= bar);
    }

    private Criterion.Result memory(ClusterBooks books) {
        Map<String, Long> growth = books.growth();
        long most = growth.values().stream().mapToLong(each -> each).max().orElse(Long.MAX_VALUE);
        return new Criterion.Result(
                "the resident memory of no node grows by more than %s".formatted(mib(bar)),
                growth.isEmpty()
                        ? "nothing to measure"
                        : growth.entrySet().stream()
                                .map(each -> each.getKey() + " " + mib(each.getValue()))
                                .collect(Collectors.joining(", ")),
                most <= bar);
    }

    private static String mib(long octets) {
        return "%d MiB".formatted(Math.ceilDiv(octets, 1L << 20));
    }

    private static Criterion.Result logBounded(ClusterBooks books, double seconds) {
        long most = (long) (LOG_OCTETS_PER_SECOND * seconds) + LOG_OCTETS_AT_ONCE;
        Map<String, Long> logged = books.logged();
        return new Criterion.Result(
                "the log of each node grows by at most %,d octets in %.0f s".formatted(most, seconds),
                logged.isEmpty()
                        ? "nothing to measure"
                        : logged.entrySet().stream()
                                .map(each -> "%s %,d".formatted(each.getKey(), each.getValue()))
                                .collect(Collectors.joining(", ")),
                !logged.isEmpty() && logged.values().stream().allMatch(octets -> octets <= most));
    }

    private Criterion.Result pageWithin(ClusterBooks books) {
        String text = "a page within %s of the onset of the first fault".formatted(time(bar));
        String unwatched = books.unwatched();
        if (unwatched != null) {
            return Criterion.Result.skipped(text, unwatched);
        }
        return pages(books)
                .filter(page -> page.since() >= from) // one that is older has another cause
                .findFirst()
                .map(page -> {
                    double after = Objects.requireNonNull(page.firing()) - from;
                    return new Criterion.Result(
                            text, "%s, after %.0f s".formatted(page.text(), after), after * 1e9 <= bar);
                })
                .orElse(new Criterion.Result(text, "no page", false));
    }

    private static Criterion.Result noPage(ClusterBooks books) {
        String text = "no page";
        String unwatched = books.unwatched();
        if (unwatched != null) {
            return Criterion.Result.skipped(text, unwatched);
        }
        List<String> pages = pages(books)
                .map(page -> "%s at %.0f s".formatted(page.text(), page.firing()))
                .toList();
        return new Criterion.Result(
                text,
                pages.isEmpty() ? "none" : "%d: %s".formatted(pages.size(), String.join("; ", pages)),
                pages.isEmpty());
    }

    /** That fired, in the order in which they began to. */
    private static Stream<Alarms.Alert> pages(ClusterBooks books) {
        return books.alerts().stream()
                .filter(alert -> alert.isPage() && alert.firing() != null)
                .sorted(Comparator.comparingDouble(alert -> Objects.requireNonNull(alert.firing())));
    }

    private Criterion.Result result(String text, String figure, long value) {
        return new Criterion.Result(text, figure, value <= bar);
    }

    private static String time(long nanos) {
        return Durations.text(Duration.ofMillis(nanos / 1_000_000));
    }
}
