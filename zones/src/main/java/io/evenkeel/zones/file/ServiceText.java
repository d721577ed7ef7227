package io.evenkeel.zones.file;

import io.evenkeel.zones.check.ServiceParameters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;

/**
 * SVCB and HTTPS records and their text (RFC 9460 §2.1, appendix A). A value is a character string first; a list within it has escapes of
 * its own for commas and backslashes. Whether parameters belong together, {@code RdataRules} says. Pure functions.
 */
final class ServiceText {
    private static final String NUMBERED = "key(0|[1-9][0-9]{0,4})";

    private ServiceText() {}

    /** Its RDATA, to the end of the entry, which stays to be read. */
    static void read(Tokenizer text, @Nullable Name origin, DNSOutput rdata) throws IOException {
        rdata.writeU16(text.getUInt16());
        text.getName(origin).toWire(rdata, null);
        SortedMap<Integer, byte[]> parameters = new TreeMap<>();
        for (Tokenizer.Token token = text.get(); token.isString(); token = text.get()) {
            String word = token.value();
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            int known = ServiceParameters.key(name);
            int key = known < 0 ? numbered(name) : known;
            if (token.type() != Tokenizer.IDENTIFIER || key < 0) {
                throw new TextParseException("'" + word + "' does not begin with the key of a parameter");
            }
            String value = equals < 0 ? null : word.substring(equals + 1);
            if (value != null && value.isEmpty()) {
                value = quoted(text);
            }
            byte[] octets = value(known, name, value == null ? new byte[0] : CharacterString.octets(value));
            if (parameters.putIfAbsent(key, octets) != null) {
                throw new TextParseException("the key " + name + " is there twice");
            }
        }
        text.unget();
        for (Map.Entry<Integer, byte[]> parameter : parameters.entrySet()) {
            rdata.writeU16(parameter.getKey());
            rdata.writeU16(parameter.getValue().length);
            rdata.writeByteArray(parameter.getValue());
        }
    }

    private static int numbered(String name) {
        int key = name.matches(NUMBERED) ? Integer.parseInt(name.substring(3)) : -1;
        return key > 0xFFFF ? -1 : key;
    }

    /** What stands in quotes right behind; nothing if there is a blank, or the end. */
    private static String quoted(Tokenizer text) throws IOException {
        Tokenizer.Token next = text.get(true, false);
        if (next.type() == Tokenizer.QUOTED_STRING) {
            return next.value();
        }
        text.unget();
        return "";
    }

