package io.evenkeel.zones.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Pattern;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;

/** LOC records and their text (RFC 1876 §2, §3), in whole numbers: thousandths of a second of arc, and centimetres. Pure functions. */
final class LocationText {
    private static final Pattern WHOLE = Pattern.compile("\\d{1,3}");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,2}(\\.\\d{1,3})?");
    private static final Pattern METRES = Pattern.compile("-?\\d{1,8}(\\.\\d{1,2})?m?");

    /** The equator and the prime meridian. */
    private static final long MIDDLE = 1L << 31;

    /** What altitudes count from: 100 km below the ellipsoid. */
    private static final long LOWEST = 10_000_000;

    private static final long MAX_SIZE = 9_000_000_000L;

    private LocationText() {}

    /** Its RDATA, to the end of the entry, which stays to be read. */
    static void read(Tokenizer text, DNSOutput rdata) throws IOException {
        long latitude = angle(text, 90, 'N', 'S');
        long longitude = angle(text, 180, 'E', 'W');
        long altitude = metres(text.getString(), "altitude", -LOWEST, 0xFFFF_FFFFL - LOWEST);
        rdata.writeU8(0);
        rdata.writeU8(size(text, "size", 100));
        rdata.writeU8(size(text, "horizontal precision", 1_000_000));
        rdata.writeU8(size(text, "vertical precision", 1_000));
        rdata.writeU32(latitude);
        rdata.writeU32(longitude);
        rdata.writeU32(altitude + LOWEST);
    }

    private static long angle(Tokenizer text, int most, char positive, char negative) throws IOException {
        long[] parts = new long[3];
        int count = 0;
        String word = text.getString();
        while (count < 3 && (count < 2 ? WHOLE : SECONDS).matcher(word).matches()) {
            parts[count] = count < 2 ? Long.parseLong(word) : fixed(word, 3);
            count++;
            word = text.getString();
        }
        long angle = (parts[0] * 60 + parts[1]) * 60_000 + parts[2];
        boolean isNegative = word.equalsIgnoreCase(String.valueOf(negative));
        if (count == 0
                || parts[1] > 59
                || parts[2] > 59_999
                || angle > most * 3_600_000L
                || !(isNegative || word.equalsIgnoreCase(String.valueOf(positive)))) {
            throw new TextParseException("'" + word + "' is not at the end of degrees up to " + most
                    + ", minutes, seconds with three decimals, and " + positive + " or " + negative);
        }
        return MIDDLE + (isNegative ? -angle : angle);
    }

    /** Digits, with a sign and decimals or without, as the number that has so many decimals. */
    private static long fixed(String number, int decimals) {
        boolean isNegative = number.startsWith("-");
        String digits = isNegative ? number.substring(1) : number;
        int point = digits.indexOf('.');
        String fraction = point < 0 ? "" : digits.substring(point + 1);
        String whole = point < 0 ? digits : digits.substring(0, point);
        long value = Long.parseLong(whole + fraction + "0".repeat(decimals - fraction.length()));
        return isNegative ? -value : value;
    }

    /** As centimetres. */
    private static long metres(String word, String what, long least, long most) throws TextParseException {
        String number = word.endsWith("m") ? word.substring(0, word.length() - 1) : word;
        long value = METRES.matcher(word).matches() ? fixed(number, 2) : most + 1;
        if (value < least || value > most) {
            throw new TextParseException(
                    "the " + what + " '" + word + "' is not in metres with two decimals at most, from "
                            + fixed(least, 2) + " to " + fixed(most, 2));
        }
        return value;
    }

    /** A power of ten and what it is multiplied with: digits beyond the first one are lost. */
    private static int size(Tokenizer text, String what, long otherwise) throws IOException {
        Tokenizer.Token token = text.get();
        long rest = otherwise;
        if (token.isString()) {
            rest = metres(token.value(), what, 0, MAX_SIZE);
        } else {
            text.unget();
        }
        int exponent = 0;
        while (rest > 9) {
            rest /= 10;
            exponent++;
        }
        return (int) rest << 4 | exponent;
    }

    /** Of 16 octets of version 0. */
    static String write(byte[] rdata) {
        ByteBuffer octets = ByteBuffer.wrap(rdata);
        return angle(octets.getInt(4), 'N', 'S') + " " + angle(octets.getInt(8), 'E', 'W') + " "
                + fixed((octets.getInt(12) & 0xFFFF_FFFFL) - LOWEST, 2) + "m " + size(rdata[1]) + "m " + size(rdata[2])
                + "m " + size(rdata[3]) + "m";
    }

    private static String angle(int octets, char positive, char negative) {
        long angle = (octets & 0xFFFF_FFFFL) - MIDDLE;
        long seconds = Math.abs(angle) / 1_000;
        return seconds / 3_600 + " " + seconds / 60 % 60 + " "
                + fixed(seconds % 60 * 1_000 + Math.abs(angle) % 1_000, 3) + " " + (angle < 0 ? negative : positive);
    }

    private static String size(byte octet) {
        long size = octet >> 4 & 0xF;
        for (int exponent = octet & 0xF; exponent > 0; exponent--) {
            size *= 10;
        }
        return size < 100 ? fixed(size, 2) : String.valueOf(size / 100);
    }

    private static String fixed(long value, int decimals) {
        long unit = decimals == 3 ? 1_000 : 100;
        return (value < 0 ? "-" : "")
                + Math.abs(value) / unit
                + String.format(Locale.ROOT, ".%0" + decimals + "d", Math.abs(value) % unit);
    }
}
