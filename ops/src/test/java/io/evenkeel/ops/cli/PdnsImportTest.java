package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** All zones of a PowerDNS server, which here is canned as the node is. */
@ResourceLock(CannedNodeTest.MASTER_FILES)
class PdnsImportTest extends CannedNodeTest {
    private static final String ZONES = "GET /api/v1/servers/localhost/zones";

    private static String text(String zone, String more) {
        return "%1$s\t300\tIN\tSOA\tns.%1$s h.%1$s 5 3600 600 86400 60\n%1$s\t300\tIN\tNS\tns.%1$s\nns.%1$s\t300\tIN\tA\t192.0.2.1\n"
                        .formatted(zone)
                + more;
    }

    @Test
    void allZonesAreTakenEachWholeOrNotAtAllWithAReport() throws IOException {
        try (CannedNode pdns = new CannedNode(folder)) {
            String port = pdns.url().substring(pdns.url().lastIndexOf(':') + 1);
            pdns.can(
                    ZONES,
                    200,
                    "[{\"name\":\"b.test.\",\"id\":\"b.test.\"},{\"name\":\"0/25.2.test.\",\"id\":\"0=2F25.2.test.\"},{\"name\":\"c.test.\",\"id\":\"c.test.\"}]");
            pdns.can(ZONES + "/b.test./export", 200, text("b.test.", ""));
            pdns.can(ZONES + "/0=2F25.2.test./export", 200, text("0/25.2.test.", ""));
            pdns.can(ZONES + "/c.test./export", 200, text("c.test.", "c.test.\t60\tIN\tALIAS\tx.test.\n"));
            node.can(ZONES + "/b.test.?rrsets=false", 404, "{}");
            node.can(ZONES + "/b.test.?rrsets=false", 200, "{\"serial\":5}");
            node.can(ZONES + "/0=2F25.2.test.?rrsets=false", 200, "{\"serial\":6}");
            for (String zone : new String[] {"b.test.", "0=2F25.2.test."}) {
                node.can(
                        "PUT /api/v1/evenkeel/zones/%s?name=%s+of+PowerDNS+at+127.0.0.1%%3A%s&create=true"
                                .formatted(zone, zone.replace("=2F", "%2F"), port),
                        201,
                        "{}");
            }
            Object[] words = {"zone", "import", "--from-pdns", pdns.url(), "--pdns-api-key-file", pdns.key(), "--create"
            };
            Cli said = node.run(words);
            assertThat(said.code()).as("%s", said).isEqualTo(1);
            assertThat(said.out().lines().map(String::strip))
                    .contains(
                            "ZONE          SERIAL  RESULT",
                            "0/25.2.test.  6       replaced",
                            "b.test.       5       made",
                            "c.test.       -       refused")
                    .anyMatch(line -> line.startsWith("c.test.: ") && line.contains("is refused"))
                    .anyMatch(line -> line.contains(":4: ") && line.contains("ALIAS"))
                    .anyMatch(line -> line.startsWith("2 of 3 zones of PowerDNS at 127.0.0.1:"));
        }
    }

    @Test
    void nothingIsChangedByADryRunAndFailuresAreJson() throws IOException {
        try (CannedNode pdns = new CannedNode(folder)) {
            pdns.can(ZONES, 200, "[{\"name\":\"b.test.\",\"id\":\"b.test.\"}]");
            pdns.can(ZONES + "/b.test./export", 200, text("b.test.", ""));
            Object[] words = {
                "zone", "import", "--from-pdns", pdns.url(), "--pdns-api-key-file", pdns.key(), "--dry-run", "--create"
            };
            Cli said = node.run(words);
            assertThat(said.code()).as("%s", said).isZero();
            assertThat(said.out()).contains("would be made");
            assertThat(node.requests()).noneMatch(request -> request.startsWith("PUT "));
            Cli missing = node.run(
                    "zone", "import", "--from-pdns", pdns.url(), "--pdns-api-key-file", pdns.key(), "--output", "json");
            assertThat(missing.code()).isEqualTo(1);
            JsonNode value = Json.MAPPER.readTree(missing.out()).get(0);
            assertThat(value.path("zone").asText()).isEqualTo("b.test.");
            assertThat(value.path("error").asText()).contains("--create makes it");
            assertThat(value.path("code").asText()).isEqualTo("failed");
        }
    }

    @Test
    void whatContradictsItselfIsBadUsage() throws IOException {
        assertThat(node.run("zone", "import").code()).isEqualTo(2);
        assertThat(node.run("zone", "import", "--from-pdns", "127.0.0.1:1").err())
                .contains("--pdns-api-key-file");
        assertThat(node.run("zone", "import", "f", "--from-pdns", "127.0.0.1:1").err())
                .contains("leave out FILE");
        assertThat(node.run("zone", "import", "--from-pdns", "http://[", "--pdns-api-key-file", node.key())
                        .err())
                .contains("--from-pdns wants a URL");
    }
}
