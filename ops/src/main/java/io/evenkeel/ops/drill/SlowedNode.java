package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.DeviceGroup;
import io.evenkeel.ops.fleet.Fleet;
import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetLimits;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.fleet.NodeChoice;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.Reaction;
import io.evenkeel.ops.fleet.Reactions;
import io.evenkeel.ops.fleet.RetryPolicy;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.fleet.Sources;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/*
 * Questions that come one by one cost several times as much as those that are read and answered in batches; a node that is at its end reads
 * batches. So it has two capacities, and storms are made by the one at its end. A node that gets little of a processor uses much of that for its
 * timers: rates of less than some thousands a second mean little.
 */

/** A node whose threads that answer devices are held to about so many answers a second, until this is closed. Linux, root. */
public final class SlowedNode implements AutoCloseable {
    private static final Duration FIRST_PERIOD = Duration.ofMillis(50);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMillis(200);

    /** Devices of a node of which each asks on as soon as it is answered: they fill batches, and no queue. */
    private static final int EAGER = 200;

    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final Duration AFTER_REFUSAL = Duration.ofMillis(100);
    private static final String NAMES = "dev-####.device.callhome.example";
    /** Of a measurement; the first of them does not count. */
    private static final int SECONDS = 3;

    /** Of the questions that were answered, that may have timed out beside: more are no measurement. */
    private static final double LOST = 0.05;

    /** Of the rate that is wanted: so far off may be the one that is had. */
    private static final double NEAR = 0.15;
    /** Of measurements, at most; after the last a rate is taken as it is. */
    private static final int RUNS = 5;

    private final ClusterFile.Node node;
    private final CpuQuota quota;
    private final double rate;
    private final Duration period;

    private SlowedNode(ClusterFile.Node node, CpuQuota quota, double rate, Duration period) {
        this.node = node;
        this.quota = quota;
        this.rate = rate;
        this.period = period;
    }

    /** One node, see {@link #of(List, double)}. */
    public static SlowedNode of(ClusterFile.Node node, double wanted)
            throws CommandFailure, IOException, InterruptedException {
        return of(List.of(node), wanted).getFirst();
    }

    /** Nodes that serve the sample zone and are asked nothing, each with so many answers a second; it takes some seconds. */
    public static List<SlowedNode> of(List<ClusterFile.Node> nodes, double wanted)
            throws CommandFailure, IOException, InterruptedException {
        Measured _ = measure(nodes); // their code is compiled: what follows is as fast at the end as at the start
        List<CpuQuota> quotas = new ArrayList<>();
        List<SlowedNode> slowed = new ArrayList<>();
        try {
            for (ClusterFile.Node node : nodes) {
                quotas.add(CpuQuota.of(node.pid(), SlowedNode::answersDevices, FIRST_PERIOD));
            }
            List<Duration> periods = new ArrayList<>(Collections.nCopies(nodes.size(), FIRST_PERIOD));
            double[] rates = settle(nodes, wanted, quotas, periods);
            for (int i = 0; i < rates.length; i++) {
                slowed.add(new SlowedNode(nodes.get(i), quotas.get(i), rates[i], periods.get(i)));
            }
            return slowed;
        } finally {
            if (slowed.isEmpty()) {
                for (CpuQuota quota : quotas) {
                    quota.close();
                }
            }
        }
    }

    /**
     * Changes the periods until the nodes answer about as many questions as wanted. Timers take a larger part of a small share, so one step does not
     * hit it. A machine that stood still for a moment is measured again.
     *
     * @return answers a second of each
     */
    private static double[] settle(
            List<ClusterFile.Node> nodes, double wanted, List<CpuQuota> quotas, List<Duration> periods)
            throws CommandFailure, IOException, InterruptedException {
        for (int run = 1; ; run++) {
            Measured measured = measure(nodes);
            double[] answers = measured.answers();
            int lost = measured.lost();
            if (lost < 0 && (run == RUNS || Arrays.stream(answers).allMatch(rate -> isNear(rate, wanted)))) {
                return answers;
            }
            if (run == RUNS) {
                throw CommandFailure.failed(
                        "how much %s can answer could not be measured: of its questions %.0f a second timed out, and %.0f were answered"
                                .formatted(nodes.get(lost).name(), measured.timedOut()[lost], answers[lost]));
            }
            for (int i = 0; i < answers.length; i++) {
                double nanos = periods.get(i).toNanos() * Math.max(1, answers[i]) / wanted;
                periods.set(i, Duration.ofNanos(Math.clamp((long) nanos, SHORTEST.toNanos(), LONGEST.toNanos())));
                quotas.get(i).period(periods.get(i));
            }
        }
    }

