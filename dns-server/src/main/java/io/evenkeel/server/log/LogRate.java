package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.evenkeel.consensus.process.LogAllowance;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Bounds how fast lines are logged: each message by itself, so that one that repeats does not hide the others, and all
 * together. What is left out is counted.
 */
public final class LogRate extends TurboFilter {
    /** Lines of one message at once, then one per {@link #MESSAGE_NANOS}. */
    static final int MESSAGE_BURST = 20;

    private static final long MESSAGE_NANOS = 5_000_000_000L;

    /** Lines of all messages at once, then one per {@link #ALL_NANOS}: some 4 kB a second at worst. */
    static final int ALL_BURST = 500;

    private static final long ALL_NANOS = 50_000_000L;

    /** Messages remembered; the one not seen for longest is forgotten. */
    private static final int MESSAGES = 512;

    private final Map<String, LogAllowance> messages = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LogAllowance> eldest) {
            return size() > MESSAGES;
        }
    };
    private final LogAllowance all = new LogAllowance(ALL_BURST, ALL_NANOS, System.nanoTime());
    private final AtomicLong suppressed = new AtomicLong();

    /** Lines left out since the start. */
    public long suppressed() {
        return suppressed.get();
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable throwable) {
        // Without a format it is a question whether the level is on.
        if (format == null || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
            return FilterReply.NEUTRAL;
        }
        synchronized (messages) {
            long now = System.nanoTime();
            LogAllowance own =
                    messages.computeIfAbsent(format, _ -> new LogAllowance(MESSAGE_BURST, MESSAGE_NANOS, now));
            if (own.take(now) && all.take(now)) {
                return FilterReply.NEUTRAL;
            }
        }
        suppressed.incrementAndGet();
        return FilterReply.DENY;
    }
}
