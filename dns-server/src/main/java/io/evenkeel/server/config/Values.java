package io.evenkeel.server.config;

import java.time.Duration;
import java.time.LocalTime;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The written form of values that carry a unit. Each method throws {@link IllegalArgumentException} whose
 * message ends the sentence "key: " and names what is allowed.
 */
final class Values {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern TIME_OF_DAY = Pattern.compile("([01]\\d|2[0-3]):[0-5]\\d");
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

    /** Of backups: a time of day, UTC, or the time between two. */
    static BackupSchedule schedule(String text) {
        if (TIME_OF_DAY.matcher(text).matches()) {
            return BackupSchedule.daily(LocalTime.parse(text));
        }
        try {
            return BackupSchedule.every(duration(text, Duration.ofMinutes(1), Duration.ofDays(31)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no schedule; write a time of day, UTC, as in 03:30, or the time between two"
                            + " backups, 1m to 31d, as in 6h",
                    e);
        }
    }

    static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
        };
    }

    /**
     * One of some words.
     *
     * @param what they are, as in "a level"
     * @param allowed each by its {@code toString}
     */
    static <T> T word(String text, String what, T[] allowed) {
        for (T each : allowed) {
            if (each.toString().equals(text)) {
                return each;
            }
        }
        throw new IllegalArgumentException("\"" + text.toLowerCase(Locale.ROOT) + "\" is not " + what + "; allowed: "
                + Stream.of(allowed).map(Object::toString).collect(Collectors.joining(", ")));
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
