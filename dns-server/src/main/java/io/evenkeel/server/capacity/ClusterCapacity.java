package io.evenkeel.server.capacity;

import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.Capacity.Origin;
import io.evenkeel.server.peer.Vitals;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows at one moment of the load and the capacity of the cluster, and what follows. Immutable; a number that is not known is NaN.
 *
 * @param self name of the node
 * @param members with the node itself, by name
 * @param worstQps the largest load of five minutes in the last thirty days
 * @param before what the node could answer when it ran last, as it was measured then; null: nobody knows
 * @param capacity of the node; null while that is not known
 * @param fleet of the configuration; null: none is configured
 */
public record ClusterCapacity(
        String self,
        List<Member> members,
        double worstQps,
        @Nullable Capacity before,
        @Nullable Capacity capacity,
        @Nullable Fleet fleet) {
    /** By how much the capacity of those who are left must exceed the load. */
    public static final double SPARE = 1.25;

    /** With a load of less than one question a second and member, shares are chance. */
    private static final double LEAST_QPS = 1;

    /**
     * Less than this share of what its threads got of the processors, or of the speed that clients had measured, is a smaller machine. Both are
     * measured, so they vary; a number of threads does not.
     */
    private static final double SHRUNK = 0.7;

    /** The same of the speed that a warm-up measures: its questions are few, the code is not compiled yet, and a neighbour halves it. */
    private static final double SHRUNK_BY_WARM_UP = 0.4;

    /** What a drop costs, as a share of an answer: the most that it may. */
    private static final double DROP_COST = 0.5;

    public ClusterCapacity {
        members = List.copyOf(members);
    }

    /**
     * The clients for which the cluster is there.
     *
     * @param devices how many there are
     * @param period in which each asks once
     * @param timeout after which it asks again
     */
    public record Fleet(long devices, Duration period, Duration timeout) {}

    /** Whether a member tells its vitals. */
    public enum Contact {
        /** A moment ago. */
        HEARD,
        /** It is not reached, or does not answer. */
        SILENT,
        /** Its release does not know them. */
        OLDER
    }

    /**
     * A member.
     *
     * @param vitals null unless it was heard
     * @param udp how it answers there
     * @param tcp how it answers there
     */
    public record Member(
            String name, Contact contact, @Nullable Vitals vitals, Probe udp, Probe tcp) {
        boolean isOpen() {
            return vitals != null && vitals.open();
        }

        double capacityQps() {
            return vitals == null ? Double.NaN : vitals.capacityQps();
        }

        double loadQps() {
            return vitals == null ? 0 : vitals.loadQps();
        }
    }

    /** Questions a second that come to all members that tell, over the last minute. */
    public double loadQps() {
        return members.stream().mapToDouble(Member::loadQps).sum();
    }

    /** What the cluster must be able to carry: the load of now, or of the worst five minutes. */
    public double neededQps() {
        return Math.max(worstQps, loadQps());
    }

    /** Share of the load that comes to the node. */
    public double ownShare() {
        double load = loadQps();
        return load < LEAST_QPS
                ? Double.NaN
                : own().mapToDouble(Member::loadQps).sum() / load;
    }

    /** How many times the mean the busiest of the open members is asked. */
    public double skew() {
        double[] loads = open().mapToDouble(Member::loadQps).toArray();
        double sum = Arrays.stream(loads).sum();
        return loads.length < 2 || sum < LEAST_QPS * loads.length
                ? Double.NaN
                : Arrays.stream(loads).max().orElseThrow() * loads.length / sum;
    }

    /** How many times the load of now the node can answer alone. */
    public double headroom() {
        return ownCapacityQps() / atLeast(loadQps());
    }

    /** How many times the worst load of the last thirty days the node can answer alone. */
    public double headroomAtWorst() {
        return ownCapacityQps() / atLeast(neededQps());
    }

    private static double atLeast(double qps) {
        return qps < LEAST_QPS ? Double.NaN : qps;
    }

    double ownCapacityQps() {
        return capacity == null ? Double.NaN : capacity.lastingQps();
    }

    /**
     * How many of the members that are open may be lost, whichever they are, so that the rest can answer 1.25 times the worst load; -1: not even all of
     * them can. Empty if that cannot be told, since one has not told its capacity.
     */
    public OptionalInt lossesSurvivable() {
        return lossesSurvivable(open().mapToDouble(Member::capacityQps), neededQps());
    }

    /** The same of these capacities and that load. */
    static OptionalInt lossesSurvivable(DoubleStream capacities, double qps) {
        double[] ascending = capacities.sorted().toArray(); // NaN comes last
        if (ascending.length == 0 || Double.isNaN(ascending[ascending.length - 1])) {
            return OptionalInt.empty();
        }
        double sum = 0;
        for (int left = 1; left <= ascending.length; left++) {
            sum += ascending[left - 1];
            if (sum >= SPARE * qps) {
                return OptionalInt.of(ascending.length - left);
            }
        }
        return OptionalInt.of(-1);
    }

    /** Members whose capacity or load is not known, so that the sums lack them. */
    public boolean isPartial() {
        return members.stream().anyMatch(member -> member.contact() == Contact.OLDER);
    }

    /**
     * How many times the processors that the node has are those that it takes to bring the whole fleet back when it asks all at once: it drops all that
     * come again and again, and answers each once in its period.
     */
    public double stormHeadroom() {
        if (fleet == null || capacity == null) {
            return Double.NaN;
        }
        double answer = capacity.cpuNanosPerQuery() / 1e9;
        double drop = DROP_COST * answer;
        double again = fleet.devices() / (fleet.timeout().toMillis() / 1e3);
        double once = fleet.devices() / (fleet.period().toMillis() / 1e3);
        return capacity.loops() * capacity.processor() / (again * drop + once * (answer - drop));
    }

    /** Whether the node can answer less than the cluster must carry. */
    public boolean isShortOfLoad() {
        return headroomAtWorst() < 1;
    }

    /** Whether the node answers with fewer threads than when it ran last, for want of processors or by its configuration. */
    boolean hasFewerLoops() {
        return capacity != null && before != null && capacity.loops() < before.loops();
    }

    /** Whether the node can answer clearly less than when it ran last. */
    public boolean isShortOfBefore() {
        if (capacity == null || before == null) {
            return false;
        }
        if (hasFewerLoops()) {
            return true;
        }
        boolean served = capacity.origin() == Origin.SERVICE && before.origin() == Origin.SERVICE;
        return capacity.processors() < SHRUNK * before.processors()
                || (capacity.origin() != Origin.UNDER_LOAD
                        && capacity.lastingQps() < (served ? SHRUNK : SHRUNK_BY_WARM_UP) * before.lastingQps());
    }

    /** How many members answer questions. */
    public int openMembers() {
        return (int) open().count();
    }

    Stream<Member> open() {
        return members.stream().filter(Member::isOpen);
    }

    private Stream<Member> own() {
        return members.stream().filter(member -> member.name().equals(self));
    }
}
