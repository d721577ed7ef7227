package io.evenkeel.server.admin;

import io.evenkeel.zones.file.RecordReader;
import io.evenkeel.zones.file.TypedName;
import java.io.IOException;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Reads the content of a record, as PowerDNS' clients send it. */
final class RecordText {
    private RecordText() {}

    /**
     * Reads one record. Names must be absolute: a dot that was forgotten would otherwise end up below some zone.
     *
     * @throws TextParseException saying what is wrong with the text
     */
    static Record parse(Name owner, int type, long ttlSeconds, String content) throws TextParseException {
        if (content.isBlank() && type != Type.APL) { // RFC 3123 §4: zero or more items
            throw new TextParseException("no content");
        }
        if ((type == Type.TXT || type == Type.SPF) && !content.startsWith("\"") && !content.startsWith("\\#")) {
            throw new TextParseException("texts stand in double quotes");
        }
        refuseWhatIsReadOtherwise(content);
        try {
            return RecordReader.readUncut(owner, type, ttlSeconds, content);
        } catch (TextParseException e) {
            String message = String.valueOf(e.getMessage());
            // The tokenizer numbers the lines of its one-line text.
            throw new TextParseException(message.replaceFirst("^<none>:\\d+: ", ""));
        } catch (IOException | RuntimeException e) { // dnsjava answers some malformed RDATA with any of these
            throw new TextParseException(String.valueOf(e.getMessage()));
        }
    }

    /** Comments and further lines would vanish without a word, and a name would get octets that nobody asks for. */
    private static void refuseWhatIsReadOtherwise(String content) throws TextParseException {
        boolean quoted = false;
        int word = 0;
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            if (c == '\n' || c == '\r') {
                throw new TextParseException("a line break");
            } else if (!quoted && c >= 0x80) {
                refuseWord(content.substring(word).split("[ \t\"]", 2)[0]);
            } else if (c == '\\') {
                // Half of an escape stands for itself only if it is ASCII.
                i += i + 1 < content.length() && content.charAt(i + 1) < 0x80 ? 1 : 0;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ';' || c == '(' || c == ')')) {
                throw new TextParseException("'" + c + "' outside of quotes; write \\" + c);
            }
            word = c == ' ' || c == '\t' ? i + 1 : word;
        }
    }

    private static void refuseWord(String word) throws TextParseException {
        String name;
        try {
            name = "as a name it is '" + TypedName.toALabels(word) + "'";
        } catch (TextParseException e) {
            name = "as a name it is none: " + e.getMessage();
        }
        throw new TextParseException("'" + word + "' is not ASCII: " + name + "; as a text it stands in double quotes");
    }
}
