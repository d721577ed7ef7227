package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.zones.state.ReplicatedState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads of a replica that hang are told of once their deadline is over. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DeadlinesTest {
    private static final UUID CLUSTER = new UUID(1, 2);

    @TempDir
    Path directory;

    private final VirtualTime time = new VirtualTime();
    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    /** What hangs waits for it. */
    private final Semaphore goesOn = new Semaphore(0);

    private ReplicaConfig config;

    @BeforeEach
    void configure() throws Exception {
        NodeIdentity.founding("test", CLUSTER, "n1").store(directory);
        config = new ReplicaConfig(
                directory,
                CLUSTER,
                new Member("n1", 1, "127.0.0.1:1"),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                ReplicaConfig.StartMode.FOUND,
                null,
                ReplicaTuning.BRISK);
    }

    @Test
    void aLookOfTheSupervisorThatHangsIsTold() throws Exception {
        Supervisor supervisor = new Supervisor(
                config,
                new StateRoot(ReplicatedState.empty()),
                () -> {
                    goesOn.acquireUninterruptibly();
                    throw new IllegalStateException("planted");
                },
                daemons);
        supervisor.start();
        time.awaitWaiting(1);
        time.advance(ReplicaTuning.BRISK.supervision());
        assertToldAfter(RaftLimits.LOOK, "raft-supervisor");
        supervisor.stop();
    }

    @Test
    void aLookForASnapshotThatHangsIsTold() throws Exception {
        SnapshotScheduler snapshots = new SnapshotScheduler(
                config,
                () -> {
                    goesOn.acquireUninterruptibly();
                    return null;
                },
                daemons);
        snapshots.start();
        var _ = snapshots.request();
        assertToldAfter(RaftLimits.SNAPSHOT_LOOK, "snapshots");
        snapshots.stop();
    }

    private void assertToldAfter(Duration deadline, String work) throws InterruptedException {
        await().atMost(TestCluster.PATIENCE).until(goesOn::hasQueuedThreads);
        time.advance(deadline);
        assertThat(daemons.late()).isEmpty();
        time.advance(Duration.ofNanos(1));
        assertThat(daemons.late()).containsOnlyKeys(work);
        goesOn.release(1000);
        await().atMost(TestCluster.PATIENCE).until(() -> daemons.late().isEmpty());
    }
}
