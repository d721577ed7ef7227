package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** The disk of a node, its configuration and its threads, through real HTTP. */
final class StorageRoutesTest extends AdminTest {
    private static final String PATH = "/api/v1/evenkeel/storage";

    private JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Reply.JSON.readTree(answer.body());
    }

    @Test
    void beforeTheFirstLookOnlyTheBudgetIsKnown() throws Exception {
        JsonNode shown = json(node.get(PATH));
        assertThat(shown.path("node").asText()).isEqualTo("n1");
        assertThat(shown.path("budgetBytes").asLong()).isEqualTo(1 << 30);
        assertThat(shown.path("level").asText()).isEqualTo("normal");
        assertThat(shown.has("usedBytes")).isFalse();
        assertThat(shown.path("backups").asBoolean()).isFalse();
    }

    @Test
    void aBudgetIsSet() throws Exception {
        JsonNode set = json(node.send("PUT", PATH, "{\"budgetBytes\":268435456}"));
        assertThat(set.path("budgetBytes").asLong()).isEqualTo(256 << 20);
        for (String wrong : new String[] {
            "{}", "{\"budgetBytes\":1}", "{\"budgetBytes\":\"x\"}", "{\"budgetBytes\":268435456,\"a\":1}"
        }) {
            AdminFixture.assertError(node.send("PUT", PATH, wrong), 422, "at least 67108864");
        }
        assertThat(json(node.get(PATH)).path("budgetBytes").asLong()).isEqualTo(256 << 20);
    }

    @Test
    void configurationAndThreadsAreTexts() throws Exception {
        assertThat(node.get("/api/v1/evenkeel/configuration").body()).isEqualTo("node.name: n1\n");
        assertThat(node.get("/api/v1/evenkeel/threads").body())
                .contains("http-admin", "    at java.base@")
                .hasSizeLessThan(3 << 20);
    }
}
