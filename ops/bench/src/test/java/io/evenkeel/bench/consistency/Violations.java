package io.evenkeel.bench.consistency;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The promises that a history breaks. One thread. */
final class Violations {
    /** Of each kind; the others are counted. */
    private static final int EXAMPLES = 10;

    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    private final List<Found> found = new ArrayList<>();

    /** What can be wrong. */
    enum Kind {
        ACKNOWLEDGED_CHANGE_LOST,
        REFUSED_CHANGE_VISIBLE,
        CHANGED_TWICE,
        HALF_CHANGED,
        SERIAL_WENT_BACK,
        OWN_CHANGE_UNSEEN,
        REPLICAS_DIFFER,
        FROM_NOWHERE,
        CONDITION_IGNORED,
        ORDER_REVERSED
    }

    /** @param lines of the history that show it */
    record Violation(Kind kind, String text, List<String> lines) {
        @Override
        public String toString() {
            return kind + ": " + text + "\n    " + String.join("\n    ", lines);
        }
    }

    /** A violation whose lines have not been fetched yet. */
    private record Found(Kind kind, String text, long[] lines) {}

    /** @param lines of the history that show it */
    void report(Kind kind, String text, long... lines) {
        if (counts.merge(kind, 1, Integer::sum) <= EXAMPLES) {
            found.add(new Found(kind, text, lines));
        }
    }

    /** How many there are of each kind that there is. */
    Map<Kind, Integer> counts() {
        return counts;
    }

    /** Some of each kind, with the lines of that history. */
    List<Violation> examples(Path file) throws IOException {
        Map<Long, String> wanted = new HashMap<>();
        found.forEach(violation -> LongStream.of(violation.lines()).forEach(line -> wanted.put(line, "")));
        if (!wanted.isEmpty()) {
            try (BufferedReader reader = Files.newBufferedReader(file)) {
                long number = 0;
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    long at = ++number;
                    String text = at + ": " + (line.length() > 1_000 ? line.substring(0, 1_000) + " ..." : line);
                    wanted.computeIfPresent(at, (_, _) -> text);
                }
            }
        }
        return found.stream()
                .map(violation -> new Violation(
                        violation.kind(),
                        violation.text(),
                        LongStream.of(violation.lines())
                                .sorted()
                                .distinct()
                                .mapToObj(line -> wanted.getOrDefault(line, ""))
                                .toList()))
                .toList();
    }
}
