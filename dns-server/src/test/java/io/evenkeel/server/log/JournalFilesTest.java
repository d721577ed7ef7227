package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.process.Journal.Event;
import io.evenkeel.consensus.process.Journal.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalFilesTest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    @TempDir
    Path data;

    private long nanos;

    /** A process with a journal, as it is written by its thread. */
    private final class Life implements AutoCloseable {
        private final JournalFiles files = new JournalFiles(data);
        private final JournalLines lines = new JournalLines(files);
        private final LogSink.Target target = files.target();

        void tell(Instant time, String text, Object... fields) throws IOException {
            Map<String, Object> named = new LinkedHashMap<>();
            for (int i = 0; i < fields.length; i += 2) {
                named.put((String) fields[i], fields[i + 1]);
            }
            LoggingEvent line = new LoggingEvent(
                    "test", new LoggerContext().getLogger("test"), Level.INFO, "{}", null, new Object[] {
                        new Event(Kind.LEADER, text, named)
                    });
            line.setInstant(time);
            nanos += 2_000_000_000L;
            target.append(lines.octets(line, nanos), nanos);
        }

        @Override
        public void close() throws IOException {
            target.close();
        }
    }

    private List<String> texts(long after, @Nullable Instant since, int most) throws IOException {
        return new JournalFiles(data)
                .read(after, since, most).stream()
                        .map(event -> event.path("text").asText())
                        .toList();
    }

    private Path file() {
        return data.resolve("journal").resolve("events.jsonl");
    }

    @Test
    void anEventIsALineOfJson() throws Exception {
        try (Life process = new Life()) {
            process.tell(NOON, "n2 leads, in term 5", "leader", "n2", "term", 5, "members", List.of("n1-1", "n2-1"));
        }
        assertThat(Files.readString(file()))
                .isEqualTo("{\"number\":1,\"time\":\"2026-01-31T12:00:00Z\",\"level\":\"INFO\",\"kind\":\"leader\","
                        + "\"text\":\"n2 leads, in term 5\","
                        + "\"fields\":{\"leader\":\"n2\",\"term\":5,\"members\":[\"n1-1\",\"n2-1\"]}}\n");
    }

    @Test
    void theNextProcessGoesOnAndALineThatWasTornIsNoEvent() throws Exception {
        try (Life first = new Life()) {
            first.tell(NOON, "one");
            first.tell(NOON, "two");
        }
        Files.writeString(file(), "{\"number\":3,\"time\":\"20", StandardOpenOption.APPEND);
        try (Life second = new Life()) {
            second.tell(NOON.plusSeconds(1), "three");
        }
        assertThat(texts(0, null, 10)).containsExactly("one", "two", "three");
        assertThat(new JournalFiles(data).lastNumber()).isEqualTo(3);
        assertThat(Files.readAllLines(file())).hasSize(4);
    }

    @Test
    void aReaderTakesTheLastOnesOrThoseAfterANumberOrATime() throws Exception {
        try (Life process = new Life()) {
            for (int i = 1; i <= 9; i++) {
                process.tell(NOON.plusSeconds(i), "event " + i);
            }
        }
        assertThat(texts(0, null, 2)).containsExactly("event 8", "event 9");
        assertThat(texts(3, null, 2)).containsExactly("event 4", "event 5");
        assertThat(texts(9, null, 2)).isEmpty();
        assertThat(texts(0, NOON.plusSeconds(8), 10)).containsExactly("event 8", "event 9");
        assertThat(texts(0, NOON.plusSeconds(2), 3)).containsExactly("event 7", "event 8", "event 9");
    }

    @Test
    void withoutAFolderNothingIsMadeAndNothingFound() throws Exception {
        Path none = data.resolve("none");
        JournalFiles files = new JournalFiles(none);
        assertThat(files.read(0, null, 10)).isEmpty();
        LogSink.Target target = files.target();
        assertThatThrownBy(() -> target.append("{}\n".getBytes(StandardCharsets.UTF_8), 1))
                .isInstanceOf(IOException.class);
        assertThat(none).doesNotExist();
    }

    @Test
    void aLongSentenceIsCutAndFieldsThatAreTooLongAreLeftOut() throws Exception {
        try (Life process = new Life()) {
            process.tell(NOON, "\u0001".repeat(100_000), "field", "x".repeat(100_000));
        }
        ObjectNode event = new JournalFiles(data).read(0, null, 1).getFirst();
        assertThat(event.path("text").asText()).hasSize(1003).endsWith("...");
        assertThat(event.has("fields")).isFalse();
        assertThat(Files.size(file())).isLessThan(LogLines.MOST_OCTETS);
    }

    @Test
    void theRingNeverHoldsMoreThanEightMebibytesAndTheNewestAreThere() throws Exception {
        int count = 10_000;
        try (Life process = new Life()) {
            for (int i = 0; i < count; i++) {
                process.tell(NOON, i + "x".repeat(900));
            }
        }
        try (Stream<Path> files = Files.list(data.resolve("journal"))) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(8);
            for (Path each : all) {
                assertThat(Files.size(each)).isLessThanOrEqualTo(1 << 20);
            }
        }
        List<String> last = texts(0, null, JournalFiles.MOST_EVENTS);
        assertThat(last).hasSize(JournalFiles.MOST_EVENTS);
        assertThat(last.getLast()).startsWith((count - 1) + "x");
        List<ObjectNode> oldest = new JournalFiles(data).read(1, null, 2);
        assertThat(oldest.get(0).path("number").asLong()).isGreaterThan(1000);
        assertThat(oldest.get(1).path("number").asLong())
                .isEqualTo(oldest.get(0).path("number").asLong() + 1);
    }

    @Test
    void everyKindStandsInTheGuide() throws Exception {
        String guide = Files.readString(Path.of("../docs/operations.md"));
        assertThat(Kind.values()).allSatisfy(kind -> assertThat(guide).contains("\n| `" + kind.label() + "` |"));
    }
}
