package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The journal and the levels of the log, through real HTTP. */
final class LogRoutesTest extends AdminTest {
    private static final String EVENTS = "/api/v1/evenkeel/events";
    private static final String LEVELS = "/api/v1/evenkeel/log-levels";
    private static final String ADMIN = LEVELS + "/io.evenkeel.server.admin";

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Reply.JSON.readTree(answer.body());
    }

    private void journal(int... numbers) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int number : numbers) {
            lines.append("{\"number\":%d,\"time\":\"2026-01-31T12:00:%02dZ\",\"kind\":\"gate\",\"text\":\"event %d\"}\n"
                    .formatted(number, number % 60, number));
        }
        Path file = folder.resolve("journal").resolve("events.jsonl");
        Files.createDirectories(file.getParent());
        Files.writeString(file, lines);
    }

    @Test
    void theJournalIsShownInPages() throws Exception {
        assertThat(json(node.get(EVENTS)).path("events")).isEmpty();
        journal(1, 2, 3, 4);
        JsonNode all = json(node.get(EVENTS));
        assertThat(all.path("node").asText()).isEqualTo("n1");
        assertThat(all.path("events")).hasSize(4);
        assertThat(all.at("/events/3/text").asText()).isEqualTo("event 4");
        JsonNode last = json(node.get(EVENTS + "?limit=1"));
        assertThat(last.at("/events/0/number").asInt()).isEqualTo(4);
        JsonNode next = json(node.get(EVENTS + "?limit=2&after=1"));
        assertThat(next.at("/events/1/number").asInt()).isEqualTo(3);
        assertThat(json(node.get(EVENTS + "?since=2026-01-31T12:00:03Z")).path("events"))
                .hasSize(2);
    }

    @Test
    void aPageThatCannotBeIsRefused() throws Exception {
        AdminFixture.assertError(node.get(EVENTS + "?limit=1001"), 422, "limit is out of range; allowed: 1 to 1000");
        AdminFixture.assertError(node.get(EVENTS + "?limit=0"), 422, "limit is out of range");
        AdminFixture.assertError(node.get(EVENTS + "?after=x"), 422, "after is no whole number");
        AdminFixture.assertError(
                node.get(EVENTS + "?since=yesterday"), 422, "since is no time", "2026-01-31T23:59:59Z");
    }

    @Test
    void aLevelIsSetShownAndEnded() throws Exception {
        JsonNode set = json(node.send("PUT", ADMIN, "{\"level\":\"error\",\"seconds\":60}"));
        assertThat(set.at("/set/0/package").asText()).isEqualTo("io.evenkeel.server.admin");
        assertThat(set.at("/set/0/level").asText()).isEqualTo("error");
        assertThat(set.at("/set/0/secondsLeft").asInt()).isBetween(30, 60);
        assertThat(json(node.get(LEVELS)).path("set")).hasSize(1);
        assertThat(json(node.send("DELETE", ADMIN, "")).path("set")).isEmpty();
        AdminFixture.assertError(node.send("DELETE", ADMIN, ""), 404, "at the one that is configured");
        assertThat(json(node.send("PUT", ADMIN, "{\"level\":\"error\"}"))
                        .at("/set/0/secondsLeft")
                        .asInt())
                .isBetween(570, 600);
        assertThat(json(node.send("DELETE", ADMIN, "")).path("set")).isEmpty();
    }

    @Test
    void aLevelThatCannotBeIsRefusedWithWhatCan() throws Exception {
        AdminFixture.assertError(
                node.send("PUT", ADMIN, "{\"level\":\"loud\"}"), 422, "allowed: error, warn, info, debug");
        AdminFixture.assertError(
                node.send("PUT", ADMIN, "{\"level\":\"debug\",\"seconds\":86401}"), 422, "1 to 86400 seconds");
        AdminFixture.assertError(
                node.send("PUT", ADMIN, "{\"level\":\"debug\",\"seconds\":\"x\"}"), 422, "seconds is no whole number");
        AdminFixture.assertError(
                node.send("PUT", LEVELS + "/io.evenkeel.nothing", "{\"level\":\"debug\"}"),
                422,
                "io.evenkeel.server.admin");
        assertThat(json(node.get(LEVELS)).path("set")).isEmpty();
    }
}
