package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.LeaderView.Follower;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.state.ZoneCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replica whose data was put back to an older copy while the leader led on. */
@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OlderCopyTest {
    private static final ZoneCommand TICK = new ZoneCommand.Tick();

    @TempDir
    Path directory;

    @Test
    void whatItHadConfirmedIsKnownToTheLeaderAndItComesBackAsItsNextIncarnation() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            cluster.commit(TestZone.create(10));
            String name = cluster.follower();
            assertThat(cluster.node(name).confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
            cluster.stop(name);
            Folders.copy(cluster.path(name), directory.resolve("copy"));
            cluster.resume(name);
            for (int i = 0; i < 10; i++) {
                cluster.awaitSame(cluster.commit(TICK).index());
            }
            RatisReplica leader = cluster.node(cluster.leader());
            cluster.stop(name);
            DurableFile.deleteTree(cluster.path(name));
            Folders.copy(directory.resolve("copy"), cluster.path(name));
            RatisReplica back = cluster.resume(name);

            // Raft asks for nothing below what was confirmed, so it would stay where it is.
            Member before = cluster.member(name);
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> back.status().term() == leader.status().term());
            assertThat(leader.leaderView().orElseThrow().follower(before.peerId()))
                    .map(Follower::matchIndex)
                    .hasValueSatisfying(confirmed -> assertThat(confirmed)
                            .isGreaterThan(back.repair().evidence().lastIndex()));
            assertThat(back.repair().evidence().committedTerm()).isNotNegative();

            back.repair().forsake("it is an older copy");
            assertThat(back.status().damaged()).isTrue();
            assertThat(back.status().fault()).contains("it is an older copy");
            cluster.stop(name);
            RatisReplica again = cluster.resume(name);
            assertThat(again.status().damaged()).as("after a restart, too").isTrue();

            assertThat(leader.root().isPartial()).isFalse();
            cluster.rejoin(name);
            assertThat(again.root().isPartial()).as("it has shown more before").isTrue();
            assertThat(again.root().get().state().catalog().zone(TestZone.APEX)).isNotNull();
            List<Member> members = new ArrayList<>(leader.status().members());
            members.remove(before);
            leader.changeMembers(members, TestCluster.PATIENCE);
            members.add(cluster.member(name));
            leader.changeMembers(members, TestCluster.PATIENCE);
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(again.status().damaged()).isFalse();
        }
    }
}
