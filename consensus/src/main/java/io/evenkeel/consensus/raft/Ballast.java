package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Preallocation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Ratis does not survive the last octet of a disk: its log stays wedged. A file that means nothing keeps some room for it. Once others have
 * taken all the rest the file goes, and votes and deletes have that room. Where they have used it up, too, the log is closed before
 * it meets the end, and opened again when there is room for it and a new file.
 */

/** Room on the disk of a node that nobody but its log gets. One thread. */
final class Ballast {
    private static final Logger LOG = LoggerFactory.getLogger(Ballast.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** File of the data folder. */
    static final String FILE = "ballast";

    /** Of a volume: a small one keeps less. */
    private static final int SHARE_OF_VOLUME = 16;

    private static final int BLOCK = 1 << 16;

    private final Path file;
    private final long most;
    private boolean held;
    private boolean usedUp;

    /** @param most its size in octets, where the volume is large; as much must be free before a log is opened */
    Ballast(Path folder, long most) {
        this.file = folder.resolve(FILE);
        this.most = most;
        this.held = Files.exists(file);
    }

    /** Makes it where there is room, gives it up where there is none. Every second. A disk that does not tell is left alone. */
    void look() {
        try {
            FileStore disk = Files.getFileStore(file.toAbsolutePath().getParent());
            long octets = Math.min(most, disk.getTotalSpace() / SHARE_OF_VOLUME);
            look(disk.getUsableSpace(), octets);
        } catch (IOException e) {
            LOG.debug("the ballast is left as it is", e);
        }
    }

    /**
     * @param free octets that this process may take
     * @param octets of the ballast on a volume of this size
     */
    void look(long free, long octets) throws IOException {
        usedUp = !held && free < octets / 8;
        if (held && free < octets / 4) {
            Files.deleteIfExists(file);
            held = false;
            JOURNAL.error(
                    Kind.STORAGE,
                    "The disk of " + file.getParent() + " has " + free + " octets left: the ballast of " + octets
                            + " octets is given up for votes and deletes; make room",
                    "ballast",
                    false);
        } else if (!held && free >= most + 2 * octets) {
            make(octets);
            held = true;
            LOG.info("{} octets are kept free for votes and deletes in {}", octets, file);
        }
    }

    private void make(long octets) throws IOException {
        boolean done = false;
        try {
            if (Preallocation.of(file, octets) == Preallocation.Outcome.DONE) {
                showLength(octets);
            } else {
                write(octets);
            }
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** It has its blocks, and is still empty for who looks at the use of the disk. */
    private void showLength(long octets) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), octets - 1);
        }
    }

    /** By octets that no file system compresses. */
    private void write(long octets) throws IOException {
        SplittableRandom random = new SplittableRandom(octets);
        byte[] block = new byte[BLOCK];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long written = 0; written < octets; ) {
                random.nextBytes(block);
                ByteBuffer rest = ByteBuffer.wrap(block, 0, (int) Math.min(block.length, octets - written));
                while (rest.hasRemaining()) {
                    written += channel.write(rest);
                }
            }
            channel.force(true);
        }
    }

    /** Whether neither it nor other room is left: the log must be closed before it meets the end of the disk. */
    boolean isUsedUp() {
        return usedUp;
    }
}
