package io.evenkeel.ops.verb;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.Properties;
import java.util.spi.ToolProvider;

/** Parts of the server that are in the same jar, found by name: the command line imports nothing of theirs. */
public final class ServerTool {
    private ServerTool() {}

    /**
     * Runs one.
     *
     * @return its exit code
     * @throws CommandFailure if the jar does not hold it
     */
    public static int run(String name, PrintWriter out, PrintWriter err, List<String> args) throws CommandFailure {
        ToolProvider tool = ToolProvider.findFirst(name)
                .orElseThrow(
                        () -> CommandFailure.failed("this jar holds no " + name + ": build it with `mvn package`"));
        return tool.run(out, err, args.toArray(String[]::new));
    }

    /**
     * Runs {@code evenkeel-backup}, which looks into backups and the folders of nodes.
     *
     * @return the {@code key=value} lines that it printed
     * @throws CommandFailure with its exit code and what it said is wrong
     */
    public static Properties backup(String... args) throws CommandFailure, IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = run("evenkeel-backup", new PrintWriter(out), new PrintWriter(err), List.of(args));
        if (code != 0) {
            List<String> lines = err.toString().lines().toList();
            throw new CommandFailure(
                    code,
                    lines.isEmpty() ? "failed" : lines.getFirst(),
                    lines.subList(Math.min(1, lines.size()), lines.size()));
        }
        Properties values = new Properties();
        // Backslashes in paths are not escapes here.
        values.load(new StringReader(out.toString().replace("\\", "\\\\")));
        return values;
    }

    /** A number among the values that {@link #backup} returned. */
    public static long number(Properties values, String key) {
        return Long.parseLong(values.getProperty(key));
    }
}
