package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.ZONES;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.json;
import static io.evenkeel.server.admin.AdminFixture.patch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.server.node.NodeState;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminApiTest extends AdminTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void aBackupIsTheStateAtOneMomentAndNeedsNoQuorum() throws Exception {
        node.createExample();
        node.replica.quorum(false);
        HttpResponse<byte[]> backup = node.bytes("/api/v1/evenkeel/backup");
        assertThat(backup.statusCode()).isEqualTo(200);
        Path file = Files.write(folder.resolve("b"), backup.body());
        Backup.Summary summary = Backup.verify(file);
        assertThat(summary.head().cluster()).isEqualTo("test");
        assertThat(summary.head().index()).isEqualTo(node.replica.root().get().index());
        assertThat(summary.zones()).isEqualTo(1);
        assertThat(backup.headers().firstValue("Evenkeel-Index"))
                .contains("" + summary.head().index());
    }

    @Test
    void aNodeThatHasNothingYetGivesNoBackup(@TempDir Path other) throws Exception {
        InMemoryReplica empty = new InMemoryReplica("n1");
        empty.leads(false, "n2");
        try (AdminFixture waiting = new AdminFixture(other, empty)) {
            AdminFixture.assertError(waiting.get("/api/v1/evenkeel/backup"), 503, "no data yet");
        }
    }

    @Test
    void theStatusTellsWhichLimitsAreInForce() throws Exception {
        assertThat(json(node.get("/api/v1/evenkeel/status")).path("limits").toString())
                .isEqualTo("{\"mode\":\"enforce\",\"responses\":\"dry-run\",\"local\":null,\"note\":\"\"}");
        node.send("PUT", "/api/v1/evenkeel/limits/local", "{\"mode\":\"off\"}");
        assertThat(json(node.get("/api/v1/evenkeel/status")).at("/limits/local").asText())
                .isEqualTo("off");
    }

    @Test
    void aFullDiskIsToldByItsRoomAndNotByTheWordsOfAMachine() {
        IOException failure = new IOException("Auf dem Gerät ist kein Speicherplatz mehr verfügbar");
        ApiException full = ImportRoute.notSpooled(folder, 4096, failure);
        assertThat(full.status()).isEqualTo(507);
        assertThat(full).hasMessageContaining(folder.toString()).hasMessageContaining("4096");
        assertThat(ImportRoute.notSpooled(folder, 1 << 30, failure).status()).isEqualTo(500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PATCH " + EXAMPLE_ZONE, "PUT " + IMPORT})
    void aBodyThatIsNotAsHttpWantsItIsTheClientsFault(String target) throws Exception {
        node.createExample();
        try (Socket socket =
                new Socket(node.api.address().getAddress(), node.api.address().getPort())) {
            socket.setSoTimeout((int) LONG.toMillis());
            socket.getOutputStream().write("""
                    %s HTTP/1.1\r
                    Host: localhost\r
                    X-API-Key: %s\r
                    Transfer-Encoding: chunked\r
                    \r
                    5\r
                    {   }\r
                    this is no length\r
                    """.formatted(target, node.key()).getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 400 ").contains("not as HTTP wants it");
        }
    }

    @Test
    void aSnapshotThatCannotBeTakenIsSaidToBeSo() throws Exception {
        HttpResponse<String> answer = node.send("POST", "/api/v1/evenkeel/snapshot", "");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(json(answer).path("error").asText()).isEqualTo("nothing is kept on disk");
        assertThat(json(node.get("/api/v1/evenkeel/status"))
                        .path("snapshot")
                        .path("index")
                        .asInt())
                .isEqualTo(-1);
    }

    @Test
    void keyIsMadeForThisUserAlone() throws Exception {
        Path key = folder.resolve("local-api-key");
        assertThat(Files.readString(key).strip()).matches("[0-9a-f]{32}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
    }

    @Test
    void readinessSaysWhyNot() throws Exception {
        node.say(NodeState.CATCHING_UP, "catching up", "waiting for n2");
        HttpResponse<String> response = node.get("/readyz");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("not ready\ncatching up\nwaiting for n2\ndata age: 0.5 s\n");
        assertThat(node.get("/livez").statusCode()).isEqualTo(200);
        assertThat(node.get("/metrics").body()).isEqualTo("evenkeel_up 1\n");
        HttpResponse<String> head = node.send("HEAD", "/readyz", "");
        assertThat(head.statusCode()).isEqualTo(503);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void readinessForChangesIsAnotherQuestion() throws Exception {
        node.hinder("no leader is known", "stale");
        assertThat(node.get("/readyz").statusCode()).isEqualTo(200);
        assertThat(node.get("/readyz?for=questions").body()).isEqualTo("ready\nstale\ndata age: 0.5 s\n");
        HttpResponse<String> hindered = node.get("/readyz?for=changes");
        assertThat(hindered.statusCode()).isEqualTo(503);
        assertThat(hindered.body()).isEqualTo("not ready for changes\nno leader is known\nstale\ndata age: 0.5 s\n");
        node.hinder();
        HttpResponse<String> free = node.get("/readyz?for=changes");
        assertThat(free.statusCode()).isEqualTo(200);
        assertThat(free.body()).isEqualTo("ready for changes\ndata age: 0.5 s\n");
        AdminFixture.assertError(node.get("/readyz?for=luck"), 400, "for=luck is neither questions nor changes");
    }

    @Test
    void startingNodeShowsNothingRatherThanLessThanItOnceDid() throws Exception {
        node.createExample();
        String accepted = node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.1"))
                .headers()
                .firstValue("Evenkeel-Request-Id")
                .orElseThrow();
        List<String> paths = List.of(
                ZONES,
                EXAMPLE_ZONE,
                EXAMPLE_ZONE + "/export",
                "/api/v1/evenkeel/requests/" + accepted,
                "/api/v1/evenkeel/digest");
        for (NodeState state : List.of(NodeState.STARTING, NodeState.CATCHING_UP)) {
            node.say(state, "catching up");
            for (String path : paths) {
                HttpResponse<String> response = node.get(path);
                assertError(response, 503, "catching up");
                assertThat(response.headers().firstValue("Retry-After")).isPresent();
            }
            assertError(node.send("PUT", EXAMPLE_ZONE, "{}"), 503);
            assertError(node.send("PUT", IMPORT, FILE, "Content-Type", "text/dns"), 503);
            assertThat(node.get("/api/v1/evenkeel/status").statusCode()).isEqualTo(200);
            assertThat(node.get("/api/v1/servers/localhost").statusCode()).isEqualTo(200);
        }
        for (NodeState state : List.of(NodeState.WARMING, NodeState.OPEN, NodeState.DRAINING)) {
            node.say(state);
            for (String path : paths) {
                assertThat(node.get(path).statusCode()).as(path).isEqualTo(200);
            }
        }
    }

    @Test
    void aRoundOfReadingZonesAnewIsAskedForAndSeen() throws Exception {
        JsonNode before = json(node.get("/api/v1/evenkeel/scrub"));
        assertThat(before.path("rounds").asLong(-1)).isZero();
        assertThat(before.path("damaged").isArray()).isTrue();
        assertThat(json(node.send("POST", "/api/v1/evenkeel/scrub", ""))
                        .path("round")
                        .asLong())
                .isEqualTo(1);
    }

    @Test
    void digestIsThatOfTheStateAndFollowsIt() throws Exception {
        JsonNode empty = json(node.get("/api/v1/evenkeel/digest"));
        assertThat(json(node.get("/api/v1/evenkeel/digest"))).isEqualTo(empty);
        node.createExample();
        JsonNode made = json(node.get("/api/v1/evenkeel/digest"));
        assertThat(made.path("index").asLong())
                .isGreaterThan(empty.path("index").asLong());
        assertThat(made.path("sha256").asText())
                .isNotEqualTo(empty.path("sha256").asText())
                .isEqualTo(node.replica.root().get().state().digest().toString());
    }

    @Test
    void discoveryTellsClientsWhatTheySpeakTo() throws Exception {
        assertThat(json(node.get("/api")).path(0).path("version").asInt()).isEqualTo(1);
        JsonNode server = json(node.get("/api/v1/servers")).path(0);
        assertThat(server).isEqualTo(json(node.get("/api/v1/servers/localhost/")));
        assertThat(server.path("id").asText()).isEqualTo("localhost");
        assertThat(server.path("version").asText()).startsWith("4.9.0");
        assertError(node.get("/api/v1/servers/other"), 404);
    }

    @Test
    void unknownPathsAndMethodsAreToldApart() throws Exception {
        assertError(node.get("/api/v1/nothing"), 404);
        assertError(node.get("/"), 404);
        HttpResponse<String> response = node.send("DELETE", ZONES, "");
        assertError(response, 405);
        assertThat(response.headers().firstValue("Allow")).contains("GET, POST");
    }

    @Test
    void statusShowsNodeClusterAndZones() throws Exception {
        node.createExample();
        JsonNode status = json(node.get("/api/v1/evenkeel/status"));
        assertThat(status.path("node").asText()).isEqualTo("n1");
        assertThat(status.path("state").asText()).isEqualTo("OPEN");
        assertThat(status.path("role").asText()).isEqualTo("LEADER");
        assertThat(status.path("leader").asText()).isEqualTo("n1");
        assertThat(status.path("appliedIndex").asLong()).isPositive();
        assertThat(status.path("dataAgeSeconds").asDouble()).isEqualTo(0.5);
        assertThat(status.path("stale").isBoolean()).isTrue();
        assertThat(status.path("members").path(0).path("name").asText()).isEqualTo("n1");
        assertThat(status.path("zones").path(0).path("records").asLong()).isEqualTo(5);
    }

    @Test
    void rubbishCostsACounterAndNothingElse() throws Exception {
        for (String rubbish :
                List.of("\u0016\u0003\u0001\u0002rubbish\r\n\r\n", "HELLO\r\n\r\n", "GET http://[ HTTP/1.1\r\n\r\n")) {
            long before = node.counters.rubbish();
            try (Socket socket = new Socket(
                    java.net.InetAddress.getLoopbackAddress(),
                    node.api.address().getPort())) {
                socket.getOutputStream().write(rubbish.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
                await().atMost(LONG).until(() -> node.counters.rubbish() > before);
            }
        }
        assertThat(node.get("/livez").statusCode()).isEqualTo(200);
        assertThat(node.counters.responses())
                .hasEntrySatisfying(200, count -> assertThat(count).isPositive());
    }

    @Test
    void gateIsShownOpenedAndClosedAfterAConfirmation() throws Exception {
        node.followGate();
        assertThat(json(node.get("/api/v1/evenkeel/gate")).path("open").asBoolean())
                .isFalse();
        HttpResponse<String> refused = node.send("POST", "/api/v1/evenkeel/gate/open", "");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("no zone");
        node.createExample();
        HttpResponse<String> opened = node.send("POST", "/api/v1/evenkeel/gate/open", "");
        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(200);
        assertThat(json(opened).path("state").asText()).isEqualTo("OPEN");
        assertThat(json(opened).path("reachedSeconds").has("OPEN")).isTrue();
        assertThat(node.gate.isOpen()).isTrue();

        for (String unconfirmed : List.of("", "{}", "{\"confirm\": \"n2\", \"force\": true}")) {
            HttpResponse<String> asked = node.send("POST", "/api/v1/evenkeel/gate/close", unconfirmed);
            assertThat(asked.statusCode()).isEqualTo(422);
            assertThat(asked.body()).contains("confirm").contains("n1");
        }
        HttpResponse<String> last = node.send("POST", "/api/v1/evenkeel/gate/close", "{\"confirm\": \"n1\"}");
        assertThat(last.statusCode()).isEqualTo(409);
        assertThat(last.body()).contains("only member");
        assertThat(node.gate.isOpen()).isTrue();
        assertThat(node.send("POST", "/api/v1/evenkeel/gate/close", "{\"confirm\": \"n1\", \"force\": 1}")
                        .statusCode())
                .isEqualTo(422);
        HttpResponse<String> closed =
                node.send("POST", "/api/v1/evenkeel/gate/close", "{\"confirm\": \"n1\", \"force\": true}");
        assertThat(closed.statusCode()).as(closed.body()).isEqualTo(200);
        assertThat(json(closed).path("reasons").path(0).asText()).isEqualTo("closed by the operator");
        assertThat(node.gate.isOpen()).isFalse();
    }
}
