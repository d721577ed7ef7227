package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history of changes and the ways back, of a node of canned answers. */
class HistoryVerbsTest extends CannedNodeTest {
    private static final String HISTORY = "GET /api/v1/evenkeel/history?since=%d&limit=%d&latest=%s%s";
    private static final String ZONE = "/api/v1/evenkeel/zones/example.org.";
    private static final String SHOW = "GET /api/v1/servers/localhost/zones/example.org.?rrsets=false";
    private static final String WHO =
            "\"time\":\"2026-12-02T10:20:30.123Z\",\"key\":\"local\",\"client\":\"192.0.2.7\",\"node\":\"n1\"";

    private static final String CHANGED = """
            {"index":12,"zone":"example.org.","kind":"changed",%s,"serialFrom":5,"serialTo":6,"records":4,
             "requests":[{"id":"1"},{"id":"2"}],"differenceKept":true,"removedRecords":2,"addedRecords":3,
             "removed":[{"name":"example.org.","ttl":300,"type":"SOA","content":"a. b. 5 1 2 3 4"},
                        {"name":"www.example.org.","ttl":300,"type":"A","content":"192.0.2.1"}],
             "added":[{"name":"example.org.","ttl":300,"type":"SOA","content":"a. b. 6 1 2 3 4"},
                      {"name":"www.example.org.","ttl":300,"type":"A","content":"192.0.2.2"}]}""".formatted(WHO);

    private static final String DELETED = """
            {"index":14,"zone":"example.org.","kind":"deleted",%s,"serialFrom":6,"records":4,
             "requests":[{"id":"3"}],"differenceKept":false}""".formatted(WHO);

    private static String page(long next, boolean more, long dropped, String... changes) {
        return "{\"node\":\"n1\",\"index\":20,\"kept\":true,\"droppedThrough\":%d,\"next\":%d,\"more\":%s,\"changes\":[%s]}"
                .formatted(dropped, next, more, String.join(",", changes));
    }

