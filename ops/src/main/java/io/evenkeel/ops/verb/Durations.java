package io.evenkeel.ops.verb;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as options have them, and as the node's own configuration does: {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}. */
public final class Durations implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    @Override
    public Duration convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("wants a time with its unit, as in 500ms, 10s, 5m or 2h, not " + text);
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }

    /** As it is read. */
    public static String text(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
    }

    /** A usage error that names the option and its bounds, unless the time is within them. */
    public static void check(String option, Duration time, Duration least, Duration most) throws CommandFailure {
        if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s wants %s to %s, not %s".formatted(option, text(least), text(most), text(time)));
        }
    }
}
