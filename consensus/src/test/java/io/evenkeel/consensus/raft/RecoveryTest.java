package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** New clusters out of backups, and out of what the last survivor of one has. */
@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RecoveryTest {
    @TempDir
    Path directory;

    @Test
    void aBackupFoundsANewClusterThatOthersJoin() throws Exception {
        Path file = directory.resolve("b.backup");
        Hash256 digest;
        long index;
        try (TestCluster old = new TestCluster(directory.resolve("old"), null, ReplicaTuning.BRISK)) {
            RatisReplica replica = old.found("n1");
            old.commit(TestZone.create(3000));
            SnapshotTest.fill(old, 20);
            Published published = replica.root().get();
            digest = published.state().digest();
            index = published.index();
            try (OutputStream out = Files.newOutputStream(file)) {
                Backup.write(published, "test", "n1", Instant.EPOCH, out);
            }
        }
        try (TestCluster fresh = new TestCluster(directory.resolve("new"), null, SnapshotTest.SMALL)) {
            FoundingState.restore(file, fresh.path("n1"), "test", "n1");
            // As if the process had ended while it founded: it begins anew.
            Files.createDirectories(fresh.path("n1").resolve("raft").resolve("half"));
            RatisReplica first = fresh.foundAsStored("n1");
            assertThat(first.root().get().state().digest()).isEqualTo(digest);
            assertThat(first.root().get().index())
                    .as("no number of the old cluster is used again")
                    .isGreaterThan(index + 1_000_000);
            assertThat(fresh.path("n1").resolve(FoundingState.FILE)).doesNotExist();

            fresh.join("n2", null);
            first.changeMembers(List.of(fresh.member("n1"), fresh.member("n2")), TestCluster.PATIENCE);
            fresh.awaitSame(SnapshotTest.fill(fresh, 300));
            SnapshotTest.snapshot(first);
            fresh.stopAll();
            fresh.resume("n1");
            fresh.resume("n2");
            fresh.awaitSame(SnapshotTest.fill(fresh, 1));
            assertThat(fresh.node("n2").root().get().state().ticks()).isEqualTo(321);
        }
    }

    @Test
    void theLastSurvivorFoundsANewClusterWithAllThatItsLogHolds() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SnapshotTest.SMALL).form(3)) {
            cluster.commit(TestZone.create(3000));
            cluster.awaitSame(SnapshotTest.fill(cluster, 300));
            SnapshotTest.snapshot(cluster.node("n3"));
            cluster.awaitSame(SnapshotTest.fill(cluster, 30));
            ReplicatedState last = cluster.node("n3").root().get().state();

            assertThatThrownBy(() -> Recovery.examine(cluster.path("n3")))
                    .hasMessageContaining("node n3 runs; stop it first");
            cluster.stopAll();
            Recovery.Report report = Recovery.examine(cluster.path("n3"));
            assertThat(report.members()).containsExactlyInAnyOrder("n1", "n2", "n3");
            assertThat(report.index()).isGreaterThanOrEqualTo(last.index());
            assertThat(report.committed()).isLessThanOrEqualTo(report.index()).isGreaterThanOrEqualTo(last.index() - 1);
            assertThat(report.records()).isEqualTo(3002);
            assertThat(report.lastWritten()).isAfter(Instant.now().minusSeconds(600));
            assertThat(Recovery.recover(cluster.path("n3"))).isEqualTo(report);

            cluster.wipe("n1");
            cluster.wipe("n2");
            RatisReplica survivor = cluster.foundAsStored("n3");
            assertThat(survivor.root().get().state().digest()).isEqualTo(last.digest());
            assertThat(cluster.path("n3").resolve("raft-of-" + report.clusterId()))
                    .as("what the lost cluster left")
                    .isDirectory();
            cluster.join("n1", null);
            survivor.changeMembers(List.of(cluster.member("n1"), cluster.member("n3")), TestCluster.PATIENCE);
            cluster.awaitSame(SnapshotTest.fill(cluster, 5));
        }
    }
}
