package io.evenkeel.server.admin;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What the rest of the node shows here.
 *
 * @param state of its life
 * @param readiness for load balancers
 * @param dataAgeSeconds since the newest entry of the log was published here; NaN if none ever was
 * @param metrics in the Prometheus text format
 */
public record NodeView(
        Supplier<String> state,
        Supplier<Readiness> readiness,
        Supplier<Double> dataAgeSeconds,
        Supplier<String> metrics) {
    private static final Set<String> WITHOUT_STATE = Set.of("STARTING", "CATCHING_UP");

    /** True once this node holds all that it ever showed: from then on it only gets newer. */
    boolean hasState() {
        return !WITHOUT_STATE.contains(state.get());
    }

    /**
     * @param ready whether traffic should be sent here
     * @param reasons why not; or what to know although it is
     */
    public record Readiness(boolean ready, List<String> reasons) {
        public Readiness {
            reasons = List.copyOf(reasons);
        }
    }
}
