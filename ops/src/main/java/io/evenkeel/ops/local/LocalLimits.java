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
    /** Below this a Raft log and two snapshots of small zones may not fit. */
    static final long FREE_DISK_BYTES = 256L << 20;

    private LocalLimits() {}
}
