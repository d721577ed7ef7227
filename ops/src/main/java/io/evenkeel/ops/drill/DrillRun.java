package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.EndOnSignal;
import io.evenkeel.ops.fleet.Fleet;
import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One run of a scenario: a line a second, then what came of all. One thread. */
final class DrillRun {
    /** Lines between two headings. */
    private static final int SCREEN = 20;

    private static final String LINE = "%7s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s%n";

    private final Scenario scenario;
    private final Design design;
    private final Output output;
    private final @Nullable Report report;
    /** Devices, at the end of each second. */
    private final List<Long> waiting = new ArrayList<>();

    /** Of the fleet, when it has ended; the model needs some of its own. */
    private long heapMiB;

    private final Sparklines sparklines = new Sparklines(System.out.charset(), SCREEN);
    private int lines;

    /**
     * For one run.
     *
     * @param scenario read for this run alone, since its criteria count
     * @param report null: none is written
     */
    DrillRun(Scenario scenario, Design design, Output output, @Nullable Report report) {
        this.scenario = scenario;
        this.design = design;
        this.output = output;
        this.report = report;
    }

    /**
     * What came of it.
     *
     * @param staleQueue whether it failed as the scenario says of the design of 2020; null: it was of the other design
     * @param ended whether somebody ended it, and all that was to follow
     */
    record Outcome(Design design, Verdict verdict, Criterion.@Nullable Result staleQueue, boolean ended) {}

    Outcome run() throws CommandFailure, IOException, InterruptedException {
        ClusterPlan own = scenario.cluster();
        if (own == null) {
            return run(scenario.plan(), null);
        }
        try (DrilledCluster cluster = DrilledCluster.start(scenario, own, design, output::say)) {
            return run(cluster.plan(), cluster);
        }
    }

    private Outcome run(FleetPlan plan, @Nullable DrilledCluster cluster)
            throws CommandFailure, IOException, InterruptedException {
        Fleet fleet = new Fleet(plan);
        Runnable begins = cluster == null ? () -> {} : cluster::begin;
        Report.Run page = report == null ? null : report.begin(design);
        try (EndOnSignal ending = new EndOnSignal(fleet::stop)) {
            FleetCounts total = fleet.run(begins, second -> {
                scenario.criteria().forEach(criterion -> criterion.second(second));
                waiting.add((long) second.all().waiting());
                if (cluster != null) {
                    cluster.second(second);
                }
                second(second);
                if (page != null) {
                    page.second(second);
                }
            });
            if (!output.json()) {
                sparklines();
            }
            if (cluster != null) {
                cluster.end(page != null);
            }
            Verdict verdict = Verdict.of(scenario, total, ending.ended(), fleet.shortcoming(), cluster);
            heapMiB = Runtime.getRuntime().totalMemory() >> 20;
            Prediction prediction = cluster == null
                    ? null
                    : Prediction.of(scenario, design, cluster.rates(), cluster.moments(), waiting, ending.ended());
            Map<String, Object> result = json(total, verdict, cluster, prediction);
            output.result(result, text(total, verdict, cluster, prediction));
            if (page != null) {
                page.end(verdict, result, cluster, prediction);
            }
            return new Outcome(design, verdict, cluster == null ? null : cluster.staleQueue(), ending.ended());
        }
    }

    private void second(FleetCounts counts) {
        if (output.json()) {
            output.out().println(Json.line(counts.toMap()));
        } else {
            if (lines++ % SCREEN == 0) {
                sparklines();
                output.out()
                        .print(LINE.formatted(
                                "", "", "", "", "", "questions", "", "", "", "call home", "lag ms", "core"));
                output.out()
                        .print(LINE.formatted(
                                "second",
                                "asked",
                                "answered",
                                "first %",
                                "waiting",
                                "/ needed",
                                "late",
                                "timed out",
                                "refused",
                                "p99 ms",
                                "p99",
                                "busy %"));
            }
            sparklines.second(counts);
            FleetCounts.Part all = counts.all();
            output.out()
                    .print(LINE.formatted(
                            Math.round(counts.seconds()),
                            all.sent(),
                            all.accepted(),
                            percent(all.firstTry()),
                            all.waiting(),
                            all.amplification(),
                            all.late(),
                            all.timedOut(),
                            all.refused(),
                            text(all.successMillis(), "p99"),
                            text(counts.lagMillis(), "p99"),
                            Math.round(counts.busy() * 100)));
        }
        output.out().flush();
    }

