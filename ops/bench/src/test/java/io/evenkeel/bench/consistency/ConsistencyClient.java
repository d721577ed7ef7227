package io.evenkeel.bench.consistency;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.consistency.Event.Outcome;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * How one client changes zones and reads them through any node, by HTTP and DNS, and notes each in the history. What a node
 * does not answer is no reading. Any thread.
 */
final class ConsistencyClient {
    private static final String ZONES = AdminClient.SERVER + "/zones";
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int UDP_PAYLOAD = 1232;
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final int number;
    private final Path data;
    private final HistoryFile history;

    /** @param data the folder of the cluster, where the nodes' API keys are */
    ConsistencyClient(int number, Path data, HistoryFile history) {
        this.number = number;
        this.data = data;
        this.history = history;
    }

    /**
     * A change that may be asked for several times.
     *
     * @param key its {@code Idempotency-Key}, null: none, then it may be asked for once only
     * @param base as in {@link Event.Change}
     * @param condition {@code If-Match}, null: none
     */
    record Operation(
            int op,
            String method,
            String path,
            @Nullable BodyPublisher body,
            @Nullable String key,
            String zone,
            List<String> keys,
            boolean removes,
            long base,
            @Nullable String condition) {}

    /**
     * What became of an attempt.
     *
     * @param said the beginning of the answer's body
     */
    record Told(Outcome outcome, int status, String requestId, String said) {}

