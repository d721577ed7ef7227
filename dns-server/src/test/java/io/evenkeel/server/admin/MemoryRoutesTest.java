package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.patch;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneCommand;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;

/** What clients are told of the memory of the cluster, and what their requests leave behind. */
@Timeout(120)
class MemoryRoutesTest extends AdminTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final Duration LONG = Duration.ofSeconds(30);

    private ReplicatedState state() {
        return node.replica.root().get().state();
    }

    private void propose(ZoneCommand command) throws Exception {
        node.replica.propose(command, LONG).get(30, TimeUnit.SECONDS);
    }

    private void tell(long octets) throws Exception {
        propose(Objects.requireNonNull(MemoryLimits.note(state().settings(), "n1", octets)));
    }

    /** An import that is under way, and has so much set aside. */
    private RequestId reserve(long octets) throws Exception {
        RequestId stage = new RequestId(1, octets);
        Name owner = Name.fromConstantString("a.other.");
        StageWriter.<Exception>write(
                stage,
                List.of(new ARecord(owner, DClass.IN, 60, java.net.InetAddress.getByName("192.0.2.1"))),
                (number, chunk) -> propose(new ZoneCommand.StageChunk(stage, number, chunk, octets)));
        return stage;
    }

    /** Few octets of text, and so many records. */
    private static String file(int records) {
        String label = "x".repeat(60);
        StringBuilder text =
                new StringBuilder(FILE).append("$ORIGIN %s.%s.%s.example.\n".formatted(label, label, label));
        for (int i = 0; i < records; i++) {
            text.append('h').append(i).append(" A 192.0.2.1\n");
        }
        return text.toString();
    }

    @Test
    void masterFileOfFewRecordsIsTakenWhileImportsAreRefused() throws Exception {
        reserve(40 * MEBIBYTE);
        // Of the limit the last 5 % are left: about 2 MiB, less than what is set aside for any contents that are sent
        // ahead.
        tell(state().octets() * 100 / 96);
        assertError(node.send("PUT", IMPORT + "?create=true", file(5_000)), 503, "under way", "n1 has 0 MiB left");
        HttpResponse<String> small = node.send("PUT", IMPORT + "?create=true", file(96));
        assertThat(small.statusCode()).as(small.body()).isEqualTo(201);
        assertThat(node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", "a.example.", "A", "192.0.2.1"))
                        .statusCode())
                .isEqualTo(204);
        assertThat(node.send("DELETE", EXAMPLE_ZONE, "").statusCode()).isEqualTo(204);
    }

    @Test
    void whatFitsOnceOtherImportsHaveEndedIsToldToComeAgain() throws Exception {
        RequestId other = reserve(40 * MEBIBYTE);
        tell(state().octets() + 5 * MEBIBYTE);
        HttpResponse<String> early = node.send("PUT", IMPORT + "?create=true", file(10_000));
        assertError(early, 503, "under way");
        assertThat(early.headers().firstValue("Retry-After")).isPresent();
        propose(new ZoneCommand.DropStage(other));
        HttpResponse<String> later = node.send("PUT", IMPORT + "?create=true", file(10_000));
        assertThat(later.statusCode()).as(later.body()).isEqualTo(201);
        tell(MEBIBYTE);
        assertError(node.send("PUT", IMPORT + "?create=true", file(10_001)), 507, "-Xmx");
    }

    /** Thirty lines that would be two million records. */
    @Test
    void recordsThatAFewLinesGenerateAreCountedAsTheyAreWritten() throws Exception {
        StringBuilder text = new StringBuilder(FILE);
        for (int i = 0; i < 30; i++) {
            text.append("$GENERATE 1-65536 g").append(i).append("-$ A 192.0.2.1\n");
        }
        String zone = Reply.JSON.createObjectNode().put("zone", text.toString()).toString();
        String named = zone.replaceFirst("\\{", "{\"name\": \"example.\", ");
        tell(state().octets() + 5 * MEBIBYTE);
        assertStoppedEarly(node.send("POST", AdminFixture.ZONES, named));
        assertStoppedEarly(node.send("PUT", IMPORT + "?create=true", text.toString()));
        node.send("PUT", IMPORT + "?create=true", FILE);
        assertStoppedEarly(node.send("PUT", EXAMPLE_ZONE, zone));
    }

    private static void assertStoppedEarly(HttpResponse<String> refusal) throws Exception {
        assertError(refusal, 507, "records or more", "-Xmx");
        Matcher records = Pattern.compile("a zone of (\\d+) records").matcher(refusal.body());
        assertThat(records.find()).isTrue();
        assertThat(Integer.parseInt(records.group(1))).isLessThan(65_536);
    }

    @Test
    void importThatEndsInTheMiddleLeavesNothingSetAside() throws Exception {
        node.replica.delay(Duration.ofSeconds(2));
        CompletableFuture<HttpResponse<String>> reply = CompletableFuture.supplyAsync(() -> {
            try {
                return node.send("PUT", IMPORT + "?create=true", file(10_000));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Awaitility.await().atMost(LONG).until(() -> state().staging().octets() > 0);
        node.replica.ends(new ProposalOutcome.Overloaded());
        node.replica.delay(Duration.ZERO);
        assertError(reply.get(60, TimeUnit.SECONDS), 503, "overloaded");
        assertThat(state().staging().octets()).isZero();
        assertThat(state().catalog().zones()).isEmpty();

        HttpResponse<String> again = node.send("PUT", IMPORT + "?create=true", file(10_000));
        assertThat(again.statusCode()).as(again.body()).isEqualTo(201);
    }

    @Test
    void importWhoseContentsGoMeanwhileIsToldToComeAgain() throws Exception {
        node.replica.delay(Duration.ofSeconds(1));
        CompletableFuture<HttpResponse<String>> reply = CompletableFuture.supplyAsync(() -> {
            try {
                return node.send("PUT", IMPORT + "?create=true", file(10_000));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        // As if the same request, asked twice, had ended in between.
        Awaitility.await().atMost(LONG).until(() -> {
            node.replica.log().stream()
                    .filter(ZoneCommand.StageChunk.class::isInstance)
                    .map(command -> ((ZoneCommand.StageChunk) command).stage())
                    .distinct()
                    .filter(stage -> state().staging().has(stage))
                    .forEach(stage -> node.replica
                            .propose(new ZoneCommand.DropStage(stage), LONG)
                            .join());
            return reply.isDone();
        });
        assertError(reply.get(60, TimeUnit.SECONDS), 503, "did not get through");
        assertThat(state().staging().octets()).isZero();
    }
}
