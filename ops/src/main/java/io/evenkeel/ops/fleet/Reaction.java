package io.evenkeel.ops.fleet;

import java.util.Locale;

/** How a device takes a response that is no answer. */
public enum Reaction {
    /** It asks again as after a time-out, without waiting for it. */
    RETRY,
    /** It goes on waiting for its time-out. */
    WAIT,
    /** The lookup has failed; the device pauses and begins anew. */
    FAIL,
    /** It is content. */
    ACCEPT,
    /** It asks the same node over TCP. */
    TCP,
    /** It asks the same node again at once, within the try. */
    RESEND;

    /** As a scenario names it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
