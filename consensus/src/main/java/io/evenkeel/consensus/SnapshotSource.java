package io.evenkeel.consensus;

import java.io.IOException;

/** Hands out a snapshot of a member's state in parts. Any thread; both methods block. */
public interface SnapshotSource {
    /**
     * The index of its newest snapshot. It writes one if there is none that reaches so far.
     *
     * @param reaching the index that must be in it
     * @throws IOException if this member has none, and cannot write one that reaches so far
     */
    long newest(long reaching) throws IOException, InterruptedException;

    /**
     * Some octets of one of its files.
     *
     * @param index of the snapshot
     * @param file its name, as the manifest has it, or that of the manifest
     * @param offset where to begin
     * @return at least one octet, or none at the end of the file
     * @throws IOException if the snapshot is no longer there, or cannot be read
     */
    byte[] part(long index, String file, long offset) throws IOException, InterruptedException;
}
