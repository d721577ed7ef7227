package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer.
 *
 * @param body null: none
 */
record Reply(
        int status, Map<String, String> headers, @Nullable Body body) {
    static final ObjectMapper JSON = new ObjectMapper();

    /** Keys in byte order, blanks after commas and colons: there are shell scripts that cut the answers of PowerDNS as text. */
    private static final ObjectMapper AS_POWERDNS = JsonMapper.builder()
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .defaultPrettyPrinter(new Blanks())
            .build();

    private static final class Blanks extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1;

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }
    }

    /** Writes itself out; for large ones, without ever being in memory as a whole. */
    @FunctionalInterface
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Writes JSON piece by piece. */
    @FunctionalInterface
    interface JsonBody {
        void writeTo(JsonGenerator json) throws IOException;
    }

    static Reply empty(int status) {
        return new Reply(status, Map.of(), null);
    }

    static Reply text(int status, String type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Reply(status, Map.of("Content-Type", type), out -> out.write(bytes));
    }

    /** As {@link #json(int, JsonNode)}, without ever being in memory as a whole. */
    static Reply json(int status, JsonBody body) {
        return json(status, body, JSON);
    }

    static Reply json(int status, JsonNode value) {
        return json(status, value, JSON);
    }

    /** As PowerDNS prints it. */
    static Reply asPowerDns(int status, JsonNode value) {
        return json(status, value, AS_POWERDNS);
    }

    private static Reply json(int status, JsonNode value, ObjectMapper form) {
        return new Reply(
                status, Map.of("Content-Type", "application/json"), out -> out.write(form.writeValueAsBytes(value)));
    }

    /** As PowerDNS prints it, but for the order of keys, which is that in which they are written. */
    static Reply asPowerDns(int status, JsonBody body) {
        return json(status, body, AS_POWERDNS);
    }

    private static Reply json(int status, JsonBody body, ObjectMapper form) {
        return new Reply(status, Map.of("Content-Type", "application/json"), out -> {
            // The stream is the server's to close.
            try (JsonGenerator json = form.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
                body.writeTo(json);
            }
        });
    }

    Reply with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Reply(status, more, body);
    }
}
