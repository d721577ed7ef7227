package io.evenkeel.ops.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.evenkeel.ops.Cli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** An admin API that gives canned answers, notes what it is asked, and lets in whoever has its key. */
final class CannedNode implements AutoCloseable {
    private static final String KEY = "0123456789abcdef";

    /** The one path that needs no key. */
    private static final String READINESS = "/readyz";

    private record Canned(int status, String body, Map<String, String> headers) {}

    private final Path folder;
    private final HttpServer server;
    private final Map<String, Deque<Canned>> answers = new ConcurrentHashMap<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    /** @param folder for the file of its key */
    CannedNode(Path folder) throws IOException {
        this.folder = folder;
        Files.writeString(key(), KEY + "\n");
        server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 10);
        server.createContext("/", this::answer);
        server.start();
    }

    /** The file with its key. */
    Path key() {
        return folder.resolve("key");
    }

    /** What it answers to such a request; of several each once, and the last again and again. */
    void can(String line, int status, String body) {
        can(line, status, body, Map.of());
    }

    void can(String line, int status, String body, Map<String, String> headers) {
        answers.computeIfAbsent(line, _ -> new ArrayDeque<>()).add(new Canned(status, body, headers));
    }

    /** From now on other answers to such a request. */
    void forget(String line) {
        answers.remove(line);
    }

    /** Method, path, {@code if} and what it must match or {@code if none}, and the body of each, in order; cleared by whoever wants to. */
    List<String> requests() {
        return requests;
    }

    /** A verb that asks it. */
    Cli run(Object... args) {
        return Cli.run(arguments(args));
    }

    /** The same on a terminal of 80 columns. */
    Cli onTerminal(Object... args) {
        return Cli.onTerminal(arguments(args));
    }

    /** Of its API. */
    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** These, and what says that it is the one to be asked. */
    Object[] arguments(Object... args) {
        List<Object> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--server", url(), "--api-key-file", key(), "--data", folder.resolve("none")));
        return all.toArray();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String match = exchange.getRequestHeaders().getFirst("If-Match");
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean onlyNew = "*".equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
        requests.add(line
                + (match == null ? "" : " if " + match)
                + (onlyNew ? " if none" : "")
                + (body.isEmpty() ? "" : " " + body));
        Canned now = next(line);
        if (!exchange.getRequestURI().getPath().equals(READINESS)
                && !KEY.equals(exchange.getRequestHeaders().getFirst("X-API-Key"))) {
            now = new Canned(401, "{\"error\":\"another key\"}", Map.of());
        }
        now.headers().forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
        byte[] bytes = now.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(now.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Canned next(String line) {
        Deque<Canned> canned = answers.get(line);
        if (canned == null) {
            return new Canned(404, "{\"error\":\"not canned\"}", Map.of());
        }
        return canned.size() > 1 ? canned.removeFirst() : canned.getFirst();
    }
}
