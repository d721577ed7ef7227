package io.evenkeel.server.change;

import io.evenkeel.consensus.process.TestTimes;
import java.time.Duration;

/** Every bound on the way of a change, with its reason. */
public final class ChangeLimits {
    /** Changes that wait on the leader over all zones; more are told that they were never proposed. */
    static final int QUEUED_CHANGES = 10_000;

    /** Bytes of them: as objects they take some six times as much, which a small heap has not beside its zones. */
    static final long QUEUED_BYTES = Math.clamp(Runtime.getRuntime().maxMemory() / 64, 4L << 20, 64L << 20);

    /** Bytes of changes evaluated into one command: half a command, since a diff holds old and new records. */
    static final int BATCH_BYTES = 512 << 10;

    /** How often a change is evaluated again because another entry got in first. */
    public static final int EVALUATIONS = 8;

    /** How long the leader waits for the outcome of one entry. */
    static final Duration PROPOSAL = Duration.ofSeconds(10);

    /** How often a leader that judges contents says so to whoever waits: within the shortest deadline there is, three times. */
    static final Duration UNDERWAY = Duration.ofSeconds(3);

    /**
     * How long a change is waited for while contents of its zone are judged: the largest zone takes seconds, on a slow machine behind
     * seven others a few minutes, and an answer must leave within the 300 s of the admin API.
     */
    static final Duration JUDGED = Duration.ofMinutes(4);

    /** How long a leader tries to show that it leads before it turns a change down. */
    static final Duration CONFIRMATION = Duration.ofSeconds(3);

    /** Replicated time: one tick. */
    static final Duration TICK = Duration.ofSeconds(10);

    /** Without any leader for so long, a change that was never proposed is given back. */
    static final Duration NO_LEADER = Duration.ofSeconds(3);

    /** How long a committed change is waited for on the node that received it; then it is answered anyway. */
    static final Duration LOCAL_APPLY = Duration.ofSeconds(5);

    /** Changes being worked on per node, over all clients. */
    static final int SUBMISSIONS = 4_096;

    private static final String TICK_PROPERTY = "evenkeel.test.tick-millis";

    /** {@link #TICK}, or what a test has set; that is read only where assertions are on. */
    public static Duration tick() {
        return TestTimes.of(TICK_PROPERTY, TICK);
    }

    private ChangeLimits() {}
}
