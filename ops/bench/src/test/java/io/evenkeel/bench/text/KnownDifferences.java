package io.evenkeel.bench.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** The differences that are meant, from {@code differences.txt}, which says how to read it. */
final class KnownDifferences {
    private static final String FILE = "differences.txt";
    private static final int FIELDS = 4;
    private static final String EXAMPLE = "    > ";

    /** Of control characters (U+2400 on), in examples. */
    private static final Pattern PICTURE = Pattern.compile("[\\u2400-\\u241F]");

    private final List<Entry> entries = new ArrayList<>();

    /** One of them. */
    record Entry(int line, Pattern reader, Pattern type, Pattern word, Pattern said, List<String> examples) {
        boolean isOf(TextReader other) {
            return reader.matcher(other.text()).matches();
        }

        boolean covers(Difference difference) {
            return isOf(difference.other())
                    && type.matcher(difference.type()).matches()
                    && word.matcher(difference.word()).matches()
                    && said.matcher(difference.said() + " <- " + difference.text())
                            .find();
        }
    }

    static KnownDifferences load() throws IOException {
        try (InputStream in = Objects.requireNonNull(KnownDifferences.class.getResourceAsStream(FILE), FILE)) {
            return new KnownDifferences(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
    }

    private KnownDifferences(List<String> lines) throws IOException {
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#") || line.startsWith(" ")) {
                continue;
            }
            String[] fields = line.split("\\|", FIELDS);
            List<String> below = new ArrayList<>();
            for (int j = i + 1; j < lines.size() && lines.get(j).startsWith(" "); j++) {
                below.add(lines.get(j));
            }
            List<String> examples = below.stream()
                    .filter(each -> each.startsWith(EXAMPLE))
                    .map(each -> octets(each.substring(EXAMPLE.length())))
                    .toList();
            if (fields.length != FIELDS || examples.isEmpty() || examples.size() == below.size()) {
                throw new IOException("%s:%d: not %d fields, their reason below, and a text of which they are true"
                        .formatted(FILE, i + 1, FIELDS));
            }
            entries.add(new Entry(
                    i + 1,
                    words(fields[0]),
                    words(fields[1]),
                    words(fields[2]),
                    Pattern.compile(fields[3].strip()),
                    examples));
        }
    }

    private static Pattern words(String field) {
        return Pattern.compile(field.strip().replaceAll("\\s+", "|").replace("*", ".*"));
    }

    private static String octets(String example) {
        return PICTURE.matcher(example)
                .replaceAll(picture -> String.valueOf((char) (picture.group().charAt(0) - '\u2400')));
    }

    List<Entry> entries() {
        return entries;
    }

    /** Those that are this difference. */
    List<Entry> covering(Difference difference) {
        return entries.stream().filter(entry -> entry.covers(difference)).toList();
    }
}
