package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneVersion;

/** What applying one command came to; the same on every replica that is as the others are. */
public sealed interface CommandResult {
    /**
     * The state changed (or the command, a tick, needs none).
     *
     * @param version of the zone after it; for a deleted zone its last one; for other commands zone id 0
     * @param serial of the zone after it; 0 where there is none
     */
    record Applied(ZoneVersion version, long serial) implements CommandResult {}

    /**
     * A tick, applied as always, whose proposer held something else than this replica when both had applied the same entries:
     * one of them is wrong. Zones and all else are what this replica makes of them, as before.
     *
     * @param own what this replica held
     * @param leaders what the leader held at the same index
     */
    record Diverged(StateNote own, StateNote leaders) implements CommandResult {}

    /** The zone is not at the base version (or exists, or does not): evaluate again. Nothing changed. */
    record Stale() implements CommandResult {}

    /** The command can never apply. Nothing changed. */
    record Refused(String reason) implements CommandResult {}

    /**
     * Applying it met a fault of this program; the state before it stays, but for the record of faults. Loud in log and
     * metrics.
     *
     * @param reason type of the fault and of the command, without data
     */
    record Faulted(String reason) implements CommandResult {}
}
