package io.evenkeel.zones.check;

import org.jspecify.annotations.Nullable;

/** The regular expression of NAPTR and what it puts in its place (RFC 3402 §3.2). Pure functions. */
final class Substitution {
    private static final String RULE = "RFC 3402 §3.2";

    private Substitution() {}

    /**
     * Why it is none; null if it is one, or empty. Whether the expression itself is one of POSIX is not looked at.
     *
     * @param rdata of NAPTR, in the form of its type
     */
    static @Nullable Fault fault(byte[] rdata) {
        int flags = 4;
        int services = flags + 1 + (rdata[flags] & 0xFF);
        int length = services + 1 + (rdata[services] & 0xFF);
        int from = length + 1;
        int end = from + (rdata[length] & 0xFF);
        return from == end ? null : fault(rdata, from, end);
    }

    private static @Nullable Fault fault(byte[] text, int from, int end) {
        byte delimiter = text[from];
        if (delimiter == 0 || delimiter == '\\' || delimiter == 'i' || (delimiter >= '0' && delimiter <= '9')) {
            return new Fault(
                    "has a regular expression that begins with a digit, 'i', NUL or a backslash, none of which can delimit it",
                    RULE);
        }
        int part = 0; // expression, replacement, flags
        int groups = 0;
        int used = 0;
        for (int i = from + 1; i < end; i++) {
            byte c = text[i];
            if (c == delimiter) {
                part++;
            } else if (part == 2 && c != 'i') {
                return new Fault("has a flag behind its regular expression that is not 'i'", RULE);
            } else if (c == '\\') {
                i++;
                if (i == end) {
                    return unended();
                }
                used = part == 1 && text[i] >= '0' && text[i] <= '9' ? Math.max(used, text[i] - '0') : used;
                if (part == 1 && text[i] == '0') {
                    return new Fault("has \\0 in its replacement: groups have numbers from 1 to 9", RULE);
                }
            } else if (c == '(' && part == 0) {
                groups++;
            }
        }
        if (part != 2) {
            return unended();
        }
        return used <= groups
                ? null
                : new Fault(
                        "has \\" + used + " in its replacement, and " + groups + " groups in its regular expression",
                        RULE);
    }

    private static Fault unended() {
        return new Fault(
                "has a regular expression that is not in three of the same delimiter, as in !^.*$!mailto:a@example!",
                RULE);
    }
}
