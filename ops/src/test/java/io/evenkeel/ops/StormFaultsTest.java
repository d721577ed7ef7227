package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
 * The threads of a node that answer are held to some 2,000 answers a second; a crowd asks that node. Served, its devices ask
 * once a pause, below what the node can do; not served, once a time-out, a multiple of it. Then the node stands still for
 * seconds: all devices wait, and the node comes back to a full queue of questions whose askers have given them up. If it
 * answers these, no answer is in time, ever: the crowd keeps the queue full.
 */

/** Whether a node comes back from standing still while a crowd asks it. Linux, root; the long half with {@code -Dstorm=full}. */
@Tag("faults")
class StormFaultsTest {
    private static final String FULL = "storm";
    /** Turns off what lets a node come back, in builds for tests. */
    private static final Map<String, String> WITHOUT_AGE =
            Map.of("EVENKEEL_NODE_OPTS", "-ea -Devenkeel.test.fixed-receive-buffer=true");

    private static final int RATE = 2000;
    private static final Duration FIRST_PERIOD = Duration.ofMillis(50);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMillis(200);
    /** Devices that wait a tenth of a second each at that rate, more than are answered in a period. */
    private static final int FEW = 200;

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
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (CpuQuota quota = slowed(node)) {
                Storm storm = Storm.of(calibrated(node, quota), 0.1 * PAUSE_SECONDS / TIMEOUT_SECONDS);
                try (RunningCrowd crowd = new RunningCrowd(dns(node), storm.devices())) {
                    for (int stop = 0; stop < SHORT_STOPS; stop++) {
                        crowd.next(2);
                        LocalCluster.signal("STOP", node);
                        Thread.sleep(SHORT_STOP); // the fault itself
                        LocalCluster.signal("CONT", node);
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

    /** Each of three, under a crowd of its own; the others answer nobody, and keep the cluster going. */
    @Test
    @EnabledIfSystemProperty(named = FULL, matches = "full")
    void eachOfThreeNodesDoes() throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 3)) {
            cluster.up();
            for (ClusterFile.Node node : cluster.nodes()) {
                comesBack(cluster, node, 4);
            }
        }
    }

    /** The bars of one storm. */
    private record Storm(double rate, int devices) {
        static Storm of(double rate, double factor) {
            return new Storm(rate, (int) Math.round(factor * rate * TIMEOUT_SECONDS));
        }

        /** Answers in time in a second, at least: of what the node can do or, if that is less, of what is asked for. */
        double bar() {
            return BAR * Math.min(rate, (double) devices / PAUSE_SECONDS);
        }
    }

    private void comesBack(int factor) throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1)) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            comesBack(cluster, node, factor);
        }
    }

    private void comesBack(LocalCluster cluster, ClusterFile.Node node, int factor) throws Exception {
        try (CpuQuota quota = slowed(node)) {
            Storm storm = Storm.of(calibrated(node, quota), factor);
            try (RunningCrowd crowd = new RunningCrowd(dns(node), storm.devices())) {
                List<CrowdCounts> before = crowd.next(STEADY_SECONDS);
                long memory = residentKib(node);
                JsonNode status = status(cluster, node);
                List<CrowdCounts> stopped = stopped(crowd, node);
                List<CrowdCounts> after = crowd.next(BACK_SECONDS);
                if (cluster.nodes().size() > 1 && isLeader(status)) {
                    status = status(cluster, node); // the others have elected another one while it stood still
                }
                after.addAll(crowd.next(PAUSES * PAUSE_SECONDS));
                tell(factor, storm, before, stopped, after);
                assertThat(after.stream()
                                .limit(BACK_SECONDS)
                                .mapToLong(CrowdCounts::answers)
                                .max()
                                .orElseThrow())
                        .as("answers in time in the best of the first seconds")
                        .isGreaterThanOrEqualTo((long) storm.bar());
                // The crowd is in step now: all are answered in a few seconds, and then all pause.
                for (int from = BACK_SECONDS; from + PAUSE_SECONDS <= after.size(); from++) {
                    assertThat(goodput(after.subList(from, from + PAUSE_SECONDS)))
                            .as("answers in time in a second, from second %d on", from)
                            .isGreaterThanOrEqualTo(storm.bar());
                }
                assertThat(status(cluster, node).path("term")).isEqualTo(status.path("term"));
                assertThat(residentKib(node)).isLessThanOrEqualTo(memory + MEMORY_KIB);
                assertThat(crowd.end().valid())
                        .as("this machine kept up with the crowd")
                        .isTrue();
            }
        }
    }

    private void staysDown(int factor) throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1, WITHOUT_AGE)) {
            cluster.up();
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (CpuQuota quota = slowed(node)) {
                Storm storm = Storm.of(calibrated(node, quota), factor);
                try (RunningCrowd crowd = new RunningCrowd(dns(node), storm.devices())) {
                    List<CrowdCounts> before = crowd.next(PAUSE_SECONDS);
                    List<CrowdCounts> stopped = stopped(crowd, node);
                    List<CrowdCounts> after = crowd.next(DOWN_SECONDS);
                    tell(factor, storm, before, stopped, after);
                    assertThat(goodput(after)).isLessThan(0.1 * storm.bar());
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

    private static CpuQuota slowed(ClusterFile.Node node) throws Exception {
        rate(node); // its code is compiled: what follows is as fast at the end as at the start
        return CpuQuota.of(node, "dns-", FIRST_PERIOD);
    }

    /** Sets the quota to about {@link #RATE} answers a second; how many there are then. */
    private static double calibrated(ClusterFile.Node node, CpuQuota quota) throws Exception {
        long nanos = (long) (FIRST_PERIOD.toNanos() * rate(node) / RATE);
        quota.period(Duration.ofNanos(Math.clamp(nanos, SHORTEST.toNanos(), LONGEST.toNanos())));
        return rate(node);
    }

    /** Answers a second to a few who wait for them and ask on at once: nobody waits long. */
    private static double rate(ClusterFile.Node node) throws Exception {
        try (RunningCrowd crowd = new RunningCrowd(dns(node), FEW, Duration.ZERO)) {
            crowd.next(1);
            double rate = goodput(crowd.next(2));
            assertThat(crowd.end().timedOut()).isZero();
            return rate;
        }
    }

    private static double goodput(List<CrowdCounts> seconds) {
        return seconds.stream().mapToLong(CrowdCounts::answers).average().orElseThrow();
    }

    private static void tell(
            int factor, Storm storm, List<CrowdCounts> before, List<CrowdCounts> stopped, List<CrowdCounts> after) {
        System.out.printf(
                "%d devices, %d times the %.0f/s that the node can do; bar %.0f/s; answered in time, each second:%n",
                storm.devices(), factor, storm.rate(), storm.bar());
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

    private static long residentKib(ClusterFile.Node node) throws IOException {
        return Files.readAllLines(Path.of("/proc", "" + node.pid(), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> line.split("\\s+", -1)[1])
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }

    private static InetSocketAddress dns(ClusterFile.Node node) {
        String address = node.dns();
        return new InetSocketAddress(
                InetAddress.ofLiteral(address.substring(0, address.lastIndexOf(':'))), node.dnsPort());
    }
}
