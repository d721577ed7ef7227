package io.evenkeel.consensus.snapshot;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A snapshot that this process' heap cannot hold. It is sound, and is not read: with a larger heap it can be. */
public final class SnapshotTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Octets of heap that a node needs beside its zones to come up at all. */
    private static final long BESIDE = 32L << 20;

    private SnapshotTooLargeException(String message) {
        super(message);
    }

    /**
     * Sees to it that the heap can hold what a manifest tells of.
     *
     * @param maxHeap octets that the heap may have
     * @throws SnapshotTooLargeException if it cannot
     */
    static void check(Path directory, SnapshotManifest manifest, long maxHeap) throws SnapshotTooLargeException {
        long needed = manifest.octets() + BESIDE;
        if (needed > maxHeap) {
            throw new SnapshotTooLargeException("too little memory: the zones of " + directory + " take "
                    + (manifest.octets() >> 20) + " MiB of heap, and this process may have " + (maxHeap >> 20)
                    + " MiB in all; start it with -Xmx" + (((needed + needed / 4) >> 20) + 1) + "m or more");
        }
    }

    /** The exception of this kind among the causes of another; null if there is none. */
    public static @Nullable SnapshotTooLargeException among(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SnapshotTooLargeException found) {
                return found;
            }
        }
        return null;
    }
}
