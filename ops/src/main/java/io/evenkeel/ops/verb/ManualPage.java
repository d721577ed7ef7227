package io.evenkeel.ops.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** A program with its verbs as a page of the manual, in the language of man(7): each verb with the words of its own help. */
public final class ManualPage {
    private static final int COLUMNS = 78;
    private static final String EXIT_CODES = "Exit codes:";

    private final List<String> lines = new ArrayList<>();

    private ManualPage() {}

    /** The page of a program. */
    public static String of(CommandLine program) {
        ManualPage page = new ManualPage();
        String name = program.getCommandName();
        page.lines.add(".TH %s 1".formatted(name.toUpperCase(Locale.ROOT)));
        page.head("NAME");
        page.text(name + " - "
                + String.join(" ", program.getCommandSpec().usageMessage().description()));
        page.head("SYNOPSIS");
        page.text(name + " VERB [OPTION]...");
        page.head("VERBS");
        page.verbs(program, "");
        page.head("EXIT STATUS");
        program.getCommandSpec().usageMessage().exitCodeList().forEach((code, meaning) -> {
            page.lines.add(".TP");
            page.text(code);
            page.text(meaning);
        });
        return String.join("\n", page.lines);
    }

    private void verbs(CommandLine above, String path) {
        above.getSubcommands().forEach((word, line) -> {
            String verb = (path + " " + word).strip();
            if (!(line.getCommand() instanceof Runnable)) {
                lines.add(".SS " + escaped(verb));
                lines.add(".nf");
                line.setUsageHelpAutoWidth(false).setUsageHelpWidth(COLUMNS);
                line.getUsageMessage(Ansi.OFF)
                        .lines()
                        .takeWhile(said -> !said.startsWith(EXIT_CODES))
                        .forEach(this::text);
                lines.add(".fi");
            }
            verbs(line, verb);
        });
    }

    private void head(String title) {
        lines.add(".SH " + title);
    }

    /** A line as it stands, whatever it begins with. */
    private void text(String line) {
        String escaped = escaped(line.stripTrailing());
        lines.add(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-");
    }
}
