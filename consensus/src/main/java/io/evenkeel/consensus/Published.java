package io.evenkeel.consensus;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.state.ReplicatedState;

/**
 * The state at one point of the log: one reference, so that index and contents cannot disagree.
 *
 * @param term of the entry at {@code index}; 0 before the first
 * @param index of the last applied entry; 0 before the first
 * @param state after that entry
 * @param appliedNanos {@code System.nanoTime()} when it was published
 * @param history of all commands up to there, chained by SHA-256 with their terms and indices: members whose logs are the same
 *     have the same at one index, whatever they made of them
 */
public record Published(long term, long index, ReplicatedState state, long appliedNanos, Hash256 history) {
    /** Without a past: the first of a cluster. */
    public Published(long term, long index, ReplicatedState state, long appliedNanos) {
        this(term, index, state, appliedNanos, Hash256.ZERO);
    }
}
