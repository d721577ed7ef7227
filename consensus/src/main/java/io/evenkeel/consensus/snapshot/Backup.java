package io.evenkeel.consensus.snapshot;

import io.evenkeel.consensus.Published;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.SnapshotParts;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A state in one file: {@code magic, u16 format, u16 length of the head, head, state, SHA-256 of all before}. The head is
 * text, {@code key=value} lines; the state is as {@link ReplicatedState#writeSnapshot} has it. All of it passes through as a
 * stream, so that no more memory is needed than the state has.
 */
public final class Backup {
    private static final byte[] MAGIC = "EVKNBKUP".getBytes(StandardCharsets.US_ASCII);
    private static final int FORMAT = 1;
    private static final int BUFFER_BYTES = 1 << 16;

    private Backup() {}

    /**
     * Where a backup comes from.
     *
     * @param cluster name of the cluster
     * @param node that wrote it
     * @param term of the last entry in it
     * @param index of the last entry in it
     * @param written when
     */
    public record Head(String cluster, String node, long term, long index, Instant written) {
        String text() {
            return "cluster=" + cluster + "\nnode=" + node + "\nterm=" + term + "\nindex=" + index + "\nwritten="
                    + written + "\n";
        }
    }

    /**
     * What a whole backup is.
     *
     * @param bytes of the file
     * @param sha256 of all but itself, in hexadecimal digits
     */
    public record Summary(Head head, long zones, long records, long bytes, String sha256) {}

    /** What a node has published, as it was at one moment. Any thread; the stream is not closed. */
    public static void write(Published published, String cluster, String node, Instant now, OutputStream out)
            throws IOException {
        MessageDigest sha256 = Sha256.start();
        OutputStream buffered = new BufferedOutputStream(new DigestOutputStream(out, sha256), BUFFER_BYTES);
        byte[] head = new Head(cluster, node, published.term(), published.index(), now)
                .text()
                .getBytes(StandardCharsets.UTF_8);
        buffered.write(new WireWriter()
                .raw(MAGIC)
                .u16(FORMAT)
                .u16(head.length)
                .raw(head)
                .toBytes());
        published.state().writeSnapshot(buffered);
        buffered.flush();
        out.write(sha256.digest());
        out.flush();
    }

    /**
     * Reads all of it, and keeps nothing.
     *
     * @throws BackupException if it is no backup, of a later version, or damaged
     * @throws IOException if it cannot be read
     */
    public static Summary verify(Path file) throws IOException {
        return read(file, SnapshotParts::check);
    }

    /** The same with the state in it. */
    public static Published load(Path file) throws IOException {
        ReplicatedState[] state = new ReplicatedState[1];
        Head head = read(file, in -> {
                    ReplicatedState read = ReplicatedState.readSnapshot(in);
                    state[0] = read;
                    return new SnapshotParts.Counts(read.catalog().size(), 0);
                })
                .head;
        return new Published(head.term, head.index, state[0], System.nanoTime());
    }

    /**
     * What a backup holds of one zone.
     *
     * @param zone null: nothing
     */
    public record OfZone(Head head, @Nullable Zone zone) {}

    /** Reads all of it, and keeps one zone; the same failures. */
    public static OfZone zone(Path file, String apex) throws IOException {
        @Nullable Zone[] found = new @Nullable Zone[1];
        Head head = read(file, in -> {
                    found[0] = SnapshotParts.zone(in, apex);
                    return new SnapshotParts.Counts(0, 0);
                })
                .head;
        return new OfZone(head, found[0]);
    }

    private interface Contents {
        SnapshotParts.Counts read(InputStream in) throws IOException;
    }

    private static Summary read(Path file, Contents contents) throws IOException {
        MessageDigest sha256 = Sha256.start();
        try (InputStream plain = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            InputStream in = new DigestInputStream(plain, sha256);
            if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
                throw new BackupException(file + ": this is no backup of Evenkeel");
            }
            int format = u16(in);
            if (format != FORMAT) {
                throw new BackupException(file + ": a backup of format " + format + ", this version reads format "
                        + FORMAT + "; use the version that wrote it");
            }
            Head head = head(new String(in.readNBytes(u16(in)), StandardCharsets.UTF_8), file);
            SnapshotParts.Counts counts = contents.read(in);
            byte[] expected = sha256.digest();
            if (!Arrays.equals(plain.readNBytes(Sha256.BYTES), expected) || plain.read() >= 0) {
                throw damaged(file, "its SHA-256 does not match");
            }
            return new Summary(
                    head,
                    counts.zones(),
                    counts.records(),
                    Files.size(file),
                    HexFormat.of().formatHex(expected));
        } catch (UnsupportedCommandException e) {
            throw new BackupException(file + ": the state in it is of another version (" + e.getMessage()
                    + "); use the version that wrote it");
        } catch (CodecException | EOFException | RuntimeException e) {
            throw damaged(file, String.valueOf(e.getMessage()));
        }
    }

    private static int u16(InputStream in) throws IOException {
        return new WireReader(in.readNBytes(2)).u16();
    }

    private static Head head(String text, Path file) throws IOException {
        Properties values = new Properties();
        try {
            values.load(new StringReader(text));
            return new Head(
                    values.getProperty("cluster", ""),
                    values.getProperty("node", ""),
                    Long.parseLong(values.getProperty("term", "")),
                    Long.parseLong(values.getProperty("index", "")),
                    Instant.parse(values.getProperty("written", "")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw damaged(file, "its head cannot be read");
        }
    }

    private static BackupException damaged(Path file, String why) {
        return new BackupException(file + ": the backup is damaged or cut short (" + why + ")");
    }
}
