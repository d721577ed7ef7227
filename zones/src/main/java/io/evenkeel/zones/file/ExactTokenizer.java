package io.evenkeel.zones.file;

import io.evenkeel.zones.store.RecordTypes;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base16;
import org.xbill.DNS.utils.base32;

/**
 * Reads base64 and base32 exactly (RFC 4648 §3.3, §3.5). dnsjava takes characters of no alphabet for bits, and reads nothing behind padding, and so
 * makes octets that nobody wrote. Quotes are of character-strings alone (RFC 1035 §5.1): around anything else BIND refuses them, and so does this.
 * A number that may be a mnemonic has no sign, as other numbers have none.
 */
final class ExactTokenizer extends Tokenizer {
    /** With character-strings, or values that stand in quotes as these do. */
    private static final Set<Integer> QUOTED = Set.of(
            Type.TXT,
            Type.SPF,
            Type.HINFO,
            Type.ISDN,
            Type.X25,
            Type.GPOS,
            Type.NAPTR,
            Type.CAA,
            Type.URI,
            Type.SVCB,
            Type.HTTPS,
            Type.AVC,
            Type.NINFO,
            Type.DOA,
            RecordTypes.RESINFO,
            RecordTypes.WALLET);

    /** With numbers that may be mnemonics, for which dnsjava takes a sign. */
    private static final Set<Integer> WITH_MNEMONICS = Set.of(
            Type.KEY,
            Type.DNSKEY,
            Type.CDNSKEY,
            Type.RKEY,
            Type.CERT,
            Type.RRSIG,
            Type.DS,
            Type.CDS,
            Type.DLV,
            Type.TA,
            Type.WKS);

    private static final Pattern SIGNED = Pattern.compile("[-+][0-9]+");
    private static final Pattern SIGNED_PREFIX = Pattern.compile("!?[-+].*|.*/[-+].*");

    private boolean takesQuotes = true;
    private boolean takesSigns = true;
    private boolean isPrefixes;

    /** @param text in ASCII */
    ExactTokenizer(String text) {
        this(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    ExactTokenizer(byte[] octets) {
        super(new BufferedInputStream(new ByteArrayInputStream(octets), Math.max(1, octets.length)));
    }

    /** What comes next is RDATA of that type. */
    void readsRdata(int type) {
        takesQuotes = QUOTED.contains(type);
        takesSigns = !WITH_MNEMONICS.contains(type);
        isPrefixes = type == Type.APL;
    }

    @Override
    public Token get(boolean wantWhitespace, boolean wantComment) throws IOException {
        Token token = super.get(wantWhitespace, wantComment);
        if (token.type() == QUOTED_STRING && !takesQuotes) {
            throw exception("this type has no character-strings, so nothing of it stands in quotes");
        }
        if (isPrefixes
                && token.isString()
                && SIGNED_PREFIX.matcher(token.value()).matches()) {
            throw signed(token.value());
        }
        return token;
    }

    @Override
    public String getString() throws IOException {
        return unsigned(super.getString());
    }

    @Override
    public String getIdentifier() throws IOException {
        return unsigned(super.getIdentifier());
    }

    private String unsigned(String word) throws IOException {
        if (!takesSigns && SIGNED.matcher(word).matches()) {
            throw signed(word);
        }
        return word;
    }

    private TextParseException signed(String word) {
        return exception("'" + word + "' has a sign, and numbers of records have none");
    }

    @Override
    public byte @Nullable [] getBase64(boolean required) throws IOException {
        String text = words("base64", required);
        return text == null ? null : base64(this, text);
    }

    @Override
    public byte @Nullable [] getHex(boolean required) throws IOException {
        String text = words("hex", required);
        byte[] octets = text == null ? null : base16.fromString(text);
        if (text != null && octets == null) {
            throw exception("invalid hex encoding");
        }
        return octets;
    }

    /** All that come next, as one. */
    private @Nullable String words(String encoding, boolean required) throws IOException {
        StringBuilder text = new StringBuilder();
        Token token = get();
        boolean any = token.isString();
        for (; token.isString(); token = get()) {
            if (token.type() == QUOTED_STRING) {
                throw exception(encoding + " stands without quotes");
            }
            text.append(token.value());
        }
        unget();
        if (!any && required) {
            throw exception("expected " + encoding + " encoded string");
        }
        return any ? text.toString() : null;
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
