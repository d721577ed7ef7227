package io.evenkeel.server.metrics;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ScrubStatus;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.query.CookieState;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.FoldedType;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.answer.RCode;
import io.evenkeel.zones.state.ChangeHistory;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/** The metrics of one node. Any thread; one scrape at a time. */
public final class Metrics {
    /** Zones with a series of their own, in order of their names: a monitoring system must not pay for each of thousands. */
    static final int MAX_ZONE_SERIES = 100;

    private static final Pattern EXPONENT = Pattern.compile("le=\"([0-9.]+E-?[0-9]+)\"");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MetricsSources sources;
    private final BusiestZones busiest;
    private final MultiGauge zoneSerials;
    private final MultiGauge zoneExpirations;
    private View view;

    /** What one scrape shows: taken once, so that its values belong together. */
    private record View(
            QueryCounters queries,
            Published published,
            @Nullable ReplicaStatus status,
            Collection<Zone> zones,
            List<BusiestZones.Counted> answers,
            Readiness.Verdict readiness) {}

    /** Complete when it is made; values are read from their owners at each scrape. */
    public Metrics(MetricsSources sources) {
        this.sources = sources;
        this.busiest = new BusiestZones(sources.loops().zones(), System.nanoTime());
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
        PrometheusRegistry prometheus = registry.getPrometheusRegistry();
        SocketMetrics.register(this, sources.loops(), sources.listeners(), prometheus, () -> view.queries());
        ZoneMetrics.register(prometheus, () -> view.answers());
        LimitMetrics.register(this, sources.loops().limits());
        NodeMetrics.register(this, sources, prometheus, () -> view.readiness());
        StorageMetrics.register(this, sources.storage(), sources.captures());
        CapacityMetrics.register(this, sources.capacity(), sources.vitals(), prometheus);
        ReplicationMetrics.register(
                sources.replica(),
                sources.control(),
                sources.vitals(),
                sources.storage().duty().forced(),
                prometheus);
        counter(
                "dns_probes_answered",
                "Questions of other members that were answered; they count as no queries",
                () -> view.queries().probes());
        zones();
        raft();
        KeyMetrics.register(this, sources.keys());
        ProcessGauges.register(this, sources.descriptors(), registry);
    }

    /** The text format of Prometheus, version 0.0.4. */
    public synchronized String scrape() {
        view = look();
        zoneSerials.register(rows(view.zones(), Comparator.comparing(Zone::apex), Zone::serial), true);
        List<Zone> signed = view.zones().stream().filter(Zone::isSigned).toList();
        zoneExpirations.register(
                rows(signed, Comparator.comparingLong(Metrics::expiration), Metrics::expiration), true);
        return plainBounds(registry.scrape());
    }

    /** Bounds of classes are compared as text, and others write none with an exponent. */
    static String plainBounds(String text) {
        return EXPONENT.matcher(text)
                .replaceAll(bound -> "le=\""
                        + new BigDecimal(bound.group(1)).stripTrailingZeros().toPlainString() + '"');
    }

    private static List<MultiGauge.Row<?>> rows(
            Collection<Zone> zones, Comparator<Zone> order, ToDoubleFunction<Zone> value) {
        return first(zones, order, MAX_ZONE_SERIES).stream()
                .<MultiGauge.Row<?>>map(
                        zone -> MultiGauge.Row.of(Tags.of("zone", zone.apex().toString()), zone, value))
                .toList();
    }

    /** The first ones in that order, themselves in none: all others cost one comparison each. */
    static <T> Collection<T> first(Collection<T> all, Comparator<T> order, int most) {
        if (all.size() <= most) {
            return all;
        }
        PriorityQueue<T> first = new PriorityQueue<>(most + 1, order.reversed());
        for (T one : all) {
            if (first.size() < most || order.compare(one, first.element()) < 0) {
                first.add(one);
                if (first.size() > most) {
                    first.remove();
                }
            }
        }
        return first;
    }

    private static long expiration(Zone signed) {
        return signed.earliestExpiration().orElseThrow();
    }

    /** @param name after {@code evenkeel_}, without {@code _total} */
    void counter(String name, String help, LongSupplier value) {
        count("evenkeel." + name.replace('_', '.'), help, Tags.empty(), value);
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

    void countSeconds(String name, String help, DoubleSupplier value) {
        FunctionCounter.builder(name, this, ignored -> value.getAsDouble())
                .description(help)
                .register(registry);
    }

    void gauge(String name, String help, Tags tags, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble).description(help).tags(tags).register(registry);
    }

