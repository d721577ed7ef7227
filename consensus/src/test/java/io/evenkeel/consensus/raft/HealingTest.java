package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.SnapshotSource;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HealingTest {
    private static final ReplicaTuning SMALL = ReplicaTuning.BRISK.withSnapshots(1_000_000, 0, 16 << 10);

    @TempDir
    Path directory;

    /** As if it had no effect there. */
    private static ReplicatedState.Transition losesDiffs(ReplicatedState state, long index, ZoneCommand command) {
        return command instanceof ZoneCommand.ApplyDiff
                ? new ReplicatedState.Transition(state, new CommandResult.Stale())
                : state.apply(index, command);
    }

    private TestCluster withWrongFollower() throws Exception {
        TestCluster cluster = new TestCluster(directory, null, SMALL);
        cluster.application("n3", HealingTest::losesDiffs);
        cluster.form(3);
        if (cluster.leader().equals("n3")) {
            cluster.node("n3").transferLeadership(cluster.member("n1"), TestCluster.PATIENCE);
        }
        cluster.commit(TestZone.create(300));
        ZoneVersion version = Objects.requireNonNull(cluster.node(cluster.leader())
                        .root()
                        .get()
                        .state()
                        .catalog()
                        .zone(TestZone.APEX))
                .version();
        long index = cluster.commit(TestZone.addHost(version, 1, 1000)).index();
        await().atMost(TestCluster.PATIENCE)
                .until(() -> cluster.node("n3").root().get().index() >= index);
        assertThat(digest(cluster, "n3")).isNotEqualTo(digest(cluster, cluster.leader()));
        return cluster;
    }

    private static String digest(TestCluster cluster, String node) {
        return cluster.node(node).root().get().state().digest().toString();
    }

    private static Doubt doubt(RatisReplica replica) {
        return new Doubt(Doubt.Kind.DIVERGED, replica.root().get().index(), "planted");
    }

    @Test
    void aWrongReplicaTakesOverTheLeadersStateWhileItAnswersAndKeepsItsLog() throws Exception {
        try (TestCluster cluster = withWrongFollower()) {
            RatisReplica wrong = cluster.node("n3");
            long shown = wrong.root().get().index();
            wrong.repair().doubt(doubt(wrong));
            assertThat(wrong.status().doubt()).isNotNull();
            assertThat(wrong.root().isDoubted()).isTrue();
            long begin = TestCluster.instance(wrong).division().getRaftLog().getStartIndex();

            wrong.repair().heal(cluster.node(cluster.leader()).repair().snapshots());
            assertThat(TestCluster.instance(wrong).division().getRaftLog().getStartIndex())
                    .as("the log is as it was")
                    .isEqualTo(begin);
            cluster.awaitSame(cluster.commit(new ZoneCommand.Tick()).index());
            assertThat(wrong.status().doubt()).isNull();
            assertThat(wrong.root().isDoubted()).isFalse();
            assertThat(wrong.root().get().index()).isGreaterThanOrEqualTo(shown);
            assertThat(directory.resolve("n3").resolve("healing")).doesNotExist();
            assertThat(directory.resolve("n3").resolve("raft").resolve("doubt")).doesNotExist();

            cluster.stop("n3");
            cluster.resume("n3");
            cluster.awaitSame(cluster.commit(new ZoneCommand.Tick()).index());
            assertThat(cluster.node("n3").status().doubt()).isNull();
        }
    }

    @Test
    void whatArrivesDamagedIsNotPutInPlaceAndTheDoubtSurvivesARestart() throws Exception {
        try (TestCluster cluster = withWrongFollower()) {
            RatisReplica wrong = cluster.node("n3");
            Doubt doubt = doubt(wrong);
            wrong.repair().doubt(doubt);
            SnapshotSource right = cluster.node(cluster.leader()).repair().snapshots();
            SnapshotSource flipping = new SnapshotSource() {
                @Override
                public long newest(long reaching) throws IOException, InterruptedException {
                    return right.newest(reaching);
                }

                @Override
                public byte[] part(long index, String file, long offset) throws IOException, InterruptedException {
                    byte[] part = right.part(index, file, offset);
                    if (file.startsWith("zone") && part.length > 0) {
                        part[part.length / 2] ^= 1;
                    }
                    return part;
                }
            };
            assertThatThrownBy(() -> wrong.repair().heal(flipping))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("damaged");
            assertThat(wrong.status().doubt()).isNotNull();
            assertThat(wrong.status().fault()).isNull();
            assertThat(directory.resolve("n3").resolve("healing")).doesNotExist();

            cluster.stop("n3");
            RatisReplica again = cluster.resume("n3");
            assertThat(again.status().doubt()).isEqualTo(doubt);
            assertThat(again.root().isDoubted()).isTrue();
            assertThatThrownBy(() -> again.repair().snapshots().newest(0))
                    .as("it hands out nothing")
                    .hasMessageContaining("planted");
            again.repair().heal(cluster.node(cluster.leader()).repair().snapshots());
            cluster.awaitSame(cluster.commit(new ZoneCommand.Tick()).index());
            assertThat(again.status().doubt()).isNull();
        }
    }

    @Test
    void anUnfoundedDoubtEndsAndWhatIsAppliedIsShown() throws Exception {
        try (TestCluster cluster = withWrongFollower()) {
            String leader = cluster.leader();
            String follower = Stream.of("n1", "n2")
                    .filter(node -> !node.equals(leader))
                    .findFirst()
                    .orElseThrow();
            RatisReplica right = cluster.node(follower);
            Doubt doubt = doubt(right);
            right.repair().doubt(doubt);
            assertThat(Files.readAllLines(
                            directory.resolve(follower).resolve("raft").resolve("doubt")))
                    .isEqualTo(Arrays.asList("DIVERGED", "" + doubt.index(), "planted"));
            right.repair().settle();
            assertThat(right.status().doubt()).isNull();
            long index = cluster.commit(new ZoneCommand.Tick()).index();
            await().atMost(TestCluster.PATIENCE).until(() -> right.root().get().index() >= index);
            assertThat(digest(cluster, follower)).isEqualTo(digest(cluster, leader));
        }
    }
}
