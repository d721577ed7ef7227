package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.QuietLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LogRateTest {
    private final AtomicLong now = new AtomicLong(5);
    private final LogLosses losses = new LogLosses();
    private final List<ILoggingEvent> kept = new ArrayList<>();
    private final LogRate rate = new LogRate(losses, "n1", kept::add, now::get);
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final Logger logger = context.getLogger("test");

    @BeforeEach
    void start() {
        context.addTurboFilter(rate);
        said.start();
        context.getLogger("ROOT").addAppender(said);
        context.getLogger("ROOT").setLevel(Level.INFO);
    }

    private List<String> said() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void aMessageThatRepeatsIsLoggedTenTimesThenToldOnce() {
        for (int i = 0; i < 1000; i++) {
            logger.warn("again {}", i);
        }
        assertThat(said()).hasSize(LogRate.LINES).startsWith("again 0").endsWith("again 9");
        logger.warn("another");
        assertThat(said()).endsWith("another");
        assertThat(losses.count(LogLosses.Reason.REPEATED, LogLosses.Severity.WARN))
                .isEqualTo(990);
        rate.sweep();
        assertThat(said()).hasSize(LogRate.LINES + 1);
        now.addAndGet(LogRate.WINDOW_NANOS);
        rate.sweep();
        assertThat(said()).hasSize(LogRate.LINES + 2).endsWith("repeated 990 times in 10 s: again {}");
        assertThat(said.list.getLast().getLevel()).isEqualTo(Level.WARN);
        assertThat(said.list.getLast().getLoggerName()).isEqualTo("test");
        logger.warn("again {}", "later");
        assertThat(said()).endsWith("again later");
        now.addAndGet(LogRate.WINDOW_NANOS);
        rate.sweep();
        assertThat(said()).as("nothing was left out").endsWith("again later");
    }

    /** Logback's DuplicateMessageFilter lets a message through five times, ever. */
    @Test
    void noMessageIsMutedForEver() {
        for (int hour = 0; hour < 24; hour++) {
            for (int i = 0; i < 20; i++) {
                logger.error("a disk is full");
            }
            now.addAndGet(360 * LogRate.WINDOW_NANOS);
        }
        assertThat(said().stream().filter("a disk is full"::equals)).hasSize(24 * LogRate.LINES);
        assertThat(said().stream().filter("repeated 10 times in 10 s: a disk is full"::equals))
                .hasSize(23);
    }

    @Test
    void classesThatLogATextAsItIsHaveAllowancesOfTheirOwn() {
        for (int i = 0; i < 100; i++) {
            context.getLogger("loud").warn("{}", "again");
        }
        context.getLogger("calm").warn("{}", "news");
        assertThat(said()).hasSize(LogRate.LINES + 1).endsWith("news");
    }

    @Test
    void aMessageThatIsForgottenIsToldBefore() {
        for (int i = 0; i < 100; i++) {
            logger.warn("a message that repeats");
        }
        for (int i = 0; i < LogRate.MESSAGES; i++) {
            context.getLogger("other").info("text " + i);
        }
        assertThat(said()).contains("repeated 90 times in 10 s: a message that repeats");
    }

    @Test
    void linesThatStrangersCauseMakeNoOtherMessageForgotten() {
        for (int i = 0; i < 100; i++) {
            logger.warn("a message that repeats");
        }
        // One for each stranger.
        for (int i = 0; i < LogRate.MESSAGES + 10; i++) {
            new QuietLog(logger).warn("stranger " + i);
        }
        assertThat(said()).hasSize(LogRate.LINES + LogRate.MESSAGES + 10);
        logger.warn("a message that repeats");
        assertThat(said()).last().asString().startsWith("stranger ");
    }

    @Test
    void aLevelThatIsOffCountsNowhere() {
        logger.debug("off");
        assertThat(logger.isDebugEnabled()).isFalse();
        assertThat(said()).isEmpty();
        assertThat(losses.sum()).isZero();
    }

    private static void gate(Journal journal, int number) {
        journal.info(Journal.Kind.GATE, "OPEN after " + number + " ms", "millis", number);
    }

    private List<String> kept() {
        return kept.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void anEventIsOneLineOfTheLogAndOneOfTheJournal() {
        new Journal(logger).warn(Journal.Kind.STORM, "A storm", "storm", true);
        assertThat(said()).containsExactly("A storm");
        assertThat(kept()).containsExactly("A storm");
        assertThat(kept.getFirst().getLevel()).isEqualTo(Level.WARN);
        assertThat(Journal.Event.among(kept.getFirst().getArgumentArray()))
                .isEqualTo(new Journal.Event(Journal.Kind.STORM, "A storm", Map.of("storm", true)));
    }

    @Test
    void theJournalHasEventsThatTheLevelKeepsFromTheLog() {
        context.getLogger("ROOT").setLevel(Level.ERROR);
        gate(new Journal(logger), 1);
        assertThat(said()).isEmpty();
        assertThat(kept()).containsExactly("OPEN after 1 ms");
    }

    @Test
    void ofAKindThatFlapsTenEventsAMinutePassThenOneThatTellsHowMany() {
        for (int second = 0; second < 120; second++) {
            gate(new Journal(context.getLogger("logger" + second % 7)), second);
            now.addAndGet(1_000_000_000L);
            rate.sweep();
        }
        assertThat(kept()).hasSize(2 * (LogRate.LINES + 1)).isEqualTo(said());
        assertThat(kept.get(LogRate.LINES).getFormattedMessage())
                .isEqualTo("50 more changes of this kind (gate) within a minute, the last: OPEN after 59 ms");
        assertThat(Journal.Event.among(kept.get(LogRate.LINES).getArgumentArray()))
                .satisfies(event -> assertThat(event.fields()).containsEntry("repeated", 50L));
        new Journal(logger).info(Journal.Kind.LEADER, "n2 leads");
        assertThat(kept()).endsWith("n2 leads");
    }

    @Test
    void manyMessagesDoNotEndTheMinuteOfAKindOfEvents() {
        Journal journal = new Journal(logger);
        for (int i = 0; i < 10 * LogRate.MESSAGES; i++) {
            logger.info("message " + i);
            gate(journal, i);
        }
        assertThat(kept()).hasSize(LogRate.LINES);
    }
}
