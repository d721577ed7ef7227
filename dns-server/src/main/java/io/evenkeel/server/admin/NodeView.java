package io.evenkeel.server.admin;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What the rest of the node shows here.
 *
 * @param state of its life
 * @param readiness for load balancers
 * @param dataAgeSeconds of what is answered from; NaN if that is not known
 * @param dataAge the same in words
 * @param stale whether it is above the limit, or not known
 * @param metrics in the Prometheus text format
 */
public record NodeView(
        Supplier<String> state,
        Supplier<Readiness> readiness,
        Supplier<Double> dataAgeSeconds,
        Supplier<String> dataAge,
        Supplier<Boolean> stale,
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
