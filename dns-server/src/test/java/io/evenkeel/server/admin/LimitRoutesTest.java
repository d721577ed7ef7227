package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The limits on clients, through real HTTP. */
final class LimitRoutesTest extends AdminTest {
    private static final String LIMITS = "/api/v1/evenkeel/limits";
    private static final String LOCAL = LIMITS + "/local";

    private static final String LOUD = """
            {"mode":"enforce","rate":400,"burst":2000,"allow":[{"prefix":"192.0.2.0/24","factor":10},{"prefix":"2001:db8::/32","factor":2},
             {"prefix":"198.51.100.7","factor":3}],"responses":"dry-run","responseRate":100}""";

    @Test
    void aNewClusterEnforcesItsLimitsAndShowsThem() throws Exception {
        HttpResponse<String> answer = node.get(LIMITS);
        JsonNode shown = json(answer);
        assertThat(shown.path("node").asText()).isEqualTo("n1");
        assertThat(shown.at("/agreed/mode").asText()).isEqualTo("enforce");
        assertThat(shown.at("/agreed/rate").asInt()).isEqualTo(200);
        assertThat(shown.at("/inForce")).isEqualTo(shown.path("agreed"));
        assertThat(shown.path("local").isNull()).isTrue();
        assertThat(shown.path("reasons")).isEmpty();
        assertThat(shown.at("/dns/0").asText()).isEqualTo("127.0.0.1:5301");
        assertThat(shown.path("listen").toString())
                .isEqualTo("[{\"address\":\"127.0.0.1:5301\",\"lane\":\"device\",\"proxy\":false}]");
        assertThat(answer.headers().firstValue("ETag"))
                .contains("\"" + shown.path("revision").asLong() + "\"");
        assertThat(node.inForce.getLast()).isEqualTo(LimitSettings.NEW);
    }

    @Test
    void whereLanesAndProxiesAreIsTold() throws Exception {
        node.dnsAddresses.set(List.of(
                new DnsAddress(address("192.0.2.2:53"), true, false, List.of()),
                new DnsAddress(
                        address("[2001:db8::3]:53"), false, true, List.of(AddressPrefix.parse("2001:db8:7::/48")))));
        JsonNode shown = json(node.get(LIMITS));
        assertThat(shown.at("/listen/0/address").asText()).isEqualTo("192.0.2.2:53");
        assertThat(shown.at("/listen/0/lane").asText()).isEqualTo("infrastructure");
        assertThat(shown.at("/listen/0/proxy").asBoolean()).isFalse();
        assertThat(shown.at("/listen/1/lane").asText()).isEqualTo("device");
        assertThat(shown.at("/listen/1/proxy").asBoolean()).isTrue();
        assertThat(shown.at("/listen/1/sources").toString()).isEqualTo("[\"2001:db8:7:0:0:0:0:0/48\"]");
    }

    private static InetSocketAddress address(String text) {
        return AddressText.parse(text, 0);
    }

    @Test
    void whatIsSetIsInForceWhenItIsAnsweredAndShownAsItWasSet() throws Exception {
        HttpResponse<String> answer = node.send("PUT", LIMITS, LOUD);
        JsonNode shown = json(answer);
        ObjectNode asked = (ObjectNode) Reply.JSON.readTree(LOUD);
        ((ObjectNode) asked.at("/allow/2")).put("prefix", "198.51.100.7/32");
        assertThat(shown.path("agreed")).isEqualTo(asked);
        assertThat(shown.path("inForce")).isEqualTo(asked);
        assertThat(node.inForce.getLast().rate()).isEqualTo(400);
        assertThat(node.inForce.getLast().allowed()).hasSize(3);

        String etag = answer.headers().firstValue("ETag").orElseThrow();
        asked.put("rate", 500);
        assertThat(json(node.send("PUT", LIMITS, asked.toString(), "If-Match", etag))
                        .at("/agreed/rate")
                        .asInt())
                .isEqualTo(500);
        AdminFixture.assertError(
                node.send("PUT", LIMITS, LOUD, "If-Match", etag), 412, "changed meanwhile", "revision");
        AdminFixture.assertError(node.send("PUT", LIMITS, LOUD, "If-Match", "\"x\""), 412, "ETag of the limits");
        assertThat(node.inForce.getLast().rate()).isEqualTo(500);
    }

