package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.evenkeel.consensus.process.VirtualTime;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LogLevelsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final VirtualTime time = new VirtualTime();
    private final LoggerContext context = new LoggerContext();
    private final LogLevels levels = new LogLevels(context, time);
    private final Logger link = context.getLogger("io.evenkeel.server.peer.PeerLink");
    private final Logger appender = context.getLogger("org.apache.ratis.grpc.server.GrpcLogAppender");

    @BeforeEach
    void configure() {
        context.getLogger("ROOT").setLevel(Level.INFO);
        context.getLogger("org.apache.ratis").setLevel(Level.WARN);
    }

    @Test
    void aLevelHoldsForItsTimeAndThenTheConfiguredOneCountsAgain() throws Exception {
        levels.set("io.evenkeel.server.peer", "debug", MINUTE);
        levels.set("org.apache.ratis", "info", MINUTE.multipliedBy(2));
        assertThat(link.isDebugEnabled()).isTrue();
        assertThat(appender.isInfoEnabled()).isTrue();
        assertThat(levels.views())
                .containsExactly(
                        new LogLevels.View("io.evenkeel.server.peer", "debug", MINUTE),
                        new LogLevels.View("org.apache.ratis", "info", MINUTE.multipliedBy(2)));
        time.advance(MINUTE.minusSeconds(1));
        levels.observe();
        assertThat(link.isDebugEnabled()).isTrue();
        assertThat(levels.views().getFirst().left()).isEqualTo(Duration.ofSeconds(1));
        time.advance(Duration.ofSeconds(1));
        levels.observe();
        assertThat(link.isDebugEnabled()).isFalse();
        assertThat(link.getEffectiveLevel()).isEqualTo(Level.INFO);
        time.advance(MINUTE);
        levels.observe();
        assertThat(appender.getEffectiveLevel()).isEqualTo(Level.WARN);
        assertThat(levels.views()).isEmpty();
        assertThat(levels.configured()).isEqualTo("info");
    }

    @Test
    void aLevelInPlaceOfAnotherEndsAtTheConfiguredOneToo() throws Exception {
        levels.set("org.apache.ratis", "debug", MINUTE);
        levels.set("org.apache.ratis", "error", MINUTE.multipliedBy(3));
        time.advance(MINUTE);
        levels.observe();
        assertThat(appender.getEffectiveLevel()).isEqualTo(Level.ERROR);
        assertThat(levels.end("org.apache.ratis")).isTrue();
        assertThat(appender.getEffectiveLevel()).isEqualTo(Level.WARN);
        assertThat(levels.end("org.apache.ratis")).isFalse();
    }

    @Test
    void whatCannotBeIsRefusedWithWhatCan() {
        int loggers = context.getLoggerList().size();
        assertThatThrownBy(() -> levels.set("io.evenkeel.server.peer", "loud", MINUTE))
                .hasMessage("\"loud\" is not a level; allowed: error, warn, info, debug");
        assertThatThrownBy(() -> levels.set("io.evenkeel.server.pear", "debug", MINUTE))
                .hasMessageContaining("nothing of io.evenkeel.server.pear logs in this process so far")
                .hasMessageContaining("io.evenkeel.server.peer")
                .hasMessageContaining("org.apache.ratis");
        assertThatThrownBy(() -> levels.set("x".repeat(10_000), "debug", MINUTE))
                .satisfies(fault -> assertThat(fault.getMessage()).hasSizeLessThan(1000));
        assertThatThrownBy(() -> levels.set("ROOT", "debug", MINUTE)).isInstanceOf(IllegalArgumentException.class);
        for (Duration length : new Duration[] {Duration.ZERO, LogLevels.MOST.plusSeconds(1)}) {
            assertThatThrownBy(() -> levels.set("io.evenkeel.server.peer", "debug", length))
                    .hasMessageStartingWith("a level holds for 1 to 86400 seconds, not " + length.toSeconds());
        }
        assertThat(levels.views()).isEmpty();
        assertThat(context.getLoggerList())
                .as("no logger is made of a name that is asked")
                .hasSize(loggers);
    }

    @Test
    void theirNumberIsBounded() {
        for (int i = 0; i < LogLevels.MOST_SET; i++) {
            context.getLogger("io.evenkeel.C" + i);
            levels.set("io.evenkeel.C" + i, "debug", MINUTE);
        }
        assertThatThrownBy(() -> levels.set("io.evenkeel.server.peer", "debug", MINUTE))
                .hasMessageStartingWith("16 levels are set already; end one of them first: io.evenkeel.C0, ");
        levels.set("io.evenkeel.C0", "warn", MINUTE);
        assertThat(levels.views()).hasSize(LogLevels.MOST_SET);
    }
}
