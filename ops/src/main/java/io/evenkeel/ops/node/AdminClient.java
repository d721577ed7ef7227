package io.evenkeel.ops.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** The admin API of one node. Says in one line what a refusal means. */
public final class AdminClient {
    /** Paths of the PowerDNS API. */
    public static final String SERVER = "/api/v1/servers/localhost";
    /** Paths that PowerDNS has not. */
    public static final String EVENKEEL = "/api/v1/evenkeel";
    /** Of these, what is about members. */
    public static final String CLUSTER = EVENKEEL + "/cluster";

    private static final String CREATE = "&create=true";
    private static final String FORCE = "&force=true";
    private static final String IF_MATCH = "If-Match";
    private static final String NOT_DONE = "not done: ";
    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

    private final String name;
    private final URI base;
    private final Path keyFile;
    private final Optional<ClusterFile.Node> local;

    /**
     * Does not connect yet.
     *
     * @param name for messages
     * @param keyFile holds the API key; read at each request
     * @param local what {@code up} knows of the node, if it started it
     */
    public AdminClient(String name, URI base, Path keyFile, Optional<ClusterFile.Node> local) {
        this.name = name;
        this.base = base;
        this.keyFile = keyFile;
        this.local = local;
    }

    private HttpClient http() {
        return "https".equals(base.getScheme()) ? Secure.HTTP : Plain.HTTP;
    }

    private static HttpClient.Builder client() {
        return HttpClient.newBuilder().connectTimeout(ClientLimits.CONNECT).version(HttpClient.Version.HTTP_1_1);
    }

    private static final class Secure {
        private static final HttpClient HTTP = client().build();
    }

    /** Trusts nobody, since reading the certificates of all whom this machine trusts takes a quarter of a call's time. */
    private static final class Plain {
        private static final HttpClient HTTP = client().sslContext(ofNobody()).build();

