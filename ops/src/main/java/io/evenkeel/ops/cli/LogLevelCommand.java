package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Durations;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code log-level}: how much the log of a node says of a package, for a while. */
@Command(
        name = "log-level",
        description = {
            "How much the log says of a package or a class, for a while: afterwards what is configured counts again, as after a restart.",
            "Without a package: the levels that are set, and how long they hold. Without --node: on each node.",
            "Exit code 0 if every node does it, 1 if one does not."
        })
public final class LogLevelCommand extends NodeVerb {
    private static final String PATH = AdminClient.EVENKEEL + "/log-levels";
    private static final String CONFIGURED = "configured";
    private static final Duration MOST = Duration.ofHours(24);

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PACKAGE",
            description =
                    "As JSON lines have it in `logger`, for instance io.evenkeel.server.peer or org.apache.ratis.")
    private @Nullable String place;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "LEVEL",
            description = "error, warn, info or debug; configured: the configured one, at once.")
    private @Nullable String level;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = Durations.class,
            description = "How long, 1s to 24h (default: ${DEFAULT-VALUE}).")
    private Duration length = Duration.ofMinutes(10);

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Durations.check("--for", length, Duration.ofSeconds(1), MOST);
        if (place != null && level == null) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "which level? error, warn, info or debug; configured ends one that is set");
        }
        List<ObjectNode> answers = target.askEach(this::ask);
        output.result(Json.MAPPER.createArrayNode().addAll(answers), text(answers));
        return Target.exitCode(answers);
    }

    private JsonNode ask(AdminClient node) throws CommandFailure, IOException, InterruptedException {
        if (place == null || level == null) {
            return node.get(PATH);
        }
        String path = PATH + "/" + AdminClient.segment(place);
        if (level.equals(CONFIGURED)) {
            return node.change("DELETE", path, null).json();
        }
        ObjectNode asked = Json.MAPPER.createObjectNode().put("level", level).put("seconds", length.toSeconds());
        return node.change("PUT", path, asked).json();
    }

    private String text(List<ObjectNode> answers) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "PACKAGE", "LEVEL", "LEFT"));
        for (ObjectNode answer : answers) {
            String name = answer.path("name").asText();
            if (answer.has(Target.PROBLEM)) {
                rows.add(List.of(name, answer.path(Target.PROBLEM).asText(), "-", "-"));
                continue;
            }
            rows.add(List.of(name, "all others", answer.path("configured").asText(), "-"));
            answer.path("set")
                    .forEach(set -> rows.add(List.of(
                            name,
                            set.path("package").asText(),
                            set.path("level").asText(),
                            left(set.path("secondsLeft").asLong()))));
        }
        return output.table(rows);
    }

    private static String left(long seconds) {
        return seconds < 120 ? seconds + " s" : (seconds + 30) / 60 + " min";
    }
}
