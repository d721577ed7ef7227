package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneVersion;
import java.util.List;

/** What became of an asked change. */
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

    /** Never proposed, so not to become visible: no leader, no quorum, or too much in flight. Ask again later. */
    record NotProposed(String why) implements ChangeOutcome {}

    /** Proposed, and not known whether it will be applied; under the same request id the outcome can be asked again. */
    record Unknown(String why) implements ChangeOutcome {}

    /** Why a change was turned down. */
    enum Reason {
        ZONE_EXISTS,
        NO_SUCH_ZONE,
        /** The zone is not at the version that the client named. */
        CONFLICT,
        /** The contents break a rule of DNS; the problems say which and where. */
        INVALID,
        /** Above a limit of {@code ZoneLimits}. */
        TOO_LARGE,
        /** A fault of this program while applying it. */
        FAULT
    }
}
