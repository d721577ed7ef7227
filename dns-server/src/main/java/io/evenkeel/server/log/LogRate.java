package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.evenkeel.consensus.process.Journal.Event;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.QuietLog;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Bounds how often one message is logged: ten lines in ten seconds, then one that says how many more there were. A message is a logger and a
 * format. Of events ten of a kind pass in a minute, to the journal whatever the level is. Of what Raft says about others a summary is left
 * ({@link RaftLines}). Lines of a {@link QuietLog}, which has a bound of its own and no two of which may be alike, pass. Any thread.
 */
final class LogRate extends TurboFilter {
    /** Lines of one message, or events of one kind, in a window. */
    static final int LINES = 10;

    static final long WINDOW_NANOS = 10_000_000_000L;

    /** Of events. */
    static final long EVENT_WINDOW_NANOS = 60_000_000_000L;

    /** Messages remembered; the one not seen for longest is forgotten. */
    static final int MESSAGES = 512;

    private final LogLosses losses;
    private final Consumer<ILoggingEvent> journal;
    private final LongSupplier nanos;
    private final RaftLines raft;

    /** Of one message, or one kind of events. */
    private static final class Window {
        private final Logger logger;
        private final String format;
        private long begunNanos;
        private Level level = Level.INFO;
        private @Nullable Event event;
        private int lines;
        private long leftOut;

        Window(Logger logger, String format, long now) {
            this.logger = logger;
            this.format = format;
            begunNanos = now;
        }

        boolean isOver(long now) {
            return now - begunNanos >= (event == null ? WINDOW_NANOS : EVENT_WINDOW_NANOS);
        }

        Summary summary() {
            Event last = event;
            return new Summary(
                    logger,
                    level,
                    last == null
                            ? "repeated " + leftOut + " times in 10 s: " + format
                            : new Event(
                                    last.kind(),
                                    leftOut + " more changes of this kind ("
                                            + last.kind().label() + ") within a minute, the last: " + last.text(),
                                    Map.of("repeated", leftOut)));
        }
    }

    /** A line about lines that are not logged; it passes. */
    record Summary(Logger logger, Level level, Object text) {
        void tell() {
            logger.log(
                    QuietLog.BOUNDED,
                    LogRate.class.getName(),
                    Level.toLocationAwareLoggerInteger(level),
                    "{}",
                    new Object[] {text},
                    null);
        }
    }

    private final Map<Kind, Window> kinds = new EnumMap<>(Kind.class);
    private final Map<String, Window> messages = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param self name of this node
     * @param journal takes events
     * @param nanos as {@link System#nanoTime} counts
     */
    LogRate(LogLosses losses, String self, Consumer<ILoggingEvent> journal, LongSupplier nanos) {
        this.losses = losses;
        this.journal = journal;
        this.nanos = nanos;
        this.raft = new RaftLines(self);
    }

    /** From now on nothing is told of what Raft says about others: they are being left. */
    void stopping() {
        raft.stopping();
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable throwable) {
        Event event = Event.among(params);
        // Without a format it is a question whether the level is on.
        if (format == null || (event == null && !level.isGreaterOrEqual(logger.getEffectiveLevel()))) {
            return FilterReply.NEUTRAL;
        }
        if (QuietLog.BOUNDED.equals(marker)) {
            keep(event, logger, level);
            return FilterReply.NEUTRAL;
        }
        long now = nanos.getAsLong();
        List<Summary> over = new ArrayList<>(0);
        boolean passes;
        if (event == null && raft.fold(logger, level, format, params, throwable, now, over)) {
            passes = false;
        } else {
            synchronized (messages) {
                passes = event == null
                        ? take(logger, level, format, now, over)
                        : count(
                                kinds.computeIfAbsent(event.kind(), _ -> new Window(logger, "{}", now)),
                                level,
                                event,
                                now,
                                over);
            }
        }
        over.forEach(Summary::tell);
        if (!passes) {
            losses.lost(LogLosses.Reason.REPEATED, level);
            return FilterReply.DENY;
        }
        keep(event, logger, level);
        return FilterReply.NEUTRAL;
    }

    private void keep(@Nullable Event event, Logger logger, Level level) {
        if (event != null) {
            journal.accept(new LoggingEvent(LogRate.class.getName(), logger, level, "{}", null, new Object[] {event}));
        }
    }

    private boolean take(Logger logger, Level level, String format, long now, List<Summary> over) {
        // Several classes log a text as it is, all with the same format.
        boolean passes = count(
                messages.computeIfAbsent(logger.getName() + ' ' + format, _ -> new Window(logger, format, now)),
                level,
                null,
                now,
                over);
        if (messages.size() > MESSAGES) {
            String eldest = messages.keySet().iterator().next();
            Window forgotten = messages.remove(eldest);
            if (forgotten != null) {
                end(forgotten, now, over);
            }
        }
        return passes;
    }

    private static boolean count(Window window, Level level, @Nullable Event event, long now, List<Summary> over) {
        if (window.isOver(now)) {
            end(window, now, over);
        }
        window.level = level;
        window.event = event;
        boolean passes = window.lines < LINES;
        window.lines += passes ? 1 : 0;
        window.leftOut += passes ? 0 : 1;
        return passes;
    }

    private static void end(Window window, long now, List<Summary> over) {
        if (window.leftOut > 0) {
            over.add(window.summary());
        }
        window.begunNanos = now;
        window.lines = 0;
        window.leftOut = 0;
    }

    /** Tells how often messages were repeated whose time is over; to be called about once a second. */
    void sweep() {
        long now = nanos.getAsLong();
        List<Summary> over = new ArrayList<>(0);
        synchronized (messages) {
            for (Iterable<Window> windows : List.of(messages.values(), kinds.values())) {
                for (Iterator<Window> each = windows.iterator(); each.hasNext(); ) {
                    Window window = each.next();
                    if (window.isOver(now)) {
                        end(window, now, over);
                        each.remove();
                    }
                }
            }
        }
        raft.sweep(now, over);
        over.forEach(Summary::tell);
    }
}
