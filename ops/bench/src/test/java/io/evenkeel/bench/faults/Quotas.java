package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.peers.Usage;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.ops.bench.CrowdCounts;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;

/**
 * Shares of a processor for tests. Where threads cannot be held to one the test is skipped; on Linux, as root and with {@code CI=true} it
 * fails instead.
 */
final class Quotas {
    /** Between two questions of a device that asks at leisure. */
    private static final Duration PACE = Duration.ofMillis(200);

    private Quotas() {}

    static CpuQuota of(ClusterFile.Node node, Predicate<String> names, Duration period) throws IOException {
        assertThat(node.runs()).isTrue();
        return of(node.pid(), names, period);
    }

    static CpuQuota of(long pid, Predicate<String> names, Duration period) throws IOException {
        assume();
        try {
            return CpuQuota.of(pid, names, period);
        } catch (CommandFailure e) {
            throw new AssertionError(e);
        }
    }

    static SlowedNode slowed(ClusterFile.Node node, int wanted) throws Exception {
        assume();
        return SlowedNode.of(node, wanted);
    }

    /** Answers a second to questions that come one by one, by the CPU time of one, what its threads do beside with it. */
    static double single(SlowedNode slowed) throws Exception {
        int devices = 40;
        try (RunningCrowd crowd = new RunningCrowd(List.of(dns(slowed.node())), devices, PACE)) {
            crowd.next(1);
            double before = Usage.loopMicros(slowed.node().pid());
            long answers =
                    crowd.next(3).stream().mapToLong(CrowdCounts::answers).sum();
            double used = Usage.loopMicros(slowed.node().pid()) - before;
            assertThat(answers).isPositive();
            return 1e6
                    * answers
                    / used
                    * CpuQuota.QUOTA.toNanos()
                    / slowed.period().toNanos();
        }
    }

    static InetSocketAddress dns(ClusterFile.Node node) {
        return AddressText.parse(node.dns(), 1);
    }

    static void assume() throws IOException {
        String why = CpuQuota.whyNot();
        if (why != null) {
            boolean mustWork = System.getProperty("user.name").equals("root") && "true".equals(System.getenv("CI"));
            assertThat(mustWork).as(why).isFalse();
            Assumptions.abort(why);
        }
    }
}
