package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.ZONES;
import static io.evenkeel.server.admin.AdminFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.zones.file.RecordWriter;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the well-known clients of PowerDNS' API send, in the order and shape in which they send it. */
class ClientShapesTest extends AdminTest {
    @BeforeEach
    void create() throws Exception {
        node.createExample();
    }

    @Test
    void externalDnsSendsTheListedZoneBackWithItsRRsets() throws Exception {
        ObjectNode zone = (ObjectNode) json(node.get(ZONES)).path(0);
        zone.putArray("rrsets").add(Reply.JSON.readTree("""
                        {"name": "app.example.", "type": "A", "ttl": 300, "changetype": "REPLACE", "comments": null,
                         "records": [{"content": "192.0.2.7", "disabled": false, "set-ptr": false}]}
                        """)).add(Reply.JSON.readTree("""
                        {"name": "app.example.", "type": "TXT", "ttl": 300, "changetype": "REPLACE",
                         "records": [{"content": "\\"heritage=external-dns,external-dns/owner=me\\"", "disabled": false}]}
                        """));
        assertThat(node.send("PATCH", ZONES + "/" + zone.path("id").asText(), zone.toString())
                        .statusCode())
                .isEqualTo(204);
        assertThat(node.contents("example.", "app.example.", "TXT"))
                .containsExactly("\"heritage=external-dns,external-dns/owner=me\"");

        // It deletes with the records and without a TTL.
        zone.putArray("rrsets").add(Reply.JSON.readTree("""
                        {"name": "app.example.", "type": "A", "changetype": "DELETE",
                         "records": [{"content": "192.0.2.7", "disabled": false}]}
                        """));
        assertThat(node.send("PATCH", ZONES + "/example.", zone.toString()).statusCode())
                .isEqualTo(204);
        assertThat(node.contents("example.", "app.example.", "A")).isEmpty();
    }

    @Test
    void legoFindsTheVersionThenAddsAndRemovesItsChallenge() throws Exception {
        assertThat(json(node.get("/api")).path(0).path("version").asInt()).isEqualTo(1);
        JsonNode zone = json(node.get("/api/v1/servers/localhost/zones/example."));
        String url = zone.path("url").asText();
        String body = """
                {"rrsets": [{"name": "_acme-challenge.example.", "type": "TXT", "kind": "Master", "ttl": 120,
                  "changetype": "%s", "records": [{"content": "\\"token\\"", "disabled": false,
                  "name": "_acme-challenge.example.", "type": "TXT", "ttl": 120}]}]}
                """;
        HttpResponse<String> added = node.send("PATCH", url, body.formatted("REPLACE"));
        assertThat(added.statusCode()).isEqualTo(204);
        assertThat(added.body()).isEmpty();
        assertThat(node.contents("example.", "_acme-challenge.example.", "TXT")).containsExactly("\"token\"");
        assertThat(node.send("PATCH", url, body.formatted("DELETE")).statusCode())
                .isEqualTo(204);
        assertThat(node.contents("example.", "_acme-challenge.example.", "TXT")).isEmpty();
    }

    @Test
    void octoDnsReadsTheVersionAsNumbersPatchesAndCreatesWhenTheZoneIsNotThere() throws Exception {
        String version =
                json(node.get("/api/v1/servers/localhost")).path("version").asText();
        String[] parts = version.split("\\.", -1);
        int[] numbers = new int[3];
        for (int i = 0; i < 3; i++) {
            numbers[i] = Integer.parseInt(parts[i].split("-", -1)[0]);
        }
        assertThat(numbers).containsExactly(4, 9, 0);

        ArrayNode mods = Reply.JSON.createArrayNode();
        mods.add(Reply.JSON.readTree("""
                {"name": "new.", "type": "NS", "ttl": 3600, "changetype": "REPLACE",
                 "records": [{"content": "ns1.example.", "disabled": false}]}
                """));
        mods.add(Reply.JSON.readTree("""
                {"name": "new.", "type": "CAA", "ttl": 3600, "changetype": "REPLACE",
                 "records": [{"content": "0 issue \\"ca.example\\"", "disabled": false}]}
                """));
        ObjectNode patch = Reply.JSON.createObjectNode();
        patch.set("rrsets", mods);
        assertThat(node.send("PATCH", ZONES + "/new.", patch.toString()).statusCode())
                .isEqualTo(404);
        ObjectNode create = Reply.JSON.createObjectNode().put("name", "new.").put("kind", "Master");
        create.putArray("masters");
        create.putArray("nameservers");
        create.put("soa_edit_api", "DEFAULT").put("serial", 0);
        create.set("rrsets", mods);
        AdminFixture.assertError(node.send("POST", ZONES, create.toString()), 422, "'kind' \"Master\"", "Native");
        create.put("kind", "native");
        HttpResponse<String> created = node.send("POST", ZONES, create.toString());
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(node.contents("new.", "new.", "CAA")).containsExactly("0 issue \"ca.example\"");
        assertThat(node.contents("new.", "new.", "SOA")).hasSize(1);
    }

