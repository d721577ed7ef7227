package io.evenkeel.consensus.raft;

import static io.evenkeel.consensus.raft.RatisReplicaTest.chunk;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens when a Raft server breaks while its process goes on. */
@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SupervisionTest {
    private static final ZoneCommand TICK = new ZoneCommand.Tick();

    @TempDir
    Path directory;

    @Test
    void closedDivisionIsRebuiltAndNothingGoesBack() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            long index = cluster.commit(TICK).index();
            cluster.awaitSame(index);
            for (String victim : new String[] {cluster.follower(), cluster.leader()}) {
                RatisReplica replica = cluster.node(victim);
                try (Watch watch = new Watch(replica.root())) {
                    TestCluster.instance(replica).division().close();
                    await().atMost(TestCluster.PATIENCE)
                            .until(() -> replica.status().rebuilds() == 1);
                    cluster.awaitSame(cluster.commit(TICK).index());
                    assertThat(watch.stepsBack()).isZero();
                }
                await().atMost(TestCluster.PATIENCE)
                        .until(() ->
                                replica.status().fault() == null && replica.confirmCaughtUp(Duration.ofSeconds(5)));
            }
            assertThat(cluster.node("n1").root().get().state().ticks()).isEqualTo(3);
        }
    }

    @Test
    void failedLogIsRebuilt() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TICK);
            cluster.commit(TestZone.create(3));
            Zone before = replica.root().get().state().catalog().zone(TestZone.APEX);
            TestCluster.instance(replica).machine().notifyLogFailed(new IOException("No space left on device"), null);
            await().atMost(TestCluster.PATIENCE).until(() -> replica.status().rebuilds() == 1);
            cluster.commit(TICK);
            assertThat(replica.root().get().state().ticks()).isEqualTo(2);
            assertThat(replica.root().get().state().catalog().zone(TestZone.APEX))
                    .as("its zones are not held twice")
                    .isNotNull()
                    .isSameAs(before);
            assertThat(replica.status().fault()).isNull();
        }
    }

    @Test
    void entryThatNeverAppliesEndsRebuildingAndAnswersGoOn() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        ZoneStateMachine.Application poisoned = (state, index, command) -> {
            if (command instanceof ZoneCommand.StageChunk) {
                attempts.incrementAndGet();
                throw new StackOverflowError("planted");
            }
            return state.apply(index, command);
        };
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK, poisoned)) {
            RatisReplica replica = cluster.found("n1");
            Published before = cluster.node("n1").root().get();
            long ticked = cluster.commit(TICK).index();
            assertThat(replica.propose(chunk(0, new byte[10]), Duration.ofSeconds(5))
                            .get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ProposalOutcome.Unknown.class);
            await().atMost(TestCluster.PATIENCE).until(() -> {
                String fault = replica.status().fault();
                return fault != null && fault.contains("failed to apply 3 times");
            });
            assertThat(attempts).hasValue(RaftLimits.APPLY_ATTEMPTS);
            assertThat(replica.status().role()).isEqualTo(ReplicaStatus.Role.NONE);
            assertThat(replica.status().fault()).contains("entry ");
            assertThat(replica.root().get().index()).isGreaterThanOrEqualTo(ticked);
            assertThat(replica.root().get().state().ticks()).isEqualTo(1);
            assertThat(before.state().ticks()).isZero();
            assertThat(replica.propose(TICK, TestCluster.PATIENCE).get(60, TimeUnit.SECONDS))
                    .isEqualTo(new ProposalOutcome.NotLeader(null));
            assertThat(replica.confirmCaughtUp(Duration.ofMillis(200))).isFalse();
        }
    }

    @Test
    void serverThatCannotBeClosedIsGivenUpForGood() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        ZoneStateMachine.Application hanging = (state, index, command) -> {
            if (command instanceof ZoneCommand.StageChunk) {
                stuck.countDown();
                awaitUninterruptibly(released);
            }
            return state.apply(index, command);
        };
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK, hanging)) {
            RatisReplica replica = cluster.found("n1");
            var _ = replica.propose(chunk(0, new byte[10]), Duration.ofSeconds(5));
            assertThat(stuck.await(10, TimeUnit.SECONDS)).isTrue();
            RaftInstance instance = TestCluster.instance(replica);
            instance.machine().notifyLogFailed(new IOException("No space left on device"), null);
            await().atMost(TestCluster.PATIENCE).until(() -> {
                String fault = replica.status().fault();
                return fault != null && fault.contains("needs a restart of the process");
            });
            released.countDown();
            // Closed in the end, but nobody waits for that any more.
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> instance.division().getInfo().getLifeCycleState() == LifeCycle.State.CLOSED);
            await().during(ReplicaTuning.BRISK.supervision().multipliedBy(10))
                    .atMost(TestCluster.PATIENCE)
                    .until(() -> String.valueOf(replica.status().fault()).contains("needs a restart of the process"));
        } finally {
            released.countDown();
        }
    }

    @Test
    void roomIsLookedForAtEachLookAndAFaultWhileBuildingWaitsAsAFailureDoes() throws Exception {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory), "has no file system of which nobody else takes much");
        Path data = Files.createTempDirectory(memory, "evenkeel-test");
        Path filler = data.resolve("filler");
        Daemons daemons = new Daemons(fault -> {
            throw new AssertionError(fault);
        });
        AtomicInteger builds = new AtomicInteger();
        try {
            Files.write(filler, new byte[64 << 20]);
            long least = Files.getFileStore(data).getUsableSpace() + (32 << 20);
            UUID id = UUID.randomUUID();
            NodeIdentity.founding("test", id, "n1").store(data);
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), TestCluster.freePort());
            ReplicaConfig config = new ReplicaConfig(
                    data,
                    id,
                    new Member("n1", 1, "127.0.0.1:" + address.getPort()),
                    address,
                    ReplicaConfig.StartMode.FOUND,
                    null,
                    patient(least));
            Supervisor supervisor = new Supervisor(
                    config,
                    new StateRoot(ReplicatedState.empty()),
                    () -> {
                        builds.incrementAndGet();
                        throw new IllegalStateException("planted");
                    },
                    daemons);
            supervisor.start();
            try {
                await().atMost(TestCluster.PATIENCE)
                        .until(() -> String.valueOf(supervisor.fault()).contains("make room"));
                assertThat(builds).hasValue(0);
                Files.delete(filler);
                await().atMost(TestCluster.PATIENCE).until(() -> builds.get() == 1);
                await().atMost(TestCluster.PATIENCE)
                        .until(() -> String.valueOf(supervisor.fault()).contains("a fault of this program"));
                assertThat(supervisor.fault()).contains("planted");
                // The thread itself goes on after a tenth of a second, and looks ten times a second.
                await().during(Duration.ofSeconds(2))
                        .atMost(TestCluster.PATIENCE)
                        .until(() -> builds.get() == 1);
            } finally {
                supervisor.stop();
            }
        } finally {
            DurableFile.deleteTree(data);
        }
    }

    /** Ten minutes between two attempts. */
    private static ReplicaTuning patient(long minimumFreeBytes) {
        ReplicaTuning brisk = ReplicaTuning.BRISK;
        return new ReplicaTuning(
                brisk.electionMin(),
                brisk.electionMax(),
                brisk.firstElectionMin(),
                brisk.firstElectionMax(),
                brisk.stepDown(),
                brisk.snapshotEntries(),
                brisk.snapshotBytes(),
                brisk.snapshotInterval(),
                brisk.preservedEntries(),
                brisk.preservedBytes(),
                brisk.segmentBytes(),
                minimumFreeBytes,
                brisk.supervision(),
                Duration.ofMinutes(10),
                Duration.ofMinutes(10));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException _) {
                // A state machine that hangs does not care.
            }
        }
    }

    /** Looks at a root all the time. */
    private static final class Watch implements AutoCloseable {
        private final StateRoot root;
        private volatile boolean stopped;
        private final AtomicInteger stepsBack = new AtomicInteger();

        Watch(StateRoot root) {
            this.root = root;
            Thread.ofPlatform().daemon().start(this::look);
        }

        private void look() {
            Published last = root.get();
            while (!stopped) {
                Published next = root.get();
                if (next.index() < last.index()
                        || next.state().ticks() < last.state().ticks()) {
                    stepsBack.incrementAndGet();
                }
                last = next;
                Thread.onSpinWait();
            }
        }

        int stepsBack() {
            return stepsBack.get();
        }

        @Override
        public void close() {
            stopped = true;
        }
    }
}
