package io.evenkeel.server.metrics;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.Refusals;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.query.CookieState;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.FoldedType;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.zones.Zone;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/** The metrics of one node. Any thread; one scrape at a time. */
public final class Metrics {
    /** Zones with a series of their own, in order of their names: a monitoring system must not pay for each of thousands. */
    static final int MAX_ZONE_SERIES = 100;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AnswerLoops loops;
    private final StateRoot root;
    private final Supplier<@Nullable Replica> replica;
    private final Supplier<Readiness.Verdict> readiness;
    private final MultiGauge zoneSerials;
    private final MultiGauge zoneExpirations;
    private long leaderChanges;
    private @Nullable String lastLeader;
    private View view;

    /** What one scrape shows: taken once, so that its values belong together. */
    private record View(
            QueryCounters queries,
            Published published,
            @Nullable ReplicaStatus status,
            Collection<Zone> zones,
            Readiness.Verdict readiness) {}

    /**
     * @param replica null while there is none
     * @param version of this program
     */
    public Metrics(
            AnswerLoops loops,
            DnsListeners listeners,
            Gate gate,
            DataAge age,
            StateRoot root,
            Supplier<@Nullable Replica> replica,
            Supplier<Readiness.Verdict> readiness,
            String version) {
        this.loops = loops;
        this.root = root;
        this.replica = replica;
        this.readiness = readiness;
        this.view = look();
        zoneSerials = MultiGauge.builder("evenkeel.zone.serial")
                .description("SOA serial, of the first " + MAX_ZONE_SERIES + " zones by name")
                .register(registry);
        zoneExpirations = MultiGauge.builder("evenkeel.zone.signatures.expire.timestamp.seconds")
                .description(
                        "When the first signature of a signed zone ends to be valid, in seconds since 1970; of the "
                                + MAX_ZONE_SERIES + " zones where that is soonest")
                .register(registry);
        queries();
        SocketMetrics.register(this, loops, listeners, registry.getPrometheusRegistry(), () -> view.queries());
        node(gate, age, version);
        zones();
        raft();
        ProcessGauges.register(this);
    }

    /** The text format of Prometheus, version 0.0.4. */
    public synchronized String scrape() {
        view = look();
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (Zone zone : view.zones()) {
            if (rows.size() < MAX_ZONE_SERIES) {
                rows.add(MultiGauge.Row.of(Tags.of("zone", zone.apex().toString()), zone, Zone::serial));
            }
        }
        zoneSerials.register(rows, true);
        zoneExpirations.register(
                view.zones().stream()
                        .filter(Zone::isSigned)
                        .sorted(Comparator.comparingLong(Metrics::expiration))
                        .limit(MAX_ZONE_SERIES)
                        .<MultiGauge.Row<?>>map(zone ->
                                MultiGauge.Row.of(Tags.of("zone", zone.apex().toString()), zone, Metrics::expiration))
                        .toList(),
                true);
        return registry.scrape();
    }

    private static long expiration(Zone signed) {
        return signed.earliestExpiration().orElseThrow();
    }

    /** Looks who leads. Called about every second: what changes and changes back in between is not seen. */
    public synchronized void observe() {
        ReplicaStatus status = status();
        String leader = status == null ? null : status.leader();
        if (leader != null && !leader.equals(lastLeader)) {
            if (lastLeader != null) {
                leaderChanges++;
            }
            lastLeader = leader;
        }
    }

    /**
     * Adds a value that only grows.
     *
     * @param name after {@code evenkeel_}, without {@code _total}
     */
    public void counter(String name, String help, LongSupplier value) {
        count("evenkeel." + name.replace('_', '.'), help, Tags.empty(), value);
    }

    /**
     * Adds what is to be known of the cluster key.
     *
     * @param keys null: there is none, and each value is 0
     */
    public void keys(@Nullable ClusterKeys keys) {
        for (Refusals.Reason reason : Refusals.Reason.values()) {
            String help = "Connections turned away in the TLS handshake";
            Tags tags = Tags.of("reason", lower(reason));
            count(
                    "evenkeel.tls.refused",
                    help,
                    tags.and("port", "raft"),
                    () -> keys == null ? 0 : keys.raftPort().count(reason));
            count(
                    "evenkeel.tls.refused",
                    help,
                    tags.and("port", "peer"),
                    () -> keys == null ? 0 : keys.peerPort().count(reason));
        }
        gauge(
                "evenkeel.cluster.key.expiry.seconds",
                "When the certificate that this node shows ends, in seconds since 1970; 0 without a key",
                () -> keys == null ? 0 : keys.shownUntil().getEpochSecond());
        gauge(
                "evenkeel.cluster.key.certificates",
                "Certificates that are let in",
                () -> keys == null ? 0 : keys.trustedCount());
        counter(
                "cluster_key_changes",
                "Changes of the key file that were taken over",
                () -> keys == null ? 0 : keys.version());
        counter(
                "cluster_key_failures",
                "Changes of the key file that were turned down",
                () -> keys == null ? 0 : keys.failures());
    }