    @Test
    void terraformFindsItsRecordsByTheTextItSentAndDeletesWithoutRecords() throws Exception {
        assertThat(node.get("/api/v1/servers").statusCode()).isEqualTo(200);
        String replace = """
                {"rrsets": [{"name": "v6.example.", "type": "AAAA", "changetype": "REPLACE", "ttl": 60, "records": [
                 {"name": "v6.example.", "type": "AAAA", "content": "2001:db8::7", "ttl": 60, "disabled": false, "set-ptr": false}]}]}
                """;
        assertThat(node.send("PATCH", ZONES + "/example.", replace).statusCode())
                .isEqualTo(204);
        assertThat(node.contents("example.", "v6.example.", "AAAA")).containsExactly("2001:db8::7");
        String delete =
                "{\"rrsets\": [{\"name\": \"v6.example.\", \"type\": \"AAAA\", \"changetype\": \"DELETE\", \"ttl\": 0}]}";
        assertThat(node.send("PATCH", ZONES + "/example.", delete).statusCode()).isEqualTo(204);
        String update =
                "{\"id\": \"\", \"name\": \"example.\", \"url\": \"\", \"kind\": \"Native\", \"dnsssec\": false, \"serial\": 0}";
        assertThat(node.send("PUT", ZONES + "/example.", update).statusCode()).isEqualTo(204);
        String create = """
                {"id": "", "name": "tf.", "url": "", "kind": "Native", "dnsssec": false, "serial": 0,
                 "nameservers": ["ns1.example.", "ns2.example."]}
                """;
        assertThat(node.send("POST", ZONES, create).statusCode()).isEqualTo(201);
        assertThat(node.contents("tf.", "tf.", "NS")).isEqualTo(List.of("ns1.example.", "ns2.example."));
    }

    /** Scripts of shells have no reader of JSON: they cut its text. One asks for the tokens that are there, to add one to them. */
    @Test
    void scriptsFindTheTokensOfANameInTheTextOfItsZone() throws Exception {
        String two = """
                {"rrsets": [{"changetype": "REPLACE", "name": "_acme-challenge.example.", "type": "TXT", "ttl": "60",
                 "records": [{"content": "\\"first_token\\"", "disabled": false}, {"content": "\\"a-token\\"", "disabled": false}]}]}
                """;
        assertThat(node.send("PATCH", ZONES + "/example.", two).statusCode()).isEqualTo(204);
        String text = node.get(ZONES + "/example.").body();
        String withoutBlanks = text.replaceAll("\" *: *", "\":").replaceAll(" *([,{}\\[\\]]) *", "$1");
        Matcher rrset =
                Pattern.compile("\"name\":\"_acme-challenge\\.example[^]]*}").matcher(withoutBlanks);
        assertThat(rrset.find()).as(withoutBlanks).isTrue();
        assertThat(Pattern.compile("content\":\"\\\\\"([^\\\\]*)")
                        .matcher(rrset.group())
                        .results()
                        .map(found -> found.group(1)))
                .containsExactly("a-token", "first_token");
        HttpResponse<String> notified = node.send("PUT", ZONES + "/example./notify", "");
        assertThat(notified.statusCode()).isEqualTo(200);
        assertThat(notified.body()).isEqualTo("{\"result\": \"Notification queued\"}");
    }

    /** Others take a line for what stands between two commas with a blank, and the last value of a key in a line. */
    @Test
    void hooksOfBashFindVersionServerAndZones() throws Exception {
        assertThat(node.send("POST", ZONES, "{\"name\": \"another.\", \"nameservers\": [\"ns1.example.\"]}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(lastIn(node.get("/api").body(), "\"version\": *([^,}]*),*")).isEqualTo("1");
        assertThat(lastIn(node.get("/api/v1/servers").body(), "\"id\": *\"([^\"]*)\""))
                .isEqualTo("localhost");
        List<String> zones = Stream.of(node.get(ZONES).body().split(", ", -1))
                .map(line -> lastIn(line, "\"name\": *\"([^\"]*)\""))
                .filter(name -> !name.isEmpty())
                .toList();
        assertThat(zones).containsExactlyInAnyOrder("example.", "another.");
        assertThat(node.get(ZONES).body()).doesNotContain("error");
    }

