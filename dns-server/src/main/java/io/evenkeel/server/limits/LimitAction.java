package io.evenkeel.server.limits;

import java.util.Locale;

/** What became of a message above a limit. */
public enum LimitAction {
    /** Answered: the limit is in dry run, or this thread has time enough for all. */
    WOULD_DROP,
    /** Left without an answer. */
    DROPPED,
    /** Answered as one of a few, so that an address that others forge is slowed and not silenced. */
    ANSWERED,
    /** The same, but with TC in place of records, since these are much larger than the question. */
    TRUNCATED;

    /** In metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
