package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.bench.CrowdCounts;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/*
 * The threads of a node that answer are held to some 4,000 answers a second; a crowd asks that node. Served, its devices ask
 * once a pause, below what the node can do; not served, once a time-out, a multiple of it. Then the node stands still for
 * seconds: all devices wait, and the node comes back to a full queue of questions whose askers have given them up. If it
 * answers these, no answer is in time, ever: the crowd keeps the queue full.
 */

/** Whether a node comes back from standing still while a crowd asks it. Linux, root; the long half with {@code -Dstorm=full}. */
@Tag("faults")
class StormFaultsTest {
    private static final String FULL = "storm";
    /** Turns off what lets a node come back. */
    private static final Map<String, String> WITHOUT_AGE =
            Map.of("EVENKEEL_DRILL_MODE", "true", "EVENKEEL_DRILL_WITHOUT", "short-queue");

    private static final int TIMEOUT_SECONDS = (int) RunningCrowd.TIMEOUT.toSeconds();
    private static final int PAUSE_SECONDS = (int) RunningCrowd.PAUSE.toSeconds();
    /** All devices have asked, and some a second time. */
    private static final int STEADY_SECONDS = 12;

    private static final int STOP_SECONDS = 5;
    /** Of what could be answered, that at least is. */
    private static final double BAR = 0.7;
    /** Within which a node comes back. */
    private static final int BACK_SECONDS = 10;

    /** How long it is watched after that, in pauses: each device has its turn in each. */
    private static final int PAUSES = "full".equals(System.getProperty(FULL)) ? 6 : 3;

    private static final int DOWN_SECONDS = 20;
    private static final int SHORT_STOPS = 3;
    private static final Duration SHORT_STOP = Duration.ofMillis(500);
    private static final long MEMORY_KIB = 64 << 10;

    private static final int RATE = 4000;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void aNodeThatStoodStillServesItsCrowdAgain() throws Exception {
        comesBack(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8})
    @EnabledIfSystemProperty(named = FULL, matches = "full")
    void itDoesForOtherCrowds(int factor) throws Exception {
        comesBack(factor);
    }

    /** So that the test above can fail. */
    @Test
    void aNodeThatAnswersWhatWasGivenUpNeverDoes() throws Exception {
        staysDown(4);
    }

    @Test
    @EnabledIfSystemProperty(named = FULL, matches = "full")
    void aNodeThatAnswersWhatWasGivenUpNeverDoesForALargerCrowd() throws Exception {
        staysDown(8);
    }

