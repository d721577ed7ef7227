package io.evenkeel.server.metrics;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.Durations;
import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Stage;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How long changes and the disk take, and how far the other members are, in forms that Micrometer has not. */
final class ReplicationMetrics {
    private ReplicationMetrics() {}

    /** @param forced writes that the disk of the node took */
    static void register(
            Supplier<@Nullable Replica> replica,
            ControlCounters control,
            CapacityWatch vitals,
            Durations forced,
            PrometheusRegistry registry) {
        registry.register(() -> stages(control));
        registry.register(() -> histogram(
                        "evenkeel_disk_force_seconds",
                        "How long each small write was forced that the disk took, one a second")
                .dataPoint(point(forced, Labels.EMPTY))
                .build());
        registry.register(() -> followers(
                replica.get(),
                "evenkeel_follower_behind_entries",
                "Committed entries that the member is not known to have on its disk, as the leader sees it; NaN on all other nodes",
                ReplicationMetrics::behind));
        registry.register(() -> followers(
                replica.get(),
                "evenkeel_follower_heard_seconds",
                "Since the member last answered the leader over Raft, as that sees it; NaN on all other nodes",
                (_, follower) -> follower.sinceHeard().toMillis() / 1e3));
        registry.register(() -> roundTrips(vitals));
    }

    private interface OfFollower {
        double value(ReplicaStatus leader, LeaderView.Follower follower);
    }

    private static double behind(ReplicaStatus leader, LeaderView.Follower follower) {
        return follower.matchIndex() < 0 ? Double.NaN : Math.max(0, leader.commitIndex() - follower.matchIndex());
    }

    private static GaugeSnapshot followers(@Nullable Replica replica, String name, String help, OfFollower value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        if (replica != null) {
            ReplicaStatus status = replica.status();
            Optional<LeaderView> view = replica.leaderView();
            for (Member member : status.members()) {
                double seen = view.flatMap(leader -> leader.follower(member.peerId()))
                        .map(follower -> value.value(status, follower))
                        .orElse(Double.NaN);
                gauge.dataPoint(ofMember(member.name(), seen));
            }
        }
        return gauge.build();
    }

    private static GaugeSnapshot roundTrips(CapacityWatch vitals) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("evenkeel_member_round_trip_seconds")
                .help(
                        "How long the member took to answer the last question of this node on the peer channel; NaN if that is more than five seconds ago");
        vitals.cluster()
                .members()
                .forEach(member -> gauge.dataPoint(ofMember(member.name(), vitals.roundTripSeconds(member.name()))));
        return gauge.build();
    }

    private static GaugeDataPointSnapshot ofMember(String name, double value) {
        return GaugeDataPointSnapshot.builder()
                .value(value)
                .labels(Labels.of("member", name))
                .build();
    }

    private static HistogramSnapshot stages(ControlCounters control) {
        HistogramSnapshot.Builder histogram = histogram(
                "evenkeel_change_stage_seconds",
                "How long changes took, by stage: queue, evaluate and commit on the leader, apply and forward on the node that was asked");
        for (Stage stage : Stage.values()) {
            histogram.dataPoint(point(control.stage(stage), Labels.of("stage", Metrics.lower(stage))));
        }
        return histogram.build();
    }

    private static HistogramSnapshot.Builder histogram(String name, String help) {
        return HistogramSnapshot.builder().name(name).help(help);
    }

    private static HistogramDataPointSnapshot point(Durations durations, Labels labels) {
        return HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(ClassicHistogramBuckets.of(Durations.bounds(), durations.counts()))
                .sum(durations.sumSeconds())
                .labels(labels)
                .build();
    }
}
