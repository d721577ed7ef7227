package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every way into a zone is guarded. */
class GuardTest extends AdminTest {
    private static final int HOSTS = 60;

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
}
