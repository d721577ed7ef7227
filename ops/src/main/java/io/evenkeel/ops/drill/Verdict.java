package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetLimits;
import io.evenkeel.ops.verb.Durations;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a run has shown.
 *
 * @param reasons why it is void; else which criteria failed, with figure and bar, or how the design of 2020 failed
 * @param results of all criteria
 */
record Verdict(Kind kind, List<String> reasons, List<Criterion.Result> results) {
    /** In the order of what weighs more. */
    enum Kind {
        PASSED,
        FAILED,
        /** It says nothing of the nodes. */
        VOID;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param cluster that the drill has started; null: none */
    static Verdict of(
            Scenario scenario,
            FleetCounts total,
            boolean ended,
            @Nullable String shortcoming,
            @Nullable DrilledCluster cluster) {
        List<Criterion.Result> results = new ArrayList<>();
        scenario.criteria().forEach(criterion -> results.add(criterion.result()));
        List<String> voids = new ArrayList<>();
        if (cluster != null) {
            results.addAll(cluster.results(total.seconds()));
            voids.addAll(cluster.problems());
        }
        if (ended) {
            voids.add("it was ended after %.1f of %.0f s"
                    .formatted(total.seconds(), scenario.plan().seconds()));
        }
        if (!total.onTime()) {
            voids.add(
                    "this machine was too slow for the fleet: 1 %% of its questions went out %s ms late or later, and %s is the most"
                            .formatted(total.lagMillis().get("p99"), Durations.text(FleetLimits.LAG)));
        }
        if (total.busy() > FleetLimits.BUSY) {
            voids.add("the fleet itself was the bottleneck: it used %.0f %% of a core for %d s, and %.0f %% is the most"
                    .formatted(total.busy() * 100, FleetLimits.BUSY_SECONDS, FleetLimits.BUSY * 100));
        }
        if (total.all().tcpRefused() > 0) {
            voids.add("%d queries over TCP were not made, since too many were open"
                    .formatted(total.all().tcpRefused()));
        }
        boolean sites = scenario.plan().groups().stream().anyMatch(group -> group.site() > 1);
        if (shortcoming != null && sites) {
            voids.add(shortcoming);
        }
        Capacity capacity = scenario.capacity();
        if (capacity != null && !capacity.isWithin(scenario.plan())) {
            voids.add("the nodes can do too little for what is to be shown: h = %.2f, and %.2f times %.2f is the least"
                    .formatted(capacity.headroom(scenario.plan()), capacity.least(), capacity.bound(scenario.plan())));
        }
        if (!voids.isEmpty()) {
            return new Verdict(Kind.VOID, voids, results);
        }
        List<String> failed = results.stream()
                .filter(Criterion.Result::failed)
                .map(result -> "%s: %s".formatted(result.text(), result.figure()))
                .toList();
        return new Verdict(failed.isEmpty() ? Kind.PASSED : Kind.FAILED, failed, results);
    }

    /** Of one scenario on both designs: passed if the nodes with their defences pass, and those of 2020 fail as the scenario says. */
    static Verdict ofBoth(DrillRun.Outcome ours, DrillRun.Outcome old) {
        List<String> voids = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        for (DrillRun.Outcome each : List.of(ours, old)) {
            if (each.verdict().kind() == Kind.VOID) {
                each.verdict()
                        .reasons()
                        .forEach(reason ->
                                voids.add("%s: %s".formatted(each.design().title(), reason)));
            }
        }
        if (ours.verdict().kind() == Kind.FAILED) {
            failed.addAll(ours.verdict().reasons());
        }
        Criterion.Result staleQueue = Objects.requireNonNull(old.staleQueue());
        String shown = "%s: %s".formatted(staleQueue.text(), staleQueue.figure());
        if (!staleQueue.passed()) {
            failed.add("the design of 2020 does not fail as it should: " + shown);
        }
        if (!voids.isEmpty()) {
            return new Verdict(Kind.VOID, voids, List.of());
        }
        return failed.isEmpty()
                ? new Verdict(Kind.PASSED, List.of("the design of 2020 fails " + shown), List.of())
                : new Verdict(Kind.FAILED, failed, List.of());
    }
}