    private record Reply(int status, String body, Map<String, List<String>> headers) {
        Optional<String> header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> entry.getValue().getFirst())
                    .findFirst();
        }

        long version() {
            return header("ETag").map(ConsistencyClient::version).orElse(-1L);
        }
    }

    /** The change number in an ETag or a version, {@code zone-change}. */
    private static long version(String text) {
        String plain = text.replace("\"", "");
        return Long.parseLong(plain.substring(plain.indexOf('-') + 1));
    }

    static String zonePath(String zone) {
        return ZONES + "/" + zone;
    }

    /** Asks {@code node} for it. */
    Told change(ClusterFile.Node node, Operation operation, Duration timeout) throws InterruptedException {
        long start = history.now();
        Reply reply = send(node, operation, timeout);
        Outcome outcome = outcome(reply.status());
        note(
                operation,
                node,
                outcome,
                reply.status(),
                reply.version(),
                reply.header("Evenkeel-Note").isPresent(),
                start,
                outcome == Outcome.ACKNOWLEDGED ? "" : brief(reply.body()));
        return new Told(
                outcome, reply.status(), reply.header("Evenkeel-Request-Id").orElse(""), brief(reply.body()));
    }

    /** What a node says has become of an unknown one: acknowledged, or unknown still. */
    Outcome askAfter(ClusterFile.Node node, Operation operation, String requestId) throws InterruptedException {
        long start = history.now();
        Reply reply = get(node, AdminClient.EVENKEEL + "/requests/" + requestId);
        if (reply.status() != 200) {
            return Outcome.UNKNOWN;
        }
        JsonNode json = Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8));
        // Of a deleted zone it is the version that was deleted, as of which it is there.
        boolean zoneGone = operation.method().equals("DELETE");
        note(
                operation,
                node,
                Outcome.ACKNOWLEDGED,
                200,
                zoneGone ? -1 : version(json.path("version").asText()),
                false,
                start,
                "asked after");
        return Outcome.ACKNOWLEDGED;
    }

    private void note(
            Operation operation,
            ClusterFile.Node node,
            Outcome outcome,
            int status,
            long version,
            boolean late,
            long start,
            String note) {
        history.add(new Event.Change(
                operation.op(),
                number,
                node.name(),
                operation.zone(),
                operation.keys(),
                operation.removes(),
                outcome,
                status,
                operation.base(),
                outcome == Outcome.ACKNOWLEDGED ? version : -1,
                late,
                start,
                0,
                note));
    }

    private static Outcome outcome(int status) {
        if (status == 202 || status < 0 || status == 500) {
            return Outcome.UNKNOWN;
        }
        return status / 100 == 2 ? Outcome.ACKNOWLEDGED : Outcome.REFUSED;
    }

    private static String brief(String text) {
        return text.length() > 400 ? text.substring(0, 400) : text;
    }

    /** The ETag of a zone; empty if the node does not tell. */
    Optional<String> etag(ClusterFile.Node node, String zone) throws InterruptedException {
        Reply reply = get(node, zonePath(zone) + "?rrsets=false");
        return reply.status() == 200 ? reply.header("ETag") : Optional.empty();
    }

    /**
     * Reads some RRsets by DNS, between two looks at the serial.
     *
     * @param lasting the zone is made once and never deleted, so its serial is worth noting
     * @return false if the node did not answer
     */
    boolean readDns(ClusterFile.Node node, String zone, boolean lasting, List<String> rrsets) {
        long start = history.now();
        Optional<Message> before = lasting ? ask(node, name(zone), Type.SOA) : Optional.empty();
        long first = serial(before);
        if (lasting && first < 0) {
            return false;
        }
        boolean stale = before.filter(ConsistencyClient::isStale).isPresent();
        Map<String, List<String>> seen = new LinkedHashMap<>();
        for (String rrset : rrsets) {
            int slash = rrset.indexOf('/');
            Name owner = name(rrset.substring(0, slash) + "." + zone);
            Optional<Message> answer = ask(node, owner, Type.value(rrset.substring(slash + 1)));
            if (answer.isEmpty()) {
                return false;
            }
            stale |= isStale(answer.get());
            seen.put(
                    rrset,
                    answer.get().getSection(Section.ANSWER).stream()
                            .map(ConsistencyClient::text)
                            .toList());
        }
        Optional<Message> after = rrsets.isEmpty() || !lasting ? before : ask(node, name(zone), Type.SOA);
        long last = serial(after);
        if (lasting && last < 0) {
            return false;
        }
        stale |= after.filter(ConsistencyClient::isStale).isPresent();
        history.add(new Event.Read(number, node.name(), "dns", zone, first, last, -1, false, stale, seen, start, 0));
        return true;
    }

    /** RFC 8914 §4.4 and §4.20: what the server knows may be older than what it should know. */
    private static boolean isStale(Message answer) {
        OPTRecord options = answer.getOPT();
        return options != null
                && options.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream()
                        .map(ExtendedErrorCodeOption.class::cast)
                        .anyMatch(error -> error.getErrorCode() == ExtendedErrorCodeOption.STALE_ANSWER
                                || error.getErrorCode() == ExtendedErrorCodeOption.STALE_NXDOMAIN_ANSWER);
    }

    /** -1 if there is no answer. */
    private static long serial(Optional<Message> soa) {
        return soa.stream()
                .flatMap(answer -> answer.getSection(Section.ANSWER).stream())
                .filter(SOARecord.class::isInstance)
                .mapToLong(record -> ((SOARecord) record).getSerial())
                .findFirst()
                .orElse(-1);
    }

    /** An answer with authority, or the refusal of a server that does not have the zone. */
    private static Optional<Message> ask(ClusterFile.Node node, Name name, int type) {
        String host = node.dns().substring(0, node.dns().lastIndexOf(':'));
        InetSocketAddress server = new InetSocketAddress(InetAddress.ofLiteral(host), node.dnsPort());
        try {
            Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
            question.getHeader().unsetFlag(Flags.RD);
            question.addRecord(new OPTRecord(UDP_PAYLOAD, 0, 0), Section.ADDITIONAL);
            return DnsQuestion.ask(server, question, PATIENCE)
                    .filter(answer -> !answer.getHeader().getFlag(Flags.TC))
                    .filter(answer -> answer.getRcode() == Rcode.REFUSED
                            || answer.getHeader().getFlag(Flags.AA));
        } catch (IOException unreachable) {
            return Optional.empty();
        }
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(Record record) {
        return switch (record) {
            case TXTRecord txt -> txt.getStrings().getFirst();
            case ARecord a -> ofAddress(a.getAddress().getHostAddress());
            default -> record.toString();
        };
    }

    /** The address that stands for an operation. */
    static String address(int op) {
        return "10.%d.%d.%d".formatted(op >> 16 & 255, op >> 8 & 255, op & 255);
    }

    private static String ofAddress(String address) {
        String[] parts = address.split("\\.", -1);
        int op = Integer.parseInt(parts[1]) << 16 | Integer.parseInt(parts[2]) << 8 | Integer.parseInt(parts[3]);
        return "w" + op + ".1.1";
    }

    /** Reads all RRsets of one owner, of which {@code rrsets} are noted, by the API; false if the node does not tell. */
    boolean readApi(ClusterFile.Node node, String zone, boolean lasting, String owner, List<String> rrsets)
            throws InterruptedException {
        return read(node, zone, lasting, "?rrset_name=" + owner + "." + zone, false, rrsets);
    }

    /** Reads the whole zone by the API; false if the node does not tell. */
    boolean readWhole(ClusterFile.Node node, String zone) throws InterruptedException {
        return read(node, zone, true, "", true, List.of());
    }

    private boolean read(
            ClusterFile.Node node, String zone, boolean lasting, String query, boolean whole, List<String> rrsets)
            throws InterruptedException {
        long start = history.now();
        Reply reply = get(node, zonePath(zone) + query);
        if (reply.status() != 200 && reply.status() != 404) {
            return false;
        }
        Map<String, List<String>> seen = new LinkedHashMap<>();
        rrsets.forEach(rrset -> seen.put(rrset, List.of()));
        JsonNode json = Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8));
        if (reply.status() == 200) {
            collect(json, zone, whole, seen);
        }
        long serial = lasting && reply.status() == 200 ? json.path("serial").asLong(-1) : -1;
        history.add(new Event.Read(
                number, node.name(), "api", zone, serial, serial, reply.version(), whole, false, seen, start, 0));
        return true;
    }

    private static void collect(JsonNode json, String zone, boolean whole, Map<String, List<String>> seen) {
        for (JsonNode rrset : json.path("rrsets")) {
            String name = rrset.path("name").asText();
            String key = name.replace("." + zone, "") + "/" + rrset.path("type").asText();
            if (seen.containsKey(key) || (whole && key.matches("[rgs]\\d+b?/(TXT|A)"))) {
                List<String> records = new ArrayList<>();
                for (JsonNode record : rrset.path("records")) {
                    String content = record.path("content").asText();
                    records.add(key.endsWith("/A") ? ofAddress(content) : content.replace("\"", ""));
                }
                seen.put(key, records);
            }
        }
    }

    /** Notes what a node says of its whole state; empty if it does not tell. */
    Optional<Event.Digest> readDigest(ClusterFile.Node node) throws InterruptedException {
        long start = history.now();
        Reply reply = get(node, AdminClient.EVENKEEL + "/digest");
        if (reply.status() != 200) {
            return Optional.empty();
        }
        JsonNode json = Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8));
        Event.Digest digest = new Event.Digest(
                node.name(), json.path("index").asLong(), json.path("sha256").asText(), start, 0);
        history.add(digest);
        return Optional.of(digest);
    }

    /** The node's own status; a missing node if it does not tell. */
    static JsonNode status(ClusterFile.Node node, Path data) throws InterruptedException {
        Reply reply = send(node, data, "GET", AdminClient.EVENKEEL + "/status", null, Map.of(), Duration.ofSeconds(2));
        return reply.status() == 200
                ? Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8))
                : Json.MAPPER.missingNode();
    }

    /** Has a node write a snapshot; whether it did. */
    static boolean writeSnapshot(ClusterFile.Node node, Path data) throws InterruptedException {
        Duration patience = Duration.ofSeconds(20);
        return send(node, data, "POST", AdminClient.EVENKEEL + "/snapshot", null, Map.of(), patience)
                        .status()
                == 200;
    }

    /** Whether a load balancer would send questions there. */
    static boolean isReady(ClusterFile.Node node, Path data) throws InterruptedException {
        return send(node, data, "GET", "/readyz", null, Map.of(), Duration.ofSeconds(2))
                        .status()
                == 200;
    }

    private Reply get(ClusterFile.Node node, String path) throws InterruptedException {
        return send(node, data, "GET", path, null, Map.of(), Duration.ofSeconds(5));
    }

    private Reply send(ClusterFile.Node node, Operation operation, Duration timeout) throws InterruptedException {
        Map<String, String> headers = new LinkedHashMap<>();
        if (operation.key() != null) {
            headers.put("Idempotency-Key", operation.key());
        }
        if (operation.condition() != null) {
            headers.put("If-Match", operation.condition());
        }
        return send(node, data, operation.method(), operation.path(), operation.body(), headers, timeout);
    }

    private static Reply send(
            ClusterFile.Node node,
            Path data,
            String method,
            String path,
            @Nullable BodyPublisher body,
            Map<String, String> headers,
            Duration timeout)
            throws InterruptedException {
        try {
            String key = Files.readString(data.resolve(node.apiKeyFile())).strip();
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + node.admin() + path))
                    .timeout(timeout)
                    .header("X-API-Key", key)
                    .method(method, body == null ? BodyPublishers.noBody() : body);
            headers.forEach(request::header);
            HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Reply(
                    response.statusCode(), response.body(), response.headers().map());
        } catch (NoSuchFileException | ConnectException | HttpConnectTimeoutException neverSent) {
            return new Reply(0, String.valueOf(neverSent), Map.of());
        } catch (IOException broken) {
            return new Reply(-1, String.valueOf(broken), Map.of());
        }
    }
}
