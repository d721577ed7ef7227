package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs against an HTTP server with canned answers: what they send, what they make of what comes back. */
class AdminVerbsTest {
    private static final String ZONE = "/api/v1/servers/localhost/zones/example.org.";

    private static final String CLUSTER = """
            {"level": {"cluster": 1, "next": 2, "raisable": false, "reasons": ["n2 is old", "n3 is away"]}, "members": [
              {"name": "n1", "version": "0.2", "lowestLevel": 1, "highestLevel": 2},
              {"name": "n2", "version": "0.1", "lowestLevel": 1, "highestLevel": 1},
              {"name": "n3"}]}""";

    private record Canned(int status, String body, Map<String, String> headers) {}

    @TempDir
    private Path folder = Path.of("");

    private final Map<String, List<Canned>> answers = new HashMap<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server = newServer();

    private static HttpServer newServer() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 10);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void start() throws IOException {
        Files.writeString(folder.resolve("key"), "0123456789abcdef\n");
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(line + (body.isEmpty() ? "" : " " + body));
        assertThat(exchange.getRequestHeaders().getFirst("X-API-Key")).isEqualTo("0123456789abcdef");
        List<Canned> canned = answers.getOrDefault(line, List.of());
        Canned now = canned.isEmpty() ? new Canned(404, "{\"error\":\"not canned\"}", Map.of()) : canned.getFirst();
        if (canned.size() > 1) {
            answers.put(line, canned.subList(1, canned.size()));
        }
        now.headers().forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
        byte[] bytes = now.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(now.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void can(String line, int status, String body) {
        answers.computeIfAbsent(line, key -> new ArrayList<>()).add(new Canned(status, body, Map.of()));
    }

    private Cli run(Object... args) {
        List<Object> all = new ArrayList<>(List.of(args));
        all.addAll(List.of(
                "--server",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "--api-key-file",
                folder.resolve("key"),
                "--data",
                folder.resolve("none")));
        return Cli.run(all.toArray());
    }

    @Test
    void levelIsShownWithThoseOfEachMemberAndWhatSpeaksAgainstTheNext() {
        can("GET /api/v1/evenkeel/cluster", 200, CLUSTER);
        Cli said = run("cluster", "level");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("n1      0.2      1 to 2")
                .contains("n2      0.1      1")
                .contains("n3      -        -")
                .contains("the cluster is at level 1, and cannot be raised to level 2: n2 is old; n3 is away");
        assertThat(run("cluster", "level", "--output", "json").out())
                .contains("\"raisable\":false")
                .contains("{\"name\":\"n2\",\"version\":\"0.1\",\"lowestLevel\":1,\"highestLevel\":1}");
    }

    @Test
    void raiseAsksForTheNextLevelAndTellsWhyNot() {
        can("GET /api/v1/evenkeel/cluster", 200, CLUSTER);
        can("PUT /api/v1/evenkeel/cluster/level", 200, "{\"level\":2}");
        Cli done = run("cluster", "level", "raise");
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out()).contains("the cluster is at level 2");
        assertThat(requests).contains("PUT /api/v1/evenkeel/cluster/level {\"level\":2}");
        answers.remove("PUT /api/v1/evenkeel/cluster/level");
        can("PUT /api/v1/evenkeel/cluster/level", 409, "{\"error\":\"n2 is old\"}");
        Cli refused = run("cluster", "level", "raise");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("n2 is old");
    }

    @Test
    void scrubWaitsForTheRoundThatItAskedForAndFailsIfAnythingIsDamaged() {
        String path = "/api/v1/evenkeel/scrub";
        can("POST " + path, 200, "{\"round\":4}");
        can("GET " + path, 200, "{\"rounds\":3,\"zones\":1,\"records\":8,\"damaged\":[\"old\"]}");
        can("GET " + path, 200, "{\"rounds\":4,\"zones\":2,\"records\":9,\"damaged\":[]}");
        Cli good = run("cluster", "scrub");
        assertThat(good.code()).as(good.err()).isZero();
        assertThat(good.out()).contains("2      9        none");
        answers.remove("GET " + path);
        can("GET " + path, 200, "{\"rounds\":4,\"zones\":2,\"records\":9,\"damaged\":[\"a.example.: its records\"]}");
        Cli bad = run("cluster", "scrub");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.out()).contains("a.example.: its records");
    }

    @Test
    void safeToStopSaysWhyNotOnStandardOutput() {
        String path = "GET /api/v1/evenkeel/cluster/members/n1/safe-to-stop";
        can(path, 200, "{\"name\":\"n1\",\"safe\":false,\"reasons\":[\"n2 is not ready\",\"n3 is away\"]}");
        Cli no = run("cluster", "safe-to-stop", "n1");
        assertThat(no.code()).isEqualTo(1);
        assertThat(no.out()).contains("n1 should not be stopped: n2 is not ready; n3 is away");
        assertThat(run("cluster", "safe-to-stop", "n1", "--output", "json").out())
                .contains("\"reasons\":[\"n2 is not ready\",\"n3 is away\"]");
        answers.remove(path);
        can(path, 200, "{\"name\":\"n1\",\"safe\":true,\"reasons\":[]}");
        Cli yes = run("cluster", "safe-to-stop", "n1");
        assertThat(yes.code()).as(yes.err()).isZero();
        assertThat(yes.out()).contains("n1 may be stopped");
    }

    @Test
    void addKeepsTheTtlThatIsThereAndSaysTheSerial() throws IOException {
        can(
                "GET " + ZONE + "?rrset_name=www.example.org.&rrset_type=A",
                200,
                "{\"serial\":7,\"rrsets\":[{\"name\":\"WWW.example.org.\",\"type\":\"A\",\"ttl\":42,\"records\":[]}]}");
        can("PATCH " + ZONE, 204, "");
        can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":8}");
        Cli said = run("rrset", "add", "example.org", "www", "a", "192.0.2.1");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).startsWith("added; serial 8, served by 127.0.0.1:");
        JsonNode sent = Json.MAPPER.readTree(requests.get(1).substring(("PATCH " + ZONE).length()));
        assertThat(sent.at("/rrsets/0/changetype").asText()).isEqualTo("EXTEND");
        assertThat(sent.at("/rrsets/0/ttl").asInt()).isEqualTo(42);
        assertThat(sent.at("/rrsets/0/name").asText()).isEqualTo("www.example.org.");
        assertThat(sent.at("/rrsets/0/records/0/content").asText()).isEqualTo("192.0.2.1");
    }

    @Test
    void createMakesSoaNameServersAndTheirAddresses() {
        can("POST /api/v1/servers/localhost/zones", 201, "{}");
        can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":1}");
        Cli said = run(
                "zone",
                "create",
                "Example.org",
                "--ns",
                "ns1=192.0.2.1,2001:db8::1",
                "--ns",
                "ns2.example.net",
                "--hostmaster",
                "a.b@example.com");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(requests.getFirst())
                .contains("ns1.example.org. a\\\\.b.example.com. ")
                .contains("{\"name\":\"ns1.example.org.\",\"type\":\"AAAA\"")
                .contains("{\"content\":\"2001:db8::1\"")
                .contains("{\"content\":\"ns2.example.net.\"");
    }

    @Test
    void deleteWithoutDataTakesTheRRsetAndWithDataTheRecords() {
        can("GET " + ZONE + "?rrset_name=www.example.org.&rrset_type=A", 200, "{\"serial\":7,\"rrsets\":[]}");
        can("PATCH " + ZONE, 204, "");
        can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":7}");
        assertThat(run("rrset", "delete", "example.org", "www", "A").out()).startsWith("nothing to change; serial 7");
        assertThat(requests.get(1)).contains("\"changetype\":\"DELETE\"");
        run("rrset", "delete", "example.org", "www", "A", "192.0.2.1");
        assertThat(requests.get(4)).contains("\"changetype\":\"PRUNE\"").contains("192.0.2.1");
    }

    @Test
    void refusedImportPrintsEveryProblem() throws IOException {
        Path file = Files.writeString(folder.resolve("bad zone"), "$ORIGIN example.org.\n@ SOA a. b. 1 2 3 4 5\n");
        can(
                "PUT /api/v1/evenkeel/zones/example.org.?name="
                        + java.net.URLEncoder.encode(file.toString(), StandardCharsets.UTF_8)
                        + "&create=true",
                422,
                "{\"error\":\"2 problems\",\"errors\":[\"bad zone:3: one\",\"bad zone:9: two\"]}");
        Cli said = run("zone", "import", file, "--create");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err())
                .contains("2 problems")
                .contains("  bad zone:3: one")
                .contains("  bad zone:9: two");
        assertThat(requests.getFirst()).contains("@ SOA a. b. 1 2 3 4 5");
    }

    @Test
    void noQuorumSaysNotDoneAndWhenToTryAgain() {
        answers.put(
                "DELETE " + ZONE, List.of(new Canned(503, "{\"error\":\"no quorum\"}", Map.of("Retry-After", "3"))));
        Cli said = run("zone", "delete", "example.org");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("not done: no quorum").contains("try again in 3 s");
    }

    @Test
    void unknownOutcomeIsFollowedUnderItsRequestId() {
        can("DELETE " + ZONE, 202, "{\"requestId\":\"ab12\"}");
        can("GET /api/v1/evenkeel/requests/ab12", 404, "{}");
        can("GET /api/v1/evenkeel/requests/ab12", 200, "{\"serial\":9}");
        Cli said = run("zone", "delete", "example.org");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(requests).hasSize(3);
    }

    @Test
    void wrongKeyAndUnreachableServerAreNamed() throws IOException {
        can("GET /api/v1/servers/localhost/zones", 401, "Unauthorized");
        assertThat(run("zone", "list").err()).contains("does not accept the API key in");
        stop();
        assertThat(run("zone", "list").err()).contains(" at http://127.0.0.1:");
        Files.delete(folder.resolve("key"));
        assertThat(run("zone", "list").err())
                .contains("cannot read the API key")
                .contains("no such file");
    }

    @Test
    void zoneIdsAreWrittenAsPowerDnsDoes() {
        assertThat(AdminClient.zoneId("0/25.2.0.192.in-addr.arpa.")).isEqualTo("0=2F25.2.0.192.in-addr.arpa.");
    }

    @Test
    void listsAreTablesOrJson() {
        can("GET /api/v1/servers/localhost/zones", 200, "[{\"name\":\"example.org.\",\"serial\":7}]");
        assertThat(run("zone", "list").out()).contains("ZONE").contains("example.org.  7");
        assertThat(run("zone", "list", "--output", "json").out())
                .isEqualTo("[{\"name\":\"example.org.\",\"serial\":7}]");
    }

    @Test
    void gateIsShownWithWhyItIsClosed() {
        can("GET /api/v1/evenkeel/gate", 200, """
                {"node":"n1","open":false,"state":"CATCHING_UP","ready":false,"reasons":["catching up: no leader"],
                 "ageSeconds":7.5,"reachedSeconds":{"STARTING":0,"CATCHING_UP":2.25},
                 "capacity":{"qps":312000,"loopQps":312000,"loops":1,"cpuNanosPerQuery":3205,"origin":"KEPT"}}""");
        Cli text = run("gate", "status");
        assertThat(text.code()).isEqualTo(1);
        assertThat(text.out()).contains("closed  catching_up  5.3 s ago  312000/s (kept)  catching up: no leader");
        Cli json = run("gate", "status", "--output", "json");
        assertThat(json.out()).startsWith("[{\"name\":").contains("\"reachedSeconds\":{\"STARTING\":0");
    }

    @Test
    void gateIsClosedOnlyWhenThatIsConfirmed() {
        can("GET /api/v1/evenkeel/gate", 200, "{\"node\":\"n1\",\"open\":true,\"state\":\"OPEN\"}");
        can("POST /api/v1/evenkeel/gate/close", 409, "{\"error\":\"no other member is known to be open\"}");
        can("POST /api/v1/evenkeel/gate/close", 200, "{\"node\":\"n1\",\"open\":false,\"state\":\"CLOSED\"}");
        Cli unconfirmed = run("gate", "close");
        assertThat(unconfirmed.code()).isEqualTo(2);
        assertThat(unconfirmed.err()).contains("n1").contains("--yes");
        assertThat(requests).noneMatch(request -> request.startsWith("POST"));

        Cli last = run("gate", "close", "--yes");
        assertThat(last.code()).isEqualTo(1);
        assertThat(last.err()).contains("no other member is known to be open");
        Cli closed = run("gate", "close", "--yes", "--force");
        assertThat(closed.code()).as(closed.err()).isZero();
        assertThat(closed.out()).contains("n1 is closed");
        assertThat(requests)
                .contains("POST /api/v1/evenkeel/gate/close {\"confirm\":\"n1\",\"force\":false}")
                .contains("POST /api/v1/evenkeel/gate/close {\"confirm\":\"n1\",\"force\":true}");
    }

    @Test
    void gateIsOpenedAndSaysWhatToKnow() {
        can("POST /api/v1/evenkeel/gate/open", 200, "{\"node\":\"n1\",\"open\":true,\"reasons\":[\"stale\"]}");
        Cli opened = run("gate", "open");
        assertThat(opened.code()).as(opened.err()).isZero();
        assertThat(opened.out()).contains("is open (stale)");
        assertThat(requests).containsExactly("POST /api/v1/evenkeel/gate/open {\"force\":false}");
    }
}
