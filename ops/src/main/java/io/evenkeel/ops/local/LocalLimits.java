package io.evenkeel.ops.local;

import java.time.Duration;

/** Bounds of a cluster on this machine, each with its reason. */
final class LocalLimits {
    /** Several times what three nodes need to found a cluster on two busy cores. */
    static final Duration OPEN = Duration.ofMinutes(2);
    /** A node answers on while draining and then writes nothing big; after this it is taken for hung and killed. */
    static final Duration STOP = Duration.ofSeconds(20);
    /** The kernel takes a killed process away at once; after this it sits in an uninterruptible call. */
    static final Duration KILL = Duration.ofSeconds(5);
    /** From the end of a node to its next start, the first time: its ports are free at once, and whoever asks it waits. */
    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    /** The same at most, since whoever has mended the cause waits as long; a start costs a second or two of a processor. */
    static final Duration LAST_PAUSE = Duration.ofMinutes(1);
    /** A node that has run for so long did not end for want of something that it needs at its start. */
    static final Duration SETTLED = Duration.ofMinutes(1);
    /** Between two looks at the processes, which ask the kernel for each. */
    static final Duration LOOK = Duration.ofMillis(200);
    /** Between two questions to a node that was started again whether it is open. */
    static final Duration ASK_OPEN = Duration.ofSeconds(1);
    /** Below this a Raft log and two snapshots of small zones may not fit. */
    static final long FREE_DISK_BYTES = 256L << 20;

    private LocalLimits() {}
}
