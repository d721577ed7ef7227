package io.evenkeel.consensus.process;

import java.time.Duration;

/** Times that a test shortens in the process of a node. They are read only where assertions are on, which is in tests. */
public final class TestTimes {
    private TestTimes() {}

    /** The time that the system property gives in milliseconds; the usual one without it, and in service always. */
    public static Duration of(String property, Duration usual) {
        Duration[] time = {usual};
        assert asked(property, time);
        return time[0];
    }

    private static boolean asked(String property, Duration[] time) {
        time[0] = Duration.ofMillis(Long.getLong(property, time[0].toMillis()));
        return true;
    }
}
