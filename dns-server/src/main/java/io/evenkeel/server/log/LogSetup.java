package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.LoggerFactory;

/**
 * The log of a serving node: control plane only, to standard output and perhaps a file, at a bounded rate. Written by
 * other threads, and rather lost than waited for: a full disk or a reader that stands still must not hold up the node.
 */
public final class LogSetup {
    /** How long the end of the process waits for lines to be written. */
    private static final Duration FLUSH = Duration.ofSeconds(1);

    /** Verbose, and in their own words; what matters of theirs is told by us. */
    static final List<String> FOREIGN =
            List.of("org.apache.ratis", "io.netty", "io.grpc", "org.xbill", "io.micrometer");

    private final LoggerContext context;
    private final LogLosses losses;
    private final LogRate rate;
    private final List<LogSink> sinks = new ArrayList<>();

    private LogSetup(LoggerContext context, LogLosses losses, LogRate rate) {
        this.context = context;
        this.losses = losses;
        this.rate = rate;
    }

    /** Standard output as it is: what is written is there. */
    private record Console(OutputStream out) implements LogSink.Target {
        @Override
        public void append(byte[] line, long now) throws IOException {
            out.write(line);
        }

        @Override
        public void close() {
            // it is the process'
        }
    }

    /**
     * Replaces what {@code logback.xml} has set up for tools.
     *
     * @param node its name
     * @param data its folder, for the journal; made by others, before the first event is kept there
     */
    public static LogSetup apply(LogConfig config, String node, Path data) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        return of(context, config, node, data, new FileOutputStream(FileDescriptor.out), System::nanoTime);
    }

    /**
     * Sets up a context that has nothing.
     *
     * @param out standard output
     * @param nanos as {@link System#nanoTime} counts; for how often a message is repeated
     */
    static LogSetup of(
            LoggerContext context, LogConfig config, String node, Path data, OutputStream out, LongSupplier nanos) {
        LogLosses losses = new LogLosses();
        JournalFiles files = new JournalFiles(data);
        LogSink journal = new LogSink(
                "journal",
                new JournalLines(files),
                files.target(),
                (_, _) -> losses.lostEvent(),
                new LogSink.Allowance());
        LogRate rate = new LogRate(losses, node, journal::doAppend, nanos);
        LogSetup setup = new LogSetup(context, losses, rate);
        setup.start(journal);
        rate.setContext(context);
        rate.start();
        context.addTurboFilter(rate);
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level level = Level.toLevel(config.level().toString());
        root.setLevel(level);
        for (String name : FOREIGN) {
            context.getLogger(name).setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
        }
        LogSink.Allowance shared = new LogSink.Allowance();
        setup.add(root, new LogSink("stdout", new LogLines(config.format()), new Console(out), losses::lost, shared));
        Path file = config.file();
        if (file != null) {
            LogRing ring = new LogRing(file, config.maxSize(), config.files() + 1);
            setup.add(root, new LogSink("file", new LogLines(config.format()), ring, losses::lost, shared));
        }
        return setup;
    }

    private void add(Logger root, LogSink sink) {
        start(sink);
        root.addAppender(sink);
    }

    /** Each sweeps: a pipe that nobody reads, or a disk that hangs, holds up its own sink alone. */
    private void start(LogSink sink) {
        sink.setContext(context);
        sink.eachSecond(rate::sweep);
        sink.start();
        sinks.add(sink);
    }

    /** From now on nothing is told of what Raft says about others: they are being left. */
    public void stopping() {
        rate.stopping();
    }

    /** Lines that were left out. */
    public LogLosses losses() {
        return losses;
    }

    /** Writes what waits, within a bounded time; nothing is logged after that. */
    public void flush() {
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).detachAndStopAllAppenders();
        try {
            for (LogSink sink : sinks) {
                boolean ignored = sink.finish(FLUSH); // what is still not written then is lost
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