    void gauge(String name, String help, DoubleSupplier value) {
        gauge(name, help, Tags.empty(), value);
    }

    void count(String name, String help, Tags tags, LongSupplier value) {
        FunctionCounter.builder(name, this, ignored -> value.getAsLong())
                .description(help)
                .tags(tags)
                .register(registry);
    }

    void gauge(String name, String help, Tags tags, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble).description(help).tags(tags).register(registry);
    }

    private View look() {
        Published published = root.get();
        return new View(
                QueryCounters.sum(loops.counters()),
                published,
                status(),
                published.state().catalog().zones(),
                readiness.get());
    }

    private @Nullable ReplicaStatus status() {
        Replica present = replica.get();
        return present == null ? null : present.status();
    }

    private void queries() {
        for (Transport transport : Transport.values()) {
            Tags tags = Tags.of("transport", lower(transport));
            for (FoldedType type : FoldedType.values()) {
                String label = type == FoldedType.OTHER ? "other" : type.name();
                count(
                        "evenkeel.dns.queries",
                        "Questions answered, by the type that they asked for",
                        tags.and("qtype", label),
                        () -> view.queries().queries(transport, type));
            }
            for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
                int code = rcode;
                count(
                        "evenkeel.dns.responses",
                        "Answers given",
                        tags.and("rcode", code == Rcode.BADVERS ? "BADVERS" : Rcode.string(code)),
                        () -> view.queries().responses(transport, code));
            }
        }
        for (CookieState state : CookieState.values()) {
            count(
                    "evenkeel.dns.cookies",
                    "Questions with a COOKIE option, by what its server cookie was worth",
                    Tags.of("state", lower(state)),
                    () -> view.queries().cookies(state));
        }
        for (DropReason reason : DropReason.values()) {
            count(
                    "evenkeel.dns.dropped",
                    "Messages left without an answer",
                    Tags.of("reason", lower(reason)),
                    () -> view.queries().drops(reason));
        }
        counter("dns_truncated", "Answers with TC set", () -> view.queries().truncations());
        counter(
                "dns_failures",
                "Faults of this program, each answered SERVFAIL",
                () -> view.queries().failures());
    }

    private void node(Gate gate, DataAge age, String version) {
        NodeLife life = gate.life();
        for (NodeState state : NodeState.values()) {
            gauge(
                    "evenkeel.node.state",
                    "1 for the state that the node is in",
                    Tags.of("state", lower(state)),
                    () -> is(life.state() == state));
            gauge(
                    "evenkeel.node.state.reached.seconds",
                    "Age of the process when it last entered the state; NaN if it never did",
                    Tags.of("state", lower(state)),
                    () -> seconds(life.reached(state)));
        }
        gauge("evenkeel.gate.open", "1 while the node answers questions", () -> is(gate.isOpen()));
        capacity(gate);
        gauge(
                "evenkeel.ready",
                "1 if traffic should be sent here",
                () -> is(view.readiness().ready()));
        gauge(
                "evenkeel.stale",
                "1 if the data is older than gate.stale-after, or the node opened on its disk and has not heard the cluster since",
                () -> is(view.readiness().stale()));
        gauge(
                "evenkeel.data.age.seconds",
                "Since the last entry of the log was applied, NaN if that is not known; a leader writes one at least every 10 s",
                age::seconds);
        gauge(
                "evenkeel.uptime.seconds",
                "Since the start of the node",
                () -> life.age().toMillis() / 1e3);
        gauge(
                "evenkeel.build.info",
                "Always 1",
                Tags.of("version", version, "java", Runtime.version().toString()),
                () -> 1);
    }

    private void capacity(Gate gate) {
        gauge(
                "evenkeel.capacity.qps",
                "Questions a second that this node can answer on all its threads; NaN while unknown",
                Tags.empty(),
                () -> of(gate, Capacity::qps));
        gauge(
                "evenkeel.capacity.loop.qps",
                "Questions a second that one of its threads can answer",
                Tags.empty(),
                () -> of(gate, Capacity::loopQps));
        gauge(
                "evenkeel.capacity.query.cpu.seconds",
                "CPU time that an answer takes",
                Tags.empty(),
                () -> of(gate, capacity -> capacity.cpuNanosPerQuery() / 1e9));
        for (Capacity.Origin origin : Capacity.Origin.values()) {
            gauge(
                    "evenkeel.capacity.origin",
                    "1 for where the capacity is known from: measured on a calm machine, kept from an earlier start, or"
                            + " measured under the load of others",
                    Tags.of("origin", lower(origin)),
                    () -> of(gate, capacity -> is(capacity.origin() == origin)));
        }
    }

    private static double of(Gate gate, ToDoubleFunction<Capacity> value) {
        Capacity capacity = gate.capacity();
        return capacity == null ? Double.NaN : value.applyAsDouble(capacity);
    }

    private void zones() {
        gauge("evenkeel.zones", "Zones served", () -> view.zones().size());
        gauge(
                "evenkeel.zone.records",
                "Records in all zones",
                () -> view.zones().stream().mapToLong(Zone::records).sum());
    }

    private void raft() {
        for (ReplicaStatus.Role role : ReplicaStatus.Role.values()) {
            gauge(
                    "evenkeel.raft.role",
                    "1 for the role that this node has",
                    Tags.of("role", lower(role)),
                    () -> is(raft(status -> is(status.role() == role), is(role == ReplicaStatus.Role.NONE)) == 1));
        }
        gauge("evenkeel.raft.has.leader", "1 if this node knows a leader", () -> raft(s -> is(s.leader() != null), 0));
        gauge(
                "evenkeel.raft.leader.ready",
                "1 if this node leads and takes changes",
                () -> raft(s -> is(s.leaderReady()), 0));
        gauge(
                "evenkeel.raft.members",
                "Members of the group",
                () -> raft(s -> s.members().size(), 0));
        gauge("evenkeel.raft.term", "Term", () -> raft(ReplicaStatus::term, 0));
        gauge("evenkeel.raft.commit.index", "Known to be committed", () -> raft(ReplicaStatus::commitIndex, -1));
        gauge(
                "evenkeel.raft.applied.index",
                "Applied and served",
                () -> view.published().index());
        gauge(
                "evenkeel.raft.leader.commit.index",
                "Committed as the leader last told; -1 if unknown",
                () -> raft(ReplicaStatus::leaderCommitIndex, -1));
        gauge(
                "evenkeel.snapshot.index",
                "Last entry in the latest snapshot",
                () -> snapshot(SnapshotStatus::index, -1));
        gauge("evenkeel.snapshot.bytes", "Octets of the latest snapshot", () -> snapshot(SnapshotStatus::bytes, 0));
        gauge(
                "evenkeel.snapshot.seconds",
                "What writing the latest snapshot took; 0 if this process has written none",
                () -> snapshot(SnapshotStatus::tookNanos, 0) / 1e9);
        counter("snapshot_failures", "Snapshots that could not be taken", () ->
                (long) snapshot(SnapshotStatus::failures, 0));
        gauge("evenkeel.raft.fault", "1 if the replica does not take part", () -> raft(s -> is(s.fault() != null), 0));
        counter("raft_leader_changes", "Leaders seen after the first", () -> leaderChanges);
        counter("raft_rebuilds", "Rebuilds of the Raft server in this process", () ->
                (long) raft(ReplicaStatus::rebuilds, 0));
        counter("raft_refused_connections", "Connections of the Raft port that brought no Raft of this cluster", () ->
                (long) raft(ReplicaStatus::refusedConnections, 0));
        counter("raft_faulted_entries", "Log entries that met a fault of this program here", () ->
                (long) raft(ReplicaStatus::faultedEntries, 0));
    }

    private double snapshot(ToDoubleFunction<SnapshotStatus> value, double without) {
        Replica present = replica.get();
        return present == null ? without : value.applyAsDouble(present.snapshotStatus());
    }

    private double raft(ToDoubleFunction<ReplicaStatus> value, double without) {
        ReplicaStatus status = view.status();
        return status == null ? without : value.applyAsDouble(status);
    }

    private static double seconds(@Nullable Duration age) {
        return age == null ? Double.NaN : age.toMillis() / 1e3;
    }

    private static double is(boolean condition) {
        return condition ? 1 : 0;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