    /** As a greedy expression of sed takes it. */
    private static String lastIn(String line, String value) {
        Matcher found = Pattern.compile(".*" + value + ".*").matcher(line);
        return found.matches() ? found.group(1) : "";
    }

    /** Clients of Go have types for the values, and do not read a zone with another one. */
    @Test
    void aZoneHasTheKeysAndTheValuesOfPowerDnsInOrder() throws Exception {
        JsonNode zone = json(node.get(ZONES + "/example."));
        assertThat(zone.fieldNames())
                .toIterable()
                .containsExactly(
                        "account",
                        "api_rectify",
                        "catalog",
                        "dnssec",
                        "edited_serial",
                        "id",
                        "kind",
                        "last_check",
                        "master_tsig_key_ids",
                        "masters",
                        "name",
                        "notified_serial",
                        "nsec3narrow",
                        "nsec3param",
                        "rrsets",
                        "serial",
                        "slave_tsig_key_ids",
                        "soa_edit",
                        "soa_edit_api",
                        "url");
        assertThat(zone.path("soa_edit_api").asText()).isEqualTo("DEFAULT");
        assertThat(zone.path("rrsets").path(0).fieldNames())
                .toIterable()
                .containsExactly("comments", "name", "records", "ttl", "type");
        List<String> entry = List.of(
                "account",
                "catalog",
                "dnssec",
                "edited_serial",
                "id",
                "kind",
                "last_check",
                "masters",
                "name",
                "notified_serial",
                "serial",
                "url");
        assertThat(json(node.get(ZONES)).path(0).fieldNames()).toIterable().containsExactlyElementsOf(entry);
        assertThat(json(node.get(ZONES + "?dnssec=false")).path(0).fieldNames())
                .toIterable()
                .containsExactlyElementsOf(entry.stream()
                        .filter(key -> !key.equals("dnssec") && !key.equals("edited_serial"))
                        .toList());
    }

    /** What was read may be sent back. */
    @Test
    void aZoneTakesItsOwnSettingsAndRefusesOthersByName() throws Exception {
        ObjectNode zone = (ObjectNode) json(node.get(ZONES + "/example."));
        zone.remove("rrsets");
        assertThat(node.send("PUT", ZONES + "/example.", zone.toString()).statusCode())
                .isEqualTo(204);
        for (String other : List.of(
                "\"account\": \"me\"",
                "\"api_rectify\": true",
                "\"catalog\": \"c.\"",
                "\"kind\": \"Master\"",
                "\"masters\": [\"192.0.2.1\"]",
                "\"nsec3param\": \"1 0 0 -\"",
                "\"soa_edit_api\": \"EPOCH\"",
                "\"soa_edit\": 7",
                "\"slave_tsig_key_ids\": [\"k.\"]",
                "\"account\": \"" + "a".repeat(9000) + "\"")) {
            String name = other.substring(1, other.indexOf('"', 1));
            HttpResponse<String> refusal = node.send("PUT", ZONES + "/example.", "{" + other + "}");
            AdminFixture.assertError(refusal, 422, "'" + name + "'", "alone");
            assertThat(refusal.body()).hasSizeLessThan(500);
            AdminFixture.assertError(
                    node.send("POST", ZONES, "{\"name\": \"new.\", \"nameservers\": [\"ns.other.\"], " + other + "}"),
                    422,
                    "'" + name + "'");
        }
        AdminFixture.assertError(node.send("PUT", ZONES + "/example.", "{\"dnssec\": true}"), 422, "does not sign");
    }

    @Test
    void whatHasNothingToDoHereIsDone() throws Exception {
        assertThat(node.send("PUT", ZONES + "/example./rectify", "").body()).isEqualTo("{\"result\": \"Rectified\"}");
        AdminFixture.assertError(node.send("PUT", ZONES + "/none./notify", ""), 404);
        AdminFixture.assertError(node.send("PUT", ZONES + "/example./axfr-retrieve", ""), 422, "not a secondary");
        String flush = "/api/v1/servers/localhost/cache/flush";
        assertThat(node.send("PUT", flush + "?domain=example.", "").body())
                .isEqualTo("{\"count\": 0, \"result\": \"Flushed cache.\"}");
        AdminFixture.assertError(node.send("PUT", flush, ""), 422, "domain");
        AdminFixture.assertError(node.send("PUT", flush + "?domain=example", ""), 422, "not canonical");
    }

