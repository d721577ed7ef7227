package io.evenkeel.ops.verb;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A TTL as an option has it, in seconds: {@code 3600}, or with units as master files have them: {@code 30m}, {@code 1h30m}, {@code 1d}. */
public final class Ttl implements ITypeConverter<Long> {
    /** RFC 2181 §8. */
    private static final long MOST = Integer.MAX_VALUE;

    private static final Pattern FORM = Pattern.compile(
            "(?i)(\\d{1,10})|(?:(\\d{1,9})w)?(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?");

    private static final long[] SECONDS = {1, 604_800, 86_400, 3_600, 60, 1};

    @Override
    public Long convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new TypeConversionException("wants seconds, or a time such as 30m, 1h or 1d, not " + text);
        }
        long ttl = 0;
        for (int i = 0; i < SECONDS.length; i++) {
            String number = matcher.group(i + 1);
            ttl += number == null ? 0 : Long.parseLong(number) * SECONDS[i];
        }
        if (ttl > MOST) {
            throw new TypeConversionException("is at most " + MOST + " seconds, 68 years (RFC 2181 §8), not " + text);
        }
        return ttl;
    }
}
