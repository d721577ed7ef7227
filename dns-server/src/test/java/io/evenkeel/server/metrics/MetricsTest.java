package io.evenkeel.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.capacity.TestVitals;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.limits.DistinctClients;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.CalmShare;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.ClusterWatch;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Descriptors;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.StormWatch;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.NodeStanding;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.storage.TestStorage;
import io.evenkeel.server.traffic.TestCaptures;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.LoopWatch;
import io.evenkeel.server.transport.TestListeners;
import io.evenkeel.zones.state.ReplicatedState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-z_]+)(?:\\{((?:[a-z]+=\"[^\"]*\",?)+)})? (-?[0-9.E-]+|NaN)");

    @Test
    void firstOfManyAreTakenWithoutSortingAll() {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            all.add(i * 7 % 1000);
        }
        assertThat(Metrics.first(all, Comparator.naturalOrder(), 3)).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(Metrics.first(all, Comparator.naturalOrder(), 1000)).hasSize(1000);
    }

    @Test
    void everyLineIsHelpTypeOrASampleOfAMetricOfOurs() throws Exception {
        try (AnswerLoops loops = TestListeners.loops(2);
                DnsListeners listeners = TestListeners.bind(loops)) {
            loops.counters().get(0).drop(DropReason.GATE);
            loops.counters().get(1).drop(DropReason.GATE);
            loops.counters().get(0).lost(3);
            loops.counters().get(0).waited(100_000);
            loops.counters().get(1).waited(100_001);
            loops.counters().get(1).waited(5_000_000_000L);
            loops.counters().get(1).oldest(200_000_000);
            loops.counters().get(0).answeredAfter(100_000);
            loops.counters().get(1).answeredAfter(2_000_000);
            StateRoot root = new StateRoot(ReplicatedState.empty());
            DataAge age = new DataAge(root, Path.of("target"), Duration.ofSeconds(60));
            NodeLife life = new NodeLife();
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Daemons daemons = new Daemons(ended::complete);
            Gate gate = new Gate(life, root, () -> {}, () -> {});
            Readiness readiness = new Readiness(life, () -> false, age::isStale, loops::behind);
            AtomicReference<@Nullable Capacity> capacity = new AtomicReference<>();
            Metrics metrics = new Metrics(new MetricsSources(
                    loops,
                    listeners,
                    gate,
                    age,
                    root,
                    () -> null,
                    () -> readiness.verdict(new NodeStanding("", null, false, List.of(), false, "n1")),
                    capacity::get,
                    TestVitals.watch(loops, Path.of("target")),
                    TestStorage.of(Path.of("target"), new InMemoryReplica()),
                    TestCaptures.of(Path.of("target")),
                    null,
                    new ControlCounters(),
                    new AdminCounters(),
                    daemons,
                    new LoopWatch(loops),
                    new LogLosses(),
                    new LogLevels(),
                    new ClusterWatch(() -> null),
                    () -> false,
                    true,
                    () -> 3,
                    Descriptors.ofThisProcess(1000, List.of()),
                    new LimitControl("n1", root, _ -> {}),
                    new StormWatch(
                            () -> QueryCounters.sum(loops.counters()),
                            Duration.ofSeconds(1),
                            new DistinctClients(),
                            new CalmShare(Path.of("target"))),
                    "",
                    "1.2.3"));
            assertThat(gate.open(true)).isEqualTo(new Gate.Outcome.Done(false));
            assertThat(metrics.scrape())
                    .contains("evenkeel_gate_open 1.0")
                    .contains("evenkeel_ready 1.0")
                    .contains("evenkeel_unresolved_names 3.0")
                    .contains("evenkeel_drill_mode 1.0")
                    .contains("evenkeel_stale 1.0");
            assertThat(gate.close(true, () -> new PeerGates(List.of(), List.of())))
                    .isEqualTo(new Gate.Outcome.Done(false));
            capacity.set(new Capacity(2000, 2, Capacity.Origin.KEPT));
            Daemon daemon = daemons.virtual("some-work", Daemon.OnFault.END, () -> {
                throw new LinkageError("planted");
            });
            daemon.start();
            assertThat(ended.get(30, TimeUnit.SECONDS)).hasMessage("planted");
            Map<String, String> values = parse(metrics.scrape());
            assertThat(values)
                    .containsEntry("evenkeel_dns_dropped_total{reason=\"gate\"}", "2.0")
                    .containsEntry("evenkeel_log_lost_total{level=\"warn\",reason=\"disk\"}", "0.0")
                    .containsEntry("evenkeel_work_faults_total{work=\"some-work\"}", "1.0")
                    .containsEntry("evenkeel_http_responses_total{status=\"507\"}", "0.0")
                    .containsEntry("evenkeel_capacity_loop_qps", "500000.0")
                    .containsEntry("evenkeel_zones", "0.0")
                    .containsEntry("evenkeel_zone_answers_total{answer=\"nodata\",zone=\"other\"}", "0.0")
                    .containsEntry("evenkeel_raft_role{role=\"none\"}", "1.0")
                    .containsEntry("evenkeel_raft_role{role=\"leader\"}", "0.0")
                    .containsEntry("evenkeel_node_state{state=\"closed\"}", "1.0")
                    .containsEntry("evenkeel_node_state_reached_seconds{state=\"starting\"}", "0.0")
                    .containsEntry("evenkeel_node_state_reached_seconds{state=\"warming\"}", "NaN")
                    .containsEntry("evenkeel_gate_open", "0.0")
                    .containsEntry("evenkeel_ready", "0.0")
                    .containsKey("evenkeel_dns_queries_total{qtype=\"AAAA\",transport=\"udp\"}")
                    .containsKey("evenkeel_dns_responses_total{rcode=\"BADVERS\",transport=\"tcp\"}")
                    .containsEntry("evenkeel_dns_dropped_total{reason=\"stale\"}", "0.0")
                    .containsEntry("evenkeel_dns_client_timeout_seconds", "20.0")
                    .containsEntry(
                            "evenkeel_dns_oldest_wait_seconds_bucket{lane=\"device\",loop=\"0\",le=\"+Inf\"}", "0")
                    .containsEntry(
                            "evenkeel_dns_oldest_wait_seconds_bucket{lane=\"device\",loop=\"1\",le=\"0.1\"}", "0")
                    .containsEntry(
                            "evenkeel_dns_oldest_wait_seconds_bucket{lane=\"device\",loop=\"1\",le=\"0.25\"}", "1")
                    .containsEntry("evenkeel_dns_oldest_wait_seconds_sum{lane=\"device\",loop=\"1\"}", "0.2")
                    .containsKey("evenkeel_dns_oldest_wait_last_seconds{lane=\"device\",loop=\"1\"}")
                    .containsKey("evenkeel_dns_receive_buffer_packets{lane=\"device\",loop=\"1\"}")
                    .containsKey("evenkeel_dns_loop_pause_seconds{lane=\"device\",loop=\"1\"}")
                    .containsEntry("evenkeel_config_info{hash=\"e3b0c44298fc\"}", "1")
                    .containsEntry("evenkeel_dns_answer_size_bytes_count{transport=\"udp\"}", "0")
                    .containsEntry("evenkeel_stale", "0.0")
                    .containsEntry("evenkeel_data_age_seconds", "NaN");
            if (loops.knowsWaits()) {
                assertThat(values)
                        .containsEntry("evenkeel_dns_udp_lost_total{lane=\"device\",loop=\"0\"}", "3.0")
                        .containsEntry("evenkeel_dns_udp_lost_total{lane=\"device\",loop=\"1\"}", "0.0")
                        .containsEntry("evenkeel_dns_udp_wait_seconds_bucket{le=\"0.0001\"}", "1")
                        .containsEntry("evenkeel_dns_udp_wait_seconds_bucket{le=\"0.001\"}", "2")
                        .containsEntry("evenkeel_dns_udp_wait_seconds_bucket{le=\"1.0\"}", "2")
                        .containsEntry("evenkeel_dns_udp_wait_seconds_bucket{le=\"+Inf\"}", "3")
                        .containsEntry("evenkeel_dns_udp_wait_seconds_count", "3")
                        .containsEntry("evenkeel_dns_udp_answer_seconds_bucket{le=\"0.001\"}", "1")
                        .containsEntry("evenkeel_dns_udp_answer_seconds_sum", "0.0021")
                        .containsEntry("evenkeel_dns_udp_wait_seconds_sum", "5.000200001");
            }
            assertThat(values.keySet()).anyMatch(series -> series.contains("version=\"1.2.3\""));
        }
    }

    /** Series to value; each metric announced once, before its samples, each series once. */
    private static Map<String, String> parse(String text) {
        Map<String, String> values = new HashMap<>();
        Set<String> announced = new HashSet<>();
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("# TYPE ")) {
                assertThat(announced.add(line.split(" ", 4)[2])).as(line).isTrue();
            } else if (!line.isEmpty() && !line.startsWith("# HELP ")) {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as(line).isTrue();
                // The samples of a histogram have its name and an ending of their own.
                assertThat(announced)
                        .as(line)
                        .containsAnyOf(sample.group(1), sample.group(1).replaceFirst("_(bucket|count|sum)$", ""));
                String series = line.substring(0, line.lastIndexOf(' '));
                assertThat(values.put(series, sample.group(3))).as(line).isNull();
            }
        }
        return values;
    }
}
