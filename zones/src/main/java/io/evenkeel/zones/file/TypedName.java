package io.evenkeel.zones.file;

import java.net.IDN;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.TextParseException;

/**
 * Names as people type them. DNS has octets; where a person types other characters, the name that is meant is that of its A-labels
 * (RFC 5890 §2.3.2.1). Pure functions.
 */
public final class TypedName {
    /** The full stop, and what stands for it in other scripts (RFC 3490 §3.1). */
    private static final String DOTS = "[.\u3002\uFF0E\uFF61]";

    /** What IDNA2003 maps or drops and IDNA2008 keeps (RFC 5894 §7.2): no one form is meant by it. */
    private static final String AMBIGUOUS = "\u00DF\u03C2\u200C\u200D";

    private TypedName() {}

    /**
     * The same name in ASCII: labels with other characters become A-labels, all others stay as they are, with their escapes.
     *
     * @param name in presentation form, absolute or relative
     * @throws TextParseException if a label has no A-label, in words that name it
     */
    public static String toALabels(String name) throws TextParseException {
        if (isAscii(name)) {
            return name;
        }
        List<String> labels = new ArrayList<>();
        for (String label : name.split(DOTS, -1)) {
            labels.add(isAscii(label) ? label : toALabel(label));
        }
        return String.join(".", labels);
    }

    private static String toALabel(String label) throws TextParseException {
        if (label.indexOf('\\') >= 0) {
            throw new TextParseException(
                    "'" + label + "' has an escape beside characters beyond ASCII: write its octets as \\DDD");
        }
        if (label.chars().anyMatch(c -> AMBIGUOUS.indexOf(c) >= 0)) {
            throw new TextParseException(
                    "'" + label
                            + "' has a character that old and new rules for names read differently: write its A-label (xn--...)");
        }
        try {
            return IDN.toASCII(label);
        } catch (IllegalArgumentException bad) {
            throw new TextParseException("'" + label + "' has no A-label (xn--...): " + bad.getMessage());
        }
    }

    /**
     * Refuses what is not ASCII.
     *
     * @param name in presentation form
     * @throws TextParseException if it has other characters, in words that name its A-labels
     */
    public static void requireAscii(String name) throws TextParseException {
        if (!isAscii(name)) {
            throw new TextParseException(
                    "the name '" + name + "' is not ASCII; its A-labels are '" + toALabels(name) + "'");
        }
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }
}
