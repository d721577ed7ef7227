package io.evenkeel.ops.drill;

import io.evenkeel.ops.verb.Durations;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/**
 * The keys of one mapping of a scenario. What is wrong goes to a list, with file and line, and something usable comes back, so that
 * the whole file is looked at; a key that nobody asked for is wrong.
 */
final class Keys {
    private final Path file;
    private final List<String> problems;
    private final Map<String, Yaml> values;
    private final int line;
    private final String of;
    private final Set<String> asked = new HashSet<>();

    private Keys(Path file, List<String> problems, Yaml yaml, String of) {
        this.file = file;
        this.problems = problems;
        this.of = of;
        line = yaml.line();
        if (yaml instanceof Yaml.Mapping mapping) {
            values = mapping.values();
        } else {
            values = Map.of();
            problem(line, of + " wants keys and values");
        }
    }

    /** @param of of which it is a part, for messages: the scenario, or a group */
    static Keys of(Path file, List<String> problems, Yaml yaml, String of) {
        return new Keys(file, problems, yaml, of);
    }

    Keys below(Yaml yaml, String name) {
        return new Keys(file, problems, yaml, name);
    }

    void problem(int at, String what) {
        problems.add("%s:%d: %s".formatted(file, at, what));
    }

    /** At the value of a key, or where the mapping begins if there is none. */
    void problem(String key, String what) {
        Yaml value = values.get(key);
        problem(value == null ? line : value.line(), what);
    }

    /** After all keys were asked for: each other one is a problem. */
    void end() {
        values.forEach((key, value) -> {
            if (!asked.contains(key)) {
                problem(
                        value.line(),
                        "there is no key %s in %s; it has %s"
                                .formatted(key, of, asked.stream().sorted().collect(Collectors.joining(", "))));
            }
        });
    }

    boolean has(String key) {
        asked.add(key);
        return values.containsKey(key);
    }

    /** Of a mapping whose keys are names. */
    Map<String, Yaml> names() {
        return values;
    }

    @Nullable
    Yaml value(String key) {
        asked.add(key);
        return values.get(key);
    }

    @Nullable
    Yaml needed(String key) {
        Yaml value = value(key);
        if (value == null) {
            problem(line, of + " wants " + key);
        }
        return value;
    }

    /** The text of a scalar. */
    Optional<String> text(String key) {
        Yaml value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Yaml.Scalar scalar && !scalar.text().isBlank()) {
            return Optional.of(scalar.text());
        }
        problem(value.line(), key + " wants one value");
        return Optional.empty();
    }

    /** The texts of a scalar, or of a sequence of scalars. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (!(value(key) instanceof Yaml.Sequence sequence)) {
            text(key).ifPresent(texts::add);
            return texts;
        }
        for (Yaml each : sequence.values()) {
            if (each instanceof Yaml.Scalar scalar && !scalar.text().isBlank()) {
                texts.add(scalar.text());
            } else {
                problem(each.line(), key + " wants a list of single values");
            }
        }
        return texts;
    }

    /** A number within bounds; the usual one if the key is not there or wrong. */
    double number(String key, double least, double most, double usual) {
        return text(key).map(text -> number(key, text, "", least, most, usual)).orElse(usual);
    }

    /** As in {@code 99 %}, between 0 and 100, as a part of one. */
    double percent(String key, double most, double usual) {
        return text(key)
                .map(text -> number(key, text, "%", 0, most * 100, usual * 100) / 100)
                .orElse(usual);
    }

    /** As in {@code 64 MiB}, at most a tebibyte, in octets. */
    long size(String key) {
        return text(key)
                .map(text -> Math.round(number(key, text, "MiB", 1, 1 << 20, 1) * (1 << 20)))
                .orElse(0L);
    }

    /** As in {@code 500/s}. */
    double rate(String key, double most) {
        return text(key).map(text -> number(key, text, "/s", 0, most, 0)).orElse(0.0);
    }

    private double number(String key, String text, String unit, double least, double most, double usual) {
        try {
            if (text.endsWith(unit)) {
                double value = new BigDecimal(
                                text.substring(0, text.length() - unit.length()).strip())
                        .doubleValue();
                if (value >= least && value <= most) {
                    return value;
                }
            }
        } catch (NumberFormatException noNumber) {
            // falls through to the one message for all that is no number within the bounds
        }
        String space = unit.isEmpty() || unit.equals("/s") ? unit : " " + unit;
        problem(
                key,
                "%s wants a number from %s to %s, not %s"
                        .formatted(key, plain(least) + space, plain(most) + space, text));
        return usual;
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    /** As in {@code 500ms}; the usual one if the key is not there or wrong. */
    Duration time(String key, Duration least, Duration most, Duration usual) {
        return text(key)
                .map(text -> {
                    try {
                        Duration time = new Durations().convert(text);
                        if (time.compareTo(least) >= 0 && time.compareTo(most) <= 0) {
                            return time;
                        }
                        problem(
                                key,
                                "%s wants %s to %s, not %s"
                                        .formatted(key, Durations.text(least), Durations.text(most), text));
                    } catch (TypeConversionException noTime) {
                        problem(key, "%s %s".formatted(key, noTime.getMessage()));
                    }
                    return usual;
                })
                .orElse(usual);
    }

    /** One of some words; the usual one if the key is not there or wrong. */
    <T> T word(String key, T usual, List<T> all) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return usual;
        }
        for (T each : all) {
            if (each.toString().equals(text.get().toLowerCase(Locale.ROOT))) {
                return each;
            }
        }
        problem(
                key,
                "%s wants one of %s, not %s"
                        .formatted(
                                key, all.stream().map(Object::toString).collect(Collectors.joining(", ")), text.get()));
        return usual;
    }
}