    private View look() {
        Published published = sources.root().get();
        Catalog catalog = published.state().catalog();
        return new View(
                QueryCounters.sum(sources.loops().counters()),
                published,
                status(),
                catalog.unordered(),
                busiest.look(catalog, System.nanoTime()),
                sources.readiness().get());
    }

    private @Nullable ReplicaStatus status() {
        Replica present = sources.replica().get();
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
            for (int code : RCode.ALL) {
                count(
                        "evenkeel.dns.responses",
                        "Answers given",
                        tags.and("rcode", code == RCode.BADVERS ? "BADVERS" : Rcode.string(code)),
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
        counter(
                "dns_edns",
                "Questions answered that had EDNS",
                () -> view.queries().edns());
        counter(
                "dns_dnssec_ok",
                "Questions answered that asked for records of DNSSEC, by DO",
                () -> view.queries().dnssecOk());
        counter(
                "dns_nodata",
                "Lookups that found the name, and no record of the type",
                () -> view.queries().nodata());
        counter(
                "dns_referrals",
                "Lookups that ended at a zone cut",
                () -> view.queries().referrals());
        counter("dns_truncated", "Answers with TC set", () -> view.queries().truncations());
        counter(
                "dns_failures",
                "Faults of this program, each answered SERVFAIL, or with silence or the end of the connection where"
                        + " nothing could be answered",
                () -> view.queries().failures());
    }

    private void zones() {
        gauge("evenkeel.zones", "Zones served", () -> view.zones().size());
        gauge(
                "evenkeel.zone.records",
                "Records in all zones",
                () -> view.zones().stream().mapToLong(Zone::records).sum());
        gauge(
                "evenkeel.history.changes",
                "Changes that the history of changes keeps",
                () -> history().count());
        gauge(
                "evenkeel.history.bytes",
                "Octets that these take, by which they are bounded",
                () -> history().size());
        counter(
                "history_dropped",
                "Changes that the history had no more room for, since the cluster keeps one",
                () -> history().dropped());
    }

    private ChangeHistory history() {
        return view.published().state().history();
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
        gauge(
                "evenkeel.raft.threads.ended",
                "Kinds of threads behind the Raft port of which one has ended by a fault of this program",
                this::endedThreads);
        gauge("evenkeel.raft.fault", "1 if the replica does not take part", () -> raft(s -> is(s.fault() != null), 0));
        for (Doubt.Kind kind : Doubt.Kind.values()) {
            gauge(
                    "evenkeel.replica.diverged",
                    "1 while the zones of this node may be wrong, by how that is known",
                    Tags.of("reason", lower(kind)),
                    () -> raft(s -> is(s.doubt() != null && s.doubt().kind() == kind), 0));
        }
        gauge(
                "evenkeel.raft.damaged",
                "1 if votes or log on this disk are damaged, so that the node must come back as its next incarnation",
                () -> raft(s -> is(s.damaged()), 0));
        counter("raft_leader_changes", "Leaders seen after the first", sources.cluster()::leaderChanges);
        counter("raft_rebuilds", "Rebuilds of the Raft server in this process", () ->
                (long) raft(ReplicaStatus::rebuilds, 0));
        counter("raft_refused_connections", "Connections of the Raft port that brought no Raft of this cluster", () ->
                (long) raft(ReplicaStatus::refusedConnections, 0));
        counter("raft_faulted_entries", "Log entries that met a fault of this program here", () ->
                (long) raft(ReplicaStatus::faultedEntries, 0));
        counter(
                "scrub_rounds",
                "Rounds in which this node has read all its zones and its history of changes anew in memory",
                () -> (long) scrub(ScrubStatus::rounds));
        gauge(
                "evenkeel.scrub.age.seconds",
                "Since the last such round ended; before that, since the start",
                () -> scrub(status -> status.age().toNanos() / 1e9));
        counter(
                "scrub_findings",
                "Zones that were found damaged in memory, or the history of changes, one of them again in each round",
                () -> (long) scrub(ScrubStatus::findings));
    }

    private double endedThreads() {
        Replica present = sources.replica().get();
        return present == null ? 0 : present.endedThreads().size();
    }

    private double scrub(ToDoubleFunction<ScrubStatus> value) {
        Replica present = sources.replica().get();
        return present == null ? 0 : value.applyAsDouble(present.scrub().status());
    }

    private double snapshot(ToDoubleFunction<SnapshotStatus> value, double without) {
        Replica present = sources.replica().get();
        return present == null ? without : value.applyAsDouble(present.snapshotStatus());
    }

    private double raft(ToDoubleFunction<ReplicaStatus> value, double without) {
        ReplicaStatus status = view.status();
        return status == null ? without : value.applyAsDouble(status);
    }

    static double is(boolean condition) {
        return condition ? 1 : 0;
    }

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
