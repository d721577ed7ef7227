package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.bench.CrowdCounts;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a person reads of real nodes, some of which are gone. */
@Tag("faults")
class LogFaultsTest extends ThreeNodes {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final boolean FULL = "full".equals(System.getProperty("storage"));
    private static final int LINES_PER_SECOND = 100_000;
    /** An hour, for whoever wants it: -Dstorm.seconds=3600. */
    private static final int STORM_SECONDS = Integer.getInteger("storm.seconds", FULL ? 60 : 10);

    /** Of a survivor in a minute: one for the dead member, and some that a slow machine causes. */
    private static final int MOST_LINES = 8;

    @Override
    Map<String, String> environment() {
        return RunningCrowd.KNOWS_LONG_TIMEOUT;
    }

    @Test
    void aDeadMemberCostsALineAMinuteAndTheJournalTellsWhatHappened() throws Exception {
        ClusterFile.Node dead = cluster.leader();
        List<ClusterFile.Node> survivors = cluster.othersThan(dead);
        LocalCluster.signal("KILL", dead);
        LocalCluster.awaitGone(List.of(dead));
        ClusterFile.Node next = Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(cluster::leader, node -> !node.name().equals(dead.name()));
        awaitEvent(survivors, "leader", next.name() + " leads, in term ");
        awaitEvent(survivors, "peer", "peer " + dead.name() + " at ");

        List<Integer> before = new ArrayList<>();
        for (ClusterFile.Node survivor : survivors) {
            before.add(log(survivor).size());
        }
        // The minute is what is measured.
        Awaitility.await().pollDelay(MINUTE).atMost(MINUTE.multipliedBy(2)).until(() -> true);
        for (int i = 0; i < survivors.size(); i++) {
            List<String> all = log(survivors.get(i));
            List<String> lines = all.subList(before.get(i), all.size());
            System.out.printf(
                    "a minute with a dead member on %s: %d lines%n",
                    survivors.get(i).name(), lines.size());
            assertThat(lines).hasSizeLessThanOrEqualTo(MOST_LINES);
            assertThat(all).noneMatch(line -> line.contains("Caused by: ") || line.startsWith("\tat "));
        }
        assertThat(log(next)).anyMatch(line -> line.contains(dead.name() + " cannot be reached (last: "));
        assertThat(cluster.run("events", "--last", "100").code())
                .as("one node does not answer")
                .isEqualTo(1);

        cluster.up();
        JsonNode life = events(dead);
        List<Long> numbers = new ArrayList<>();
        List<String> starts = new ArrayList<>();
        life.forEach(event -> {
            numbers.add(event.path("number").asLong());
            if (event.path("kind").asText().equals("node")) {
                starts.add(event.path("text").asText());
            }
        });
        assertThat(numbers).as("over a kill -9").isSorted().doesNotHaveDuplicates();
        assertThat(starts).as("%s", life).hasSize(2).allMatch(text -> text.startsWith("Node " + dead.name() + " "));
        String table = LocalCluster.evenkeel(
                        Map.of("COLUMNS", "80"), "events", "--since", "1h", "--data", "" + cluster.data())
                .out();
        assertThat(table.lines()).allMatch(line -> line.length() <= 80);
        assertThat(table).contains("leads,").contains("OPEN after ");
    }

    @Test
    void aStopPrintsNoStackTrace() throws Exception {
        ClusterFile.Node leader = cluster.leader();
        LocalCluster.signal("TERM", leader);
        LocalCluster.awaitGone(List.of(leader));
        List<String> log = log(leader);
        List<String> end = log.subList(
                log.indexOf(log.stream()
                        .filter(line -> line.contains("Stopping; still answering"))
                        .findFirst()
                        .orElseThrow()),
                log.size());
        assertThat(end).anyMatch(line -> line.endsWith(" Stopped")).noneMatch(line -> line.contains("Exception"));
        assertThat(end).as("%s", end).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void aLevelIsSetOnARunningNodeAndReturnsByItself() throws Exception {
        String place = "io.evenkeel.server.admin";
        LocalCluster.Said set = cluster.run("log-level", place, "debug", "--for", "3s", "--node", "n2");
        assertThat(set.code()).as("%s", set).isZero();
        assertThat(set.out()).containsPattern("n2 +io\\.evenkeel\\.server\\.admin +debug");
        assertThat(cluster.run("log-level").out()).doesNotContainPattern("n1 +io\\.evenkeel");
        awaitEvent(List.of(cluster.node("n2")), "log", place + " is at its configured level again: info");
        assertThat(cluster.run("log-level", "--node", "n2").out()).doesNotContain(place);
        LocalCluster.Said wrong = cluster.run("log-level", "io.evenkeel.nothing", "debug", "--node", "n2");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.out())
                .contains("nothing of io.evenkeel.nothing logs in this process")
                .contains(place);
    }

