package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Holds the tables of docs/commands.md against the verbs themselves. */
class CommandsDocTest {
    private static final Path PAGE = Path.of("../docs/commands.md");

    /** Verb and options; what it does is for people. */
    private static final Pattern VERB = Pattern.compile("^\\| `([a-z][a-z -]*)` \\|[^|]*\\|([^|]*)\\|$");

    private static final Pattern OPTION = Pattern.compile("`(--[a-z-]+)`");
    private static final Pattern COMMON = Pattern.compile("^\\| `(--[a-z-]+)[^`]*` \\|.*");
    private static final Pattern CODE = Pattern.compile("^\\| (\\d) \\| (.*) \\|$");

    private final CommandLine program = Main.program();

    @Test
    void everyVerbStandsInTheTablesAndNoOther() throws IOException {
        List<String> verbs = new ArrayList<>();
        collect(program, "", verbs);
        assertThat(rows(VERB).stream().map(row -> row.group(1))).containsExactlyInAnyOrderElementsOf(verbs);
    }

    /** Those that do something; words that only hold others together stand in front of them. */
    private static void collect(CommandLine line, String name, List<String> into) {
        if (!(line.getCommand() instanceof Runnable)) {
            into.add(name);
        }
        line.getSubcommands().forEach((word, below) -> collect(below, (name + " " + word).strip(), into));
    }

    @Test
    void theOptionsOfAVerbAreThoseThatItHas() throws IOException {
        for (Matcher row : rows(VERB)) {
            CommandLine verb = program;
            for (String word : row.group(1).split(" ", -1)) {
                verb = Objects.requireNonNull(verb.getSubcommands().get(word), row.group(1));
            }
            String cell = row.group(2);
            List<String> options = OPTION.matcher(cell)
                    .results()
                    .map(option -> option.group(1))
                    .toList();
            assertThat(String.join(", ", options))
                    .as(row.group(1))
                    .isEqualTo(cell.replace("`", "").strip());
            assertThat(verb.getCommandSpec().optionsMap().keySet())
                    .as(row.group(1))
                    .containsAll(options);
        }
        for (Matcher row : rows(COMMON)) {
            assertThat(Objects.requireNonNull(program.getSubcommands().get("status"))
                            .getCommandSpec()
                            .optionsMap())
                    .containsKey(row.group(1));
        }
    }

    @Test
    void theExitCodesAreThoseThatHelpTells() throws IOException {
        Map<String, String> codes = new LinkedHashMap<>();
        rows(CODE).forEach(row -> codes.put(row.group(1), row.group(2)));
        assertThat(codes)
                .isNotEmpty()
                .isEqualTo(program.getCommandSpec().usageMessage().exitCodeList());
    }

    private static List<Matcher> rows(Pattern form) throws IOException {
        return Files.readAllLines(PAGE).stream()
                .map(form::matcher)
                .filter(Matcher::matches)
                .toList();
    }
}
