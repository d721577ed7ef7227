package io.evenkeel.zones.file;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.store.PackedRecords;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Type;

/*
 * Nearly all lines of a large zone file are one record of a few types, without quotes, escapes or parentheses. Those are read
 * here, octet by octet, in a tenth of the time that a general reader takes. Everything else is left alone: a mistake, too, is for
 * the general reader to find and to name. So there is one grammar, and this knows a part of it.
 */

/** Reads lines of the commonest forms into packed records. One thread. */
final class RecordScanner {
    /** What stands in a line that is read here: printable ASCII but for what master files give a meaning, spaces and tabs. */
    private static final boolean[] PLAIN = table("\"();\\$", true);

    /** What stands in a name without escapes: the rest may be read otherwise by others. */
    private static final boolean[] IN_NAMES = table("-_*", false);

    private static final int MAX_NAME = 255;
    private static final int MAX_LABEL = 63;

    private final PackedRecords records;
    private final byte[] owner = new byte[MAX_NAME + 1];
    private final byte[] rdata = new byte[2 + MAX_NAME + 1];

    // The line that is read, and the token.
    private char[] line = {};
    private int end;
    private int from;
    private int to;

    RecordScanner(PackedRecords records) {
        this.records = records;
    }

    private static boolean[] table(String chars, boolean but) {
        boolean[] table = new boolean[128];
        for (char c = '!'; c < 127; c++) {
            boolean named = chars.indexOf(c) >= 0;
            table[c] = but ? !named : named || Character.isLetterOrDigit(c);
        }
        table[' '] = but;
        table['\t'] = but;
        return table;
    }

    /** Whether a line may hold this character and be read here. */
    static boolean isPlain(char c) {
        return c < 128 && PLAIN[c];
    }

    /**
     * Adds the record of a line, and notes in the source what it leaves for the next; false, and nothing done, if it is not of the
     * forms that are read here.
     */
    boolean take(char[] text, int first, int last, Source source) {
        line = text;
        end = last;
        to = first;
        if (first == last || records.size() == ZoneLimits.MAX_ZONE_RECORDS) {
            return false;
        }
        boolean named = text[first] != ' ' && text[first] != '\t';
        int ownerLength = named && next() ? name(owner, 0, source.origin()) : -1;
        if (named ? ownerLength < 0 : source.ownerLost) {
            return false;
        }
        if (!next()) {
            return false;
        }
        long ttl = -1;
        boolean classGiven = false;
        while (true) {
            if (ttl < 0 && isDigit(line[from])) {
                ttl = number(Integer.MAX_VALUE);
                if (ttl < 0) {
                    return false;
                }
            } else if (!classGiven && is("IN")) {
                classGiven = true;
            } else {
                break;
            }
            if (!next()) {
                return false;
            }
        }
        long lives = ttl >= 0 ? ttl : source.defaultTtl >= 0 ? source.defaultTtl : source.lastTtl;
        int type = type();
        int length = lives < 0 || type < 0 || !next() ? -1 : rdata(type, source);
        if (length < 0 || next()) {
            return false;
        }
        if (named) {
            source.setOwner(owner, ownerLength);
        }
        byte[] wire = source.owner();
        if (wire == null) {
            return false;
        }
        records.add(wire, wire.length, type, lives, rdata, length);
        source.lastTtl = ttl >= 0 ? ttl : source.lastTtl;
        return true;
    }

    /** Goes on to the next token; false if there is none. */
    private boolean next() {
        int at = to;
        while (at < end && (line[at] == ' ' || line[at] == '\t')) {
            at++;
        }
        from = at;
        while (at < end && line[at] != ' ' && line[at] != '\t') {
            at++;
        }
        to = at;
        return from < to;
    }

