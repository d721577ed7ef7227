package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneVersion;

/** What applying one command came to; the same on every replica. */
public sealed interface CommandResult {
    /**
     * The state changed (or the command, a tick, needs none).
     *
     * @param version of the zone after it; for a deleted zone its last one; for other commands zone id 0
     * @param serial of the zone after it; 0 where there is none
     */
    record Applied(ZoneVersion version, long serial) implements CommandResult {}

    /** The zone is not at the base version (or exists, or does not): evaluate again. Nothing changed. */
    record Stale() implements CommandResult {}

    /** The command can never apply. Nothing changed. */
    record Refused(String reason) implements CommandResult {}

    /**
     * Applying it met a fault of this program; the state before it stays. Loud in log and metrics.
     *
     * @param reason type of the fault and of the command, without data
     */
    record Faulted(String reason) implements CommandResult {}
}
