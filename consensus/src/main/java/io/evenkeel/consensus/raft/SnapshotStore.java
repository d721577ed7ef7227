package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.snapshot.SnapshotDirectory.Earlier;
import io.evenkeel.consensus.snapshot.SnapshotDirectory.Restored;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import io.evenkeel.consensus.snapshot.SnapshotTooLargeException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.server.storage.RaftStorageDirectory;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * sm/snapshot.<term>_<index>/   whole and forced to disk, or not there
 * tmp/unfinished-snapshot/      being written by this node
 * tmp/snapshot-<id>/            arriving from the leader (Ratis)
 * sm.tmp<time>/                 what an arrived one replaces, for the moment between two renames (Ratis)
 *
 * A snapshot is written by the thread of the scheduler, and becomes the latest only when Ratis asks for one: it compares the
 * index of the latest with what is applied before it asks, and purges the log after. An arrived one moves all of `sm` away.
 * If the node dies between the two renames, there is no `sm`, but everything is still there: init() takes the old one back.
 *
 * One snapshot, from where it begins to where it ends; who moves it on stands at the arrow:
 *
 *   taken here                                              sent by the leader
 *
 *   [unfinished]  tmp/unfinished-snapshot                   [arriving]  tmp/snapshot-<id>
 *       |                                                       |
 *       | scheduler: write() forces the parts, then             | Ratis: MD5 of each file as the leader read it;
 *       | MANIFEST, and renames                                 | then pause()
 *       v                                                       v
 *   [finished]  sm/snapshot.<term>_<index>                  [arrived] --- verifyArrived() fails ---> thrown away,
 *       |                                                       |                                    and sent again
 *       | scheduler: takeSnapshot(); Ratis calls                | each file against MANIFEST, forced
 *       | ours, publish() on the applying thread                | Ratis: renames sm away, the arrived one to sm
 *       |                                                       v
 *       +--- an arrived one is further ---> gone            [installed]
 *       v                                                       | Ratis: reinitialize(); restore() reads it
 *   [latest]  what a lagging member is sent  <------------------+
 *       |
 *       | Ratis purges the log up to its index; the next one becomes the latest
 *       v
 *   [the one before]  restore() takes it if the latest is damaged and the log reaches back to it
 *       |
 *       | scheduler: removeOld(), after one more became the latest
 *       v
 *     gone
 */

