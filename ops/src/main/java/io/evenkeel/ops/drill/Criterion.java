package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Something that must come of a run. It looks at each second that lies wholly in its window. One thread. */
final class Criterion {
    private static final double PERCENT = 100;

    /** A fleet of which a smaller part waits has drained: what is left are devices that a network loses a question of. */
    static final double DRAINED = 0.02;

    private final Kind kind;
    private final double bar;
    private final Window window;
    /** Of the plan; -1 for the whole fleet. */
    private final int group;

    private final String where;
    private final int devices;
    private final double needed;
    private long some;
    private long all;
    private double figure = Double.NaN;
    private int seconds;
    private final Delays firstTries = new Delays(2);
    /** When the fleet had drained; NaN until then. */
    private double drained = Double.NaN;

    /** Of what a criterion says how much there must be, or may be. */
    enum Kind {
        /** First tries that are answered, of those that come to an end in the window. */
        FIRST_TRY,
        /** Calls home that take no more than two time-outs for each question, of those that come to an end in the window. */
        SUCCESS,
        /** Devices past their first try: never more in the window, or, after a silence or fault, in one second of it. */
        WAITING,
        /** Questions that are asked in the window, for each that is needed. */
        AMPLIFICATION,
        /** Answers a second in the window. */
        GOODPUT,
        /** Milliseconds of a first try that is answered in the window, of 99 in 100. */
        P99;

        @Override
        public String toString() {
            return switch (this) {
                case FIRST_TRY -> "first-try";
                case SUCCESS -> "success";
                case WAITING -> "waiting";
                case AMPLIFICATION -> "amplification";
                case GOODPUT -> "goodput";
                case P99 -> "p99";
            };
        }
    }

    /**
     * From one second of the run to another.
     *
     * @param afterSilence whether it is enough that the bar is reached once in it
     * @param afterDrain how many seconds of it count, from the first on that ends with a fleet that has drained; 0: all
     * @param after what it comes after, in words
     * @param onsets of faults
     * @param spared how many seconds after each of these do not count
     */
    record Window(
            double from,
            double to,
            boolean afterSilence,
            double afterDrain,
            String after,
            List<Double> onsets,
            double spared) {
        Window {
            onsets = List.copyOf(onsets);
        }

        static Window of(double from, double to) {
            return new Window(from, to, false, 0, "", List.of(), 0);
        }

        /** Whether the second that ends then lies wholly in it. */
        private boolean has(double end) {
            return end - 1 >= from
                    && end <= to
                    && (spared == 0 || onsets.stream().noneMatch(onset -> end > onset && end - 1 < onset + spared));
        }
    }

    /**
     * What came of it.
     *
     * @param text the criterion in words
     * @param figure what was measured, or why nothing was, in words
     * @param skipped whether it was not looked at; it has then neither passed nor failed
     */
    record Result(String text, String figure, boolean passed, boolean skipped) {
        Result(String text, String figure, boolean passed) {
            this(text, figure, passed, false);
        }

        static Result skipped(String text, String why) {
            return new Result(text, "skipped, " + why, false, true);
        }

        boolean failed() {
            return !passed && !skipped;
        }

        String word() {
            return skipped ? "skip" : passed ? "pass" : "fail";
        }

        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("criterion", text);
            map.put("figure", figure);
            map.put("passed", passed);
            map.put("skipped", skipped);
            return map;
        }
    }

    Criterion(Kind kind, double bar, Window window, int group, FleetPlan plan) {
        this.kind = kind;
        this.bar = bar;
        this.window = window;
        this.group = group;
        where = group < 0 ? "" : " of " + plan.groups().get(group).name();
        devices = group < 0 ? plan.devices() : plan.groups().get(group).devices();
        needed = group < 0 ? plan.neededPerSecond() : plan.groups().get(group).neededPerSecond();
    }

    void second(FleetCounts counts) {
        if (!window.has(counts.seconds())) {
            return;
        }
        FleetCounts.Part part = group < 0 ? counts.all() : counts.groups().get(group);
        if (window.afterDrain() > 0 && !isAfterDrain(counts.seconds(), part)) {
            return;
        }
        seconds++;
        switch (kind) {
            case FIRST_TRY -> {
                some += part.firstAnswered();
                all += part.firstAnswered() + part.firstInVain();
                figure = all == 0 ? Double.NaN : (double) some / all;
            }
            case SUCCESS -> {
                some += part.prompt();
                all += part.calls();
                figure = all == 0 ? Double.NaN : (double) some / all;
            }
            case WAITING -> {
                double waiting = (double) part.waiting() / devices;
                boolean first = Double.isNaN(figure);
                figure = first || (window.afterSilence() ? waiting < figure : waiting > figure) ? waiting : figure;
            }
            case AMPLIFICATION -> {
                some += part.sent();
                figure = some / needed / seconds;
            }
            case GOODPUT -> {
                some += part.accepted();
                figure = (double) some / seconds;
            }
            case P99 -> {
                firstTries.add(part.firstTries());
                figure = firstTries.in(Delays.MILLIS, Delays.Percentile.P99).getOrDefault("p99", Double.NaN);
            }
        }
    }

    /** Whether this second counts of a window that begins when the fleet has drained. */
    private boolean isAfterDrain(double second, FleetCounts.Part part) {
        if (Double.isNaN(drained)) {
            if ((double) part.waiting() / devices < DRAINED) {
                drained = second;
            }
            return false;
        }
        return second <= drained + window.afterDrain();
    }

    Result result() {
        boolean atLeast = kind != Kind.WAITING && kind != Kind.AMPLIFICATION && kind != Kind.P99;
        boolean passed = atLeast ? figure >= bar : figure <= bar; // never if it is no number
        return new Result(
                "%s%s at %s %s, %s".formatted(kind, where, atLeast ? "least" : "most", words(bar), when()),
                figure(),
                passed && !isCutShort());
    }

    private String when() {
        if (window.afterDrain() > 0) {
            return "for %.0f s after the crowd of %s has drained".formatted(window.afterDrain(), window.after());
        }
        return window.afterSilence()
                ? "in one second within %.0f s of %s".formatted(window.to() - window.from(), window.after())
                : "from second %.0f to %.0f%s"
                        .formatted(
                                window.from(),
                                window.to(),
                                window.spared() > 0
                                        ? ", but for %.0f s from each fault on".formatted(window.spared())
                                        : "");
    }

    private String figure() {
        if (window.afterDrain() > 0 && Double.isNaN(drained)) {
            return "it never drained";
        }
        String measured = Double.isNaN(figure) ? "nothing to measure" : words(figure);
        return isCutShort()
                ? "%s, but it drained in second %.0f, so that the run was over before".formatted(measured, drained)
                : measured;
    }

    /** Whether the fleet drained so late that the run did not last as long as was to be looked at. */
    private boolean isCutShort() {
        return window.afterDrain() > 0 && drained + window.afterDrain() > window.to();
    }

    private String words(double value) {
        return switch (kind) {
            case FIRST_TRY, SUCCESS, WAITING -> "%.2f %%".formatted(value * PERCENT);
            case AMPLIFICATION -> "%.2f".formatted(value);
            case GOODPUT -> "%.1f/s".formatted(value);
            case P99 -> "%.1f ms".formatted(value);
        };
    }
}
