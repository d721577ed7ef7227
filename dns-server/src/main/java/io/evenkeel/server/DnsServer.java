package io.evenkeel.server;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.raft.RatisReplica;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.admin.AdminApi;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.admin.AdminSettings;
import io.evenkeel.server.admin.NodeView;
import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.change.ChangeService;
import io.evenkeel.server.cluster.ClusterService;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.cluster.OwnNode;
import io.evenkeel.server.config.ConfigText;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.DnsConfig;
import io.evenkeel.server.config.ServerConfig.DrillConfig.Defence;
import io.evenkeel.server.config.ServerConfig.KeyConfig.Right;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.log.GcLog;
import io.evenkeel.server.log.JournalFiles;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.metrics.Metrics;
import io.evenkeel.server.metrics.MetricsSources;
import io.evenkeel.server.node.CalmShare;
import io.evenkeel.server.node.CapacityFile;
import io.evenkeel.server.node.ClusterWatch;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Descriptors;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeMemory;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.Renewal;
import io.evenkeel.server.node.Standstill;
import io.evenkeel.server.node.Startup;
import io.evenkeel.server.node.StormWatch;
import io.evenkeel.server.node.WarmUp;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.NodeStanding;
import io.evenkeel.server.peer.Vitals;
import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.Probes;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.ZoneAnswers;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.traffic.Captures;
import io.evenkeel.server.traffic.Traffic;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.LoopWatch;
import io.evenkeel.server.transport.Silence;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.server.transport.TcpSettings;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
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

    /** File of the data folder: see {@link io.evenkeel.consensus.trust.KnownAddresses}. */
    private static final String KNOWN_ADDRESSES = "known-addresses";

    private static final Duration STOP_STARTUP = Duration.ofSeconds(1);

    /** Between two looks at the cost of answers, and the longest time for which a node that is open asks itself. */
    private static final Duration MEASURE = Duration.ofSeconds(3);

    private final Configuration configuration;
    private final ServerConfig config;
    private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
    private final Daemons daemons = new Daemons(failed::complete);
    private final NodeLife life = new NodeLife();
    private final Standstill standstill = new Standstill();
    private final CookieSecrets cookies =
            CookieSecrets.create(() -> TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()));
    private final @Nullable Probes probes;
    private final StateRoot root = new StateRoot(ReplicatedState.empty());
    private final NodeMemory memory = NodeMemory.ofThisProcess();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** What the parts lack, a line each; none before there are parts. */
    private volatile Supplier<List<String>> lacks = List::of;

    /** How to stop what has been started, the last first. */
    private final Deque<Runnable> stops = new ArrayDeque<>();

    private final Limits clientLimits;
    private final Sockets sockets;
    private final AnswerLoops loops;
    private final Descriptors descriptors;
    private final LoopWatch watch;
    private final DnsListeners listeners;
    private final DataAge age;
    private final Gate gate;
    private final Readiness readiness;
    private final ControlPlane control;
    private final ClusterWatch cluster;
    private final LogLevels logLevels = new LogLevels();
    private final LimitControl limits;
    private final StormWatch storm;
    private final CapacityFile capacity;
    private final CapacityWatch vitals;
    private final Storage storage;
    private final Metrics metrics;
    private final AdminApi admin;
    private final AdminApi health;
    private final @Nullable ClusterKeys keys;

    private DnsServer(Configuration configuration, LogLosses losses, UnaryOperator<Replica> fitted, InstantSource clock)
            throws IOException {
        this.configuration = configuration;
        this.config = configuration.config();
        this.probes = ConfiguredCapacity.probes(config);
        Path data = config.node().data();
        DnsConfig dns = config.dns();
        sockets = sockets(dns);
        ClientPrivacy privacy = config.privacy().clientAddresses();
        clientLimits = new Limits(LimitSettings.UPGRADED, dns.clientTimeout(), privacy);
        Traffic traffic = Traffic.sampled();
        try {
            age = new DataAge(root, data, config.gate().staleAfter());
            // What nobody has confirmed since the start may be old, whatever its age is believed to be; so is what may
            // be wrong.
            BooleanSupplier old = () -> age.isStale() || root.isDoubted() || standstill.isStale();
            BooleanSupplier stale = () -> !life.isCaughtUp() || old.getAsBoolean();
            loops = AnswerLoops.start(
                    sockets,
                    "dns",
                    dns.loops(),
                    ConfiguredSockets.hasInfrastructure(config),
                    new AnswerSource(() -> root.get().state().catalog(), answers(dns), stale, clientLimits, traffic)
                            .counting(new ZoneAnswers(config.metrics().zones())),
                    ConfiguredSockets.receiving(config));
            stops.push(loops::close);
            CompletableFuture<Void> _ = loops.ended().thenAccept(failed::complete);
            watch = new LoopWatch(loops);
            descriptors = descriptors(dns, loops);
            descriptors.reasons().forEach(reason -> LOG.error("Too few descriptors: {}", reason));
            listeners = DnsListeners.bind(
                    loops,
                    ConfiguredSockets.points(config),
                    ConfiguredSockets.tcp(config, descriptors.tcpConnections()));
            stops.push(listeners::close);
            if (listeners.silence() == Silence.UNREAD) {
                LOG.warn("This machine allows no socket filters: until this node is open, TCP connections are refused,"
                        + " and clients that are refused come again at once");
            }
            config.drill().reasons().forEach(reason -> LOG.warn("This node is {}", reason));
            if (!config.drill().has(Defence.SILENT_GATE)) {
                listeners.open();
            }

            checkMachine();
            keys = ConfiguredCluster.keys(config, clock);
            if (keys != null) {
                keys.known().keepIn(data.resolve(KNOWN_ADDRESSES));
                keys.privacy(privacy);
            }
            Housekeeping.refresh(cookies, keys);
            if (probes != null) {
                Housekeeping.refresh(probes, keys);
            }
            capacity = new CapacityFile(data, loops.deviceLoops(), loops::capacity);

            storm = new StormWatch(
                    () -> QueryCounters.sum(loops.counters()),
                    dns.clientTimeout(),
                    clientLimits.clients(),
                    new CalmShare(data));
            limits = new LimitControl(config.node().name(), root, clientLimits::settings);
            gate = new Gate(life, root, listeners::open, listeners::shut);
            readiness = new Readiness(life, listeners::isNowhere, old, this::remarks);
            storage = ConfiguredStorage.of(config, this::zonesToKeep, this::disks, this::replica, clock, daemons);
            vitals = new CapacityWatch(
                    ConfiguredCapacity.settings(config, probes),
                    storage.duty()::disk,
                    loops,
                    capacity,
                    this::countsAsOpen,
                    daemons);
            ControlCounters controlCounters = new ControlCounters();
            control = ControlPlane.open(
                    ConfiguredCluster.settings(config),
                    keys,
                    root,
                    (replica, published) -> fitted.apply(RatisReplica.start(replica, published, daemons)),
                    controlCounters,
                    new OwnNode(
                            this::countsAsOpen, this::isSound, this::health, vitals::vitals, storage.duty()::crowded),
                    daemons);
            stops.push(control::close);
            vitals.join(new ControlNeighbours(control));
            stops.push(storage::close);
            storage.start();

            Captures captures = new Captures(
                    traffic,
                    data.resolve(Captures.FOLDER),
                    config.node().name(),
                    "evenkeel " + Version.TEXT,
                    privacy,
                    storage.keeper()::makeRoom,
                    daemons);
            stops.push(captures::close);
            cluster = new ClusterWatch(this::replicaStatus);

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
                    vitals,
                    storage,
                    captures,
                    keys,
                    controlCounters,
                    adminCounters,
                    daemons,
                    watch,
                    losses,
                    logLevels,
                    cluster,
                    () -> !configuration.problems().isEmpty(),
                    config.drill().mode(),
                    () -> control.names().unresolved().size(),
                    descriptors,
                    limits,
                    storm,
                    ConfigText.ofCluster(config),
                    Version.TEXT));
            NodeView view = new NodeView(
                    this::readiness,
                    age::seconds,
                    age::text,
                    capacity::known,
                    metrics::scrape,
                    () -> ConfigText.of(config),
                    () -> !life.isCaughtUp()
                            && (root.isPartial() || control.standing().fault() != null),
                    () -> memory.work(root.get().state()),
                    () -> memory.mostWork(root.get().state()));
            admin = AdminApi.start(
                    new AdminSettings(
                            config.admin().listen(),
                            Version.TEXT,
                            config.cluster().name(),
                            config.node().name(),
                            data,
                            privacy,
                            config.admin().keys().stream()
                                    .map(key -> new AdminSettings.Key(
                                            key.name(), key.file(), key.rights().contains(Right.BULK)))
                                    .toList()),
                    control,
                    root,
                    view,
                    gate,
                    vitals::cluster,
                    limits,
                    storage,
                    () -> ConfiguredSockets.shown(listeners.points()),
                    captures,
                    new JournalFiles(data),
                    logLevels,
                    adminCounters);
            stops.push(admin::close);
            health = AdminApi.health(config.health().listen(), view, adminCounters);
            stops.push(health::close);
            lacks = () -> Stream.concat(
                            Stream.concat(Stream.of(control.portTrouble()), admin.keyTroubles().stream()),
                            control.nameTroubles().stream())
                    .toList();
            requireApiKey();
            stops.push(Housekeeping.watch(
                    daemons,
                    watch,
                    standstill,
                    () -> standstill.confirm(this::majorityConfirms),
                    new Renewal(this::mendedByAStartAnew, control::askGates, failed::complete)::look));
            stops.push(Housekeeping.observe(
                    daemons,
                    age,
                    loops,
                    cluster,
                    cookies,
                    control::noteAddresses,
                    limits::view,
                    logLevels,
                    storm,
                    keys,
                    Housekeeping.vitals(vitals, probes, keys))::close);
            if (probes != null) {
                stops.push(Ticker.start(
                        daemons,
                        "probes",
                        List.of(new Ticker.Task("probe-members", CapacityWatch.PROBE_LOOK, vitals::probe)))::close);
            }
            stops.push(Housekeeping.maintain(
                    daemons,
                    age,
                    listeners,
                    admin::mend,
                    health::mend,
                    this::keepConfiguration,
                    control.names()::keep,
                    storm,
                    keys,
                    new Ticker.Task("measure-capacity", MEASURE, this::measure),
                    new Ticker.Task("begin-gc-log", GcLog.EVERY, new GcLog(data)::look))::close);
        } catch (IOException | RuntimeException e) {
            stopAll(stops);
            throw e;
        }
    }

    /**
     * Binds, checks, and sets out for the cluster; returns before it has got there. {@link #life()} tells how far it is.
     *
     * @param losses log lines that were left out, for the metrics
     * @throws IOException if this machine does not allow what is configured; an exit code tells which
     */
    public static DnsServer start(Configuration configuration, LogLosses losses) throws IOException {
        return start(configuration, losses, UnaryOperator.identity(), InstantSource.system());
    }

    /**
     * @param fitted puts something around the replica: a test its faults
     * @param clock judges the dates of certificates
     */
    static DnsServer start(
            Configuration configuration, LogLosses losses, UnaryOperator<Replica> fitted, InstantSource clock)
            throws IOException {
        DnsServer server = new DnsServer(configuration, losses, fitted, clock);
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

    /** A node without zones has nothing to lose: what is wrong with its folder is told by its end. */
    private void requireApiKey() throws IOException {
        String lack = admin.keyTrouble();
        if (!lack.isEmpty() && !DataFolder.holdsZones(config.node().data())) {
            throw new IOException(lack);
        }
    }

    /** Where in its life it is. */
    public NodeLife life() {
        return life;
    }

    /** Whether traffic should be sent to it, and what to know about it. */
    public Readiness.Verdict readiness() {
        return readiness.verdict(control.standing());
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

    /** Where the health port listens. */
    public InetSocketAddress healthAddress() {
        return health.address();
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
            new Startup(life, root, age, config.gate(), this::warmUp, gate, control::hearsLeader).run(replica);
        } catch (IOException e) {
            failed.complete(e);
        }
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>(configuration.reasons());
        remarks.addAll(config.drill().reasons());
        remarks.addAll(descriptors.reasons());
        remarks.addAll(listeners.missing());
        remarks.addAll(loops.behind());
        remarks.add(standstill.reason());
        remarks.addAll(mendedByAStartAnew());
        daemons.late()
                .forEach((work, length) -> remarks.add(work + " has been at work for " + length.toSeconds()
                        + " s: a disk or a system call that hangs?"));
        remarks.add(life.waitsFor());
        remarks.addAll(lacks.get());
        remarks.addAll(limits.complaints());
        remarks.add(storm.reason());
        if (keys != null && keys.isHeld()) {
            remarks.add(keys.trouble()); // without keys the replica has a fault, which says so
        }
        remarks.addAll(vitals.shortages());
        remarks.addAll(storage.reasons());
        remarks.removeIf(String::isEmpty);
        remarks.addAll(memory.reasons(root.get().state()));
        return remarks;
    }

    private void warmUp(Catalog zones) {
        warmUp(zones, config.gate().warmUp());
    }

    private void warmUp(Catalog zones, Duration most) {
        capacity.settle(WarmUp.run(zones, most, config.dns().udpPayload(), sockets));
    }

    /** A node that had no zones when it opened has not measured itself: it does so once it has some. */
    private void measure() {
        Catalog zones = root.get().state().catalog();
        if (capacity.known() == null && life.state() == NodeState.OPEN && !zones.isEmpty()) {
            Duration most = config.gate().warmUp();
            warmUp(zones, most.compareTo(MEASURE) < 0 ? most : MEASURE);
        }
        vitals.measure();
    }

    /** Null while this node has not all that it should have. */
    private @Nullable Published zonesToKeep() {
        Published published = root.get();
        return life.state() == NodeState.OPEN && life.isCaughtUp() && !root.isPartial() && !root.isDoubted()
                ? published
                : null;
    }

    /** Of the members that were heard a moment ago. */
    private Map<String, Vitals.Disk> disks() {
        Map<String, Vitals.Disk> disks = new HashMap<>();
        for (ClusterCapacity.Member member : vitals.cluster().members()) {
            Vitals told = member.vitals();
            if (told != null) {
                disks.put(member.name(), told.disk());
            }
        }
        return disks;
    }

    private @Nullable Replica replica() {
        return control.replica();
    }

    private boolean countsAsOpen() {
        return gate.countsAsOpen() && !listeners.isNowhere();
    }

    private boolean isSound() {
        return watch.isSound() && endedThreads().isEmpty();
    }

    /** A line for people for each thread whose work is done again only by another process of this node. */
    private List<String> mendedByAStartAnew() {
        return Stream.concat(watch.reasons().stream(), endedThreads().stream()).toList();
    }

    private List<String> endedThreads() {
        Replica replica = replica();
        return replica == null ? List.of() : replica.endedThreads();
    }

    private @Nullable ReplicaStatus replicaStatus() {
        Replica replica = replica();
        return replica == null ? null : replica.status();
    }

    private boolean majorityConfirms(Duration atMost) throws InterruptedException {
        Replica replica = control.replica();
        return replica != null && replica.confirmCaughtUp(atMost);
    }

    private void keepConfiguration() {
        if (life.state() == NodeState.OPEN) {
            configuration.keep();
        }
    }

    private ClusterService.Health health(NodeStanding standing) {
        Readiness.Verdict verdict = readiness.verdict(standing);
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

    private static Descriptors descriptors(DnsConfig dns, AnswerLoops loops) {
        int loopCount = loops.counters().size();
        return Descriptors.ofThisProcess(
                dns.tcpConnections(),
                List.of(
                        // A selector takes three, an address one each for UDP and TCP; a wildcard stands for some.
                        new Descriptors.Need(
                                "DNS sockets",
                                loopCount * (3 + 2 * (dns.listen().size() + 3))),
                        new Descriptors.Need(
                                "infrastructure over TCP",
                                loops.lanes().contains(Lane.INFRASTRUCTURE) ? TcpSettings.MOST_OF_INFRASTRUCTURE : 0),
                        new Descriptors.Need("admin API", AdminApi.MOST_CONNECTIONS),
                        new Descriptors.Need("health port", AdminApi.MOST_CONNECTIONS),
                        new Descriptors.Need("ports between nodes", ClusterKeys.MOST_CONNECTIONS)));
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
                () -> life.state() == NodeState.DRAINING ? Duration.ZERO : dns.tcpIdle(),
                probes);
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
