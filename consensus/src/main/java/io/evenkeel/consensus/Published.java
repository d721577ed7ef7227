package io.evenkeel.consensus;

import io.evenkeel.zones.state.ReplicatedState;

/**
 * The state at one point of the log: one reference, so that index and contents cannot disagree.
 *
 * @param term of the entry at {@code index}; 0 before the first
 * @param index of the last applied entry; 0 before the first
 * @param state after that entry
 * @param appliedNanos {@code System.nanoTime()} when it was published
 */
public record Published(long term, long index, ReplicatedState state, long appliedNanos) {}