    /** Keys of DKIM are longer than a string; clients compare what they read with what they sent. */
    @Test
    void aTextOfAnyLengthComesBackInOnePairOfQuotes() throws Exception {
        String key = "\"v=DKIM1; p=" + "A".repeat(600) + "\"";
        String body = """
                {"rrsets": [{"name": "k._domainkey.example.", "type": "TXT", "ttl": 300, "changetype": "REPLACE",
                 "records": [{"content": %s}, {"content": "\\"caf\u00E9\\""}]}]}
                """.formatted(Reply.JSON.writeValueAsString(key));
        assertThat(node.send("PATCH", ZONES + "/example.", body).statusCode()).isEqualTo(204);
        assertThat(node.contents("example.", "k._domainkey.example.", "TXT")).containsExactly("\"caf\\195\\169\"", key);
        assertThat(node.get(ZONES + "/example./export").body())
                .contains("\"v=DKIM1; p=" + "A".repeat(244) + "\" \"" + "A".repeat(255) + "\" \"");
    }

    @Test
    void aTtlMayBeDigitsOrHaveAPoint() throws Exception {
        String body =
                "{\"rrsets\": [{\"name\": \"t.example.\", \"type\": \"A\", \"changetype\": \"REPLACE\", \"ttl\": %s,"
                        + " \"records\": [{\"content\": \"192.0.2.%d\"}]}]}";
        for (String good : List.of("60", "60.0", "\"60\"", "6e1")) {
            assertThat(node.send("PATCH", ZONES + "/example.", body.formatted(good, 1))
                            .statusCode())
                    .as(good)
                    .isEqualTo(204);
        }
        JsonNode rrset = json(node.get(ZONES + "/example.?rrset_name=t.example.&rrset_type=A"))
                .path("rrsets")
                .path(0);
        assertThat(rrset.path("ttl").asLong()).isEqualTo(60);
        for (String bad : List.of(
                "60.5",
                "\"\"",
                "\"1h\"",
                "true",
                "null",
                "[]",
                "-1",
                "2147483648",
                "1e400",
                "1e99",
                "\"" + "9".repeat(1_000) + "\"")) {
            AdminFixture.assertError(
                    node.send("PATCH", ZONES + "/example.", body.formatted(bad, 2)), 422, "'ttl'", "t.example.");
        }
        assertThat(node.contents("example.", "t.example.", "A")).containsExactly("192.0.2.1");
    }

    @Test
    void errorsHaveTheWordsThatClientsLookFor() throws Exception {
        AdminFixture.assertError(node.send("POST", ZONES, AdminFixture.EXAMPLE), 409, "Conflict");
        String cname =
                "{\"rrsets\": [{\"name\": \"ns1.example.\", \"type\": \"CNAME\", \"changetype\": \"REPLACE\", \"ttl\": 60,"
                        + " \"records\": [{\"content\": \"w.example.\"}]}]}";
        AdminFixture.assertError(
                node.send("PATCH", ZONES + "/example.", cname), 422, "Conflicts with pre-existing RRset");
        String twice = cname.replace("CNAME", "A")
                .replace("{\"content\": \"w.example.\"}", "{\"content\": \"192.0.2.1\"}, {\"content\": \"192.0.2.1\"}");
        AdminFixture.assertError(
                node.send("PATCH", ZONES + "/example.", twice), 422, "duplicate record with content '192.0.2.1'");
    }

    @Test
    void addressesAreWrittenAsPeopleWriteThem() {
        assertThat(text("20010db8000000000000000000000001")).isEqualTo("2001:db8::1");
        assertThat(text("00000000000000000000000000000000")).isEqualTo("::");
        assertThat(text("00000000000000000000000000000001")).isEqualTo("::1");
        assertThat(text("20010db8000000010001000100010001")).isEqualTo("2001:db8:0:1:1:1:1:1");
        assertThat(text("20010000000000010000000000000001")).isEqualTo("2001:0:0:1::1");
        assertThat(text("fe800000000000000000000000000000")).isEqualTo("fe80::");
        assertThat(text("20010db8000000000001000000000001")).isEqualTo("2001:db8::1:0:0:1");
    }

    private static String text(String hex) {
        return RecordWriter.ipv6(java.util.HexFormat.of().parseHex(hex));
    }
}
