package io.evenkeel.server;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.raft.RatisReplica;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.admin.AdminApi;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.admin.AdminSettings;
import io.evenkeel.server.admin.NodeView;
import io.evenkeel.server.change.ChangeService;
import io.evenkeel.server.cluster.ClusterService;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.cluster.ControlSettings;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.DnsConfig;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import io.evenkeel.server.metrics.Metrics;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.CapacityFile;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.Startup;
import io.evenkeel.server.node.WarmUp;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.transport.AddressInUseException;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.ReceiveSettings;
import io.evenkeel.server.transport.Silence;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Order of the start: the DNS sockets first of all, so that an early client meets silence and never an error; then what can
 * be wrong with this machine (data folder, key, ports), while the caller still waits for it; then the control plane, and on
 * a thread of its own the way into the cluster, which may take for ever. The end is the same backwards: the DNS sockets
 * answer until the very last.
 */

/** One node: everything that it consists of, put together here and nowhere else. */
public final class DnsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DnsServer.class);

    private static final Duration RESCAN = Duration.ofSeconds(5);
    private static final Duration OBSERVE = Duration.ofSeconds(1);
    private static final Duration POLL_KEYS = Duration.ofSeconds(1);
    /** After a change of the key file a node makes cookies with the old key for so long, which all still accept. */
    private static final Duration REFRESH_COOKIES = Duration.ofSeconds(5);

    private static final Duration STOP_STARTUP = Duration.ofSeconds(1);

    private static final String COOKIE_PURPOSE = "evenkeel cookie v1";

    private final ServerConfig config;
    private final CookieSecrets cookies =
            CookieSecrets.create(() -> TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()));
    private final StateRoot root = new StateRoot(ReplicatedState.empty());
    private final ControlCounters controlCounters = new ControlCounters();
    private final AdminCounters adminCounters = new AdminCounters();
    private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
    private final Daemons daemons = new Daemons(failed::complete);
    private final AtomicBoolean closed = new AtomicBoolean();
    /** How to stop what has been started, the last first. */
    private final Deque<Runnable> stops = new ArrayDeque<>();

    private final Sockets sockets;
    private final AnswerLoops loops;
    private final DnsListeners listeners;
    private final ControlPlane control;
    private final NodeLife life;
    private final Readiness readiness;
    private final Gate gate;
    private final CapacityFile capacityFile;
    private final Metrics metrics;
    private final AdminApi admin;

    private DnsServer(ServerConfig config, LongSupplier suppressedLines) throws IOException {
        this.config = config;
        DnsConfig dns = config.dns();
        sockets = Sockets.best(dns.udpBatches());
        if (sockets != Sockets.BATCHED) {
            LOG.info(
                    "UDP goes through Netty's channels, at more CPU for each datagram: {}",
                    dns.udpBatches() ? Sockets.whyNotBatched() : "dns.udp-batches is false");
        }
        try {
            Supplier<Catalog> catalog = () -> root.get().state().catalog();
            DataAge dataAge =
                    new DataAge(root, config.node().data(), config.gate().staleAfter());
            loops = AnswerLoops.start(
                    sockets,
                    "dns",
                    dns.loops(),
                    catalog,
                    answers(dns),
                    new ReceiveSettings(dns.clientTimeout(), dns.degradedShare()),
                    dataAge::isStale);
            stops.push(loops::close);
            listeners = DnsListeners.bind(loops, dns.listen(), dns.tcpConnections(), dns.tcpIdle());
            stops.push(listeners::close);
            if (listeners.silence() == Silence.UNREAD) {
                LOG.warn("This machine allows no socket filters: until this node is open, TCP connections are refused,"
                        + " and clients that are refused come again at once");
            }
            DataFolder.prepare(config.node().data());
            refuseTakenPorts(config);
            ClusterKeys keys = keys(config);
            if (keys != null) {
                cookies.share(() -> keys.secrets(COOKIE_PURPOSE, CookieSecrets.ROOT_BYTES));
            }
            control = ControlPlane.open(
                    settings(config),
                    keys,
                    root,
                    (replica, published) -> RatisReplica.start(replica, published, daemons),
                    controlCounters);
            stops.push(control::close);
            life = new NodeLife();
            readiness = new Readiness(life, dataAge::isStale, loops::behind);
            gate = new Gate(life, root, listeners::open, listeners::shut, control::askGates);
            control.gate(gate::countsAsOpen);
            capacityFile =
                    new CapacityFile(config.node().data(), loops.counters().size());
            capacity(capacityFile.kept());
            metrics =
                    new Metrics(loops, listeners, gate, dataAge, root, control::replica, this::readiness, Version.TEXT);
            NodeView view = new NodeView(this::readiness, dataAge::seconds, dataAge::text, metrics::scrape);
            control.cluster().describe(() -> {
                Readiness.Verdict verdict = readiness();
                return new ClusterService.Health(verdict.state().name(), verdict.ready(), verdict.reasons());
            });
            admin = AdminApi.start(
                    new AdminSettings(
                            config.admin().listen(),
                            Version.TEXT,
                            config.cluster().name(),
                            config.node().name(),
                            config.node().data()),
                    control.changes(),
                    control.cluster(),
                    root,
                    control::replica,
                    view,
                    gate,
                    adminCounters);
            stops.push(admin::close);
            countersInto(metrics, suppressedLines);
            metrics.keys(keys);
            housekeeping(dataAge, keys);
        } catch (IOException | RuntimeException e) {
            stopAll(stops);
            throw e;
        }
    }

    /**
     * Binds, checks, and sets out for the cluster; returns before it has got there. {@link #life()} tells how far it is.
     *
     * @param suppressedLines how many log lines were left out, for the metrics
     * @throws IOException if this machine does not allow what is configured; an exit code tells which
     */
    public static DnsServer start(ServerConfig config, LongSupplier suppressedLines) throws IOException {
        DnsServer server = new DnsServer(config, suppressedLines);
        server.setOut();
        return server;
    }

    /** Where in its life it is. */
    public NodeLife life() {
        return life;
    }

    /** Whether it answers, and how to change that. */
    public Gate gate() {
        return gate;
    }

    /** Takes changes. */
    public ChangeService changes() {
        return control.changes();
    }

    /** Its metrics. */
    public Metrics metrics() {
        return metrics;
    }

    /** Where it answers questions, or will. */
    public List<InetSocketAddress> dnsAddresses() {
        return listeners.addresses();
    }

    /** Where the admin API listens. */
    public InetSocketAddress adminAddress() {
        return admin.address();
    }

    /** Completes, if ever, with what makes it impossible to go on; the process should end. */
    public CompletableFuture<Throwable> failed() {
        return failed;
    }

    /** Stops in order. Once; a second call does nothing. Bounded by what its parts take, some seconds at most. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            life.drain();
            stopAll(stops);
        }
    }

    private void setOut() {
        Daemon way = daemons.platform("startup", Daemon.OnFault.END, this::enter);
        stops.push(() -> stop(way));
        CompletableFuture<Void> _ = control.stray().thenAccept(failed::complete);
        way.start();
    }

    private void enter() throws InterruptedException {
        try {
            Replica replica = control.form();
            new Startup(life, root, config.gate(), this::warmUp, gate).run(replica);
        } catch (IOException e) {
            failed.complete(e);
        }
    }

    private void warmUp(Catalog zones) {
        capacity(capacityFile.settle(
                WarmUp.run(zones, config.gate().warmUp(), config.dns().udpPayload(), sockets)));
    }

    private void capacity(@Nullable Capacity known) {
        gate.capacity(known);
        if (known != null) {
            loops.capacity(known.loopQps());
        }
    }

    private AnswerSettings answers(DnsConfig dns) {
        return new AnswerSettings(
                dns.udpPayload(),
                dns.aliasLinks(),
                dns.nsid(),
                "evenkeel " + Version.TEXT,
                dns.chaos(),
                dns.cookies() ? cookies : null,
                dns.requireServerCookie(),
                // RFC 7828 §3.3.2: zero asks clients to close their connections, before this node does
                () -> life.state() == NodeState.DRAINING ? Duration.ZERO : dns.tcpIdle());
    }

    private void countersInto(Metrics target, LongSupplier suppressedLines) {
        for (ControlCounters.Counter counter : ControlCounters.Counter.values()) {
            target.counter(counter.metric(), counter.help(), () -> controlCounters.get(counter));
        }
        target.counter("admin_rejects", "Connections to the admin API that did not speak HTTP", adminCounters::rubbish);
        target.counter("log_suppressed", "Log lines left out by the rate limit", suppressedLines);
    }

    /** Whether traffic should be sent to it, and what to know about it. */
    public Readiness.Verdict readiness() {
        Replica present = control.replica();
        return readiness.verdict(new Readiness.Standing(
                control.waitsFor(), present == null ? null : present.status().fault(), control.retired()));
    }

    private void housekeeping(DataAge age, @Nullable ClusterKeys keys) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("housekeeping").factory());
        stops.push(timer::shutdownNow);
        repeat(timer, RESCAN, listeners::rescan);
        repeat(timer, OBSERVE, metrics::observe);
        repeat(timer, OBSERVE, age::observe);
        repeat(timer, OBSERVE, loops::observe);
        if (keys != null) {
            repeat(timer, POLL_KEYS, keys::poll);
        }
        repeat(timer, REFRESH_COOKIES, cookies::refresh);
    }

    private static void repeat(ScheduledExecutorService timer, Duration every, Runnable task) {
        Runnable surviving = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                // It would be the last run otherwise.
                LOG.error("A fault of this program in housekeeping", e);
            }
        };
        Future<?> _ =
                timer.scheduleWithFixedDelay(surviving, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void stopAll(Deque<Runnable> stops) {
        while (!stops.isEmpty()) {
            try {
                stops.pop().run();
            } catch (RuntimeException e) {
                // The others must be stopped all the same.
                LOG.warn("A part of the node could not be stopped in order", e);
            }
        }
    }

    private static void stop(Daemon daemon) {
        try {
            if (!daemon.stop(STOP_STARTUP)) {
                LOG.warn("The way into the cluster does not stop; its thread is left to the end of the process");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static @Nullable ClusterKeys keys(ServerConfig config) throws IOException {
        Path file = config.cluster().keyFile();
        return file == null ? null : ClusterKeys.load(file);
    }

    private static ControlSettings settings(ServerConfig config) throws IOException {
        List<MemberConfig> members = config.cluster().members();
        MemberConfig self = config.self() == null ? alone(config) : config.self();
        List<ControlSettings.Listed> others = new ArrayList<>();
        for (MemberConfig member : members) {
            if (!member.name().equals(self.name())) {
                others.add(listed(member));
            }
        }
        boolean first = members.isEmpty() || members.getFirst().name().equals(self.name());
        return new ControlSettings(
                Version.TEXT,
                config.cluster().name(),
                config.node().data(),
                listed(self),
                others,
                first,
                ReplicaTuning.STANDARD);
    }

    private static ControlSettings.Listed listed(MemberConfig member) {
        return new ControlSettings.Listed(member.name(), member.raft(), member.peer());
    }

    /** Nobody connects to a node by itself, but its log wants a port of its own. */
    private static MemberConfig alone(ServerConfig config) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = new InetSocketAddress(free.getInetAddress(), free.getLocalPort());
            return new MemberConfig(config.node().name(), address, address);
        }
    }

    /** The libraries that bind these report it late, and in their own words. */
    private static void refuseTakenPorts(ServerConfig config) throws IOException {
        MemberConfig self = config.self();
        if (self != null) {
            refuseTaken(self.raft(), "raft", "cluster.members");
            refuseTaken(self.peer(), "peer", "cluster.members");
        }
        refuseTaken(config.admin().listen(), "admin", "admin.listen");
    }

    private static void refuseTaken(InetSocketAddress address, String what, String key) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("in use")) {
                throw new AddressInUseException(address, what, key, e);
            }
            throw new IOException(
                    "cannot listen on " + address.getAddress().getHostAddress() + " port " + address.getPort() + " ("
                            + what + "): " + e.getMessage() + "; choose an address of this machine with " + key,
                    e);
        }
    }
}
