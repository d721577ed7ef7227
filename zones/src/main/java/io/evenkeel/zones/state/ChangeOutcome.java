package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneVersion;
import java.util.List;

/** What an asked change came to where it was judged: on the leader, or when its command was applied. */
public sealed interface ChangeOutcome {
    /**
     * Committed. The node that received the change answers its client when it serves this index itself.
     *
     * @param index the log index
     * @param version of the zone after it
     * @param serial of the zone after it
     * @param changed false if the zone was already as asked, so that nothing was proposed; {@code index} is then the one
     *     at which the leader saw that
     */
    record Accepted(long index, ZoneVersion version, long serial, boolean changed) implements ChangeOutcome {}

    /** Judged and turned down: nothing of it will ever be visible. */
    record Refused(Reason reason, List<String> problems) implements ChangeOutcome {
        public Refused {
            problems = List.copyOf(problems);
        }
    }

    /** Why a change was turned down. */
    enum Reason {
        ZONE_EXISTS,
        NO_SUCH_ZONE,
        /** The zone is not at the version that the client named. */
        CONFLICT,
        /** The contents break a rule of DNS; the problems say which and where. */
        INVALID,
        /** It takes most of a zone, and nobody has said that this is meant. */
        GUARDED,
        /** Above a limit of {@code ZoneLimits}. */
        TOO_LARGE,
        /** A fault of this program while applying it. */
        FAULT,
        /** It does not fit into the memory of the smallest member. */
        NO_ROOM
    }
}
