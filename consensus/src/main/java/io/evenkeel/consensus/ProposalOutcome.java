package io.evenkeel.consensus;

import io.evenkeel.zones.state.CommandResult;
import org.jspecify.annotations.Nullable;

/** What became of a proposed command. */
public sealed interface ProposalOutcome {
    /** In the log of a majority, and applied here. */
    record Committed(long index, CommandResult result) implements ProposalOutcome {}

    /**
     * Not proposed: this node does not lead, or not yet.
     *
     * @param leader name of the member that leads, as far as this node knows
     */
    record NotLeader(@Nullable String leader) implements ProposalOutcome {}

    /** Not proposed: the encoded command is above the limit. */
    record TooLarge(int sizeBytes, int limitBytes) implements ProposalOutcome {}

    /** Not proposed: too many entries wait for their commit. */
    record Overloaded() implements ProposalOutcome {}

    /** Proposed; leadership or time was lost before the outcome was known. */
    record Unknown(String why) implements ProposalOutcome {}
}