    private boolean is(String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if ((line[from + i] & ~0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private int type() {
        return is("A")
                ? Type.A
                : is("AAAA")
                        ? Type.AAAA
                        : is("NS")
                                ? Type.NS
                                : is("CNAME") ? Type.CNAME : is("PTR") ? Type.PTR : is("MX") ? Type.MX : -1;
    }

    /** The token as a number from 0 to a limit; -1 if it is none. */
    private long number(long limit) {
        long number = 0;
        for (int i = from; i < to; i++) {
            if (!isDigit(line[i]) || to - from > 10) {
                return -1;
            }
            number = 10 * number + line[i] - '0';
        }
        return number <= limit ? number : -1;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Its length; -1 if it cannot be read here. */
    private int rdata(int type, Source source) {
        return switch (type) {
            case Type.A -> ipv4();
            case Type.AAAA -> ipv6();
            case Type.MX -> {
                long preference = number(65_535);
                rdata[0] = (byte) (preference >> 8);
                rdata[1] = (byte) preference;
                yield preference < 0 || !next() ? -1 : name(rdata, 2, source.origin());
            }
            default -> name(rdata, 0, source.origin());
        };
    }

    /**
     * Writes the token's name in wire form.
     *
     * @return where it ends; -1 if it cannot be read here
     */
    private int name(byte[] wire, int start, byte @Nullable [] origin) {
        boolean isOrigin = to - from == 1 && line[from] == '@';
        int at = start;
        int label = at++;
        for (int i = from; i < to && !isOrigin; i++) {
            char c = line[i];
            if (c == '.') {
                if (at - label == 1) {
                    return -1;
                }
                wire[label] = (byte) (at - label - 1);
                label = at;
            } else if (!IN_NAMES[c] || at - label > MAX_LABEL) {
                return -1;
            } else {
                wire[at] = (byte) c;
            }
            if (++at - start > MAX_NAME) {
                return -1;
            }
        }
        if (!isOrigin && at - label == 1) {
            wire[label] = 0; // it ends with a dot, and so is absolute
            return at;
        }
        wire[label] = (byte) (at - label - 1);
        at = isOrigin ? start : at;
        if (origin == null || at - start + origin.length > MAX_NAME) {
            return -1;
        }
        System.arraycopy(origin, 0, wire, at, origin.length);
        return at + origin.length;
    }

    private int ipv4() {
        int octets = 0;
        for (int i = from; i < to; octets++) {
            int start = i;
            int value = 0;
            while (i < to && isDigit(line[i]) && i - start < 3) {
                value = 10 * value + line[i++] - '0';
            }
            boolean leadingZero = i - start > 1 && line[start] == '0';
            if (i == start || leadingZero || value > 255 || octets == 4) {
                return -1;
            }
            rdata[octets] = (byte) value;
            if (i < to && (line[i++] != '.' || i == to)) {
                return -1;
            }
        }
        return octets == 4 ? 4 : -1;
    }

    private int ipv6() {
        int octets = 0;
        int gap = -1;
        int i = from;
        if (to - from >= 2 && line[i] == ':' && line[i + 1] == ':') {
            gap = 0;
            i += 2;
        }
        while (i < to) {
            int start = i;
            int value = 0;
            for (int digit; i < to && i - start < 4 && (digit = Character.digit(line[i], 16)) >= 0; i++) {
                value = value << 4 | digit;
            }
            if (i == start || octets == 16) {
                return -1;
            }
            rdata[octets++] = (byte) (value >> 8);
            rdata[octets++] = (byte) value;
            if (i < to && line[i++] != ':') {
                return -1;
            }
            if (i < to && line[i] == ':' && line[i - 1] == ':') {
                if (gap >= 0) {
                    return -1;
                }
                gap = octets;
                i++;
            } else if (i == to && line[i - 1] == ':') {
                return -1;
            }
        }
        // Whether a gap of nothing is one, others may judge.
        if (gap < 0 ? octets != 16 : octets > 14) {
            return -1;
        }
        if (gap >= 0) {
            System.arraycopy(rdata, gap, rdata, 16 - (octets - gap), octets - gap);
            Arrays.fill(rdata, gap, 16 - (octets - gap), (byte) 0);
        }
        return 16;
    }
}
