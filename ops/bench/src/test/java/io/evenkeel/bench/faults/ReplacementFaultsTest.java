package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.local.ClusterFolder;
import io.evenkeel.ops.local.Layout;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines are replaced one after the other while devices ask and clients change. */
@Tag("faults")
class ReplacementFaultsTest {
    @TempDir
    private Path folder = Path.of("");

    private final Map<String, Process> started = new LinkedHashMap<>();
    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);

    @AfterEach
    void end() throws Exception {
        started.values().forEach(LocalCluster::kill);
        cluster.close();
    }

    /** Starts a node that no other node's list has; its own names itself and one member. */
    private ClusterFile.Node serve(ClusterFile.Node node, ClusterFile.Node member) throws IOException {
        Path own = Files.createDirectories(cluster.data().resolve(node.name()));
        Path config = cluster.data().resolve(node.config());
        Files.writeString(config, """
                node: {name: %s, data: %s}
                cluster:
                  name: %s
                  key-file: %s
                  members:
                    - {name: %s, raft: "%s", peer: "%s"}
                    - {name: %s, raft: "%s", peer: "%s"}
                dns: {listen: ["%s"]}
                admin: {listen: "%s"}
                health: {listen: "127.0.0.1:0"}
                lameduck: 1s
                """.formatted(
                        node.name(),
                        own,
                        clusterName(),
                        cluster.data().resolve(ClusterFolder.KEY),
                        node.name(),
                        node.raft(),
                        node.peer(),
                        member.name(),
                        member.raft(),
                        member.peer(),
                        node.dns(),
                        node.admin()));
        // The launcher becomes the node.
        Process process = new ProcessBuilder(LocalCluster.LAUNCHER.toString(), "serve", "--config", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("out.log").toFile())
                .start();
        started.put(node.name(), process);
        return node.withProcess(process.pid(), OsProcess.startTicks(process.pid()));
    }

    private String clusterName() throws IOException {
        try {
            return ClusterFile.read(cluster.data()).orElseThrow().cluster();
        } catch (CommandFailure e) {
            throw new IOException(e);
        }
    }

    private LocalCluster.Said clusterVerb(ClusterFile.Node through, String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(args));
        all.addAll(List.of(
                "--server",
                "http://" + through.admin(),
                "--api-key-file",
                cluster.data().resolve(through.apiKeyFile()).toString()));
        return LocalCluster.evenkeel(Map.of(), all.toArray(String[]::new));
    }

    private int readiness(ClusterFile.Node node) {
        return cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(5)).status();
    }

    private static void stop(ClusterFile.Node node) throws Exception {
        LocalCluster.signal("TERM", node);
        LocalCluster.awaitGone(List.of(node));
    }

    @Test
    void everyNodeIsReplacedOneAfterTheOtherWithoutOneFailedAnswerOrLostChange() throws Exception {
        cluster = new LocalCluster(folder.resolve("data"), 3);
        cluster.up();
        List<ClusterFile.Node> spare = new Layout(cluster.basePort(), 6).plan().subList(3, 6);
        History history = new History(cluster);
        Map<String, Askers> askers = new LinkedHashMap<>();
        List<ClusterFile.Node> inService = new ArrayList<>(cluster.nodes());
        List<Askers> all = new ArrayList<>();
        StringBuilder times = new StringBuilder();
        try (history) {
            for (ClusterFile.Node node : inService) {
                askers.put(node.name(), new Askers(List.of(node)));
                history.writeThrough(node);
            }
            long begin = System.nanoTime();
            for (int i = 0; i < 3; i++) {
                ClusterFile.Node old = inService.getFirst();
                ClusterFile.Node keeper = inService.getLast();
                long start = System.nanoTime();
                ClusterFile.Node fresh = serve(spare.get(i), keeper);
                LocalCluster.Said added =
                        clusterVerb(keeper, "add", fresh.name(), "--raft", fresh.raft(), "--peer", fresh.peer());
                assertThat(added.code()).as("%s%n%s", added.err(), added.out()).isZero();
                long in = System.nanoTime();
                assertThat(readiness(fresh)).isEqualTo(200);
                askers.put(fresh.name(), new Askers(List.of(fresh)));
                history.writeThrough(fresh);
                inService.add(fresh);

                LocalCluster.Said removed = clusterVerb(keeper, "remove", old.name());
                assertThat(removed.code())
                        .as("%s%n%s", removed.err(), removed.out())
                        .isZero();
                long out = System.nanoTime();
                inService.remove(old);
                // As a load balancer does: it sends nobody there once the node says that it is not ready.
                Awaitility.await().atMost(LocalCluster.LONG).until(() -> readiness(old) == 503);
                long noticed = System.nanoTime();
                Askers last = Objects.requireNonNull(askers.remove(old.name()));
                last.close();
                all.add(last);
                stop(old);
                times.append("%s for %s: open after %d ms, removed in %d ms, not ready %d ms later%n"
                        .formatted(
                                fresh.name(),
                                old.name(),
                                (in - start) / 1_000_000,
                                (out - in) / 1_000_000,
                                (noticed - out) / 1_000_000));
            }
            long before = history.acknowledged();
            Awaitility.await().atMost(LocalCluster.LONG).until(() -> history.acknowledged() >= before + 50);
            times.append("all in %d s, %d changes acknowledged, longest pause of changes %d ms%n"
                    .formatted(
                            (System.nanoTime() - begin) / 1_000_000_000,
                            history.acknowledged(),
                            history.longestPauseAfter(begin).toMillis()));
        }
        askers.values().forEach(Askers::close);
        all.addAll(askers.values());
        long failed = all.stream().mapToLong(Askers::failed).sum();
        long answered = all.stream().mapToLong(Askers::answered).sum();
        System.out.printf(
                "%s%d answers, %d failed, slowest %d ms%n",
                times,
                answered,
                failed,
                all.stream().mapToLong(one -> one.slowest().toMillis()).max().orElse(0));
        all.forEach(Askers::assertAllAnswered);
        history.check(inService);

        // Each of them is a member for good: they come back together, whatever their lists say.
        for (ClusterFile.Node node : inService) {
            LocalCluster.signal("KILL", node);
        }
        LocalCluster.awaitGone(inService);
        List<ClusterFile.Node> again = new ArrayList<>();
        for (ClusterFile.Node node : inService) {
            again.add(serve(node, cluster.node("n3")));
        }
        for (ClusterFile.Node node : again) {
            Awaitility.await().atMost(LocalCluster.LONG).until(() -> readiness(node) == 200);
        }
        history.check(again);
        LocalCluster.Said status = clusterVerb(again.getFirst(), "status", "--output", "json");
        assertThat(status.code()).as(status.out()).isZero();
        JsonNode report = Json.readOrMissing(status.out().getBytes(StandardCharsets.UTF_8));
        assertThat(report.path("members").findValuesAsText("name")).containsExactly("n4", "n5", "n6");
        assertThat(report.path("quorum").path("reached").asInt()).isEqualTo(3);

        // Whoever was taken out is not let in again, and says how it could be.
        ClusterFile.Node back = serve(cluster.node("n1"), again.getFirst());
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.send(back, "GET", "/readyz", null, Duration.ofSeconds(5))
                        .body()
                        .contains("cluster add n1"));
        LocalCluster.Said lost = clusterVerb(again.getFirst(), "transfer", "n1");
        assertThat(lost.code()).isEqualTo(1);
        assertThat(lost.err()).contains("there is no member n1");
    }
}
