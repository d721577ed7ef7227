package io.evenkeel.zones.build;

import io.evenkeel.zones.Limits;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Generator;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** The {@code $GENERATE} directive, as BIND has it, with bounds. */
final class Generate {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})-(\\d{1,9})(?:/(\\d{1,9}))?");
    private static final Pattern MODIFIER = Pattern.compile("\\$\\{[^}]*\\}?");
    private static final Pattern MODIFIER_PARTS =
            Pattern.compile("\\$\\{(-?\\d{1,9})(?:,(\\d{1,2})(?:,([doxX]))?)?\\}");

    private Generate() {}

    /** What makes the records. */
    static Generator generator(String range, String names, int type, long ttl, String rdata, @Nullable Name origin)
            throws BadEntryException {
        Matcher parts = RANGE.matcher(range);
        if (!parts.matches()) {
            throw new BadEntryException(Fault.limit("'" + range + "' is not a range of $GENERATE: start-stop[/step]"));
        }
        long start = Long.parseLong(parts.group(1));
        long stop = Long.parseLong(parts.group(2));
        long step = parts.group(3) == null ? 1 : Long.parseLong(parts.group(3));
        if (stop < start || step == 0) {
            throw new BadEntryException(Fault.limit("the range " + range + " of $GENERATE is empty"));
        }
        if ((stop - start) / step >= Limits.MAX_GENERATED) {
            throw new BadEntryException(Fault.limit("$GENERATE makes more than " + Limits.MAX_GENERATED + " records"));
        }
        if (!Generator.supportedType(type)) {
            throw new BadEntryException(Fault.limit("$GENERATE makes no " + Type.string(type) + " records"));
        }
        return new Generator(start, stop, step, whole(names), type, DClass.IN, ttl, whole(rdata), origin);
    }

    /**
     * The width in {@code ${offset,width,base}} pads with zeros and could ask for two thousand million. What may be left out
     * of it is filled in, because dnsjava wants all of it.
     */
    private static String whole(String pattern) throws BadEntryException {
        StringBuilder whole = new StringBuilder();
        Matcher modifier = MODIFIER.matcher(pattern);
        while (modifier.find()) {
            Matcher parts = MODIFIER_PARTS.matcher(modifier.group());
            if (!parts.matches()) {
                throw new BadEntryException(
                        Fault.limit("'" + pattern + "': modifiers of $GENERATE have the form ${offset,width,base}"));
            }
            String width = parts.group(2) == null ? "0" : parts.group(2);
            String base = parts.group(3) == null ? "d" : parts.group(3);
            modifier.appendReplacement(whole, "\\${" + parts.group(1) + "," + width + "," + base + "}");
        }
        return modifier.appendTail(whole).toString();
    }
}
