package io.evenkeel.server.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * The log of a serving node: control plane only, to standard output and perhaps a file, at a bounded rate. Written by
 * another thread, and rather lost than waited for: a full disk or a reader that stands still must not hold up the node.
 */
public final class LogSetup {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{12}";

    /** Lines that wait for the disk or the terminal. */
    private static final int QUEUE = 1024;

    /** How long the end of the process waits for lines to be written. */
    private static final int FLUSH_MILLIS = 1000;

    /** Verbose, and in their own words; what matters of theirs is told by us. */
    private static final List<String> FOREIGN =
            List.of("org.apache.ratis", "io.netty", "io.grpc", "org.xbill", "io.micrometer");

    private LogSetup() {}

    /** Replaces what {@code logback.xml} has set up for tools. */
    public static LogRate apply(LogConfig config) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        LogRate rate = new LogRate();
        rate.setContext(context);
        rate.start();
        context.addTurboFilter(rate);
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(config.level().toString()));
        for (String name : FOREIGN) {
            context.getLogger(name).setLevel(Level.WARN);
        }
        root.addAppender(async(context, started(context, new ConsoleAppender<>())));
        Path file = config.file();
        if (file != null) {
            root.addAppender(async(context, rolling(context, file, config)));
        }
        return rate;
    }

    /** Writes what waits, within a bounded time. */
    public static void flush() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    private static Appender<ILoggingEvent> rolling(LoggerContext context, Path file, LogConfig config) {
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setFile(file.toString());
        FixedWindowRollingPolicy names = new FixedWindowRollingPolicy();
        names.setContext(context);
        names.setParent(appender);
        names.setFileNamePattern(file + ".%i");
        names.setMinIndex(1);
        names.setMaxIndex(config.files());
        names.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(new FileSize(config.maxSize()));
        size.setCheckIncrement(Duration.buildByMilliseconds(100));
        size.start();
        appender.setRollingPolicy(names);
        appender.setTriggeringPolicy(size);
        return started(context, appender);
    }

    private static Appender<ILoggingEvent> started(
            LoggerContext context, OutputStreamAppender<ILoggingEvent> appender) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }

    private static Appender<ILoggingEvent> async(LoggerContext context, Appender<ILoggingEvent> appender) {
        AsyncAppender async = new AsyncAppender();
        async.setContext(context);
        async.setQueueSize(QUEUE);
        async.setNeverBlock(true);
        async.setMaxFlushTime(FLUSH_MILLIS);
        async.addAppender(appender);
        async.start();
        return async;
    }
}
