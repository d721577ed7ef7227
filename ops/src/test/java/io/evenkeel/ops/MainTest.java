package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
    static Stream<List<String>> everyVerb() {
        List<List<String>> verbs = new ArrayList<>();
        collect(Main.program(), List.of(), verbs);
        return verbs.stream();
    }

    private static void collect(CommandLine line, List<String> path, List<List<String>> into) {
        into.add(path);
        line.getSubcommands().forEach((name, sub) -> {
            List<String> longer = new ArrayList<>(path);
            longer.add(name);
            collect(sub, longer, into);
        });
    }

    @ParameterizedTest
    @MethodSource("everyVerb")
    void everyVerbExplainsItself(List<String> verb) {
        List<String> args = new ArrayList<>(verb);
        args.add("--help");
        Cli help = Cli.run(args.toArray());
        assertThat(help.code()).isZero();
        assertThat(help.out())
                .contains(("Usage: evenkeel " + String.join(" ", verb)).strip())
                .contains("Exit codes:");
        assertThat(help.err()).isEmpty();
        CommandLine line = Main.program();
        for (String word : verb) {
            line = Objects.requireNonNull(line.getSubcommands().get(word));
            assertThat(line.getCommandName()).isEqualTo(word);
        }
        assertThat(help.out().strip())
                .as("alone as beside all others")
                .isEqualTo(line.getUsageMessage().strip());
    }

    @ParameterizedTest
    @MethodSource("everyVerb")
    void everyVerbThatDoesSomethingKnowsBothForms(List<String> verb) {
        CommandLine line = Main.program();
        for (String word : verb) {
            line = Objects.requireNonNull(line.getSubcommands().get(word));
        }
        boolean does = !(line.getCommand() instanceof Runnable) && !verb.equals(List.of("serve"));
        assertThat(line.getCommandSpec().findOption("--output") != null).isEqualTo(does);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "staus | evenkeel status",
                "zone lsit | evenkeel zone list",
                "zone improt f | evenkeel zone import",
                "import f | evenkeel zone import",
                "zone list --ouptut json | evenkeel zone list --output",
                "limits enforced | evenkeel limits enforce"
            })
    void aSlipOfTheFingersIsToldAsSuch(String typed, String meant) {
        Cli said = Cli.run((Object[]) typed.split(" ", -1));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err().lines().skip(1)).containsExactly("  did you mean " + meant + "?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "zone frobnicate", "status --frobnicate"})
    void whatIsNearNothingIsNotGuessed(String typed) {
        Cli said = Cli.run((Object[]) typed.split(" ", -1));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).doesNotContain("did you mean");
        assertThat(said.err().lines()).hasSize(2);
    }

    @Test
    void thePageOfTheManualHasEveryVerb() {
        Cli page = Cli.run("man");
        assertThat(page.code()).isZero();
        List<String> lines = page.out().lines().toList();
        everyVerb()
                .filter(verb -> {
                    CommandLine line = Main.program();
                    for (String word : verb) {
                        line = Objects.requireNonNull(line.getSubcommands().get(word));
                    }
                    return !(line.getCommand() instanceof Runnable);
                })
                .forEach(verb -> assertThat(lines)
                        .contains(".SS " + String.join(" ", verb).replace("-", "\\-")));
        assertThat(lines).startsWith(".TH EVENKEEL 1").contains(".SH EXIT STATUS");
    }

    @Test
    void theVersionIsToldWithoutAnyVerb() {
        for (String option : List.of("--version", "-V")) {
            assertThat(Main.program(option).getSubcommands()).isEmpty();
            Cli said = Cli.run(option);
            assertThat(said.code()).isZero();
            assertThat(said.out()).startsWith("evenkeel ");
        }
        assertThat(Main.program("--help").getSubcommands()).isNotEmpty();
        assertThat(Cli.run("--help").out()).contains("rrset");
    }

    @Test
    void badUsageIsOneLineAndAHintWithCodeTwo() {
        for (List<String> words : List.of(
                List.<String>of(),
                List.of("zone"),
                List.of("nonsense"),
                List.of("serve"),
                List.of("zone", "show"),
                List.of("status", "--output", "xml"),
                List.of("up", "--nodes", "two"),
                List.of("up", "--nodes", "2"),
                List.of("up", "--base-port", "65437"),
                List.of("image", "--engine", "buildx"),
                List.of("zone", "list", "--server", "http://[", "--api-key-file", "x"))) {
            Cli said = Cli.run(words.toArray());
            assertThat(said.code()).as("%s", words).isEqualTo(2);
            assertThat(said.err()).as("%s", words).startsWith("evenkeel: ").doesNotContain("Exception");
            assertThat(said.err().lines().count()).as(said.err()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void withoutAClusterEachVerbSaysHowToGetOne(@TempDir Path empty) {
        for (List<String> verb :
                List.of(List.of("status"), List.of("zone", "list"), List.of("rrset", "list", "example."))) {
            List<Object> args = new ArrayList<>(verb);
            args.addAll(List.of("--data", empty));
            Cli said = Cli.run(args.toArray());
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).contains("there is no cluster in").contains("evenkeel up");
        }
        assertThat(Cli.run("down", "--data", empty)).extracting(Cli::code).isEqualTo(0);
    }

    /** Nothing is done: no verb knows that option. */
    @ParameterizedTest
    @MethodSource("everyVerb")
    void badUsageOfEveryVerbIsOneJsonValueWhereJsonIsAskedFor(List<String> verb) throws IOException {
        for (List<String> form : List.of(List.of("--output", "json"), List.of("--output=json"))) {
            List<String> args = new ArrayList<>(verb);
            args.add("--no-such-option");
            args.addAll(form);
            Cli said = Cli.run(args.toArray());
            assertThat(said.code()).isEqualTo(2);
            assertThat(said.err()).isEmpty();
            JsonNode value = Json.MAPPER.readTree(said.out());
            assertThat(value.path("error").asText())
                    .startsWith(("evenkeel " + String.join(" ", verb)).strip() + ": ")
                    .isNotEmpty();
            assertThat(value.path("errors").isArray()).isTrue();
            assertThat(value.path("code").asText()).isEqualTo("usage");
            assertThat(value.path("exitCode").asInt()).isEqualTo(2);
        }
    }

    @Test
    void aFailureIsJsonWhereJsonIsAskedFor(@TempDir Path empty) {
        Cli said = Cli.run("status", "--output", "json", "--data", empty);
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .startsWith("{\"error\":\"there is no cluster")
                .endsWith("\"errors\":[],\"code\":\"failed\",\"exitCode\":1}");
    }
}
