package io.evenkeel.server;

import io.evenkeel.consensus.Replica;
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
import io.evenkeel.server.cluster.OwnNode;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.DnsConfig;
import io.evenkeel.server.metrics.Metrics;
import io.evenkeel.server.metrics.MetricsSources;
import io.evenkeel.server.node.CapacityFile;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeMemory;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.Startup;
import io.evenkeel.server.node.WarmUp;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.ReceiveSettings;
import io.evenkeel.server.transport.Silence;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
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

    private static final Duration STOP_STARTUP = Duration.ofSeconds(1);

    private final Configuration configuration;
    private final ServerConfig config;
    private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
    private final Daemons daemons = new Daemons(failed::complete);
    private final NodeLife life = new NodeLife();
    private final CookieSecrets cookies =
            CookieSecrets.create(() -> TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()));
    private final StateRoot root = new StateRoot(ReplicatedState.empty());
    private final NodeMemory memory = NodeMemory.ofThisProcess();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** How to stop what has been started, the last first. */
    private final Deque<Runnable> stops = new ArrayDeque<>();

    private final Sockets sockets;
    private final AnswerLoops loops;
    private final DnsListeners listeners;
    private final DataAge age;
    private final Gate gate;
    private final Readiness readiness;
    private final ControlPlane control;
    private final CapacityFile capacity;
    private final Metrics metrics;
    private final AdminApi admin;

    private DnsServer(Configuration configuration, LongSupplier suppressedLines, UnaryOperator<Replica> fitted)
            throws IOException {
        this.configuration = configuration;
        this.config = configuration.config();
        Path data = config.node().data();
        DnsConfig dns = config.dns();
        sockets = sockets(dns);
        try {
            age = new DataAge(root, data, config.gate().staleAfter());
            // What nobody has confirmed since the start may be old, whatever its age is believed to be; so is what may
            // be wrong.
            BooleanSupplier stale = () -> age.isStale() || root.isDoubted() || !life.isCaughtUp();
            loops = AnswerLoops.start(
                    sockets,
                    "dns",
                    dns.loops(),
                    new AnswerSource(() -> root.get().state().catalog(), answers(dns), stale),
                    new ReceiveSettings(dns.clientTimeout(), dns.degradedShare()));
            stops.push(loops::close);
            listeners = DnsListeners.bind(loops, dns.listen(), dns.tcpConnections(), dns.tcpIdle());
            stops.push(listeners::close);
            if (listeners.silence() == Silence.UNREAD) {
                LOG.warn("This machine allows no socket filters: until this node is open, TCP connections are refused,"
                        + " and clients that are refused come again at once");
            }

            checkMachine();
            ClusterKeys keys = ConfiguredCluster.keys(config);
            Housekeeping.refresh(cookies, keys);
            capacity = new CapacityFile(data, loops.counters().size(), loops::capacity);

            gate = new Gate(life, root, listeners::open, listeners::shut);
            readiness = new Readiness(life, () -> age.isStale() || root.isDoubted(), this::remarks);
            ControlCounters controlCounters = new ControlCounters();
            control = ControlPlane.open(
                    ConfiguredCluster.settings(config),
                    keys,
                    root,
                    (replica, published) -> fitted.apply(RatisReplica.start(replica, published, daemons)),
                    controlCounters,
                    new OwnNode(gate::countsAsOpen, this::health),
                    daemons);
            stops.push(control::close);

            AdminCounters adminCounters = new AdminCounters();
            metrics = new Metrics(new MetricsSources(
                    loops,
                    listeners,
                    gate,
                    age,
                    root,
                    control::replica,
                    this::readiness,
                    capacity::known,
                    keys,
                    controlCounters,
                    adminCounters,
                    daemons,
                    suppressedLines,
                    () -> !configuration.problems().isEmpty(),
                    Version.TEXT));
            admin = AdminApi.start(
                    new AdminSettings(
                            config.admin().listen(),
                            Version.TEXT,
                            config.cluster().name(),
                            config.node().name(),
                            data),
                    control,
                    root,
                    new NodeView(
                            this::readiness,
                            age::seconds,
                            age::text,
                            capacity::known,
                            metrics::scrape,
                            () -> !life.isCaughtUp() && control.standing().fault() != null,
                            () -> memory.work(root.get().state())),
                    gate,
                    adminCounters);
            stops.push(admin::close);
            stops.push(Housekeeping.observe(daemons, age, loops, metrics, cookies, keys)::close);
            stops.push(
                    Housekeeping.maintain(daemons, age, listeners, admin::bind, this::keepConfiguration, keys)::close);
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
    public static DnsServer start(Configuration configuration, LongSupplier suppressedLines) throws IOException {
        return start(configuration, suppressedLines, UnaryOperator.identity());
    }

    /** @param fitted puts something around the replica: a test its faults */
    static DnsServer start(Configuration configuration, LongSupplier suppressedLines, UnaryOperator<Replica> fitted)
            throws IOException {
        DnsServer server = new DnsServer(configuration, suppressedLines, fitted);
        server.setOut();
        return server;
    }

    /** A node that has zones starts whatever is wrong here: what needs the disk, or a port, waits until it has it. */
    private void checkMachine() throws IOException {
        try {
            DataFolder.prepare(config.node().data());
            OwnPorts.requireFree(config);
        } catch (IOException e) {
            if (!DataFolder.holdsZones(config.node().data())) {
                throw e;
            }
            LOG.error("{}. This node goes on with the zones that it has", e.getMessage());
        }
    }

    /** Where in its life it is. */
    public NodeLife life() {
        return life;
    }

    /** Whether traffic should be sent to it, and what to know about it. */
    public Readiness.Verdict readiness() {
        return verdict(control.standing());
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
            new Startup(life, root, age, config.gate(), this::warmUp, gate).run(replica);
        } catch (IOException e) {
            failed.complete(e);
        }
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>(configuration.reasons());
        remarks.addAll(loops.behind());
        for (String remark : List.of(life.waitsFor(), control.portTrouble())) {
            if (!remark.isEmpty()) {
                remarks.add(remark);
            }
        }
        remarks.addAll(memory.reasons(root.get().state()));
        return remarks;
    }

    private void warmUp(Catalog zones) {
        capacity.settle(WarmUp.run(zones, config.gate().warmUp(), config.dns().udpPayload(), sockets));
    }

    private void keepConfiguration() {
        if (life.state() == NodeState.OPEN) {
            configuration.keep();
        }
    }

    private Readiness.Verdict verdict(OwnNode.Standing standing) {
        return readiness.verdict(new Readiness.Standing(
                standing.waitsFor(),
                standing.fault(),
                standing.retired(),
                standing.doubts(),
                standing.out(),
                standing.leader()));
    }

    private ClusterService.Health health(OwnNode.Standing standing) {
        Readiness.Verdict verdict = verdict(standing);
        return new ClusterService.Health(verdict.state().name(), verdict.ready(), verdict.reasons());
    }

    private static Sockets sockets(DnsConfig dns) {
        Sockets best = Sockets.best(dns.udpBatches());
        if (best != Sockets.BATCHED) {
            LOG.info(
                    "UDP goes through Netty's channels, at more CPU for each datagram: {}",
                    dns.udpBatches() ? Sockets.whyNotBatched() : "dns.udp-batches is false");
        }
        return best;
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
}
