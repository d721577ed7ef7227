package io.evenkeel.ops.fleet;

import io.evenkeel.ops.fleet.Delays.Percentile;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/** The counts of a fleet, by group and by node, of this second and of all before it. The thread of the fleet. */
final class FleetBooks {
    private final FleetPlan plan;
    /** What no group can be blamed for. */
    final FleetTally stray = new FleetTally();

    private final Delays lags = new Delays();
    private final int[] waitingIn;
    private final int[] waitingFor;
    private final List<FleetTally> groups;
    private final List<FleetTally> nodes;
    private final List<FleetTally> groupTotals;
    private final List<FleetTally> nodeTotals;
    private final FleetTally strayTotal = new FleetTally();
    private final Delays lagTotal = new Delays();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final double[] busy = new double[FleetLimits.BUSY_SECONDS];
    private int second;
    private double busiest;
    private long cpuNanos;

    FleetBooks(FleetPlan plan) {
        this.plan = plan;
        waitingIn = new int[plan.groups().size()];
        waitingFor = new int[plan.nodes().size()];
        groups = tallies(waitingIn.length);
        nodes = tallies(waitingFor.length);
        groupTotals = tallies(waitingIn.length);
        nodeTotals = tallies(waitingFor.length);
    }

    private static List<FleetTally> tallies(int count) {
        List<FleetTally> tallies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tallies.add(new FleetTally());
        }
        return tallies;
    }

    /** The clock of the processor begins, on the thread of the fleet. */
    void begin() {
        cpuNanos = threads.getCurrentThreadCpuTime();
    }

    FleetTally group(int index) {
        return groups.get(index);
    }

    FleetTally node(int index) {
        return nodes.get(index);
    }

    void lag(long nanos) {
        lags.add(nanos);
    }

    /** A device waits from now on, or no more; it was, or is, at that node. */
    void waits(int group, int node, int more) {
        waitingIn[group] += more;
        waitingFor[node] += more;
    }

    /** A device that waits turns to another node. */
    void turns(int from, int to) {
        waitingFor[from]--;
        waitingFor[to]++;
    }

    /** Ends a second. */
    FleetCounts endSecond() {
        long cpu = threads.getCurrentThreadCpuTime();
        double used = (cpu - cpuNanos) / 1e9;
        cpuNanos = cpu;
        busy[second++ % busy.length] = used;
        if (second >= busy.length) {
            double sum = 0;
            for (double each : busy) {
                sum += each;
            }
            busiest = Math.max(busiest, sum / busy.length);
        }
        FleetCounts counts = counts(second, 1, groups, nodes, stray, lags, used);
        intoTotals();
        return counts;
    }

    /** Ends all; a run that is shorter than ten seconds is as busy as it was on average. */
    FleetCounts end(double seconds) {
        double used = busiest;
        if (second < busy.length) {
            double sum = (threads.getCurrentThreadCpuTime() - cpuNanos) / 1e9;
            for (double each : busy) {
                sum += each;
            }
            used = sum / Math.max(seconds, 1e-3);
        }
        intoTotals();
        return counts(seconds, seconds, groupTotals, nodeTotals, strayTotal, lagTotal, used);
    }

    private void intoTotals() {
        for (int i = 0; i < groups.size(); i++) {
            groupTotals.get(i).add(groups.get(i));
            groups.get(i).clear();
        }
        for (int i = 0; i < nodes.size(); i++) {
            nodeTotals.get(i).add(nodes.get(i));
            nodes.get(i).clear();
        }
        strayTotal.add(stray);
        stray.clear();
        lagTotal.add(lags);
        lags.clear();
    }

    private FleetCounts counts(
            double at,
            double seconds,
            List<FleetTally> byGroup,
            List<FleetTally> byNode,
            FleetTally others,
            Delays late,
            double used) {
        FleetTally all = new FleetTally();
        all.add(others);
        List<FleetCounts.Part> groupCounts = new ArrayList<>();
        List<FleetCounts.Part> nodeCounts = new ArrayList<>();
        int waiting = 0;
        for (int i = 0; i < byGroup.size(); i++) {
            DeviceGroup group = plan.groups().get(i);
            all.add(byGroup.get(i));
            waiting += waitingIn[i];
            groupCounts.add(byGroup.get(i).counts(group.name(), waitingIn[i], group.neededPerSecond() * seconds));
        }
        double needed = plan.neededPerSecond() * seconds;
        for (int i = 0; i < byNode.size(); i++) {
            nodeCounts.add(byNode.get(i).counts(plan.nodes().get(i).name(), waitingFor[i], needed));
        }
        return new FleetCounts(
                at,
                all.counts("all", waiting, needed),
                groupCounts,
                nodeCounts,
                late.in(Delays.MILLIS, Percentile.P99, Percentile.MAX),
                Delays.round(used, 1000));
    }
}
