package io.evenkeel.server.metrics;

import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.capacity.ClusterCapacity.Contact;
import io.evenkeel.server.capacity.ClusterCapacity.Member;
import io.evenkeel.server.capacity.Probe;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.query.Transport;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The capacity of the node, and whether the cluster can carry its load, as the node knows it. */
final class CapacityMetrics {
    private CapacityMetrics() {}

    /** @param registry for what Micrometer has no form for */
    static void register(
            Metrics metrics, Supplier<@Nullable Capacity> known, CapacityWatch vitals, PrometheusRegistry registry) {
        own(metrics, known, vitals);
        cluster(metrics, vitals);
        registry.register(() -> heard(vitals.cluster()));
        registry.register(() -> answered(vitals.cluster()));
        registry.register(() -> probes(vitals));
    }

    private static void own(Metrics metrics, Supplier<@Nullable Capacity> known, CapacityWatch vitals) {
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
        metrics.gauge(
                "evenkeel.capacity.lasting.qps",
                "Questions a second that this node can answer for good: at 70 % of what its threads get of the processors",
                Tags.empty(),
                () -> of(known, Capacity::lastingQps));
        metrics.gauge(
                "evenkeel.capacity.processor",
                "How much of a processor one of its threads gets when it has more to do than it can, as far as that was seen",
                Tags.empty(),
                () -> of(known, Capacity::processor));
        metrics.gauge(
                "evenkeel.capacity.age.seconds",
                "Since the capacity was measured; NaN while unknown",
                vitals::capacityAgeSeconds);
        for (Capacity.Origin origin : Capacity.Origin.values()) {
            metrics.gauge(
                    "evenkeel.capacity.origin",
                    "1 for where the capacity is known from: measured on a calm machine, kept from an earlier start,"
                            + " measured under the load of others, or measured on the questions of clients",
                    Tags.of("origin", Metrics.lower(origin)),
                    () -> of(known, capacity -> Metrics.is(capacity.origin() == origin)));
        }
    }

    private static void cluster(Metrics metrics, CapacityWatch vitals) {
        metrics.gauge(
                "evenkeel.capacity.short",
                "1 if the node can answer less than the cluster must carry, or clearly less than when it ran last",
                Tags.of("of", "load"),
                () -> Metrics.is(vitals.cluster().isShortOfLoad()));
        metrics.gauge(
                "evenkeel.capacity.short",
                "1 if the node can answer less than the cluster must carry, or clearly less than when it ran last",
                Tags.of("of", "before"),
                () -> Metrics.is(vitals.cluster().isShortOfBefore()));
        metrics.gauge(
                "evenkeel.cluster.load.qps",
                "Questions a second that come to all members, over the last minute, as they tell this node",
                () -> vitals.cluster().loadQps());
        metrics.gauge(
                "evenkeel.cluster.load.worst.qps",
                "The largest load of the cluster in five minutes, of the last thirty days",
                () -> vitals.cluster().worstQps());
        metrics.gauge(
                "evenkeel.cluster.load.share",
                "Share of the load of the cluster that comes to this node; NaN without any",
                () -> vitals.cluster().ownShare());
        metrics.gauge(
                "evenkeel.cluster.skew",
                "How many times the mean the busiest of the open members is asked; NaN with one of them, or hardly any load",
                () -> vitals.cluster().skew());
        metrics.gauge(
                "evenkeel.cluster.headroom",
                "How many times the load of the cluster this node can answer alone; NaN without any load",
                () -> vitals.cluster().headroom());
        metrics.gauge(
                "evenkeel.cluster.headroom.worst",
                "How many times the worst load of the last thirty days this node can answer alone; NaN without any",
                () -> vitals.cluster().headroomAtWorst());
        metrics.gauge(
                "evenkeel.cluster.members.open",
                "Members that answer questions, as they tell this node",
                () -> vitals.cluster().openMembers());
        metrics.gauge(
                "evenkeel.cluster.losses.survivable",
                "Open members that may be lost, whichever they are, so that the rest can answer 1.25 times the worst load; -1 if not even"
                        + " all can, NaN if one has not told its capacity",
                () -> vitals.cluster().isPartial()
                        ? Double.NaN
                        : vitals.cluster().lossesSurvivable().stream()
                                .asDoubleStream()
                                .findFirst()
                                .orElse(Double.NaN));
        metrics.gauge(
                "evenkeel.storm.headroom",
                "How many times the processors of this node are those that bring all of fleet.devices back when they ask at once; NaN if"
                        + " no fleet is configured",
                () -> vitals.cluster().stormHeadroom());
    }

    private static GaugeSnapshot heard(ClusterCapacity cluster) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("evenkeel_member_vitals")
                .help(
                        "1 if the member tells this node how it does, 0 if not; NaN if its release knows nothing of that");
        for (Member member : cluster.members()) {
            gauge.dataPoint(GaugeDataPointSnapshot.builder()
                    .value(member.contact() == Contact.OLDER ? Double.NaN : Metrics.is(member.vitals() != null))
                    .labels(Labels.of("member", member.name()))
                    .build());
        }
        return gauge.build();
    }

    private static GaugeSnapshot answered(ClusterCapacity cluster) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("evenkeel_probe_answered")
                .help(
                        "1 if the member answered the last DNS question of this node as itself, 0 if not; NaN if it is not asked: it is this node, closed, or"
                                + " has told no address");
        for (Member member : cluster.members()) {
            answered(gauge, member.name(), Transport.UDP, member.udp());
            answered(gauge, member.name(), Transport.TCP, member.tcp());
        }
        return gauge.build();
    }

    private static void answered(GaugeSnapshot.Builder gauge, String member, Transport transport, Probe end) {
        gauge.dataPoint(GaugeDataPointSnapshot.builder()
                .value(end == Probe.NOT_ASKED ? Double.NaN : Metrics.is(end == Probe.ANSWERED))
                .labels(Labels.of("member", member, "transport", Metrics.lower(transport)))
                .build());
    }

    private static CounterSnapshot probes(CapacityWatch vitals) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("evenkeel_probes")
                .help(
                        "DNS questions of this node to other members, by how they ended: answered, by another node, or not in time");
        for (Member member : vitals.cluster().members()) {
            for (Transport transport : Transport.values()) {
                for (Probe end : Probe.values()) {
                    if (end != Probe.NOT_ASKED) {
                        counter.dataPoint(CounterDataPointSnapshot.builder()
                                .value((double) vitals.probes(member.name(), transport, end))
                                .labels(Labels.of(
                                        "member",
                                        member.name(),
                                        "transport",
                                        Metrics.lower(transport),
                                        "end",
                                        Metrics.lower(end)))
                                .build());
                    }
                }
            }
        }
        return counter.build();
    }

    private static double of(Supplier<@Nullable Capacity> known, ToDoubleFunction<Capacity> value) {
        Capacity capacity = known.get();
        return capacity == null ? Double.NaN : value.applyAsDouble(capacity);
    }
}
