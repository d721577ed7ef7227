package io.evenkeel.consensus.snapshot;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.snapshot.SnapshotManifest.Entry;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.SnapshotParts;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One snapshot on disk: a directory with {@code MANIFEST}, {@code meta} and the parts of the zones. A part that the snapshot
 * before it has as well is a second link to the same file. That file is read first and written anew if it has been damaged,
 * so that damage to one file does not spread through all snapshots to come.
 */
public final class SnapshotDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotDirectory.class);
    private static final String META = "meta";
    private static final int BUFFER_BYTES = 1 << 16;

    private SnapshotDirectory() {}

    /** What is written through, as it goes to disk: it may hold the writing thread up, or end its work. */
    public interface Pace {
        /** Called after every octets that were written or read. */
        void done(FileChannel channel, long bytes) throws IOException;
    }

    /** A point in writing at which a test may stop the world; null in earnest. */
    public interface Steps {
        void at(String step);
    }

    /** Where an earlier snapshot lies, and what is in it. */
    public record Earlier(Path directory, SnapshotManifest manifest) {}

    /**
     * Writes all of a snapshot into a directory that does not exist yet, and forces it to disk.
     *
     * @param earlier to share unchanged files with; null: none
     */
    public static SnapshotManifest write(
            Path directory, UUID clusterId, Published at, @Nullable Earlier earlier, Pace pace, Steps steps)
            throws IOException {
        Files.createDirectories(directory);
        steps.at("directory made");
        List<Entry> files = new ArrayList<>();
        files.add(write(directory.resolve(META), out -> SnapshotParts.writeMeta(at.state(), out), pace));
        steps.at("meta written");
        List<SnapshotParts.Part> parts = SnapshotParts.beside(at.state());
        long records = 0;
        for (SnapshotParts.Part part : parts) {
            Path file = directory.resolve(part.name());
            Entry shared = earlier == null ? null : link(earlier, part.name(), file, pace);
            files.add(shared == null ? write(file, out -> SnapshotParts.write(part, out), pace) : shared);
            records += part.records();
            steps.at("part written");
        }
        SnapshotManifest manifest = new SnapshotManifest(
                clusterId,
                at.term(),
                at.index(),
                at.state().catalog().size(),
                records,
                at.state().octets(),
                at.history(),
                files);
        try (FileChannel channel = create(directory.resolve(SnapshotManifest.FILE));
                OutputStream out = Channels.newOutputStream(channel)) {
            out.write(manifest.encode());
            steps.at("manifest written");
            channel.force(true);
        }
        DurableFile.force(directory);
        steps.at("all forced");
        return manifest;
    }

    private interface Contents {
        void writeTo(OutputStream out) throws IOException;
    }

    private static Entry write(Path file, Contents contents, Pace pace) throws IOException {
        MessageDigest sha256 = Sha256.start();
        try (FileChannel channel = create(file);
                OutputStream out = new BufferedOutputStream(
                        new DigestOutputStream(new PacedOutput(channel, pace), sha256), BUFFER_BYTES)) {
            contents.writeTo(out);
            out.flush();
            channel.force(true);
            return new Entry(name(file), channel.size(), Sha256.hex(sha256));
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** The entry of a file of the earlier snapshot that is now in this one too; null if there is none, or it is damaged. */
    private static @Nullable Entry link(Earlier earlier, String name, Path file, Pace pace) throws IOException {
        for (Entry entry : earlier.manifest.files()) {
            if (entry.name().equals(name)) {
                Path present = earlier.directory.resolve(name);
                if (!isIntact(present, entry, pace)) {
                    LOG.error("{} is damaged on disk; it is written anew from memory", present);
                    return null;
                }
                Files.createLink(file, present);
                return entry;
            }
        }
        return null;
    }

    private static boolean isIntact(Path file, Entry entry, Pace pace) throws IOException {
        if (!Files.exists(file) || Files.size(file) != entry.bytes()) {
            return false;
        }
        MessageDigest sha256 = Sha256.start();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                InputStream in = Channels.newInputStream(channel)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
                pace.done(channel, read);
            }
        }
        return Sha256.hex(sha256).equals(entry.sha256());
    }

    /**
     * Compares every file with the manifest and forces all of it to disk.
     *
     * @throws IOException if it is damaged, not whole, or another cluster's
     */
    public static SnapshotManifest verify(Path directory, UUID clusterId) throws IOException {
        SnapshotManifest manifest = manifest(directory, clusterId);
        for (Entry entry : manifest.files()) {
            Path file = directory.resolve(entry.name());
            if (!isIntact(file, entry, (channel, bytes) -> {})) {
                throw new IOException(file + " is damaged or missing");
            }
            DurableFile.force(file);
        }
        DurableFile.force(directory.resolve(SnapshotManifest.FILE));
        DurableFile.force(directory);
        return manifest;
    }

    private static SnapshotManifest manifest(Path directory, UUID clusterId) throws IOException {
        SnapshotManifest manifest = SnapshotManifest.read(directory);
        if (!manifest.clusterId().equals(clusterId)) {
            throw new IOException(directory + " belongs to cluster " + manifest.clusterId() + ", not to " + clusterId);
        }
        return manifest;
    }

    /** Reads all of it into a process that holds no zones yet; see {@link #load(Path, UUID, List)}. */
    public static Restored load(Path directory, UUID clusterId) throws IOException {
        return load(directory, clusterId, List.of());
    }

    /**
     * Reads all of it. Blocks. What it has in common with states that the process holds is shared with them, not made twice.
     *
     * @param held states from which the process answers meanwhile, or has answered; the likeliest first
     * @throws SnapshotTooLargeException if the heap of this process cannot hold it, beside these; nothing more is read then
     * @throws IOException if it is damaged, not whole, or another cluster's
     */
    public static Restored load(Path directory, UUID clusterId, List<ReplicatedState> held) throws IOException {
        return load(directory, clusterId, held, Runtime.getRuntime().maxMemory());
    }

    /** @param maxHeap octets that the heap may have */
    static Restored load(Path directory, UUID clusterId, List<ReplicatedState> held, long maxHeap) throws IOException {
        SnapshotManifest manifest = manifest(directory, clusterId);
        SnapshotTooLargeException.check(directory, manifest, maxHeap);
        SnapshotParts.Beside beside =
                held.stream().allMatch(state -> state.catalog().isEmpty())
                        ? SnapshotParts.Beside.NOTHING
                        : new HeldStates(directory, manifest, held, maxHeap);
        SnapshotParts.Assembly assembly = null;
        for (Entry entry : manifest.files()) {
            SnapshotParts.Assembly before = assembly;
            if (before == null) {
                assembly = read(directory, entry, in -> new SnapshotParts.Assembly(in, beside));
            } else if (!read(directory, entry, in -> before.add(in, true))
                    && !read(directory, entry, in -> before.add(in, false))) {
                throw new IOException(directory.resolve(entry.name()) + " could not be read");
            }
        }
        if (assembly == null) {
            throw new IOException(directory + " holds no files");
        }
        return new Restored(new Earlier(directory, manifest), assembly.state());
    }

    private interface Reading<T> {
        T from(InputStream in) throws IOException;
    }

    private static <T> T read(Path directory, Entry entry, Reading<T> reading) throws IOException {
        Path file = directory.resolve(entry.name());
        MessageDigest sha256 = Sha256.start();
        T read;
        try (InputStream in =
                new DigestInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES), sha256)) {
            read = reading.from(in);
            in.transferTo(OutputStream.nullOutputStream());
        } catch (RuntimeException e) {
            throw new IOException(file + " is damaged", e);
        }
        if (!Sha256.hex(sha256).equals(entry.sha256())) {
            throw new IOException(file + " is damaged: its SHA-256 is not that of the manifest");
        }
        return read;
    }

    /** What the process holds while it reads a snapshot, and the heap that this leaves. One thread. */
    private static final class HeldStates implements SnapshotParts.Beside {
        private final Path directory;
        private final SnapshotManifest manifest;
        private final List<ReplicatedState> states;
        private final long maxHeap;
        private final long heldOctets;
        private long read;

        HeldStates(Path directory, SnapshotManifest manifest, List<ReplicatedState> states, long maxHeap) {
            this.directory = directory;
            this.manifest = manifest;
            this.states = states;
            this.maxHeap = maxHeap;
            // One comes from the other, but for some pages.
            this.heldOctets =
                    states.stream().mapToLong(ReplicatedState::octets).max().orElse(0);
        }

        @Override
        public List<ReplicatedState> held() {
            return states;
        }

        @Override
        public void takes(long meanwhile, long more) throws SnapshotTooLargeException {
            read += more;
            SnapshotTooLargeException.checkBeside(directory, manifest, heldOctets, read + meanwhile, maxHeap);
        }
    }

    /** A snapshot that was read, and where from. */
    public record Restored(Earlier from, ReplicatedState state) {}

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** Tells the pace of what has been written. */
    private static final class PacedOutput extends OutputStream {
        private final FileChannel channel;
        private final OutputStream out;
        private final Pace pace;

        PacedOutput(FileChannel channel, Pace pace) {
            this.channel = channel;
            this.out = Channels.newOutputStream(channel);
            this.pace = pace;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            pace.done(channel, length);
        }
    }
}
