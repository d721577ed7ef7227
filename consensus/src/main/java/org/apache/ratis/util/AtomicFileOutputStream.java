package org.apache.ratis.util;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.evenkeel.consensus.identity.Seal;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in for the class of that name in Ratis 3.3.0, with the same API; must come before it on the class path.
 *
 * <p>Ratis closes the stream also after a failed write (its writers wrap it in try-with-resources), and its own class then
 * renames the half-written file over the good one: on a full disk the vote file {@code raft-meta} becomes empty, and the
 * node can never start again. Here a failed write makes {@link #close} abort and throw. The directory is forced too: a vote
 * must survive a power cut once it was given. And the files of a storage that Ratis would believe whatever they say get a
 * {@link Seal}: their contents are gathered in memory and written when the stream is closed.
 */
public final class AtomicFileOutputStream extends FilterOutputStream {
    /** Ending of the temporary file. */
    public static final String TMP_EXTENSION = ".tmp";

    private static final Logger LOG = LoggerFactory.getLogger(AtomicFileOutputStream.class);

    private final File outFile;
    private final File tmpFile;
    /** What is to be sealed; null: what is written goes to the disk as it comes. */
    private final @Nullable ByteArrayOutputStream gathered;

    private boolean failed;
    private volatile boolean closed;

    /** Writes to the temporary file that belongs to {@code outFile}. */
    public AtomicFileOutputStream(File outFile) throws IOException {
        this(outFile, getTemporaryFile(outFile));
    }

    /** Writes to {@code tmpFile}, which becomes {@code outFile} on {@link #close}. */
    public AtomicFileOutputStream(File outFile, File tmpFile) throws IOException {
        this(outFile, tmpFile, FileUtils.newOutputStreamForceAtClose(tmpFile, CREATE, TRUNCATE_EXISTING, WRITE));
    }

    AtomicFileOutputStream(File outFile, File tmpFile, OutputStream tmp) {
        super(tmp);
        this.outFile = outFile.getAbsoluteFile();
        this.tmpFile = tmpFile.getAbsoluteFile();
        this.gathered = Seal.isDue(outFile.toPath()) ? new ByteArrayOutputStream() : null;
    }

    /** The temporary file that belongs to {@code outFile}. */
    public static File getTemporaryFile(File outFile) {
        return new File(outFile.getParentFile(), outFile.getName() + TMP_EXTENSION);
    }

    /**
     * True; Ratis' own class has no such method, which shows at start which of the two was loaded.
     *
     * @throws NoSuchMethodError if it is Ratis' own
     */
    public static boolean keepsOldFileAfterFailedWrite() {
        return true;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
        if (gathered == null) {
            put(b, off, len);
        } else {
            gathered.write(b, off, len);
        }
    }

    private void put(byte[] b, int off, int len) throws IOException {
        boolean written = false;
        try {
            out.write(b, off, len);
            written = true;
        } finally {
            failed |= !written;
        }
    }

    @Override
    public void flush() throws IOException {
        boolean flushed = false;
        try {
            out.flush();
            flushed = true;
        } finally {
            failed |= !flushed;
        }
    }

    /** Whether it was closed or aborted. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Forces the temporary file to disk and renames it.
     *
     * @throws IOException if that failed or a write before had; the old file is then as it was
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        if (gathered != null && !failed) {
            putSealed(gathered.toByteArray());
        }
        if (failed) {
            abort();
            throw new IOException("Not replaced after a failed write: " + outFile);
        }
        closed = true;
        try {
            super.close();
            FileUtils.move(tmpFile, outFile, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            try {
                Files.deleteIfExists(tmpFile.toPath());
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        try (FileChannel directory = FileChannel.open(outFile.getParentFile().toPath(), READ)) {
            directory.force(true);
        }
    }

    private void putSealed(byte[] contents) throws IOException {
        try {
            byte[] seal = Seal.of(outFile.toPath(), contents);
            put(seal, 0, seal.length);
            put(contents, 0, contents.length);
            flush();
        } catch (IOException | RuntimeException e) {
            abort();
            throw e;
        }
    }

    /** Closes and deletes the temporary file; the old file stays. */
    public void abort() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            out.close();
        } catch (IOException e) {
            LOG.warn("Could not close {}", tmpFile, e);
        }
        try {
            Files.deleteIfExists(tmpFile.toPath());
        } catch (IOException e) {
            LOG.warn("Could not delete {}", tmpFile, e);
        }
    }
}
