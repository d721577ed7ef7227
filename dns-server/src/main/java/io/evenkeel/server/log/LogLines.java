package io.evenkeel.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lines of the log as they are written, as text or as one JSON object each. A stack trace is printed once in {@link #STACK_NANOS}; until then its
 * number stands for it. One that did not get to where it should, or not whole, is printed again. One thread.
 */
final class LogLines implements LogSink.Lines {
    static final long STACK_NANOS = 600_000_000_000L;

    /** A line that is longer is cut there. */
    static final int MOST_OCTETS = 16 << 10;

    /** Of one stack trace; of them remembered; and of causes below a fault. */
    private static final int FRAMES = 12;

    private static final int STACKS = 64;
    private static final int CAUSES = 4;
    private static final String CUT = " (cut)";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LogConfig.Format format;
    private final Map<Integer, Long> printed = new LinkedHashMap<>(16, 0.75f, true);
    /** In the line that was made last; null: none is, or not whole. */
    private @Nullable Integer printing;

    private long printingNanos;

    LogLines(LogConfig.Format format) {
        this.format = format;
    }

    @Override
    public byte[] octets(ILoggingEvent event, long now) {
        printing = null;
        IThrowableProxy fault = event.getThrowableProxy();
        String stack = fault == null ? null : stack(fault, now);
        String text = format == LogConfig.Format.JSON ? json(event, stack) : text(event, stack);
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        if (octets.length <= MOST_OCTETS) {
            return octets;
        }
        printing = null;
        return format == LogConfig.Format.JSON ? cutJson(event) : cutText(octets);
    }

    @Override
    public void written() {
        Integer number = printing;
        if (number == null) {
            return;
        }
        printing = null;
        printed.put(number, printingNanos);
        if (printed.size() > STACKS) {
            printed.remove(printed.keySet().iterator().next());
        }
    }

    private static byte[] cutText(byte[] octets) {
        byte[] end = (CUT + "\n").getBytes(StandardCharsets.US_ASCII);
        int length = MOST_OCTETS - end.length;
        while ((octets[length] & 0xC0) == 0x80) {
            length--; // not in the middle of a character
        }
        byte[] cut = Arrays.copyOf(octets, length + end.length);
        System.arraycopy(end, 0, cut, length, end.length);
        return cut;
    }

    /** Even if each character of it becomes six octets. */
    private static byte[] cutJson(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        String some = message.substring(0, Math.min(message.length(), MOST_OCTETS / 8));
        return json(event, some + CUT, null).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ILoggingEvent event, @Nullable String stack) {
        return "%s %-5s %s: %s\n%s"
                .formatted(
                        TIME.format(event.getInstant()),
                        event.getLevel(),
                        shortName(event),
                        event.getFormattedMessage(),
                        stack == null ? "" : stack);
    }

    private static String shortName(ILoggingEvent event) {
        String name = event.getLoggerName();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static String json(ILoggingEvent event, @Nullable String stack) {
        return json(event, event.getFormattedMessage(), stack);
    }

    private static String json(ILoggingEvent event, String message, @Nullable String stack) {
        Map<String, Object> values = new LinkedHashMap<>();
        Instant time = event.getInstant();
        values.put("time", time.toString());
        values.put("level", event.getLevel().toString());
        values.put("logger", event.getLoggerName());
        values.put("thread", event.getThreadName());
        values.put("message", message);
        if (stack != null) {
            values.put("stack", stack);
        }
        try {
            return JSON.writeValueAsString(values) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts that are no JSON", e);
        }
    }

    private String stack(IThrowableProxy fault, long now) {
        int number = number(fault);
        Long before = printed.get(number);
        if (before != null && now - before < STACK_NANOS) {
            return "%s: %s (stack trace %08x, as above)%n".formatted(fault.getClassName(), fault.getMessage(), number);
        }
        printing = number;
        printingNanos = now;
        StringBuilder text = new StringBuilder();
        IThrowableProxy each = fault;
        for (int i = 0; each != null && i <= CAUSES; i++) {
            text.append(i == 0 ? "" : "Caused by: ").append(each.getClassName()).append(": ");
            text.append(each.getMessage());
            text.append(i == 0 ? " (stack trace %08x)%n".formatted(number) : "\n");
            StackTraceElementProxy[] frames = each.getStackTraceElementProxyArray();
            int most = Math.min(FRAMES, frames.length - each.getCommonFrames());
            for (int frame = 0; frame < most; frame++) {
                text.append('\t').append(frames[frame].getSTEAsString()).append('\n');
            }
            each = each.getCause();
        }
        return text.toString();
    }

    /** The same for faults of one place, whatever they say. */
    private static int number(IThrowableProxy fault) {
        int number = 0;
        IThrowableProxy each = fault;
        for (int i = 0; each != null && i <= CAUSES; i++) {
            number = 31 * number + each.getClassName().hashCode();
            for (StackTraceElementProxy frame : each.getStackTraceElementProxyArray()) {
                number = 31 * number + frame.getStackTraceElement().hashCode();
            }
            each = each.getCause();
        }
        return number;
    }
}
