package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetPlan;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scenario that was read and is whole.
 *
 * @param file that it was read from
 * @param title what it shows, in a line; empty if it does not say
 * @param plan the fleet
 * @param criteria what must come of it
 * @param capacity what its nodes can do; null: it does not say
 * @param cluster that the drill starts; null: the nodes run already
 * @param faults that are done to it
 * @param clusterCriteria what must come of it for that cluster
 * @param staleQueue how the design of 2020 fails in it; null: it does not say
 */
record Scenario(
        Path file,
        String title,
        FleetPlan plan,
        List<Criterion> criteria,
        @Nullable Capacity capacity,
        @Nullable ClusterPlan cluster,
        List<Fault> faults,
        List<ClusterCriterion> clusterCriteria,
        @Nullable StaleQueue staleQueue) {
    Scenario {
        faults = List.copyOf(faults);
        clusterCriteria = List.copyOf(clusterCriteria);
        criteria = List.copyOf(criteria);
    }
}
