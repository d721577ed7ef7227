package io.evenkeel.zones.file;

import io.evenkeel.zones.check.Fault;
import io.evenkeel.zones.check.RdataRules;
import io.evenkeel.zones.store.RecordTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Records from text: RDATA as {@code RdataText} or else dnsjava reads it, and judged. Pure functions. */
public final class RecordReader {
    private RecordReader() {}

    /** The number of a type, by its mnemonic in any case or as TYPE65280 (RFC 3597 §5); -1 if it is neither. */
    public static int type(String text) {
        return RecordTypes.value(text);
    }

    /** A TTL as seconds, or as numbers with units as BIND has them; may be above {@link TTL#MAX_VALUE}. */
    static long ttl(String word) throws BadEntryException {
        try {
            return TTL.parse(word, false);
        } catch (NumberFormatException notANumber) {
            throw new BadEntryException("'" + word + "' is not a TTL", "RFC 1035 §5.1");
        }
    }

    /**
     * The record of class IN that a text is the RDATA of, to its end. Names in it are absolute; characters beyond ASCII become octets by
     * UTF-8, once.
     *
     * @throws TextParseException if the RDATA is malformed, saying what is wrong
     * @throws IOException the same, as dnsjava answers some texts
     */
    public static Record read(Name owner, int type, long ttlSeconds, String rdata) throws IOException {
        return read(owner, type, ttlSeconds, tokenizer(rdata), null);
    }

    /**
     * As {@link #read(Name, int, long, String)}, but strings of a text (TXT, SPF) may be of any length: they are cut into such of at most 255
     * octets.
     */
    public static Record readUncut(Name owner, int type, long ttlSeconds, String rdata) throws IOException {
        return type == Type.TXT || type == Type.SPF
                ? judged(owner, type, ttlSeconds, RdataText.cutStrings(tokenizer(rdata)))
                : read(owner, type, ttlSeconds, rdata);
    }

    private static ExactTokenizer tokenizer(String rdata) throws TextParseException {
        String ascii = EntryReader.escaped(rdata, StandardCharsets.UTF_8);
        if (ascii == null) {
            throw new TextParseException("has half of a surrogate pair, which is no character");
        }
        return new ExactTokenizer(ascii);
    }

    /**
     * The record of class IN whose RDATA comes next.
     *
     * @param rdata in which each character is one octet
     * @param origin of relative names; null: there must be none
     * @throws TextParseException if the RDATA is malformed
     */
    static Record read(Name owner, int type, long ttlSeconds, ExactTokenizer rdata, @Nullable Name origin)
            throws IOException {
        byte[] octets = RdataText.read(type, rdata, origin);
        if (octets == null) {
            Record record = dnsjava(owner, type, ttlSeconds, rdata, origin);
            require(RdataRules.fault(record));
            return record;
        }
        return judged(owner, type, ttlSeconds, octets);
    }

    private static Record judged(Name owner, int type, long ttlSeconds, byte[] octets) throws BadEntryException {
        require(RdataRules.fault(type, octets));
        return Record.newRecord(owner, type, DClass.IN, ttlSeconds, octets.length, octets);
    }

    private static void require(@Nullable Fault fault) throws BadEntryException {
        if (fault != null) {
            throw new BadEntryException(fault);
        }
    }

    private static Record dnsjava(Name owner, int type, long ttlSeconds, ExactTokenizer rdata, @Nullable Name origin)
            throws IOException {
        try {
            return Record.fromString(owner, type, DClass.IN, ttlSeconds, rdata, origin);
        } catch (TextParseException bad) {
            if (String.valueOf(bad.getMessage()).endsWith("invalid unknown RR encoding")) {
                throw new TextParseException("is read in the form of unknown types only: \\# LENGTH HEX");
            }
            throw bad;
        }
    }
}
