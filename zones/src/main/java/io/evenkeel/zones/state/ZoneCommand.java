package io.evenkeel.zones.state;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/** One entry of the replicated log. Applying it depends on nothing but the state and the command. */
public sealed interface ZoneCommand {
    /**
     * Makes a zone, or replaces all of one.
     *
     * @param base the version that it replaces; null: the zone must not exist
     * @param serial of the SOA in the contents, as the leader decided it
     * @param requests the requests that this entry fulfils
     */
    record PutZone(Name apex, @Nullable ZoneVersion base, ZoneContents contents, long serial, List<RequestId> requests)
            implements ZoneCommand {
        public PutZone {
            requests = List.copyOf(requests);
        }
    }

    /** Changes records of one zone; several requests may share one diff. */
    record ApplyDiff(Name apex, ZoneDiff diff, List<RequestId> requests) implements ZoneCommand {
        public ApplyDiff {
            requests = List.copyOf(requests);
        }
    }

    /** Removes a zone if it still has that version. */
    record DeleteZone(Name apex, ZoneVersion base, List<RequestId> requests) implements ZoneCommand {
        public DeleteZone {
            requests = List.copyOf(requests);
        }
    }

    /**
     * One of the three before, with when and for whom it was proposed, for the history of changes. From {@link FeatureLevel#HISTORY} on.
     *
     * @param change none that is attributed itself
     */
    record Attributed(Attribution by, ZoneCommand change) implements ZoneCommand {
        public Attributed {
            switch (change) {
                case PutZone _, ApplyDiff _, DeleteZone _ -> {}
                case Attributed _, StageChunk _, DropStage _, Tick _, PutSetting _ ->
                    throw new IllegalArgumentException("no change of a zone: " + change);
            }
        }

        @Override
        public ZoneCommand plain() {
            return change;
        }
    }

    /** What it does, without for whom. */
    default ZoneCommand plain() {
        return this;
    }

    /**
     * A part of contents too large for one command, kept beside the zones until a {@link PutZone} names it, or until
     * {@code ZoneLimits.STAGE_TICKS} ticks have passed without a further chunk.
     *
     * @param number from 0, without a gap; a number already staged with the same bytes is accepted again
     * @param records wire form of records, one after the other, deflated
     * @param reserves octets of heap that the leader has set aside for all of the contents; of the first chunk it counts
     */
    record StageChunk(RequestId stage, int number, byte[] records, long reserves) implements ZoneCommand {}

    /** Forgets staged chunks; nothing happens if there are none. */
    record DropStage(RequestId stage) implements ZoneCommand {}

    /**
     * Sets or removes one cluster-wide setting; see {@link Settings}.
     *
     * @param value null: removes it
     * @param baseRevision the revision that it replaces; 0: there must be none
     */
    record PutSetting(String kind, String name, byte @Nullable [] value, long baseRevision) implements ZoneCommand {}

    /**
     * Proposed by the leader every ten seconds: shows that the log moves, counts replicated time, and lets each replica compare
     * itself with the leader.
     *
     * @param note the leader's, of the last tick that it had applied; null if there was none
     */
    record Tick(@Nullable StateNote note) implements ZoneCommand {
        /** A tick that nothing is compared by. */
        public Tick() {
            this(null);
        }
    }
}
