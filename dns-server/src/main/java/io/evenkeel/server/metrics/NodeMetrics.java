package io.evenkeel.server.metrics;

import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeMemory;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.zones.change.Room;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
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
        capacity(metrics, sources.capacity());
        memory(metrics, sources.root());
        metrics.gauge(
                "evenkeel.ready",
                "1 if questions should be sent here",
                () -> Metrics.is(readiness.get().ready()));
        metrics.gauge(
                "evenkeel.stale",
                "1 if the data is older than gate.stale-after, or the node opened on its disk and has not heard the cluster since",
                () -> Metrics.is(readiness.get().stale()));
        metrics.gauge(
                "evenkeel.data.age.seconds",
                "Since the last entry of the log was applied, NaN if that is not known; a leader writes one at least every 10 s",
                sources.age()::seconds);
        metrics.gauge(
                "evenkeel.config.last",
                "1 while the node runs on the configuration with which it last opened, since its file cannot be used",
                () -> Metrics.is(sources.lastConfiguration().getAsBoolean()));
        metrics.gauge(
                "evenkeel.uptime.seconds",
                "Since the start of the node",
                () -> life.age().toMillis() / 1e3);
        metrics.gauge(
                "evenkeel.build.info",
                "Always 1",
                Tags.of("version", sources.version(), "java", Runtime.version().toString()),
                () -> 1);
        for (ControlCounters.Counter counter : ControlCounters.Counter.values()) {
            metrics.counter(
                    counter.metric(), counter.help(), () -> sources.control().get(counter));
        }
        metrics.counter(
                "admin_rejects", "Connections to the admin API that did not speak HTTP", sources.admin()::rubbish);
        metrics.counter("log_suppressed", "Log lines left out by the rate limit", sources.suppressedLines());
        registry.register(() -> faults(sources.daemons().faults()));
    }

    private static CounterSnapshot faults(Map<String, Long> faults) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("evenkeel_work_faults")
                .help("Faults of this program in a long-lived thread, or in a task that one repeats");
        faults.forEach((work, count) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .value(count)
                .labels(Labels.of("work", work))
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
                    return room.node().isEmpty() ? Double.NaN : room.left(false);
                });
        metrics.gauge(
                "evenkeel.zones.memory.short",
                "1 if this node has less than the zones take, so that its limit does not count",
                () -> Metrics.is(own.isTooSmall(root.get().state())));
    }

    private static void capacity(Metrics metrics, Supplier<@Nullable Capacity> known) {
        metrics.gauge(
                "evenkeel.capacity.qps",
                "Questions a second that this node can answer on all its threads; NaN while unknown",
                Tags.empty(),
                () -> of(known, Capacity::qps));
        metrics.gauge(
                "evenkeel.capacity.loop.qps",
                "Questions a second that one of its threads can answer",
                Tags.empty(),
                () -> of(known, Capacity::loopQps));
        metrics.gauge(
                "evenkeel.capacity.query.cpu.seconds",
                "CPU time that an answer takes",
                Tags.empty(),
                () -> of(known, capacity -> capacity.cpuNanosPerQuery() / 1e9));
        for (Capacity.Origin origin : Capacity.Origin.values()) {
            metrics.gauge(
                    "evenkeel.capacity.origin",
                    "1 for where the capacity is known from: measured on a calm machine, kept from an earlier start, or"
                            + " measured under the load of others",
                    Tags.of("origin", Metrics.lower(origin)),
                    () -> of(known, capacity -> Metrics.is(capacity.origin() == origin)));
        }
    }

    private static double of(Supplier<@Nullable Capacity> known, ToDoubleFunction<Capacity> value) {
        Capacity capacity = known.get();
        return capacity == null ? Double.NaN : value.applyAsDouble(capacity);
    }

    private static double seconds(@Nullable Duration age) {
        return age == null ? Double.NaN : age.toMillis() / 1e3;
    }
}
