package io.evenkeel.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of the file, read key by key. A value that cannot be used is written down in the shared list and replaced by
 * its default, so that reading goes on and finds the rest.
 */
final class Section {
    private final Source source;
    private final String path;
    private final @Nullable JsonNode node;
    private final TreeSet<String> known = new TreeSet<>();

    /**
     * @param file as it is named in problems
     * @param yaml parses what stands in the environment for a list
     * @param environment overrides; null where none apply, as within a list
     */
    record Source(String file, ObjectMapper yaml, Map<String, String> environment, List<String> problems) {
        Source withoutOverrides() {
            return new Source(file, yaml, Map.of(), problems);
        }
    }

    /** @param path "" for the whole file */
    Section(Source source, String path, @Nullable JsonNode node) {
        this.source = source;
        this.path = path;
        if (node != null && !node.isObject()) {
            problem(path.isEmpty() ? "the file" : path, "must be a mapping of keys to values");
            this.node = null;
        } else {
            this.node = node;
        }
    }

    Section section(String key) {
        known.add(key);
        return new Section(source, path(key), child(key));
    }

    /** @param fallback null: the key is required */
    <T> T value(String key, @Nullable T fallback, T standIn, Function<String, T> parse) {
        T value = optional(key, parse, standIn);
        if (value != null) {
            return value;
        }
        if (fallback == null) {
            problem(path(key), "is missing");
            return standIn;
        }
        return fallback;
    }

    /** Like {@link #value}, null if absent. */
    <T> @Nullable T optional(String key, Function<String, T> parse, @Nullable T standIn) {
        known.add(key);
        String override = source.environment().get(variable(path(key)));
        String text;
        if (override != null) {
            text = override;
        } else {
            JsonNode child = child(key);
            if (child == null) {
                return null;
            }
            if (!child.isValueNode()) {
                problem(path(key), "must be a single value");
                return standIn;
            }
            text = child.asText();
        }
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            problem(where(key, override), String.valueOf(e.getMessage()));
            return standIn;
        }
    }

    /** A list of single values; in the environment separated by commas. */
    <T> List<T> values(String key, List<T> fallback, Function<String, T> parse) {
        known.add(key);
        String override = source.environment().get(variable(path(key)));
        List<String> texts = new ArrayList<>();
        if (override != null) {
            for (String part : override.split(",", -1)) {
                texts.add(part.strip());
            }
        } else {
            JsonNode child = child(key);
            if (child == null) {
                return fallback;
            }
            if (!child.isArray()) {
                problem(
                        path(key),
                        "must be a list, as in [" + (child.isValueNode() ? "\"" + child.asText() + "\"" : "") + "]");
                return fallback;
            }
            for (JsonNode element : child) {
                texts.add(element.isValueNode() ? element.asText() : element.toString());
            }
        }
        List<T> values = new ArrayList<>();
        boolean usable = true;
        for (String text : texts) {
            try {
                values.add(parse.apply(text));
            } catch (IllegalArgumentException e) {
                problem(where(key, override), String.valueOf(e.getMessage()));
                usable = false;
            }
        }
        return usable ? values : fallback;
    }

    /**
     * A list whose elements are single values or mappings; in the environment separated by commas, or as YAML where a mapping is among
     * them.
     */
    <T> List<T> entries(String key, List<T> fallback, Function<String, T> value, Function<Section, T> mapping) {
        String override = source.environment().get(variable(path(key)));
        JsonNode list = override == null ? child(key) : null;
        String mapped = override != null && override.indexOf('{') >= 0 ? override : null;
        if (mapped != null) {
            list = yaml(key, mapped);
        }
        if (list == null || !list.isArray()) {
            if (mapped != null) {
                if (list != null) {
                    problem(where(key, override), "must be a list of addresses and mappings");
                }
                known.add(key);
                return fallback;
            }
            return values(key, fallback, value);
        }
        known.add(key);
        List<T> entries = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            JsonNode element = list.get(i);
            String path = path(key) + "[" + i + "]";
            if (element.isObject()) {
                entries.add(mapping.apply(new Section(source.withoutOverrides(), path, element)));
                continue;
            }
            try {
                entries.add(value.apply(element.isValueNode() ? element.asText() : element.toString()));
            } catch (IllegalArgumentException e) {
                problem(where(key, override), String.valueOf(e.getMessage()));
            }
        }
        return entries.isEmpty() && !list.isEmpty() ? fallback : entries;
    }

    /** Null if it is none. */
    private @Nullable JsonNode yaml(String key, String override) {
        try {
            return source.yaml().readTree(override);
        } catch (JsonProcessingException e) {
            problem(where(key, override), "is not YAML: " + e.getOriginalMessage());
            return null;
        }
    }

    /** A list of mappings; in the environment as YAML. */
    List<Section> sections(String key) {
        known.add(key);
        JsonNode list = child(key);
        String override = source.environment().get(variable(path(key)));
        if (override != null) {
            list = yaml(key, override);
        }
        if (list == null || list.isNull()) {
            return List.of();
        }
        if (!list.isArray()) {
            problem(where(key, override), "must be a list of mappings");
            return List.of();
        }
        List<Section> sections = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            sections.add(new Section(source.withoutOverrides(), path(key) + "[" + i + "]", list.get(i)));
        }
        return sections;
    }

    /** Reports the keys that nobody asked for. Called when all have been. */
    void refuseOthers() {
        if (node != null) {
            node.fieldNames().forEachRemaining(name -> {
                if (!known.contains(name)) {
                    problem(path(name), "unknown key; allowed here: " + String.join(", ", known));
                }
            });
        }
        if (path.isEmpty()) {
            return;
        }
        String prefix = variable(path) + "_";
        TreeSet<String> variables = new TreeSet<>();
        known.forEach(key -> variables.add(variable(path(key))));
        for (String name : new TreeSet<>(source.environment().keySet())) {
            if (name.startsWith(prefix) && !variables.contains(name)) {
                problem(name + " (environment)", "unknown; allowed: " + String.join(", ", variables));
            }
        }
    }

    void problem(String where, String what) {
        source.problems().add(source.file() + ": " + where + ": " + what);
    }

    String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private String where(String key, @Nullable String override) {
        return override == null ? path(key) : path(key) + " (" + variable(path(key)) + " in the environment)";
    }

    private @Nullable JsonNode child(String key) {
        JsonNode child = node == null ? null : node.get(key);
        return child == null || child.isNull() ? null : child;
    }

    static String variable(String path) {
        return "EVENKEEL_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
