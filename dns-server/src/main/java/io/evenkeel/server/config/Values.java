package io.evenkeel.server.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The written form of values that carry a unit. Each method throws {@link IllegalArgumentException} whose
 * message ends the sentence "key: " and names what is allowed.
 */
final class Values {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Map<String, Duration> DURATION_UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");
    private static final Map<String, Long> SIZE_UNITS =
            Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private Values() {}

    static Duration duration(String text, Duration least, Duration most) {
        Matcher matcher = DURATION.matcher(text);
        Duration unit = matcher.matches() ? DURATION_UNITS.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration; write a whole number with ms, s, m, h or d, as in 30s");
        }
        Duration duration = unit.multipliedBy(Long.parseLong(matcher.group(1)));
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    text + " is out of range; allowed: " + show(least) + " to " + show(most));
        }
        return duration;
    }

    static long size(String text, long least, long most) {
        Matcher matcher = SIZE.matcher(text);
        Long unit = matcher.matches() ? SIZE_UNITS.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a size; write a whole number with B, KiB, MiB or GiB, as in 10MiB");
        }
        long size = Long.parseLong(matcher.group(1)) * unit;
        if (size < least || size > most) {
            throw new IllegalArgumentException(
                    text + " is out of range; allowed: " + showSize(least) + " to " + showSize(most));
        }
        return size;
    }

    static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
        };
    }

    private static String show(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 60_000 == 0 && millis > 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    private static String showSize(long size) {
        if (size % (1L << 30) == 0) {
            return (size >> 30) + "GiB";
        }
        return size % (1 << 20) == 0 ? (size >> 20) + "MiB" : (size >> 10) + "KiB";
    }
}
