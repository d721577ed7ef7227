package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.admin.AdminCounters.Refusal;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.log.JournalFiles;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.traffic.Captures;
import io.evenkeel.zones.state.Origin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes of one HTTP port of a node: of the admin port, or of the health port, which has the open ones alone. One virtual
 * thread a request, a platform thread for work with a key, and a bound on them. Any thread may call all methods but {@link #mend}.
 */
public final class AdminApi implements AutoCloseable {
    /** Connections that each of the two ports lets be open at once. */
    public static final int MOST_CONNECTIONS = AdminLimits.CONNECTIONS;

    private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);

    /** Answers that may come before a body has: too large, or no memory for it. */
    private static final Set<Integer> DISCARDING = Set.of(413, 503, 507);

    private final HttpPort port;
    /** Platform threads: a virtual one that computes, as reading a zone does for seconds, keeps others from the processor. */
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("admin-", 0).factory());

    private final Map<Access, Semaphore> places = new EnumMap<>(Access.class);
    private final WorkMemory memory;
    private final RouteTable table;
    private final NodeView node;
    private final @Nullable ApiKeys keys;
    private final AdminCounters counters;

    /** @param keys null: of open routes alone */
    private AdminApi(
            AdminCounters.Port port,
            InetSocketAddress listen,
            RouteTable table,
            NodeView node,
            @Nullable ApiKeys keys,
            AdminCounters counters) {
        this.port =
                new HttpPort(port, port.title(), listen, HttpLimits.STANDARD, counters, this::exchange, Time.SYSTEM);
        this.table = table;
        for (Access access : Access.values()) {
            places.put(access, new Semaphore(access.requests()));
        }
        this.node = node;
        this.memory = new WorkMemory(node.workOctets(), node.mostWorkOctets());
        this.keys = keys;
        this.counters = counters;
    }

    /**
     * Makes the key file if there is none, binds and answers. If the address is taken, or there can be no key, it says so in the
     * log and goes without until {@link #mend} gets it: a node answers questions all the same.
     *
     * @param control opened; formed or not
     * @param capacity of the cluster, as of now
     * @param limits of this node
     * @param storage of this node's disk
     * @param dnsAddresses where it listens for questions
     * @param captures of its traffic
     * @param journal of this node
     * @param logLevels of this process
     */
    public static AdminApi start(
            AdminSettings settings,
            ControlPlane control,
            StateRoot root,
            NodeView node,
            Gate gate,
            Supplier<ClusterCapacity> capacity,
            LimitControl limits,
            Storage storage,
            Supplier<List<DnsAddress>> dnsAddresses,
            Captures captures,
            JournalFiles journal,
            LogLevels logLevels,
            AdminCounters counters)
            throws IOException {
        ApiKeys keys = ApiKeys.open(settings.dataFolder(), settings.keys(), settings.privacy());
        Changes made = new Changes(control.changes(), root, settings.node());
        List<Route> routes = new ArrayList<>();
        routes.addAll(new ServerRoutes(settings.version()).routes());
        routes.addAll(new ZoneRoutes(made, root).routes());
        routes.addAll(new HistoryRoutes(settings.node(), root).routes());
        routes.addAll(new UndoRoutes(root, made).routes());
        routes.addAll(new SettingRoutes(made, root).routes());
        routes.add(new SearchRoute(root, Time.SYSTEM).route());
        routes.addAll(new EvenkeelRoutes(settings, node, root, control::replica, limits).routes());
        routes.addAll(HealthRoutes.of(node));
        routes.addAll(new GateRoutes(settings.node(), node, gate, control::askGates).routes());
        routes.addAll(new ClusterRoutes(settings, control.cluster(), capacity).routes());
        routes.addAll(new CapacityRoutes(capacity).routes());
        routes.addAll(new LimitRoutes(settings.node(), limits, control.cluster(), root, dnsAddresses).routes());
        routes.addAll(new DiagnoseRoutes(node.configuration()).routes());
        routes.addAll(new StorageRoutes(settings.node(), storage).routes());
        routes.addAll(new TrafficRoutes(settings.node(), captures).routes());
        routes.add(new ImportRoute(made, settings.dataFolder(), settings.fileBytes(), storage.keeper()).route());
        routes.addAll(new LogRoutes(settings.node(), journal, logLevels).routes());
        return serve(settings.listen(), routes, node, keys, counters);
    }

    /**
     * Binds and answers {@code /livez}, {@code /readyz} and {@code /metrics} on a port of their own, with places of their own, so
     * that nothing that happens to the admin port takes these from load balancers and monitoring. A taken address is treated as
     * by {@link #start}.
     */
    public static AdminApi health(InetSocketAddress listen, NodeView node, AdminCounters counters) {
        AdminApi api = new AdminApi(
                AdminCounters.Port.HEALTH, listen, new RouteTable(HealthRoutes.of(node)), node, null, counters);
        api.port.bind();
        return api;
    }

    static AdminApi serve(
            InetSocketAddress listen, List<Route> routes, NodeView node, ApiKeys keys, AdminCounters counters) {
        AdminApi api = new AdminApi(AdminCounters.Port.ADMIN, listen, new RouteTable(routes), node, keys, counters);
        api.port.bind();
        return api;
    }

    /** Tries to get what it lacks: its address, its key. One thread at a time. */
    public void mend() {
        port.bind();
        if (keys != null) {
            keys.poll();
        }
    }

    /** Why nobody can show a good key, and the remedy, one line for people; empty if there is a key, or no route that wants one. */
    public String keyTrouble() {
        return keys == null ? "" : keys.trouble();
    }

    /** Why keys cannot be read, that of the node or others, one line each. */
    public List<String> keyTroubles() {
        return keys == null ? List.of() : keys.troubles();
    }

    /** Where it listens; the port is the real one if 0 was asked for. */
    public InetSocketAddress address() {
        return port.address();
    }

    WorkMemory memory() {
        return memory;
    }

    /** Every operation; the API description must have these, and nothing else. */
    List<Route> routes() {
        return table.routes();
    }

    private void exchange(Exchange exchange) {
        try {
            RouteTable.Target target = table.find(exchange.method(), exchange.rawPath());
            String lack = target.access() == Access.KEYED ? keyTrouble() : "";
            if (!lack.isEmpty()) {
                send(exchange, error(unavailable("this node has no API key at present: " + lack)));
                return;
            }
            Optional<Caller> caller = caller(exchange, target.access());
            if (caller.isEmpty()) {
                // Before a place is taken, which a stranger must not hold.
                send(exchange, error(stranger()));
                return;
            }
            switch (target) {
                case RouteTable.Target.Nothing _ -> send(exchange, error(new ApiException(404, "Not Found")));
                case RouteTable.Target.OtherMethods others -> send(exchange, error(otherMethods(others.methods())));
                case RouteTable.Target.Operation operation -> operate(exchange, operation, caller.get());
            }
        } catch (IOException e) {
            LOG.debug("admin API: the client went away", e);
        }
    }

    private Optional<Caller> caller(Exchange exchange, Access access) {
        if (access == Access.OPEN || keys == null) {
            return Optional.of(new Caller(new Origin(Call.ANYBODY, "", ""), false));
        }
        ApiKeys.Finding found = keys.find(exchange.header("X-API-Key"), exchange.client());
        Refusal refusal = found.refusal();
        if (refusal == null) {
            return Optional.ofNullable(found.caller());
        }
        counters.refuse(refusal);
        switch (refusal) {
            case MISSING -> LOG.debug("admin API: a request from {} without a key", keys.show(exchange.client()));
            case WRONG ->
                LOG.warn("admin API: refused a key of {} that is not this node's", keys.show(exchange.client()));
            case ELSEWHERE ->
                LOG.warn(
                        "admin API: refused this node's own key from {}: it is good on the same machine alone",
                        keys.show(exchange.client()));
        }
        return Optional.empty();
    }

    private void operate(Exchange exchange, RouteTable.Target.Operation operation, Caller caller) throws IOException {
        Semaphore place = Objects.requireNonNull(places.get(operation.access()));
        if (!place.tryAcquire()) {
            send(exchange, error(unavailable(operation.access().requests() + " requests are in work already")));
            return;
        }
        try (WorkMemory.Share share = memory.share()) {
            switch (operation.access()) {
                case OPEN -> send(exchange, answer(exchange, operation, caller, share));
                case KEYED ->
                    await(() -> {
                        stream(exchange, answer(exchange, operation, caller, share));
                        if (!share.isEmpty()) {
                            exchange.awaitTaken();
                        }
                    });
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
            Exchange exchange, RouteTable.Target.Operation operation, Caller caller, WorkMemory.Share share) {
        Reply reply = reply(exchange, operation, caller, share);
        counters.request(operation.route(), reply.status());
        return reply;
    }

    private Reply reply(
            Exchange exchange, RouteTable.Target.Operation operation, Caller caller, WorkMemory.Share share) {
        Route route = operation.route();
        try {
            if (route.fromState() && !node.hasState()) {
                // What it has so far would look like zones that went back, or were deleted.
                throw unavailable("this node does not have all zones yet: "
                        + String.join(", ", node.readiness().get().reasons()));
            }
            return route.handler().handle(new Call(exchange, caller, route.variables(operation.segments()), share));
        } catch (ApiException e) {
            if (DISCARDING.contains(e.status())) {
                discard(exchange);
            }
            return error(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(new ApiException(503, "this node is stopping"));
        } catch (BrokenBodyException e) {
            return error(new ApiException(400, String.valueOf(e.getMessage())));
        } catch (IOException e) {
            LOG.warn("admin API: {} {}: {}", exchange.method(), exchange.rawPath(), e.toString());
            return error(new ApiException(500, "the request could not be worked on: " + e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("admin API: a fault of this program at {} {}", exchange.method(), exchange.rawPath(), e);
            return error(new ApiException(
                    500, "a fault of this program: " + e.getClass().getSimpleName()));
        }
    }

    /** A connection that is closed on a body still being sent is reset, and the client never reads why. */
    private static void discard(Exchange exchange) {
        if (exchange.isBodyHeldBack()) {
            return; // the client has asked first, and reads the reply
        }
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream body = exchange.body();
            long left = AdminLimits.DISCARD_BYTES;
            for (int read = 0; read >= 0 && left > 0; left -= read) {
                read = body.read(buffer);
            }
        } catch (IOException e) {
            LOG.debug("admin API: the rest of a body that is too large did not come", e);
        }
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
        Reply reply = Reply.asPowerDns(e.status(), json);
        for (Map.Entry<String, String> header : e.headers().entrySet()) {
            reply = reply.with(header.getKey(), header.getValue());
        }
        return reply;
    }

    /** Of what is small: made as a whole, so that no client keeps the place by taking it slowly. */
    private void send(Exchange exchange, Reply reply) throws IOException {
        counters.response(reply.status());
        Reply.Body body = reply.body();
        if (body == null) {
            exchange.reply(reply.status(), reply.headers(), null);
            return;
        }
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        body.writeTo(octets);
        exchange.reply(reply.status(), reply.headers(), octets.toByteArray());
    }

    private void stream(Exchange exchange, Reply reply) throws IOException {
        Reply.Body body = reply.body();
        if (body == null) {
            send(exchange, reply);
            return;
        }
        counters.response(reply.status());
        body.writeTo(exchange.reply(reply.status(), reply.headers()));
        exchange.end();
    }

    /** Stops at once; requests in work lose their connection. */
    @Override
    public void close() {
        port.close();
        workers.shutdownNow();
    }
}
