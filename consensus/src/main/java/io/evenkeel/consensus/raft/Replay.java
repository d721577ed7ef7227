package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.snapshot.SnapshotTooLargeException;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneSharing;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.HashMap;
import java.util.Map;

/**
 * The entries that a Raft server applies once more, since it was built anew in a process that answers from a state which has them
 * all. What they make must not take the heap beside that state: a zone that is there in the same version is taken from it, and
 * whole zones that would not fit are not made. The applying thread.
 */
final class Replay {
    private final long maxHeap;
    /** Octets of whole zones, by name, that were made beside those of the state that is answered from. */
    private final Map<Object, Long> made = new HashMap<>();

    /** @param maxHeap octets that the heap may have */
    Replay(long maxHeap) {
        this.maxHeap = maxHeap;
    }

    /** Whether an entry is one that the process has applied before. */
    static boolean has(Published held, long index) {
        return index <= held.index() && !held.state().catalog().isEmpty();
    }

    /**
     * Sees to it that a command can be applied beside what is held.
     *
     * @throws IllegalStateException if there is not enough heap; the process has to begin anew, and then holds one state
     */
    void requireRoom(Published held, ReplicatedState state, ZoneCommand command) {
        if (command.plain() instanceof ZoneCommand.PutZone put
                && put.contents() instanceof ZoneContents.Staged staged) {
            long own = made.values().stream().mapToLong(octets -> octets).sum();
            try {
                SnapshotTooLargeException.checkReplay(
                        held.state().octets(), own + state.staging().octets(staged.stage()), maxHeap);
            } catch (SnapshotTooLargeException e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
        }
    }

    /** What applying has come to, with the zone from the state that is held if it is the same there. */
    ReplicatedState shared(Published held, ReplicatedState next, ZoneCommand command, CommandResult result) {
        if (command.plain() instanceof ZoneCommand.DeleteZone delete) {
            made.remove(delete.apex());
        }
        if (!(command.plain() instanceof ZoneCommand.PutZone put) || !(result instanceof CommandResult.Applied)) {
            return next;
        }
        Zone zone = next.catalog().zone(put.apex());
        Zone same = held.state().catalog().zone(put.apex());
        made.remove(put.apex());
        if (zone != null
                && same != null
                && same.versionHash().equals(zone.versionHash())
                && ZoneSharing.isSound(same)) {
            return next.sharing(same);
        }
        if (zone != null) {
            made.put(put.apex(), zone.octets());
        }
        return next;
    }
}
