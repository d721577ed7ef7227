package io.evenkeel.ops;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What one run of the command line in this process said, and its exit code. */
public record Cli(int code, String out, String err) {
    public static Cli run(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
        return new Cli(code, out.toString().strip(), err.toString().strip());
    }
}
