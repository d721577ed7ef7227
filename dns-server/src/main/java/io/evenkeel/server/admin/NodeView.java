package io.evenkeel.server.admin;

import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the rest of the node shows here.
 *
 * @param readiness for load balancers and people
 * @param dataAgeSeconds of what is answered from; NaN if that is not known
 * @param dataAge the same in words
 * @param capacity null while it is not known
 * @param metrics in the Prometheus text format
 * @param configuration in force, as text without secrets
 * @param partOfLog whether these zones may be only the part of a log that could be proven, older than what it once showed
 * @param workOctets of heap that requests may take at one time, as of now
 * @param mostWorkOctets that they may take once no import is under way any more
 */
public record NodeView(
        Supplier<Readiness.Verdict> readiness,
        Supplier<Double> dataAgeSeconds,
        Supplier<String> dataAge,
        Supplier<@Nullable Capacity> capacity,
        Supplier<String> metrics,
        Supplier<String> configuration,
        BooleanSupplier partOfLog,
        LongSupplier workOctets,
        LongSupplier mostWorkOctets) {
    /** True once this node holds all that it ever showed: from then on it only gets newer. */
    boolean hasState() {
        NodeState state = readiness.get().state();
        return state != NodeState.STARTING && state != NodeState.CATCHING_UP && !partOfLog.getAsBoolean();
    }
}
