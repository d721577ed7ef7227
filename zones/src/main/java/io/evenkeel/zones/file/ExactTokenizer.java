package io.evenkeel.zones.file;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.utils.base32;

/**
 * Reads base64 and base32 exactly (RFC 4648 §3.3, §3.5). dnsjava takes characters of no alphabet for bits, and reads nothing behind padding, and so
 * makes octets that nobody wrote.
 */
final class ExactTokenizer extends Tokenizer {
    /** @param text in ASCII */
    ExactTokenizer(String text) {
        this(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    ExactTokenizer(byte[] octets) {
        super(new BufferedInputStream(new ByteArrayInputStream(octets), Math.max(1, octets.length)));
    }

    @Override
    public byte @Nullable [] getBase64(boolean required) throws IOException {
        StringBuilder text = new StringBuilder();
        Token token = get();
        boolean any = token.isString();
        for (; token.isString(); token = get()) {
            text.append(token.value());
        }
        unget();
        if (!any && required) {
            throw exception("expected base64 encoded string");
        }
        if (!any) {
            return null;
        }
        return base64(this, text.toString());
    }

    /** Octets of one word. */
    static byte[] base64(Tokenizer at, String text) throws IOException {
        byte[] octets;
        try {
            octets = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException otherCharacters) {
            throw at.exception("invalid base64 encoding");
        }
        if (text.isEmpty() || !Base64.getEncoder().encodeToString(octets).equals(text)) {
            throw at.exception("invalid base64 encoding");
        }
        return octets;
    }

    @Override
    public byte[] getBase32String(base32 alphabet) throws IOException {
        String text = getIdentifier();
        byte[] octets = alphabet.fromString(text);
        if (octets == null || !alphabet.toString(octets).equalsIgnoreCase(text)) {
            throw exception("invalid base32 encoding");
        }
        return octets;
    }
}
