package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.peers.Usage;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.ops.bench.CrowdCounts;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/*
 * Questions that come one by one cost several times as much as those that are read and answered in batches; a node that is at its end reads
 * batches. So it has two capacities, and storms are made by the one at its end. A node that gets little of a processor uses much of that for its
 * timers: rates of less than some thousands a second mean little.
 */

/** A node whose threads that answer devices are held to about so many answers a second, until this is closed. Linux, root. */
final class SlowedNode implements AutoCloseable {
    private static final Duration FIRST_PERIOD = Duration.ofMillis(50);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMillis(200);

    /** Between two questions of a device that asks at leisure. */
    private static final Duration PACE = Duration.ofMillis(200);

    /** Devices of which each asks on as soon as it is answered: they fill batches, and no queue. */
    private static final int EAGER = 200;

    private final ClusterFile.Node node;
    private final CpuQuota quota;
    private final double rate;
    private final Duration period;

    private SlowedNode(ClusterFile.Node node, CpuQuota quota, int wanted) throws Exception {
        this.node = node;
        this.quota = quota;
        long nanos = (long) (FIRST_PERIOD.toNanos() * measure(node) / wanted);
        period = Duration.ofNanos(Math.clamp(nanos, SHORTEST.toNanos(), LONGEST.toNanos()));
        quota.period(period);
        rate = measure(node);
    }

    static SlowedNode of(ClusterFile.Node node, int wanted) throws Exception {
        measure(node); // its code is compiled: what follows is as fast at the end as at the start
        CpuQuota quota = CpuQuota.of(node, SlowedNode::answersDevices, FIRST_PERIOD);
        boolean done = false;
        try {
            SlowedNode slowed = new SlowedNode(node, quota, wanted);
            done = true;
            return slowed;
        } finally {
            if (!done) {
                quota.close();
            }
        }
    }

    /** Answers a second at its end, as measured. */
    double rate() {
        return rate;
    }

    /** Answers a second to questions that come one by one, by the CPU time of one, what its threads do beside with it. */
    double single() throws Exception {
        int devices = 40;
        try (RunningCrowd crowd = new RunningCrowd(List.of(dns(node)), devices, PACE)) {
            crowd.next(1);
            double before = Usage.loopMicros(node.pid());
            long answers =
                    crowd.next(3).stream().mapToLong(CrowdCounts::answers).sum();
            double used = Usage.loopMicros(node.pid()) - before;
            assertThat(answers).isPositive();
            return 1e6 * answers / used * CpuQuota.QUOTA.toNanos() / period.toNanos();
        }
    }

    /** In which its threads get 1 ms of CPU. */
    Duration period() {
        return period;
    }

    /** From now on its threads get so much of what they had. */
    void gets(double share) throws IOException {
        quota.period(Duration.ofNanos((long) (period.toNanos() / share)));
    }

    ClusterFile.Node node() {
        return node;
    }

    @Override
    public void close() throws IOException {
        quota.close();
    }

    /** Whether a thread of that name does. */
    static boolean answersDevices(String thread) {
        return thread.startsWith("dns-") && !thread.startsWith("dns-infra-");
    }

    static InetSocketAddress dns(ClusterFile.Node node) {
        return AddressText.parse(node.dns(), 1);
    }

    /** Answers a second to a few who wait for them and ask on at once: nobody waits long. */
    private static double measure(ClusterFile.Node node) throws Exception {
        try (RunningCrowd crowd = new RunningCrowd(List.of(dns(node)), EAGER, Duration.ZERO)) {
            crowd.next(1);
            double rate = crowd.next(2).stream()
                    .mapToLong(CrowdCounts::answers)
                    .average()
                    .orElseThrow();
            CrowdCounts all = crowd.end();
            // A few meet the moment in which the quota begins.
            assertThat(all.timedOut()).isLessThan(all.answers() / 20);
            return rate;
        }
    }
}
