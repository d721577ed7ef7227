package io.evenkeel.ops.drill;

import io.evenkeel.ops.drill.ClusterBooks.Moment;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.fleet.StormModel;
import io.evenkeel.ops.fleet.StormModel.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a closed-loop model makes of a run, beside what was measured. It judges nothing.
 *
 * @param unknown why there is no model; empty: there is one
 * @param goodput answers in time, each second, by the model
 * @param waiting devices that wait at the end of each second, by the model
 * @param after the end of the last silence or fault, in seconds from the start of the run; NaN: there is none
 * @param measured seconds from then until fewer than 2 % of the devices waited for good; NaN: never
 * @param modelled the same by the model
 */
record Prediction(
        String unknown, List<Long> goodput, List<Long> waiting, double after, double measured, double modelled) {
    /** Those that the model can do; there is no model of a run with another. */
    private static final Set<Fault.Kind> KNOWN = EnumSet.of(
            Fault.Kind.KILL, Fault.Kind.WIPE, Fault.Kind.RESTART, Fault.Kind.STOP, Fault.Kind.SLOW, Fault.Kind.LOSS);

    /** Of an answer, measured by `ops/bench/run stale`. */
    private static final double STALE_COST = 0.31;
    /** On loopback the sender does that work. */
    private static final double LOSS_COST = 0;
    /** In seconds, for good. */
    private static final int FOR_GOOD = 10;
    /** Two times of which one is so many times the other are not alike, and if they are so many seconds apart. */
    private static final double APART = 2;

    Prediction {
        goodput = List.copyOf(goodput);
        waiting = List.copyOf(waiting);
    }

    /**
     * Of a run that is over; null if its nodes had no rate: then nobody knows what they can do.
     *
     * @param rates answers a second of each node, as measured; empty: they had none
     * @param moments when something was done to which node, and when it was undone
     * @param waited devices that waited at the end of each second
     * @param ended whether somebody ended the run
     */
    static @Nullable Prediction of(
            Scenario scenario,
            Design design,
            List<Double> rates,
            List<Moment> moments,
            List<Long> waited,
            boolean ended)
            throws IOException, InterruptedException {
        if (rates.isEmpty()) {
            return null;
        }
        FleetPlan plan = scenario.plan();
        double after = Stream.concat(
                        plan.silences().stream().map(silence -> silence.toNanos() / 1e9),
                        scenario.faults().stream().map(Fault::end))
                .mapToDouble(each -> each)
                .max()
                .orElse(Double.NaN);
        double measured = recovery(waited, plan.devices(), after);
        String unknown = unknown(scenario, ended);
        if (!unknown.isEmpty()) {
            return new Prediction(unknown, List.of(), List.of(), after, measured, Double.NaN);
        }
        Capacity capacity = scenario.capacity();
        StormModel.Nodes nodes = new StormModel.Nodes(
                rates,
                design == Design.EVENKEEL,
                capacity == null ? STALE_COST : capacity.dropCost(),
                capacity == null ? LOSS_COST : capacity.dropCost());
        List<Long> goodput = new ArrayList<>();
        List<Long> waiting = new ArrayList<>();
        StormModel.run(plan, nodes, changes(scenario, moments), second -> {
            goodput.add(second.all().accepted());
            waiting.add((long) second.all().waiting());
        });
        return new Prediction("", goodput, waiting, after, measured, recovery(waiting, plan.devices(), after));
    }

    private static String unknown(Scenario scenario, boolean ended) {
        String faults = scenario.faults().stream()
                .map(Fault::kind)
                .filter(kind -> !KNOWN.contains(kind))
                .map(Fault.Kind::toString)
                .distinct()
                .collect(Collectors.joining(" and "));
        if (ended) {
            return "the run was ended";
        }
        String unknown = faults.isEmpty() && !scenario.plan().delays().isEmpty() ? "a delay" : faults;
        return unknown.isEmpty() ? "" : "the model does not know " + unknown;
    }

    /** Seconds until fewer wait than of a fleet that has drained, and that for ten seconds; NaN: never, or there is no such end. */
    static double recovery(List<Long> waiting, int devices, double after) {
        int level = 0;
        if (Double.isNaN(after)) {
            return after;
        }
        for (int second = Math.max(1, (int) Math.ceil(after)); second <= waiting.size(); second++) {
            level = waiting.get(second - 1) < Criterion.DRAINED * devices ? level + 1 : 0;
            if (level == FOR_GOOD) {
                return second - FOR_GOOD + 1 - after;
            }
        }
        return Double.NaN;
    }

    /** As the faults came, and to the nodes that they came to: a scenario may leave it open who that is. */
    private static List<Change> changes(Scenario scenario, List<Moment> moments) {
        List<String> names =
                scenario.plan().nodes().stream().map(FleetNode::name).toList();
        List<Change> changes = new ArrayList<>();
        for (Moment moment : moments) {
            int node = names.indexOf(moment.node());
            Optional<Change.Kind> begins = Optional.empty();
            double share = 1;
            switch (moment.kind()) {
                case FAULT -> {
                    Optional<Fault> fault = fault(scenario, moment, names);
                    begins = fault.map(each -> begun(each.kind()));
                    share = fault.map(Fault::share).orElse(1.0);
                }
                case UNDONE -> begins = kind(moment, Fault.Kind::undone).map(Prediction::undone);
                case SAID -> begins = moment.what().equals(FaultRun.READY) ? Optional.of(Change.Kind.OPEN) : begins;
                case ROLE, ALERT, JOURNAL -> {}
            }
            if (begins.isPresent()) {
                changes.add(new Change(moment.seconds(), node, begins.get(), share));
            }
        }
        return changes;
    }

    /** The fault of the scenario that a moment tells the onset of. */
    private static Optional<Fault> fault(Scenario scenario, Moment moment, List<String> names) {
        return scenario.faults().stream()
                .filter(fault -> fault.kind().done().equals(moment.what())
                        && fault.begin() <= moment.seconds()
                        && (fault.target().equals(moment.node()) || !names.contains(fault.target())))
                .max(Comparator.comparingDouble(Fault::begin));
    }

    private static Optional<Fault.Kind> kind(Moment moment, Function<Fault.Kind, String> words) {
        return KNOWN.stream()
                .filter(kind -> words.apply(kind).equals(moment.what()))
                .findFirst();
    }

    private static Change.Kind begun(Fault.Kind kind) {
        return kind == Fault.Kind.STOP ? Change.Kind.STOPPED : kind.endsProcess() ? Change.Kind.CLOSED : share(kind);
    }

    private static Change.Kind undone(Fault.Kind kind) {
        return kind == Fault.Kind.STOP ? Change.Kind.OPEN : kind.endsProcess() ? Change.Kind.SILENT : share(kind);
    }

    private static Change.Kind share(Fault.Kind kind) {
        return kind == Fault.Kind.SLOW ? Change.Kind.SPEED : Change.Kind.LOSS;
    }

    /** Whether both are far from alike, or the one recovered and the other did not. */
    boolean differs() {
        if (!unknown.isEmpty() || (Double.isNaN(measured) && Double.isNaN(modelled))) {
            return false;
        }
        boolean alike = Math.abs(measured - modelled) <= APART
                || Math.max(measured, modelled) <= APART * Math.min(measured, modelled);
        return !alike; // never alike if one is no number
    }

    /** In words; empty if there is a model, and no silence or fault that it could recover from. */
    String text() {
        if (Double.isNaN(after)) {
            return unknown.isEmpty() ? "" : "There is no model of this run: %s.".formatted(unknown);
        }
        return "Waiting < %.0f %% %s; %s.%s"
                .formatted(
                        Criterion.DRAINED * 100,
                        Double.isNaN(measured) ? "at no time for good" : "after " + seconds(measured),
                        unknown.isEmpty()
                                ? "the model says " + (Double.isNaN(modelled) ? "never" : seconds(modelled))
                                : "there is no model of this run: " + unknown,
                        difference());
    }

    private String difference() {
        if (!differs()) {
            return "";
        }
        if (Double.isNaN(measured)) {
            return " By the model the fleet recovers, and it did not.";
        }
        if (Double.isNaN(modelled)) {
            return " By the model the fleet does not recover, and it did.";
        }
        return measured > modelled
                ? " It took more than twice as long as by the model."
                : " It took less than half as long as by the model.";
    }

    private static String seconds(double value) {
        return value == Math.rint(value) ? "%.0f s".formatted(value) : "%.1f s".formatted(value);
    }

    /** As it is printed; a time that is missing never came. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", text());
        map.put("differs", differs());
        putNumber(map, "after", after);
        putNumber(map, "measuredSeconds", measured);
        putNumber(map, "modelSeconds", modelled);
        return map;
    }

    private static void putNumber(Map<String, Object> map, String name, double value) {
        if (!Double.isNaN(value)) {
            map.put(name, value);
        }
    }

    /** Each second, by the name of the measure; empty: there is no model. */
    Map<String, List<Long>> curves() {
        Map<String, List<Long>> curves = new LinkedHashMap<>();
        if (unknown.isEmpty()) {
            curves.put("goodput", goodput);
            curves.put("waiting", waiting);
        }
        return curves;
    }
}
