package io.evenkeel.ops.fleet;

import java.util.List;

/**
 * A fleet and how long it asks.
 *
 * @param nodes all of IPv4 or all of IPv6
 * @param sources that all sites are spread over
 * @param sockets at most; never more than devices
 * @param seed of names and of all that happens by chance
 * @param silences in which nothing is sent or taken
 * @param delays in which it takes longer to the nodes
 */
public record FleetPlan(
        List<FleetNode> nodes,
        List<DeviceGroup> groups,
        Sources sources,
        int sockets,
        double seconds,
        long seed,
        List<Silence> silences,
        List<Delay> delays) {
    /** Keeps copies of the lists. */
    public FleetPlan {
        nodes = List.copyOf(nodes);
        groups = List.copyOf(groups);
        silences = List.copyOf(silences);
        delays = List.copyOf(delays);
    }

    /** The same fleet at other nodes, of the same number. */
    public FleetPlan on(List<FleetNode> others) {
        return new FleetPlan(others, groups, sources, sockets, seconds, seed, silences, delays);
    }

    /** A time from the start of the run, to its end, which is not in it. */
    public record Silence(long fromNanos, long toNanos) {}

    /** A time as of a {@link Silence}, and by how much each round trip is longer in it. */
    public record Delay(long fromNanos, long toNanos, long byNanos) {}

    /** Of all groups. */
    public int devices() {
        return groups.stream().mapToInt(DeviceGroup::devices).sum();
    }

    /** How many source addresses all groups have. */
    int sites() {
        return groups.stream().mapToInt(DeviceGroup::sites).sum();
    }

    /** How many questions a second the fleet asks while each is answered. */
    public double neededPerSecond() {
        return groups.stream().mapToDouble(DeviceGroup::neededPerSecond).sum();
    }

    /** By how much a round trip is longer at that time; of several delays the first counts. */
    long delayAt(long nanos) {
        for (Delay delay : delays) {
            if (nanos >= delay.fromNanos() && nanos < delay.toNanos()) {
                return delay.byNanos();
            }
        }
        return 0;
    }

    boolean silentAt(long nanos) {
        for (Silence silence : silences) {
            if (nanos >= silence.fromNanos() && nanos < silence.toNanos()) {
                return true;
            }
        }
        return false;
    }
}
