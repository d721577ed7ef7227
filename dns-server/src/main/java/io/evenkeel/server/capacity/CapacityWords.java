package io.evenkeel.server.capacity;

import io.evenkeel.server.capacity.ClusterCapacity.Contact;
import io.evenkeel.server.capacity.ClusterCapacity.Member;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.CapacityFile;
import io.evenkeel.server.peer.Vitals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** What an operator should change, in words, and what a change would do. Pure. */
public final class CapacityWords {
    private static final double SKEWED = 1.3;
    private static final double STORM = 2;

    private CapacityWords() {}

    /**
     * What a change of the processors of one member would do.
     *
     * @param fine whether the cluster could carry its load as safely as before
     * @param survivable losses that it could survive then; empty if that cannot be told
     * @param lines for people
     */
    public record Plan(boolean fine, OptionalInt survivable, List<String> lines) {
        public Plan {
            lines = List.copyOf(lines);
        }
    }

    /** A line each; none: nothing is to be changed. */
    public static List<String> advice(ClusterCapacity cluster) {
        List<String> lines = new ArrayList<>();
        for (Member member : cluster.members()) {
            ofContact(member, lines);
            ofProbes(member, lines);
            if (member.vitals() != null) {
                ofCapacity(cluster, member, member.vitals(), lines);
            }
        }
        double skew = cluster.skew();
        if (skew >= SKEWED) {
            Member busiest = cluster.open()
                    .max(Comparator.comparingDouble(Member::loadQps))
                    .orElseThrow();
            lines.add(
                    "%s is asked %s times the mean of the open members: spread the clients (the weights of a load balancer, the order"
                                    .formatted(busiest.name(), times(skew))
                            + " of addresses that devices are given)");
        }
        ofLosses(cluster, lines);
        double storm = cluster.stormHeadroom();
        if (storm < STORM) {
            lines.add(
                    "%s has %s times the processors that it takes to bring all %d devices (fleet.devices) back when they ask at once: give it %s times as many, at least %s are wanted"
                            .formatted(
                                    cluster.self(),
                                    times(storm),
                                    Objects.requireNonNull(cluster.fleet()).devices(),
                                    factor(STORM / storm),
                                    times(STORM)));
        }
        return lines;
    }

    private static void ofContact(Member member, List<String> lines) {
        switch (member.contact()) {
            case HEARD -> {}
            case SILENT ->
                lines.add(member.name()
                        + " does not tell its vitals: start it, mend the way between the peer ports, or take it out with `evenkeel cluster remove "
                        + member.name() + "`");
            case OLDER ->
                lines.add(
                        member.name()
                                + " runs a release that tells no vitals: loads and losses are not known until it runs this one");
        }
    }

    private static void ofProbes(Member member, List<String> lines) {
        if (member.udp() == Probe.OTHER || member.tcp() == Probe.OTHER) {
            lines.add("another node answers where " + member.name()
                    + " is asked: set dns.probe-address in its configuration to an address of its own");
        }
        if (member.udp() == Probe.SILENT || member.tcp() == Probe.SILENT) {
            lines.add(member.name() + " does not answer DNS questions of this node over "
                    + (member.udp() != Probe.SILENT ? "TCP" : member.tcp() != Probe.SILENT ? "UDP" : "UDP and TCP")
                    + ": look at the node, at the way to it, or at its dns.probe-address");
        }
    }

    private static void ofCapacity(ClusterCapacity cluster, Member member, Vitals vitals, List<String> lines) {
        double own = vitals.capacityQps();
        double wanted = ClusterCapacity.SPARE * cluster.neededQps();
        if (Double.isNaN(own)) {
            lines.add(
                    "the capacity of " + member.name()
                            + " is not known yet: a node measures it when it has zones, and in service from a fifth of its processors on");
        } else if (own < wanted) {
            lines.add(
                    "%s can answer %s questions a second, and the worst load is %s: to carry all alone it needs %s times its processors (dns.loops with them)"
                            .formatted(member.name(), qps(own), qps(cluster.neededQps()), factor(wanted / own)));
        }
        if (vitals.capacityAgeSeconds() > CapacityFile.OLD_SECONDS) {
            lines.add(
                    "the capacity of " + member.name() + " was measured "
                            + TimeUnit.SECONDS.toDays((long) vitals.capacityAgeSeconds())
                            + " days ago: steer clients to it until it uses a fifth of its processors for ten minutes, or restart it");
        }
    }

    private static void ofLosses(ClusterCapacity cluster, List<String> lines) {
        OptionalInt survivable = cluster.lossesSurvivable();
        long open = cluster.open().count();
        if (survivable.isPresent() && open > 1 && survivable.getAsInt() < 1) {
            lines.add(
                    survivable.getAsInt() < 0
                            ? "not even all open members together can answer 1.25 times the worst load: add members, or processors"
                            : "no open member may be lost: the rest could not answer 1.25 times the worst load; add members, or processors");
        }
    }

