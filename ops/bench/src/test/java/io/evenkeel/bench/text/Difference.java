package io.evenkeel.bench.text;

import io.evenkeel.bench.text.TextReader.Reading;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text of a record that another reader takes otherwise than this server.
 *
 * @param word what the other one does, as {@code differences.txt} says it
 * @param said by whoever refuses it
 * @param octets of both
 */
record Difference(TextReader other, String type, String text, String word, String said, String octets) {
    private static final int SHOWN = 400;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /** Null if there is none. */
    static @Nullable Difference between(Reading ours, TextReader other, Reading theirs, String type, String text) {
        if (isSame(other, ours, theirs)) {
            return null;
        }
        String word = theirs.octets() == null ? "refused" : ours.octets() == null ? "taken" : "octets";
        return new Difference(
                other, type, text, word, ours.said() + theirs.said(), hex(ours) + " here, " + hex(theirs) + " there");
    }

    private static boolean isSame(TextReader other, Reading ours, Reading theirs) {
        if (other == TextReader.NSD && ours.octets() != null && theirs.octets() != null) {
            return latin1(ours).equalsIgnoreCase(latin1(theirs));
        }
        return Arrays.equals(ours.octets(), theirs.octets());
    }

    private static String latin1(Reading reading) {
        return new String(Objects.requireNonNull(reading.octets()), StandardCharsets.ISO_8859_1);
    }

    private static String hex(Reading reading) {
        return reading.octets() == null ? "refused" : HexFormat.of().formatHex(reading.octets());
    }

    /** The same for all that differ in nothing but what is quoted, numbers and addresses of memory. */
    String kind() {
        return "%s | %s | %s | %s"
                .formatted(
                        other.text(),
                        type,
                        word,
                        said.replaceAll("'[^']*'", "'...'")
                                .replaceAll("0x[0-9a-f]+", "N")
                                .replaceAll("[0-9]+", "N"));
    }

    /** On one line, of printable characters. */
    @Override
    public String toString() {
        String line = printable("%s | %s | %s | %s <- %s : %s".formatted(other.text(), type, word, said, text, octets));
        return line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line;
    }

    static String printable(String text) {
        return CONTROL.matcher(text)
                .replaceAll(match -> "\\\\x%02x".formatted((int) match.group().charAt(0)));
    }
}
