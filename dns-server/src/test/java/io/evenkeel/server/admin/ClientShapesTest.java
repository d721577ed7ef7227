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
