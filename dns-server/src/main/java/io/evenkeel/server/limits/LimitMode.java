package io.evenkeel.server.limits;

import java.util.Locale;

/** Whether a limit acts on what it finds. */
public enum LimitMode {
    /** Nothing is counted and nothing dropped. */
    OFF,
    /** Questions that the limit would drop are counted, and answered. */
    DRY_RUN,
    /** They are dropped. */
    ENFORCE;

    /** As people and metrics name it: {@code dry-run}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