    /** At a tenth of what the node can do, half a second is no reason to leave anybody without an answer. */
    @Test
    void atATenthOfItsLoadAShortStopCostsNoAnswer() throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1)) {
            up(cluster);
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (SlowedNode slowed = Quotas.slowed(node, RATE)) {
                Storm storm = Storm.of(slowed.rate(), 0.1 * PAUSE_SECONDS / TIMEOUT_SECONDS);
                // Devices wait for longer than the node takes them to: it must drop none, whatever else this machine
                // does.
                try (RunningCrowd crowd = new RunningCrowd(
                        List.of(Quotas.dns(node)), storm.devices(), RunningCrowd.LONG_TIMEOUT, RunningCrowd.PAUSE)) {
                    for (int stop = 0; stop < SHORT_STOPS; stop++) {
                        crowd.next(2);
                        LocalCluster.signal("STOP", node);
                        try {
                            Thread.sleep(SHORT_STOP); // the fault itself
                        } finally {
                            LocalCluster.signal("CONT", node);
                        }
                    }
                    crowd.next(2);
                    CrowdCounts total = crowd.end();
                    System.out.printf(
                            "%d devices, a tenth of %.0f/s; stopped %d times for %d ms: %s%n",
                            storm.devices(), storm.rate(), SHORT_STOPS, SHORT_STOP.toMillis(), total);
                    assertThat(total.timedOut()).isZero();
                    assertThat(total.latencyMicros().get("max"))
                            .as("somebody asked meanwhile")
                            .isGreaterThan(SHORT_STOP.toNanos() / 2e3);
                }
            }
        }
    }

    /** Each of three in turn is slowed and stands still, under one crowd that asks all of them. */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = "full")
    void eachOfThreeNodesDoes() throws Exception {
        int factor = 4;
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 3)) {
            up(cluster);
            Map<ClusterFile.Node, Duration> periods = new LinkedHashMap<>();
            double rates = 0;
            for (ClusterFile.Node node : cluster.nodes()) {
                try (SlowedNode slowed = Quotas.slowed(node, RATE)) {
                    periods.put(node, slowed.period());
                    rates += slowed.rate();
                }
            }
            int devices = (int) (factor * rates * TIMEOUT_SECONDS);
            // The two others answer all of their devices, and the slowed one what is wanted of it.
            Storm storm = new Storm(factor, rates, devices, (2 + BAR) / 3 * devices / PAUSE_SECONDS);
            List<InetSocketAddress> all =
                    cluster.nodes().stream().map(Quotas::dns).toList();
            try (RunningCrowd crowd = new RunningCrowd(all, devices, RunningCrowd.PAUSE)) {
                for (Map.Entry<ClusterFile.Node, Duration> slow : periods.entrySet()) {
                    ClusterFile.Node node = slow.getKey();
                    try (CpuQuota _ = Quotas.of(node, SlowedNode::answersDevices, slow.getValue())) {
                        stopped(cluster, node, crowd, storm, 2);
                    }
                }
            }
        }
    }

    /** Stops a node under its crowd, and sees it come back and serve that for some pauses. */
    private static void stopped(
            LocalCluster cluster, ClusterFile.Node node, RunningCrowd crowd, Storm storm, int pauses) throws Exception {
        List<CrowdCounts> before = crowd.next(STEADY_SECONDS);
        long memory = Storms.residentKib(node);
        JsonNode status = status(cluster, node);
        List<CrowdCounts> stopped = stopped(crowd, node);
        List<CrowdCounts> after = crowd.next(BACK_SECONDS);
        if (isLeader(status)) {
            status = status(cluster, node); // one that stood still steps down, and is elected again if it is alone
        }
        after.addAll(crowd.next(pauses * PAUSE_SECONDS));
        tell(storm, before, stopped, after);
        Storms.requireKeptUp(
                after.stream().mapToDouble(second -> second.lagMillis().getOrDefault("p99", 0.0)));
        assertThat(after.stream()
                        .limit(BACK_SECONDS)
                        .mapToLong(CrowdCounts::answers)
                        .max()
                        .orElseThrow())
                .as("answers in time in the best of the first seconds, of %s", answers(after))
                .isGreaterThanOrEqualTo((long) storm.bar());
        // The crowd is in step now: all are answered in a few seconds, which these wait for, and then all pause. So one
        // pause may hold
        // less than all of their answers.
        int window = 2 * PAUSE_SECONDS;
        for (int from = BACK_SECONDS; from + window <= after.size(); from++) {
            assertThat(goodput(after.subList(from, from + window)))
                    .as("answers in time in a second, from second %d on, of %s", from, answers(after))
                    .isGreaterThanOrEqualTo(storm.bar());
        }
        assertThat(status(cluster, node).path("term")).isEqualTo(status.path("term"));
        assertThat(Storms.residentKib(node)).isLessThanOrEqualTo(memory + MEMORY_KIB);
    }

    /**
     * One storm.
     *
     * @param factor how many times what the node can do its crowd asks for once it is not served
     * @param rate what the node can do in a second
     * @param bar answers in time in a second, at least
     */
    private record Storm(double factor, double rate, int devices, double bar) {
        /** Of what the node can do or, if that is less, of what a crowd asks for that is served. */
        static Storm of(double rate, double factor) {
            int devices = (int) Math.round(factor * rate * TIMEOUT_SECONDS);
            return new Storm(factor, rate, devices, BAR * Math.min(rate, (double) devices / PAUSE_SECONDS));
        }
    }

    private void comesBack(int factor) throws Exception {
        Storms.decided(
                folder,
                data -> underACrowd(
                        data,
                        factor,
                        Map.of(),
                        (cluster, node, storm, crowd) -> stopped(cluster, node, crowd, storm, PAUSES)));
    }

    private void staysDown(int factor) throws Exception {
        Storms.assumeLongQueues();
        underACrowd(folder.resolve("data"), factor, WITHOUT_AGE, (_, node, storm, crowd) -> {
            List<CrowdCounts> before = crowd.next(PAUSE_SECONDS);
            List<CrowdCounts> stopped = stopped(crowd, node);
            List<CrowdCounts> after = crowd.next(DOWN_SECONDS);
            tell(storm, before, stopped, after);
            assertThat(goodput(after)).isLessThan(0.1 * storm.bar());
        });
    }

    private interface Stormy {
        void run(LocalCluster cluster, ClusterFile.Node node, Storm storm, RunningCrowd crowd) throws Exception;
    }

    /** With a slowed node that a crowd of so many times what it can do asks. */
    private static void underACrowd(Path data, int factor, Map<String, String> environment, Stormy test)
            throws Exception {
        try (LocalCluster cluster = new LocalCluster(data, 1, environment)) {
            up(cluster);
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (SlowedNode slowed = Quotas.slowed(node, RATE)) {
                Storm storm = Storm.of(slowed.rate(), factor);
                try (RunningCrowd crowd =
                        new RunningCrowd(List.of(Quotas.dns(node)), storm.devices(), RunningCrowd.PAUSE)) {
                    test.run(cluster, node, storm, crowd);
                }
            }
        }
    }

    private static List<CrowdCounts> stopped(RunningCrowd crowd, ClusterFile.Node node) throws Exception {
        LocalCluster.signal("STOP", node);
        try {
            return crowd.next(STOP_SECONDS);
        } finally {
            LocalCluster.signal("CONT", node);
        }
    }

    /** Without limits on clients: what a node can do is measured by a few that ask on at once, whom a busy node would leave waiting. */
    private static void up(LocalCluster cluster) throws Exception {
        cluster.up();
        Storms.limits(cluster, "off");
    }

    private static double goodput(List<CrowdCounts> seconds) {
        return seconds.stream().mapToLong(CrowdCounts::answers).average().orElseThrow();
    }

    private static void tell(
            Storm storm, List<CrowdCounts> before, List<CrowdCounts> stopped, List<CrowdCounts> after) {
        System.out.printf(
                "%d devices, %.1f times the %.0f/s that the node can do; bar %.0f/s; answered in time, each second:%n",
                storm.devices(), storm.factor(), storm.rate(), storm.bar());
        System.out.printf("  before  %s%n  stopped %s%n", answers(before), answers(stopped));
        System.out.printf("  after   %s%n", answers(after));
        System.out.printf(
                "  late    %s%n", text(after.stream().map(CrowdCounts::late).toList()));
        System.out.printf(
                "  waiting %s%n", text(after.stream().map(CrowdCounts::waiting).toList()));
    }

    private static String answers(List<CrowdCounts> seconds) {
        return text(seconds.stream().map(CrowdCounts::answers).toList());
    }

    private static String text(List<? extends Number> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private static JsonNode status(LocalCluster cluster, ClusterFile.Node node) {
        String body = cluster.send(node, "GET", "/api/v1/evenkeel/status", null, LocalCluster.LONG)
                .body();
        JsonNode status = Json.readOrMissing(body.getBytes(StandardCharsets.UTF_8));
        assertThat(status.path("term").isNumber()).as(body).isTrue();
        return status;
    }

    private static boolean isLeader(JsonNode status) {
        return status.path("role").asText().equalsIgnoreCase("leader");
    }
}