    /** All templates of these sources at once, a hundred thousand lines a second: nobody who asks notices, and no disk. */
    @Test
    void aStormOfLinesStaysWithinItsBoundAndDelaysNobody() throws Exception {
        int seconds = STORM_SECONDS;
        ClusterFile.Node node = cluster.node("n2");
        LogStorm storm = new LogStorm(Files.createDirectories(cluster.data().resolve("storm")));
        try (RunningCrowd crowd =
                new RunningCrowd(List.of(Quotas.dns(node)), 1000, RunningCrowd.LONG_TIMEOUT, Duration.ofSeconds(1))) {
            crowd.next(2);
            long before = octets(node);
            LogStorm.Ended ended;
            try (LogStorm.Running running = storm.begin(node.pid(), LINES_PER_SECOND, seconds)) {
                ended = running.end();
            }
            long written = octets(node) - before;
            System.out.printf(
                    "%d lines in %d s: %d octets in the log, the slowest call %.1f ms%n",
                    ended.lines(), seconds, written, ended.slowestMillis());
            assertThat(ended.lines()).isGreaterThan((long) LINES_PER_SECOND * seconds / 4);
            // A machine that is too slow takes up to twice as long.
            assertThat(written).isPositive().isLessThanOrEqualTo(2L * seconds * (64 << 10) + (2 << 20));
            assertThat(ended.slowestMillis()).as("nobody waits for a disk").isLessThan(2000);
            assertThat(cluster.counter(node, "evenkeel_log_lost_total")).isGreaterThan(ended.lines() / 2.0);
            List<Double> ratios = new ArrayList<>();
            for (int pair = 0; FULL && pair < 9; pair++) {
                crowd.skip();
                double calm = RunningCrowd.slowest(crowd.next(5));
                try (LogStorm.Running running = storm.begin(node.pid(), LINES_PER_SECOND, 7)) {
                    crowd.skip();
                    ratios.add(RunningCrowd.slowest(crowd.next(5)) / calm);
                    LogStorm.Ended _ = running.end();
                }
            }
            CrowdCounts all = crowd.end();
            assertThat(all.timedOut()).as("%s", all).isZero();
            if (FULL) {
                Collections.sort(ratios);
                System.out.println("p99 of answers beside a storm of lines and without: " + ratios);
                assertThat(ratios.get(ratios.size() / 2)).isLessThanOrEqualTo(1.25);
            }
        }
    }

    private long octets(ClusterFile.Node node) throws IOException {
        try (Stream<Path> files = Files.list(cluster.data().resolve(node.name()))) {
            return files.filter(file -> file.getFileName().toString().startsWith("node.log"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private void awaitEvent(List<ClusterFile.Node> nodes, String kind, String text) {
        for (ClusterFile.Node node : nodes) {
            Awaitility.await().atMost(LocalCluster.LONG).until(() -> {
                for (JsonNode event : events(node)) {
                    if (event.path("kind").asText().equals(kind)
                            && event.path("text").asText().contains(text)) {
                        return true;
                    }
                }
                return false;
            });
        }
    }

    private JsonNode events(ClusterFile.Node node) {
        LocalCluster.Reply reply =
                cluster.send(node, "GET", "/api/v1/evenkeel/events?limit=1000", null, LocalCluster.PATIENCE);
        return Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8)).path("events");
    }

    private List<String> log(ClusterFile.Node node) throws IOException {
        return Files.readAllLines(cluster.data().resolve(node.name()).resolve("node.log"));
    }
}
