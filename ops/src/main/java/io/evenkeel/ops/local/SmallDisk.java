package io.evenkeel.ops.local;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file system in memory, mounted on a folder, which can be filled to its last octet; whoever mounts it takes it away. Linux, root. One thread. */
public final class SmallDisk {
    /** The file that takes the room. */
    public static final String FILLER = "filler";

    private static final int BLOCK = 64 << 10;

    private final Path at;
    private final long octets;

    private SmallDisk(Path at, long octets) {
        this.at = at;
        this.octets = octets;
    }

    /** Mounts one on a folder that is there; what is in the folder is out of sight then. */
    public static SmallDisk mount(Path at, int mib) throws CommandFailure, IOException, InterruptedException {
        String said = OsProcess.failure(
                "", "mount", "-t", "tmpfs", "-o", "mode=700,size=%dm".formatted(mib), "tmpfs", at.toString());
        if (said != null) {
            throw CommandFailure.failed(
                    "no disk of %d MiB of its own could be mounted on %s, which needs Linux and root: %s"
                            .formatted(mib, at, said));
        }
        return new SmallDisk(at, (long) mib << 20);
    }

    /** Takes the last octet; again and again, since others give some back. */
    public void fill() throws IOException {
        try (FileChannel filler =
                FileChannel.open(at.resolve(FILLER), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int block = BLOCK; block > 0; block /= 8) {
                takeAll(filler, block);
            }
        }
    }

    /** Never more than the size of the disk, even where it was taken away meanwhile and this is another one. */
    private void takeAll(FileChannel filler, int block) throws IOException {
        try {
            while (filler.size() < octets && filler.write(ByteBuffer.allocate(block)) == block) {}
        } catch (IOException e) {
            boolean full = String.valueOf(e.getMessage()).contains("No space left")
                    || Files.getFileStore(at).getUnallocatedSpace() < BLOCK;
            if (!full) {
                throw e;
            }
        }
    }

    /** Gives back what {@link #fill} took. */
    public void free() throws IOException {
        Files.deleteIfExists(at.resolve(FILLER));
    }
}
