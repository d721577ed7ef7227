package io.evenkeel.server.capacity;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.server.node.CapacityFile;
import io.evenkeel.server.peer.Vitals;
import io.evenkeel.server.transport.AnswerLoops;
import java.nio.file.Path;
import java.time.Duration;

/** Vitals for tests. */
public final class TestVitals {
    private TestVitals() {}

    /** Of a node that is not open and is asked nothing. */
    public static Vitals idle() {
        return of(0, Double.NaN, false);
    }

    /** Of a node that answers all that it is asked. */
    public static Vitals of(double loadQps, double capacityQps, boolean open) {
        return new Vitals(
                loadQps,
                loadQps,
                0,
                capacityQps,
                60,
                0,
                0.5,
                ReplicaStatus.Role.FOLLOWER,
                open,
                "n2",
                ":5301",
                Vitals.Disk.FINE);
    }

    /** Of a node by itself, with files in that folder. */
    public static CapacityWatch watch(AnswerLoops loops, Path folder) {
        return new CapacityWatch(
                new CapacityWatch.Settings("n1", folder, "n1", "", Duration.ofSeconds(1), null, null),
                () -> Vitals.Disk.FINE,
                loops,
                new CapacityFile(folder, 1, _ -> {}),
                () -> true,
                new Daemons(fault -> {
                    throw new AssertionError(fault);
                }));
    }
}
