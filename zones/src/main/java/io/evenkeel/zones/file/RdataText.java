package io.evenkeel.zones.file;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/** RDATA from text, of those types that dnsjava reads in the form of unknown types (RFC 3597) only. Pure functions. */
final class RdataText {
    private static final Pattern LOCATOR = Pattern.compile("[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}");

    private RdataText() {}

    /**
     * The RDATA that comes next, to the end of the entry.
     *
     * @return in wire form; null if the type is not one of these, and then nothing was taken
     */
    static byte @Nullable [] read(int type, Tokenizer text, @Nullable Name origin) throws IOException {
        DNSOutput rdata = new DNSOutput();
        switch (type) {
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
