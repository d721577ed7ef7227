package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many changes in one commit, at a node of canned answers. */
@ResourceLock(CannedNodeTest.MASTER_FILES) // whoever has it may set the standard input
class RRsetApplyCommandTest extends CannedNodeTest {
    private static final String ZONE = "/api/v1/servers/localhost/zones/example.org.";

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("batch"), text);
    }

    private static String rrset(String name, String type, String... contents) {
        String records = String.join(
                ",", Stream.of(contents).map("{\"content\":\"%s\"}"::formatted).toList());
        return "{\"name\":\"%s.example.org.\",\"type\":\"%s\",\"ttl\":300,\"records\":[%s]}"
                .formatted(name, type, records);
    }

    private void shows(String name, int serial, String... rrsets) {
        node.can(
                "GET " + ZONE + "?rrset_name=" + name + ".example.org.",
                200,
                "{\"serial\":%d,\"rrsets\":[%s]}".formatted(serial, String.join(",", rrsets)));
    }

    private void takes(int status, String body) {
        node.can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":8}", Map.of("ETag", "\"1-7\""));
        node.can("PATCH " + ZONE, status, body);
    }

    /** The changes that were sent, each as its type, owner, type, TTL and contents. */
    private List<String> sent() throws IOException {
        List<String> patches = node.requests().stream()
                .filter(request -> request.startsWith("PATCH "))
                .toList();
        assertThat(patches).hasSize(1);
        JsonNode body = Json.MAPPER.readTree(
                patches.getFirst().substring(patches.getFirst().indexOf('{')));
        List<String> sent = new ArrayList<>();
        for (JsonNode rrset : body.path("rrsets")) {
            sent.add("%s %s %s %s %s"
                    .formatted(
                            rrset.path("changetype").asText(),
                            rrset.path("name").asText(),
                            rrset.path("type").asText(),
                            rrset.path("ttl").asText("-"),
                            rrset.path("records").findValuesAsText("content")));
        }
        return sent;
    }

    @Test
    void linesAreOneChangeInTheirOrderAndEachRRsetIsPrinted() throws IOException {
        takes(204, "");
        shows("www", 7, rrset("www", "A", "192.0.2.9"));
        shows("www", 8, rrset("www", "A", "192.0.2.1", "192.0.2.2"));
        shows("t", 7);
        shows("t", 8, rrset("t", "TXT", "\\\"a;b c\\\""));
        shows("old", 7, rrset("old", "MX", "1 a."));
        shows("old", 8);
        Cli said = node.run("rrset", "apply", file("""
                ; a comment
                zone example.org

                update add www 300 IN A 192.0.2.1
                add www.example.org. 5m A 192.0.2.2
                delete www A 192.0.2.9
                replace t 300 TXT a;b c
                # another
                delete old MX
                send
                """));
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(sent())
                .containsExactly(
                        "EXTEND www.example.org. A 300 [192.0.2.1]",
                        "EXTEND www.example.org. A 300 [192.0.2.2]",
                        "PRUNE www.example.org. A - [192.0.2.9]",
                        "REPLACE t.example.org. TXT 300 [\"a;b c\"]",
                        "DELETE old.example.org. MX - []");
        assertThat(said.out().lines().toList().getFirst()).startsWith("changed 3 RRsets; serial 8, served by ");
        assertThat(said.out().lines().skip(1))
                .containsExactly(
                        "www.example.org.  300  A    192.0.2.1",
                        "www.example.org.  300  A    192.0.2.2",
                        "t.example.org.    300  TXT  \"a;b c\"",
                        "old.example.org. has no MX records");
        assertThat(said.err()).isEmpty();
    }

    @Test
    void whatIsDeletedAndAddedAgainIsReplaced() throws IOException {
        takes(204, "");
        shows("www", 8, rrset("www", "A", "192.0.2.2"));
        Cli said = node.run("rrset", "apply", file("""
                delete www A
                add www 60 A 192.0.2.1
                add WWW 60 A 192.0.2.2
                delete www A 192.0.2.1
                replace www 60 CAA 0 issue ca.test
                replace www 60 CAA 0 issue ca2.test
                """), "--zone", "example.org");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(sent())
                .containsExactly(
                        "REPLACE www.example.org. A 60 [192.0.2.2]",
                        "REPLACE www.example.org. CAA 60 [0 issue \"ca.test\", 0 issue \"ca2.test\"]");
    }

    @Test
    void allThatANameHasIsLookedUpAndGoesIfItIsStillThat() throws IOException {
        node.can("PATCH " + ZONE, 412, "{\"error\":\"another version\"}");
        takes(204, "");
        shows("www", 7, rrset("www", "A", "192.0.2.9"));
        shows("www", 7, rrset("www", "A", "192.0.2.9"), rrset("www", "TXT", "\\\"x\\\""));
        shows("www", 8, rrset("www", "AAAA", "2001:db8::1"));
        Cli said = node.run(
                "rrset",
                "apply",
                file("zone example.org\nadd www 300 A 192.0.2.1\ndelete www\nadd www 300 AAAA 2001:db8::1\n"));
        assertThat(said.code()).as("%s", said).isZero();
        List<String> patches = node.requests().stream()
                .filter(request -> request.startsWith("PATCH "))
                .toList();
        assertThat(patches).hasSize(2).allMatch(request -> request.contains(" if \"1-7\""));
        assertThat(patches.getLast())
                .contains("\"type\":\"A\",\"changetype\":\"DELETE\"")
                .contains("\"type\":\"TXT\",\"changetype\":\"DELETE\"")
                .contains("\"type\":\"AAAA\",\"changetype\":\"REPLACE\"")
                .doesNotContain("192.0.2.1");
        assertThat(said.out())
                .contains("www.example.org.  300  AAAA  2001:db8::1")
                .contains("www.example.org. has no TXT records");
    }

    @Test
    void aNameThatHasNothingIsNoChange() throws IOException {
        takes(204, "");
        shows("www", 8);
        Cli said = node.run("rrset", "apply", file("zone example.org\ndelete www\n"));
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).startsWith("nothing to change; serial 8");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("PATCH"));
    }

    @Test
    void everyWrongLineIsNamedWithItsText() throws IOException {
        Path file = file("""
                zone example.org
                add www 300
                add www soon A 192.0.2.1
                add www 300 NOTYPE x
                frobnicate www
                add www.example.net. 300 A 192.0.2.1
                add a 300 A 192.0.2.1
                add a 60 A 192.0.2.2
                delete b A
                delete b A 192.0.2.1
                delete @
                zone example.net
                add m 300 MX mail
                send
                add c 300 A 192.0.2.1
                """);
        Cli said = node.run("rrset", "apply", file);
        assertThat(said.code()).as("%s", said).isEqualTo(2);
        List<String> lines = said.err().lines().map(String::strip).toList();
        assertThat(lines.getFirst()).endsWith("is refused, nothing is changed; lines that are wrong: 11");
        assertThat(lines.get(1)).startsWith(file + ":2: add www 300: ");
        assertThat(lines.get(2)).startsWith(file + ":3: add www soon A 192.0.2.1: the TTL wants seconds");
        assertThat(lines.get(3)).contains(":4: ").contains("not a record type: NOTYPE");
        assertThat(lines.get(4)).contains(":5: frobnicate www: 'frobnicate' is no change");
        assertThat(lines.get(5)).contains(":6: ").contains("is not in the zone");
        assertThat(lines.get(6)).contains(":8: ").contains("they have one TTL");
        assertThat(lines.get(7)).contains(":10: ").contains("no such record to delete");
        assertThat(lines.get(8)).contains(":11: ").contains("the apex stay");
        assertThat(lines.get(9)).contains(":12: ").contains("a batch is of one zone");
        assertThat(lines.get(10)).contains(":13: ").contains("a record of type MX");
        assertThat(lines.get(11)).contains(":15: ").contains("follows `send`");
        assertThat(node.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'', has no changes",
        "'; nothing', has no changes",
        "add www 300 A 192.0.2.1, no line says which zone it is",
        "'{', --zone NAME"
    })
    void aBatchThatSaysTooLittleIsRefused(String text, String why) throws IOException {
        Cli said = node.run("rrset", "apply", file(text));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains(why);
    }

    @Test
    void aRefusalOfTheNodeNamesTheLine() throws IOException {
        takes(422, "{\"error\":\"RRset m.example.org. IN MX: 'x mail.': not a number\"}");
        shows("m", 7);
        shows("www", 7);
        Path file = file("zone example.org\nadd www 300 A 192.0.2.1\nadd m 300 MX x mail.\n");
        Cli said = node.run("rrset", "apply", file);
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err())
                .startsWith("evenkeel: " + file + ":3: add m 300 MX x mail.: RRset m.example.org. IN MX: 'x mail.'");
        node.forget("PATCH " + ZONE);
        takes(
                422,
                "{\"error\":\"two\",\"errors\":[\"m.example.org.: odd\",\"RRset www.example.org. IN A: '1'\",\"other\"]}");
        Cli both = node.run("rrset", "apply", file, "--output", "json");
        assertThat(both.code()).isEqualTo(1);
        JsonNode errors = Json.MAPPER.readTree(both.out()).path("errors");
        assertThat(errors.path(0).asText()).startsWith(file + ":3: add m");
        assertThat(errors.path(1).asText()).startsWith(file + ":2: add www");
        assertThat(errors.path(2).asText()).isEqualTo("other");
    }

    @Test
    void jsonIsWhatPatchTakes() throws IOException {
        takes(204, "");
        shows("www", 7);
        shows("www", 8, rrset("www", "A", "192.0.2.1"));
        String body =
                "{\"rrsets\":[{\"name\":\"www.example.org.\",\"type\":\"A\",\"changetype\":\"REPLACE\",\"ttl\":300,\"records\":[{\"content\":\"192.0.2.1\"}]}]}";
        Cli said = node.run("rrset", "apply", file("\n" + body), "--zone", "example.org", "--output", "json");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(node.requests()).contains("PATCH " + ZONE + " " + body);
        assertThat(said.out())
                .startsWith("{\"zone\":\"example.org.\",\"changed\":true,\"serial\":8")
                .contains(
                        "\"rrsets\":[{\"name\":\"www.example.org.\",\"type\":\"A\",\"ttl\":300,\"records\":[\"192.0.2.1\"]}]");
        Cli broken = node.run("rrset", "apply", file("{\n \"rrsets\": [}\n"), "--zone", "example.org");
        assertThat(broken.code()).isEqualTo(2);
        assertThat(broken.err()).contains("batch:2: \"rrsets\": [}: it is not JSON: ");
        assertThat(node.run("rrset", "apply", file("{}"), "--zone", "example.org")
                        .err())
                .contains("no array 'rrsets'");
    }

    @Test
    void whatTakesMostOfAZoneIsRefusedUnlessItIsForced() throws IOException {
        takes(409, "{\"error\":\"the change takes 40 of the 63 names: say so with --force\"}");
        node.can("PATCH " + ZONE + "?force=true", 204, "");
        shows("www", 7);
        Path batch = file("zone example.org\ndelete www A\n");
        Cli refused = node.run("rrset", "apply", batch);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("takes 40 of the 63 names").contains("--force");
        assertThat(node.run("rrset", "apply", batch, "--force").code()).isZero();
        Path json = file("{\"rrsets\":[{\"name\":\"www.example.org.\",\"type\":\"A\",\"changetype\":\"DELETE\"}]}");
        assertThat(node.run("rrset", "apply", json, "--zone", "example.org").code())
                .isEqualTo(1);
        assertThat(node.run("rrset", "apply", json, "--zone", "example.org", "--force")
                        .code())
                .isZero();
    }

    @Test
    void standardInputIsReadAndFilesThatAreNotThereAreNamed() throws IOException {
        takes(204, "");
        shows("www", 7);
        shows("www", 8, rrset("www", "A", "192.0.2.1"));
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream("add www 300 A 192.0.2.1\n".getBytes(StandardCharsets.UTF_8)));
            Cli said = node.run("rrset", "apply", "-", "--zone", "example.org");
            assertThat(said.code()).as("%s", said).isZero();
        } finally {
            System.setIn(before);
        }
        assertThat(node.run("rrset", "apply", folder.resolve("none")).err()).contains("no such file: ");
        assertThat(node.run("rrset", "apply", folder).err()).contains("is a folder");
    }
}
