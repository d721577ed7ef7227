package io.evenkeel.ops.cli;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.ServerTool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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

    @Command(name = "zone", description = "Check master files and say every problem with its file and line.")
    int zone(
            @Parameters(paramLabel = "FILE", arity = "1..*") List<Path> files,
            @Option(
                            names = "--origin",
                            paramLabel = "NAME",
                            description = "Of names without a last dot (default: what the file says).")
                    @Nullable
                    String origin,
            @Mixin Output output)
            throws CommandFailure {
        return zone(output, files, origin);
    }

    static int zone(Output output, List<Path> files, @Nullable String origin) throws CommandFailure {
        List<String> args = new ArrayList<>(List.of("zone"));
        files.forEach(file -> args.add(file.toString()));
        if (origin != null) {
            args.addAll(List.of("--origin", origin));
        }
        if (output.json()) { // the node's own words: each finding with its file, line, severity and rule
            args.add("--json");
            return ServerTool.run("evenkeel-check", output.out(), output.err(), args);
        }
        return check(output, args);
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
