package io.evenkeel.server.capacity;

/** How the last DNS question to a member ended. */
public enum Probe {
    /** It answered, as itself. */
    ANSWERED,
    /** Another node answered at its address. */
    OTHER,
    /** Nobody answered in time. */
    SILENT,
    /** It was not asked: it is closed, or has not told where. */
    NOT_ASKED
}
