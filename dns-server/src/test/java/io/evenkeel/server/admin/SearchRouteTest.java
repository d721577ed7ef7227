package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchRouteTest extends AdminTest {
    private static final String SEARCH = "/api/v1/servers/localhost/search-data";

    private void serve() throws Exception {
        String text = FILE + "m MX 10 Mail.other.\nt TXT \"v=Spf1 -all; \\\"q\\\"\"\n";
        assertThat(node.send("PUT", IMPORT + "?create=true", text).statusCode()).isEqualTo(201);
        String second = FILE.replace("example.", "sub.example.");
        assertThat(node.send("PUT", "/api/v1/evenkeel/zones/sub.example.?create=true", second)
                        .statusCode())
                .isEqualTo(201);
    }

    private List<String> found(String q, String further) throws Exception {
        List<String> found = new ArrayList<>();
        JsonNode hits = json(node.get(SEARCH + "?q=" + URLEncoder.encode(q, StandardCharsets.UTF_8) + further));
        for (JsonNode hit : hits) {
            found.add((hit.path("object_type").asText() + " " + hit.path("name").asText() + " "
                            + hit.path("type").asText(""))
                    .strip());
        }
        return found;
    }

    @Test
    void namesAndContentsAreFoundInAllZones() throws Exception {
        serve();
        assertThat(found("2001:db8::1", ""))
                .containsExactlyInAnyOrder("record www.example. AAAA", "record www.sub.example. AAAA");
        assertThat(found("2001:DB8:0::0.0.0.1", "")).hasSize(2);
        assertThat(found("WWW.Example", "")).containsExactly("record www.example. AAAA");
        assertThat(found("www.example.", "")).containsExactly("record www.example. AAAA");
        assertThat(found("*mail.other", "")).containsExactly("record m.example. MX");
        assertThat(found("*spf1*", "")).containsExactly("record t.example. TXT");
        assertThat(found("??.example", "&object_type=record")).isEmpty();
        assertThat(found("???.example", "&object_type=record"))
                .contains("record ns1.example. A", "record www.example. AAAA");
        assertThat(found("*example", "&object_type=zone"))
                .containsExactlyInAnyOrder("zone example.", "zone sub.example.");
        assertThat(found("sub.example", "")).startsWith("zone sub.example.").contains("record sub.example. SOA");
        assertThat(found("*", "&object_type=comment")).isEmpty();
        assertThat(found("nowhere", "")).isEmpty();
    }

    @Test
    void aHitHasWhatPowerDnsTells() throws Exception {
        serve();
        assertThat(node.get(SEARCH + "?q=m.example").body())
                .isEqualTo("[{\"content\": \"10 Mail.other.\", \"disabled\": false, \"name\": \"m.example.\","
                        + " \"object_type\": \"record\", \"ttl\": 300, \"type\": \"MX\", \"zone\": \"example.\","
                        + " \"zone_id\": \"example.\"}]");
        assertThat(node.get(SEARCH + "?q=sub.example&object_type=zone").body())
                .isEqualTo("[{\"name\": \"sub.example.\", \"object_type\": \"zone\", \"zone_id\": \"sub.example.\"}]");
    }

    @Test
    void thereAreNoMoreHitsThanAskedFor() throws Exception {
        serve();
        assertThat(found("*", "&max=3")).hasSize(3).startsWith("zone example.");
        assertThat(found("*example", "&max=1&object_type=record")).hasSize(1);
        assertThat(found("*", "")).hasSize(12);
    }

    @ParameterizedTest
    @CsvSource({
        "?, 'q'",
        "?q=, 'q'",
        "?q=a&max=0, 'max'",
        "?q=a&max=x, 'max'",
        "?q=a&max=10001, 'max'",
        "?q=a&object_type=key, 'object_type'"
    })
    void whatIsWrongIsNamed(String query, String named) throws Exception {
        assertError(node.get(SEARCH + query), 422, named.replace("'", ""));
    }

    @Test
    void aPatternThatIsTooLongIsRefused() throws Exception {
        assertError(node.get(SEARCH + "?q=" + "a".repeat(AdminLimits.PATTERN_CHARS + 1)), 422, "1024");
        assertThat(json(node.get(EXAMPLE_ZONE)).has("error")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a*c, abbc, true", "a*c, abcd, false", "*, '', true", "?, '', false", "a?c, AbC, true", "*b*, abc, true",
        "*ab*ab, abxabxab, true", "*ab*ab, abxabxa, false", "a., a, true", "a, a., true", "., ., true", "**, x, true"
    })
    void starAndQuestionMark(String pattern, String text, boolean matches) {
        assertThat(new SearchRoute.SearchPattern(pattern).matches(text)).isEqualTo(matches);
    }
}
