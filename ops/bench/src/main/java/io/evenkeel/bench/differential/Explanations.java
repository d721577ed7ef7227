package io.evenkeel.bench.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The differences that are meant, from {@code differences.txt}, which says how to read it. */
final class Explanations {
    private static final String FILE = "differences.txt";
    private static final int FIELDS = 6;

    /** One of them. */
    static final class Explanation {
        final int line;
        private final List<Pattern> fields;
        private final StringBuilder reason = new StringBuilder();
        private long used;

        private Explanation(int line, List<Pattern> fields) {
            this.line = line;
            this.fields = fields;
        }

        private boolean covers(DifferenceClass difference, String word) {
            return matches(0, difference.peer())
                    && matches(1, difference.kind())
                    && matches(2, difference.type())
                    && matches(3, difference.shape())
                    && matches(4, difference.traits())
                    && matches(5, word);
        }

        private boolean matches(int field, String text) {
            return fields.get(field).matcher(text).matches();
        }
    }

    private final List<Explanation> all = new ArrayList<>();

    static Explanations load() throws IOException {
        Explanations explanations = new Explanations();
        InputStream in = Explanations.class.getResourceAsStream(FILE);
        if (in == null) {
            throw new IOException(FILE + " is not beside this class");
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            explanations.read(reader.lines().toList());
        }
        return explanations;
    }

    private void read(List<String> lines) throws IOException {
        @Nullable Explanation last = null;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith(" ")) {
                if (last == null) {
                    throw new IOException("%s:%d: a reason of nothing".formatted(FILE, i + 1));
                }
                last.reason.append(last.reason.isEmpty() ? "" : " ").append(line.strip());
                continue;
            }
            String[] fields = line.split("\\|", -1);
            if (fields.length != FIELDS) {
                throw new IOException("%s:%d: %d fields instead of %d".formatted(FILE, i + 1, fields.length, FIELDS));
            }
            last = new Explanation(
                    i + 1, List.of(fields).stream().map(Explanations::anyOf).toList());
            all.add(last);
        }
        for (Explanation each : all) {
            if (each.reason.isEmpty()) {
                throw new IOException("%s:%d: no reason is given".formatted(FILE, each.line));
            }
        }
    }

    /** Words between blanks, each with {@code *} for any characters and, at its end, {@code !} for one that may be there. */
    private static Pattern anyOf(String field) {
        return Pattern.compile(List.of(field.strip().split("\\s+")).stream()
                .map(word -> word.endsWith("!") ? glob(word.substring(0, word.length() - 1)) + "!?" : glob(word))
                .collect(Collectors.joining("|")));
    }

    private static String glob(String word) {
        return Pattern.quote(word).replace("*", "\\E[^!]*\\Q");
    }

    /** Those that together explain each word of the difference; empty if one word is left. */
    Optional<Set<Explanation>> explain(DifferenceClass difference) {
        Set<Explanation> used = new LinkedHashSet<>();
        for (String word : difference.words()) {
            Optional<Explanation> explanation =
                    all.stream().filter(each -> each.covers(difference, word)).findFirst();
            if (explanation.isEmpty()) {
                return Optional.empty();
            }
            used.add(explanation.get());
        }
        used.forEach(each -> each.used++);
        return Optional.of(used);
    }

    /** Lines of those that have explained nothing. */
    List<Integer> unused() {
        return all.stream()
                .filter(each -> each.used == 0)
                .map(each -> each.line)
                .toList();
    }
}
