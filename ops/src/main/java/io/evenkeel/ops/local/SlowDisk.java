package io.evenkeel.ops.local;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * Version 2 of cgroups limits only groups that are not the root, and would count what the node writes wherever it goes. A journal would have the
 * kernel's own thread write, once for several who wait.
 */

/**
 * A file system in a file, mounted on a folder, on which each write that somebody waits for can be made to take seconds; whoever mounts it makes
 * it fast and takes it away. Linux, root, cgroups of version 1. Any thread.
 */
final class SlowDisk {
    /** Of the kernel, which makes one of several that follow each other; a change that is kept is three or four. */
    private static final int WRITES_PER_SECOND = 1;

    /** In the root group of the controller: guard.sh knows the name. */
    private static final String LIMIT = "blkio.throttle.write_iops_device";

    private final Path limit;
    private final String device;

    private SlowDisk(Path limit, String device) {
        this.limit = limit;
        this.device = device;
    }

    /** Why no disk can be slowed here; null if one can. */
    static @Nullable String whyNot() throws IOException {
        if (!Files.isReadable(CpuQuota.MOUNTS)
                || !System.getProperty("user.name").equals("root")) {
            return "slowing a disk needs Linux and root";
        }
        if (!OsProcess.onPath("mke2fs")) {
            return "no disk can be slowed, since mke2fs is not installed (Debian: apt install e2fsprogs)";
        }
        return limit().isPresent()
                ? null
                : "no disk can be slowed: it needs the blkio controller of cgroups of version 1 with %s, and none is mounted; a machine with cgroups of version 2 alone has none"
                        .formatted(LIMIT);
    }

    private static Optional<Path> limit() throws IOException {
        return CpuQuota.mounted("cgroup", "blkio")
                .map(group -> group.resolve(LIMIT))
                .filter(Files::isWritable);
    }

    /**
     * Mounts one on a folder that is there; what is in the folder is out of sight then.
     *
     * @param image the file that it is in, which is not there yet
     */
    static SlowDisk mount(Path at, Path image, int mib) throws CommandFailure, IOException, InterruptedException {
        Path limit = limit().orElseThrow(() -> CommandFailure.failed("no cgroup with the blkio controller is mounted"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) mib << 20);
        }
        run(at, "mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-O", "^has_journal", image.toString());
        run(at, "mount", "-o", "loop", image.toString(), at.toString());
        boolean _ = Files.deleteIfExists(at.resolve("lost+found"));
        Path _ = Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwx------"));
        return new SlowDisk(limit, device((long) Files.getAttribute(at, "unix:dev")));
    }

    private static void run(Path at, String... command) throws CommandFailure, IOException, InterruptedException {
        String said = OsProcess.failure("", command);
        if (said != null) {
            throw CommandFailure.failed(
                    "no disk that can be slowed could be mounted on %s, which needs Linux, root and loop devices: %s: %s"
                            .formatted(at, command[0], said));
        }
    }

    /** As the kernel names a device: major and minor number are spread over a word. */
    static String device(long number) {
        long major = ((number >>> 8) & 0xfff) | ((number >>> 32) & ~0xfffL);
        long minor = (number & 0xff) | ((number >>> 12) & 0xffff_ff00L);
        return major + ":" + minor;
    }

    /** From now on a write that somebody waits for takes seconds. */
    void slow() throws IOException {
        allow(WRITES_PER_SECOND);
    }

    /** It is as fast as before; what waits is written. */
    void hasten() throws IOException {
        allow(0);
    }

    /** @param perSecond 0: as many as it can */
    private void allow(int perSecond) throws IOException {
        Files.writeString(limit, device + " " + perSecond);
    }
}
