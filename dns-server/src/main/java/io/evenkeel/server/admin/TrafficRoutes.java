package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.traffic.Capture;
import io.evenkeel.server.traffic.CaptureFilter;
import io.evenkeel.server.traffic.Captures;
import io.evenkeel.server.traffic.TopQuestions;
import io.evenkeel.server.traffic.TrafficLimits;
import io.evenkeel.zones.file.TypedName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Looks at the traffic of this node: what is most frequent in a sample of it, and captures to a file. */
final class TrafficRoutes {
    private static final String TOP = EvenkeelRoutes.BASE + "/top";
    private static final String CAPTURE = EvenkeelRoutes.BASE + "/capture";

    private static final int DEFAULT_SECONDS = 60;
    private static final int DEFAULT_ROWS = 10;

    private static final String SECONDS = "seconds";
    private static final String BYTES = "bytes";
    private static final String NAME = "name";
    private static final String CLIENT = "client";
    private static final Set<String> FIELDS = Set.of(SECONDS, BYTES, NAME, CLIENT);

    private final String node;
    private final Captures captures;

    TrafficRoutes(String node, Captures captures) {
        this.node = node;
        this.captures = captures;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", TOP, Access.KEYED, this::top),
                new Route("GET", CAPTURE, Access.KEYED, _ -> status(200)),
                new Route("POST", CAPTURE, Access.KEYED, this::start),
                new Route("DELETE", CAPTURE, Access.KEYED, _ -> stop()));
    }

    private Reply top(Call call) throws ApiException, InterruptedException {
        int seconds = number(call, SECONDS, DEFAULT_SECONDS, TrafficLimits.MOST_SECONDS);
        int rows = number(call, "rows", DEFAULT_ROWS, TrafficLimits.MOST_ROWS);
        call.memory().growTo(AdminLimits.TOP_BYTES);
        TopQuestions top = captures.top(seconds, rows);
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", node)
                .put("spanSeconds", Math.round(top.spanSeconds() * 10) / 10.0)
                .put("questions", top.questions())
                .put("estimate", top.mostOneOf() > 1)
                .put("samples", top.samples())
                .put("leastOneOf", top.leastOneOf())
                .put("mostOneOf", top.mostOneOf())
                .put("plusMinusShare", Math.round(top.plusMinus() * 1_000) / 1_000.0)
                .put("clientAddresses", captures.privacy().toString());
        rows(json.putArray("names"), top.names());
        rows(json.putArray("types"), top.types());
        if (captures.privacy() != ClientPrivacy.NONE) {
            rows(json.putArray("clients"), top.clients());
        }
        rows(json.putArray("rcodes"), top.outcomes());
        return Reply.json(200, json);
    }

    private static void rows(ArrayNode array, List<TopQuestions.Row> rows) {
        for (TopQuestions.Row row : rows) {
            array.addObject()
                    .put("key", row.key())
                    .put("questions", row.questions())
                    .put("error", row.error());
        }
    }

    private static int number(Call call, String name, int fallback, int most) throws ApiException {
        String text = call.query(name).orElse(String.valueOf(fallback));
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw ApiException.invalid(name + " is no whole number; allowed: 1 to " + most);
        }
        throw ApiException.invalid(name + " is out of range; allowed: 1 to " + most);
    }

    private Reply start(Call call) throws ApiException, IOException, InterruptedException {
        byte[] body = call.smallBody();
        Capture.Plan plan = plan(body.length == 0 ? Reply.JSON.createObjectNode() : Call.object(body));
        return switch (captures.start(plan, call.principal())) {
            case Captures.Outcome.Begun _ -> status(201);
            case Captures.Outcome.Busy busy -> throw new ApiException(409, busy.why());
            case Captures.Outcome.NoRoom full -> throw new ApiException(507, full.why());
        };
    }

    private static Capture.Plan plan(JsonNode asked) throws ApiException {
        for (String field : (Iterable<String>) asked::fieldNames) {
            if (!FIELDS.contains(field)) {
                throw ApiException.invalid("there is no such field; allowed: seconds, bytes, name, client");
            }
        }
        return new Capture.Plan(
                new CaptureFilter(name(asked.path(NAME)), client(asked.path(CLIENT))),
                Duration.ofSeconds(within(
                        asked.path(SECONDS),
                        SECONDS,
                        TrafficLimits.CAPTURE.toSeconds(),
                        1,
                        TrafficLimits.MOST_CAPTURE.toSeconds())),
                within(
                        asked.path(BYTES),
                        BYTES,
                        TrafficLimits.CAPTURE_BYTES,
                        TrafficLimits.LEAST_CAPTURE_BYTES,
                        TrafficLimits.MOST_CAPTURE_BYTES));
    }

    private static long within(JsonNode value, String name, long fallback, long least, long most) throws ApiException {
        if (value.isMissingNode()) {
            return fallback;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < least || value.asLong() > most) {
            throw ApiException.invalid(name + " is no whole number in range; allowed: " + least + " to " + most);
        }
        return value.asLong();
    }

    private static @Nullable Name name(JsonNode value) throws ApiException {
        if (value.isMissingNode()) {
            return null;
        }
        try {
            TypedName.requireAscii(value.asText());
            return Name.fromString(value.asText(), Name.root);
        } catch (TextParseException e) {
            throw ApiException.invalid("name is no name of DNS: " + e.getMessage());
        }
    }

    private static @Nullable AddressPrefix client(JsonNode value) throws ApiException {
        if (value.isMissingNode()) {
            return null;
        }
        String text = value.asText();
        if (text.length() > AdminLimits.PREFIX_CHARS) {
            throw ApiException.invalid("client is longer than any prefix");
        }
        try {
            return AddressPrefix.parse(text);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("client: " + e.getMessage());
        }
    }

    private Reply stop() throws ApiException, InterruptedException {
        captures.stop();
        return status(200);
    }

    private Reply status(int code) {
        ObjectNode json = Reply.JSON.createObjectNode().put("node", node);
        json.put("running", captures.status().filter(Capture.Status::isRunning).isPresent());
        captures.status().ifPresent(status -> put(json, status));
        return Reply.json(code, json);
    }

    private static void put(ObjectNode json, Capture.Status status) {
        json.put("file", status.file().toAbsolutePath().toString())
                .put("filter", status.plan().filter().toString())
                .put("by", status.by())
                .put("begun", status.begun().toString())
                .put("seconds", status.length().toMillis() / 1_000.0)
                .put("mostSeconds", status.plan().time().toSeconds())
                .put("bytes", status.bytes())
                .put("mostBytes", status.plan().bytes())
                .put("messages", status.messages())
                .put("lost", status.lost());
        if (!status.isRunning()) {
            json.put("ended", status.ended());
        }
    }
}