    @Test
    void aNodeAloneIsMilderWithoutALeaderAndTellsIt() throws Exception {
        node.replica.quorum(false);
        node.replica.leads(false, null);
        JsonNode off = json(node.send("PUT", LOCAL, "{\"mode\":\"off\"}"));
        assertThat(off.path("local").asText()).isEqualTo("off");
        assertThat(off.at("/inForce/mode").asText()).isEqualTo("off");
        assertThat(off.at("/agreed/mode").asText()).isEqualTo("enforce");
        assertThat(off.at("/reasons/0").asText()).contains("on this node alone");
        assertThat(node.inForce.getLast().questions()).isEqualTo(LimitMode.OFF);
        AdminFixture.assertError(node.send("PUT", LIMITS, LOUD), 503, "not done", LOCAL);

        assertThat(json(node.send("DELETE", LOCAL, "")).path("local").isNull()).isTrue();
        assertThat(node.inForce.getLast().questions()).isEqualTo(LimitMode.ENFORCE);
    }

    @Test
    void badInputIsRefusedWithTheThingTheLimitAndTheRemedyAndChangesNothing() throws Exception {
        String before = node.get(LIMITS).body();
        refused(LOUD.replace("400", "0"), "rate is 0; allowed: 1 to 1000000");
        refused(LOUD.replace("400", "4e2"), "rate is no whole number");
        refused(LOUD.replace("400", "99999999999"), "rate is no whole number of this size", "1000000");
        refused(LOUD.replace("\"rate\":400,", ""), "rate is missing");
        refused(LOUD.replace("\"enforce\"", "\"on\""), "mode is \"on\"", "off, dry-run, enforce");
        refused(LOUD.replace("\"mode\"", "\"Mode\""), "\"Mode\" is no field here", "burst");
        refused(LOUD.replace("192.0.2.0/24", "192.0.2.1/24"), "192.0.2.1/24", "first address");
        refused(LOUD.replace("192.0.2.0/24", "192.0.2.0/33"), "0 to 32 bits");
        refused(LOUD.replace("192.0.2.0/24", "example.org"), "example.org", "192.0.2.0/24");
        refused(LOUD.replace("192.0.2.0/24", "1.2"), "1.2", "192.0.2.0/24");
        refused(LOUD.replace("2001:db8::/32", "fe80::1%eth0"), "fe80::1%eth0", "2001:db8::/32");
        refused(LOUD.replace("2001:db8::/32", "192.0.2.0/24"), "allowed twice");
        refused(LOUD.replace("\"factor\":10", "\"factor\":1001"), "1 to 1000");
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 257; i++) {
            many.add("{\"prefix\":\"10.0." + i / 256 + "." + i % 256 + "\",\"factor\":2}");
        }
        refused(LOUD.replaceAll("(?s)\\[.*]", "[" + String.join(",", many) + "]"), "257 prefixes; at most 256");
        refused(LOUD.replaceAll("(?s)\\[.*]", "7"), "allow is no list");
        AdminFixture.assertError(node.send("PUT", LIMITS, "{"), 400, "not JSON");
        AdminFixture.assertError(node.send("PUT", LIMITS, "[]"), 422, "not a JSON object");
        AdminFixture.assertError(node.send("PUT", LOCAL, "{\"mode\":\"enforce\"}"), 422, "cannot enforce", LOCAL);
        AdminFixture.assertError(node.send("PUT", LOCAL, "{}"), 422, "mode is missing");
        AdminFixture.assertError(node.send("PUT", LOCAL, "{\"mode\":\"off\",\"for\":5}"), 422, "\"for\" is no field");
        assertThat(node.get(LIMITS).body()).isEqualTo(before);
        assertThat(node.inForce.getLast()).isEqualTo(LimitSettings.NEW);
    }

    private void refused(String body, String... parts) throws Exception {
        HttpResponse<String> answer = node.send("PUT", LIMITS, body);
        assertThat(answer.statusCode()).as(body).isEqualTo(422);
        assertThat(answer.body().replace("\\\"", "\"")).as(body).contains(parts);
    }

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Reply.JSON.readTree(answer.body());
    }
}
