package io.evenkeel.zones.file;

import io.evenkeel.zones.store.RecordTypes;
import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * RDATA from text: the form of unknown types (RFC 3597 §5), types that dnsjava reads in that form only ({@code FurtherText}), and those
 * of whose text it makes other octets than are meant, or refuses what is right. Pure functions.
 */
final class RdataText {
    /** Of HIP, whose lengths have one octet and two. */
    private static final int MOST_TAG = 0xff;

    private static final int MOST_KEY = 0xffff;

    private RdataText() {}

    /**
     * The RDATA that comes next, to the end of the entry.
     *
     * @return in wire form; null if the type is not one of these, and then nothing was taken
     */
    static byte @Nullable [] read(int type, ExactTokenizer text, @Nullable Name origin) throws IOException {
        if (isUnknownForm(text)) {
            return unknown(text);
        }
        text.readsRdata(type);
        DNSOutput rdata = new DNSOutput();
        switch (type) {
            case Type.DS, Type.CDS, Type.DLV, Type.TA -> { // RFC 4034 §5.3
                rdata.writeU16(text.getUInt16());
                rdata.writeU8(algorithm(text));
                rdata.writeU8(text.getUInt8());
                rdata.writeByteArray(text.getHex(true));
            }
            case Type.CAA -> { // RFC 8659 §4.1.1
                rdata.writeU8(text.getUInt8());
                Tokenizer.Token tag = text.get();
                if (tag.type() == Tokenizer.QUOTED_STRING) {
                    throw new TextParseException("the tag stands without quotes");
                }
                text.unget();
                rdata.writeCountedString(CharacterString.short255(text.getString(), "the tag"));
                rdata.writeByteArray(CharacterString.octets(text.getString()));
            }
            case Type.URI -> { // RFC 7553 §4.4
                rdata.writeU16(text.getUInt16());
                rdata.writeU16(text.getUInt16());
                Tokenizer.Token target = text.get();
                if (target.type() != Tokenizer.QUOTED_STRING) {
                    throw new TextParseException("the target stands in double quotes");
                }
                rdata.writeByteArray(CharacterString.octets(target.value()));
            }
            case Type.RRSIG -> SignatureText.read(text, origin, rdata);
            case Type.HIP -> identity(text, origin, rdata);
            case Type.WKS -> services(text, rdata);
            case Type.LOC -> LocationText.read(text, rdata);
            case Type.SVCB, Type.HTTPS -> ServiceText.read(text, origin, rdata);
            case Type.AVC,
                    Type.NINFO,
                    RecordTypes.RESINFO,
                    RecordTypes.WALLET -> { // of the form of TXT, as which it is read to its end
                return Record.fromString(Name.root, Type.TXT, DClass.IN, 0, text, origin)
                        .rdataToWireCanonical();
            }
            default -> {
                if (!FurtherText.read(type, text, origin, rdata)) {
                    return null;
                }
            }
        }
        text.getEOL();
        return rdata.toByteArray();
    }

    /** Character-strings to the end of the text; what is longer than one of them may be goes on in the next. */
    static byte[] cutStrings(Tokenizer text) throws IOException {
        if (isUnknownForm(text)) {
            return unknown(text);
        }
        DNSOutput rdata = new DNSOutput();
        for (Tokenizer.Token token = text.get(); token.isString(); token = text.get()) {
            byte[] octets = CharacterString.octets(token.value());
            int at = 0;
            do {
                int length = Math.min(CharacterString.MOST, octets.length - at);
                rdata.writeU8(length);
                rdata.writeByteArray(octets, at, length);
                at += length;
            } while (at < octets.length);
        }
        return rdata.toByteArray();
    }

    /** Whether the mark of unknown types comes next; it is taken then. */
    private static boolean isUnknownForm(Tokenizer text) throws IOException {
        Tokenizer.Token first = text.get();
        boolean is = first.type() == Tokenizer.IDENTIFIER && first.value().equals("\\#");
        if (!is) {
            text.unget();
        }
        return is;
    }

    /** RFC 8005 §6. */
    private static void identity(Tokenizer text, @Nullable Name origin, DNSOutput rdata) throws IOException {
        int algorithm = text.getUInt8();
        byte[] tag = text.getHexString();
        byte[] key = ExactTokenizer.base64(text, text.getString());
        if (tag.length > MOST_TAG || key.length > MOST_KEY) {
            throw new TextParseException("a tag of %d octets and a key of %d, and %d and %d are the most"
                    .formatted(tag.length, key.length, MOST_TAG, MOST_KEY));
        }
        rdata.writeU8(tag.length);
        rdata.writeU8(algorithm);
        rdata.writeU16(key.length);
        rdata.writeByteArray(tag);
        rdata.writeByteArray(key);
        while (text.get().isString()) {
            text.unget();
            text.getName(origin).toWire(rdata, null);
        }
        text.unget();
    }

    /** RFC 1035 §3.4.2: a bit for each port; the text has them in any order. */
    private static void services(Tokenizer text, DNSOutput rdata) throws IOException {
        rdata.writeByteArray(text.getAddressBytes(Address.IPv4));
        String word = text.getString();
        int protocol = WellKnownServices.protocol(word);
        if (protocol < 0) {
            throw new TextParseException("'" + word + "' is not a protocol of IP");
        }
        rdata.writeU8(protocol);
        BitSet ports = new BitSet();
        for (Tokenizer.Token token = text.get(); token.isString(); token = text.get()) {
            int port = WellKnownServices.port(token.value());
            if (port < 0) {
                throw new TextParseException("'" + token.value() + "' is not a service of TCP or UDP");
            }
            ports.set(port);
        }
        text.unget();
        byte[] bits = new byte[(ports.length() + 7) / 8];
        ports.stream().forEach(port -> bits[port / 8] |= (byte) (0x80 >> port % 8));
        rdata.writeByteArray(bits);
    }

    private static byte[] unknown(Tokenizer text) throws IOException {
        int length = text.getUInt16();
        byte[] octets = text.getHex();
        int found = octets == null ? 0 : octets.length;
        if (found != length) {
            throw new TextParseException("the form \\# says " + length + " octets and has " + found);
        }
        text.getEOL();
        return octets == null ? new byte[0] : octets;
    }

    /** By number or by name (RFC 4034 §A.1). */
    static int algorithm(Tokenizer text) throws IOException {
        String word = text.getString();
        int algorithm = DNSSEC.Algorithm.value(word);
        if (algorithm < 0) {
            throw new TextParseException("'" + word + "' is not an algorithm of DNSSEC");
        }
        return algorithm;
    }
}
