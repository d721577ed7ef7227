package io.evenkeel.server.log;

import io.evenkeel.consensus.process.Preallocation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * FILE is written, FILE.1 is the one before it, and so on; each is renamed as the next begins. So `tail -F` and log shippers follow by name,
 * and one that is slow still has the file open that was renamed. No file is ever written again, cut or compressed. Where there is no room for
 * the next one the oldest go: the newest lines are worth more.
 */

/** A ring of files of one size, together never larger than that times their number. One thread. */
final class LogRing implements LogSink.Target {
    /** So long nothing is tried after a failure: a disk that is full is not asked again for each line. */
    static final long RETRY_NANOS = 1_000_000_000L;

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path file;
    private final long size;
    private final int files;
    private final Blocks blocks;
    private @Nullable FileChannel channel;
    /** Octets in the file, of whole lines. */
    private long written;

    private long lookedNanos;
    private boolean failed;
    private long failedNanos;

    /** As {@link Preallocation#of}. */
    interface Blocks {
        Preallocation.Outcome set(Path file, long octets);
    }

    /**
     * Opens nothing yet.
     *
     * @param size of one file, in octets
     * @param files all together
     */
    LogRing(Path file, long size, int files) {
        this(file, size, files, Preallocation::of);
    }

    LogRing(Path file, long size, int files, Blocks blocks) {
        this.file = file;
        this.size = size;
        this.files = files;
        this.blocks = blocks;
    }

    /**
     * Appends a line.
     *
     * @param line with its line feed; not longer than a file may be
     * @throws IOException if it is not in the file, and no part of it is; after one nothing is tried for a second
     */
    @Override
    public void append(byte[] line, long now) throws IOException {
        if (failed && now - failedNanos < RETRY_NANOS) {
            throw new IOException("the last line could not be written either");
        }
        try {
            look(now);
            FileChannel to = channel == null ? open() : channel;
            if (written > 0 && written + line.length > size) {
                to = roll(to);
            }
            ByteBuffer octets = ByteBuffer.wrap(line);
            while (octets.hasRemaining()) {
                to.write(octets, written + octets.position());
            }
            written += line.length;
            failed = false;
        } catch (IOException e) {
            failed = true;
            failedNanos = now;
            cut();
            throw e;
        }
    }

    /** Begins a new file where somebody has taken the present one away. */
    private void look(long now) throws IOException {
        if (channel != null && now - lookedNanos >= RETRY_NANOS) {
            lookedNanos = now;
            if (Files.notExists(file)) {
                close();
            }
        }
    }

    /** What a line has left that did not get into the file whole. */
    private void cut() {
        FileChannel partial = channel;
        if (partial != null) {
            try {
                partial.truncate(written);
            } catch (IOException e) {
                // The next line is written over it.
                failed = true;
            }
        }
    }

    private FileChannel open() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            // It may lie in the data folder, which this may come before: each that is made is for this user alone.
            Files.createDirectories(folder, PRIVATE);
        }
        // Of an earlier configuration: fewer files may be kept now.
        for (int i = files; Files.deleteIfExists(numbered(i)); i++) {}
        if (Files.notExists(file)) {
            allocate();
        }
        FileChannel opened =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        channel = opened;
        written = opened.size();
        ByteBuffer last = ByteBuffer.allocate(1);
        if (written > 0 && opened.read(last, written - 1) == 1 && last.get(0) != '\n') {
            // The machine has stopped in the middle of a line.
            written += opened.write(ByteBuffer.wrap(new byte[] {'\n'}), written);
        }
        return opened;
    }

    /** Where the file system sets no blocks aside, or has none even without the older files, the disk gives them one by one. */
    private void allocate() throws IOException {
        Preallocation.Outcome outcome = blocks.set(file, size);
        for (int oldest = files - 1; outcome == Preallocation.Outcome.NO_ROOM && oldest > 0; oldest--) {
            if (Files.deleteIfExists(numbered(oldest))) {
                Files.deleteIfExists(file); // with the blocks that it may have got
                outcome = blocks.set(file, size);
            }
        }
    }

    private FileChannel roll(FileChannel full) throws IOException {
        full.close();
        channel = null;
        Files.deleteIfExists(numbered(files - 1));
        for (int i = files - 2; i >= 0; i--) {
            if (Files.exists(numbered(i))) {
                Files.move(numbered(i), numbered(i + 1), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return open();
    }

    private Path numbered(int number) {
        return number == 0 ? file : file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
