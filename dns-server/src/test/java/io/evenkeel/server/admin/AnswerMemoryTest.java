package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.ZONES;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Answers whose size depends on what is stored, under the bound of the memory for requests. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class AnswerMemoryTest extends AdminTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String EXPORT = EXAMPLE_ZONE + "/export";
    private static final String EVENKEEL = "/api/v1/evenkeel";
    /** As text about 8 MB, which no buffers of the kernel hold for a client that does not read. */
    private static final int RECORDS = 40_000;

    private static final int SMALL_RECEIVE_BUFFER = 4 << 10;

    @BeforeEach
    void importLargeZone() throws Exception {
        String label = "x".repeat(60);
        StringBuilder text =
                new StringBuilder(FILE).append("$ORIGIN %s.%s.%s.example.\n".formatted(label, label, label));
        for (int i = 0; i < RECORDS; i++) {
            text.append('h').append(i).append(" A 192.0.2.1\n");
        }
        HttpResponse<String> reply = node.send("PUT", IMPORT + "?create=true", text.toString());
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
        awaitTaken(0);
    }

    private void awaitTaken(long octets) {
        await().atMost(LONG).until(() -> node.api.memory().taken() == octets);
    }

    /** Asks, and reads no more of the answer than its first line. */
    private Socket ask(String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(SMALL_RECEIVE_BUFFER);
        socket.connect(node.api.address());
        socket.setSoTimeout((int) LONG.toMillis());
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nX-API-Key: " + node.key() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        StringBuilder line = new StringBuilder();
        for (int octet = socket.getInputStream().read();
                octet != '\n';
                octet = socket.getInputStream().read()) {
            assertThat(octet).as("the end of %s", line).isNotNegative();
            line.append((char) octet);
        }
        assertThat(line.toString()).startsWith("HTTP/1.1 200 ");
        return socket;
    }

    private static void breakOff(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Test
    void slowExportsHoldTheirShareUntilTheyEndOrBreakOffAndTheNextIsToldToComeAgain() throws Exception {
        HttpResponse<String> whole = node.get(EXPORT);
        node.workOctets.set(2L * AdminLimits.ANSWER_BYTES + AdminLimits.ANSWER_BUFFERS);
        try (Socket first = ask(EXPORT);
                Socket second = ask(EXAMPLE_ZONE)) {
            assertThat(node.api.memory().taken()).isEqualTo(2L * AdminLimits.ANSWER_BYTES);
            HttpResponse<String> third = node.get(EXPORT);
            assertError(third, 503, "of 4 MiB, requests have 4 MiB", "this one takes 2 MiB; come again");
            assertThat(third.headers().firstValue("Retry-After")).isPresent();
            // What is small goes on all the while.
            assertThat(node.contents("example.", "www.example.", "AAAA")).containsExactly("2001:db8::1");
            assertThat(node.get(ZONES).statusCode()).isEqualTo(200);
            assertThat(node.get(EVENKEEL + "/status").statusCode()).isEqualTo(200);

            breakOff(second);
            awaitTaken(AdminLimits.ANSWER_BYTES);
            HttpResponse<String> again = node.get(EXPORT);
            assertThat(again.statusCode()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(whole.body());

            first.shutdownOutput();
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            first.getInputStream().transferTo(rest);
            assertThat(rest.size()).isGreaterThan(whole.body().length());
            assertThat(rest.toString(StandardCharsets.US_ASCII)).endsWith("\r\n0\r\n\r\n");
        }
        awaitTaken(0);
    }

    @Test
    void ofManyExportsAtOnceEachIsAnsweredWholeOrRefusedAndNoMoreAreInWorkThanFit() throws Exception {
        String whole = node.get(EXPORT).body();
        long capacity = 3L * AdminLimits.ANSWER_BYTES;
        node.workOctets.set(capacity);
        List<CompletableFuture<HttpResponse<String>>> replies = new ArrayList<>();
        AtomicInteger running = new AtomicInteger(12);
        AtomicLong most = new AtomicLong();
        for (int i = running.get(); i > 0; i--) {
            CompletableFuture<HttpResponse<String>> reply = new CompletableFuture<>();
            replies.add(reply);
            Thread.ofVirtual().start(() -> {
                try {
                    reply.complete(node.get(EXPORT));
                } catch (IOException | InterruptedException e) {
                    reply.completeExceptionally(e);
                } finally {
                    running.decrementAndGet();
                }
            });
        }
        await().atMost(LONG).pollInterval(Duration.ofMillis(2)).until(() -> {
            most.accumulateAndGet(node.api.memory().taken(), Math::max);
            return running.get() == 0;
        });
        int answered = 0;
        for (CompletableFuture<HttpResponse<String>> each : replies) {
            HttpResponse<String> reply = each.get(LONG.toSeconds(), TimeUnit.SECONDS);
            if (reply.statusCode() == 200) {
                assertThat(reply.body().equals(whole)).isTrue();
                answered++;
            } else {
                assertError(reply, 503, "come again");
            }
        }
        assertThat(answered).isPositive();
        assertThat(most.get()).isBetween((long) AdminLimits.ANSWER_BYTES, capacity);
        awaitTaken(0);
    }

    @Test
    void whatNeverFitsIsRefusedAtOnceAndWhatIsSmallIsAnswered() throws Exception {
        node.workOctets.set(AdminLimits.ANSWER_BUFFERS);
        for (String path : List.of(EXPORT, EXAMPLE_ZONE, EVENKEEL + "/backup", EVENKEEL + "/threads")) {
            assertError(node.get(path), 507, "takes 2 MiB of memory", "has 256 KiB", "ask for less", "-Xmx");
        }
        assertError(node.get(EVENKEEL + "/top"), 507, "takes 1 MiB of memory");
        assertThat(node.get(EXAMPLE_ZONE + "?rrsets=false").statusCode()).isEqualTo(200);
        assertThat(node.contents("example.", "www.example.", "AAAA")).containsExactly("2001:db8::1");
        HttpResponse<String> status = node.get(EVENKEEL + "/status");
        assertThat(json(status).path("zones").path(0).path("records").asInt()).isEqualTo(RECORDS + 4);
        // The zone that a request makes is its answer: it is refused before it is made.
        StringBuilder records = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            records.append(i > 0 ? "," : "")
                    .append("{\"content\": \"192.0.2.")
                    .append(i)
                    .append("\"}");
        }
        String made = """
                {"name": "made.", "kind": "Native", "nameservers": ["ns1.example."],
                 "rrsets": [{"name": "made.", "type": "A", "ttl": 300, "records": [%s]}]}
                """.formatted(records);
        assertError(node.send("POST", ZONES, made), 507, "-Xmx");
        assertThat(node.get(ZONES + "/made.").statusCode()).isEqualTo(404);
        assertThat(node.send("POST", ZONES + "?rrsets=false", made).statusCode())
                .isEqualTo(201);
    }

    /** What the figure of {@link AdminLimits#ANSWER_BYTES} rests on: of the records of one name no more than one is there at a time. */
    @Test
    void namesWithManyLargeRecordsAreWrittenOneAfterTheOther() throws Exception {
        Name apex = Name.fromConstantString("example.");
        List<Record> records = new ArrayList<>();
        records.add(Record.fromString(apex, 6, 1, 60, "ns hostmaster 1 1 1 1 1", apex));
        for (int type = 65_300; type < 65_320; type++) {
            records.add(Record.newRecord(apex, type, 1, 60, new byte[60_000]));
        }
        Zone zone = Zone.load(apex, new ZoneVersion(1, 1), records);
        assertThat(zone.octetsAt(apex)).isGreaterThan(1_200_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        zone.forEach(_ -> {});
        long before = threads.getCurrentThreadAllocatedBytes();
        AtomicLong first = new AtomicLong();
        zone.forEach(record -> first.compareAndSet(0, threads.getCurrentThreadAllocatedBytes() - before));
        assertThat(first.get()).isLessThan(300_000);
    }
}
