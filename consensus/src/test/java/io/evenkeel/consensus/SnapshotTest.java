package io.evenkeel.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.ReplicatedState;
import io.evenkeel.zones.change.ZoneCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotTest {
    private static final ReplicaTuning SMALL = ReplicaTuning.BRISK.withSnapshots(100, 0, 16 << 10);

    @TempDir
    Path directory;

    @Test
    void snapshotRestoresByteForByte() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TestZone.create(1000));
            fill(cluster, 500);
            byte[] before = bytes(replica.root().get().state());
            cluster.stopAll();
            assertThat(snapshots(cluster, "n1"))
                    .as("Limits.SNAPSHOTS_KEPT")
                    .hasSize(2)
                    .allMatch(f -> Files.exists(f.resolveSibling(f.getFileName() + ".md5")));

            RatisReplica resumed = cluster.resume("n1");
            assertThat(resumed.root().get().index()).as("published at once").isPositive();
            cluster.leader();
            assertThat(bytes(resumed.root().get().state())).isEqualTo(before);
        }
    }

    @Test
    void laggingFollowerIsSentSnapshot() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL).form(3)) {
            cluster.commit(TestZone.create(1000));
            String follower = cluster.follower();
            long left = cluster.node(follower).root().get().index();
            cluster.stop(follower);
            ZoneVersion version = version(cluster.node(cluster.leader()));
            cluster.commit(TestZone.addHost(version, 1, 1000));
            fill(cluster, 1000);
            long logStart = TestCluster.instance(cluster.node(cluster.leader()))
                    .division()
                    .getRaftLog()
                    .getStartIndex();
            assertThat(logStart).as("the entries it lacks are gone").isGreaterThan(left + 1);

            cluster.resume(follower);
            cluster.awaitSame(fill(cluster, 1));
            assertThat(TestCluster.instance(cluster.node(follower))
                            .division()
                            .getRaftLog()
                            .getStartIndex())
                    .isGreaterThan(left);
            assertThat(version(cluster.node(follower))).isNotEqualTo(version);
            assertThat(bytes(cluster.node(follower).root().get().state()))
                    .isEqualTo(bytes(cluster.node(cluster.leader()).root().get().state()));
            cluster.stop(follower);
            RatisReplica again = cluster.resume(follower);
            assertThat(again.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
        }
    }

    @Test
    void newMemberIsSentSnapshot() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica first = cluster.found("n1");
            fill(cluster, 1000);
            cluster.join("n2", null);
            first.changeMembers(List.of(cluster.member("n1"), cluster.member("n2")), TestCluster.PATIENCE);
            cluster.awaitSame(fill(cluster, 1));
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> NodeIdentity.parse(cluster.path("n2").resolve(NodeIdentity.FILE))
                                    .phase()
                            == NodeIdentity.Phase.MEMBER);
        }
    }

    @Test
    void damagedSnapshotIsToldAndNotLoaded() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            cluster.found("n1");
            fill(cluster, 200);
            cluster.stopAll();
            for (Path snapshot : snapshots(cluster, "n1")) {
                byte[] bytes = Files.readAllBytes(snapshot);
                bytes[bytes.length / 2] ^= 1;
                Files.write(snapshot, bytes);
            }
            assertThatThrownBy(() -> cluster.resume("n1"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("snapshot");
        }
    }

    /** Proposes so many ticks, a hundred at a time. */
    private static long fill(TestCluster cluster, int entries) throws Exception {
        long last = 0;
        RatisReplica leader = cluster.node(cluster.leader());
        for (int done = 0; done < entries; ) {
            List<CompletableFuture<ProposalOutcome>> batch = new ArrayList<>();
            for (; batch.size() < 100 && done < entries; done++) {
                batch.add(leader.propose(new ZoneCommand.Tick(), Duration.ofSeconds(20)));
            }
            for (CompletableFuture<ProposalOutcome> outcome : batch) {
                last = ((ProposalOutcome.Committed) outcome.get(30, TimeUnit.SECONDS)).index();
            }
        }
        return last;
    }

    private static ZoneVersion version(RatisReplica replica) {
        return Objects.requireNonNull(replica.root().get().state().catalog().zone(TestZone.APEX))
                .version();
    }

    private static List<Path> snapshots(TestCluster cluster, String node) throws IOException {
        try (Stream<Path> files = Files.list(cluster.raftPath(node).resolve("sm"))) {
            return files.filter(f -> !f.toString().endsWith(".md5")).toList();
        }
    }

    private static byte[] bytes(ReplicatedState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        state.writeSnapshot(out);
        return out.toByteArray();
    }
}
