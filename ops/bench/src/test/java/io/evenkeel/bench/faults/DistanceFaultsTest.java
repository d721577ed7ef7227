package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.Distance;
import io.evenkeel.bench.cluster.DistantLinks;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;

/** Three real nodes in data centres that are far from each other. Linux, root; the long half by {@code ops/bench/run distance}. */
@Tag("faults")
class DistanceFaultsTest {
    /** The bar: half of the changes are acknowledged within so many round trips. */
    private static final double ROUND_TRIPS_BAR = 3;

    private static final String LARGE = "large.example.";
    private static final int TEXT_CHARACTERS = 200;
    /** Beside the text: owner, type, TTL and lengths. */
    private static final int RECORD_OCTETS = 225;

    private static final String MISSED = "missed";

    /** In the log these take half of that, which is still below what makes the leader write a snapshot and drop its log. */
    private static final int MISSED_ZONES = 8;

    private static final int MISSED_OCTETS = 5_500_000;

    /** Carries that in a minute and a half, and what is sent at once, 2 MiB, in eight seconds. */
    private static final Distance SLOW_LINE =
            new Distance(Duration.ofMillis(5), 0, 2_000_000, Duration.ofMillis(300), 1);

    private static final String OPENED_BEHIND = "evenkeel_opened_behind";

    /** For what is sent over such a line, on a machine that has other things to do. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    @TempDir
    private Path folder = Path.of("");

    private PartitionedCluster nodes;
    private LocalCluster cluster;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
        nodes = new PartitionedCluster(folder.resolve("data"), 3);
        cluster = nodes.cluster();
        nodes.start();
    }

    @AfterEach
    void end() throws Exception {
        if (nodes != null) {
            nodes.close();
        }
    }

    /**
     * One election, which may take two terms, is let pass: on a line that loses one of a hundred packets a heartbeat and its repetition are
     * lost now and then. Times that do not fit the line have one election after the other.
     */
    @Test
    void nodesFarApartKeepTheirLeaderTakeChangesAndInstallASnapshot() throws Exception {
        measure(2_000_000, 400_000, Duration.ZERO, Duration.ofSeconds(6), 2);
    }

    @Test
    @EnabledIfSystemProperty(named = "distance", matches = "full")
    void theyDoSoForMinutesAndWithALargeSnapshot() throws Exception {
        Duration half = Duration.ofMinutes(Integer.getInteger("minutes", 10)).dividedBy(2);
        assertThat(measure(42_000_000, 4_000_000, half, half, 0)).isLessThanOrEqualTo(ROUND_TRIPS_BAR);
    }

