package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records of all zones, of a node of canned answers. */
class SearchCommandTest extends CannedNodeTest {
    private static final String SEARCH = "GET /api/v1/servers/localhost/search-data?object_type=record&max=%d&q=%s";

    private static String hit(String zone, String name, String type, String content) {
        return """
                {"content":"%s","disabled":false,"name":"%s","object_type":"record","ttl":300,"type":"%s","zone":"%s","zone_id":"%s"}""".formatted(content, name, type, zone, zone);
    }

    @Test
    void hitsAreATableOfEightyColumns() {
        String text = "\\\"v=spf1 " + "include:_spf.example.net ".repeat(4) + "-all\\\"";
        node.can(
                SEARCH.formatted(101, "*spf*"),
                200,
                "[" + hit("example.org.", "example.org.", "TXT", text) + ","
                        + hit("example.net.", "spf.dev.example.net.", "A", "192.0.2.1") + ","
                        + hit(".", "spf.", "A", "192.0.2.2") + "]");
        Cli said = node.onTerminal("search", "spf");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out().lines())
                .containsExactly(
                        "ZONE          OWNER    TTL  TYPE  DATA",
                        "example.org.  @        300  TXT   \"v=spf1 include:_spf.example.net",
                        "                                  include:_spf.example.net",
                        "                                  include:_spf.example.net",
                        "                                  include:_spf.example.net -all\"",
                        "example.net.  spf.dev  300  A     192.0.2.1",
                        ".             spf      300  A     192.0.2.2");
        assertThat(said.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "2001:DB8::1, 2001%3ADB8%3A%3A1",
        "::ffff:192.0.2.1, %3A%3Affff%3A192.0.2.1",
        "192.0.2, *192.0.2*",
        "www.example.org, *www.example.org*",
        "www.example.org., www.example.org.",
        "*.example.org, *.example.org",
        "'v=spf1 -all', *v%3Dspf1+-all*"
    })
    void addressesAndWholeNamesAreMatchedWhole(String text, String pattern) {
        node.can(SEARCH.formatted(101, pattern), 200, "[]");
        Cli said = node.run("search", text);
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).isEqualTo("nothing found");
    }

    @Test
    void moreThanTheLimitIsSaid() throws Exception {
        String three = "[" + hit("a.", "1.a.", "A", "192.0.2.1") + "," + hit("a.", "2.a.", "A", "192.0.2.1") + ","
                + hit("a.", "3.a.", "A", "192.0.2.1") + "]";
        node.can(SEARCH.formatted(3, "192.0.2.1"), 200, three);
        node.can(SEARCH.formatted(4, "192.0.2.1"), 200, three);
        Cli said = node.run("search", "192.0.2.1", "--limit", "2");
        assertThat(said.out().lines()).hasSize(3);
        assertThat(said.err()).contains("more than 2 records").contains("--limit");
        Cli all = node.run("search", "192.0.2.1", "--limit", "3");
        assertThat(all.out().lines()).hasSize(4);
        assertThat(all.err()).isEmpty();
        JsonNode json = Json.MAPPER.readTree(node.run("search", "192.0.2.1", "--limit", "2", "--output", "json")
                .out());
        assertThat(json.path("more").asBoolean()).isTrue();
        assertThat(json.at("/records/1/name").asText()).isEqualTo("2.a.");
        assertThat(json.path("records")).hasSize(2);
    }

    @Test
    void wrongUseAndABusyNodeAreToldApart() {
        assertThat(node.run("search").code()).isEqualTo(2);
        assertThat(node.run("search", " ").err()).contains("nothing to look for");
        assertThat(node.run("search", "a", "--limit", "0").err()).contains("--limit wants 1 to 9999, not 0");
        assertThat(node.run("search", "a", "--limit", "10000").code()).isEqualTo(2);
        assertThat(node.run("search", "caf\u00E9").err()).contains("A-labels");
        assertThat(node.requests()).isEmpty();
        node.can(SEARCH.formatted(101, "*a*"), 503, "{\"error\":\"another search is under way\"}");
        Cli busy = node.run("search", "a");
        assertThat(busy.code()).isEqualTo(6);
        assertThat(busy.err()).contains("another search is under way");
    }
}
