package io.evenkeel.ops;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.Properties;

/** What {@code evenkeel-backup}, a part of the server in the same jar, finds in files and folders. */
final class ServerTool {
    private ServerTool() {}

    /**
     * Runs it.
     *
     * @return the {@code key=value} lines that it printed
     * @throws CommandFailure with its exit code and what it said is wrong
     */
    static Properties backup(String... args) throws CommandFailure, IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.tool("evenkeel-backup", new PrintWriter(out), new PrintWriter(err), List.of(args));
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

    static long number(Properties values, String key) {
        return Long.parseLong(values.getProperty(key));
    }
}
