package io.evenkeel.ops.drill;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            "slow for the fleet, or the fleet could not ask as the scenario says. Ctrl-C ends it early, and makes it void. With",
            "--design both: with 0 if Evenkeel passed and the design of 2020 failed as the scenario says.",
            "",
            "For a scenario with cluster the drill starts nodes of its own, in a temporary folder; they are gone when it is, even if it",
            "is killed.",
            "",
            "Of several scenarios it ends with 1 if one failed, else with 2 if one is void.",
            "",
            "evenkeel drill run d02",
            "evenkeel drill run all --report night.html"
        })
public final class DrillRunCommand extends Verb {
    /** A run of a tenth says little. */
    private static final double LEAST_SCALE = 0.1;

    private static final double MOST_SCALE = 100;
    private static final int VOID = CommandFailure.USAGE;
    private static final String BOTH = "both";

    @Parameters(
            paramLabel = "FILE|NAME|all",
            description = {
                "The scenario; docs/storm.md describes its keys. Or the beginning of the name of one in ops/drills of the sources, as in d05;",
                "or all of these, one after the other, that have nodes of their own."
            })
    private String asked = "";

    @Option(
            names = "--scale",
            paramLabel = "N",
            defaultValue = "1",
            description = {
                "Multiply the scenario's times, its devices and what its nodes can do, 0.1 to 100 (default: ${DEFAULT-VALUE}).",
                "How devices behave, and how soon something must be over, stays as it is."
            })
    private double size = 1;

