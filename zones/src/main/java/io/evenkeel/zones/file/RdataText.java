package io.evenkeel.zones.file;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;
import org.xbill.DNS.WKSRecord;

/**
 * RDATA from text: the form of unknown types (RFC 3597 §5), types that dnsjava reads in that form only, and those of whose text it makes
 * other octets than are meant, or refuses what is right. Pure functions.
 */
final class RdataText {
    private static final Pattern LOCATOR = Pattern.compile("[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}");

    private RdataText() {}

    /**
     * The RDATA that comes next, to the end of the entry.
     *
     * @return in wire form; null if the type is not one of these, and then nothing was taken
     */
    static byte @Nullable [] read(int type, Tokenizer text, @Nullable Name origin) throws IOException {
        if (isUnknownForm(text)) {
            return unknown(text);
        }
        DNSOutput rdata = new DNSOutput();
        switch (type) {
            case Type.DS, Type.CDS, Type.DLV -> { // RFC 4034 §5.3
                rdata.writeU16(text.getUInt16());
                rdata.writeU8(algorithm(text));
                rdata.writeU8(text.getUInt8());
                rdata.writeByteArray(text.getHex(true));
            }
            case Type.CAA -> { // RFC 8659 §4.1.1
                rdata.writeU8(text.getUInt8());
                byte[] tag = CharacterString.octets(text.getString());
                if (tag.length > CharacterString.MOST) {
                    throw new TextParseException(
                            "the tag has " + tag.length + " octets, not at most " + CharacterString.MOST);
                }
                rdata.writeCountedString(tag);
                rdata.writeByteArray(CharacterString.octets(text.getString()));
            }
            case Type.URI -> { // RFC 7553 §4.4
                rdata.writeU16(text.getUInt16());
                rdata.writeU16(text.getUInt16());
                rdata.writeByteArray(CharacterString.octets(text.getString()));
            }
            case Type.WKS -> services(text, rdata);
            case Type.LOC -> LocationText.read(text, rdata);
            case Type.SVCB, Type.HTTPS -> ServiceText.read(text, origin, rdata);
            case Type.EUI48 -> octets(6, text, rdata); // RFC 7043 §3.2
            case Type.EUI64 -> octets(8, text, rdata); // RFC 7043 §4.2
            case Type.NID, Type.L64 -> { // RFC 6742 §2.1.2, §2.3.2
                rdata.writeU16(text.getUInt16());
                locator(text, rdata);
            }
            case Type.L32 -> { // RFC 6742 §2.2.2
                rdata.writeU16(text.getUInt16());
                rdata.writeByteArray(text.getAddressBytes(Address.IPv4));
            }
            case Type.LP -> { // RFC 6742 §2.4.2
                rdata.writeU16(text.getUInt16());
                text.getName(origin).toWire(rdata, null);
            }
            case Type.TALINK -> {
                text.getName(origin).toWire(rdata, null);
                text.getName(origin).toWire(rdata, null);
            }
            case Type.CSYNC -> { // RFC 7477 §2.1.2
                rdata.writeU32(text.getUInt32());
                rdata.writeU16(text.getUInt16());
                types(text, rdata);
            }
            case Type.AMTRELAY -> amtRelay(text, origin, rdata);
            case Type.AVC, Type.NINFO -> { // of the form of TXT, as which it is read to its end
                return Record.fromString(Name.root, Type.TXT, DClass.IN, 0, text, origin)
                        .rdataToWireCanonical();
            }
            default -> {
                return null;
            }
        }
        text.getEOL();
        return rdata.toByteArray();
    }

    private static void octets(int count, Tokenizer text, DNSOutput rdata) throws IOException {
        String word = text.getString();
        try {
            byte[] octets = HexFormat.ofDelimiter("-").parseHex(word);
            if (octets.length == count) {
                rdata.writeByteArray(octets);
                return;
            }
        } catch (IllegalArgumentException noPairs) {
            // The same message as for too few or too many of them.
        }
        throw new TextParseException(
                "'" + word + "' is not " + count + " pairs of hexadecimal digits with '-' between");
    }

    private static void locator(Tokenizer text, DNSOutput rdata) throws IOException {
        String word = text.getString();
        if (!LOCATOR.matcher(word).matches()) {
            throw new TextParseException("'" + word + "' is not 64 bits as four hexadecimal numbers with ':' between");
        }
        for (String part : word.split(":", -1)) {
            rdata.writeU16(Integer.parseInt(part, 16));
        }
    }

    /** The types to the end of the entry as a bitmap; there may be none. */
    private static void types(Tokenizer text, DNSOutput rdata) throws IOException {
        int[] types = new int[65_536];
        int count = 0;
        for (Tokenizer.Token token = text.get(); token.isString(); token = text.get()) {
            int type = Type.value(token.value());
            if (type < 0 || count == types.length) {
                throw new TextParseException("'" + token.value() + "' is not a record type");
            }
            types[count++] = type;
        }
        text.unget();
        byte[] denial =
                new NSECRecord(Name.root, DClass.IN, 0, Name.root, Arrays.copyOf(types, count)).rdataToWireCanonical();
        rdata.writeByteArray(denial, 1, denial.length - 1); // without its name, the root
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

    /** RFC 1035 §3.4.2: a bit for each port; the text has them in any order. */
    private static void services(Tokenizer text, DNSOutput rdata) throws IOException {
        rdata.writeByteArray(text.getAddressBytes(Address.IPv4));
        String word = text.getString();
        int protocol = WKSRecord.Protocol.value(word);
        if (protocol < 0) {
            throw new TextParseException("'" + word + "' is not a protocol of IP");
        }
        rdata.writeU8(protocol);
        BitSet ports = new BitSet();
        for (Tokenizer.Token token = text.get(); token.isString(); token = text.get()) {
            int port = WKSRecord.Service.value(token.value());
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
    private static int algorithm(Tokenizer text) throws IOException {
        String word = text.getString();
        int algorithm = DNSSEC.Algorithm.value(word);
        if (algorithm < 0) {
            throw new TextParseException("'" + word + "' is not an algorithm of DNSSEC");
        }
        return algorithm;
    }

    /** RFC 8777 §4.3.1: precedence, D bit, type of relay, relay. */
    private static void amtRelay(Tokenizer text, @Nullable Name origin, DNSOutput rdata) throws IOException {
        rdata.writeU8(text.getUInt8());
        int discoveryOptional = text.getUInt8();
        int type = text.getUInt8();
        if (discoveryOptional > 1 || type > 3) {
            throw new TextParseException("D is 0 or 1, and the type of the relay 0 to 3");
        }
        rdata.writeU8(discoveryOptional << 7 | type);
        switch (type) {
            case 1 -> rdata.writeByteArray(text.getAddressBytes(Address.IPv4));
            case 2 -> rdata.writeByteArray(text.getAddressBytes(Address.IPv6));
            case 3 -> text.getName(origin).toWire(rdata, null);
            default -> {
                if (!text.getString().equals(".")) {
                    throw new TextParseException("without a relay '.' stands for it");
                }
            }
        }
    }
}