/** The snapshots of one Raft server. What Ratis asks for is answered on its threads; the rest belongs to one thread. */
final class SnapshotStore implements StateMachineStorage {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotStore.class);
    private static final String UNFINISHED = "unfinished-snapshot";
    private static final Pattern NAME = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");

    private final SnapshotDirectory.Steps steps;
    private final Set<String> damaged = ConcurrentHashMap.newKeySet();
    private @Nullable RaftStorageDirectory storage;
    private UUID clusterId = new UUID(0, 0);

    /** Written and forced to disk, and not known to Ratis yet. */
    private volatile @Nullable Earlier finished;

    private volatile @Nullable Latest latest;

    private record Latest(Earlier snapshot, FileListSnapshotInfo info) {}

    SnapshotStore(SnapshotDirectory.Steps steps) {
        this.steps = steps;
    }

    void init(RaftStorage raftStorage, UUID cluster) throws IOException {
        clusterId = cluster;
        init(raftStorage);
    }

    @Override
    public void init(RaftStorage raftStorage) throws IOException {
        storage = raftStorage.getStorageDir();
        takeBackReplaced(directory());
        DurableFile.deleteTree(temporary());
        Files.createDirectories(temporary());
    }

    private static void takeBackReplaced(Path directory) throws IOException {
        Path root = directory.toAbsolutePath().getParent();
        if (root == null) {
            return;
        }
        List<Path> replaced = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, directory.getFileName() + ".tmp*")) {
            entries.forEach(replaced::add);
        }
        for (Path old : replaced) {
            if (directories(directory).isEmpty() && !directories(old).isEmpty()) {
                LOG.warn("A snapshot from the leader was being put in place when this node ended: taking back {}", old);
                DurableFile.deleteTree(directory);
                DurableFile.rename(old, directory);
            } else {
                DurableFile.deleteTree(old);
            }
        }
        Files.createDirectories(directory);
    }

    /**
     * Reads the newest snapshot that is whole.
     *
     * @param opening whether the log is not open yet: then all of it that is needed is read as well, for Ratis takes a file
     *     that ends too early for one that is whole, and deletes one that says nothing
     * @param held states from which this process answers meanwhile: what is the same is shared with them
     * @return null if there is none, and the log needs none
     * @throws DamagedException if entries are missing or damaged behind it
     * @throws IOException if the disk does not let it be read
     */
    @Nullable
    Restored restore(boolean opening, List<ReplicatedState> held) throws IOException {
        String reasons = "";
        for (Path directory : newestFirst()) {
            try {
                // An installed one was renamed by Ratis, and the log that it replaces is about to go.
                DurableFile.force(directory());
                Restored restored = SnapshotDirectory.load(directory, clusterId, held);
                requireLogFrom(restored.from().manifest().index() + 1, reasons, opening);
                become(restored.from());
                return restored;
            } catch (UnsupportedCommandException e) {
                // It is sound, and what came before it leads to the same.
                throw new IOException(directory + " was written by a later version: " + e.getMessage(), e);
            } catch (DamagedException | SnapshotTooLargeException e) {
                throw e; // an older snapshot does not help
            } catch (IOException e) {
                if (DamagedException.isOfTheDisk(e)) {
                    throw e; // nor may it be passed over: it is there
                }
                LOG.error("{} cannot be used, trying the one before it", directory, e);
                damaged.add(name(directory));
                reasons += "; " + e.getMessage();
            }
        }
        requireLogFrom(0, reasons, opening);
        return null;
    }

    /** A snapshot that was lost would leave a gap that Ratis does not see. */
    private void requireLogFrom(long index, String reasons, boolean opening) throws IOException {
        Path current = opened().getCurrentDir().toPath();
        if (opening) {
            LogSegments.dropNeedless(current, index - 1);
        }
        LogSegments.finishPurge(current, index - 1);
        LogSegments.dropIfBehind(current, index - 1);
        List<LogSegments.Segment> run = LogSegments.lastRun(LogSegments.in(current));
        long first = run.isEmpty() ? Long.MAX_VALUE : run.getFirst().first();
        boolean gap = first == Long.MAX_VALUE ? !reasons.isEmpty() : first > index;
        if (gap) {
            throw new DamagedException("entries from " + index + " are needed, and the log begins "
                    + (first == Long.MAX_VALUE ? "nowhere" : "at entry " + first)
                    + ": a snapshot is missing or damaged" + reasons);
        }
        if (opening) {
            LogSegments.requireWhole(current, index - 1);
        }
    }

    /** Writes a snapshot beside all that Ratis knows. Blocks for long; one thread at a time. */
    void write(Published at, SnapshotDirectory.Pace pace) throws IOException {
        Path unfinished = temporary().resolve(UNFINISHED);
        DurableFile.deleteTree(unfinished);
        Latest present = latest;
        try {
            SnapshotManifest manifest = SnapshotDirectory.write(
                    unfinished, clusterId, at, present == null ? null : present.snapshot, pace, steps);
            Path target = directory().resolve(name(at));
            DurableFile.deleteTree(target); // damaged, or it would be the latest
            DurableFile.rename(unfinished, target);
            steps.at("renamed");
            finished = new Earlier(target, manifest);
        } catch (IOException | RuntimeException e) {
            try {
                DurableFile.deleteTree(unfinished);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Ratis has asked: what is finished becomes the latest. Its index; invalid if there is nothing new. */
    long publish() {
        Earlier candidate = finished;
        finished = null;
        // One that arrived from the leader meanwhile is further, and has taken this one's directory away.
        if (candidate == null
                || candidate.manifest().index() <= latestIndex()
                || !Files.isDirectory(candidate.directory())) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        become(candidate);
        steps.at("published");
        return candidate.manifest().index();
    }

    private void become(Earlier snapshot) {
        List<FileInfo> files = new ArrayList<>();
        // Ratis computes what it wants to know of a file (MD5) while it sends it.
        files.add(new FileInfo(snapshot.directory().resolve(SnapshotManifest.FILE), null));
        for (SnapshotManifest.Entry entry : snapshot.manifest().files()) {
            files.add(new FileInfo(snapshot.directory().resolve(entry.name()), null));
        }
        TermIndex at = TermIndex.valueOf(
                snapshot.manifest().term(), snapshot.manifest().index());
        damaged.remove(name(snapshot.directory())); // one of that name was, and is replaced
        latest = new Latest(snapshot, new FileListSnapshotInfo(files, at));
    }

    /**
     * A snapshot from the leader is complete and about to replace all that is here: it is compared with its manifest and
     * forced to disk first.
     *
     * @throws IOException if it must not be put in place
     */
    void verifyArrived() throws IOException {
        if (storage == null) {
            return;
        }
        Path newest = null;
        long newestMillis = Long.MIN_VALUE;
        try (DirectoryStream<Path> arriving = Files.newDirectoryStream(temporary(), "snapshot-*")) {
            for (Path one : arriving) {
                for (Path file : files(one)) {
                    long millis = Files.getLastModifiedTime(file).toMillis();
                    if (millis >= newestMillis) {
                        newestMillis = millis;
                        newest = one;
                    }
                }
            }
        }
        if (newest == null) {
            return; // Ratis pauses for another reason
        }
        steps.at("arrived");
        for (Path directory : directories(newest)) {
            SnapshotDirectory.verify(directory, clusterId);
        }
        DurableFile.force(newest);
    }

    private static List<Path> files(Path arriving) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path directory : directories(arriving)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                entries.forEach(files::add);
            }
        }
        return files;
    }

    /**
     * Deletes all but so many, the latest first. One beyond the latest stays: it was written, or put in place by Ratis, and is about to
     * become that.
     */
    void removeOld(int keep) throws IOException {
        Latest present = latest;
        if (present == null) {
            return;
        }
        int kept = 0;
        for (Path directory : newestFirst()) {
            boolean good = !damaged.contains(name(directory));
            if (good && index(directory) > latestIndex()) {
                continue;
            }
            if (good && kept < keep) {
                kept++;
                continue;
            }
            DurableFile.deleteTree(directory);
            steps.at("old one deleted");
        }
    }

    /** What would be sent to a member that lags; null: none. */
    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        Latest present = latest;
        return present == null ? null : present.info;
    }

    /** The latest; null: none. */
    @Nullable
    SnapshotManifest latestManifest() {
        Latest present = latest;
        return present == null ? null : present.snapshot.manifest();
    }

    /** -1: none. */
    long latestIndex() {
        SnapshotManifest manifest = latestManifest();
        return manifest == null ? RaftLog.INVALID_LOG_INDEX : manifest.index();
    }

    @Override
    public void format() {
        // Ratis empties the directory itself.
    }

    /** Asked for on the thread that applies; {@link #removeOld} does it on another. */
    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {}

    @Override
    public File getSnapshotDir() {
        return opened().getStateMachineDir();
    }

    private Path directory() {
        return opened().getStateMachineDir().toPath();
    }

    private Path temporary() {
        return opened().getTmpDir().toPath();
    }

    private RaftStorageDirectory opened() {
        if (storage == null) {
            throw new IllegalStateException("not initialized");
        }
        return storage;
    }

    private List<Path> newestFirst() throws IOException {
        return newestFirst(directory());
    }

    /** The snapshots below a directory, whole or not. */
    static List<Path> newestFirst(Path parent) throws IOException {
        List<Path> directories = directories(parent);
        directories.sort(Comparator.comparingLong(SnapshotStore::index).reversed());
        return directories;
    }

    private static List<Path> directories(Path parent) throws IOException {
        List<Path> directories = new ArrayList<>();
        if (!Files.isDirectory(parent)) {
            return directories;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                parent, entry -> NAME.matcher(name(entry)).matches() && Files.isDirectory(entry))) {
            entries.forEach(directories::add);
        }
        return directories;
    }

    /** Of the last entry in it, by its name. */
    static long index(Path directory) {
        Matcher matcher = NAME.matcher(name(directory));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(directory.toString());
        }
        return Long.parseLong(matcher.group(2));
    }

    /** What the directory of a snapshot is called. */
    static String name(Published at) {
        return "snapshot." + at.term() + "_" + at.index();
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