    @Option(
            names = "--times",
            paramLabel = "N",
            defaultValue = "1",
            description = "Multiply its times alone, 0.1 to 100; with --scale, by both (default: ${DEFAULT-VALUE}).")
    private double times = 1;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            description = {
                "Write what came of it as a page with plots, and as JSON beside it, FILE.json. Of several scenarios each has",
                "its own, with its name, FILE-d05-blackout.html, and FILE.html leads to them."
            })
    private @Nullable Path reportFile;

    @Option(
            names = "--design",
            paramLabel = "evenkeel|2020|both",
            defaultValue = "evenkeel",
            description = {
                "Whether the nodes have their defences, or are of the design of 2020, without them and with a line of the log for each",
                "event; or first the one, then the other, which must fail as the scenario says (default: ${DEFAULT-VALUE})."
            })
    private String design = Design.EVENKEEL.toString();

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        requireScale("--scale", size);
        requireScale("--times", times);
        List<Path> files = DrillCommands.scenarios(asked, output);
        List<Planned> all = new ArrayList<>();
        for (Path file : files) { // what is wrong with one is told before the first begins
            Scenario scenario = DrillCommands.read(file, scale());
            List<Design> designs = designs(scenario, files.size() > 1);
            Report report = reportFile == null ? null : Report.to(page(reportFile, file, files.size() > 1), scenario);
            if (!designs.isEmpty()) {
                all.add(new Planned(scenario, designs, report));
            }
        }
        return files.size() == 1 ? exitCode(judged(all.getFirst()).verdict().kind()) : each(all);
    }

    private static void requireScale(String option, double value) throws CommandFailure {
        if (!(value >= LEAST_SCALE && value <= MOST_SCALE)) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s wants %s to %.0f, not %s".formatted(option, LEAST_SCALE, MOST_SCALE, value));
        }
    }

    private Scale scale() {
        return new Scale(size * times, size);
    }

    /** What is to be done for one scenario. */
    private record Planned(
            Scenario scenario,
            List<Design> designs,
            @Nullable Report report) {
        Path file() {
            return scenario.file();
        }
    }

    /** What came of it. */
    private record Judged(Verdict verdict, boolean ended) {}

    private static Path page(Path wanted, Path scenario, boolean several) {
        if (!several) {
            return wanted;
        }
        String name = String.valueOf(scenario.getFileName()).replaceFirst("\\.yaml$", "");
        return wanted.resolveSibling(
                String.valueOf(wanted.getFileName()).replaceFirst("(\\.html)?$", "-" + name + "$1"));
    }

    private Judged judged(Planned planned) throws CommandFailure, InterruptedException {
        try {
            return run(planned);
        } catch (CommandFailure e) {
            throw new CommandFailure(VOID, "void: " + e.getMessage(), e.details());
        } catch (IOException e) {
            throw new CommandFailure(VOID, "void: " + Output.reason(e));
        }
    }

    /** A failure weighs more than a void run here: it has shown something. */
    private int each(List<Planned> all) throws CommandFailure, InterruptedException {
        List<List<String>> rows = new ArrayList<>(List.of(List.of("SCENARIO", "RESULT", "")));
        List<Map<String, Object>> values = new ArrayList<>();
        Verdict.Kind worst = Verdict.Kind.PASSED;
        Overview overview = reportFile == null ? null : new Overview(reportFile);
        for (Planned planned : all) {
            output.say(planned.file() + ":");
            Judged judged;
            try {
                judged = judged(planned);
            } catch (CommandFailure e) {
                List<String> reasons = new ArrayList<>(List.of(String.valueOf(e.getMessage())));
                reasons.addAll(e.details());
                judged = new Judged(new Verdict(Verdict.Kind.VOID, reasons, List.of()), false);
                output.say(String.join(System.lineSeparator(), reasons));
            }
            Verdict verdict = judged.verdict();
            if (worst != Verdict.Kind.FAILED && verdict.kind() != Verdict.Kind.PASSED) {
                worst = verdict.kind();
            }
            rows.add(List.of(
                    String.valueOf(planned.file().getFileName()),
                    verdict.kind().toString(),
                    String.join("; ", verdict.reasons())));
            values.add(Map.of(
                    "file",
                    planned.file().toString(),
                    "result",
                    verdict.kind().toString(),
                    "reasons",
                    verdict.reasons()));
            Report report = planned.report();
            if (overview != null && report != null) {
                overview.add(planned.scenario(), report.file(), verdict);
            }
            if (judged.ended()) {
                break;
            }
        }
        output.result(Map.of("all", values), System.lineSeparator() + output.table(rows));
        if (overview != null) {
            try {
                overview.write(worst);
            } catch (IOException e) {
                throw CommandFailure.failed("the page of all scenarios cannot be written: " + Output.reason(e));
            }
        }
        return exitCode(worst);
    }

    private static int exitCode(Verdict.Kind kind) {
        return switch (kind) {
            case PASSED -> 0;
            case FAILED -> CommandFailure.FAILED;
            case VOID -> VOID;
        };
    }

    /** @param several whether one that says nothing of the design of 2020 is no matter: then it has no run on it */
    private List<Design> designs(Scenario scenario, boolean several) throws CommandFailure {
        List<Design> designs = new ArrayList<>();
        for (Design each : Design.values()) {
            if (design.equals(each.toString()) || design.equals(BOTH)) {
                designs.add(each);
            }
        }
        if (designs.isEmpty()) {
            throw new CommandFailure(CommandFailure.USAGE, "--design wants evenkeel, 2020 or both, not " + design);
        }
        if (designs.contains(Design.OF_2020) && scenario.staleQueue() == null) {
            if (several) {
                designs.remove(Design.OF_2020);
                return designs;
            }
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s does not say how the design of 2020 fails: it has no key design-2020"
                            .formatted(scenario.file()));
        }
        return designs;
    }

    private Judged run(Planned planned) throws CommandFailure, IOException, InterruptedException {
        List<Design> designs = planned.designs();
        Report report = planned.report();
        List<DrillRun.Outcome> outcomes = new ArrayList<>();
        for (Design each : designs) {
            if (designs.size() > 1) {
                output.say(each.title() + ":");
            }
            DrillRun.Outcome outcome =
                    new DrillRun(DrillCommands.read(planned.file(), scale()), each, output, report).run();
            outcomes.add(outcome);
            if (outcome.ended()) {
                break;
            }
        }
        Verdict verdict = outcomes.size() == 1
                ? outcomes.getFirst().verdict()
                : Verdict.ofBoth(outcomes.getFirst(), outcomes.getLast());
        if (outcomes.size() > 1) {
            sayBoth(outcomes, verdict);
        }
        if (report != null) {
            report.write(verdict);
        }
        return new Judged(verdict, outcomes.getLast().ended());
    }

    private void sayBoth(List<DrillRun.Outcome> outcomes, Verdict verdict) {
        List<List<String>> rows = new ArrayList<>();
        Map<String, Object> value = new LinkedHashMap<>();
        rows.add(List.of("DESIGN", "RESULT"));
        for (DrillRun.Outcome each : outcomes) {
            rows.add(List.of(each.design().title(), each.verdict().kind().toString()));
            value.put(each.design().toString(), each.verdict().kind().toString());
        }
        value.put(BOTH, verdict.kind().toString());
        value.put("reasons", verdict.reasons());
        List<String> text = new ArrayList<>(List.of("", output.table(rows), "both: " + verdict.kind()));
        verdict.reasons().forEach(reason -> text.add("  " + reason));
        output.result(value, String.join(System.lineSeparator(), text));
    }
}
