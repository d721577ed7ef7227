package io.evenkeel.bench.cluster;

import io.evenkeel.consensus.Folders;
import io.evenkeel.ops.local.ClusterFolder;
import io.evenkeel.ops.local.SmallDisk;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The data folders of a cluster's nodes, and what can happen to them. With {@link #mount} each is a disk of its own, in memory, which
 * can be filled to its last octet. A folder is changed only while its node does not run, but for {@link #fill} and {@link #free}. Nodes
 * must have ended before {@link #close}. One thread.
 */
public final class Disks implements AutoCloseable {
    /** Twice what a node needs here, with the 64 MiB that must be free before it takes part in Raft. */
    private static final int MIB = 256;

    /** Of a node, in its folder. */
    private static final String CONFIGURATION = "evenkeel.yaml";

    private final Path data;
    private final Path copies;
    private final SequencedMap<String, SmallDisk> mounted = new LinkedHashMap<>();

    /**
     * @param data the folder of the cluster, with one folder for each node
     * @param copies where older copies of these are kept, on another disk
     */
    public Disks(Path data, Path copies) {
        this.data = data.toAbsolutePath();
        this.copies = copies.toAbsolutePath();
    }

    /** Why no disk can be mounted here; empty if one can. */
    public static Optional<String> impossible() {
        String user = System.getProperty("user.name");
        return user.equals("root") ? Optional.empty() : Optional.of("disks need root, and this is " + user);
    }

    /** Gives each node a small disk of its own; before the first start. */
    public void mount(List<String> names) throws CommandFailure, IOException, InterruptedException {
        // An interrupted run must leave no mount behind either.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> mounted.keySet().forEach(name -> run("umount", "--lazy", at(name)))));
        for (String name : names) {
            byte[] configuration = Files.readAllBytes(at(name).resolve(CONFIGURATION));
            mounted.put(name, SmallDisk.mount(at(name), MIB));
            Files.write(at(name).resolve(CONFIGURATION), configuration);
        }
    }

    private Path at(String name) {
        return data.resolve(name);
    }

    /** Takes the last octet of a node's disk; again and again, as the node gives some back. */
    public void fill(String name) throws IOException {
        disk(name).fill();
    }

    /** Gives back what {@link #fill} took. */
    public void free(String name) throws IOException {
        disk(name).free();
    }

    private SmallDisk disk(String name) {
        return Objects.requireNonNull(mounted.get(name), name);
    }

    /** Takes away all that the node has written. */
    public void wipe(String name) throws IOException {
        ClusterFolder.wipe(at(name));
    }

    /** Keeps the folder as it is now, instead of an earlier copy. */
    public void copy(String name) throws IOException {
        Path copy = copies.resolve(name);
        Files.createDirectories(copy);
        deleteBelow(copy);
        copyBelow(at(name), copy);
    }

    /** What was kept is of no use any more: the node has begun another life. */
    public void forget(String name) throws IOException {
        if (hasCopy(name)) {
            deleteBelow(copies.resolve(name));
            Files.delete(copies.resolve(name));
        }
    }

    public boolean hasCopy(String name) {
        return Files.exists(copies.resolve(name));
    }

    /** Puts the copy in place of what is there. */
    public void putBack(String name) throws IOException {
        deleteBelow(at(name));
        copyBelow(copies.resolve(name), at(name));
    }

    /** The file with a node's vote. */
    public Optional<Path> vote(String name) throws IOException {
        return any(name, file -> file.endsWith("raft-meta"), new Random(0));
    }

    /** One of the files of a node's log. */
    public Optional<Path> log(String name, Random random) throws IOException {
        return any(name, file -> String.valueOf(file.getFileName()).startsWith("log_"), random);
    }

    /** One of the files of a node's newest snapshot. */
    public Optional<Path> snapshot(String name, Random random) throws IOException {
        Optional<Path> newest;
        try (Stream<Path> files = Files.walk(at(name).resolve("raft"))) {
            newest = files.filter(file -> String.valueOf(file.getFileName()).startsWith("snapshot."))
                    .max(Comparator.comparingLong(file -> file.toFile().lastModified()));
        }
        return newest.isEmpty() ? newest : any(name, file -> file.startsWith(newest.get()), random);
    }

    private Optional<Path> any(String name, Predicate<Path> wanted, Random random) throws IOException {
        List<Path> all = Folders.files(at(name).resolve("raft")).stream()
                .filter(file -> wanted.test(file) && isWritten(file))
                .toList();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    private static boolean isWritten(Path file) {
        return file.toFile().length() > 0;
    }

    /** Turns one bit of what was written: room that was only set aside is of no use to anybody. Says where. */
    public static String flip(Path file, Random random) throws IOException {
        try (RandomAccessFile octets = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] all = new byte[(int) octets.length()];
            octets.readFully(all);
            int end = all.length;
            while (end > 1 && all[end - 1] == 0) {
                end--;
            }
            int at = random.nextInt(end);
            octets.seek(at);
            octets.write(all[at] ^ 1 << random.nextInt(8));
            return file.getFileName() + " at " + at + " of " + end;
        }
    }

    private static void deleteBelow(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                if (!file.equals(folder)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void copyBelow(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!file.equals(from) && !file.endsWith(SmallDisk.FILLER)) {
                    Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    /** Takes the disks away; what the nodes have written stays in their folders, for whoever has to find out why. */
    @Override
    public void close() throws IOException {
        while (!mounted.isEmpty()) {
            String name = mounted.lastEntry().getKey();
            copy(name);
            require(run("umount", "--lazy", at(name)), "cannot unmount " + at(name));
            mounted.remove(name);
            putBack(name);
        }
    }

    private static void require(int code, String problem) throws IOException {
        if (code != 0) {
            throw new IOException(problem);
        }
    }

    private static int run(Object... command) {
        try {
            return new ProcessBuilder(Stream.of(command).map(Object::toString).toList())
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1; // there is no such program
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