    /**
     * Judges the plan to give a member so many times its processors.
     *
     * @param name of a member
     * @param factor above 0
     */
    public static Plan plan(ClusterCapacity cluster, String name, double factor) {
        List<String> lines = new ArrayList<>();
        Member member = cluster.members().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        double own = member.capacityQps();
        OptionalInt before = cluster.lossesSurvivable();
        if (Double.isNaN(own) || before.isEmpty() || cluster.isPartial() || !member.isOpen()) {
            lines.add(unknown(cluster, member));
            return new Plan(false, OptionalInt.empty(), lines);
        }
        double needed = cluster.neededQps();
        OptionalInt after = ClusterCapacity.lossesSurvivable(
                cluster.open().mapToDouble(each -> each.capacityQps() * (each.equals(member) ? factor : 1)), needed);
        lines.add("%s could answer %s questions a second, now %s; the worst load is %s"
                .formatted(name, qps(own * factor), qps(own), qps(needed)));
        boolean carries = own * factor >= ClusterCapacity.SPARE * needed;
        lines.add(
                carries
                        ? name + " could carry all alone"
                        : "%s could not carry all alone with a quarter to spare: that takes %s questions a second"
                                .formatted(name, qps(ClusterCapacity.SPARE * needed)));
        lines.add("losses that the open members survive: " + losses(after.getAsInt()) + ", now "
                + losses(before.getAsInt()));
        long open = cluster.open().count();
        boolean fine = after.getAsInt() >= Math.max(open > 1 ? 1 : 0, before.getAsInt());
        lines.add(
                fine
                        ? "the load would be carried as safely as now"
                        : "do not do it, or add processors elsewhere first: fewer members could be lost than now, or none");
        return new Plan(fine, after, lines);
    }

    private static String unknown(ClusterCapacity cluster, Member member) {
        if (!member.isOpen()) {
            return member.contact() == Contact.HEARD
                    ? member.name() + " is not open: nothing can be said until it is"
                    : member.name() + " does not tell its capacity, so nothing can be said";
        }
        return cluster.members().stream()
                        .filter(each -> Double.isNaN(each.capacityQps()))
                        .map(Member::name)
                        .reduce((one, other) -> one + ", " + other)
                        .orElse("?")
                + " has not told its capacity, so nothing can be said about losses";
    }

    /**
     * Why a member should not be stopped now, as far as the load goes; empty if it may be, or that cannot be told.
     *
     * @param name of a member
     */
    public static List<String> obstaclesToStop(ClusterCapacity cluster, String name) {
        double[] rest = cluster.open()
                .filter(member -> !member.name().equals(name))
                .mapToDouble(Member::capacityQps)
                .toArray();
        double sum = Arrays.stream(rest).sum();
        double load = cluster.loadQps();
        return !cluster.isPartial() && rest.length > 0 && load >= 1 && sum < ClusterCapacity.SPARE * load
                ? List.of("without %s the open members can answer %s questions a second, and %s come"
                        .formatted(name, qps(sum), qps(load)))
                : List.of();
    }

    /**
     * Why the node itself is too small, a line each; none if it is not known to be.
     *
     * @param ofLoad whether it can answer less than the cluster must carry
     */
    static List<String> shortages(ClusterCapacity cluster, boolean ofLoad) {
        List<String> lines = new ArrayList<>();
        if (ofLoad) {
            lines.add(
                    "capacity: this node can answer %s questions a second, and the cluster must carry %s: alone it would be overloaded"
                            .formatted(qps(cluster.ownCapacityQps()), qps(cluster.neededQps())));
        }
        Capacity before = cluster.before();
        Capacity present = cluster.capacity();
        if (present != null && before != null && cluster.isShortOfBefore()) {
            String now = qps(cluster.ownCapacityQps());
            String then = qps(before.lastingQps());
            lines.add(
                    cluster.hasFewerLoops()
                            ? ("capacity: threads that answer are %d here, and were %d when this node ran last: has its machine fewer processors,"
                                            + " or dns.loops been lowered? It can answer %s questions a second, and could answer %s")
                                    .formatted(present.loops(), before.loops(), now, then)
                            : "capacity: this node can answer %s questions a second, and could answer %s when it ran last: has its machine been made smaller?"
                                    .formatted(now, then));
        }
        return lines;
    }

    private static String losses(int survivable) {
        return survivable < 0 ? "none, and all together are too few" : String.valueOf(survivable);
    }

    private static String qps(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    private static String times(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** Rounded up. */
    private static String factor(double value) {
        return String.format(Locale.ROOT, "%.1f", Math.ceil(value * 10) / 10);
    }
}
