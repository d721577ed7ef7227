package io.evenkeel.server.admin;

import io.evenkeel.zones.file.RecordReader;
import java.io.IOException;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/** RDATA as text, in the form that PowerDNS' clients compare with what they have sent. */
final class RecordText {
    private RecordText() {}

    static String content(Record record) {
        return record instanceof AAAARecord aaaa ? ipv6(aaaa.getAddress().getAddress()) : record.rdataToString();
    }

    /**
     * Reads one record. Names must be absolute: a dot that was forgotten would otherwise end up below some zone.
     *
     * @throws TextParseException saying what is wrong with the text
     */
    static Record parse(Name owner, int type, long ttlSeconds, String content) throws TextParseException {
        if (content.isBlank()) {
            throw new TextParseException("no content");
        }
        if ((type == Type.TXT || type == Type.SPF) && !content.startsWith("\"")) {
            throw new TextParseException("texts stand in double quotes");
        }
        refuseWhatATokenizerDrops(content);
        try {
            return RecordReader.read(owner, type, ttlSeconds, new Tokenizer(content), null);
        } catch (TextParseException e) {
            String message = String.valueOf(e.getMessage());
            // The tokenizer numbers the lines of its one-line text.
            throw new TextParseException(message.replaceFirst("^<none>:\\d+: ", ""));
        } catch (IOException | RuntimeException e) { // dnsjava answers some malformed RDATA with any of these
            throw new TextParseException(String.valueOf(e.getMessage()));
        }
    }

    /** Comments and further lines would vanish without a word. */
    private static void refuseWhatATokenizerDrops(String content) throws TextParseException {
        boolean quoted = false;
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == '\n' || c == '\r') {
                throw new TextParseException("a line break");
            } else if (!quoted && (c == ';' || c == '(' || c == ')')) {
                throw new TextParseException("'" + c + "' outside of quotes; write \\" + c);
            }
        }
    }

    /** RFC 5952 §4: the longest run of zero groups is cut out, the first of equals; lower case. */
    static String ipv6(byte[] address) {
        if (address.length == 4) {
            return "::ffff:" + (address[0] & 0xFF) + "." + (address[1] & 0xFF) + "." + (address[2] & 0xFF) + "."
                    + (address[3] & 0xFF);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (address[2 * i] & 0xFF) << 8 | (address[2 * i + 1] & 0xFF);
        }
        int from = -1;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int zeros = 0;
            while (i + zeros < 8 && groups[i + zeros] == 0) {
                zeros++;
            }
            if (zeros > length) {
                from = i;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == from) {
                text.append("::");
                i += length - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
