package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.EndOnSignal;
import io.evenkeel.ops.fleet.Fleet;
import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drill run}: the fleet of a scenario asks, and what came of it is judged. */
@Command(
        name = "run",
        description = {
            "Run a scenario: its devices ask the nodes as long as it says. A line a second, then what came of all, by group and by",
            "node, and each criterion with its figure. With --output json a value a second, by group and by node, and one of all."
        },
        footer = {
            "",
            "Ends with 0 if the scenario passed, with 1 if a criterion failed, and with 2 if the run is void: if this machine was too",
            "slow for the fleet, or the fleet could not ask as the scenario says. Ctrl-C ends it early, and makes it void.",
            "",
            "For a scenario with cluster the drill starts nodes of its own, in a temporary folder; they are gone when it is, even if it",
            "is killed.",
            "",
            "evenkeel drill run ops/drills/d02-each-node-killed.yaml"
        })
public final class DrillRunCommand extends Verb {
    /** Lines between two headings. */
    private static final int SCREEN = 20;

    /** A run of a tenth says little. */
    private static final double LEAST_SCALE = 0.1;

    private static final double MOST_SCALE = 100;
    private static final int VOID = CommandFailure.USAGE;
    private static final String LINE = "%7s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s%n";

    @Parameters(paramLabel = "FILE", description = "The scenario; docs/storm.md describes its keys.")
    private Path file = Path.of("");

    private int lines;

    @Option(
            names = "--scale",
            paramLabel = "N",
            defaultValue = "1",
            description = {
                "Multiply the scenario's times, its devices and what its nodes can do, 0.1 to 100 (default: ${DEFAULT-VALUE}).",
                "How devices behave, and how soon something must be over, stays as it is."
            })
    private double scale = 1;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            description = "Write what came of it as a page with plots, and as JSON beside it, FILE.json.")
    private @Nullable Path reportFile;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        if (!(scale >= LEAST_SCALE && scale <= MOST_SCALE)) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "--scale wants %s to %.0f, not %s".formatted(LEAST_SCALE, MOST_SCALE, scale));
        }
        Scenario scenario = DrillCommands.read(file, scale);
        Report report = reportFile == null ? null : Report.to(reportFile, scenario);
        ClusterPlan own = scenario.cluster();
        try {
            if (own == null) {
                return run(scenario, scenario.plan(), null, report);
            }
            try (DrilledCluster cluster = DrilledCluster.start(scenario, own, output::say)) {
                return run(scenario, cluster.plan(), cluster, report);
            }
        } catch (CommandFailure e) {
            throw new CommandFailure(VOID, "void: " + e.getMessage(), e.details());
        } catch (IOException e) {
            throw new CommandFailure(VOID, "void: " + Output.reason(e));
        }
    }

    private int run(Scenario scenario, FleetPlan plan, @Nullable DrilledCluster cluster, @Nullable Report report)
            throws CommandFailure, IOException, InterruptedException {
        Fleet fleet = new Fleet(plan);
        Runnable begins = cluster == null ? () -> {} : cluster::begin;
        try (EndOnSignal ending = new EndOnSignal(fleet::stop)) {
            FleetCounts total = fleet.run(begins, second -> {
                scenario.criteria().forEach(criterion -> criterion.second(second));
                second(second);
                if (report != null) {
                    report.second(second);
                }
            });
            if (cluster != null) {
                cluster.end();
            }
            Verdict verdict = Verdict.of(scenario, total, ending.ended(), fleet.shortcoming(), cluster);
            Map<String, Object> result = json(scenario, total, verdict, cluster);
            output.result(result, text(scenario, total, verdict));
            if (report != null) {
                report.write(verdict, result, cluster == null ? List.of() : cluster.moments());
            }
            return switch (verdict.kind()) {
                case PASSED -> 0;
                case FAILED -> CommandFailure.FAILED;
                case VOID -> VOID;
            };
        }
    }

    private void second(FleetCounts counts) {
        if (output.json()) {
            output.out().println(Json.line(counts.toMap()));
        } else {
            if (lines++ % SCREEN == 0) {
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

    private static Map<String, Object> json(
            Scenario scenario, FleetCounts total, Verdict verdict, @Nullable DrilledCluster cluster) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", scenario.file().toString());
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
        result.putAll(total.toMap());
        result.put("heapMiB", heapMiB());
        result.put("result", verdict.kind().toString());
        result.put("reasons", verdict.reasons());
        result.put(
                "criteria",
                verdict.results().stream()
                        .map(each -> Map.of("criterion", each.text(), "figure", each.figure(), "passed", each.passed()))
                        .toList());
        return result;
    }

    private String text(Scenario scenario, FleetCounts total, Verdict verdict) {
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
                        .formatted(text(total.lagMillis(), "p99"), Math.round(total.busy() * 100), heapMiB()));
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
        verdict.results()
                .forEach(each ->
                        text.add("%s  %s: %s".formatted(each.passed() ? "pass" : "FAIL", each.text(), each.figure())));
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

    private static long heapMiB() {
        return Runtime.getRuntime().totalMemory() >> 20;
    }

    private static String percent(double part) {
        return "%.2f".formatted(part * 100);
    }

    private static String text(Map<String, Double> values, String which) {
        return values.containsKey(which) ? values.get(which).toString() : "-";
    }
}
