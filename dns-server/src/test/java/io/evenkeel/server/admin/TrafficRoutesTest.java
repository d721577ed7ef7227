package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.server.traffic.LoopTraffic;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked most, and captures, through real HTTP. */
final class TrafficRoutesTest extends AdminTest {
    private static final String TOP = "/api/v1/evenkeel/top";
    private static final String CAPTURE = "/api/v1/evenkeel/capture";

    /** A question for the A record of {@code www.}. */
    private static final byte[] QUESTION = {0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 0, 0, 1, 0, 1};

    private static final byte[] ADDRESS = {(byte) 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    private static void ask(LoopTraffic loop) {
        if (loop.wants()) {
            loop.saw(QUESTION, QUESTION.length, false, ADDRESS, 4, 4_000, QUESTION, QUESTION.length, 3);
        }
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        return Reply.JSON.readTree(response.body());
    }

    @Test
    void topTellsWhatIsAskedMostAndByWhom() throws Exception {
        LoopTraffic loop = node.traffic.loop();
        ask(loop);
        ask(loop);
        JsonNode top = json(node.get(TOP + "?seconds=3600&rows=1"));
        assertThat(top.path("node").asText()).isEqualTo("n1");
        assertThat(top.path("questions").asInt()).isEqualTo(2);
        assertThat(top.path("samples").asInt()).isEqualTo(2);
        assertThat(top.path("estimate").asBoolean(true)).isFalse();
        assertThat(top.at("/names/0/key").asText()).isEqualTo("www.");
        assertThat(top.at("/types/0/key").asText()).isEqualTo("A");
        assertThat(top.at("/clients/0/key").asText()).isEqualTo("192.0.2.7");
        assertThat(top.at("/rcodes/0/key").asText()).isEqualTo("NXDOMAIN");
        assertThat(top.at("/rcodes/0/questions").asInt()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"seconds=0", "seconds=3601", "rows=101", "rows=x"})
    void topBeyondItsBoundsIsRefused(String query) throws Exception {
        HttpResponse<String> response = node.get(TOP + "?" + query);
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.body()).contains(query.substring(0, query.indexOf('=')), "allowed: 1 to");
    }

    @Test
    void captureIsBegunShownAndEnded() throws Exception {
        LoopTraffic loop = node.traffic.loop();
        assertThat(json(node.get(CAPTURE)).has("file")).isFalse();
        HttpResponse<String> begun = node.send("POST", CAPTURE, "{\"seconds\":600,\"name\":\"www\"}");
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(201);
        assertThat(json(begun).path("filter").asText()).isEqualTo("names in www., all clients");
        assertThat(json(begun).path("mostBytes").asLong()).isEqualTo(64 << 20);
        assertThat(node.send("POST", CAPTURE, "").statusCode()).isEqualTo(409);
        ask(loop);
        JsonNode ended = json(node.send("DELETE", CAPTURE, ""));
        assertThat(ended.path("running").asBoolean(true)).isFalse();
        assertThat(ended.path("messages").asInt()).isEqualTo(1);
        assertThat(Files.size(Path.of(ended.path("file").asText())))
                .isEqualTo(ended.path("bytes").asLong());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"seconds\":0} | seconds",
                "{\"seconds\":3601} | seconds",
                "{\"bytes\":1} | bytes",
                "{\"bytes\":\"many\"} | bytes",
                "{\"name\":\"a..b\"} | name",
                "{\"client\":\"somewhere\"} | client",
                "{\"file\":\"/etc/passwd\"} | allowed: seconds",
            })
    void captureBeyondItsBoundsIsRefused(String body, String said) throws Exception {
        HttpResponse<String> response = node.send("POST", CAPTURE, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(response.body()).contains(said);
        assertThat(json(node.get(CAPTURE)).path("running").asBoolean(true)).isFalse();
    }
}
