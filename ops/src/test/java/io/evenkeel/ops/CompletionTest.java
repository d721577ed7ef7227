package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.verb.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The script by which a shell completes what is typed, asked as bash asks it. */
class CompletionTest {
    @TempDir
    Path folder = Path.of("");

    private String bash(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", "--norc", "--noprofile"));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    /** Each word that has others behind it, with those. */
    private static void collect(CommandLine line, String path, Map<String, List<String>> into) {
        if (!line.getSubcommands().isEmpty()) {
            into.put(path, List.copyOf(line.getSubcommands().keySet()));
        }
        line.getSubcommands().forEach((word, below) -> collect(below, path + " " + word, into));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void theShellKnowsEveryVerb(String shell) throws Exception {
        Cli said = Cli.run("completion", shell);
        assertThat(said.code()).as("%s", said).isZero();
        Path script = Files.writeString(folder.resolve("script"), said.out() + "\n");
        assertThat(bash("-n", script.toString())).isEmpty();

        Map<String, List<String>> verbs = new TreeMap<>();
        collect(Main.program(), "evenkeel", verbs);
        StringBuilder asks =
                new StringBuilder("source '" + script + "'\ncompopt() { :; }\n"); // it works while somebody types
        verbs.keySet()
                .forEach(path -> asks.append(
                        "COMP_WORDS=(%s '') COMP_CWORD=%d COMPREPLY=(); _complete_evenkeel; echo \"${COMPREPLY[*]}\"\n"
                                .formatted(path, path.split(" ", -1).length)));
        List<String> replies = bash(Files.writeString(folder.resolve("asks"), asks)
                        .toString())
                .lines()
                .toList();
        assertThat(replies).hasSize(verbs.size());
        int i = 0;
        for (Map.Entry<String, List<String>> each : verbs.entrySet()) {
            assertThat(replies.get(i++).split("\\s+")).as(each.getKey()).containsAll(each.getValue());
        }
    }

    @Test
    void programsGetOneValueAndOtherShellsAreRefused() throws Exception {
        Cli json = Cli.run("completion", "bash", "--output", "json");
        assertThat(Json.MAPPER.readTree(json.out()).path("script").asText()).contains("_complete_evenkeel");
        Cli fish = Cli.run("completion", "fish");
        assertThat(fish.code()).isEqualTo(2);
        assertThat(fish.err()).contains("BASH, ZSH").contains("fish");
        assertThat(Cli.run("completion").code()).isEqualTo(2);
    }
}
