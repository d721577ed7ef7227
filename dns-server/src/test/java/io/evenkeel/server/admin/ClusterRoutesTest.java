package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The level and restarts of a cluster of one, through real HTTP. */
final class ClusterRoutesTest extends AdminTest {
    private static final String CLUSTER = "/api/v1/evenkeel/cluster";

    @Test
    void theClusterTellsItsLevelAndThoseOfEachMember() throws Exception {
        JsonNode cluster = json(node.send("GET", CLUSTER, ""));
        assertThat(cluster.at("/level/cluster").asInt()).isEqualTo(2);
        assertThat(cluster.at("/level/next").asInt()).isEqualTo(3);
        assertThat(cluster.at("/level/raisable").asBoolean()).isFalse();
        assertThat(cluster.at("/level/reasons/0").asText()).isEqualTo("no member speaks level 3");
        assertThat(cluster.at("/members/0/version").asText()).isEqualTo("0.1");
        assertThat(cluster.at("/members/0/lowestLevel").asInt()).isEqualTo(1);
        assertThat(cluster.at("/members/0/highestLevel").asInt()).isEqualTo(2);
    }

    @Test
    void aLevelThatNobodySpeaksIsRefusedAndThePresentOneIsDone() throws Exception {
        AdminFixture.assertError(
                node.send("PUT", CLUSTER + "/level", "{\"level\":3}"), 409, "no member speaks level 3");
        AdminFixture.assertError(
                node.send("PUT", CLUSTER + "/level", "{\"level\":4}"), 409, "can only be raised to level 3");
        for (String body : List.of("{}", "{\"level\":\"2\"}", "{\"level\":0}", "{\"level\":1.5}")) {
            AdminFixture.assertError(node.send("PUT", CLUSTER + "/level", body), 422);
        }
        assertThat(json(node.send("PUT", CLUSTER + "/level", "{\"level\":2}"))
                        .path("level")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void theOnlyMemberIsNotSafeToStopAndAStrangerIsNotFound() throws Exception {
        String self = json(node.send("GET", CLUSTER, "")).at("/members/0/name").asText();
        JsonNode said = json(node.send("GET", CLUSTER + "/members/" + self + "/safe-to-stop", ""));
        assertThat(said.path("safe").asBoolean()).isFalse();
        assertThat(said.path("reasons").toString())
                .contains("0 of 1 members take part")
                .contains("the only one that is open");
        AdminFixture.assertError(
                node.send("GET", CLUSTER + "/members/n9/safe-to-stop", ""), 404, "there is no member n9; members: ");
        AdminFixture.assertError(node.send("GET", CLUSTER + "/members/-/safe-to-stop", ""), 422);
    }

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Reply.JSON.readTree(answer.body());
    }
}
