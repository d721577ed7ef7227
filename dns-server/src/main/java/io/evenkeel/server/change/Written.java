package io.evenkeel.server.change;

import io.evenkeel.zones.state.ChangeOutcome;
import org.jspecify.annotations.Nullable;

/** What a {@link ZoneWriter} made of a change. */
sealed interface Written {
    /** The leader has decided. */
    record Done(ChangeOutcome outcome) implements Written {}

    /**
     * Not proposed: this node does not lead, or is not ready to.
     *
     * @param leader who leads, as far as this node knows
     */
    record NotLeader(@Nullable String leader) implements Written {}
}