    private static boolean isNear(double rate, double wanted) {
        return Math.abs(rate - wanted) <= NEAR * wanted;
    }

    /** The same node as another process, as slow as before without being measured again; this is closed. */
    SlowedNode as(ClusterFile.Node started) throws CommandFailure, IOException {
        close();
        return new SlowedNode(started, CpuQuota.of(started.pid(), SlowedNode::answersDevices, period), rate, period);
    }

    /** Answers a second at its end, as measured. */
    public double rate() {
        return rate;
    }

    /** In which its threads get 1 ms of CPU. */
    public Duration period() {
        return period;
    }

    /** From now on its threads get so much of what they had. */
    public void gets(double share) throws IOException {
        quota.period(Duration.ofNanos((long) (period.toNanos() / share)));
    }

    /** Which it is. */
    public ClusterFile.Node node() {
        return node;
    }

    @Override
    public void close() throws IOException {
        quota.close();
    }

    /** Whether a thread of that name answers devices. */
    public static boolean answersDevices(String thread) {
        return thread.startsWith("dns-") && !thread.startsWith("dns-infra-");
    }

    /**
     * Of each node.
     *
     * @param answers a second
     * @param timedOut questions a second that were not answered in time
     */
    private record Measured(double[] answers, double[] timedOut) {
        /** The first node that too many of its questions were lost for; -1: there is none. */
        int lost() {
            for (int i = 0; i < answers.length; i++) {
                if (timedOut[i] > answers[i] * LOST || answers[i] == 0) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** Asks each for a few who wait for its answers and ask on at once: nobody waits long. */
    private static Measured measure(List<ClusterFile.Node> nodes)
            throws CommandFailure, IOException, InterruptedException {
        List<FleetNode> asked = new ArrayList<>();
        List<DeviceGroup> groups = new ArrayList<>();
        for (ClusterFile.Node node : nodes) {
            groups.add(eager(node.name(), asked.size()));
            asked.add(new FleetNode(node.name(), dns(node), 1, null));
        }
        Sources sources =
                Sources.of("sources", List.of(), asked.getFirst().address().getAddress());
        FleetPlan plan =
                new FleetPlan(asked, groups, sources, FleetLimits.USUAL_SOCKETS, SECONDS, 1, List.of(), List.of());
        Measured measured = new Measured(new double[nodes.size()], new double[nodes.size()]);
        FleetCounts _ = new Fleet(plan).run(second -> {
            for (int i = 0; i < nodes.size() && second.seconds() > 1; i++) {
                measured.answers[i] += second.groups().get(i).accepted() / (SECONDS - 1.0);
                measured.timedOut[i] += second.groups().get(i).timedOut() / (SECONDS - 1.0);
            }
        });
        return measured;
    }

    private static DeviceGroup eager(String name, int node) throws CommandFailure {
        return new DeviceGroup(
                name,
                EAGER,
                0,
                0,
                List.of(QuestionPattern.of(NAMES, "names", "A", "type", QuestionPattern.Edns.NONE)),
                TIMEOUT.toNanos(),
                RetryPolicy.IMMEDIATE,
                0,
                new Reactions(Reaction.ACCEPT, Reaction.ACCEPT, Reaction.ACCEPT, Reaction.RETRY),
                NodeChoice.STICKY,
                List.of(node),
                1,
                AFTER_REFUSAL.toNanos(),
                0);
    }

    private static InetSocketAddress dns(ClusterFile.Node node) throws CommandFailure {
        return ServerAddress.parse(node.dns());
    }
}
