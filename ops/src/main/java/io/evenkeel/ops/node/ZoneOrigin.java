package io.evenkeel.ops.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Which zone a master file is about: the owner of its SOA record, read against {@code $ORIGIN}; if that is relative to an
 * origin that the file does not name, the name of the file. Looks only as far as the SOA and judges nothing: that is the
 * server's.
 */
final class ZoneOrigin {
    private static final List<String> CLASSES = List.of("IN", "CH", "HS");
    private static final List<String> ENDINGS = List.of(".zone", ".db", ".dns", ".txt", ".hosts");

    /** What some editors put before a text in UTF-8, as Latin-1 reads it: no part of the text. */
    private static final String MARK = "\u00EF\u00BB\u00BF";

    private ZoneOrigin() {}

    /**
     * The zone that a master file is about; empty if nothing says it.
     *
     * @param fileName without folders; null if it says nothing of the zone, as that of a pipe
     */
    static Optional<Name> find(Path file, @Nullable String fileName) throws IOException {
        // Latin-1 reads any octets: names are looked at, nothing is judged.
        try (Reader text = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            return detect(text, fileName);
        }
    }

    /** @param fileName without folders; null if the text comes from no file */
    static Optional<Name> detect(Reader text, @Nullable String fileName) throws IOException {
        Optional<Name> byName = Optional.ofNullable(fileName).flatMap(ZoneOrigin::fromFileName);
        BufferedReader lines = new BufferedReader(text);
        Optional<Name> origin = Optional.empty();
        String owner = "@";
        for (int i = 0; i < ClientLimits.ORIGIN_LINES; i++) {
            String line = lines.readLine();
            if (line == null) {
                break;
            }
            if (i == 0 && line.startsWith(MARK)) {
                line = line.substring(MARK.length());
            }
            List<String> tokens = tokens(line);
            if (tokens.isEmpty()) {
                continue;
            }
            String first = tokens.getFirst();
            if (first.equalsIgnoreCase("$ORIGIN") && tokens.size() > 1) {
                origin = absolute(tokens.get(1), origin.or(() -> byName));
            } else if (!first.startsWith("$")) {
                boolean inherits = Character.isWhitespace(line.charAt(0));
                owner = inherits ? owner : first;
                if (isSoa(tokens, inherits ? 0 : 1)) {
                    return absolute(owner, origin.or(() -> byName));
                }
            }
        }
        return origin.or(() -> byName);
    }

    private static boolean isSoa(List<String> tokens, int from) {
        // owner [ttl] [class] type, the middle two in either order (RFC 1035 §5.1)
        return tokens.stream()
                .skip(from)
                .dropWhile(
                        token -> Character.isDigit(token.charAt(0)) || CLASSES.contains(token.toUpperCase(Locale.ROOT)))
                .findFirst()
                .filter(type -> type.equalsIgnoreCase("SOA"))
                .isPresent();
    }

    private static Optional<Name> absolute(String text, Optional<Name> origin) {
        try {
            if (text.equals("@")) {
                return origin;
            }
            Name name = Name.fromString(text, origin.orElse(null));
            return name.isAbsolute() ? Optional.of(name) : Optional.empty();
        } catch (TextParseException notAName) {
            return Optional.empty();
        }
    }

    private static Optional<Name> fromFileName(String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.startsWith("db.")) {
            name = name.substring(3);
        }
        for (String ending : ENDINGS) {
            if (name.endsWith(ending)) {
                name = name.substring(0, name.length() - ending.length());
                break;
            }
        }
        try {
            return name.isEmpty() || name.equals("-")
                    ? Optional.empty()
                    : Optional.of(Name.fromString(name, Name.root));
        } catch (TextParseException notAName) {
            return Optional.empty();
        }
    }

    /** Words outside of comments; quoted strings matter only after the SOA. */
    private static List<String> tokens(String line) {
        int comment = line.indexOf(';');
        String text = (comment < 0 ? line : line.substring(0, comment))
                .replace('(', ' ')
                .strip();
        return text.isEmpty() ? List.of() : List.of(text.split("\\s+", -1));
    }
}
