package io.evenkeel.zones.file;

import io.evenkeel.zones.store.RecordTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/** RDATA of types that dnsjava knows as octets alone, from their text and to it. Pure functions. */
final class FurtherText {
    private static final Pattern LOCATOR = Pattern.compile("[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}");
    private static final HexFormat PAIRS = HexFormat.ofDelimiter("-");
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /** Of DSYNC, the only one that has a name (RFC 9859 §2.1). */
    private static final int NOTIFY = 1;

    private FurtherText() {}

    /**
     * Takes the RDATA that comes next; the end of the entry stays to be read.
     *
     * @return false if the type is not one of these, and then nothing was taken
     */
    static boolean read(int type, Tokenizer text, @Nullable Name origin, DNSOutput rdata) throws IOException {
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
            case Type.AMTRELAY -> relay(text, origin, rdata);
            case Type.EID, Type.NIMLOC -> rdata.writeByteArray(text.getHex(true));
            case Type.ATMA -> address(text, rdata);
            case Type.RKEY -> { // as KEY
                rdata.writeU16(text.getUInt16());
                rdata.writeU8(text.getUInt8());
                rdata.writeU8(RdataText.algorithm(text));
                rdata.writeByteArray(text.getBase64(true));
            }
            case Type.DOA -> {
                rdata.writeU32(text.getUInt32());
                rdata.writeU32(text.getUInt32());
                rdata.writeU8(text.getUInt8());
                rdata.writeCountedString(CharacterString.short255(text.getString(), "the media type"));
                data(text, rdata);
            }
            case RecordTypes.HHIT, RecordTypes.BRID -> rdata.writeByteArray(text.getBase64(true));
            case RecordTypes.DSYNC -> { // RFC 9859 §2.2
                rdata.writeU16(type(text.getString()));
                rdata.writeU8(scheme(text.getString()));
                rdata.writeU16(text.getUInt16());
                text.getName(origin).toWire(rdata, null);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /**
     * The text that {@link #read} takes.
     *
     * @param rdata of that type
     * @return null if the type is not one of these; empty if these octets have no text but that of unknown types
     */
    static @Nullable String write(int type, byte[] rdata) throws IOException {
        DNSInput in = new DNSInput(rdata);
        return switch (type) {
            case Type.EUI48, Type.EUI64 -> PAIRS.formatHex(rdata);
            case Type.NID, Type.L64 ->
                "%d %04x:%04x:%04x:%04x"
                        .formatted(in.readU16(), in.readU16(), in.readU16(), in.readU16(), in.readU16());
            case Type.L32 ->
                "%d %d.%d.%d.%d".formatted(in.readU16(), in.readU8(), in.readU8(), in.readU8(), in.readU8());
            case Type.LP -> in.readU16() + " " + new Name(in);
            case Type.TALINK -> new Name(in) + " " + new Name(in);
            case Type.CSYNC -> (in.readU32() + " " + in.readU16() + " " + types(in.readByteArray())).strip();
            case Type.AMTRELAY -> relay(in);
            case Type.EID, Type.NIMLOC -> HEX.formatHex(rdata);
            case Type.ATMA -> address(rdata);
            case Type.TA ->
                in.readU16() + " " + in.readU8() + " " + in.readU8() + " " + HEX.formatHex(in.readByteArray());
            case Type.RKEY -> in.readU16() + " " + in.readU8() + " " + in.readU8() + " " + base64(in.readByteArray());
            case Type.DOA -> {
                StringBuilder text = new StringBuilder();
                text.append(in.readU32()).append(' ').append(in.readU32()).append(' ');
                text.append(in.readU8()).append(' ');
                byte[] mediaType = in.readCountedString();
                CharacterString.quote(mediaType, 0, mediaType.length, text);
                byte[] data = in.readByteArray();
                yield text + " " + (data.length == 0 ? "-" : base64(data));
            }
            case RecordTypes.HHIT, RecordTypes.BRID -> base64(rdata);
            case RecordTypes.DSYNC -> {
                String of = Type.string(in.readU16());
                int scheme = in.readU8();
                yield of + " " + (scheme == NOTIFY ? "NOTIFY" : scheme) + " " + in.readU16() + " " + new Name(in);
            }
            default -> null;
        };
    }

    private static String base64(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }

    private static void octets(int count, Tokenizer text, DNSOutput rdata) throws IOException {
        String word = text.getString();
        try {
            byte[] octets = PAIRS.parseHex(word);
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

    /** By mnemonic or as TYPE65280. */
    static int type(String word) throws TextParseException {
        int type = RecordTypes.value(word);
        if (type < 0) {
            throw new TextParseException("'" + word + "' is not a record type");
        }
        return type;
    }

    private static int scheme(String word) throws TextParseException {
        if (word.equalsIgnoreCase("NOTIFY")) {
            return NOTIFY;
        }
        if (!word.matches("[0-9]{1,3}") || Integer.parseInt(word) > 255) {
            throw new TextParseException("the scheme '" + word + "' is not NOTIFY or a number from 0 to 255");
        }
        return Integer.parseInt(word);
    }

    /** The types to the end of the entry as a bitmap; there may be none. */
    private static void types(Tokenizer text, DNSOutput rdata) throws IOException {
        int[] types = new int[65_536];
        int count = 0;
        for (Tokenizer.Token token = text.get(); token.isString(); token = text.get()) {
            int type = type(token.value());
            if (count == types.length) {
                throw new TextParseException("more types than there are");
            }
            types[count++] = type;
        }
        text.unget();
        byte[] denial =
                new NSECRecord(Name.root, DClass.IN, 0, Name.root, Arrays.copyOf(types, count)).rdataToWireCanonical();
        rdata.writeByteArray(denial, 1, denial.length - 1); // without its name, the root
    }

    private static String types(byte[] bitmap) {
        byte[] denial = new byte[1 + bitmap.length]; // the root before it
        System.arraycopy(bitmap, 0, denial, 1, bitmap.length);
        StringBuilder text = new StringBuilder();
        if (Record.newRecord(Name.root, Type.NSEC, DClass.IN, 0, denial) instanceof NSECRecord record) {
            for (int type : record.getTypes()) {
                text.append(' ').append(Type.string(type));
            }
        }
        return text.toString().strip();
    }

    /** RFC 8777 §4.3.1: precedence, D bit, type of relay, relay. */
    private static void relay(Tokenizer text, @Nullable Name origin, DNSOutput rdata) throws IOException {
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

    private static String relay(DNSInput in) throws IOException {
        int precedence = in.readU8();
        int flags = in.readU8();
        String relay = switch (flags & 0x7F) {
            case 0 -> ".";
            case 1 -> "%d.%d.%d.%d".formatted(in.readU8(), in.readU8(), in.readU8(), in.readU8());
            case 2 -> RecordWriter.ipv6(in.readByteArray());
            default -> new Name(in).toString();
        };
        return precedence + " " + (flags >>> 7) + " " + (flags & 0x7F) + " " + relay;
    }

    /** Of ATM: a number as one dials it, or an end system address in hexadecimal with dots wherever they help to read it. */
    private static void address(Tokenizer text, DNSOutput rdata) throws IOException {
        String word = text.getString();
        if (word.matches("\\+[0-9]+")) {
            rdata.writeU8(1);
            rdata.writeByteArray(word.substring(1).getBytes(StandardCharsets.US_ASCII));
            return;
        }
        try {
            byte[] octets = HEX.parseHex(word.replace(".", ""));
            if (octets.length > 0) {
                rdata.writeU8(0);
                rdata.writeByteArray(octets);
                return;
            }
        } catch (IllegalArgumentException noPairs) {
            // The same message as for none.
        }
        throw new TextParseException("'" + word + "' is not '+' and digits, nor pairs of hexadecimal digits");
    }

    private static String address(byte[] rdata) {
        return switch (rdata[0]) {
            case 0 -> HEX.formatHex(rdata, 1, rdata.length);
            case 1 -> "+" + new String(rdata, 1, rdata.length - 1, StandardCharsets.US_ASCII);
            default -> "";
        };
    }

    /** Base64 to the end of the entry, or {@code -} for none. */
    private static void data(Tokenizer text, DNSOutput rdata) throws IOException {
        Tokenizer.Token first = text.get();
        if (first.isString() && first.value().equals("-")) {
            return;
        }
        text.unget();
        rdata.writeByteArray(text.getBase64(true));
    }
}
