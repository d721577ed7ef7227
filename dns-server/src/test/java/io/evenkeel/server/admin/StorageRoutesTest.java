package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The disk of a node, its configuration and its threads, through real HTTP. */
final class StorageRoutesTest extends AdminTest {
    private static final String PATH = "/api/v1/evenkeel/storage";

    private JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Reply.JSON.readTree(answer.body());
    }

    @Test
    void beforeTheFirstLookOnlyTheBudgetIsKnown() throws Exception {
        JsonNode shown = json(node.get(PATH));
        assertThat(shown.path("node").asText()).isEqualTo("n1");
        assertThat(shown.path("budgetBytes").asLong()).isEqualTo(1 << 30);
        assertThat(shown.path("level").asText()).isEqualTo("normal");
        assertThat(shown.has("usedBytes")).isFalse();
        assertThat(shown.path("backups").asBoolean()).isFalse();
    }

    @Test
    void aBudgetIsSet() throws Exception {
        JsonNode set = json(node.send("PUT", PATH, "{\"budgetBytes\":268435456}"));
        assertThat(set.path("budgetBytes").asLong()).isEqualTo(256 << 20);
        for (String wrong : new String[] {
            "{}", "{\"budgetBytes\":1}", "{\"budgetBytes\":\"x\"}", "{\"budgetBytes\":268435456,\"a\":1}"
        }) {
            AdminFixture.assertError(node.send("PUT", PATH, wrong), 422, "at least 67108864");
        }
        assertThat(json(node.get(PATH)).path("budgetBytes").asLong()).isEqualTo(256 << 20);
    }

    /** Of the room for one file that still comes, which is asked for 16 MiB at a time, a second one gets nothing. */
    @Test
    void twoImportsAtOnceAreNotPromisedTheSameRoom() throws Exception {
        try (RandomAccessFile other =
                new RandomAccessFile(folder.resolve("other").toFile(), "rw")) {
            other.setLength(40 << 20);
        }
        json(node.send("PUT", PATH, "{\"budgetBytes\":67108864}"));
        byte[] file = AdminFixture.FILE.getBytes(StandardCharsets.UTF_8);
        try (Socket slow =
                new Socket(InetAddress.getLoopbackAddress(), node.api.address().getPort())) {
            OutputStream out = slow.getOutputStream();
            out.write("PUT %s?create=true HTTP/1.1\r\nHost: n1\r\nX-API-Key: %s\r\nContent-Length: %d\r\n\r\n"
                    .formatted(AdminFixture.IMPORT, node.key(), file.length)
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(file, 0, 10);
            Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> spooled() == 10);
            String second = "/api/v1/evenkeel/zones/second.?create=true";
            String another = AdminFixture.FILE.replace("example.", "second.");
            AdminFixture.assertError(
                    node.send("PUT", second, another),
                    507,
                    "no room for the master file",
                    "the budget of 64 MiB has no room for 16 MiB beside 57 MiB; raise storage.budget");
            out.write(file, 10, file.length - 10);
            slow.setSoTimeout(60_000);
            assertThat(new String(slow.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 201");
            assertThat(node.send("PUT", second, another).statusCode())
                    .as("once the first is over")
                    .isEqualTo(201);
        }
    }

    private long spooled() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("import-"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void configurationAndThreadsAreTexts() throws Exception {
        assertThat(node.get("/api/v1/evenkeel/configuration").body()).isEqualTo("node.name: n1\n");
        assertThat(node.get("/api/v1/evenkeel/threads").body())
                .contains("http-admin", "    at java.base@")
                .hasSizeLessThan(3 << 20);
    }
}
