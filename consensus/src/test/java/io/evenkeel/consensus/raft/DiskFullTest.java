package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The leader's file system fills up. Needs a file system of its own, and so the right to mount one. */
@Tag("faults")
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DiskFullTest {
    /** All that writing a snapshot and taking the place of the one before has. */
    static final List<String> STEPS = List.of(
            "directory made",
            "meta written",
            "part written",
            "manifest written",
            "all forced",
            "renamed",
            "published",
            "old one deleted");

    @TempDir
    Path directory;

    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        Files.createDirectories(directory.resolve("n1"));
        mounted = run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=24m",
                "tmpfs",
                directory.resolve("n1").toString());
        assumeTrue(mounted, "may not mount");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", directory.resolve("n1").toString())).isTrue();
        }
    }

    @Test
    void clusterGoesOnVotesAreKeptAndTheNodeComesBackWhenThereIsRoom() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            cluster.commit(TestZone.create(10));
            RatisReplica full = cluster.node("n1");
            Path filler = cluster.path("n1").resolve("filler");
            assertThatThrownBy(() -> fill(filler)).hasMessage("No space left on device");

            Random random = new Random(1);
            for (int i = 0; i < 60; i++) {
                byte[] bytes = new byte[100_000];
                random.nextBytes(bytes);
                cluster.commit(new ZoneCommand.StageChunk(new RequestId(1, i), 0, bytes, 0));
            }
            await().atMost(TestCluster.PATIENCE).until(() -> {
                String fault = full.status().fault();
                return fault != null && fault.contains("make room");
            });
            assertThat(full.status().role()).isEqualTo(ReplicaStatus.Role.NONE);
            assertThat(full.root().get().state().catalog().zone(TestZone.APEX)).isNotNull();
            assertThat(NodeIdentity.load(cluster.path("n1"), "test", "n1"))
                    .as("its votes are still there")
                    .isPresent();

            Files.delete(filler);
            await().atMost(TestCluster.PATIENCE).until(() -> full.status().rebuilds() == 1);
            cluster.awaitSame(cluster.commit(new ZoneCommand.Tick()).index());
            assertThat(full.status().fault()).isNull();
        }
    }

    /** Somebody takes the last octet between two steps of a snapshot, of the purge after it, and of the log, which goes on in small files. */
    @Test
    void filledAtAnyStepItComesBackWithoutLoss() throws Exception {
        ReplicaTuning tuning = ReplicaTuning.BRISK.withSnapshots(1_000_000, 0, 16 << 10);
        try (TestCluster cluster = new TestCluster(directory, null, tuning).form(3)) {
            cluster.commit(TestZone.create(500));
            RatisReplica full = cluster.node("n1");
            Path filler = cluster.path("n1").resolve("filler");
            for (String step : STEPS) {
                SnapshotTest.fill(cluster, 100);
                AtomicBoolean filled = new AtomicBoolean();
                cluster.steps(at -> {
                    if (at.equals(step) && filled.compareAndSet(false, true)) {
                        assertThatThrownBy(() -> fill(filler)).hasMessage("No space left on device");
                    }
                });
                CompletableFuture<SnapshotStatus> snapshot = full.takeSnapshot();
                await(step).atMost(TestCluster.PATIENCE).until(snapshot::isDone);
                assertThat(filled).as(step).isTrue();
                cluster.steps(_ -> {});
                SnapshotTest.fill(cluster, 100);
                Files.delete(filler);
                await(step)
                        .atMost(TestCluster.PATIENCE)
                        .until(() ->
                                full.status().fault() == null && full.status().role() != ReplicaStatus.Role.NONE);
                cluster.awaitSame(cluster.commit(new ZoneCommand.Tick()).index());
                assertThat(NodeIdentity.find(cluster.path("n1")).flaw())
                        .as("votes and log after: " + step)
                        .isNull();
            }
        }
    }

    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler)) {
            for (; ; ) {
                out.write(block);
            }
        }
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