    /** @param known the number of the key; -1 if its value is octets and no more */
    private static byte[] value(int known, String name, byte[] octets) throws IOException {
        DNSOutput value = new DNSOutput();
        switch (known) {
            case ServiceParameters.MANDATORY -> {
                TreeSet<Integer> keys = new TreeSet<>(); // RFC 9460 §8: in order, whatever order the text has
                for (String word : words(octets)) {
                    int key = Math.max(ServiceParameters.key(word), numbered(word));
                    if (key < 0 || !keys.add(key)) {
                        throw new TextParseException(
                                "mandatory: '" + word + "' is there twice, or is not the key of a parameter");
                    }
                }
                keys.forEach(value::writeU16);
            }
            case ServiceParameters.ALPN -> {
                for (byte[] protocol : items(octets)) {
                    if (protocol.length == 0 || protocol.length > 255) {
                        throw new TextParseException(
                                "alpn has a protocol of " + protocol.length + " octets; possible: 1 to 255");
                    }
                    value.writeCountedString(protocol);
                }
            }
            case ServiceParameters.PORT -> {
                String port = latin1(octets);
                if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 0xFFFF) {
                    throw new TextParseException("port '" + port + "' is not a number from 0 to 65535");
                }
                value.writeU16(Integer.parseInt(port));
            }
            case ServiceParameters.IPV4HINT -> addresses(name, octets, Address.IPv4, value);
            case ServiceParameters.IPV6HINT -> addresses(name, octets, Address.IPv6, value);
            case ServiceParameters.ECH -> {
                try {
                    value.writeByteArray(Base64.getDecoder().decode(octets));
                } catch (IllegalArgumentException bad) {
                    throw new TextParseException("ech is not in base64: " + bad.getMessage());
                }
            }
            default -> value.writeByteArray(octets);
        }
        return value.toByteArray();
    }

    private static void addresses(String name, byte[] octets, int family, DNSOutput value) throws IOException {
        for (String word : words(octets)) {
            byte[] address = Address.toByteArray(word, family);
            if (address == null) {
                throw new TextParseException(name + ": '" + word + "' is not an address of its kind");
            }
            value.writeByteArray(address);
        }
    }

    /** Of a list that has no escapes. */
    private static String[] words(byte[] octets) {
        return latin1(octets).split(",", -1);
    }

    private static String latin1(byte[] octets) {
        return new String(octets, StandardCharsets.ISO_8859_1);
    }

    /** RFC 9460 §A.1: a backslash stands before a comma or backslash that is part of an item. */
    private static List<byte[]> items(byte[] octets) throws TextParseException {
        List<byte[]> items = new ArrayList<>();
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        for (int i = 0; i < octets.length; i++) {
            if (octets[i] == ',') {
                items.add(item.toByteArray());
                item.reset();
                continue;
            }
            if (octets[i] == '\\' && (++i == octets.length || (octets[i] != ',' && octets[i] != '\\'))) {
                throw new TextParseException(
                        "in a list, a backslash stands before a comma or another backslash only (RFC 9460 §A.1)");
            }
            item.write(octets[i]);
        }
        items.add(item.toByteArray());
        return items;
    }

    /** Of RDATA that is none but such. */
    static String write(Name target, byte[] rdata) {
        StringBuilder text =
                new StringBuilder().append(u16(rdata, 0)).append(' ').append(target);
        int at = 2 + target.length();
        while (at < rdata.length) {
            int key = u16(rdata, at);
            int length = u16(rdata, at + 2);
            at += 4;
            text.append(' ').append(ServiceParameters.name(key));
            if (length > 0) {
                byte[] value = written(key, Arrays.copyOfRange(rdata, at, at + length));
                text.append('=');
                if (isPlain(value)) {
                    text.append(latin1(value));
                } else {
                    CharacterString.quote(value, 0, value.length, text);
                }
            }
            at += length;
        }
        return text.toString();
    }

    /** A value as a character string has it, before the escapes of that. */
    private static byte[] written(int key, byte[] value) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        switch (key) {
            case ServiceParameters.MANDATORY -> {
                for (int at = 0; at < value.length; at += 2) {
                    text.writeBytes(((at == 0 ? "" : ",") + ServiceParameters.name(u16(value, at)))
                            .getBytes(StandardCharsets.US_ASCII));
                }
            }
            case ServiceParameters.ALPN -> {
                for (int at = 0; at < value.length; ) {
                    int end = at + 1 + (value[at] & 0xFF);
                    text.writeBytes(at == 0 ? new byte[0] : new byte[] {','});
                    for (int i = at + 1; i < end; i++) {
                        if (value[i] == ',' || value[i] == '\\') {
                            text.write('\\');
                        }
                        text.write(value[i]);
                    }
                    at = end;
                }
            }
            case ServiceParameters.PORT ->
                text.writeBytes(String.valueOf(u16(value, 0)).getBytes(StandardCharsets.US_ASCII));
            case ServiceParameters.IPV4HINT -> addresses(value, 4, text);
            case ServiceParameters.IPV6HINT -> addresses(value, 16, text);
            case ServiceParameters.ECH -> text.writeBytes(Base64.getEncoder().encode(value));
            default -> text.writeBytes(value);
        }
        return text.toByteArray();
    }

    private static void addresses(byte[] value, int octets, ByteArrayOutputStream text) {
        for (int at = 0; at < value.length; at += octets) {
            String written = octets == 4
                    ? (value[at] & 0xFF) + "." + (value[at + 1] & 0xFF) + "." + (value[at + 2] & 0xFF) + "."
                            + (value[at + 3] & 0xFF)
                    : RecordWriter.ipv6(Arrays.copyOfRange(value, at, at + octets));
            text.writeBytes(((at == 0 ? "" : ",") + written).getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Whether it needs no quotes, whoever reads it. */
    private static boolean isPlain(byte[] value) {
        for (byte octet : value) {
            if (octet <= ' ' || octet > '~' || "\"\\();".indexOf(octet) >= 0) {
                return false;
            }
        }
        return true;
    }

    private static int u16(byte[] octets, int at) {
        return (octets[at] & 0xFF) << 8 | (octets[at + 1] & 0xFF);
    }
}
