package io.evenkeel.ops.local;

import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.evenkeel.ops.key.ClusterKey;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder that holds all of a local cluster, held by one {@code up} or {@code down} at a time while it changes it. */
public final class ClusterFolder implements AutoCloseable {
    /** The cluster key, in the folder. */
    public static final String KEY = "cluster-key.p12";

    private static final String LOCK = ".lock";
    /** Of a node, in its own folder. */
    private static final String CONFIGURATION = "evenkeel.yaml";
    /** Another {@code up} holds the lock only while it starts processes. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(10);

    private final Path folder;
    private final FileChannel channel;
    private final FileLock lock;

    private ClusterFolder(Path folder, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.channel = channel;
        this.lock = lock;
    }

    /** Makes the folder if need be and takes the lock; refuses a folder that holds something else. */
    public static ClusterFolder open(Path folder) throws CommandFailure, InterruptedException {
        return open(folder, LOCK_WAIT);
    }

    /** The same with a time of its own to wait for the lock. */
    static ClusterFolder open(Path folder, Duration wait) throws CommandFailure, InterruptedException {
        try {
            makePrivate(folder);
            refuseForeign(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new ClusterFolder(folder, channel, lock(folder, channel, wait));
        } catch (IOException e) {
            throw new CommandFailure(
                    CommandFailure.DATA_FOLDER,
                    "cannot use %s as data folder: %s; choose another with --data".formatted(folder, Output.reason(e)));
        }
    }

    /** As {@link #open} for a folder that is in use; null if another {@code up} or {@code down} is at work in it right now. */
    static @Nullable ClusterFolder tryOpen(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = tryLock(channel);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock == null ? null : new ClusterFolder(folder, channel, lock);
    }

    /** Zones and logs are for nobody else's eyes; a folder that is there stays as it is. */
    private static void makePrivate(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path above = folder.toAbsolutePath().getParent();
        if (above != null) {
            Files.createDirectories(above);
        }
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) { // else another `up` was faster
                throw e;
            }
        }
    }

    private static FileLock lock(Path folder, FileChannel channel, Duration wait)
            throws CommandFailure, IOException, InterruptedException {
        long end = System.nanoTime() + wait.toNanos();
        do {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                return lock;
            }
            Thread.sleep(50);
        } while (System.nanoTime() < end);
        channel.close();
        throw new CommandFailure(
                CommandFailure.DATA_FOLDER, "another `up` or `down` is at work in " + folder + ": wait for it to end");
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    private static void refuseForeign(Path folder) throws CommandFailure, IOException {
        if (Files.exists(folder.resolve(ClusterFile.NAME)) || Files.exists(folder.resolve(LOCK))) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
                throw new CommandFailure(
                        CommandFailure.DATA_FOLDER,
                        folder + " is not empty and not a data folder of Evenkeel: choose another with --data");
            }
        }
    }

    /** Whether that is only what holding a folder leaves in it. */
    static boolean isLock(Path entry) {
        return entry.endsWith(LOCK);
    }

    /** Takes away a folder that {@link #open} has just made, unless something else is in it by now. */
    static void discardEmpty(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(LOCK));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
                return;
            }
        }
        Files.delete(folder);
    }

    /** Refuses to begin on a disk that would soon be full. */
    void checkSpace() throws CommandFailure, IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < LocalLimits.FREE_DISK_BYTES) {
            throw new CommandFailure(
                    CommandFailure.DISK,
                    "%d MiB are free for %s and %d are needed: make room, or choose another disk with --data"
                            .formatted(free >> 20, folder, LocalLimits.FREE_DISK_BYTES >> 20));
        }
    }

    /** Makes what the nodes need before they start and do not have yet: key, folders, configuration. */
    public void prepare(ClusterFile cluster) throws CommandFailure, IOException, InterruptedException {
        try {
            boolean _ = ClusterKey.createIfMissing(folder.resolve(KEY));
            for (ClusterFile.Node node : cluster.nodes()) {
                makePrivate(folder.resolve(node.name()));
                replace(folder.resolve(node.config()), yaml(cluster, node));
            }
            cluster.write(folder);
        } catch (IOException e) {
            throw new CommandFailure(CommandFailure.DISK, "cannot write to %s: %s".formatted(folder, Output.reason(e)));
        }
    }

    /** Whole or not at all: a full disk must not take from a node the configuration that it has. */
    private static void replace(Path file, String text) throws IOException {
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return;
        }
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(aside, text);
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /**
     * Deletes all that a node which has ended has written; what an operator puts into its folder stays, which is its configuration.
     *
     * @param own the folder of the node
     */
    public static void wipe(Path own) throws IOException {
        try (Stream<Path> files = Files.walk(own)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(own) && !file.equals(own.resolve(CONFIGURATION))) {
                    Files.delete(file);
                }
            }
        }
    }

    /** See {@link Stopper#stop}; nobody starts nodes meanwhile. */
    int stop(ClusterFile cluster, boolean kill, java.util.function.Consumer<String> say) throws CommandFailure {
        return Stopper.stop(cluster, folder, kill, say);
    }

    private String yaml(ClusterFile cluster, ClusterFile.Node node) throws IOException {
        List<Map<String, String>> members = cluster.nodes().stream()
                .map(member -> {
                    Map<String, String> entry = new LinkedHashMap<>();
                    entry.put("name", member.name());
                    entry.put("raft", member.raft());
                    entry.put("peer", member.peer());
                    return entry;
                })
                .toList();
        Map<String, Object> clusterSection = new LinkedHashMap<>();
        clusterSection.put("name", cluster.cluster());
        clusterSection.put("key-file", folder.resolve(KEY).toString());
        clusterSection.put("members", members);
        Map<String, Object> nodeSection = new LinkedHashMap<>();
        nodeSection.put("name", node.name());
        nodeSection.put("data", folder.resolve(node.name()).toString());
        Map<String, Object> yaml = new LinkedHashMap<>();
        yaml.put("node", nodeSection);
        yaml.put("cluster", clusterSection);
        yaml.put("dns", Map.of("listen", List.of(node.dns())));
        yaml.put("admin", Map.of("listen", node.admin()));
        Map<String, Object> log = new LinkedHashMap<>();
        log.put("file", folder.resolve(node.log()).toString());
        log.put("max-size", "4MiB"); // a machine that tries a cluster has no 256 MiB for the log of each node
        log.put("files", 3);
        yaml.put("log", log);
        yaml.put("lameduck", "1s"); // nobody balances load between nodes of one machine
        YAMLMapper mapper = YAMLMapper.builder()
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .build();
        return "# Written by `evenkeel up` each time it starts.\n" + mapper.writeValueAsString(yaml);
    }

    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
