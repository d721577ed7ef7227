package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Lines that did not get into the log, by why, and by how severe they were. Any thread. */
public final class LogLosses {
    private final Map<Reason, Map<Severity, LongAdder>> counts = new EnumMap<>(Reason.class);
    private final LongAdder events = new LongAdder();

    /** Why a line was left out. */
    public enum Reason {
        /** Its message had been logged often enough in these seconds. */
        REPEATED,
        /** The log has a bound on octets a second. */
        RATE,
        /** Too many lines waited for a disk or a terminal. */
        QUEUE,
        /** It could not be written. */
        DISK;

        /** As metrics have it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How severe a line is, in the words of the log. */
    public enum Severity {
        ERROR,
        WARN,
        INFO,
        DEBUG;

        static Severity of(Level level) {
            return switch (level.toInt()) {
                case Level.ERROR_INT -> ERROR;
                case Level.WARN_INT -> WARN;
                case Level.INFO_INT -> INFO;
                default -> DEBUG;
            };
        }

        /** As metrics have it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** None so far. */
    public LogLosses() {
        for (Reason reason : Reason.values()) {
            Map<Severity, LongAdder> each = new EnumMap<>(Severity.class);
            for (Severity severity : Severity.values()) {
                each.put(severity, new LongAdder());
            }
            counts.put(reason, each);
        }
    }

    void lost(Reason reason, Level level) {
        adder(reason, Severity.of(level)).increment();
    }

    /** Lines left out since the start. */
    public long count(Reason reason, Severity severity) {
        return adder(reason, severity).sum();
    }

    void lostEvent() {
        events.increment();
    }

    /** Events that are not in the journal though they are no repetitions. */
    public long events() {
        return events.sum();
    }

    /** All lines. */
    long sum() {
        return counts.values().stream()
                .flatMap(each -> each.values().stream())
                .mapToLong(LongAdder::sum)
                .sum();
    }

    private LongAdder adder(Reason reason, Severity severity) {
        return Objects.requireNonNull(Objects.requireNonNull(counts.get(reason)).get(severity));
    }
}
