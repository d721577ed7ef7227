package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.fleet.Responder;
import io.evenkeel.ops.verb.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two seconds each. A machine that stalls may make a run void; what it says must be of one piece then, too. */
class DrillRunCommandTest {
    @TempDir
    private Path folder;

    private Path scenario(String server, String pass) throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, """
                seconds: 2
                nodes: {a: "%s"}
                groups:
                  g: {devices: 50, period: 500ms, names: [d-### A, d-### AAAA], timeout: 20s, site: 5}
                pass: %s
                """.formatted(server, pass));
        return file;
    }

    @Test
    void jsonIsALineASecondAndOneOfTheWhole() throws Exception {
        try (Responder server = new Responder((number, question) -> List.of(Responder.respond(question, 0)))) {
            Path file = scenario(server.address(), "[{first-try: 100 %}, {goodput: 1/s}]");
            Cli said = Cli.run("drill", "run", file, "--output", "json");
            List<String> lines = said.out().lines().toList();
            assertThat(lines).hasSizeGreaterThanOrEqualTo(3); // a machine that stalls may see another second end
            JsonNode second = Json.MAPPER.readTree(lines.get(1));
            assertThat(second.path("seconds").asInt()).isEqualTo(2);
            assertThat(second.at("/groups/0/name").asText()).isEqualTo("g");
            assertThat(second.at("/nodes/0/accepted").asLong()).isPositive();
            JsonNode total = Json.MAPPER.readTree(lines.getLast());
            assertThat(total.at("/all/accepted").asLong()).isGreaterThan(100);
            assertThat(total.at("/all/firstInVain").asLong()).isZero();
            assertThat(total.at("/criteria/0/passed").asBoolean()).isTrue();
            assertThat(total.at("/criteria/0/figure").asText()).isEqualTo("100.00 %");
            String result = total.path("result").asText();
            assertThat(said.code())
                    .isEqualTo(List.of("passed", "failed", "void").indexOf(result));
            assertThat(result).isIn("passed", "void");
        }
    }

    @Test
    void aCriterionThatFailsIsNamedWithItsFigureAndBar() throws Exception {
        try (Responder silent = new Responder((number, question) -> List.of())) {
            Cli said = Cli.run("drill", "run", scenario(silent.address(), "{goodput: 5/s}"));
            assertThat(said.out())
                    .contains("waiting")
                    .contains("FAIL  goodput at least 5.0/s, from second 0 to 2: 0.0/s");
            assertThat(said.code()).isIn(1, 2);
            assertThat(said.out()).contains(said.code() == 1 ? "failed" : "void");
        }
    }

    @Test
    void aFleetThatIsTooLargeForTheNodesIsVoid() throws Exception {
        try (Responder server = new Responder((number, question) -> List.of(Responder.respond(question, 0)))) {
            Path file = scenario(server.address(), "{goodput: 1/s}");
            Files.writeString(
                    file, Files.readString(file) + "capacity: {answers: 100/s, drop-cost: 0, least-headroom: 1.5}\n");
            Cli said = Cli.run("drill", "run", file);
            assertThat(said.code()).isEqualTo(2);
            assertThat(said.out())
                    .contains("C = 100/s; h = C P / N = 0.50")
                    .contains(
                            "the nodes can do too little for what is to be shown: h = 0.50, and 1.50 times 1.00 is the least");
        }
    }

    @Test
    void aFleetThatCannotAskAsTheScenarioSaysIsVoid() throws Exception {
        Path file = scenario("127.0.0.1:9", "{goodput: 5/s}");
        Files.writeString(file, Files.readString(file) + "sources: 192.0.2.1\n");
        Cli said = Cli.run("drill", "run", file);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("void: cannot ask from 192.0.2.1");
    }

    @Test
    void aReportIsAPageByItselfAndJsonBesideIt() throws Exception {
        try (Responder server = new Responder((number, question) -> List.of(Responder.respond(question, 0)))) {
            Path file = scenario(server.address(), "[{first-try: 100 %}, {goodput: 100000/s}]");
            Files.writeString(
                    file, Files.readString(file) + "title: a <b>title</b>\nsilence: {from: 1s, for: 100ms}\n");
            Path page = folder.resolve("r.html");
            Cli said = Cli.run("drill", "run", file, "--report", page);
            assertThat(said.code()).isIn(1, 2);
            String html = Files.readString(page);
            assertThat(html)
                    .contains("a &lt;b&gt;title&lt;/b&gt;")
                    .contains("goodput at least 100000.0/s")
                    .contains("polyline")
                    .contains("prefers-color-scheme: dark")
                    .doesNotContain("http:", "https:", "src=", "url(", "<script", "{plots}");
            JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(folder.resolve("r.json")));
            assertThat(json.at("/result/seed").asInt()).isEqualTo(1);
            assertThat(json.at("/goodput/all").size()).isGreaterThanOrEqualTo(2);
            assertThat(json.at("/offered/a/1").asLong()).isPositive();
            assertThat(json.path("host").asText()).contains("processors");
        }
    }

    @Test
    void aReportThatCouldNotBeWrittenIsRefusedBeforeTheRun() throws Exception {
        Path file = scenario("127.0.0.1:9", "{goodput: 5/s}");
        assertThat(Cli.run("drill", "run", file, "--report", folder.resolve("r.txt"))
                        .err())
                .contains("--report wants the name of a file *.html");
        Cli said = Cli.run("drill", "run", file, "--report", folder.resolve("none/r.html"));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("nothing can be written to");
    }
}
