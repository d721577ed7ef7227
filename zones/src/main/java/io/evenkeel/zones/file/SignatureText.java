package io.evenkeel.zones.file;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;

/**
 * RRSIG records from their text (RFC 4034 §3.2). dnsjava makes the last day of a month of one that the month has not, knows no time beyond the year 2106,
 * and cuts a TTL or takes units for it. Pure functions.
 */
final class SignatureText {
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,10}");
    private static final Pattern DATE = Pattern.compile("(?!0000)[0-9]{14}");
    private static final DateTimeFormatter DATE_FORMAT =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withResolverStyle(ResolverStyle.STRICT);

    private static final long MAX_U32 = 0xFFFF_FFFFL;

    private SignatureText() {}

    /** Its RDATA, to the end of the entry, which stays to be read. */
    static void read(Tokenizer text, @Nullable Name origin, DNSOutput rdata) throws IOException {
        rdata.writeU16(FurtherText.type(text.getString()));
        rdata.writeU8(RdataText.algorithm(text));
        rdata.writeU8(text.getUInt8());
        rdata.writeU32(text.getUInt32());
        rdata.writeU32(time(text.getString()));
        rdata.writeU32(time(text.getString()));
        rdata.writeU16(text.getUInt16());
        text.getName(origin).toWire(rdata, null);
        rdata.writeByteArray(text.getBase64(true));
    }

    /** In seconds of a clock of 32 bits, which goes round (RFC 4034 §3.1.5). */
    private static long time(String word) throws TextParseException {
        if (SECONDS.matcher(word).matches() && Long.parseLong(word) <= MAX_U32) {
            return Long.parseLong(word);
        }
        if (DATE.matcher(word).matches()) {
            try {
                return LocalDateTime.parse(word, DATE_FORMAT).toEpochSecond(ZoneOffset.UTC) & MAX_U32;
            } catch (DateTimeException noSuchDay) {
                // The same message as for what is no date at all.
            }
        }
        throw new TextParseException(
                "'" + word + "' is not a time as YYYYMMDDHHmmSS, nor seconds since 1970 up to " + MAX_U32);
    }
}
