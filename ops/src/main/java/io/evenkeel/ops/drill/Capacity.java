package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.DeviceGroup;
import io.evenkeel.ops.fleet.FleetPlan;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the nodes of a scenario can do beside what its fleet asks, in the symbols of a closed loop: N devices that call home once in P and
 * wait for T ask N / P times a second while they are answered and N / T times while nobody is. In such a crowd a node that answers C a second
 * and pays κ of an answer for a drop gets rid of those who wait only if h = C P / N is above κ A + 1 - κ, with A = P / T.
 *
 * @param answers C, of all nodes together
 * @param dropCost κ, from 0 to 1
 * @param least so many times as large as that bound h must be for the run to say something; 0: whatever it is
 */
record Capacity(double answers, double dropCost, double least) {
    /** h. */
    double headroom(FleetPlan plan) {
        return answers / plan.neededPerSecond();
    }

    /** A. */
    static double amplification(FleetPlan plan) {
        return silentPerSecond(plan) / plan.neededPerSecond();
    }

    /** How often the fleet asks in a second in which nobody answers. */
    static double silentPerSecond(FleetPlan plan) {
        return plan.groups().stream().mapToDouble(DeviceGroup::silentPerSecond).sum();
    }

    /** What h must be above. */
    double bound(FleetPlan plan) {
        return dropCost * amplification(plan) + 1 - dropCost;
    }

    boolean isWithin(FleetPlan plan) {
        return headroom(plan) >= least * bound(plan);
    }

    String text(FleetPlan plan) {
        return "The nodes can answer C = %,.0f/s; h = C P / N = %.2f, A = P / T = %.1f, κ = %.2f: those who wait become fewer while h is above κ A + 1 - κ = %.2f."
                .formatted(answers, headroom(plan), amplification(plan), dropCost, bound(plan));
    }

    Map<String, Object> toMap(FleetPlan plan) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("answersPerSecond", answers);
        map.put("dropCost", dropCost);
        map.put("headroom", headroom(plan));
        map.put("amplification", amplification(plan));
        map.put("bound", bound(plan));
        return map;
    }
}
