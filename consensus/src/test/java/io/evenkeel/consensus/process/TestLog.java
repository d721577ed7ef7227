package io.evenkeel.consensus.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** Listens to what a class, or the classes of a package, log while it is open; other tests beside it may make them log, too. */
public final class TestLog implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final Level before;
    private final boolean isLouder;
    private final AppenderBase<ILoggingEvent> appender;

    private TestLog(String name, Level level, Consumer<ILoggingEvent> listener) {
        logger = logger(name);
        before = logger.getLevel();
        appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getLevel().isGreaterOrEqual(level)) {
                    lines.add(event.getFormattedMessage());
                    listener.accept(event);
                }
            }
        };
        appender.start();
        isLouder = !logger.isEnabledFor(level);
        if (isLouder) {
            logger.setLevel(level);
        }
        logger.addAppender(appender);
    }

    /** @param level of the least important lines that it hears */
    public static TestLog of(Class<?> speaker, Level level) {
        return new TestLog(speaker.getName(), level, _ -> {});
    }

    /** @param listener called on the thread that logs; what it throws comes out there */
    public static TestLog of(Package speakers, Level level, Consumer<ILoggingEvent> listener) {
        return new TestLog(speakers.getName(), level, listener);
    }

    /** The lines so far, without time and level. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        if (isLouder) {
            logger.setLevel(before);
        }
    }

    /** Whoever logs first sets SLF4J up under this monitor, and whoever asks meanwhile without it gets a stand-in. */
    @SuppressWarnings("LockOnNonEnclosingClassLiteral") // SLF4J's own, on purpose
    private static Logger logger(String name) {
        synchronized (LoggerFactory.class) {
            return (Logger) LoggerFactory.getLogger(name);
        }
    }
}
