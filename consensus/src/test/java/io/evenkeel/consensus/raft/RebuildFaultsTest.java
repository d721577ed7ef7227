package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that breaks again and again must not use up the process that answers. */
@Tag("faults")
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RebuildFaultsTest {
    private static final int WARM_UP = 10;
    /** Fewer with -Drebuilds, where time is short. */
    private static final int REBUILDS = Integer.getInteger("rebuilds", 100);

    /** Rebuilt at once, however often. */
    private static final ReplicaTuning IMPATIENT = new ReplicaTuning(
            ReplicaTuning.BRISK.electionMin(),
            ReplicaTuning.BRISK.electionMax(),
            ReplicaTuning.BRISK.firstElectionMin(),
            ReplicaTuning.BRISK.firstElectionMax(),
            ReplicaTuning.BRISK.stepDown(),
            100,
            ReplicaTuning.BRISK.snapshotBytes(),
            ReplicaTuning.BRISK.snapshotInterval(),
            ReplicaTuning.BRISK.preservedEntries(),
            ReplicaTuning.BRISK.preservedBytes(),
            ReplicaTuning.BRISK.segmentBytes(),
            ReplicaTuning.BRISK.minimumFreeBytes(),
            Duration.ofMillis(20),
            Duration.ofMillis(10),
            Duration.ofMillis(10));

    @TempDir
    Path directory;

    /** What this process uses at one moment. */
    private record Use(int threads, long files, long directBytes) {
        static Use now() throws IOException {
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                long pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
                return new Use(
                        ManagementFactory.getThreadMXBean().getThreadCount(),
                        open.count(),
                        pools + Math.max(0, PlatformDependent.usedDirectMemory()));
            }
        }

        boolean isFlatBeside(Use before) {
            return threads <= before.threads + 5
                    && files <= before.files + 10
                    && directBytes <= before.directBytes + (8 << 20);
        }
    }

    @Test
    void aHundredRebuildsLeaveThreadsSocketsAndDirectMemoryFlat() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, IMPATIENT).form(3)) {
            RatisReplica victim = cluster.node(cluster.follower());
            rebuild(cluster, victim, WARM_UP);
            Use before = Use.now();
            rebuild(cluster, victim, REBUILDS);
            System.out.println("before " + before + ", after " + Use.now());
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(Use.now())
                            .as("before: " + before)
                            .matches(after -> after.isFlatBeside(before), "flat"));
            assertThat(victim.status().rebuilds()).isEqualTo(WARM_UP + REBUILDS);
            cluster.awaitSame(cluster.commit(new ZoneCommand.Tick()).index());
        }
    }

    private static void rebuild(TestCluster cluster, RatisReplica victim, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            long rebuilds = victim.status().rebuilds();
            TestCluster.instance(victim).machine().notifyLogFailed(new IOException("planted"), null);
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .atMost(TestCluster.PATIENCE)
                    .until(() -> victim.status().rebuilds() == rebuilds + 1);
            // A server that takes part again, not one that is only being built.
            long index = cluster.commit(new ZoneCommand.Tick()).index();
            assertThat(victim.root().await(index, TestCluster.PATIENCE)).isTrue();
        }
    }
}
