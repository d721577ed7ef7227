package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.ServerTool;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code check}: what a node would say to a file, without a node. */
@Command(name = "check", description = "Check a file as a node would, without starting one.")
public final class CheckCommands implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "check what?");
    }

    @Command(name = "config", description = "Check a node's YAML configuration and say all that is wrong with it.")
    int config(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output) throws CommandFailure {
        return check(output, List.of("config", file.toString()));
    }

    @Command(
            name = "zone",
            description = "Check master files as `zone import` does, and say every problem with its line.")
    int zone(
            @Parameters(paramLabel = "FILE", arity = "1..*", description = ZoneCommands.FILE_HELP) List<Path> files,
            @Option(names = "--origin", paramLabel = "NAME", description = ZoneCommands.ORIGIN_HELP) @Nullable
                    String origin,
            @Mixin Output output)
            throws CommandFailure, IOException {
        return zone(output, files, origin);
    }

    static int zone(Output output, List<Path> files, @Nullable String origin) throws CommandFailure, IOException {
        int worst = 0;
        ArrayNode judged = Json.MAPPER.createArrayNode();
        for (Path file : files) {
            try (MasterFile master = MasterFile.open(file, origin)) {
                if (output.json()) { // the node's own words: each finding with its file, line, severity and rule
                    StringWriter said = new StringWriter();
                    worst = Math.max(worst, master.check(new PrintWriter(said), output.err(), true));
                    judged.addAll(
                            (ArrayNode) Json.MAPPER.readTree(said.toString()).path("files"));
                } else {
                    worst = Math.max(worst, master.check(output.out(), output.err(), false));
                }
            }
        }
        if (output.json()) {
            output.result(Json.MAPPER.createObjectNode().put("ok", worst == 0).set("files", judged), "");
        }
        return worst;
    }

    private static int check(Output output, List<String> args) throws CommandFailure {
        if (!output.json()) {
            return ServerTool.run("evenkeel-check", output.out(), output.err(), args);
        }
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        int code = ServerTool.run("evenkeel-check", writer, writer, args);
        output.result(
                Map.of("ok", code == 0, "messages", said.toString().lines().toList()), "");
        return code;
    }
}
