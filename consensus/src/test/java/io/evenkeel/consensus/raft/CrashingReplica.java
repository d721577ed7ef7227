package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process with a replica of its own that counts ticks, takes snapshots all the time, and ends without any warning at a step
 * of writing one, or when it is killed. Says {@code have N} when it has come up and {@code acknowledged N} after each tick.
 */
final class CrashingReplica {
    private static final UUID CLUSTER = new UUID(1, 2);
    private static final ReplicaTuning TUNING = ReplicaTuning.BRISK.withSnapshots(40, 0, 16 << 10);

    private CrashingReplica() {}

    /** Arguments: data directory, port, the step to end at or {@code none}, which occurrence of it. */
    public static void main(String... args) throws Exception {
        Path directory = Path.of(args[0]);
        int port = Integer.parseInt(args[1]);
        AtomicInteger left = new AtomicInteger(Integer.parseInt(args[3]));
        SnapshotDirectory.Steps steps = step -> {
            if (step.equals(args[2]) && left.decrementAndGet() == 0) {
                Runtime.getRuntime().halt(137);
            }
        };
        boolean found = !Files.exists(directory.resolve(NodeIdentity.FILE));
        if (found) {
            NodeIdentity.founding("test", CLUSTER, "n1").store(directory);
        }
        StateRoot root = new StateRoot(ReplicatedState.empty());
        ReplicaConfig config = new ReplicaConfig(
                directory,
                CLUSTER,
                new Member("n1", 1, "127.0.0.1:" + port),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                found ? ReplicaConfig.StartMode.FOUND : ReplicaConfig.StartMode.RESUME,
                null,
                TUNING);
        RatisReplica replica = RatisReplica.start(config, root, TestCluster.DAEMONS, ReplicatedState::apply, steps);
        if (!replica.confirmCaughtUp(TestCluster.PATIENCE)) {
            throw new AssertionError("did not come up: " + replica.status());
        }
        if (found) {
            replica.propose(TestZone.create(3000), Duration.ofSeconds(20)).get(30, TimeUnit.SECONDS);
        }
        System.out.println("have " + root.get().state().ticks());
        while (true) {
            ProposalOutcome outcome = replica.propose(new ZoneCommand.Tick(), Duration.ofSeconds(20))
                    .get(30, TimeUnit.SECONDS);
            if (outcome instanceof ProposalOutcome.Committed) {
                System.out.println("acknowledged " + root.get().state().ticks());
            }
        }
    }
}
