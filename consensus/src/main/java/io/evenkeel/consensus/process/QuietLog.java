package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;
import org.slf4j.event.Level;

/**
 * Lines of one kind that others may cause at any rate, and that must not fill a disk: a few in each window. A line tells how
 * many this log has left out before it. Any thread.
 */
public final class QuietLog {
    /** The window where none is named: often enough to be seen, 8,640 lines a day at most. */
    public static final Duration WINDOW = Duration.ofSeconds(10);

    /** On each of its lines: whoever bounds lines by their text need not look at these, of which no two may be alike. */
    public static final Marker BOUNDED = MarkerFactory.getMarker("bounded");

    private final Logger log;
    private final LongSupplier nanos;
    private final LogAllowance allowance;
    private long leftOut;

    /** One line in {@link #WINDOW}. */
    public QuietLog(Logger log) {
        this(log, 1, WINDOW);
    }

    /**
     * Some lines in a window.
     *
     * @param lines at least one
     * @param window over which they may come at once or evenly
     */
    public QuietLog(Logger log, int lines, Duration window) {
        this(log, lines, window, System::nanoTime);
    }

    QuietLog(Logger log, int lines, Duration window, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.allowance = new LogAllowance(lines, window.toNanos() / lines, nanos.getAsLong());
    }

    /** Logs the line, or counts it for the next one. */
    public void warn(String line) {
        say(Level.WARN, () -> line, null);
    }

    /** The same; the line is made only if it is logged. */
    public void warn(Supplier<String> line) {
        say(Level.WARN, line, null);
    }

    /** Logs what somebody must look at, or counts it for the next one. */
    public void error(String line) {
        say(Level.ERROR, () -> line, null);
    }

    /** Logs a fault with where it came from, or counts it for the next one. */
    public void error(String line, Throwable fault) {
        say(Level.ERROR, () -> line, fault);
    }

    private void say(Level level, Supplier<String> line, @Nullable Throwable fault) {
        long unsaid;
        synchronized (allowance) {
            if (!allowance.take(nanos.getAsLong())) {
                leftOut++;
                return;
            }
            unsaid = leftOut;
            leftOut = 0;
        }
        String text = unsaid == 0 ? line.get() : line.get() + " (and " + unsaid + " like it since the last line)";
        switch (level) {
            case ERROR -> log.error(BOUNDED, text, fault);
            case WARN, INFO, DEBUG, TRACE -> log.warn(BOUNDED, text, fault);
        }
    }
}
