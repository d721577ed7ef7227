package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.verb.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverviewTest {
    @TempDir
    private Path folder;

    private Scenario scenario() throws Exception {
        Path file = Files.writeString(folder.resolve("d99-odd.yaml"), """
                title: fewer < more
                seconds: 2
                nodes: {a: "127.0.0.1:9"}
                groups:
                  g: {devices: 5, period: 500ms, names: d-### A}
                pass: {goodput: 1/s}
                """);
        return DrillCommands.read(file, Scale.NONE);
    }

    @Test
    void eachScenarioHasItsVerdictItsFiguresAndALinkToItsPage() throws Exception {
        Path page = folder.resolve("night.html");
        Overview overview = new Overview(page);
        Criterion.Result figure = new Criterion.Result("goodput at least 1.0/s", "0.5/s", false);
        overview.add(
                scenario(),
                folder.resolve("night-d99-odd.html"),
                new Verdict(Verdict.Kind.FAILED, List.of("goodput at least 1.0/s: 0.5/s"), List.of(figure)));
        overview.add(
                scenario(),
                folder.resolve("night-d99-odd.html"),
                new Verdict(Verdict.Kind.VOID, List.of("this machine was too slow"), List.of()));
        overview.write(Verdict.Kind.FAILED);
        assertThat(Files.readString(page))
                .contains("<a href=\"night-d99-odd.html\">d99-odd</a>: <span class=\"verdict failed\">failed</span>")
                .contains("<td>goodput at least 1.0/s</td><td>0.5/s</td>")
                .contains("<li>this machine was too slow</li>")
                .contains("<p>fewer &lt; more</p>", "Drills: 2 scenarios")
                .doesNotContain(folder.toString(), "{cells}", "{kind}");
        JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(folder.resolve("night.json")));
        assertThat(json.path("result").asText()).isEqualTo("failed");
        assertThat(json.at("/scenarios/0/criteria/0/figure").asText()).isEqualTo("0.5/s");
        assertThat(json.at("/scenarios/1/reasons/0").asText()).isEqualTo("this machine was too slow");
    }
}
