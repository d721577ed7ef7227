package io.evenkeel.ops.drill;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a YAML file holds, each part with the line that it stands in. */
sealed interface Yaml {
    /** A scenario is written by hand; a longer file is some other file. */
    long MAX_FILE_BYTES = 1 << 20;

    /** Counted from 1. */
    int line();

    /** Keys and what they hold, in order. */
    record Mapping(int line, Map<String, Yaml> values) implements Yaml {}

    /** One after the other. */
    record Sequence(int line, List<Yaml> values) implements Yaml {}

    /** As it is written. */
    record Scalar(int line, String text) implements Yaml {}

    /**
     * Reads a file.
     *
     * @param problems gets what is wrong with its form, with file and line, beside what can be read
     */
    static Yaml read(Path file, List<String> problems) throws CommandFailure, IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "%s is larger than 1 MiB, the most that a scenario may be".formatted(file));
        }
        try (JsonParser parser = new YAMLFactory().createParser(Files.readAllBytes(file))) {
            if (parser.nextToken() == null) {
                return new Mapping(1, Map.of());
            }
            Yaml tree = value(parser, file, problems);
            if (parser.nextToken() != null) {
                problems.add("%s:%d: a scenario is one document".formatted(file, line(parser)));
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s:%d: is no YAML: %s"
                            .formatted(
                                    file,
                                    e.getLocation() == null
                                            ? 1
                                            : e.getLocation().getLineNr(),
                                    e.getOriginalMessage()
                                            .lines()
                                            .map(String::strip)
                                            .findFirst()
                                            .orElse("")));
        }
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static Yaml value(JsonParser parser, Path file, List<String> problems) throws IOException {
        int line = line(parser);
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            List<Yaml> values = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                values.add(value(parser, file, problems));
            }
            return new Sequence(line, values);
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            return new Scalar(line, parser.currentToken() == JsonToken.VALUE_NULL ? "" : parser.getText());
        }
        Map<String, Yaml> values = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            int at = line(parser);
            parser.nextToken();
            if (values.put(key, value(parser, file, problems)) != null) {
                problems.add("%s:%d: %s stands here a second time".formatted(file, at, key));
            }
        }
        return new Mapping(line, values);
    }
}
