package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import io.evenkeel.server.config.ServerConfig.LogConfig.Format;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogSinkTest {
    private final LogLosses losses = new LogLosses();
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("io.evenkeel.Test");
    private final List<String> written = new CopyOnWriteArrayList<>();

    private LogSink sink(Format format, LogSink.Target target) {
        LogSink sink = new LogSink("test", new LogLines(format), target, losses::lost, new LogSink.Allowance());
        sink.setContext(context);
        sink.start();
        logger.addAppender(sink);
        logger.setLevel(Level.DEBUG);
        return sink;
    }

    private final class Kept implements LogSink.Target {
        @Override
        public void append(byte[] line, long now) {
            written.add(new String(line, StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            written.add("closed");
        }
    }

    private static void finish(LogSink sink) throws InterruptedException {
        assertThat(sink.finish(Duration.ofSeconds(60))).isTrue();
    }

    @Test
    void linesHaveTimeLevelPlaceAndText() throws Exception {
        LogSink sink = sink(Format.TEXT, new Kept());
        logger.warn("a {} of zones", "number");
        finish(sink);
        assertThat(written).hasSize(2).endsWith("closed");
        assertThat(written.getFirst())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ WARN  Test: a number of zones\n");
    }

    @Test
    void asJsonALineIsAnObject() throws Exception {
        LogSink sink = sink(Format.JSON, new Kept());
        logger.error("a \"line\"\nof two", new IOException("no room"));
        finish(sink);
        assertThat(written.getFirst())
                .endsWith("}\n")
                .satisfies(line -> assertThat(line.strip()).doesNotContain("\n"));
        JsonNode object = new ObjectMapper().readTree(written.getFirst());
        assertThat(object.path("level").asText()).isEqualTo("ERROR");
        assertThat(object.path("logger").asText()).isEqualTo("io.evenkeel.Test");
        assertThat(object.path("message").asText()).isEqualTo("a \"line\"\nof two");
        assertThat(object.path("thread").asText()).isNotEmpty();
        assertThat(object.path("time").asText()).startsWith("20").endsWith("Z");
        assertThat(object.path("stack").asText()).startsWith("java.io.IOException: no room (stack trace ");
    }

    @Test
    void aStackTraceIsPrintedOnceAndThenNamed() throws Exception {
        LogSink sink = sink(Format.TEXT, new Kept());
        for (int i = 0; i < 3; i++) {
            logger.error("fault {}", i, new IllegalStateException("number " + i, new IOException("cause")));
        }
        finish(sink);
        assertThat(written.getFirst())
                .contains("java.lang.IllegalStateException: number 0 (stack trace ")
                .contains("\n\tat io.evenkeel.server.log.LogSinkTest.")
                .contains("\nCaused by: java.io.IOException: cause\n");
        assertThat(written.get(1))
                .contains("number 1 (stack trace ")
                .contains(", as above)")
                .doesNotContain("\tat ");
        assertThat(written.get(2).lines()).hasSize(2);
    }

    @Test
    void aStackTraceThatWasLostIsPrintedTheNextTime() throws Exception {
        boolean[] full = {true};
        LogSink sink = sink(Format.TEXT, new LogSink.Target() {
            @Override
            public void append(byte[] line, long now) throws IOException {
                if (full[0]) {
                    full[0] = false;
                    throw new IOException("no room");
                }
                written.add(new String(line, StandardCharsets.UTF_8));
            }

            @Override
            public void close() {}
        });
        for (int i = 0; i < 3; i++) {
            logger.error("fault {}", i, new IllegalStateException("number " + i));
        }
        finish(sink);
        assertThat(written).hasSize(2);
        assertThat(written.getFirst()).contains("number 1 (stack trace ", "\n\tat io.evenkeel.server.log.LogSinkTest.");
        assertThat(written.getLast()).contains("number 2 (stack trace ", ", as above)");
    }

    @Test
    void twoPlacesShareTheOctetsOfASecond() throws Exception {
        LogSink.Allowance allowance = new LogSink.Allowance();
        long begun = System.nanoTime();
        AtomicLong octets = new AtomicLong();
        LogSink.Target counts = new LogSink.Target() {
            @Override
            public void append(byte[] line, long now) {
                octets.addAndGet(line.length);
            }

            @Override
            public void close() {}
        };
        List<LogSink> sinks = List.of(
                new LogSink("one", new LogLines(Format.TEXT), counts, losses::lost, allowance),
                new LogSink("two", new LogLines(Format.JSON), counts, losses::lost, allowance));
        for (LogSink sink : sinks) {
            sink.setContext(context);
            sink.start();
            logger.addAppender(sink);
        }
        String line = "x".repeat(1000);
        while (losses.count(LogLosses.Reason.RATE, LogLosses.Severity.INFO) < 1000) {
            assertThat(System.nanoTime() - begun).isLessThan(60_000_000_000L);
            logger.info(line);
        }
        for (LogSink sink : sinks) {
            finish(sink);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        assertThat((double) octets.get())
                .isLessThanOrEqualTo(LogSink.OCTETS_AT_ONCE + seconds * LogSink.OCTETS_PER_SECOND)
                .isGreaterThan(LogSink.OCTETS_AT_ONCE - 2.0 * LogLines.MOST_OCTETS);
    }

    /** Of a message that repeats the file says how often, though nobody reads standard output. */
    @Test
    void aPipeThatNobodyReadsKeepsNothingFromTheFile(@TempDir Path folder) throws Exception {
        CountDownLatch unread = new CountDownLatch(1);
        OutputStream pipe = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                try {
                    unread.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        };
        Path file = folder.resolve("node.log");
        AtomicLong now = new AtomicLong();
        LogSetup setup = LogSetup.of(
                context,
                new LogConfig(LogConfig.Level.INFO, file, 1 << 20, 2, Format.TEXT),
                "n1",
                folder,
                pipe,
                now::get);
        for (int i = 0; i < 100; i++) {
            logger.warn("again {}", i);
        }
        now.addAndGet(LogRate.WINDOW_NANOS);
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .until(() ->
                        Files.exists(file) && Files.readString(file).contains("repeated 90 times in 10 s: again {}"));
        unread.countDown();
        setup.flush();
    }

    /** The traps of its own: asynchronous and rolling appenders, and a filter for duplicates that mutes for ever. */
    @Test
    void nothingOfLogbacksOwnIsBetweenALineAndItsPlace(@TempDir Path folder) {
        LogSetup setup = LogSetup.of(
                context,
                new LogConfig(LogConfig.Level.INFO, folder.resolve("node.log"), 1 << 20, 2, Format.TEXT),
                "n1",
                folder,
                OutputStream.nullOutputStream(),
                System::nanoTime);
        List<Appender<ILoggingEvent>> places = new ArrayList<>();
        for (Logger each : context.getLoggerList()) {
            each.iteratorForAppenders().forEachRemaining(places::add);
        }
        assertThat(places).hasSize(2).hasOnlyElementsOfType(LogSink.class);
        assertThat(context.getTurboFilterList()).hasSize(1).hasOnlyElementsOfType(LogRate.class);
        setup.flush();
    }

    @Test
    void aLongLineIsCut() throws Exception {
        LogSink text = sink(Format.TEXT, new Kept());
        logger.info("é".repeat(LogLines.MOST_OCTETS));
        finish(text);
        logger.detachAppender(text);
        assertThat(written.getFirst().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(LogLines.MOST_OCTETS);
        assertThat(written.getFirst()).endsWith("é (cut)\n");
        LogSink json = sink(Format.JSON, new Kept());
        logger.info("\u0001".repeat(LogLines.MOST_OCTETS));
        finish(json);
        assertThat(written.get(2)).hasSizeLessThanOrEqualTo(LogLines.MOST_OCTETS);
        assertThat(new ObjectMapper().readTree(written.get(2)).path("message").asText())
                .endsWith(" (cut)");
    }

    @Test
    void octetsASecondAreBoundedAndWhatIsLostIsCounted() throws Exception {
        long begun = System.nanoTime();
        long[] octets = new long[1];
        LogSink sink = sink(Format.TEXT, new LogSink.Target() {
            @Override
            public void append(byte[] line, long now) {
                octets[0] += line.length;
            }

            @Override
            public void close() {}
        });
        String line = "x".repeat(1000);
        int count = 0;
        while (losses.count(LogLosses.Reason.RATE, LogLosses.Severity.INFO) < 1000) {
            assertThat(System.nanoTime() - begun).isLessThan(60_000_000_000L);
            logger.info(line);
            count++;
        }
        finish(sink);
        double seconds = (System.nanoTime() - begun) / 1e9;
        assertThat((double) octets[0])
                .isLessThanOrEqualTo(LogSink.OCTETS_AT_ONCE + seconds * LogSink.OCTETS_PER_SECOND)
                .isGreaterThan(LogSink.OCTETS_AT_ONCE - 2.0 * LogLines.MOST_OCTETS);
        long lines = octets[0] / (1000 + "2026-01-01T00:00:00.000Z INFO  Test: \n".length());
        assertThat(losses.sum()).isBetween(count - lines - 20, count - lines + 20L * count / 1000 + 20);
    }

    /** Logback's asynchronous appender drops lines uncounted where it must not block. */
    @Test
    void whereTheDiskStandsStillNobodyWaitsAndLossesAreCounted() throws Exception {
        CountDownLatch still = new CountDownLatch(1);
        LogSink sink = sink(Format.TEXT, new LogSink.Target() {
            @Override
            public void append(byte[] line, long now) throws IOException {
                try {
                    still.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                written.add("written");
            }

            @Override
            public void close() {}
        });
        Thread logging = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 5000; i++) {
                logger.warn("line");
            }
        });
        assertThat(logging.join(Duration.ofSeconds(60))).isTrue();
        long lost = losses.count(LogLosses.Reason.QUEUE, LogLosses.Severity.WARN);
        assertThat(lost).isBetween(5000L - LogSink.QUEUE - 1, 5000L - LogSink.QUEUE);
        assertThat(sink.finish(Duration.ofMillis(1))).isFalse();
        still.countDown();
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> written.size() == 5000 - lost);
    }

    @Test
    void linesThatTheDiskRefusesAreCountedAndTheLogGoesOn() throws Exception {
        boolean[] full = {true};
        LogSink sink = sink(Format.TEXT, new LogSink.Target() {
            @Override
            public void append(byte[] line, long now) throws IOException {
                if (full[0]) {
                    throw new IOException("no room");
                }
                written.add("written");
            }

            @Override
            public void close() {}
        });
        logger.error("one");
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> losses.count(LogLosses.Reason.DISK, LogLosses.Severity.ERROR) == 1);
        full[0] = false;
        logger.error("two");
        finish(sink);
        assertThat(written).containsExactly("written");
    }
}
