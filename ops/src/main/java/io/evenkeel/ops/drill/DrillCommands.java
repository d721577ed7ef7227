package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code drill}: a fleet of devices on nodes, by a scenario, and a verdict. */
@Command(
        name = "drill",
        description =
                "Put a fleet of devices on nodes, break these, as a scenario file says, and judge what comes of it.",
        subcommands = DrillRunCommand.class)
public final class DrillCommands extends VerbGroup {
    private static final String ALL = "all";
    private static final String YAML = ".yaml";

    /** For picocli. */
    public DrillCommands() {
        super("a scenario");
    }

    @Command(
            name = "check",
            description = "Read a scenario file, without asking anybody, and say all that is wrong with it.")
    int check(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output) throws CommandFailure, IOException {
        Scenario scenario = read(file, Scale.NONE);
        double needed = Delays.round(scenario.plan().neededPerSecond(), 10);
        double silent = Delays.round(Capacity.silentPerSecond(scenario.plan()), 10);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", file.toString());
        result.put("seconds", (int) scenario.plan().seconds());
        result.put("devices", scenario.plan().devices());
        result.put("neededPerSecond", needed);
        result.put("unansweredPerSecond", silent);
        result.put("faults", scenario.faults().size());
        result.put("criteria", criteria(scenario));
        Capacity capacity = scenario.capacity();
        if (capacity != null) {
            result.put("capacity", capacity.toMap(scenario.plan()));
        }
        output.result(
                result,
                (capacity == null ? "" : capacity.text(scenario.plan()) + System.lineSeparator())
                        + "%s: %d devices for %.0f s; they ask %s times a second while they are answered, %s times as soon as nobody answers; %d criteria"
                                .formatted(
                                        file,
                                        scenario.plan().devices(),
                                        scenario.plan().seconds(),
                                        needed,
                                        silent,
                                        criteria(scenario)));
        return 0;
    }

    private static int criteria(Scenario scenario) {
        return scenario.criteria().size() + scenario.clusterCriteria().size();
    }

    @Command(
            name = "list",
            description = "Name the scenarios of a folder, with a line of each that says what it shows.",
            footer = {"", "evenkeel drill list ops/drills"})
    int list(
            @Parameters(
                            paramLabel = "FOLDER",
                            defaultValue = "ops/drills",
                            description = "Where the files *.yaml are (default: ${DEFAULT-VALUE}).")
                    Path folder,
            @Mixin Output output)
            throws CommandFailure, IOException {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "there is no folder %s here: name the one with the scenarios".formatted(folder));
        }
        List<Map<String, Object>> values = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (Path file : files(folder)) {
            Scenario scenario = read(file, Scale.NONE);
            String nodes =
                    scenario.cluster() == null ? "of yours" : scenario.cluster().nodes() + " of its own";
            values.add(Map.of(
                    "file",
                    file.toString(),
                    "title",
                    scenario.title(),
                    "seconds",
                    (int) scenario.plan().seconds(),
                    "ownNodes",
                    scenario.cluster() == null ? 0 : scenario.cluster().nodes()));
            rows.add(List.of(
                    file.toString(), (int) scenario.plan().seconds() + " s", "nodes " + nodes, scenario.title()));
        }
        output.result(values, rows.isEmpty() ? "there is no scenario in " + folder : output.table(rows));
        return 0;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(YAML)).sorted().toList();
        }
    }

    /** The scenarios that are meant: by a file, by the beginning of a name in the project's folder, or all of it with nodes of their own. */
    static List<Path> scenarios(String asked, Output output) throws CommandFailure {
        Path folder = project().resolve("ops/drills");
        if (!asked.equals(ALL) && (Files.exists(Path.of(asked)) || asked.endsWith(YAML))) {
            return List.of(Path.of(asked));
        }
        List<Path> there;
        try {
            there = Files.isDirectory(folder) ? files(folder) : List.of();
        } catch (IOException e) {
            throw CommandFailure.failed("cannot list %s: %s".formatted(folder, Output.reason(e)));
        }
        List<Path> meant = new ArrayList<>();
        for (Path file : there) {
            String name = String.valueOf(file.getFileName());
            if (name.equals(asked + YAML)) {
                return List.of(file);
            }
            if (asked.equals(ALL) ? read(file, Scale.NONE).cluster() != null : name.startsWith(asked)) {
                meant.add(file);
            } else if (asked.equals(ALL)) {
                output.say("%s is left out: it wants nodes that run already".formatted(name));
            }
        }
        if (meant.isEmpty() || (meant.size() > 1 && !asked.equals(ALL))) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "there is no file %s, and %s in %s begins so: `evenkeel drill list` names them"
                            .formatted(asked, meant.isEmpty() ? "no scenario" : "more than one scenario", folder));
        }
        return meant;
    }

    /** The folder of the launcher's sources, with the scenarios and the rules; where no launcher says it, this one. */
    static Path project() {
        return Path.of(Objects.requireNonNullElse(System.getenv("EVENKEEL_HOME"), ""))
                .toAbsolutePath();
    }

    static Scenario read(Path file, Scale scale) throws CommandFailure {
        try {
            return ScenarioReader.read(file, scale);
        } catch (IOException e) {
            throw new CommandFailure(CommandFailure.USAGE, "cannot read the scenario: " + Output.reason(e));
        }
    }
}