    @Test
    void aChangeIsALineAndOneForEachRecord() {
        node.can(HISTORY.formatted(0, 50, true, "&records=100"), 200, page(14, false, 0, CHANGED, DELETED));
        Cli said = node.run("log");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out().lines())
                .containsExactly(
                        "12  2026-12-02 10:20:30  example.org.  serial 5 -> 6, by local from 192.0.2.7 through n1, and 1 more requests",
                        "    - www.example.org. 300 A 192.0.2.1",
                        "    + www.example.org. 300 A 192.0.2.2",
                        "    and 1 more; --output json has them",
                        "14  2026-12-02 10:20:30  example.org.  deleted with 4 records, serial 6, by local from 192.0.2.7 through n1",
                        "    what it removed and added is too much to be kept");
    }

    @Test
    void aCursorIsHandedOn() throws Exception {
        node.can(HISTORY.formatted(3, 2, false, "&zone=example.org.&records=100"), 200, page(12, true, 7, CHANGED));
        Cli said = node.run("log", "example.org", "--since", "3", "--last", "2");
        assertThat(said.out()).contains("more: --since 12").contains("changes up to 7 may have gone");
        node.can(HISTORY.formatted(12, 1000, false, ""), 200, page(12, false, 7));
        JsonNode json = Json.MAPPER.readTree(
                node.run("log", "--since", "12", "--output", "json").out());
        assertThat(json.path("next").asLong()).isEqualTo(12);
        assertThat(json.path("changes")).isEmpty();
    }

    @Test
    void nothingIsSaidInWords() {
        node.can(HISTORY.formatted(0, 50, true, "&records=100"), 200, page(0, false, 0));
        assertThat(node.run("log").out()).isEqualTo("no changes are kept");
        assertThat(node.run("log", "--last", "0").code()).isEqualTo(2);
        assertThat(node.run("log", "--since", "-1").code()).isEqualTo(2);
    }

    @Test
    void aClusterWithoutAHistorySaysTheRemedy() {
        String none =
                "{\"kept\":false,\"note\":\"the cluster is at level 1: raise it\",\"changes\":[],\"versions\":[]}";
        node.can(HISTORY.formatted(0, 50, true, "&records=100"), 200, none);
        node.can("GET " + ZONE + "/versions?limit=50", 200, none);
        Cli log = node.run("log");
        assertThat(log.code()).isEqualTo(1);
        assertThat(log.err()).isEqualTo("evenkeel: the cluster is at level 1: raise it");
        assertThat(node.run("zone", "versions", "example.org").code()).isEqualTo(1);
    }

    @Test
    void versionsAreATable() {
        node.can(
                "GET " + ZONE + "/versions?limit=50",
                200,
                "{\"zone\":\"example.org.\",\"signed\":false,\"kept\":true,\"more\":false,\"versions\":["
                        + "{\"version\":12,\"serial\":6,\"present\":true,\"reachable\":true,\"changes\":2," + WHO + "},"
                        + "{\"version\":9,\"serial\":4,\"present\":false,\"reachable\":true,\"changes\":1},"
                        + "{\"version\":7,\"serial\":3,\"present\":false,\"reachable\":false,\"changes\":1}]}");
        Cli said = node.run("zone", "versions", "example.org");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out().lines())
                .containsExactly(
                        "VERSION  SERIAL  TIME (UTC)           BY",
                        "12       6       2026-12-02 10:20:30  local from 192.0.2.7 through n1  present, 2 changes",
                        "9        4       -",
                        "7        3       -                                                     cannot be rolled back to");
    }

    @Test
    void versionsOfADeletedZoneSayThatItIsDeleted() {
        node.can(
                "GET " + ZONE + "/versions?limit=50",
                200,
                "{\"zone\":\"example.org.\",\"signed\":false,\"kept\":true,\"more\":false,\"deleted\":{\"index\":14,"
                        + "\"kind\":\"deleted\"," + WHO + "},\"versions\":["
                        + "{\"version\":12,\"serial\":6,\"present\":false,\"reachable\":true,\"changes\":1},"
                        + "{\"version\":9,\"serial\":4,\"present\":false,\"reachable\":false,\"changes\":1}]}");
        Cli said = node.run("zone", "versions", "example.org");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out().lines())
                .containsExactly(
                        "example.org. is deleted, since 2026-12-02 10:20:30 by local from 192.0.2.7 through n1",
                        "VERSION  SERIAL  TIME (UTC)  BY",
                        "12       6       -               `zone undelete` brings it back",
                        "9        4       -               gone");
    }

    @Test
    void aZoneIsRolledBack() {
        node.can(SHOW, 200, "{\"serial\":7}");
        node.can(
                "POST " + ZONE + "/rollback",
                200,
                "{\"zone\":\"example.org.\",\"serial\":7,\"changed\":true,\"removedRecords\":1,\"addedRecords\":2}");
        Cli said = node.run("zone", "rollback", "example.org", "9");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).startsWith("rolled back example.org.: 1 records removed, 2 added; serial 7, served by ");
        assertThat(node.requests()).contains("POST " + ZONE + "/rollback {\"version\":9}");
        node.forget("POST " + ZONE + "/rollback");
        node.can("POST " + ZONE + "/rollback", 200, "{\"zone\":\"example.org.\",\"serial\":7,\"changed\":false}");
        assertThat(node.run("zone", "rollback", "example.org").out()).startsWith("nothing to change in example.org.");
        assertThat(node.requests()).contains("POST " + ZONE + "/rollback {}");
        node.forget("POST " + ZONE + "/rollback");
        node.can("POST " + ZONE + "/rollback", 422, "{\"error\":\"example.org. is signed\"}");
        Cli signed = node.run("zone", "rollback", "example.org");
        assertThat(signed.code()).isEqualTo(1);
        assertThat(signed.err()).contains("example.org. is signed");
    }

    @Test
    void aDeletedZoneComesBack() {
        node.can(SHOW, 200, "{\"serial\":6}");
        node.can("POST " + ZONE + "/undelete", 201, "{\"zone\":\"example.org.\",\"serial\":6,\"records\":4}");
        Cli said = node.run("zone", "undelete", "example.org");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).startsWith("example.org. is back with 4 records; serial 6, served by ");
    }

    @Test
    void whatIsNoBackupIsNotRestoredFrom(@TempDir Path other) throws Exception {
        Path file = Files.writeString(other.resolve("b"), "no backup");
        Cli said = node.run("zone", "restore", "example.org", "--from", file);
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("this is no backup of Evenkeel");
        assertThat(node.run("zone", "restore", "example.org").code()).isEqualTo(2);
    }
}
