package io.evenkeel.ops;

import io.evenkeel.ops.verb.Screen;
import java.io.PrintWriter;
import java.io.StringWriter;

/** What one run of the command line in this process said, and its exit code. */
public record Cli(int code, String out, String err) {
    public static Cli run(Object... args) {
        StringWriter out = new StringWriter();
        return run(new PrintWriter(out, true), out, args);
    }

    /** On a terminal of 80 columns. */
    public static Cli onTerminal(Object... args) {
        StringWriter out = new StringWriter();
        return run(new Screen(out, 80), out, args);
    }

    private static Cli run(PrintWriter to, StringWriter out, Object... args) {
        StringWriter err = new StringWriter();
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        int code = Main.run(to, new PrintWriter(err, true), words);
        return new Cli(code, out.toString().strip(), err.toString().strip());
    }
}
