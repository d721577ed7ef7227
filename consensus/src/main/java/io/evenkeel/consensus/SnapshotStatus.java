package io.evenkeel.consensus;

import org.jspecify.annotations.Nullable;

/**
 * What is known of this node's snapshots.
 *
 * @param index the last entry in the latest one; -1 if there is none
 * @param bytes of the latest one, files that it shares with the one before it included
 * @param zones in it
 * @param records in it
 * @param tookNanos how long it took to write; 0 if this process has written none
 * @param failures how often one could not be taken, in this process
 * @param fault why the last attempt failed; null if it did not
 */
public record SnapshotStatus(
        long index,
        long bytes,
        long zones,
        long records,
        long tookNanos,
        long failures,
        @Nullable String fault) {}
