package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rate of log lines, by a clock that the test moves. */
class QuietLogTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // passes over the end of its range
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final Logger logger = new LoggerContext().getLogger("test");

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
    }

    @Test
    void oneLineInAWindowSaysHowManyWereLeftOut() {
        QuietLog quiet = new QuietLog(logger, 1, Duration.ofSeconds(10), nanos::get);
        quiet.warn("first");
        quiet.warn("second");
        quiet.warn(() -> {
            throw new AssertionError("a line is made that is not logged");
        });
        nanos.addAndGet(Duration.ofSeconds(10).toNanos() - 1);
        quiet.error("too early", new IllegalStateException());
        nanos.addAndGet(1);
        quiet.error("fourth", new IllegalStateException("fault"));
        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        quiet.warn(() -> "fifth");
        assertThat(lines()).containsExactly("first", "fourth (and 3 like it since the last line)", "fifth");
        assertThat(said.list.get(1).getThrowableProxy().getMessage()).isEqualTo("fault");
    }

    @Test
    void someLinesInAWindowMayComeAtOnceAndAPauseSavesNoMore() {
        QuietLog quiet = new QuietLog(logger, 3, Duration.ofSeconds(30), nanos::get);
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        for (int i = 0; i < 10; i++) {
            quiet.warn("line");
        }
        assertThat(lines()).hasSize(3);
        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        quiet.warn("line");
        quiet.warn("line");
        assertThat(lines()).hasSize(4).last().isEqualTo("line (and 7 like it since the last line)");
    }

    private List<String> lines() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
