package io.evenkeel.zones.file;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.Fault;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code $GENERATE} directives of a zone file, as BIND has it, with bounds. In owner and RDATA stands {@code $} for the number and {@code $$} for a
 * dollar; {@code ${offset,width,base}} says how the number is written, and what follows a backslash is left as it is.
 */
final class Generate {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})-(\\d{1,9})(?:/(\\d{1,9}))?");
    private static final Pattern PLACE = Pattern.compile("\\\\.|\\$\\$|\\$\\{[^}]*\\}?|\\$", Pattern.DOTALL);
    private static final Pattern MODIFIER = Pattern.compile("\\$\\{(-?\\d{1,9})(?:,(\\d{1,2})(?:,([doxXnN]))?)?\\}");

    private long chars;

    /** The numbers to write; not empty. */
    record Range(long start, long stop, long step) {
        static Range parse(String text) throws BadEntryException {
            Matcher parts = RANGE.matcher(text);
            if (!parts.matches()) {
                throw new BadEntryException(
                        Fault.limit("'" + text + "' is not a range of $GENERATE: start-stop[/step]"));
            }
            long start = Long.parseLong(parts.group(1));
            long stop = Long.parseLong(parts.group(2));
            long step = parts.group(3) == null ? 1 : Long.parseLong(parts.group(3));
            if (stop < start || step == 0) {
                throw new BadEntryException(Fault.limit("the range " + text + " of $GENERATE is empty"));
            }
            if ((stop - start) / step >= ZoneLimits.MAX_GENERATED) {
                throw new BadEntryException(
                        Fault.limit("$GENERATE makes more than " + ZoneLimits.MAX_GENERATED + " records"));
            }
            return new Range(start, stop, step);
        }
    }

    /** The pattern with a number in its places; all that one object writes is bounded. */
    String write(String pattern, long number) throws BadEntryException {
        StringBuilder text = new StringBuilder(pattern.length() + 16);
        Matcher place = PLACE.matcher(pattern);
        while (place.find()) {
            String found = place.group();
            String replacement = switch (found.charAt(found.length() > 1 ? 1 : 0)) {
                case '{' -> modified(pattern, found, number);
                case '$' -> found.length() > 1 ? "$" : Long.toString(number);
                default -> found;
            };
            place.appendReplacement(text, Matcher.quoteReplacement(replacement));
        }
        String written = place.appendTail(text).toString();
        chars += written.length();
        if (chars > ZoneLimits.MAX_GENERATED_CHARS) {
            throw new BadEntryException(Fault.limit(
                    "the $GENERATEs of the zone write more than " + ZoneLimits.MAX_GENERATED_CHARS + " characters"));
        }
        return written;
    }

    private static String modified(String pattern, String modifier, long number) throws BadEntryException {
        Matcher parts = MODIFIER.matcher(modifier);
        if (modifier.charAt(0) == '\\') {
            return modifier;
        }
        if (!parts.matches()) {
            throw new BadEntryException(
                    Fault.limit("'" + pattern + "': modifiers of $GENERATE have the form ${offset,width,base}"));
        }
        long value = number + Long.parseLong(parts.group(1));
        int width = parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2));
        if (value < 0) {
            throw new BadEntryException(
                    Fault.limit("'" + pattern + "': the offset makes a negative number of " + number));
        }
        return switch (parts.group(3) == null ? "d" : parts.group(3)) {
            case "o" -> padded(Long.toOctalString(value), width);
            case "x" -> padded(Long.toHexString(value), width);
            case "X" -> padded(Long.toHexString(value).toUpperCase(Locale.ROOT), width);
            case "n" -> nibbles(value, width);
            case "N" -> nibbles(value, width).toUpperCase(Locale.ROOT);
            default -> padded(Long.toString(value), width);
        };
    }

    private static String padded(String digits, int width) {
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }

    /** Hexadecimal digits as labels, the last one first, as names below ip6.arpa have them; the width counts the dots, one at the end too. */
    private static String nibbles(long value, int width) {
        StringBuilder labels = new StringBuilder();
        long rest = value;
        do {
            labels.append(Character.forDigit((int) (rest & 0xF), 16));
            rest >>>= 4;
            if (rest != 0 || labels.length() < width) {
                labels.append('.');
            }
        } while (rest != 0 || labels.length() < width);
        return labels.toString();
    }
}