    /** Answers in time of each node, in the last lines. */
    private void sparklines() {
        sparklines.lines().forEach(output.out()::println);
    }

    private Map<String, Object> json(
            FleetCounts total, Verdict verdict, @Nullable DrilledCluster cluster, @Nullable Prediction prediction) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", scenario.file().toString());
        result.put("design", design.toString());
        result.put("seed", scenario.plan().seed());
        result.put("devices", scenario.plan().devices());
        result.put("neededPerSecond", Delays.round(scenario.plan().neededPerSecond(), 10));
        Capacity capacity = scenario.capacity();
        if (capacity != null) {
            result.put("capacity", capacity.toMap(scenario.plan()));
        }
        if (cluster != null) {
            result.put("cluster", cluster.toMap());
        }
        if (prediction != null) {
            result.put("recovery", prediction.toMap());
        }
        result.putAll(total.toMap());
        result.put("heapMiB", heapMiB);
        result.put("result", verdict.kind().toString());
        result.put("reasons", verdict.reasons());
        result.put(
                "criteria",
                verdict.results().stream().map(Criterion.Result::toMap).toList());
        return result;
    }

    private String text(
            FleetCounts total, Verdict verdict, @Nullable DrilledCluster cluster, @Nullable Prediction prediction) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "",
                "asked",
                "/ needed",
                "answered",
                "first %",
                "waiting",
                "late",
                "in vain",
                "gave up",
                "TCP",
                "p50 ms",
                "p99 ms",
                "longest",
                "RCODEs"));
        Stream.of(List.of(total.all()), total.groups(), total.nodes())
                .flatMap(List::stream)
                .forEach(part -> rows.add(row(part)));
        List<String> text = new ArrayList<>(List.of("", output.table(rows), ""));
        text.add("p50, p99 and longest are of calls home, from when each was due to its last answer.");
        text.add(
                "Questions went out late by %s ms at most in 99 of 100 cases; the fleet used %d %% of a core in its busiest ten seconds and %d MiB of heap."
                        .formatted(text(total.lagMillis(), "p99"), Math.round(total.busy() * 100), heapMiB));
        Capacity capacity = scenario.capacity();
        if (capacity != null) {
            text.add(capacity.text(scenario.plan()));
        }
        if (total.all().lost() > 0) {
            text.add("The silence took %d tries and messages."
                    .formatted(total.all().lost()));
        }
        if (total.all().unexpected() > 0) {
            text.add("%d messages answered nothing that was asked."
                    .formatted(total.all().unexpected()));
        }
        OldLog log = cluster == null ? null : cluster.oldLog();
        if (log != null) {
            text.add("Its log: %s.".formatted(log.text()));
        }
        if (prediction != null && !prediction.text().isEmpty()) {
            text.add(prediction.text());
        }
        Criterion.Result staleQueue = cluster == null ? null : cluster.staleQueue();
        Stream.concat(verdict.results().stream(), Stream.ofNullable(staleQueue))
                .forEach(each -> text.add(
                        "%s  %s: %s".formatted(each.failed() ? "FAIL" : each.word(), each.text(), each.figure())));
        text.add(verdict.kind().toString());
        verdict.reasons().forEach(reason -> text.add("  " + reason));
        return String.join(System.lineSeparator(), text);
    }

    private static List<String> row(FleetCounts.Part part) {
        return List.of(
                part.name(),
                Long.toString(part.sent()),
                Double.toString(part.amplification()),
                Long.toString(part.accepted()),
                percent(part.firstTry()),
                Long.toString(part.waiting()),
                Long.toString(part.late()),
                Long.toString(part.timedOut() + part.refused()),
                Long.toString(part.failed()),
                Long.toString(part.tcp()),
                text(part.successMillis(), "p50"),
                text(part.successMillis(), "p99"),
                text(part.successMillis(), "max"),
                part.rcodes().toString().replaceAll("[{}]", ""));
    }

    private static String percent(double part) {
        return "%.2f".formatted(part * 100);
    }

    private static String text(Map<String, Double> values, String which) {
        return values.containsKey(which) ? values.get(which).toString() : "-";
    }
}