        private static SSLContext ofNobody() {
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, new TrustManager[0], null);
                return context;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a JDK without TLS", e);
            }
        }
    }

    /** What the node answered. */
    public record Answer(int status, HttpHeaders headers, byte[] body) {
        /** The body; a missing node if it is no JSON. */
        public JsonNode json() {
            return Json.readOrMissing(body);
        }

        /** Of a readiness: the lines below its first, which is its verdict; without the age, which it always says. */
        public String reasons() {
            String text = new String(body, StandardCharsets.UTF_8).strip();
            String reasons = String.join(
                    ", ",
                    text.lines()
                            .skip(1)
                            .filter(line -> !line.startsWith("data age: "))
                            .toList());
            return reasons.isEmpty() ? text.lines().findFirst().orElse("") : reasons;
        }
    }

    /** The node's name, or its address if it is not known by name. */
    public String name() {
        return name;
    }

    /** Where its API is. */
    public URI base() {
        return base;
    }

    /** What {@code up} knows of the node, if it started it. */
    public Optional<ClusterFile.Node> local() {
        return local;
    }

    /** 200 if the node is ready, else 503 with the reasons; needs no key. */
    public Answer readiness() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/readyz"))
                .timeout(ClientLimits.PROBE)
                .GET()
                .build();
        return exchange(request);
    }

    /** The JSON value at {@code path}. */
    public JsonNode get(String path) throws CommandFailure, IOException, InterruptedException {
        Answer answer = look(path);
        if (answer.status() != 200) {
            throw unread(answer);
        }
        return answer.json();
    }

    /** The JSON value at {@code path}, empty if there is none. */
    public Optional<JsonNode> find(String path) throws CommandFailure, IOException, InterruptedException {
        Answer answer = look(path);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (answer.status() != 200) {
            throw unread(answer);
        }
        return Optional.of(answer.json());
    }

    /** What is at {@code path}, of any size. */
    public InputStream open(String path) throws CommandFailure, IOException, InterruptedException {
        return openVersion(path).body();
    }

    /**
     * What is at a path.
     *
     * @param etag of this version of it; empty if the node tells none
     * @param body of any size; the caller closes it
     */
    public record Version(String etag, InputStream body) {}

    /** What is at {@code path}, and which version that is. */
    public Version openVersion(String path) throws CommandFailure, IOException, InterruptedException {
        HttpRequest request =
                request("GET", path, null, "", ClientLimits.IMPORT).build();
        Fetch.Response response = translating(false, () -> Fetch.of(request));
        if (response.status() != 200) {
            throw unread(translating(false, () -> whole(response)));
        }
        return new Version(response.headers().firstValue("ETag").orElse(""), response.body());
    }

    /** Asks for a change and returns when it is served; a failure says whether it may still come. */
    public Answer change(String method, String path, @Nullable JsonNode body)
            throws CommandFailure, IOException, InterruptedException {
        return changeIf("", method, path, body).orElseThrow();
    }

    /**
     * The same, of what is there as long as it is what the caller has seen.
     *
     * @param etag of that; empty: whatever is there
     * @return empty if it has changed since, and nothing was changed: look again
     */
    public Optional<Answer> changeIf(String etag, String method, String path, @Nullable JsonNode body)
            throws CommandFailure, IOException, InterruptedException {
        BodyPublisher publisher = body == null ? null : BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body));
        return changed(conditional(etag, request(method, path, publisher, "application/json", ClientLimits.REQUEST)));
    }

    private Optional<Answer> changed(HttpRequest.Builder asked)
            throws CommandFailure, IOException, InterruptedException {
        HttpRequest request = asked.build();
        Answer answer = translating(true, () -> exchange(request));
        if (answer.status() == 202) {
            return Optional.of(follow(answer));
        }
        if (answer.status() == 412 && request.headers().firstValue(IF_MATCH).isPresent()) {
            return Optional.empty();
        }
        if (answer.status() / 100 != 2) {
            throw failure(answer);
        }
        return Optional.of(answer);
    }

    /**
     * Asks once, and waits for so long.
     *
     * @return whatever the node answers
     */
    public Answer once(String method, String path, @Nullable JsonNode body, Duration wait)
            throws CommandFailure, IOException, InterruptedException {
        BodyPublisher publisher = body == null ? null : BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body));
        return exchange(
                request(method, path, publisher, "application/json", wait).build());
    }

    private static HttpRequest.Builder conditional(String etag, HttpRequest.Builder request) {
        return etag.isEmpty() ? request : request.header(IF_MATCH, etag);
    }

    /**
     * Streams a master file into a zone and returns when it is served.
     *
     * @param fileName for messages about its lines
     * @param create whether the zone need not be there yet
     * @param forced whether it is meant, even if it takes most of what is there
     * @return what the node says of the zone; no JSON where its outcome was not known at first
     */
    public Answer importZone(String zone, String fileName, boolean create, boolean forced, Source source)
            throws CommandFailure, IOException, InterruptedException {
        return put(zone, fileName, (create ? CREATE : "") + (forced ? FORCE : ""), source, request -> request)
                .orElseThrow();
    }

    /** The same, of a zone that is not there yet; one that is there is a failure, and stays as it is. */
    public Answer importNewZone(String zone, String fileName, Source source)
            throws CommandFailure, IOException, InterruptedException {
        return put(zone, fileName, CREATE, source, request -> request.header("If-None-Match", "*"))
                .orElseThrow();
    }

    /**
     * The same, into a zone that is still what the caller has seen.
     *
     * @param etag of that
     * @param forced whether it is meant, even if it takes most of what is there
     * @return empty if it has changed since, and nothing was changed: look again
     */
    public Optional<Answer> importZoneIf(String etag, String zone, String fileName, boolean forced, Source source)
            throws CommandFailure, IOException, InterruptedException {
        return put(zone, fileName, forced ? FORCE : "", source, request -> conditional(etag, request));
    }

    private Optional<Answer> put(
            String zone, String fileName, String how, Source source, UnaryOperator<HttpRequest.Builder> condition)
            throws CommandFailure, IOException, InterruptedException {
        try (InputStream text = source.open()) {
            String path = "%s/zones/%s?name=%s%s"
                    .formatted(EVENKEEL, zoneId(zone), URLEncoder.encode(fileName, StandardCharsets.UTF_8), how);
            BodyPublisher body = BodyPublishers.ofInputStream(() -> text);
            return changed(condition.apply(request("PUT", path, body, "text/dns", ClientLimits.IMPORT)));
        }
    }

    /** What a zone is read from. */
    public interface Source {
        InputStream open() throws IOException;
    }

    /**
     * Asks for what may be asked again until it is known to be done, as long as the node says that it does not know, or a
     * little longer than an election takes.
     */
    public Answer settle(String method, String path, @Nullable JsonNode body)
            throws CommandFailure, IOException, InterruptedException {
        return settle(method, path, body, "").orElseThrow();
    }

    /**
     * The same, of what is there as long as it is what the caller has seen.
     *
     * @param etag of that
     * @return empty if it has changed since: look again
     */
    public Optional<Answer> settleIf(String etag, String method, String path, JsonNode body)
            throws CommandFailure, IOException, InterruptedException {
        return settle(method, path, body, etag);
    }

    private Optional<Answer> settle(String method, String path, @Nullable JsonNode body, String etag)
            throws CommandFailure, IOException, InterruptedException {
        byte[] bytes = body == null ? new byte[0] : Json.MAPPER.writeValueAsBytes(body);
        long end = System.nanoTime() + ClientLimits.FOLLOW.toNanos();
        while (true) {
            BodyPublisher publisher = body == null ? null : BodyPublishers.ofByteArray(bytes);
            HttpRequest request = conditional(
                            etag, request(method, path, publisher, "application/json", ClientLimits.MEMBER_CHANGE))
                    .build();
            Answer answer = translating(true, () -> exchange(request));
            if (answer.status() / 100 == 2) {
                return Optional.of(answer);
            }
            if (answer.status() == 412 && !etag.isEmpty()) {
                return Optional.empty();
            }
            if (answer.status() != 504 || System.nanoTime() - end >= 0) {
                throw failure(answer);
            }
            Thread.sleep(ClientLimits.LOOK_AGAIN);
        }
    }

    /** A change whose outcome the node did not know in time: asks on under its request id. */
    private Answer follow(Answer accepted) throws CommandFailure, IOException, InterruptedException {
        String id = accepted.json().path("requestId").asText();
        long end = System.nanoTime() + ClientLimits.FOLLOW.toNanos();
        while (!id.isEmpty() && System.nanoTime() < end) {
            Answer answer = look(EVENKEEL + "/requests/" + id);
            if (answer.status() == 200) {
                return answer;
            }
            Thread.sleep(500);
        }
        throw new CommandFailure(
                CommandFailure.UNKNOWN,
                "%s took the change and does not know its outcome: it will become visible once or not at all (request id %s)"
                        .formatted(name, id.isEmpty() ? "unknown" : id));
    }

    private Answer look(String path) throws CommandFailure, IOException, InterruptedException {
        HttpRequest request =
                request("GET", path, null, "", ClientLimits.REQUEST).build();
        return translating(false, () -> exchange(request));
    }

    private Answer exchange(HttpRequest request) throws IOException, InterruptedException {
        if (request.method().equals("GET")) {
            return whole(Fetch.of(request));
        }
        HttpResponse<byte[]> response =
                http().send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), ClientLimits.BODY_BYTES));
        return new Answer(response.statusCode(), response.headers(), response.body());
    }

    private static Answer whole(Fetch.Response response) throws IOException {
        try (InputStream body = response.body()) {
            byte[] octets = body.readNBytes(ClientLimits.BODY_BYTES + 1);
            if (octets.length > ClientLimits.BODY_BYTES) {
                throw new IOException("an answer of more than " + ClientLimits.BODY_BYTES + " octets");
            }
            return new Answer(response.status(), response.headers(), octets);
        }
    }

    private HttpRequest.Builder request(
            String method, String path, @Nullable BodyPublisher body, String type, Duration timeout)
            throws CommandFailure, IOException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(base.resolve(path))
                .timeout(timeout)
                .header("X-API-Key", key())
                .method(method, body == null ? BodyPublishers.noBody() : body);
        if (!type.isEmpty()) {
            builder.header("Content-Type", type);
        }
        return builder;
    }

    /** What is in the file is never told: it is a key, or somebody's other file. */
    private String key() throws CommandFailure, IOException {
        if (!Files.isReadable(keyFile)) {
            throw CommandFailure.failed("cannot read the API key of %s in %s: %s"
                    .formatted(
                            name,
                            keyFile,
                            Files.exists(keyFile)
                                    ? "permission denied"
                                    : "no such file (the node writes it when it starts)"));
        }
        byte[] octets;
        if (Files.isDirectory(keyFile)) {
            throw noKey("it is a folder");
        }
        try (InputStream in = Files.newInputStream(keyFile)) {
            octets = in.readNBytes(ClientLimits.KEY_FILE_BYTES + 1);
        }
        String key = new String(octets, StandardCharsets.ISO_8859_1).strip();
        if (octets.length > ClientLimits.KEY_FILE_BYTES) {
            throw noKey("it is longer than " + ClientLimits.KEY_FILE_BYTES + " octets");
        }
        if (key.isEmpty()) {
            throw noKey("it is empty");
        }
        long lines = key.lines().count();
        if (lines > 1) {
            throw noKey("it has " + lines + " lines");
        }
        if (!key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw noKey("it has characters that no key has");
        }
        return key;
    }

    private CommandFailure noKey(String why) {
        return new CommandFailure(
                CommandFailure.USAGE,
                "%s holds no API key: %s, and a key is one line of letters and digits; that of %s is in the file local-api-key of its data folder"
                        .formatted(keyFile, why, name));
    }

    private interface Exchange<T> {
        T run() throws IOException, InterruptedException;
    }

    /** @param changes whether the node may have got what it was to change, and its answer not have come back */
    private <T> T translating(boolean changes, Exchange<T> exchange) throws CommandFailure, InterruptedException {
        try {
            return exchange.run();
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw CommandFailure.later("%s at %s: %s".formatted(name, base, Output.reason(e)));
        } catch (IOException e) {
            String problem = "%s at %s: %s".formatted(name, base, Output.reason(e));
            throw changes
                    ? new CommandFailure(
                            CommandFailure.UNKNOWN,
                            problem + "; whether the change was made is not known: look before you ask for it again")
                    : CommandFailure.later(problem);
        }
    }

    /** Of what was only to be read, nothing can appear later. */
    private CommandFailure unread(Answer answer) {
        return answer.status() == 503
                ? CommandFailure.later("%s (%s); try again soon"
                        .formatted(answer.json().path("error").asText("HTTP status 503"), name))
                : failure(answer);
    }

    private CommandFailure failure(Answer answer) {
        String error = answer.json().path("error").asText("");
        String said = error.isEmpty() ? "HTTP status " + answer.status() : error;
        List<String> problems = new ArrayList<>();
        answer.json().path("errors").forEach(problem -> problems.add(problem.asText()));
        return switch (answer.status()) {
            case 401, 403 -> CommandFailure.failed("%s does not accept the API key in %s".formatted(name, keyFile));
            case 503 -> {
                String when = answer.headers()
                        .firstValue("Retry-After")
                        .map(seconds -> " in " + seconds + " s")
                        .orElse("");
                String why = said.startsWith(NOT_DONE) ? said : NOT_DONE + said;
                yield CommandFailure.later(
                        "%s (%s); nothing of it will appear, try again%s".formatted(why, name, when));
            }
            case 502, 504 -> new CommandFailure(CommandFailure.UNKNOWN, "%s (%s)".formatted(said, name));
            default ->
                problems.size() > 1
                        ? new CommandFailure(
                                CommandFailure.FAILED,
                                "refused by %s, nothing is changed; %d problems:".formatted(name, problems.size()),
                                problems)
                        : CommandFailure.failed("%s (%s)".formatted(said, name));
        };
    }

    /** The id of a zone in a path: PowerDNS writes what is not a letter, digit, dot or hyphen as {@code =XX}. */
    public static String zoneId(String zone) {
        StringBuilder id = new StringBuilder();
        for (byte octet : zone.getBytes(StandardCharsets.ISO_8859_1)) {
            char c = (char) (octet & 0xff);
            id.append(PLAIN.indexOf(c) >= 0 ? Character.toString(c) : "=%02X".formatted((int) c));
        }
        return id.toString();
    }

    /** A name as one segment of a path. */
    public static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The path of a zone by its absolute name. */
    public static String zonePath(String zone) {
        return SERVER + "/zones/" + zoneId(zone);
    }

    /** The same where PowerDNS has no place for what is asked of the zone. */
    public static String evenkeelZonePath(String zone) {
        return EVENKEEL + "/zones/" + zoneId(zone);
    }
}
