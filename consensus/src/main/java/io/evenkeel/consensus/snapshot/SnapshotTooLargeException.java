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
                    + " MiB in all; start it with -Xmx" + withASpareQuarter(needed) + "m or more");
        }
    }

    /**
     * Sees to it that the heap can hold what has been read of a snapshot beside the zones from which the process answers meanwhile.
     *
     * @param held octets of these
     * @param read octets that reading takes so far, without what is shared with these
     * @param maxHeap octets that the heap may have
     * @throws SnapshotTooLargeException if it cannot
     */
    static void checkBeside(Path directory, SnapshotManifest manifest, long held, long read, long maxHeap)
            throws SnapshotTooLargeException {
        long needed = held + read + BESIDE;
        if (needed > maxHeap) {
            throw new SnapshotTooLargeException("too little memory to read the zones of " + directory
                    + " beside those that this node answers from: these take " + (held >> 20)
                    + " MiB, what differs from them " + (read >> 20) + " MiB or more, and this process may have "
                    + (maxHeap >> 20) + " MiB in all; start this node anew, which reads them once, or with -Xmx"
                    + withASpareQuarter(held + manifest.octets() + BESIDE) + "m or more");
        }
    }

    /**
     * Sees to it that the heap can hold what the log makes anew beside the zones from which the process answers meanwhile.
     *
     * @param held octets of these
     * @param made octets that are made beside them, with what that needs at its peak
     * @param maxHeap octets that the heap may have
     * @throws SnapshotTooLargeException if it cannot
     */
    public static void checkReplay(long held, long made, long maxHeap) throws SnapshotTooLargeException {
        if (held + made + BESIDE > maxHeap) {
            throw new SnapshotTooLargeException("too little memory to read the log anew beside the zones that this node"
                    + " answers from: these take " + (held >> 20) + " MiB, what the log makes " + (made >> 20)
                    + " MiB, and this process may have " + (maxHeap >> 20)
                    + " MiB in all; start this node anew, which reads them once, or with a larger -Xmx");
        }
    }

    private static long withASpareQuarter(long needed) {
        return ((needed + needed / 4) >> 20) + 1;
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
