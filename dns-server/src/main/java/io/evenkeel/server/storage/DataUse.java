package io.evenkeel.server.storage;

import io.evenkeel.consensus.identity.NodeIdentity;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
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
 * DATA/gc/gc.log, gc.log.0 ...                     the collector's log, a ring of the JVM's
 * DATA/ballast                                     the ballast
 * DATA/raft/<group>/sm/snapshot.<term>_<index>/    snapshots; files that two of them share are links
 * DATA/raft/<group>/tmp/                           those that are being written, or arrive
 * DATA/raft/<group>/current/                       the log of changes
 * DATA/healing/                                    one that another member sends, in place of a wrong one
 * the file of the log, FILE.1, FILE.2 ...          wherever below DATA it is; FILE has its blocks before its lines
 * DATA/lost+found/                                 of a file system of its own; not ours to read
 */

/** Counts the files below a data folder by their class. A snapshot never changes, so that its files are read once. One thread. */
final class DataUse {
    static final String CAPTURES = "captures";
    static final String BACKUPS = "backups";
    private static final String JOURNAL = "journal";
    private static final String COLLECTOR = "gc";
    private static final Pattern FULL_OF_COLLECTOR = Pattern.compile("gc\\.log\\.\\d+");
    private static final String HEALING = "healing";
    private static final String LOST = "lost+found";
    private static final String BALLAST = "ballast";
    private static final Pattern CRASH = Pattern.compile("hs_err_pid.*|replay_pid.*|.*\\.hprof|core(\\.\\d+)?");
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");

    private final Path folder;
    private final Walk walk;
    private final @Nullable Path log;
    private final long logSize;
    /** Files of each snapshot, as octets by identity. */
    private final Map<Path, Map<Object, Long>> snapshots = new HashMap<>();

    /** As {@link Files#walkFileTree(Path, FileVisitor)}. */
    interface Walk {
        void over(Path folder, FileVisitor<Path> visitor) throws IOException;
    }

    /**
     * @param walk how it gets to the files
     * @param log file of the log; null: none
     * @param logSize octets that are set aside for it
     */
    DataUse(Path folder, Walk walk, @Nullable Path log, long logSize) {
        this.folder = folder.toAbsolutePath().normalize();
        this.walk = walk;
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
     * @param octets of each class, without what could not be read
     * @param arriving octets of a snapshot that is being written or arrives, as far as they are there
     * @param oldSnapshots those before the latest, with the octets that each alone has
     * @param items captures, full files of the log and backups, the oldest first
     * @param unread files and folders that the disk did not let it read
     */
    record Found(
            Map<StorageClass, Long> octets,
            long arriving,
            Map<Path, Long> oldSnapshots,
            List<Item> items,
            Refused unread) {
        long total() {
            return octets.values().stream().mapToLong(Long::longValue).sum();
        }

        long of(StorageClass kind) {
            return Objects.requireNonNull(octets.get(kind));
        }
    }

    /**
     * Files that do not let themselves be treated.
     *
     * @param count of them
     * @param first one of them, and why; empty if there is none
     */
    record Refused(int count, String first) {
        static final Refused NONE = new Refused(0, "");

        Refused and(Path file, IOException e) {
            return new Refused(count + 1, count == 0 ? file + ": " + reason(e) : first);
        }

        Refused and(Refused others) {
            return new Refused(count + others.count, count == 0 ? others.first : first);
        }

        private static String reason(IOException e) {
            return e instanceof AccessDeniedException ? "permission denied" : e.toString();
        }
    }

    /**
     * Files that go while it looks are not counted, and what it may not read is passed over.
     *
     * @throws IOException if nothing of the folder can be read
     */
    Found look() throws IOException {
        Look look = new Look();
        walk.over(folder, look);
        countSnapshots(look);
        look.items.sort(Comparator.comparingLong(Item::modifiedMillis));
        return new Found(look.octets, look.arriving, look.oldSnapshots, look.items, look.unread);
    }

    /** One walk through all of it. */
    private final class Look extends SimpleFileVisitor<Path> {
        private final Map<StorageClass, Long> octets = new EnumMap<>(StorageClass.class);
        private final List<Item> items = new ArrayList<>();
        private final List<Path> present = new ArrayList<>();
        private final Map<Path, Long> oldSnapshots = new HashMap<>();
        private long arriving;
        private Refused unread = Refused.NONE;

        Look() {
            for (StorageClass kind : StorageClass.values()) {
                octets.put(kind, 0L);
            }
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            if (isSnapshot(directory)) {
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
            arriving += kind == StorageClass.SNAPSHOT ? size : 0;
            boolean mayGo = kind == StorageClass.CAPTURES
                    || kind == StorageClass.BACKUPS
                    || (kind == StorageClass.LOGS && isFull(file));
            if (mayGo) {
                items.add(
                        new Item(kind, file, size, attributes.lastModifiedTime().toMillis()));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(folder)) {
                throw e;
            }
            refused(file, e);
            return FileVisitResult.CONTINUE;
        }

        /** @param e if the rest of it cannot be read */
        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            if (e != null) {
                return visitFileFailed(directory, e);
            }
            return FileVisitResult.CONTINUE;
        }

        void refused(Path file, IOException e) {
            boolean gone = e instanceof NoSuchFileException;
            boolean nobodys = file.equals(folder.resolve(LOST));
            if (!gone && !nobodys) {
                unread = unread.and(file, e);
            }
        }
    }

    /** One that was left by a former life is none that the node goes by. */
    private boolean isSnapshot(Path directory) {
        Path inside = folder.relativize(directory);
        return inside.getNameCount() == 4
                && inside.startsWith(NodeIdentity.RAFT_DIRECTORY)
                && inside.getName(2).toString().equals("sm")
                && SNAPSHOT.matcher(name(directory)).matches();
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
            case JOURNAL, COLLECTOR -> StorageClass.LOGS;
            case HEALING -> StorageClass.SNAPSHOT;
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

    /** Of the log or the collector's log, nobody writes it any more. */
    private boolean isFull(Path file) {
        return isLog(file)
                ? !file.equals(log)
                : folder.resolve(COLLECTOR).equals(file.getParent())
                        && FULL_OF_COLLECTOR.matcher(name(file)).matches();
    }

    private void countSnapshots(Look look) {
        snapshots.keySet().retainAll(look.present);
        look.present.sort(Comparator.comparingLong(DataUse::index).reversed());
        Set<Object> counted = new HashSet<>();
        StorageClass kind = StorageClass.SNAPSHOT;
        for (Path snapshot : look.present) {
            long own = 0;
            for (Map.Entry<Object, Long> file : files(snapshot, look).entrySet()) {
                own += counted.add(file.getKey()) ? file.getValue() : 0;
            }
            look.octets.merge(kind, own, Long::sum);
            if (kind == StorageClass.OLD_SNAPSHOTS) {
                look.oldSnapshots.put(snapshot, own);
            }
            kind = StorageClass.OLD_SNAPSHOTS;
        }
    }

    private Map<Object, Long> files(Path snapshot, Look look) {
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
        } catch (DirectoryIteratorException e) {
            look.refused(snapshot, Objects.requireNonNull(e.getCause()));
            return files;
        } catch (IOException e) {
            look.refused(snapshot, e);
            return files;
        }
        snapshots.put(snapshot, files);
        return files;
    }

    private static long index(Path snapshot) {
        Matcher matcher = SNAPSHOT.matcher(name(snapshot));
        return matcher.matches() ? Long.parseLong(matcher.group(2)) : -1;
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
