package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code drill}: a fleet of devices on nodes, by a scenario, and a verdict. */
@Command(
        name = "drill",
        description = "Put a fleet of devices on nodes, as a scenario file says, and judge what comes of it.",
        subcommands = DrillRunCommand.class)
public final class DrillCommands extends VerbGroup {
    /** For picocli. */
    public DrillCommands() {
        super("a scenario");
    }

    @Command(
            name = "check",
            description = "Read a scenario file, without asking anybody, and say all that is wrong with it.")
    int check(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output) throws CommandFailure, IOException {
        Scenario scenario = read(file);
        double needed = Delays.round(scenario.plan().neededPerSecond(), 10);
        double silent = Delays.round(Capacity.silentPerSecond(scenario.plan()), 10);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", file.toString());
        result.put("seconds", (int) scenario.plan().seconds());
        result.put("devices", scenario.plan().devices());
        result.put("neededPerSecond", needed);
        result.put("unansweredPerSecond", silent);
        result.put("criteria", scenario.criteria().size());
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
                                        scenario.criteria().size()));
        return 0;
    }

    static Scenario read(Path file) throws CommandFailure {
        try {
            return ScenarioReader.read(file);
        } catch (IOException e) {
            throw new CommandFailure(CommandFailure.USAGE, "cannot read the scenario: " + Output.reason(e));
        }
    }
}
