package io.evenkeel.consensus.snapshot;

import io.evenkeel.consensus.SnapshotSource;
import io.evenkeel.consensus.identity.DurableFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.UUID;

/**
 * Brings a snapshot of another member into a directory, a part at a time, one after the other. It takes at most half of the
 * time that it could: after each part it rests for as long as that took, so that what the other has to do goes first.
 */
public final class SnapshotFetch {
    private final Path directory;
    private final UUID clusterId;
    private final long freeBytes;

    /**
     * @param directory for the snapshot; whatever is there goes
     * @param clusterId whose snapshot it must be
     * @param freeBytes of the disk that must be left
     */
    public SnapshotFetch(Path directory, UUID clusterId, long freeBytes) {
        this.directory = directory;
        this.clusterId = clusterId;
        this.freeBytes = freeBytes;
    }

    /**
     * Fetches all of one, compares it with its manifest, and forces it to disk. Blocks for as long as that takes.
     *
     * @param reaching the index that must be in it
     * @throws IOException if the other cannot give it, it does not fit, or what came is not what its manifest says
     */
    public SnapshotManifest run(SnapshotSource from, long reaching) throws IOException, InterruptedException {
        DurableFile.deleteTree(directory);
        Files.createDirectories(directory);
        long index = from.newest(reaching);
        fetch(from, index, SnapshotManifest.FILE, SnapshotManifest.MAX_BYTES);
        SnapshotManifest manifest = SnapshotManifest.read(directory);
        if (!manifest.clusterId().equals(clusterId)) {
            throw new IOException("a snapshot of cluster " + manifest.clusterId() + ", not of " + clusterId);
        }
        if (manifest.index() != index || index < reaching) {
            throw new IOException(
                    "a snapshot up to entry " + manifest.index() + ", and " + reaching + " must be in it");
        }
        long room = Files.getFileStore(directory).getUsableSpace() - freeBytes;
        if (manifest.bytes() > room) {
            throw new IOException("the snapshot has " + manifest.bytes() + " octets, and " + Math.max(0, room)
                    + " are left for it on the disk of " + directory + "; make room");
        }
        for (SnapshotManifest.Entry file : manifest.files()) {
            if (fetch(from, index, file.name(), file.bytes()) < file.bytes()) {
                throw new IOException(file.name() + " is shorter than the " + file.bytes() + " octets of the manifest");
            }
        }
        return SnapshotDirectory.verify(directory, clusterId);
    }

    /** Up to its end, but not further than it may go; how long it is. */
    private long fetch(SnapshotSource from, long index, String file, long atMost)
            throws IOException, InterruptedException {
        try (OutputStream out = Files.newOutputStream(directory.resolve(file), StandardOpenOption.CREATE_NEW)) {
            long length = 0;
            while (length < atMost) {
                long begin = System.nanoTime();
                byte[] part = from.part(index, file, length);
                if (part.length == 0) {
                    break;
                }
                length += part.length;
                if (length > atMost) {
                    throw new IOException(file + " is longer than " + atMost + " octets");
                }
                out.write(part);
                Thread.sleep(Duration.ofNanos(System.nanoTime() - begin));
            }
            return length;
        }
    }
}
