package io.evenkeel.ops.verb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The one JSON reader and writer of the command line. */
public final class Json {
    /** Thread-safe; not to be configured elsewhere. */
    public static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    /** On one line; for values that always can be written. */
    public static String line(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Indented, with an end of line. */
    public static byte[] pretty(Object value) throws IOException {
        String text = MAPPER.writer()
                .with(SerializationFeature.INDENT_OUTPUT)
                .writeValueAsString(value)
                .concat("\n");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What the bytes hold, or a missing node if they hold no JSON: an admin API behind a proxy may answer anything. */
    public static JsonNode readOrMissing(byte[] bytes) {
        try {
            JsonNode node = MAPPER.readTree(bytes);
            return node == null ? MAPPER.missingNode() : node;
        } catch (IOException notJson) {
            return MAPPER.missingNode();
        }
    }
}
