package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetPlan;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scenario that was read and is whole.
 *
 * @param file that it was read from
 * @param plan the fleet
 * @param criteria what must come of it
 * @param capacity what its nodes can do; null: it does not say
 */
record Scenario(
        Path file,
        FleetPlan plan,
        List<Criterion> criteria,
        @Nullable Capacity capacity) {
    Scenario {
        criteria = List.copyOf(criteria);
    }
}
