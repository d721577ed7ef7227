package io.evenkeel.server.metrics;

import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeMemory;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.StormWatch;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.state.FeatureLevel;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The life of the node, its control plane and its long-lived threads. */
final class NodeMetrics {
    private NodeMetrics() {}

    /**
     * @param registry for what Micrometer has no form for
     * @param readiness as one scrape shows it
     */
    static void register(
            Metrics metrics,
            MetricsSources sources,
            PrometheusRegistry registry,
            Supplier<Readiness.Verdict> readiness) {
        NodeLife life = sources.gate().life();
        for (NodeState state : NodeState.values()) {
            metrics.gauge(
                    "evenkeel.node.state",
                    "1 for the state that the node is in",
                    Tags.of("state", Metrics.lower(state)),
                    () -> Metrics.is(life.state() == state));
            metrics.gauge(
                    "evenkeel.node.state.reached.seconds",
                    "Age of the process when it last entered the state; NaN if it never did",
                    Tags.of("state", Metrics.lower(state)),
                    () -> seconds(life.reached(state)));
        }
        metrics.gauge(
                "evenkeel.gate.open",
                "1 while the node answers questions",
                () -> Metrics.is(sources.gate().isOpen()));
        limits(metrics, sources.limits());
        storm(metrics, sources.storm());
        memory(metrics, sources.root());
        metrics.gauge(
                "evenkeel.ready",
                "1 if questions should be sent here",
                () -> Metrics.is(readiness.get().ready()));
        metrics.gauge(
                "evenkeel.stale",
                "1 if the data is older than gate.stale-after, or the node opened on its disk, or stood still, and a majority has not"
                        + " confirmed its zones since",
                () -> Metrics.is(readiness.get().stale()));
        metrics.gauge(
                "evenkeel.opened.behind",
                "1 if the node opened without what a leader still had for it, and has not caught up since",
                () -> Metrics.is(life.isOpenedBehind()));
        metrics.gauge(
                "evenkeel.data.age.seconds",
                "Since the last entry of the log was applied, NaN if that is not known; a leader writes one at least every 10 s",
                sources.age()::seconds);
        metrics.gauge(
                "evenkeel.config.last",
                "1 while the node runs on the configuration with which it last opened, since its file cannot be used",
                () -> Metrics.is(sources.lastConfiguration().getAsBoolean()));
        metrics.gauge(
                "evenkeel.drill.mode",
                "1 if the node is in drill mode, in which it may go without defences against storms",
                () -> Metrics.is(sources.drill()));
        metrics.gauge(
                "evenkeel.unresolved.names",
                "Host names of members that this machine does not resolve at present; their last good addresses are in use",
                () -> sources.unresolvedNames().getAsInt());
        metrics.gauge(
                "evenkeel.uptime.seconds",
                "Since the start of the node",
                () -> life.age().toMillis() / 1e3);
        metrics.gauge(
                "evenkeel.clock.timestamp.seconds",
                "The clock of this node, in seconds since 1970",
                () -> System.currentTimeMillis() / 1e3);
        metrics.gauge(
                "evenkeel.cluster.level",
                "The level of the cluster, as this node has applied it",
                () -> FeatureLevel.of(sources.root().get().state().settings()));
        metrics.gauge(
                "evenkeel.config.info",
                "Always 1; the hash is of the configuration but for names, addresses and files of the node and its backups",
                Tags.of("hash", Configuration.hash(sources.configuration())),
                () -> 1);
        metrics.gauge(
                "evenkeel.build.info",
                "Always 1",
                Tags.of("version", sources.version(), "java", Runtime.version().toString()),
                () -> 1);
        for (ControlCounters.Counter counter : ControlCounters.Counter.values()) {
            metrics.counter(
                    counter.metric(), counter.help(), () -> sources.control().get(counter));
        }
        http(metrics, sources.admin());
        registry.register(() -> requests(sources.admin()));
        for (LogLosses.Reason reason : LogLosses.Reason.values()) {
            for (LogLosses.Severity severity : LogLosses.Severity.values()) {
                metrics.count(
                        "evenkeel.log.lost",
                        "Lines that are not in the log",
                        Tags.of("reason", reason.label(), "level", severity.label()),
                        () -> sources.losses().count(reason, severity));
            }
        }
        metrics.counter("events_lost", "Changes of state that are not in the journal", sources.losses()::events);
        metrics.gauge(
                "evenkeel.log.levels.set",
                "Levels of the log that somebody has set for a while",
                () -> sources.logLevels().views().size());
        registry.register(() -> counter(
                "evenkeel_work_faults",
                "Faults of this program in a long-lived thread, or in a task that one repeats",
                "work",
                sources.daemons().faults()));
        registry.register(() -> counter(
                "evenkeel_http_responses",
                "Requests to the admin or health port that were answered",
                "status",
                sources.admin().responses()));
        metrics.gauge(
                "evenkeel.loops.hung",
                "Answering loops that take nothing and use no CPU for five seconds",
                () -> sources.watch().hung().size());
        metrics.gauge(
                "evenkeel.work.late.seconds",
                "How long the longest of the work that should be over has gone on; 0 if there is none",
                () -> sources.daemons().late().values().stream()
                        .mapToDouble(length -> length.toMillis() / 1e3)
                        .max()
                        .orElse(0));
    }

