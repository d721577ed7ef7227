package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
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

    private final Map<String, Allowance> messages = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Allowance> eldest) {
            return size() > MESSAGES;
        }
    };
    private final Allowance all = new Allowance(ALL_BURST, ALL_NANOS);
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
            Allowance own = messages.computeIfAbsent(format, key -> new Allowance(MESSAGE_BURST, MESSAGE_NANOS));
            if (own.take(now) && all.take(now)) {
                return FilterReply.NEUTRAL;
            }
        }
        suppressed.incrementAndGet();
        return FilterReply.DENY;
    }

    /** A token bucket. */
    private static final class Allowance {
        private final int burst;
        private final long refillNanos;
        private int left;
        private long refilledNanos = System.nanoTime();

        Allowance(int burst, long refillNanos) {
            this.burst = burst;
            this.refillNanos = refillNanos;
            this.left = burst;
        }

        boolean take(long now) {
            long refills = (now - refilledNanos) / refillNanos;
            if (refills > 0) {
                left = (int) Math.min(burst, left + refills);
                refilledNanos += refills * refillNanos;
            }
            if (left == 0) {
                return false;
            }
            left--;
            return true;
        }
    }
}
