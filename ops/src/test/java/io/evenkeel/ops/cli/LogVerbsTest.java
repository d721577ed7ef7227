package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.Json;
import org.junit.jupiter.api.Test;

/** The verbs of the journal and of the levels of the log, against a node of canned answers. */
class LogVerbsTest extends CannedNodeTest {
    private static final String EVENTS = "GET /api/v1/evenkeel/events";
    private static final String LEVELS = "/api/v1/evenkeel/log-levels";

    private static final String TWO = """
            {"node":"n1","events":[
             {"number":8,"time":"2026-01-31T12:00:00.5Z","level":"INFO","kind":"leader","text":"n2 leads, in term 5","fields":{"leader":"n2"}},
             {"number":9,"time":"2026-01-31T12:00:01Z","level":"WARN","kind":"majority",
              "text":"No majority of the members is reached: nobody has led for 10 s, so that no change is possible. Answers go on"}]}""";

    private static final String SET = """
            {"node":"n1","configured":"info","set":[{"package":"io.evenkeel.server.peer","level":"debug","secondsLeft":1790}]}""";

    @Test
    void eventsAreATableOfEightyColumns() {
        node.can(EVENTS + "?limit=50", 200, TWO);
        Cli said = node.onTerminal("events");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out().stripTrailing()).isEqualTo("""
                TIME            NODE  KIND           WHAT
                01-31 12:00:00  n1    leader         n2 leads, in term 5
                01-31 12:00:01  n1    majority       No majority of the members is reached:
                                                     nobody has led for 10 s, so that no change
                                                     is possible. Answers go on""");
        assertThat(said.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void eventsForProgramsHaveAllTheirValues() throws Exception {
        node.can(EVENTS + "?limit=2", 200, TWO);
        Cli said = node.run("events", "--last", "2", "--output", "json");
        JsonNode json = Json.MAPPER.readTree(said.out());
        assertThat(json.at("/0/events/0/fields/leader").asText()).isEqualTo("n2");
        assertThat(json.at("/0/events/1/number").asInt()).isEqualTo(9);
    }

    @Test
    void aTimeIsAMomentOrHowLongAgo() {
        node.can(EVENTS + "?limit=1000&since=2026-01-31T12:00:00Z", 200, TWO);
        assertThat(node.run("events", "--since", "2026-01-31T12:00:00Z").code()).isZero();
        for (String wrong : new String[] {"yesterday", "2", "2026-01-31T25:00:00Z"}) {
            Cli said = node.run("events", "--since", wrong);
            assertThat(said.code()).as(wrong).isEqualTo(2);
            assertThat(said.err())
                    .contains("2026-01-31T23:59:59Z")
                    .contains("30m or 2h")
                    .contains(wrong);
        }
        assertThat(node.run("events", "--last", "1001").err()).contains("--last wants 1 to 1000, not 1001");
    }

    @Test
    void aNodeThatDoesNotAnswerIsSaidBesideTheTable() {
        node.can(EVENTS + "?limit=50", 503, "{\"error\":\"this node has no API key at present\"}");
        Cli said = node.run("events");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("no API key at present");
    }

    @Test
    void aLevelIsSetForAWhileShownAndEnded() {
        String path = LEVELS + "/io.evenkeel.server.peer";
        node.can("PUT " + path, 200, SET);
        Cli set = node.run("log-level", "io.evenkeel.server.peer", "debug", "--for", "30m");
        assertThat(set.code()).as(set.err()).isZero();
        assertThat(node.requests().getLast()).isEqualTo("PUT " + path + " {\"level\":\"debug\",\"seconds\":1800}");
        assertThat(set.out()).containsPattern("io\\.evenkeel\\.server\\.peer +debug +30 min");
        node.can("GET " + LEVELS, 200, SET);
        assertThat(node.run("log-level").out())
                .containsPattern("all others +info")
                .contains("30 min");
        node.can("DELETE " + path, 200, "{\"node\":\"n1\",\"configured\":\"info\",\"set\":[]}");
        Cli ended = node.run("log-level", "io.evenkeel.server.peer", "configured");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).doesNotContain("io.evenkeel.server.peer");
    }

    @Test
    void aLevelThatCannotBeIsRefusedWithTheReason() {
        node.can("PUT " + LEVELS + "/io.evenkeel.pear", 422, "{\"error\":\"nothing of io.evenkeel.pear logs\"}");
        Cli said = node.run("log-level", "io.evenkeel.pear", "debug");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.out()).contains("nothing of io.evenkeel.pear logs");
        assertThat(node.run("log-level", "io.evenkeel").err()).contains("which level?");
        assertThat(node.run("log-level", "io.evenkeel", "debug", "--for", "25h").err())
                .contains("--for wants 1s to");
    }
}
