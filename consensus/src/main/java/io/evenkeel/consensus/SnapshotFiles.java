package io.evenkeel.consensus;

import io.evenkeel.zones.change.ReplicatedState;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.server.storage.RaftStorageDirectory;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots as Ratis' {@link SimpleStateMachineStorage} names and sends them, one file and its MD5 each; written so that a
 * snapshot is there whole, or not at all. The unfinished file lies in Ratis' {@code tmp} directory, since an installed
 * snapshot replaces the whole {@code sm} directory.
 */
final class SnapshotFiles extends SimpleStateMachineStorage {
    private static final String UNFINISHED = "unfinished-snapshot";
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Pattern LOG_FILE = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-\\d+)?");

    private @Nullable RaftStorageDirectory directory;

    @Override
    public void init(RaftStorage storage) throws IOException {
        directory = storage.getStorageDir();
        Files.deleteIfExists(unfinished());
        super.init(storage);
    }

    /** Writes, forces and publishes a snapshot. */
    void write(TermIndex at, ReplicatedState state) throws IOException {
        Path unfinished = unfinished();
        try {
            MD5Hash md5 = MD5Hash.newInstance(writeTo(unfinished, state));
            Path file = getSnapshotFile(at.getTerm(), at.getIndex()).toPath();
            // The digest first: a snapshot without one is taken for good if there is no other.
            MD5FileUtil.saveMD5File(file.toFile(), md5);
            DurableFile.rename(unfinished, file);
            updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(file, md5), at.getTerm(), at.getIndex()));
        } catch (IOException e) {
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static byte[] writeTo(Path unfinished, ReplicatedState state) throws IOException {
        Path parent = unfinished.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        MessageDigest md5 = MD5FileUtil.newMD5();
        try (FileChannel channel = FileChannel.open(
                        unfinished,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                OutputStream out = new BufferedOutputStream(
                        new DigestOutputStream(Channels.newOutputStream(channel), md5), BUFFER_BYTES)) {
            state.writeSnapshot(out);
            out.flush();
            channel.force(true);
        }
        return md5.digest();
    }

    /**
     * Reads the newest snapshot and checks it.
     *
     * @return null if there is none
     * @throws IOException if it is damaged, or if entries are missing between it and the log
     */
    @Nullable
    Restored read() throws IOException {
        SingleFileSnapshotInfo newest = loadLatestSnapshot();
        if (newest == null) {
            requireLogFrom(0);
            return null;
        }
        Path file = newest.getFile().getPath();
        // An installed snapshot was not forced by Ratis, and the log that it replaces is about to go.
        DurableFile.force(file);
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            DurableFile.force(parent);
        }
        MessageDigest md5 = MD5FileUtil.newMD5();
        ReplicatedState state;
        try (InputStream in =
                new DigestInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES), md5)) {
            state = ReplicatedState.readSnapshot(in);
            in.transferTo(OutputStream.nullOutputStream());
        } catch (RuntimeException e) {
            throw new IOException(damaged(file), e);
        }
        MD5Hash expected = newest.getFile().getFileDigest();
        if (expected == null || !expected.equals(MD5Hash.newInstance(md5.digest()))) {
            throw new IOException(damaged(file));
        }
        requireLogFrom(newest.getIndex() + 1);
        return new Restored(newest.getTermIndex(), state);
    }

    private static String damaged(Path file) {
        return file
                + ": the snapshot is damaged; if the other members are up, delete this node's data directory and start:"
                + " it joins anew and copies the zones";
    }

    /** A snapshot that was lost while another was being installed would leave a gap that Ratis does not see. */
    private void requireLogFrom(long index) throws IOException {
        if (directory == null) {
            return;
        }
        long first = Long.MAX_VALUE;
        Path current = directory.getCurrentDir().toPath();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(current)) {
            for (Path file : files) {
                Matcher name = LOG_FILE.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    first = Math.min(first, Long.parseLong(name.group(1)));
                }
            }
        }
        if (first != Long.MAX_VALUE && first > index) {
            throw new IOException(
                    current + ": the log begins at entry " + first + ", but entries from " + index
                            + " are needed: a snapshot is missing; restore a backup, or delete this node's data directory and start");
        }
    }

    private Path unfinished() {
        if (directory == null) {
            throw new IllegalStateException("not initialized");
        }
        return directory.getTmpDir().toPath().resolve(UNFINISHED);
    }

    /** What a snapshot holds. */
    record Restored(TermIndex at, ReplicatedState state) {}
}
