package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The verbs against a node of canned answers: what they send, what they make of what comes back. */
class AdminVerbsTest extends CannedNodeTest {
    private static final String ZONE = "/api/v1/servers/localhost/zones/example.org.";

    /** A question for all that a name has. */
    private static final String AT = "GET " + ZONE + "?rrset_name=";

    private static String rrset(String name, String type, String content) {
        return "{\"name\":\"%s\",\"type\":\"%s\",\"ttl\":300,\"records\":[{\"content\":\"%s\"}]}"
                .formatted(name, type, content);
    }

    private static final String CLUSTER = """
            {"level": {"cluster": 1, "next": 2, "raisable": false, "reasons": ["n2 is old", "n3 is away"]}, "members": [
              {"name": "n1", "version": "0.2", "lowestLevel": 1, "highestLevel": 2},
              {"name": "n2", "version": "0.1", "lowestLevel": 1, "highestLevel": 1},
              {"name": "n3"}]}""";

    @Test
    void levelIsShownWithThoseOfEachMemberAndWhatSpeaksAgainstTheNext() {
        node.can("GET /api/v1/evenkeel/cluster", 200, CLUSTER);
        Cli said = node.run("cluster", "level");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("n1      0.2      1 to 2")
                .contains("n2      0.1      1")
                .contains("n3      -        -")
                .contains("the cluster is at level 1, and cannot be raised to level 2: n2 is old; n3 is away");
        assertThat(node.run("cluster", "level", "--output", "json").out())
                .contains("\"raisable\":false")
                .contains("{\"name\":\"n2\",\"version\":\"0.1\",\"lowestLevel\":1,\"highestLevel\":1}");
    }

