package io.evenkeel.consensus;

import static io.evenkeel.consensus.SnapshotTest.bytes;
import static io.evenkeel.consensus.SnapshotTest.copy;
import static io.evenkeel.consensus.SnapshotTest.fill;
import static io.evenkeel.consensus.SnapshotTest.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whenever a process ends while snapshots are written, published, put in place or followed by a purge: nothing is lost. */
@Tag("faults")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotFaultsTest {
    @TempDir
    Path directory;

    @Test
    void endOfTheProcessAtAnyStepOfWritingLosesNothing() throws Exception {
        ReplicaTuning tuning = ReplicaTuning.BRISK.withSnapshots(1_000_000, 0, 16 << 10);
        List<Path> copies = new ArrayList<>();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (TestCluster cluster = new TestCluster(directory.resolve("cluster"), null, tuning)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TestZone.create(3000));
            fill(cluster, 300);
            snapshot(replica);
            fill(cluster, 300);
            snapshot(replica);
            fill(cluster, 300);
            byte[] before = bytes(replica.root().get().state());
            cluster.steps(step -> {
                Path copy = directory.resolve(copies.size() + " " + step);
                try {
                    copy(cluster.path("n1"), copy);
                } catch (IOException e) {
                    failure.set(e);
                }
                copies.add(copy);
            });
            snapshot(replica);
            cluster.stopAll();
            assertThat(failure).hasNullValue();
            assertThat(copies).hasSize(8);
            for (Path copy : copies) {
                try (RatisReplica resumed = cluster.resumeFrom(copy, "n1")) {
                    assertThat(resumed.confirmCaughtUp(TestCluster.PATIENCE))
                            .as(copy.toString())
                            .isTrue();
                    assertThat(bytes(resumed.root().get().state()))
                            .as(copy.toString())
                            .isEqualTo(before);
                }
            }
        }
    }

    @Test
    void endOfTheProcessInThePurgeOfTheLogLosesNothing() throws Exception {
        ReplicaTuning tuning = ReplicaTuning.BRISK.withSnapshots(1_000_000, 0, 16 << 10);
        try (TestCluster cluster = new TestCluster(directory.resolve("cluster"), null, tuning)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster, 2000);
            Path before = directory.resolve("before");
            copy(cluster.path("n1"), before);
            snapshot(replica);
            byte[] state = bytes(replica.root().get().state());
            cluster.stopAll();
            // The snapshot is there, and all of the log still; then the newest file that may go is gone first.
            Path raft = before.relativize(
                    before.resolve("raft").resolve(cluster.id().toString()));
            Path current = before.resolve(raft).resolve("current");
            DurableFile.deleteTree(before.resolve(raft).resolve("sm"));
            copy(cluster.raftPath("n1").resolve("sm"), before.resolve(raft).resolve("sm"));
            List<LogSegments.Segment> segments = LogSegments.in(current);
            assertThat(segments).hasSizeGreaterThan(4);
            Files.delete(segments.get(segments.size() - 3).file());
            try (RatisReplica resumed = cluster.resumeFrom(before, "n1")) {
                assertThat(resumed.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
                assertThat(bytes(resumed.root().get().state())).isEqualTo(state);
            }
        }
    }
}
