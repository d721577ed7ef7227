package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.node.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server of a node. One virtual thread a request, a platform thread for work with a key, and a bound on them. */
public final class AdminApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);

    /** Answers that may come before a body has: too large, or no memory for it. */
    private static final Set<Integer> DISCARDING = Set.of(413, 503, 507);

    private final HttpServer server;
    private final InetSocketAddress listen;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    /** Platform threads: a virtual one that computes, as reading a zone does for seconds, keeps others from the processor. */
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("admin-", 0).factory());

    private final Map<Access, Semaphore> places = new EnumMap<>(Access.class);
    private final WorkMemory memory;
    private final RouteTable table;
    private final NodeView node;
    private final ApiKeys keys;
    private final AdminCounters counters;
    private final RubbishLog rubbish;
    private volatile boolean bound;
    private boolean told;

    private AdminApi(
            HttpServer server,
            InetSocketAddress listen,
            RouteTable table,
            NodeView node,
            ApiKeys keys,
            AdminCounters counters) {
        this.server = server;
        this.listen = listen;
        this.table = table;
        for (Access access : Access.values()) {
            places.put(access, new Semaphore(access.requests()));
        }
        this.node = node;
        this.memory = new WorkMemory(node.workOctets());
        this.keys = keys;
        this.counters = counters;
        this.rubbish = RubbishLog.attach(counters);
    }

    /**
     * Makes the key file if there is none, binds and answers. If the address is taken, it says so in the log and has none until
     * {@link #bind} gets it: a node answers questions all the same.
     *
     * @param control opened; formed or not
     */
    public static AdminApi start(
            AdminSettings settings,
            ControlPlane control,
            StateRoot root,
            NodeView node,
            Gate gate,
            AdminCounters counters)
            throws IOException {
        ApiKeys keys = ApiKeys.load(settings.dataFolder());
        Changes made = new Changes(control.changes(), root);
        List<Route> routes = new ArrayList<>();
        routes.addAll(new ServerRoutes(settings.version()).routes());
        routes.addAll(new ZoneRoutes(made, root).routes());
        routes.addAll(new EvenkeelRoutes(settings, node, root, control::replica).routes());
        routes.addAll(new GateRoutes(settings.node(), node, gate, control::askGates).routes());
        routes.addAll(new ClusterRoutes(settings, control.cluster()).routes());
        routes.add(new ImportRoute(made, settings.dataFolder(), settings.fileBytes()).route());
        return serve(settings.listen(), routes, node, keys, counters);
    }

    static AdminApi serve(
            InetSocketAddress listen, List<Route> routes, NodeView node, ApiKeys keys, AdminCounters counters)
            throws IOException {
        limitServer();
        HttpServer server = HttpServer.create();
        AdminApi api = new AdminApi(server, listen, new RouteTable(routes), node, keys, counters);
        server.setExecutor(api.threads);
        server.createContext("/", api::exchange);
        api.bind();
        return api;
    }

    /** Tries to get its address, unless it has it. One thread at a time. */
    public void bind() {
        if (bound) {
            return;
        }
        try {
            server.bind(listen, AdminLimits.CONNECTIONS);
            server.start();
            bound = true;
            LOG.info("admin API: listens on {}", AddressText.show(server.getAddress()));
        } catch (IOException e) {
            if (!told) {
                LOG.error(
                        "admin API: cannot listen on {} ({}): there is no API and no /metrics until that is so;"
                                + " tried again every second",
                        AddressText.show(listen),
                        e.getMessage());
            }
            told = true;
        }
    }

    /** The JDK's server takes its limits from properties, once, when its class is first used. */
    private static void limitServer() {
        Map.of(
                        "sun.net.httpserver.nodelay", "true",
                        "sun.net.httpserver.idleInterval", String.valueOf(AdminLimits.IDLE_SECONDS),
                        "sun.net.httpserver.maxReqTime", String.valueOf(AdminLimits.EXCHANGE_SECONDS),
                        "sun.net.httpserver.maxRspTime", String.valueOf(AdminLimits.EXCHANGE_SECONDS),
                        "sun.net.httpserver.maxReqHeaderSize", String.valueOf(AdminLimits.HEADER_BYTES),
                        "jdk.httpserver.maxConnections", String.valueOf(AdminLimits.CONNECTIONS))
                .forEach((key, value) -> {
                    if (System.getProperty(key) == null) {
                        System.setProperty(key, value);
                    }
                });
    }

    /** Where it listens; the port is the real one if 0 was asked for. */
    public InetSocketAddress address() {
        return bound ? server.getAddress() : listen;
    }

    /** Every operation; the API description must have these, and nothing else. */
    List<Route> routes() {
        return table.routes();
    }

    private void exchange(HttpExchange exchange) {
        try (exchange) {
            RouteTable.Target target = table.find(exchange.getRequestMethod(), path(exchange));
            Optional<String> principal = principal(exchange, target.access());
            if (principal.isEmpty()) {
                // Before a place is taken: the JDK's server waits for the rest of a body before it lets go, and a
                // stranger must not hold what others need.
                send(exchange, error(stranger()));
                return;
            }
            switch (target) {
                case RouteTable.Target.Nothing _ -> send(exchange, error(new ApiException(404, "Not Found")));
                case RouteTable.Target.OtherMethods others -> send(exchange, error(otherMethods(others.methods())));
                case RouteTable.Target.Operation operation -> operate(exchange, operation, principal.get());
            }
        } catch (IOException e) {
            LOG.debug("admin API: the client went away", e);
        } catch (RuntimeException e) {
            LOG.error("admin API: a fault of this program while answering", e);
        }
    }

    private Optional<String> principal(HttpExchange exchange, Access access) {
        return switch (access) {
            case OPEN -> Optional.of(Call.ANYBODY);
            case KEYED ->
                keys.principal(
                        exchange.getRequestHeaders().getFirst("X-API-Key"),
                        exchange.getRemoteAddress().getAddress());
        };
    }

    private void operate(HttpExchange exchange, RouteTable.Target.Operation operation, String principal)
            throws IOException {
        Semaphore place = Objects.requireNonNull(places.get(operation.access()));
        if (!place.tryAcquire()) {
            send(exchange, error(unavailable(operation.access().requests() + " requests are in work already")));
            return;
        }
        try (WorkMemory.Share share = memory.share()) {
            switch (operation.access()) {
                case OPEN -> send(exchange, answer(exchange, operation, principal, share));
                case KEYED -> await(() -> send(exchange, answer(exchange, operation, principal, share)));
            }
        } finally {
            place.release();
        }
    }

    /** Work for a thread of its own. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private void await(Work work) throws IOException {
        Callable<Boolean> task = () -> {
            work.run();
            return true;
        };
        try {
            workers.submit(task).get();
        } catch (RejectedExecutionException e) {
            throw new IOException("this node is stopping", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("this node is stopping", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException gone) {
                throw gone;
            }
            throw new IllegalStateException("work with a key ended in a fault", e.getCause());
        }
    }

    private static ApiException otherMethods(SortedSet<String> methods) {
        return new ApiException(405, "Method Not Allowed", List.of(), Map.of("Allow", String.join(", ", methods)));
    }

    private static ApiException unavailable(String why) {
        return new ApiException(
                503, why, List.of(), Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS)));
    }

    private static ApiException stranger() {
        return new ApiException(
                401,
                "Unauthorized: X-API-Key must be the contents of " + ApiKeys.FILE
                        + " in the node's data folder, from the same machine");
    }

    private Reply answer(
            HttpExchange exchange, RouteTable.Target.Operation operation, String principal, WorkMemory.Share share) {
        Route route = operation.route();
        try {
            if (route.fromState() && !node.hasState()) {
                // What it has so far would look like zones that went back, or were deleted.
                throw unavailable("this node does not have all zones yet: "
                        + String.join(", ", node.readiness().get().reasons()));
            }
            return route.handler().handle(new Call(exchange, principal, route.variables(operation.segments()), share));
        } catch (ApiException e) {
            if (DISCARDING.contains(e.status())) {
                discard(exchange);
            }
            return error(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(new ApiException(503, "this node is stopping"));
        } catch (IOException e) {
            LOG.warn(
                    "admin API: {} {}: {}",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    e.toString());
            boolean full = String.valueOf(e.getMessage()).contains("No space left");
            return error(
                    new ApiException(full ? 507 : 500, "the request could not be read or spooled: " + e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error(
                    "admin API: a fault of this program at {} {}",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    e);
            return error(new ApiException(
                    500, "a fault of this program: " + e.getClass().getSimpleName()));
        }
    }

    /** A connection that is closed on a body still being sent is reset, and the client never reads why. */
    private static void discard(HttpExchange exchange) {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream body = exchange.getRequestBody();
            long left = AdminLimits.DISCARD_BYTES;
            for (int read = 0; read >= 0 && left > 0; left -= read) {
                read = body.read(buffer);
            }
        } catch (IOException e) {
            LOG.debug("admin API: the rest of a body that is too large did not come", e);
        }
    }

    private static String path(HttpExchange exchange) {
        return Objects.requireNonNullElse(exchange.getRequestURI().getRawPath(), "");
    }

    private static Reply error(ApiException e) {
        ObjectNode json = Reply.JSON.createObjectNode();
        if (e.status() == 202) {
            json.put("requestId", e.headers().get("Evenkeel-Request-Id"));
            json.put("outcome", "unknown");
            json.put("note", "it will become visible once or not at all: " + e.getMessage());
        } else {
            json.put("error", e.getMessage());
            if (!e.problems().isEmpty()) {
                ArrayNode errors = json.putArray("errors");
                e.problems().forEach(errors::add);
            }
        }
        Reply reply = Reply.json(e.status(), json);
        for (Map.Entry<String, String> header : e.headers().entrySet()) {
            reply = reply.with(header.getKey(), header.getValue());
        }
        return reply;
    }

    private void send(HttpExchange exchange, Reply reply) throws IOException {
        counters.response(reply.status());
        reply.headers().forEach(exchange.getResponseHeaders()::set);
        Reply.Body body = reply.body();
        if (body == null) {
            exchange.sendResponseHeaders(reply.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(reply.status(), 0);
        try (OutputStream out = exchange.getResponseBody()) {
            body.writeTo(out);
        }
    }

    /** Stops at once; requests in work lose their connection. */
    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
        threads.shutdownNow();
        rubbish.detach();
    }
}