    @Test
    void raiseAsksForTheNextLevelAndTellsWhyNot() {
        node.can("GET /api/v1/evenkeel/cluster", 200, CLUSTER);
        node.can("PUT /api/v1/evenkeel/cluster/level", 200, "{\"level\":2}");
        Cli done = node.run("cluster", "level", "raise");
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out()).contains("the cluster is at level 2");
        assertThat(node.requests()).contains("PUT /api/v1/evenkeel/cluster/level {\"level\":2}");
        node.forget("PUT /api/v1/evenkeel/cluster/level");
        node.can("PUT /api/v1/evenkeel/cluster/level", 409, "{\"error\":\"n2 is old\"}");
        Cli refused = node.run("cluster", "level", "raise");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("n2 is old");
    }

    @Test
    void capacityShowsMembersAndWhatToChange() {
        node.can("GET /api/v1/evenkeel/capacity", 200, """
                {"node": "n1", "loadQps": 5000.4, "worstLoadQps": 61000, "skew": 1.5, "headroomWorst": 0.98, "lossesSurvivable": 0,
                 "stormHeadroom": null, "members": [
                  {"name": "n1", "contact": "heard", "udp": "not-asked", "tcp": "not-asked", "open": true, "loadQps": 3750.3,
                   "droppedQps": 0, "capacityQps": 60000, "queueDelaySeconds": 0.002, "diskFree": 0.4},
                  {"name": "n2", "contact": "silent", "udp": "silent", "tcp": "other"},
                  {"name": "n3", "contact": "older", "udp": "not-asked", "tcp": "not-asked"}],
                 "advice": ["n2 does not tell its vitals: start it"]}""");
        Cli said = node.run("capacity");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("n1      yes   3,750    0          60,000     2 ms  40 %       not-asked  not-asked")
                .contains(
                        "n2      -     ?        ?          ?          -     -          silent     other      does not tell its vitals")
                .contains("its release tells no vitals")
                .contains(
                        "load 5,000/s, the worst of 30 days 61,000/s; skew 1.50; seen by n1, which could carry 1.0 times the worst")
                .contains("members that may be lost: 0; headroom for a storm of the fleet: ?")
                .contains("- n2 does not tell its vitals: start it");
        assertThat(node.run("capacity", "--output", "json").out()).contains("\"worstLoadQps\":61000");
    }

    @Test
    void capacityPlanNamesFiguresAndExitsByThem() {
        String path = "GET /api/v1/evenkeel/capacity/plan?node=n2&factor=";
        node.can(
                path + "0.5",
                200,
                "{\"fine\":false,\"lines\":[\"n2 could answer 5 questions a second\",\"do not do it\"]}");
        node.can(path + "2.0", 200, "{\"fine\":true,\"lines\":[\"as safely as now\"]}");
        node.can(path + "200.0", 422, "{\"error\":\"factor is out of range\"}");
        Cli bad = node.run("capacity", "plan", "--node", "n2", "--factor", "0.5");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.out()).contains("n2 could answer 5 questions a second").contains("do not do it");
        Cli fine = node.run("capacity", "plan", "--node", "n2", "--factor", "2", "--output", "json");
        assertThat(fine.code()).as(fine.err()).isZero();
        assertThat(fine.out()).contains("\"fine\":true");
        Cli wrong = node.run("capacity", "plan", "--node", "n2", "--factor", "200");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("factor is out of range");
        assertThat(node.run("capacity", "plan", "--factor", "2").code()).isEqualTo(2);
        assertThat(node.run("capacity", "plan", "--node", "n2").code()).isEqualTo(2);
    }

    @Test
    void scrubWaitsForTheRoundThatItAskedForAndFailsIfAnythingIsDamaged() {
        String path = "/api/v1/evenkeel/scrub";
        node.can("POST " + path, 200, "{\"round\":4}");
        node.can("GET " + path, 200, "{\"rounds\":3,\"zones\":1,\"records\":8,\"damaged\":[\"old\"]}");
        node.can("GET " + path, 200, "{\"rounds\":4,\"zones\":2,\"records\":9,\"changes\":5,\"damaged\":[]}");
        Cli good = node.run("cluster", "scrub");
        assertThat(good.code()).as(good.err()).isZero();
        assertThat(good.out()).contains("2      9        5        none");
        node.forget("GET " + path);
        node.can(
                "GET " + path,
                200,
                "{\"rounds\":4,\"zones\":2,\"records\":9,\"damaged\":[\"a.example.: its records\"]}");
        Cli bad = node.run("cluster", "scrub");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.out()).contains("a.example.: its records");
    }

    @Test
    void safeToStopSaysWhyNotOnStandardOutput() {
        String path = "GET /api/v1/evenkeel/cluster/members/n1/safe-to-stop";
        node.can(path, 200, "{\"name\":\"n1\",\"safe\":false,\"reasons\":[\"n2 is not ready\",\"n3 is away\"]}");
        Cli no = node.run("cluster", "safe-to-stop", "n1");
        assertThat(no.code()).isEqualTo(1);
        assertThat(no.out()).contains("n1 should not be stopped: n2 is not ready; n3 is away");
        assertThat(node.run("cluster", "safe-to-stop", "n1", "--output", "json").out())
                .contains("\"reasons\":[\"n2 is not ready\",\"n3 is away\"]");
        node.forget(path);
        node.can(path, 200, "{\"name\":\"n1\",\"safe\":true,\"reasons\":[]}");
        Cli yes = node.run("cluster", "safe-to-stop", "n1");
        assertThat(yes.code()).as(yes.err()).isZero();
        assertThat(yes.out()).contains("n1 may be stopped");
    }

    @Test
    void addKeepsTheTtlThatIsThereAndPrintsWhatIsStored() throws IOException {
        String www =
                "{\"serial\":%d,\"rrsets\":[{\"name\":\"WWW.example.org.\",\"type\":\"A\",\"ttl\":42,\"records\":[%s]}]}";
        node.can(AT + "www.example.org.", 200, www.formatted(7, ""));
        node.can(AT + "www.example.org.", 200, www.formatted(8, "{\"content\":\"192.0.2.1\"}"));
        node.can("PATCH " + ZONE, 204, "");
        Cli said = node.run("rrset", "add", "example.org", "www", "a", "192.0.2.1");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out().lines().toList().getFirst()).startsWith("added; serial 8, served by 127.0.0.1:");
        assertThat(said.out().lines().toList().getLast()).isEqualTo("WWW.example.org.  42  A  192.0.2.1");
        assertThat(said.err()).isEmpty();
        JsonNode sent = Json.MAPPER.readTree(node.requests().get(1).substring(("PATCH " + ZONE).length()));
        assertThat(sent.at("/rrsets/0/changetype").asText()).isEqualTo("EXTEND");
        assertThat(sent.at("/rrsets/0/ttl").asInt()).isEqualTo(42);
        assertThat(sent.at("/rrsets/0/name").asText()).isEqualTo("www.example.org.");
        assertThat(sent.at("/rrsets/0/records/0/content").asText()).isEqualTo("192.0.2.1");
    }

    @Test
    void createMakesSoaNameServersAndTheirAddresses() {
        node.can("POST /api/v1/servers/localhost/zones", 201, "{}");
        node.can(
                "GET " + ZONE,
                200,
                "{\"serial\":1,\"rrsets\":[" + rrset("example.org.", "NS", "ns1.example.org.") + ","
                        + rrset("ns1.example.org.", "A", "192.0.2.1") + "]}");
        Cli said = node.run(
                "zone",
                "create",
                "Example.org",
                "--ns",
                "ns1=192.0.2.1,2001:db8::1",
                "--ns",
                "ns2.example.net",
                "--ttl",
                "30m",
                "--hostmaster",
                "a.b@example.com");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("created example.org.; serial 1")
                .contains("ns1.example.org.  300  A   192.0.2.1");
        assertThat(said.err()).isEmpty();
        assertThat(node.requests().getFirst())
                .contains("ns1.example.org. a\\\\.b.example.com. ")
                .contains("{\"name\":\"ns1.example.org.\",\"type\":\"AAAA\",\"ttl\":1800")
                .contains("{\"content\":\"2001:db8::1\"")
                .contains("{\"content\":\"ns2.example.net.\"");
    }

    @Test
    void createOfTheRootWantsToBeConfirmed() {
        Cli said = node.run("zone", "create", ".", "--ns", "ns.example.net");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("root of all names").contains("--yes");
        assertThat(node.requests()).isEmpty();
    }

    @Test
    void deleteWithoutDataTakesTheRRsetAndWithDataTheRecords() {
        node.can(AT + "www.example.org.", 200, "{\"serial\":7,\"rrsets\":[]}");
        node.can("PATCH " + ZONE, 204, "");
        Cli said = node.run("rrset", "delete", "example.org", "www", "A");
        assertThat(said.out()).startsWith("nothing to change; serial 7").endsWith("www.example.org. has no A records");
        assertThat(node.requests().get(1)).contains("\"changetype\":\"DELETE\"");
        node.run("rrset", "delete", "example.org", "www", "A", "192.0.2.1");
        assertThat(node.requests().get(4)).contains("\"changetype\":\"PRUNE\"").contains("192.0.2.1");
    }

    @Test
    void deleteWithoutATypeTakesAllThatANameHas() throws IOException {
        node.can(
                AT + "www.example.org.",
                200,
                "{\"serial\":7,\"rrsets\":[" + rrset("www.example.org.", "A", "192.0.2.1") + ","
                        + rrset("www.example.org.", "TXT", "\\\"a\\\"") + "]}");
        node.can(AT + "www.example.org.", 200, "{\"serial\":8,\"rrsets\":[]}");
        node.can(AT + "example.org.", 200, "{\"rrsets\":[" + rrset("example.org.", "NS", "www.example.org.") + "]}");
        node.can("PATCH " + ZONE, 204, "");
        Cli said = node.run("rrset", "delete", "example.org", "www");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out().lines().toList().getFirst()).startsWith("deleted A, TXT; serial 8, served by 127.0.0.1:");
        assertThat(said.out().lines().skip(1))
                .containsExactly("www.example.org.  300  A    192.0.2.1", "www.example.org.  300  TXT  \"a\"");
        assertThat(said.err())
                .isEqualTo("warning: www.example.org. is a name server of example.org., and has no address now");
        JsonNode sent = Json.MAPPER.readTree(node.requests().get(1).substring(("PATCH " + ZONE).length()));
        assertThat(sent.at("/rrsets").findValuesAsText("type")).containsExactly("A", "TXT");
        assertThat(sent.at("/rrsets").findValuesAsText("changetype")).containsExactly("DELETE", "DELETE");
        Cli none = node.run("rrset", "delete", "example.org", "www");
        assertThat(none.code()).isZero();
        assertThat(none.out()).startsWith("nothing to change; serial 8").endsWith("www.example.org. has no records");
        Cli apex = node.run("rrset", "delete", "example.org", "@");
        assertThat(apex.code()).isEqualTo(2);
        assertThat(apex.err()).contains("is the apex");
    }

    @Test
    void refusedImportPrintsEveryProblem() throws IOException {
        Path file = Files.writeString(folder.resolve("bad zone"), "$ORIGIN example.org.\n@ SOA a. b. 1 2 3 4 5\n");
        node.can(
                "PUT /api/v1/evenkeel/zones/example.org.?name="
                        + java.net.URLEncoder.encode(file.toString(), StandardCharsets.UTF_8)
                        + "&create=true",
                422,
                "{\"error\":\"2 problems\",\"errors\":[\"bad zone:3: one\",\"bad zone:9: two\"]}");
        Cli said = node.run("zone", "import", file, "--create");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err())
                .contains("2 problems")
                .contains("  bad zone:3: one")
                .contains("  bad zone:9: two");
        assertThat(node.requests().getFirst()).contains("@ SOA a. b. 1 2 3 4 5");
    }

    @Test
    void noQuorumSaysNotDoneAndWhenToTryAgain() {
        node.can("DELETE " + ZONE, 503, "{\"error\":\"no quorum\"}", Map.of("Retry-After", "3"));
        Cli said = node.run("zone", "delete", "example.org", "--yes");
        assertThat(said.code()).isEqualTo(6);
        assertThat(said.err()).contains("not done: no quorum").contains("try again in 3 s");
    }

    @Test
    void unknownOutcomeIsFollowedUnderItsRequestId() {
        node.can("DELETE " + ZONE, 202, "{\"requestId\":\"ab12\"}");
        node.can("GET /api/v1/evenkeel/requests/ab12", 404, "{}");
        node.can("GET /api/v1/evenkeel/requests/ab12", 200, "{\"serial\":9}");
        Cli said = node.run("zone", "delete", "example.org", "--yes");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(node.requests()).hasSize(3);
    }

    @Test
    void aZoneIsDeletedOnlyWhenThatIsConfirmed() {
        Cli said = node.run("zone", "delete", "example.org");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains("deleting example.org. takes all its records")
                .contains("--yes");
        assertThat(node.requests()).isEmpty();
    }

    @Test
    void whatIsInAFileThatHoldsNoKeyIsNeverTold() throws IOException {
        for (String text :
                List.of("0123456789abcdef\nfedcba9876543210", "a secret", "s\u00e9cret", "", "s".repeat(5000))) {
            Files.writeString(node.key(), text);
            Cli said = node.run("zone", "list");
            assertThat(said.code()).as(said.err()).isEqualTo(2);
            assertThat(said.err())
                    .startsWith("evenkeel: " + node.key() + " holds no API key: ")
                    .contains("local-api-key")
                    .doesNotContain("0123456789")
                    .doesNotContain("fedcba")
                    .doesNotContain("secret")
                    .doesNotContain("s\u00e9cret")
                    .doesNotContain("ssss");
            assertThat(said.err().lines()).hasSize(1);
        }
        assertThat(node.requests()).isEmpty();
    }

    @Test
    void aLostAnswerToAChangeIsNeitherDoneNorNotDone() {
        node.can("DELETE " + ZONE, 504, "{\"error\":\"no answer in time\"}");
        assertThat(node.run("zone", "delete", "example.org", "--yes").code()).isEqualTo(7);
        stop();
        Cli gone = node.run("zone", "delete", "example.org", "--yes");
        assertThat(gone.code()).isEqualTo(6);
        assertThat(gone.err()).contains("connection refused");
    }

    @Test
    void aFileThatCannotBeWrittenIsNamedWithTheRemedy() {
        Path nowhere = folder.resolve("nope").resolve("x");
        for (List<Object> words : List.<List<Object>>of(
                List.of("backup", nowhere),
                List.of("diagnose", nowhere),
                List.of("zone", "export", "example.org", "--file", nowhere))) {
            node.can("GET /api/v1/evenkeel/backup", 200, "x");
            node.can("GET " + ZONE + "/export", 200, "x");
            Cli said = node.run(words.toArray());
            assertThat(said.code()).as("%s", said).isEqualTo(2);
            assertThat(said.err())
                    .isEqualTo("evenkeel: cannot write %s: there is no folder %s; make it, or name another file"
                            .formatted(nowhere, nowhere.getParent()));
        }
    }

    @Test
    void wrongKeyAndUnreachableServerAreNamed() throws IOException {
        node.can("GET /api/v1/servers/localhost/zones", 401, "Unauthorized");
        assertThat(node.run("zone", "list").err()).contains("does not accept the API key in");
        stop();
        assertThat(node.run("zone", "list").err()).contains(" at http://127.0.0.1:");
        Files.delete(node.key());
        assertThat(node.run("zone", "list").err())
                .contains("cannot read the API key")
                .contains("no such file");
    }

    @Test
    void zoneIdsAreWrittenAsPowerDnsDoes() {
        assertThat(AdminClient.zoneId("0/25.2.0.192.in-addr.arpa.")).isEqualTo("0=2F25.2.0.192.in-addr.arpa.");
    }

    @Test
    void listsAreTablesOrJson() {
        node.can("GET /api/v1/servers/localhost/zones", 200, "[{\"name\":\"example.org.\",\"serial\":7}]");
        assertThat(node.run("zone", "list").out()).contains("ZONE").contains("example.org.  7");
        assertThat(node.run("zone", "list", "--output", "json").out())
                .isEqualTo("[{\"name\":\"example.org.\",\"serial\":7}]");
    }

    @Test
    void gateIsShownWithWhyItIsClosed() {
        node.can("GET /api/v1/evenkeel/gate", 200, """
                {"node":"n1","open":false,"state":"CATCHING_UP","ready":false,"reasons":["catching up: no leader"],
                 "ageSeconds":7.5,"reachedSeconds":{"STARTING":0,"CATCHING_UP":2.25},
                 "capacity":{"qps":312000,"loopQps":312000,"loops":1,"cpuNanosPerQuery":3205,"origin":"KEPT"}}""");
        Cli text = node.run("gate", "status");
        assertThat(text.code()).isEqualTo(1);
        assertThat(text.out()).contains("closed  catching_up  5.3 s ago  312000/s (kept)  catching up: no leader");
        Cli json = node.run("gate", "status", "--output", "json");
        assertThat(json.out()).startsWith("[{\"name\":").contains("\"reachedSeconds\":{\"STARTING\":0");
    }

    @Test
    void severalServersAreShownWithTheMembersThatOnlyTheyKnow() throws IOException {
        String members = """
                {"members":[{"name":"n1","answers":true,"ready":true,"state":"OPEN","role":"LEADER"},
                 {"name":"n2","answers":true,"ready":true,"state":"OPEN","role":"FOLLOWER"},
                 {"name":"n3","answers":true,"ready":false,"state":"CATCHING_UP","role":"FOLLOWER","term":4,"reasons":["catching up"]},
                 {"name":"n4","answers":false}]}""";
        try (CannedNode other = new CannedNode(folder)) {
            for (CannedNode each : List.of(node, other)) {
                String name = each == node ? "n1" : "n2";
                each.can("GET /readyz", 200, "ready");
                each.can("GET /api/v1/evenkeel/status", 200, "{\"node\":\"%s\",\"state\":\"OPEN\"}".formatted(name));
                each.can(
                        "GET /api/v1/evenkeel/gate",
                        200,
                        "{\"node\":\"%s\",\"open\":true,\"state\":\"OPEN\"}".formatted(name));
                each.can("GET /api/v1/evenkeel/cluster", 200, members);
                each.can("GET /api/v1/servers/localhost/zones/example.org.?rrsets=false", 200, "{\"serial\":7}");
            }
            Cli status = node.run("status", "--server", other.url());
            assertThat(status.code()).isEqualTo(1);
            assertThat(status.out().lines().map(line -> line.split(" ", 2)[0]))
                    .containsExactly("NODE", "n2", "n1", "n3", "n4");
            assertThat(status.out()).containsPattern("n3 +catching_up +follower +4 .*catching up");
            assertThat(status.out()).containsPattern("n4 .*does not answer 127.0.0.1:");
            Cli gates = node.run("gate", "status", "--server", other.url());
            assertThat(gates.code()).isEqualTo(1);
            assertThat(gates.out()).containsPattern("n3 +closed +catching_up").containsPattern("n4 +- +-");
            assertThat(node.run("zone", "show", "example.org", "--server", other.url())
                            .out())
                    .contains(other.url().substring(7) + " 7, " + node.url().substring(7) + " 7");
            assertThat(node.run("gate", "close", "--yes", "--server", other.url())
                            .err())
                    .contains("which node? Name it with --server: ");
        }
    }

    @Test
    void theGuardOfAZoneIsSetAndShown() {
        String settings = "/api/v1/evenkeel/zones/example.org./settings";
        node.can("PUT " + settings, 200, "{\"zone\":\"example.org.\",\"guard\":80,\"changed\":true}");
        node.can("PUT " + settings, 200, "{\"zone\":\"example.org.\",\"guard\":\"off\",\"changed\":false}");
        assertThat(node.run("zone", "set", "example.org", "--guard", "80%").out())
                .startsWith("example.org.: guard 80 %, through ");
        assertThat(node.run("zone", "set", "example.org", "--guard", "off").out())
                .startsWith("example.org.: guard off as before, through ");
        assertThat(node.requests())
                .contains("PUT " + settings + " {\"guard\":80}", "PUT " + settings + " {\"guard\":\"off\"}");
        for (String bad : List.of("0", "101", "half", "")) {
            assertThat(node.run("zone", "set", "example.org", "--guard", bad).code())
                    .isEqualTo(2);
        }
        assertThat(node.run("zone", "set", "example.org").code()).isEqualTo(2);

        node.can("GET /api/v1/servers/localhost/zones/example.org.?rrsets=false", 200, "{\"serial\":7}");
        node.can("GET /api/v1/evenkeel/status", 200, "{}");
        assertThat(node.run("zone", "show", "example.org").out()).doesNotContain("guard");
        node.can("GET " + settings, 200, "{\"zone\":\"example.org.\",\"guard\":80}");
        assertThat(node.run("zone", "show", "example.org").out()).containsPattern("guard +80 %");
    }

    @Test
    void gateIsClosedOnlyWhenThatIsConfirmed() {
        node.can("GET /api/v1/evenkeel/gate", 200, "{\"node\":\"n1\",\"open\":true,\"state\":\"OPEN\"}");
        node.can("POST /api/v1/evenkeel/gate/close", 409, "{\"error\":\"no other member is known to be open\"}");
        node.can("POST /api/v1/evenkeel/gate/close", 200, "{\"node\":\"n1\",\"open\":false,\"state\":\"CLOSED\"}");
        Cli unconfirmed = node.run("gate", "close");
        assertThat(unconfirmed.code()).isEqualTo(2);
        assertThat(unconfirmed.err()).contains("n1").contains("--yes");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("POST"));

        Cli last = node.run("gate", "close", "--yes");
        assertThat(last.code()).isEqualTo(1);
        assertThat(last.err()).contains("no other member is known to be open");
        Cli closed = node.run("gate", "close", "--yes", "--force");
        assertThat(closed.code()).as(closed.err()).isZero();
        assertThat(closed.out()).contains("n1 is closed");
        assertThat(node.requests())
                .contains("POST /api/v1/evenkeel/gate/close {\"confirm\":\"n1\",\"force\":false}")
                .contains("POST /api/v1/evenkeel/gate/close {\"confirm\":\"n1\",\"force\":true}");
    }

    @Test
    void gateIsOpenedAndSaysWhatToKnow() {
        node.can("POST /api/v1/evenkeel/gate/open", 200, "{\"node\":\"n1\",\"open\":true,\"reasons\":[\"stale\"]}");
        Cli opened = node.run("gate", "open");
        assertThat(opened.code()).as(opened.err()).isZero();
        assertThat(opened.out()).contains("is open (stale)");
        assertThat(node.requests()).containsExactly("POST /api/v1/evenkeel/gate/open {\"force\":false}");
    }
}
