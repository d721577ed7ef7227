package io.evenkeel.server.admin;

import io.evenkeel.zones.file.TypedName;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Zone ids as PowerDNS makes them: the name with its last dot; what an address cannot hold is {@code =XX}. */
final class ZoneIds {
    private static final Pattern ESCAPE = Pattern.compile("=([0-9A-Fa-f]{2})");

    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    private ZoneIds() {}

    static String of(Name apex) {
        if (apex.equals(Name.root)) {
            return "=2E";
        }
        StringBuilder id = new StringBuilder();
        for (byte octet : apex.toString().getBytes(StandardCharsets.ISO_8859_1)) {
            char c = (char) (octet & 0xFF);
            if (PLAIN.indexOf(c) >= 0) {
                id.append(c);
            } else {
                id.append('=').append("%02X".formatted((int) c));
            }
        }
        return id.toString();
    }

    /** With or without the last dot. */
    static Name parse(String id) throws ApiException {
        try {
            TypedName.requireAscii(id);
            // An octet beyond ASCII is that of a label, all others are characters of the name's text.
            String name = ESCAPE.matcher(id).replaceAll(match -> {
                int octet = Integer.parseInt(match.group(1), 16);
                return Matcher.quoteReplacement(octet < 0x80 ? Character.toString((char) octet) : "\\" + octet);
            });
            return Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            throw new ApiException(422, "'" + id + "' is not the id of a zone: " + e.getMessage());
        }
    }

    /** A name that must end with its dot, as PowerDNS wants names in bodies. */
    static Name canonical(String text) throws TextParseException {
        TypedName.requireAscii(text);
        Name name = Name.fromString(text);
        if (!name.isAbsolute()) {
            throw new TextParseException("DNS Name '" + text + "' is not canonical: it does not end with a dot");
        }
        return name;
    }
}
