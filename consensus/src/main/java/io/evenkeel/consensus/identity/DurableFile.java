package io.evenkeel.consensus.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;

/** Files that are there whole, or not at all, whenever the power goes. */
public final class DurableFile {
    private DurableFile() {}

    /** Replaces {@code target}; if it throws, the old one is as it was. Others may read it as far as the umask lets them. */
    public static void write(Path target, byte[] contents) throws IOException {
        put(target, contents, true);
    }

    /** The same for a secret: nobody but its owner can open it, from the moment it is made. */
    public static void writeSecret(Path target, byte[] contents) throws IOException {
        put(target, contents, true, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** The same without a wait for the disk: when the power goes, the old one may be there again, or none. */
    public static void writeUnforced(Path target, byte[] contents) throws IOException {
        put(target, contents, false);
    }

    private static void put(Path target, byte[] contents, boolean forced, FileAttribute<?>... attributes)
            throws IOException {
        Path temporary = target.resolveSibling(target.getFileName() + ".new");
        Files.deleteIfExists(temporary); // of a process that was ended while it wrote
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
                ByteBuffer buffer = ByteBuffer.wrap(contents);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                if (forced) {
                    channel.force(true);
                }
            }
            move(temporary, target);
            if (forced) {
                forceParent(target);
            }
        } catch (IOException e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Makes a folder that nobody but its owner can enter, and those above it as the umask lets; one that is there stays as it is. */
    public static void makePrivateFolder(Path folder) throws IOException {
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
            if (!Files.isDirectory(folder)) { // else another part of this node was faster
                throw e;
            }
        }
    }

    /** Renames within one file system and makes that last. */
    public static void rename(Path from, Path to) throws IOException {
        move(from, to);
        forceParent(to);
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void forceParent(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            force(directory);
        }
    }

    /** Deletes a file, or a directory with all in it; nothing happens if it is not there. */
    public static void deleteTree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }

    /** Forces a file or a directory to disk. */
    public static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
