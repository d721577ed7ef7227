package io.evenkeel.zones.file;

import java.io.ByteArrayOutputStream;
import org.xbill.DNS.TextParseException;

/** Between octets and a character string of a master file, with its escapes (RFC 1035 §5.1). Pure functions. */
final class CharacterString {
    /** Octets of one (RFC 1035 §3.3). */
    static final int MOST = 255;

    private CharacterString() {}

    /**
     * The octets of a token, however many.
     *
     * @param token as a tokenizer hands it over, without its quotes and with its escapes; each character is one octet
     */
    static byte[] octets(String token) throws TextParseException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream(token.length());
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c == '\\' && i + 1 < token.length()) {
                c = token.charAt(++i);
                if (c >= '0' && c <= '9') {
                    int end = Math.min(i + 3, token.length());
                    String digits = token.substring(i, end);
                    if (!digits.matches("[0-9]{3}") || Integer.parseInt(digits) > 255) {
                        throw new TextParseException("bad escape \\" + digits + ": three digits, at most 255");
                    }
                    c = (char) Integer.parseInt(digits);
                    i += 2;
                }
            }
            if (c > 0xFF) {
                throw new TextParseException("a character that is no octet");
            }
            octets.write(c);
        }
        return octets.toByteArray();
    }

    /** The same, if they are not too many for a string. */
    static byte[] short255(String token, String what) throws TextParseException {
        byte[] octets = octets(token);
        if (octets.length > MOST) {
            throw new TextParseException(what + " has " + octets.length + " octets, not at most " + MOST);
        }
        return octets;
    }

    /** In double quotes; what is no printable ASCII is {@code \DDD}. */
    static void quote(byte[] octets, int from, int to, StringBuilder text) {
        text.append('"');
        for (int i = from; i < to; i++) {
            int octet = octets[i] & 0xFF;
            if (octet < ' ' || octet > '~') {
                text.append('\\')
                        .append((char) ('0' + octet / 100))
                        .append((char) ('0' + octet / 10 % 10))
                        .append((char) ('0' + octet % 10));
            } else {
                if (octet == '"' || octet == '\\') {
                    text.append('\\');
                }
                text.append((char) octet);
            }
        }
        text.append('"');
    }

    /** As {@link #quoteAll}, but a string that is as long as it may be goes on in the same quotes with the next one. */
    static String quoteUncut(byte[] rdata) {
        StringBuilder text = new StringBuilder(rdata.length + 8);
        ByteArrayOutputStream uncut = new ByteArrayOutputStream(rdata.length);
        for (int at = 0; at < rdata.length; ) {
            int length = rdata[at] & 0xFF;
            int end = at + 1 + length;
            uncut.write(rdata, at + 1, length);
            // An empty one after it would not come back.
            boolean goesOn = length == MOST && end < rdata.length && rdata[end] != 0;
            if (!goesOn) {
                text.append(text.isEmpty() ? "" : " ");
                quote(uncut.toByteArray(), 0, uncut.size(), text);
                uncut.reset();
            }
            at = end;
        }
        return text.toString();
    }

    /** All strings of RDATA that is made of such, each with its length before it. */
    static String quoteAll(byte[] rdata) {
        StringBuilder text = new StringBuilder(rdata.length + 8);
        for (int at = 0; at < rdata.length; ) {
            int end = at + 1 + (rdata[at] & 0xFF);
            text.append(at == 0 ? "" : " ");
            quote(rdata, at + 1, end, text);
            at = end;
        }
        return text.toString();
    }
}