    /** It hears its leader all the time, and gets nearer to it, but not within the time that its clients have to wait. */
    @Test
    @EnabledIfSystemProperty(named = "distance", matches = "full")
    void aNodeThatIsSentTooSlowlyWhatItMissedOpensAfterAMinuteAndSaysThatItIsBehind() throws Exception {
        ClusterFile.Node leader = cluster.leader();
        ClusterFile.Node away = cluster.othersThan(leader).getFirst();
        assertThat(cluster.setTxt(away, MISSED, "before").accepted()).isTrue();
        nodes.kill(away.name());
        for (int i = 0; i < MISSED_ZONES; i++) {
            importZone(leader, MISSED + i + ".example.", MISSED_OCTETS);
        }
        assertThat(cluster.setTxt(leader, MISSED, "after").accepted()).isTrue();

        DistantLinks links = nodes.moveApart(SLOW_LINE);
        nodes.start(away.name());
        ClusterFile.Node back = nodes.node(away.name());
        Message first = Awaitility.await()
                .atMost(LocalCluster.LONG.multipliedBy(3))
                .until(() -> TxtAnswers.ask(back, MISSED), Optional::isPresent)
                .orElseThrow();
        assertThat(TxtAnswers.texts(first)).containsExactly("before");
        assertThat(TxtAnswers.sayStale(first)).isTrue();
        assertThat(cluster.counter(back, "evenkeel_node_state_reached_seconds{state=\"open\"}"))
                .as("what it waits for a leader that it follows")
                .isGreaterThan(60);
        assertThat(cluster.counter(back, OPENED_BEHIND)).isEqualTo(1);
        assertThat(cluster.counter(back, "evenkeel_stale")).isEqualTo(1);
        LocalCluster.Reply readiness = readiness(back);
        assertThat(readiness.status()).isEqualTo(200);
        assertThat(readiness.body()).contains("stale");
        assertThat(Files.readString(cluster.data().resolve(back.log()))).contains("Behind a leader that is heard for ");

        links.close(); // they are near each other again
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> TxtAnswers.ask(back, MISSED)
                        .filter(answer -> !TxtAnswers.sayStale(answer))
                        .map(TxtAnswers::texts)
                        .equals(Optional.of(List.of("after"))));
        assertThat(cluster.counter(back, OPENED_BEHIND)).isZero();
    }

    private LocalCluster.Reply readiness(ClusterFile.Node node) {
        return cluster.send(node, "GET", "/readyz", null, LocalCluster.PATIENCE);
    }

    /**
     * The longer median of changes at the leader and at a follower, in round trips.
     *
     * @param terms how many more there may be at its end
     */
    private double measure(int snapshotOctets, int importOctets, Duration quiet, Duration changes, int terms)
            throws Exception {
        ClusterFile.Node leader = cluster.leader();
        ClusterFile.Node follower = cluster.othersThan(leader).getFirst();
        importZone(leader, LARGE, snapshotOctets);
        LocalCluster.Reply taken =
                cluster.send(leader, "POST", "/api/v1/evenkeel/snapshot", null, LocalCluster.LONG.multipliedBy(4));
        assertThat(taken.status()).as(taken.body()).isEqualTo(200);
        System.out.printf(
                "snapshot of %,d octets%n",
                Json.readOrMissing(taken.body().getBytes(StandardCharsets.UTF_8))
                        .path("bytes")
                        .asLong());

        DistantLinks links = nodes.moveApart(Distance.DATA_CENTRES);
        long term = term(leader);
        Thread.sleep(quiet); // nothing is waited for: nothing is to happen
        assertTerms(terms, term, "quiet for " + quiet);

        Duration each = changes.dividedBy(2);
        double atLeader = report(
                "changes at the leader", changesThrough(leader, "l", each).join());
        double atFollower = report(
                "changes at a follower", changesThrough(follower, "f", each).join());
        assertTerms(terms, term, "changes for " + changes);

        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<List<Double>> beside = changesThrough(leader, "b", over);
        long begin = System.nanoTime();
        importZone(follower, "second.example.", importOctets);
        System.out.printf("%,d octets imported through a follower in %.1f s%n", importOctets, seconds(begin));
        assertTerms(terms, term, "an import");

        String leading = cluster.leader().name();
        ClusterFile.Node wiped = cluster.othersThan(leader).stream()
                .filter(node -> !node.name().equals(leading))
                .findFirst()
                .orElseThrow();
        wipe(wiped);
        begin = System.nanoTime();
        nodes.start(wiped.name());
        Awaitility.await("the wiped node is ready")
                .atMost(PATIENCE)
                .until(() -> readiness(nodes.node(wiped.name())).status() == 200);
        System.out.printf("wiped node ready after %.1f s%n", seconds(begin));
        over.set(true);
        report("changes at the leader beside these", beside.join());
        assertTerms(terms, term, "a snapshot");
        assertThat(serves(nodes.node(wiped.name()), LARGE)).isTrue();
        System.out.println(links.counts());
        return Math.max(atLeader, atFollower);
    }

    /** Random letters, so that nothing on the way makes them fewer. */
    private void importZone(ClusterFile.Node node, String apex, int octets) {
        Random letters = new Random(apex.hashCode());
        StringBuilder text = new StringBuilder(octets + 1000);
        text.append("$TTL 300\n@ SOA ns.")
                .append(apex)
                .append(" host.")
                .append(apex)
                .append(" 1 3600 900 86400 300\n");
        text.append("@ NS ns.").append(apex).append("\nns A 192.0.2.1\n");
        for (int i = 0; i < octets / RECORD_OCTETS; i++) {
            text.append("d").append(i).append(" TXT ");
            letters.ints(TEXT_CHARACTERS, 'a', 'z' + 1).forEach(letter -> text.append((char) letter));
            text.append('\n');
        }
        String request = UUID.randomUUID().toString();
        // 202 and 503: it takes longer than a client of the API waits, or than it may; the same request goes on where
        // it was.
        Awaitility.await(apex).atMost(PATIENCE).until(() -> {
            LocalCluster.Reply reply = cluster.send(
                    node,
                    "PUT",
                    "/api/v1/evenkeel/zones/" + apex + "?create=true",
                    text.toString(),
                    PATIENCE,
                    Map.of("Idempotency-Key", request));
            assertThat(reply.status()).as("%s", reply).isIn(200, 201, 202, 204, 503);
            return reply.accepted();
        });
        Awaitility.await(apex).atMost(PATIENCE).until(() -> serves(node, apex));
    }

    private boolean serves(ClusterFile.Node node, String apex) {
        return cluster.send(node, "GET", AdminClient.zonePath(apex) + "?rrsets=false", null, LocalCluster.LONG)
                        .status()
                == 200;
    }

    private CompletableFuture<List<Double>> changesThrough(ClusterFile.Node node, String owner, Duration time) {
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<List<Double>> all = changesThrough(node, owner, over);
        CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> over.set(true));
        return all;
    }

    /** One after the other, until it is over; how long each took, in milliseconds. */
    private CompletableFuture<List<Double>> changesThrough(ClusterFile.Node node, String owner, AtomicBoolean over) {
        return CompletableFuture.supplyAsync(
                () -> {
                    List<Double> millis = new ArrayList<>();
                    while (!over.get() || millis.isEmpty()) {
                        long begin = System.nanoTime();
                        LocalCluster.Reply reply = cluster.setTxt(node, owner + millis.size() % 50, "" + millis.size());
                        assertThat(reply.accepted())
                                .as("change %d at %s: %s", millis.size(), node.name(), reply)
                                .isTrue();
                        millis.add(seconds(begin) * 1e3);
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                    }
                    return millis;
                },
                Thread::startVirtualThread);
    }

    /** Prints, in round trips; returns the median. */
    private static double report(String what, List<Double> millis) {
        double roundTrip = (double) Distance.DATA_CENTRES.roundTrip().toMillis();
        List<Double> sorted =
                millis.stream().sorted().map(each -> each / roundTrip).toList();
        double median = sorted.get(sorted.size() / 2);
        System.out.printf(
                "%s: p50 %.2f round trips, p99 %.2f, longest %.2f; %d changes%n",
                what, median, sorted.get(sorted.size() * 99 / 100), sorted.getLast(), sorted.size());
        return median;
    }

    private void assertTerms(int most, long term, String what) {
        System.out.printf("%s: term %d, at first %d%n", what, term(cluster.leader()), term);
        assertThat(cluster.nodes().stream().filter(ClusterFile.Node::runs).map(this::term))
                .as(what)
                .allMatch(now -> now >= term && now <= term + most);
    }

    private long term(ClusterFile.Node node) {
        return Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(
                        () -> {
                            LocalCluster.Reply reply =
                                    cluster.send(node, "GET", "/api/v1/evenkeel/status", null, LocalCluster.PATIENCE);
                            JsonNode status = Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8));
                            return status.path("term").asLong(-1);
                        },
                        term -> term >= 0);
    }

    private void wipe(ClusterFile.Node node) throws IOException {
        nodes.kill(node.name());
        cluster.wipe(node);
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }
}
