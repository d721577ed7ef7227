package io.evenkeel.server.storage;

import io.evenkeel.consensus.identity.NodeIdentity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/*
 * DATA/captures/*, hs_err_pid*, *.hprof, core*     captures and crash reports
 * DATA/backups/*                                   scheduled backups
 * DATA/journal/*                                   the event journal, a ring
 * DATA/ballast                                     the ballast
 * DATA/raft/<group>/sm/snapshot.<term>_<index>/    snapshots; files that two of them share are links
 * DATA/raft/<group>/tmp/                           those that are being written, or arrive
 * DATA/raft/<group>/current/                       the log of changes
 * the file of the log, FILE.1, FILE.2 ...          wherever below DATA it is; FILE has its blocks before its lines
 */

/** Counts the files below a data folder by their class. A snapshot never changes, so that its files are read once. One thread. */
final class DataUse {
    static final String CAPTURES = "captures";
    static final String BACKUPS = "backups";
    private static final String JOURNAL = "journal";
    private static final String BALLAST = "ballast";
    private static final Pattern CRASH = Pattern.compile("hs_err_pid.*|replay_pid.*|.*\\.hprof|core(\\.\\d+)?");
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");

    private final Path folder;
    private final @Nullable Path log;
    private final long logSize;
    /** Files of each snapshot, as octets by identity. */
    private final Map<Path, Map<Object, Long>> snapshots = new HashMap<>();

    /**
     * @param log file of the log; null: none
     * @param logSize octets that are set aside for it
     */
    DataUse(Path folder, @Nullable Path log, long logSize) {
        this.folder = folder.toAbsolutePath().normalize();
        this.log = log == null ? null : log.toAbsolutePath().normalize();
        this.logSize = logSize;
    }

    /**
     * One file that may go.
     *
     * @param modifiedMillis since the epoch, when it was written last
     */
    record Item(StorageClass kind, Path file, long octets, long modifiedMillis) {}

    /**
     * What there is.
     *
     * @param octets of each class
     * @param items captures, full files of the log and backups, the oldest first
     */
    record Found(Map<StorageClass, Long> octets, List<Item> items) {
        long total() {
            return octets.values().stream().mapToLong(Long::longValue).sum();
        }

        long of(StorageClass kind) {
            return Objects.requireNonNull(octets.get(kind));
        }
    }

    /** Files that go while it looks are not counted. */
    Found look() throws IOException {
        Map<StorageClass, Long> octets = new EnumMap<>(StorageClass.class);
        for (StorageClass kind : StorageClass.values()) {
            octets.put(kind, 0L);
        }
        List<Item> items = new ArrayList<>();
        List<Path> present = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (SNAPSHOT.matcher(name(directory)).matches() && isBelow(directory, "sm")) {
                    present.add(directory);
                    return FileVisitResult.SKIP_SUBTREE;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                StorageClass kind = kind(file);
                long size = file.equals(log) ? Math.max(logSize, attributes.size()) : attributes.size();
                octets.merge(kind, size, Long::sum);
                boolean mayGo = kind == StorageClass.CAPTURES
                        || kind == StorageClass.BACKUPS
                        || (kind == StorageClass.LOGS && isLog(file) && !file.equals(log));
                if (mayGo) {
                    items.add(new Item(
                            kind, file, size, attributes.lastModifiedTime().toMillis()));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        countSnapshots(present, octets);
        items.sort(Comparator.comparingLong(Item::modifiedMillis));
        return new Found(octets, items);
    }

    private StorageClass kind(Path file) {
        Path inside = folder.relativize(file);
        String first = inside.getName(0).toString();
        if (isLog(file)) {
            return StorageClass.LOGS;
        }
        if (inside.getNameCount() == 1) {
            return first.equals(BALLAST)
                    ? StorageClass.BALLAST
                    : CRASH.matcher(first).matches() ? StorageClass.CAPTURES : StorageClass.OTHER;
        }
        return switch (first) {
            case CAPTURES -> StorageClass.CAPTURES;
            case BACKUPS -> StorageClass.BACKUPS;
            case JOURNAL -> StorageClass.LOGS;
            case NodeIdentity.RAFT_DIRECTORY ->
                inside.getNameCount() < 4
                        ? StorageClass.OTHER
                        : switch (inside.getName(2).toString()) {
                            case "current" ->
                                name(file).startsWith("log_") ? StorageClass.RAFT_LOG : StorageClass.OTHER;
                            case "tmp" -> StorageClass.SNAPSHOT;
                            default -> StorageClass.OTHER;
                        };
            default -> StorageClass.OTHER;
        };
    }

    private boolean isLog(Path file) {
        return log != null
                && Objects.equals(file.getParent(), log.getParent())
                && name(file).startsWith(name(log));
    }

    private void countSnapshots(List<Path> present, Map<StorageClass, Long> octets) throws IOException {
        snapshots.keySet().retainAll(present);
        present.sort(Comparator.comparingLong(DataUse::index).reversed());
        Set<Object> counted = new HashSet<>();
        StorageClass kind = StorageClass.SNAPSHOT;
        for (Path snapshot : present) {
            long own = 0;
            for (Map.Entry<Object, Long> file : files(snapshot).entrySet()) {
                own += counted.add(file.getKey()) ? file.getValue() : 0;
            }
            octets.merge(kind, own, Long::sum);
            kind = StorageClass.OLD_SNAPSHOTS;
        }
    }

    private Map<Object, Long> files(Path snapshot) throws IOException {
        Map<Object, Long> known = snapshots.get(snapshot);
        if (known != null) {
            return known;
        }
        Map<Object, Long> files = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(snapshot)) {
            for (Path file : entries) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                Object identity = attributes.fileKey();
                files.put(identity == null ? file : identity, attributes.size());
            }
        } catch (NoSuchFileException gone) {
            return Map.of();
        }
        snapshots.put(snapshot, files);
        return files;
    }

    private static long index(Path snapshot) {
        Matcher matcher = SNAPSHOT.matcher(name(snapshot));
        return matcher.matches() ? Long.parseLong(matcher.group(2)) : -1;
    }

    private static boolean isBelow(Path directory, String parent) {
        Path above = directory.getParent();
        return above != null && name(above).equals(parent);
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
