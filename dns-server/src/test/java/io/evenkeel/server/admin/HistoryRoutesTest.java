package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.ZONES;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.json;
import static io.evenkeel.server.admin.AdminFixture.patch;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.server.change.Zones;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The history of changes, its versions and the ways back, through real HTTP. */
class HistoryRoutesTest extends AdminTest {
    private static final String HISTORY = "/api/v1/evenkeel/history";
    private static final String ZONE = "/api/v1/evenkeel/zones/example.";

    private void change(String changeType, String name, String type, String... contents) throws Exception {
        assertThat(node.send("PATCH", ZONES + "/example.", patch(changeType, name, type, contents))
                        .statusCode())
                .isEqualTo(204);
    }

    private JsonNode history(String query) throws Exception {
        return json(node.get(HISTORY + query));
    }

    private JsonNode versions() throws Exception {
        return json(node.get(ZONE + "/versions")).path("versions");
    }

    @Test
    void eachChangeIsTold() throws Exception {
        node.createExample();
        change("REPLACE", "www.example.", "A", "192.0.2.7");
        change("DELETE", "www.example.", "A");
        assertThat(node.send("DELETE", ZONES + "/example.", "").statusCode()).isEqualTo(204);

        JsonNode page = history("");
        assertThat(page.path("kept").asBoolean()).isTrue();
        assertThat(page.path("more").asBoolean()).isFalse();
        assertThat(page.path("node").asText()).isEqualTo("n1");
        JsonNode changes = page.path("changes");
        assertThat(changes.findValuesAsText("kind")).containsExactly("created", "changed", "changed", "deleted");
        assertThat(changes.at("/0/zone").asText()).isEqualTo("example.");
        assertThat(changes.at("/0/serialFrom").isMissingNode()).isTrue();
        assertThat(changes.at("/3/serialTo").isMissingNode()).isTrue();
        JsonNode added = changes.path(1);
        assertThat(added.path("serialTo").asLong())
                .isEqualTo(added.path("serialFrom").asLong() + 1);
        assertThat(Duration.between(Instant.parse(added.path("time").asText()), Instant.now()))
                .isLessThan(Duration.ofHours(1));
        assertThat(added.path("key").asText()).isEqualTo("local-api-key");
        assertThat(added.path("client").asText()).isEqualTo("127.0.0.1");
        assertThat(added.at("/requests/0/node").asText()).isEqualTo("n1");
        assertThat(added.at("/requests/0/id").asText()).hasSize(32);
        assertThat(added.path("addedRecords").asInt()).isEqualTo(2);
        assertThat(added.path("added").findValuesAsText("content")).contains("192.0.2.7");
        assertThat(changes.at("/2/removed").findValuesAsText("content")).contains("192.0.2.7");
        assertThat(page.path("next").asLong()).isEqualTo(changes.at("/3/index").asLong());
    }

    @Test
    void aCursorLeadsThroughItPageByPage() throws Exception {
        node.createExample();
        for (int i = 1; i <= 5; i++) {
            change("REPLACE", "www.example.", "A", "192.0.2." + i);
        }
        assertThat(node.send(
                                "PUT",
                                IMPORT.replace("example.", "sub.example.") + "?create=true",
                                FILE.replace("example.", "sub.example."))
                        .statusCode())
                .isEqualTo(201);
        long next = 0;
        int seen = 0;
        boolean more = true;
        while (more) {
            JsonNode page = history("?limit=3&since=" + next);
            seen += page.path("changes").size();
            assertThat(page.path("next").asLong()).isGreaterThan(next);
            next = page.path("next").asLong();
            more = page.path("more").asBoolean();
        }
        assertThat(seen).isEqualTo(7);
        JsonNode end = history("?since=" + next);
        assertThat(end.path("changes")).isEmpty();
        assertThat(end.path("next").asLong()).isEqualTo(next);
        assertThat(history("?zone=SUB.example").path("changes")).hasSize(1);
        assertThat(history("?latest=true&limit=2").path("changes").findValuesAsText("zone"))
                .containsExactly("example.", "sub.example.");
        assertThat(history("?records=0").at("/changes/1/added").isMissingNode()).isTrue();
        assertThat(history("?records=1").at("/changes/1/added")).hasSize(1);
        for (String bad : List.of("?limit=0", "?limit=1001", "?since=-1", "?since=x", "?records=-1")) {
            assertError(node.get(HISTORY + bad), 422, "allowed: ");
        }
    }

