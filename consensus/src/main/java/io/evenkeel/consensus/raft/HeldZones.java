package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import io.evenkeel.consensus.snapshot.SnapshotTooLargeException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * What a node answers from when its Raft server cannot be opened. All of it is proven: the newest snapshot whose files are what
 * its manifest says, and the entries that follow it without a hole, whole by their check sums, up to the last one that the log
 * itself says is committed. So it is a state that the cluster once had, perhaps an old one. Nothing is written, moved or
 * locked: the disk may be full or read-only, and what is damaged is left to be looked at.
 */

/** Reads the zones of a Raft directory that is not open. */
final class HeldZones {
    private static final Logger LOG = LoggerFactory.getLogger(HeldZones.class);

    private final Path current;
    private ReplicatedState state = ReplicatedState.empty();
    private long term;
    private long index = -1;

    /** Of the entries that can be read after the snapshot. */
    private long last;

    private long committed;

    private HeldZones(Path current) {
        this.current = current;
    }

    /**
     * The best that a data directory holds: of the Raft directory in use, or of the damaged one that was set aside.
     *
     * @return empty if there is no zone, or nothing that has once held all that was committed
     * @throws DataDirectoryException if a later version wrote it
     */
    static Optional<Published> in(Path directory, UUID clusterId) throws DataDirectoryException {
        Published best = null;
        for (String name : new String[] {NodeIdentity.RAFT_DIRECTORY, NodeIdentity.DAMAGED_DIRECTORY}) {
            Path raft = directory.resolve(name);
            Published held =
                    NodeIdentity.hasCaughtUp(raft) ? read(raft.resolve(clusterId.toString()), clusterId) : null;
            if (held != null && (best == null || held.index() > best.index())) {
                best = held;
            }
        }
        return Optional.ofNullable(best);
    }

    private static @Nullable Published read(Path group, UUID clusterId) throws DataDirectoryException {
        HeldZones found = new HeldZones(group.resolve("current"));
        try {
            found.restore(group, clusterId);
            found.last = found.index;
            found.committed = found.index;
            found.eachEntry(found::see);
            long end = Math.min(found.committed, found.last);
            found.eachEntry(entry -> found.apply(entry, end));
        } catch (DataDirectoryException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn(
                    "{}: not all can be read ({}); zones as of entry {} are what it proves",
                    group,
                    reason(e),
                    found.index);
        }
        return found.state.catalog().isEmpty()
                ? null
                : new Published(found.term, found.index, found.state, System.nanoTime());
    }

    private void restore(Path group, UUID clusterId) throws IOException {
        for (Path directory : snapshots(group)) {
            try {
                SnapshotDirectory.Restored restored = SnapshotDirectory.load(directory, clusterId);
                SnapshotManifest manifest = restored.from().manifest();
                state = restored.state();
                term = manifest.term();
                index = manifest.index();
                return;
            } catch (UnsupportedCommandException e) {
                throw new DataDirectoryException(
                        Kind.NEWER_FORMAT,
                        directory + ": was written by a later version (" + e.getMessage() + "); start that one");
            } catch (SnapshotTooLargeException e) {
                throw e; // an older one and the log come to as much
            } catch (IOException e) {
                LOG.warn("{} cannot be used, trying the one before it: {}", directory, reason(e));
            }
        }
    }

    /** The newest first; also those that were about to be replaced when a process ended. */
    private static List<Path> snapshots(Path group) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> parents = Files.newDirectoryStream(group, "sm{,.tmp*}")) {
            for (Path parent : parents) {
                found.addAll(SnapshotStore.newestFirst(parent));
            }
        }
        found.sort(Comparator.comparingLong(SnapshotStore::index).reversed());
        return found;
    }

    /** Hands over what can be read of the entries after the snapshot, in order, up to the first that cannot. */
    private void eachEntry(Consumer<LogEntryProto> consumer) throws IOException {
        long[] next = {index + 1};
        for (LogSegments.Segment segment : LogSegments.in(current)) {
            if (segment.last() < next[0]) {
                continue;
            }
            if (segment.first() > next[0]) {
                return;
            }
            try {
                LogSegments.read(segment, entry -> {
                    if (entry.getIndex() == next[0]) {
                        consumer.accept(entry);
                        next[0]++;
                    }
                });
            } catch (IOException | RuntimeException e) {
                // A RuntimeException: Ratis' assertions on what it reads.
                LOG.warn("{} cannot be read behind entry {}: {}", segment.file(), next[0] - 1, reason(e));
                return;
            }
        }
    }

    private void see(LogEntryProto entry) {
        last = entry.getIndex();
        if (entry.hasMetadataEntry()) {
            committed = Math.max(committed, entry.getMetadataEntry().getCommitIndex());
        }
    }

    private void apply(LogEntryProto entry, long end) {
        if (entry.getIndex() > end) {
            return;
        }
        if (entry.hasStateMachineLogEntry()) {
            state = ZoneStateMachine.replayed(state, entry);
        }
        term = entry.getTerm();
        index = entry.getIndex();
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
