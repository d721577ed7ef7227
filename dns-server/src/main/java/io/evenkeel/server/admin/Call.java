package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.zones.state.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One HTTP request: what of its address matched the route, its query, headers and body, and who asks. One thread. */
final class Call {
    /** Who calls an open route. */
    static final String ANYBODY = "open";

    private final WorkMemory.Share memory;
    private final Exchange exchange;
    private final Caller caller;
    private final Map<String, String> path;
    private final Map<String, String> query;

    /** @param caller who asks */
    Call(Exchange exchange, Caller caller, Map<String, String> path, WorkMemory.Share memory) throws ApiException {
        this.memory = memory;
        this.exchange = exchange;
        this.caller = caller;
        this.path = path;
        this.query = parse(exchange.rawQuery());
    }

    private static Map<String, String> parse(@Nullable String raw) throws ApiException {
        Map<String, String> query = new HashMap<>();
        if (raw == null) {
            return query;
        }
        for (String part : raw.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                query.putIfAbsent(decode(part.substring(0, equals)), decode(part.substring(equals + 1)));
            }
        }
        return query;
    }

    /** Percent escapes; in a query, + is a space. */
    static String decode(String text) throws ApiException {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "a broken escape in the address: " + text);
        }
    }

    /** Who asks, for people: the name of the key that was shown, and from where, or {@link #ANYBODY}. */
    String principal() {
        return caller.origin().shown();
    }

    /** Who asks and from where, as far as that may be kept. */
    Origin origin() {
        return caller.origin();
    }

    /** Whether a change that it asks for is meant, whatever it takes of a zone: it says so, or its key does. */
    boolean isForced() {
        return caller.bulk() || query("force").orElse("false").equalsIgnoreCase("true");
    }

    /** A variable of the route. */
    String path(String name) {
        return Objects.requireNonNull(path.get(name), name);
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** True unless the client has switched it off. */
    boolean wants(String name) {
        return !query(name).orElse("true").equalsIgnoreCase("false");
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(exchange.header(name));
    }

    String method() {
        return exchange.method();
    }

    String rawPath() {
        return exchange.rawPath();
    }

    /** The body; what is wrong with it, or with the way it comes, is a {@link BrokenBodyException}. */
    InputStream body() {
        return exchange.body();
    }

    /** Octets that the client announced; -1: did not say. */
    long announcedBytes() throws ApiException {
        try {
            return Long.parseLong(header("Content-Length").orElse("-1"));
        } catch (NumberFormatException e) {
            throw new ApiException(400, "Content-Length is not a number");
        }
    }

    /** What this request holds of the memory for requests, until it is answered. */
    WorkMemory.Share memory() {
        return memory;
    }

    /**
     * Takes memory for an answer that is written piece by piece.
     *
     * @param octets of the records that it is made of; few enough need none
     */
    void answers(long octets) throws ApiException, InterruptedException {
        if (octets > AdminLimits.SMALL_BODY_BYTES) {
            memory.growTo(Math.min(
                    AdminLimits.ANSWER_BYTES, AdminLimits.ANSWER_BUFFERS + AdminLimits.ANSWER_GROWTH * octets));
        }
    }

    /** Takes memory for an answer that lists so many zones, written piece by piece; few enough need none. */
    void lists(int zones) throws ApiException, InterruptedException {
        long octets = (long) AdminLimits.LISTED_BYTES * zones;
        if (octets > AdminLimits.SMALL_BODY_BYTES) {
            memory.growTo(AdminLimits.ANSWER_BUFFERS + octets);
        }
    }

    /** The body, which must be small; with memory for what is made of it. */
    byte[] smallBody() throws ApiException, IOException, InterruptedException {
        long announced = announcedBytes();
        if (announced <= AdminLimits.JSON_BYTES) {
            if (announced > AdminLimits.SMALL_BODY_BYTES) {
                memory.growTo(announced * AdminLimits.JSON_GROWTH);
            }
            byte[] bytes = announced < 0 ? ofUnknownLength() : body().readNBytes(AdminLimits.JSON_BYTES + 1);
            if (bytes.length <= AdminLimits.JSON_BYTES) {
                return bytes;
            }
        }
        throw new ApiException(
                413,
                "a body above " + AdminLimits.JSON_BYTES
                        + " octets; send a large zone as a master file: PUT /api/v1/evenkeel/zones/{id}");
    }

    /** Takes memory for as much as it reads next, which grows with what has come: most bodies are small. */
    private byte[] ofUnknownLength() throws ApiException, IOException, InterruptedException {
        byte[] read = body().readNBytes(AdminLimits.SMALL_BODY_BYTES + 1);
        for (int limit = AdminLimits.SMALL_BODY_BYTES; read.length > limit && limit < AdminLimits.JSON_BYTES; ) {
            limit = Math.min(4 * limit, AdminLimits.JSON_BYTES);
            memory.growTo((long) limit * AdminLimits.JSON_GROWTH);
            byte[] more = body().readNBytes(limit + 1 - read.length);
            int before = read.length;
            read = Arrays.copyOf(read, before + more.length);
            System.arraycopy(more, 0, read, before, more.length);
        }
        return read;
    }

    /** A JSON object. */
    static JsonNode object(byte[] body) throws ApiException {
        JsonNode node;
        try {
            node = Reply.JSON.readTree(body);
        } catch (JacksonException e) {
            throw new ApiException(400, "the body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new ApiException(400, "the body is not JSON: " + e.getMessage());
        }
        if (node == null || !node.isObject()) {
            throw new ApiException(422, "the body is not a JSON object");
        }
        return node;
    }
}