    @Test
    void aZoneIsRolledBackToTheVersionBeforeAndToANamedOne() throws Exception {
        node.createExample();
        change("REPLACE", "www.example.", "A", "192.0.2.7");
        change("DELETE", "www.example.", "A");
        JsonNode versions = versions();
        assertThat(versions).as("two changes of one key are shown as one").hasSize(2);
        assertThat(versions.at("/0/present").asBoolean()).isTrue();
        assertThat(versions.at("/0/changes").asInt()).isEqualTo(2);
        assertThat(versions.at("/1/reachable").asBoolean()).isTrue();
        long middle = history("").at("/changes/1/index").asLong();

        JsonNode done = json(node.send("POST", ZONE + "/rollback", "{\"version\": " + middle + "}"));
        assertThat(done.path("changed").asBoolean()).isTrue();
        assertThat(done.path("addedRecords").asInt()).isEqualTo(1);
        assertThat(done.path("serial").asLong())
                .isEqualTo(done.path("previousSerial").asLong() + 1);
        assertThat(node.contents("example.", "www.example.", "A")).containsExactly("192.0.2.7");
        assertThat(history("?latest=true&limit=1").at("/changes/0/addedRecords").asInt())
                .as("it is a change like others")
                .isEqualTo(2);

        long first = history("").at("/changes/0/index").asLong();
        assertThat(node.send("POST", ZONE + "/rollback", "{\"version\": " + first + "}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(node.contents("example.", "www.example.", "A")).isEmpty();
        JsonNode same = json(node.send("POST", ZONE + "/rollback", "{\"version\": " + first + "}"));
        assertThat(same.path("changed").asBoolean()).isFalse();
        assertThat(node.send("POST", ZONE + "/rollback", "").statusCode()).isEqualTo(200);
        assertThat(node.contents("example.", "www.example.", "A"))
                .as("the last change is taken back")
                .containsExactly("192.0.2.7");
    }

    @Test
    void eachVersionHasItsText() throws Exception {
        node.createExample();
        String first = node.get(ZONES + "/example./export").body();
        change("REPLACE", "www.example.", "A", "192.0.2.7");
        String second = node.get(ZONES + "/example./export").body();
        change("REPLACE", "www.example.", "A", "192.0.2.8", "192.0.2.9");
        change("REPLACE", "mail.example.", "A", "192.0.2.10");
        JsonNode changes = history("").path("changes");
        assertThat(text(changes, 0))
                .containsExactlyInAnyOrderElementsOf(first.lines().toList());
        assertThat(text(changes, 1))
                .containsExactlyInAnyOrderElementsOf(second.lines().toList());
        assertThat(text(changes, 3))
                .containsExactlyInAnyOrderElementsOf(
                        node.get(ZONES + "/example./export").body().lines().toList());
    }

    private List<String> text(JsonNode changes, int change) throws Exception {
        var answer = node.get(
                ZONE + "/versions/" + changes.path(change).path("index").asLong());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        return answer.body().lines().toList();
    }

    @Test
    void aVersionThatIsNotKeptHasNoText() throws Exception {
        assertError(node.get(ZONE + "/versions/1"), 404);
        node.createExample();
        assertError(node.get(ZONE + "/versions/1"), 404, "does not lead back to a version 1", "zone versions");
        assertError(node.get(ZONE + "/versions/now"), 422, "no number of a version");
    }

    @Test
    void aRollbackIsMadeOnceForOneKeyAndOnlyOfWhatTheClientHasSeen() throws Exception {
        node.createExample();
        long first = history("").at("/changes/0/index").asLong();
        String etag = node.get(ZONE + "/versions").headers().firstValue("ETag").orElseThrow();
        change("REPLACE", "www.example.", "A", "192.0.2.7");
        String body = "{\"version\": " + first + "}";
        assertError(node.send("POST", ZONE + "/rollback", body, "If-Match", etag), 412);
        JsonNode once = json(node.send("POST", ZONE + "/rollback", body, "Idempotency-Key", "k"));
        change("REPLACE", "www.example.", "A", "192.0.2.8");
        JsonNode again = json(node.send("POST", ZONE + "/rollback", body, "Idempotency-Key", "k"));
        assertThat(again.path("serial").asLong()).isEqualTo(once.path("serial").asLong());
        assertThat(node.contents("example.", "www.example.", "A")).containsExactly("192.0.2.8");
    }

    @Test
    void whereNoVersionIsNothingIsRolledBack() throws Exception {
        assertError(node.send("POST", ZONE + "/rollback", ""), 404);
        assertError(node.get(ZONE + "/versions"), 404);
        node.createExample();
        assertError(node.send("POST", ZONE + "/rollback", ""), 404, "no version of example. before");
        assertError(node.send("POST", ZONE + "/rollback", "{\"version\": 1}"), 404, "zone versions");
        for (String bad : List.of("{\"version\": \"1\"}", "{\"version\": 0}", "{\"version\": 1.5}")) {
            assertError(node.send("POST", ZONE + "/rollback", bad), 422, "'version'");
        }
    }

    @Test
    void aLargeReplacementIsUndoneAsAWhole() throws Exception {
        node.createExample();
        StringBuilder text = new StringBuilder(FILE);
        for (int i = 0; i < 2_000; i++) {
            text.append("h").append(i).append(" A 192.0.2.1\n");
        }
        assertThat(node.send("PUT", IMPORT, text.toString()).statusCode()).isEqualTo(200);
        JsonNode done = json(node.send("POST", ZONE + "/rollback", ""));
        assertThat(done.path("removedRecords").asInt()).as(done.toString()).isGreaterThanOrEqualTo(2_000);
        assertThat(node.contents("example.", "h7.example.", "A")).isEmpty();
        assertThat(node.contents("example.", "ns2.example.", "A")).containsExactly("192.0.2.2");
        assertThat(history("?latest=true&limit=1").at("/changes/0/kind").asText())
                .isEqualTo("replaced");
    }

    @Test
    void aDeletedZoneComesBackAsItWas() throws Exception {
        node.createExample();
        change("REPLACE", "www.example.", "A", "192.0.2.7");
        JsonNode before = json(node.get(ZONES + "/example."));
        assertError(node.send("POST", ZONE + "/undelete", ""), 409, "there is a zone");
        assertThat(node.send("DELETE", ZONES + "/example.", "").statusCode()).isEqualTo(204);

        JsonNode back = json(node.send("POST", ZONE + "/undelete", "", "Idempotency-Key", "k"));
        assertThat(back.path("records").asInt()).isEqualTo(6);
        JsonNode after = json(node.get(ZONES + "/example."));
        assertThat(after.path("serial")).isEqualTo(before.path("serial"));
        assertThat(after.path("rrsets")).isEqualTo(before.path("rrsets"));
        JsonNode again = json(node.send("POST", ZONE + "/undelete", "", "Idempotency-Key", "k"));
        assertThat(again.path("serial")).isEqualTo(back.path("serial"));
        assertThat(versions()).as("its versions begin anew").hasSize(1);
    }

    @Test
    void versionsOfADeletedZoneAreShownAsLongAsItCanComeBack() throws Exception {
        node.createExample();
        change("REPLACE", "www.example.", "A", "192.0.2.7");
        JsonNode before = versions();
        assertThat(node.send("DELETE", ZONES + "/example.", "").statusCode()).isEqualTo(204);
        JsonNode shown = json(node.get(ZONE.replace("example.", "EXAMPLE.") + "/versions"));
        assertThat(shown.at("/deleted/index").asLong())
                .isEqualTo(
                        history("?latest=true&limit=1").at("/changes/0/index").asLong());
        assertThat(shown.at("/deleted/key").asText()).isEqualTo("local-api-key");
        assertThat(shown.path("versions").findValues("version")).isEqualTo(before.findValues("version"));
        assertThat(shown.path("versions").findValuesAsText("present")).containsExactly("false", "false");
        assertThat(shown.path("versions").findValuesAsText("reachable")).containsExactly("true", "false");

        JsonNode back = json(node.send("POST", ZONE.replace("example.", "EXAMPLE.") + "/undelete", ""));
        assertThat(back.path("zone").asText())
                .as("zones have their names in lower case")
                .isEqualTo("example.");
        assertThat(json(node.get(ZONE + "/versions")).has("deleted")).isFalse();
    }

    @Test
    void aZoneThatWasNotDeletedDoesNotComeBack() throws Exception {
        assertError(
                node.send("POST", ZONE + "/undelete", ""), 404, "no zone example. that was deleted", "zone restore");
    }

    @Test
    void aClusterBelowTheLevelSaysWhyItHasNoHistory() throws Exception {
        InMemoryReplica replica = new InMemoryReplica("n1");
        replica.leads(false, null);
        try (AdminFixture old = new AdminFixture(Files.createDirectories(folder.resolve("old")), replica)) {
            replica.leads(true, null);
            old.createExample();
            JsonNode page = json(old.get(HISTORY));
            assertThat(page.path("kept").asBoolean()).isFalse();
            assertThat(page.path("changes")).isEmpty();
            assertThat(page.path("note").asText()).contains("at level 1", "from level 2 on", "cluster level raise");
            assertThat(json(old.get(ZONE + "/versions")).path("kept").asBoolean())
                    .isFalse();
            assertError(old.send("POST", ZONE + "/rollback", ""), 409, "cluster level raise");
            assertError(old.send("POST", ZONE + "/undelete", ""), 409, "cluster level raise");
            assertError(old.get(ZONE + "/versions/1"), 409, "cluster level raise");
        }
    }

    @Test
    void aSignedZoneIsNotRolledBackAndComesBackWithItsSignatures() throws Exception {
        assertThat(node.send("PUT", IMPORT + "?create=true", Zones.SIGNED).statusCode())
                .isEqualTo(201);
        String later = Zones.SIGNED.replace("ns h 1 3600", "ns h 2 3600");
        assertThat(node.send("PUT", IMPORT, later).statusCode()).isEqualTo(200);
        assertError(node.send("POST", ZONE + "/rollback", ""), 422, "is signed", "zone import");
        assertThat(versions().at("/1/reachable").asBoolean()).isFalse();
        assertThat(text(history("").path("changes"), 0))
                .as("what it was is shown")
                .anyMatch(line -> line.contains("RRSIG"))
                .anyMatch(line -> line.contains(" 1 3600"));
        String export = node.get(ZONES + "/example./export").body();
        assertThat(node.send("DELETE", ZONES + "/example.", "").statusCode()).isEqualTo(204);
        assertThat(node.send("POST", ZONE + "/undelete", "").statusCode()).isEqualTo(201);
        assertThat(node.get(ZONES + "/example./export").body())
                .isEqualTo(export)
                .contains("RRSIG");
    }
}
