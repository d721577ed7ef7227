package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every way into a zone is guarded. */
class GuardTest extends AdminTest {
    private static final int HOSTS = 60;
    private static final String SETTINGS = IMPORT + "/settings";

    private static String file(int hosts) {
        return FILE
                + IntStream.range(0, hosts)
                        .mapToObj("h%d A 192.0.2.9\n"::formatted)
                        .collect(Collectors.joining());
    }

    private static String deletion(int hosts) {
        return IntStream.range(0, hosts)
                .mapToObj("{\"name\":\"h%d.example.\",\"type\":\"A\",\"changetype\":\"DELETE\"}"::formatted)
                .collect(Collectors.joining(",", "{\"rrsets\":[", "]}"));
    }

    private static String replacement(int hosts) {
        return "{\"zone\":\"%s\"}".formatted(file(hosts).replace("\n", "\\n"));
    }

    @Test
    void whatTakesMostOfAZoneWantsForceOnEveryWay() throws Exception {
        assertThat(node.send("PUT", IMPORT + "?create=true", file(HOSTS)).statusCode())
                .isEqualTo(201);
        for (List<String> ask : List.of(
                List.of("PATCH", EXAMPLE_ZONE, deletion(40)),
                List.of("PUT", EXAMPLE_ZONE, replacement(20)),
                List.of("PUT", IMPORT, file(20)))) {
            HttpResponse<String> refused = node.send(ask.get(0), ask.get(1), ask.get(2));
            assertThat(refused.statusCode()).as("%s", ask.get(0)).isEqualTo(409);
            assertThat(refused.body())
                    .contains("takes 40 of the 63 names of example.", "--force", "?force=true")
                    .doesNotContain("Conflict: ");
            assertThat(node.send("GET", EXAMPLE_ZONE, "").body()).contains("h59.example.");

            HttpResponse<String> done = node.send(ask.get(0), ask.get(1) + "?force=true", ask.get(2));
            assertThat(done.statusCode()).as("%s %s", ask.get(0), done.body()).isBetween(200, 204);
            assertThat(node.send("PUT", IMPORT, file(HOSTS)).statusCode()).isEqualTo(200);
        }
        assertThat(node.send("DELETE", EXAMPLE_ZONE, "").statusCode()).isEqualTo(204);
    }

    @Test
    void aKeyWithTheRightBulkIsNeverStopped() throws Exception {
        node.send("PUT", IMPORT + "?create=true", file(HOSTS));
        AdminFixture.assertError(node.send("PATCH", EXAMPLE_ZONE, deletion(40)), 409);
        HttpResponse<String> done =
                node.send(node.request("PATCH", EXAMPLE_ZONE, HttpRequest.BodyPublishers.ofString(deletion(40)))
                        .header("X-API-Key", AdminFixture.BULK_KEY)
                        .build());
        assertThat(done.statusCode()).as(done.body()).isEqualTo(204);
        assertThat(AdminFixture.json(node.get("/api/v1/evenkeel/history?latest=true&limit=1"))
                        .at("/changes/0/key")
                        .asText())
                .isEqualTo("bulk");
    }

    @Test
    void theGuardIsSetForEachZone() throws Exception {
        AdminFixture.assertError(set("60"), 404, "there is no zone example.");
        node.send("PUT", IMPORT + "?create=true", file(HOSTS));
        assertThat(guard()).isEqualTo("50");
        for (String bad : List.of("0", "101", "\"on\"", "1.5", "null", "60, \"more\": 1")) {
            AdminFixture.assertError(set(bad), 422, "'guard' is wanted");
        }
        HttpResponse<String> done = set("70");
        assertThat(done.body()).isEqualTo("{\"zone\":\"example.\",\"guard\":70,\"changed\":true}");
        assertThat(set("70").body()).endsWith("\"changed\":false}");
        assertThat(guard()).isEqualTo("70");
        assertThat(node.send("PATCH", EXAMPLE_ZONE, deletion(40)).statusCode()).isEqualTo(204);
        assertThat(node.send("PUT", IMPORT, file(HOSTS)).statusCode()).isEqualTo(200);
        AdminFixture.assertError(
                node.send("PATCH", EXAMPLE_ZONE, deletion(45)),
                409,
                "takes 45 of the 63 names",
                "more than 70 % (`zone set`)");

        assertThat(set("\"off\"").statusCode()).isEqualTo(200);
        assertThat(guard()).isEqualTo("off");
        assertThat(node.send("PATCH", EXAMPLE_ZONE, deletion(HOSTS)).statusCode())
                .isEqualTo(204);
        assertThat(node.send("DELETE", EXAMPLE_ZONE, "").statusCode()).isEqualTo(204);
        assertThat(set("50").statusCode()).as("of a zone that is gone").isEqualTo(200);
        assertThat(node.replica.root().get().state().settings().ofKind("guard")).isEmpty();
    }

    private HttpResponse<String> set(String guard) throws Exception {
        return node.send("PUT", SETTINGS, "{\"guard\": " + guard + "}");
    }

    private String guard() throws Exception {
        return AdminFixture.json(node.get(SETTINGS)).path("guard").asText();
    }
}