    private static void http(Metrics metrics, AdminCounters counters) {
        metrics.counter(
                "admin_rejects", "Connections to the admin or health port that did not speak HTTP", counters::rubbish);
        for (AdminCounters.Refusal reason : AdminCounters.Refusal.values()) {
            metrics.count(
                    "evenkeel.api.refused",
                    "Requests to the admin port that were refused for want of a good key",
                    Tags.of("reason", reason.label()),
                    () -> counters.refused(reason));
        }
        for (AdminCounters.Port port : AdminCounters.Port.values()) {
            Tags tags = Tags.of("port", port.label());
            metrics.gauge(
                    "evenkeel.http.connections",
                    "Connections to the admin or health port that are open",
                    tags,
                    () -> counters.open(port));
            for (AdminCounters.Ended reason : AdminCounters.Ended.values()) {
                metrics.count(
                        "evenkeel.http.closed",
                        "Connections to the admin or health port that the node ended by itself",
                        tags.and("reason", reason.label()),
                        () -> counters.endedSoFar(port, reason));
            }
        }
    }

    private static CounterSnapshot requests(AdminCounters counters) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("evenkeel_api_requests")
                .help("Requests that had a route, answered on the admin or health port");
        counters.requests()
                .forEach((request, count) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                        .value(count)
                        .labels(Labels.of(
                                "route",
                                request.route(),
                                "method",
                                request.method(),
                                "code",
                                String.valueOf(request.status())))
                        .build()));
        return counter.build();
    }

    private static CounterSnapshot counter(String name, String help, String label, Map<?, Long> counts) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        counts.forEach((value, count) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .value(count)
                .labels(Labels.of(label, String.valueOf(value)))
                .build()));
        return counter.build();
    }

    private static void memory(Metrics metrics, StateRoot root) {
        NodeMemory own = NodeMemory.ofThisProcess();
        metrics.gauge(
                "evenkeel.zones.memory.bytes",
                "Heap that the zones and all else that is replicated take, with what is set aside for imports",
                () -> root.get().state().octets());
        metrics.gauge(
                "evenkeel.zones.memory.limit.bytes",
                "Heap that this node has for them, by -Xmx and the limit of its container",
                own::zones);
        metrics.gauge(
                "evenkeel.zones.memory.left.bytes",
                "What the smallest member that counts has left for imports; NaN while no member has told its limit",
                () -> {
                    Room room = Room.of(root.get().state());
                    return room.smallest().node().isEmpty() ? Double.NaN : room.left(false);
                });
        metrics.gauge(
                "evenkeel.zones.memory.short",
                "1 if this node has less than the zones take, so that its limit does not count",
                () -> Metrics.is(own.isTooSmall(root.get().state())));
    }

    private static void storm(Metrics metrics, StormWatch storm) {
        metrics.gauge(
                "evenkeel.storm",
                "1 while clients ask again since they get no answer in time",
                () -> Metrics.is(storm.state().storm()));
        metrics.gauge(
                "evenkeel.dns.repeated.share",
                "Questions of the last ten seconds that their client had asked a moment before, of those that were counted; 0"
                        + " below a hundred",
                () -> storm.state().repeated());
        metrics.gauge(
                "evenkeel.dns.calm.repeated.share",
                "The same in the calm minutes of the last days: nineteen of twenty had less",
                storm::usual);
        metrics.gauge(
                "evenkeel.dns.clients",
                "Different clients among the counted questions of the last minute, about",
                () -> storm.state().clients());
    }

    private static void limits(Metrics metrics, LimitControl limits) {
        for (LimitMode mode : LimitMode.values()) {
            modeGauge(metrics, "questions", mode, () -> limits.view().inForce().questions());
            modeGauge(metrics, "responses", mode, () -> limits.view().inForce().responses());
        }
        metrics.gauge(
                "evenkeel.limits.local",
                "1 while the limits on clients are milder on this node alone than in its cluster, by its operator's word",
                () -> Metrics.is(limits.view().local() != null));
        metrics.gauge(
                "evenkeel.limits.unread",
                "1 while this node cannot read the limits on clients that its cluster has agreed on, and keeps those that it had",
                () -> Metrics.is(limits.view().agreed().isUnread()));
    }

    private static void modeGauge(Metrics metrics, String limit, LimitMode mode, Supplier<LimitMode> inForce) {
        metrics.gauge(
                "evenkeel.limits.mode",
                "1 for the mode in which a limit on clients is in force on this node",
                Tags.of("limit", limit, "mode", mode.label()),
                () -> Metrics.is(inForce.get() == mode));
    }

    private static double seconds(@Nullable Duration age) {
        return age == null ? Double.NaN : age.toMillis() / 1e3;
    }
}
