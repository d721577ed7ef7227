package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

    static Reply json(int status, JsonNode value) {
        return new Reply(
                status, Map.of("Content-Type", "application/json"), out -> out.write(JSON.writeValueAsBytes(value)));
    }

    static Reply json(int status, JsonBody body) {
        return new Reply(status, Map.of("Content-Type", "application/json"), out -> {
            // The stream is the server's to close.
            try (JsonGenerator json = JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
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
