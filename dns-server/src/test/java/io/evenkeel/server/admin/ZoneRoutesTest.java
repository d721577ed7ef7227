package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE;
import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.ZONES;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.json;
import static io.evenkeel.server.admin.AdminFixture.patch;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZoneRoutesTest extends AdminTest {
    @Test
    void zoneIsMadeShownListedExportedAndRemoved() throws Exception {
        HttpResponse<String> made = node.send("POST", ZONES, EXAMPLE);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location")).contains(EXAMPLE_ZONE);
        JsonNode zone = json(made);
        assertThat(zone.path("id").asText()).isEqualTo("example.");
        assertThat(zone.path("kind").asText()).isEqualTo("Native");
        assertThat(zone.path("url").asText()).isEqualTo(EXAMPLE_ZONE);
        assertThat(zone.path("serial").asLong()).isPositive();
        assertThat(zone.path("rrsets").path(0).path("type").asText()).isEqualTo("SOA");
        assertThat(zone.path("rrsets").path(0).path("comments").isArray()).isTrue();

        HttpResponse<String> shown = node.get(EXAMPLE_ZONE);
        assertThat(json(shown)).isEqualTo(zone);
        assertThat(shown.headers().firstValue("ETag")).isEqualTo(made.headers().firstValue("ETag"));
        assertThat(json(node.get(ZONES + "/example"))).isEqualTo(zone);
        assertThat(json(node.get(EXAMPLE_ZONE + "?rrsets=false")).has("rrsets")).isFalse();
        assertThat(json(node.get(ZONES))).hasSize(1);
        assertThat(json(node.get(ZONES + "?zone=example.")).path(0).path("name").asText())
                .isEqualTo("example.");
        assertThat(json(node.get(ZONES + "?zone=other."))).isEmpty();

        String export = node.get(EXAMPLE_ZONE + "/export").body();
        assertThat(export).startsWith("example.\t3600\tIN\tSOA\t").contains("ns1.example.\t300\tIN\tA\t192.0.2.1\n");
        HttpResponse<String> asJson = node.send("GET", EXAMPLE_ZONE + "/export", "", "Accept", "application/json");
        assertThat(json(asJson).path("zone").asText()).isEqualTo(export);

        assertThat(node.send("DELETE", EXAMPLE_ZONE, "").statusCode()).isEqualTo(204);
        assertError(node.get(EXAMPLE_ZONE), 404, "Could not find domain");
        assertError(node.get(EXAMPLE_ZONE + "/export"), 404);
        assertError(node.send("DELETE", EXAMPLE_ZONE, ""), 404);
        assertError(node.send("PATCH", EXAMPLE_ZONE, patch("DELETE", "a.example.", "A")), 404);
        assertError(node.send("PUT", EXAMPLE_ZONE, "{}"), 404);
    }

    @Test
    void zoneThatIsThereIsAConflict() throws Exception {
        node.createExample();
        assertError(node.send("POST", ZONES, EXAMPLE), 409, "already");
    }

    @Test
    void zoneComesAsMasterFileInJsonToo() throws Exception {
        String body = Reply.JSON.writeValueAsString(
                Reply.JSON.createObjectNode().put("name", "example.").put("zone", FILE));
        assertThat(node.send("POST", ZONES, body).statusCode()).isEqualTo(201);
        assertThat(node.contents("example.", "www.example.", "AAAA")).containsExactly("2001:db8::1");
        assertThat(json(node.get(EXAMPLE_ZONE)).path("serial").asLong()).isEqualTo(7);
        assertThat(node.send("PUT", EXAMPLE_ZONE, body.replace("2001:db8::1", "2001:db8::2"))
                        .statusCode())
                .isEqualTo(204);
        assertThat(node.contents("example.", "www.example.", "AAAA")).containsExactly("2001:db8::2");
    }

    @Test
    void replacementKeepsTheSoaAndWithoutContentsChangesNothing() throws Exception {
        node.createExample();
        long serial = json(node.get(EXAMPLE_ZONE)).path("serial").asLong();
        assertThat(node.send("PUT", EXAMPLE_ZONE, "{\"kind\": \"native\", \"soa_edit_api\": \"DEFAULT\"}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(node.get(EXAMPLE_ZONE)).path("serial").asLong()).isEqualTo(serial);
        String contents = """
                {"rrsets": [
                 {"name": "example.", "type": "NS", "ttl": 60, "records": [{"content": "ns9.example."}]},
                 {"name": "ns9.example.", "type": "A", "ttl": 60, "records": [{"content": "192.0.2.9"}]}]}
                """;
        assertThat(node.send("PUT", EXAMPLE_ZONE, contents).statusCode()).isEqualTo(204);
        assertThat(node.contents("example.", "example.", "NS")).containsExactly("ns9.example.");
        assertThat(node.contents("example.", "ns1.example.", "A")).isEmpty();
        assertThat(json(node.get(EXAMPLE_ZONE)).path("serial").asLong()).isEqualTo(serial + 1);
        assertError(node.send("PUT", EXAMPLE_ZONE, "{\"rrsets\": []}"), 422, "NS");
    }

    @Test
    void everyChangeTypeDoesWhatItSaysAndIsServedAtOnce() throws Exception {
        node.createExample();
        long serial = json(node.get(EXAMPLE_ZONE)).path("serial").asLong();
        assertThat(node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "w.example.", "A", "192.0.2.1", "192.0.2.2"))
                        .statusCode())
                .isEqualTo(204);
        assertThat(node.contents("example.", "w.example.", "A")).containsExactly("192.0.2.1", "192.0.2.2");
        node.send("PATCH", EXAMPLE_ZONE, patch("EXTEND", "w.example.", "A", "192.0.2.3"));
        assertThat(node.contents("example.", "w.example.", "A")).hasSize(3);
        node.send("PATCH", EXAMPLE_ZONE, patch("PRUNE", "w.example.", "A", "192.0.2.1"));
        assertThat(node.contents("example.", "w.example.", "A")).containsExactly("192.0.2.2", "192.0.2.3");
        node.send("PATCH", EXAMPLE_ZONE, patch("delete", "w.example.", "a"));
        assertThat(node.contents("example.", "w.example.", "A")).isEmpty();
        node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "w.example.", "A", "192.0.2.1"));
        node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "w.example.", "A"));
        assertThat(node.contents("example.", "w.example.", "A")).isEmpty();
        assertThat(json(node.get(EXAMPLE_ZONE)).path("serial").asLong()).isEqualTo(serial + 6);
    }

    @Test
    void changeThatChangesNothingIsSuccess() throws Exception {
        node.createExample();
        long serial = json(node.get(EXAMPLE_ZONE)).path("serial").asLong();
        assertThat(node.send("PATCH", EXAMPLE_ZONE, patch("DELETE", "none.example.", "A"))
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(node.get(EXAMPLE_ZONE)).path("serial").asLong()).isEqualTo(serial);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"rrsets\": 7}",
                "{\"rrsets\": [7]}",
                "{\"rrsets\": [{\"type\": \"A\", \"changetype\": \"DELETE\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example\", \"type\": \"A\", \"changetype\": \"DELETE\"}]}",
                "{\"rrsets\": [{\"name\": \"a.other.\", \"type\": \"A\", \"changetype\": \"DELETE\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"NOSUCH\", \"changetype\": \"DELETE\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"ANY\", \"changetype\": \"DELETE\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"TOUCH\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\"}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"records\": [{\"content\": \"192.0.2.1\"}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": \"1h\", \"records\": [{\"content\": \"192.0.2.1\"}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": -1, \"records\": [{\"content\": \"192.0.2.1\"}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": 60, \"records\": [{\"content\": 7}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": 60, \"records\": [{\"content\": \"192.0.2.1\", \"disabled\": true}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": 60, \"records\": [{\"content\": \"192.0.2.1\"}, {\"content\": \"192.0.2.1\"}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": 60, \"records\": [], \"comments\": [{\"content\": \"c\"}]}]}",
                "{\"rrsets\": [{\"name\": \"a.example.\", \"type\": \"A\", \"changetype\": \"DELETE\"}, {\"name\": \"A.example.\", \"type\": \"A\", \"changetype\": \"DELETE\"}]}",
                "{\"rrsets\": [{\"name\": \"example.\", \"type\": \"SOA\", \"changetype\": \"DELETE\"}]}",
                "[]"
            })
    void whatIsWrongInAPatchIsUnprocessableAndChangesNothing(String body) throws Exception {
        node.createExample();
        HttpResponse<String> before = node.get(EXAMPLE_ZONE);
        HttpResponse<String> response = node.send("PATCH", EXAMPLE_ZONE, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(json(response).path("error").asText()).isNotEmpty();
        assertThat(node.get(EXAMPLE_ZONE).body()).isEqualTo(before.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A|192.0.2.256",
                "A|",
                "AAAA|192.0.2.1x",
                "CNAME|www",
                "MX|ten mail.example.",
                "TXT|unquoted",
                "A|192.0.2.1 ; comment",
                "A|192.0.2.1 192.0.2.2",
                "SOA|ns1.example. h.example. 1 2 3",
                "HTTPS|1 . port=65536",
                "HTTPS|1 . alpn=\"h2,,h3\"",
                "TXT|\\\\# 0",
                "DNSKEY|257 3 13",
                "HINFO|é b"
            })
    void contentThatIsNotOfItsTypeIsNamed(String typeAndContent) throws Exception {
        node.createExample();
        String[] parts = typeAndContent.split("\\|", -1);
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", parts[0], parts[1])),
                422,
                "a.example. IN " + parts[0]);
    }

    @Test
    void charactersOfATextAreItsOctetsInUtf8Once() throws Exception {
        node.createExample();
        HttpResponse<String> made =
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "TXT", "\"café \\\\195\\\\169\""));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(204);
        assertThat(node.contents("example.", "a.example.", "TXT")).containsExactly("\"caf\\195\\169 \\195\\169\"");
        HttpResponse<String> export = node.get(EXAMPLE_ZONE + "/export");
        assertThat(export.body()).contains("\"caf\\195\\169 \\195\\169\"");
        HttpResponse<String> imported = node.send("PUT", IMPORT, export.body() + "b.example. 60 TXT café\n");
        assertThat(imported.statusCode()).as(imported.body()).isEqualTo(200);
        assertThat(node.contents("example.", "a.example.", "TXT")).containsExactly("\"caf\\195\\169 \\195\\169\"");
        assertThat(node.contents("example.", "b.example.", "TXT")).containsExactly("\"caf\\195\\169\"");
    }

    /** The A-label is named, wherever a name stands. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "é.example.|A|192.0.2.1",
                "a.example.|CNAME|é.example.",
                "a.example.|MX|10 é.example.",
                "a.example.|SRV|0 0 53 é.example.",
                "a.example.|HTTPS|1 é.example. alpn=h2",
                "a.example.|RP|é.example. ."
            })
    void nameThatIsNotAsciiIsRefusedWithItsALabel(String nameTypeAndContent) throws Exception {
        node.createExample();
        String[] parts = nameTypeAndContent.split("\\|", -1);
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", parts[0], parts[1], parts[2])),
                422,
                parts[0] + " IN " + parts[1],
                "'xn--9ca.example.'");
    }

    @Test
    void nameOfAZoneThatIsNotAsciiIsRefusedWithItsALabel() throws Exception {
        assertError(node.send("POST", ZONES, "{\"name\": \"é.\", \"nameservers\": [\"ns.test.\"]}"), 422, "'xn--9ca.'");
        assertError(node.send("POST", ZONES, "{\"name\": \"new.\", \"nameservers\": [\"é.\"]}"), 422, "'xn--9ca.'");
        assertError(node.get(ZONES + "/%C3%A9."), 422, "'xn--9ca.'");
    }

    /** No zone can have it, whatever else its owner has: where it comes in it is refused, and not where it is applied. */
    @Test
    void rrsetThatIsTooLargeIsRefusedOnEveryWay() throws Exception {
        node.createExample();
        String strings = ("\"" + "x".repeat(255) + "\" ").repeat(255) + "\"" + "x".repeat(200) + "\"";
        String words = "the TXT RRset takes 65493 octets";
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "t.example.", "TXT", strings)),
                422,
                "t.example./TXT: " + words);
        String file = FILE + "t 60 TXT " + strings + "\n";
        assertError(node.send("PUT", IMPORT + "?name=f", file), 422, "f:7: error: t.example.: " + words);
        assertError(
                node.send(
                        "POST",
                        ZONES,
                        Reply.JSON
                                .createObjectNode()
                                .put("name", "new.")
                                .put("zone", "@ 60 SOA ns h 1 1 1 1 1\n@ 60 NS ns.test.\nt 60 TXT " + strings + "\n")
                                .toString()),
                422,
                "zone:3: error: t.new.: " + words);
        assertError(node.send("POST", ZONES, """
                        {"name": "new.", "nameservers": ["ns.test."], "rrsets": [
                         {"name": "t.new.", "type": "TXT", "ttl": 60, "records": [{"content": "%s"}]}]}
                        """.formatted(strings.replace("\"", "\\\""))), 422, "t.new.: " + words);
        String strings256 = ("\"" + "x".repeat(255) + "\" ").repeat(256);
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "t.example.", "TXT", strings256)),
                422,
                "takes 65536 octets");
    }

    @Test
    void everyProblemIsListed() throws Exception {
        node.createExample();
        String body = """
                {"rrsets": [
                 {"name": "a.example.", "type": "A", "ttl": 60, "changetype": "REPLACE", "records": [{"content": "x"}, {"content": "y"}]},
                 {"name": "b.example.", "type": "NOPE", "ttl": 60, "changetype": "REPLACE", "records": []},
                 {"name": "c.example.", "type": "CERT", "ttl": 60, "changetype": "REPLACE", "records": [{"content": "1 1 1"}]}]}
                """;
        HttpResponse<String> response = node.send("PATCH", EXAMPLE_ZONE, body);
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(json(response).path("errors")).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\": 7}",
                "{\"name\": \"new\"}",
                "{\"name\": \"new.\", \"kind\": 7}",
                "{\"name\": \"new.\", \"kind\": \"Slave\", \"masters\": [\"192.0.2.1\"]}",
                "{\"name\": \"new.\", \"dnssec\": true}",
                "{\"name\": \"new.\", \"nameservers\": \"ns1.new.\"}",
                "{\"name\": \"new.\", \"nameservers\": [\"ns1.new\"]}",
                "{\"name\": \"new.\", \"nameservers\": []}",
                "{\"name\": \"new.\", \"zone\": 7}",
                "{\"name\": \"new.\", \"zone\": \"@ SOA broken\"}",
                "{\"name\": \"new.\", \"nameservers\": [\"ns.other.\"], \"rrsets\": [{\"name\": \"new.\", \"type\": \"NS\", \"ttl\": 60, \"records\": [{\"content\": \"ns.other.\"}]}]}"
            })
    void zoneThatCannotBeMadeIsUnprocessable(String body) throws Exception {
        HttpResponse<String> response = node.send("POST", ZONES, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(json(response).path("error").asText()).isNotEmpty();
        assertThat(json(node.get(ZONES))).isEmpty();
    }

    @Test
    void bodiesThatAreNoJsonOrTooLargeAreRefused() throws Exception {
        node.createExample();
        assertError(node.send("PATCH", EXAMPLE_ZONE, "{\"rrsets\": ["), 400, "JSON");
        assertError(node.send("POST", ZONES, "hello"), 400, "JSON");
        assertError(node.send("PATCH", EXAMPLE_ZONE, " ".repeat(AdminLimits.JSON_BYTES + 1)), 413, "master file");
    }

    @Test
    void changesOfAnotherVersionAreNotMade() throws Exception {
        node.createExample();
        String etag = node.get(EXAMPLE_ZONE).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> first =
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.1"), "If-Match", etag);
        assertThat(first.statusCode()).isEqualTo(204);
        assertThat(first.headers().firstValue("ETag"))
                .isEqualTo(node.get(EXAMPLE_ZONE).headers().firstValue("ETag"));
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.2"), "If-Match", etag),
                412);
        assertError(node.send("DELETE", EXAMPLE_ZONE, "", "If-Match", etag), 412);
        assertError(node.send("DELETE", EXAMPLE_ZONE, "", "If-Match", "\"rubbish\""), 412);
        assertThat(node.contents("example.", "a.example.", "A")).containsExactly("192.0.2.1");
        assertThat(node.send("DELETE", EXAMPLE_ZONE, "", "If-Match", "*").statusCode())
                .isEqualTo(204);
    }

    @Test
    void idempotencyKeyMakesTheSameRequestOne() throws Exception {
        node.createExample();
        String body = patch("REPLACE", "a.example.", "A", "192.0.2.1");
        HttpResponse<String> first = node.send("PATCH", EXAMPLE_ZONE, body, "Idempotency-Key", "k1");
        node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.2"));
        HttpResponse<String> again = node.send("PATCH", EXAMPLE_ZONE, body, "Idempotency-Key", "k1");
        assertThat(again.statusCode()).isEqualTo(204);
        assertThat(node.contents("example.", "a.example.", "A")).containsExactly("192.0.2.2");
        String id = first.headers().firstValue("Evenkeel-Request-Id").orElseThrow();
        assertThat(again.headers().firstValue("Evenkeel-Request-Id")).contains(id);
        JsonNode request = json(node.get("/api/v1/evenkeel/requests/" + id));
        assertThat(request.path("outcome").asText()).isEqualTo("accepted");
        assertThat(request.path("serial").asLong()).isPositive();
        assertError(node.get("/api/v1/evenkeel/requests/" + "0".repeat(32)), 404);
        assertError(node.get("/api/v1/evenkeel/requests/short"), 422);
        assertError(node.send("DELETE", EXAMPLE_ZONE, "", "Idempotency-Key", "k".repeat(300)), 400);
    }

    @Test
    void withoutLeaderTheChangeIsNotDoneAndTheClientIsToldWhenToComeAgain() throws Exception {
        node.createExample();
        node.replica.leads(false, null);
        HttpResponse<String> response =
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.1"));
        assertError(response, 503, "not done");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(node.get(EXAMPLE_ZONE).statusCode()).isEqualTo(200);
    }

    @Test
    void unknownOutcomeIsToldAsSuchWithItsRequestId() throws Exception {
        node.createExample();
        node.replica.quorum(false);
        HttpResponse<String> response =
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.1"));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        assertThat(json(response).path("requestId").asText()).hasSize(32);
        assertError(
                node.get("/api/v1/evenkeel/requests/"
                        + json(response).path("requestId").asText()),
                404);
    }

    @Test
    void masterFileIsTakenWholeOrRefusedWithEveryLine() throws Exception {
        assertError(node.send("PUT", IMPORT + "?name=f", FILE, "Content-Type", "text/dns"), 404);
        HttpResponse<String> made =
                node.send("PUT", IMPORT + "?name=my.zone&create=true", FILE, "Content-Type", "text/dns");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(json(made).path("serial").asLong()).isEqualTo(7);
        HttpResponse<String> again = node.send("PUT", IMPORT + "?name=my.zone&create=true", FILE.replace("::1", "::3"));
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again).path("serial").asLong()).isEqualTo(8);
        assertThat(json(made).has("previousSerial")).isFalse();
        assertThat(json(again).path("previousSerial").asLong()).isEqualTo(7);
        assertThat(json(again).path("givenSerial").asLong()).isEqualTo(7);
        assertThat(json(again).path("warnings")).isEmpty();
        assertThat(node.contents("example.", "www.example.", "AAAA")).containsExactly("2001:db8::3");

        String broken = FILE + "bad A 192.0.2.300\nworse MX mail\n$INCLUDE /etc/passwd\n";
        HttpResponse<String> refused = node.send("PUT", IMPORT + "?name=my.zone", broken);
        assertThat(refused.statusCode()).isEqualTo(422);
        List<String> errors = new ArrayList<>();
        json(refused).path("errors").forEach(error -> errors.add(error.asText()));
        assertThat(errors).hasSize(3).anyMatch(e -> e.contains("my.zone:7")).anyMatch(e -> e.contains("my.zone:8"));
        assertThat(errors).anyMatch(e -> e.contains("$INCLUDE"));
        assertThat(refused.body()).doesNotContain("root:");
        assertThat(json(node.get(EXAMPLE_ZONE)).path("serial").asLong()).isEqualTo(8);
        assertError(node.send("PUT", "/api/v1/evenkeel/zones/other.?create=true", FILE), 422, "example.");
        HttpResponse<String> odd = node.send("PUT", IMPORT + "?name=my.zone", FILE + "m 60 MX 1 nowhere\n");
        assertThat(json(odd).path("warnings").toString())
                .startsWith("[\"my.zone:")
                .contains("nowhere.example. has no address");
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void masterFileForANewZoneReplacesNone() throws Exception {
        String path = IMPORT + "?create=true";
        assertThat(node.send("PUT", path, FILE, "If-None-Match", "*", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(201);
        assertThat(node.send("PUT", path, FILE, "If-None-Match", "*", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(201);
        assertError(node.send("PUT", path, FILE.replace("::1", "::2"), "If-None-Match", "*"), 409, "already");
        assertThat(node.contents("example.", "www.example.", "AAAA")).containsExactly("2001:db8::1");
    }

    @Test
    void masterFileAboveTheLimitIsRefusedAlsoWithoutAnnouncedLength() throws Exception {
        byte[] large = new byte[(int) AdminFixture.FILE_BYTES + 1];
        java.util.Arrays.fill(large, (byte) ';');
        assertError(node.send("PUT", IMPORT + "?create=true", new String(large, StandardCharsets.US_ASCII)), 413);
        String key = Files.readString(folder.resolve("local-api-key")).strip();
        HttpResponse<String> chunked = node.send(node.request(
                        "PUT",
                        IMPORT + "?create=true",
                        BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large)))
                .header("X-API-Key", key)
                .build());
        assertError(chunked, 413);
    }

    @Test
    void zoneNamesWithSlashesSurviveTheAddress() throws Exception {
        String name = "0/26.2.0.192.in-addr.arpa.";
        String body = EXAMPLE.replace("\"name\": \"example.\"", "\"name\": \"" + name + "\"")
                .replace("ns1.example.", "ns1." + name)
                .replace("ns2.example.", "ns2." + name);
        HttpResponse<String> made = node.send("POST", ZONES, body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String id = json(made).path("id").asText();
        assertThat(id).isEqualTo("0=2F26.2.0.192.in-addr.arpa.");
        assertThat(json(node.get(ZONES + "/" + id)).path("name").asText()).isEqualTo(name);
        assertThat(json(node.get(ZONES + "/0%2F26.2.0.192.in-addr.arpa"))
                        .path("name")
                        .asText())
                .isEqualTo(name);
    }
}
