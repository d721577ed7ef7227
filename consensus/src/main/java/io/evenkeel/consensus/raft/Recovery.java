package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * For a cluster whose majority is lost for good. A running survivor answers from what it knows to be committed, but its log
 * may hold more: what the others have acknowledged, and had no time to tell it. So the survivor is stopped, and all of its
 * log is applied upon its newest snapshot, whether known to be committed or not: an entry that nobody acknowledged may
 * appear (its outcome was unknown), but none that was acknowledged and reached this node is lost. What did not reach this
 * node is lost, and nobody can say how much that is.
 *
 * Nothing is repaired in place: the state founds a new cluster, so that no old member can come back into it.
 */

/** Makes a new cluster of what the last survivor of another one has on disk. The node must not run. */
public final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final NodeIdentity identity;
    private ReplicatedState state;
    private long term;
    private long index;
    private long committed;
    private Instant lastWritten = Instant.EPOCH;
    private boolean torn;
    private List<String> members = List.of();

    private Recovery(NodeIdentity identity, ReplicatedState state, long term, long index) {
        this.identity = identity;
        this.state = state;
        this.term = term;
        this.index = index;
        this.committed = index;
    }

    /**
     * What a survivor has.
     *
     * @param cluster name of the lost cluster
     * @param clusterId of the lost cluster
     * @param node that has survived
     * @param members as the survivor knew them last
     * @param term of the last entry that it has
     * @param index of the last entry that it has
     * @param committed up to where it knew entries to be committed; those after it are taken along all the same
     * @param lastWritten when its log was last written to
     * @param torn whether the log ends in the middle of an entry
     * @param zones in its state
     * @param records in its state
     */
    public record Report(
            String cluster,
            UUID clusterId,
            String node,
            List<String> members,
            long term,
            long index,
            long committed,
            Instant lastWritten,
            boolean torn,
            long zones,
            long records) {
        public Report {
            members = List.copyOf(members);
        }
    }

    /**
     * Looks, and touches nothing.
     *
     * @param directory the node's data folder
     * @throws DataDirectoryException if it holds no member's data, or its node runs
     * @throws IOException if what it holds cannot be read
     */
    public static Report examine(Path directory) throws IOException {
        return held(directory, Recovery::report);
    }

    /** The same, and makes the data folder one that founds a new cluster of the same name with what it has. */
    public static Report recover(Path directory) throws IOException {
        return held(directory, found -> {
            Path written = directory.resolve(FoundingState.FILE + ".new");
            try {
                Published last = new Published(found.term, found.index, found.state, System.nanoTime());
                try (OutputStream out = Files.newOutputStream(written)) {
                    Backup.write(last, found.identity.clusterName(), found.identity.node(), Instant.now(), out);
                }
                Backup.verify(written);
                NodeIdentity founding =
                        NodeIdentity.founding(found.identity.clusterName(), UUID.randomUUID(), found.identity.node());
                FoundingState.put(written, founding, directory);
            } finally {
                Files.deleteIfExists(written);
            }
            return found.report();
        });
    }

    private interface Action {
        Report with(Recovery found) throws IOException;
    }

    private static Report held(Path directory, Action action) throws IOException {
        NodeIdentity.Found judged = NodeIdentity.find(requireFile(directory));
        NodeIdentity identity = judged.identity();
        Path raft = directory.resolve(NodeIdentity.RAFT_DIRECTORY);
        if (identity.phase() == NodeIdentity.Phase.FOUNDING) {
            throw new DataDirectoryException(
                    Kind.UNREADABLE,
                    directory + ": is about to found a cluster already; start node " + identity.node());
        }
        String flaw = judged.flaw();
        if (flaw != null && NodeIdentity.hasCaughtUp(raft)) {
            // Its votes are of no use in a new cluster, its zones are.
            LOG.warn("{}: {}; only its zones and its log are taken", raft, flaw);
        } else if (flaw != null) {
            throw new DataDirectoryException(
                    Kind.AMNESIA, raft + ": " + flaw + ". There is nothing to recover from; restore a backup");
        }
        Path group = raft.resolve(identity.clusterId().toString());
        try (FileChannel channel = FileChannel.open(
                        group.resolve("in_use.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = lock(channel, identity, directory)) {
            return action.with(read(identity, group));
        }
    }

    private static Path requireFile(Path directory) throws IOException {
        if (!Files.exists(directory.resolve(NodeIdentity.FILE))
                && !NodeIdentity.hasCaughtUp(directory.resolve(NodeIdentity.RAFT_DIRECTORY))) {
            throw new DataDirectoryException(
                    Kind.UNREADABLE, directory + ": is no data folder of a node, " + NodeIdentity.FILE + " is missing");
        }
        return directory;
    }

    private static FileLock lock(FileChannel channel, NodeIdentity identity, Path directory) throws IOException {
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            LOG.debug("{} is held by this process", directory, e);
        }
        if (lock == null) {
            throw new DataDirectoryException(
                    Kind.OTHER_NODE, directory + ": node " + identity.node() + " runs; stop it first");
        }
        return lock;
    }

    private static Recovery read(NodeIdentity identity, Path group) throws IOException {
        Recovery found = new Recovery(identity, ReplicatedState.empty(), 0, -1);
        String reasons = "";
        for (Path directory : SnapshotStore.newestFirst(group.resolve("sm"))) {
            try {
                SnapshotDirectory.Restored restored = SnapshotDirectory.load(directory, identity.clusterId());
                SnapshotManifest manifest = restored.from().manifest();
                found = new Recovery(identity, restored.state(), manifest.term(), manifest.index());
                break;
            } catch (IOException e) {
                reasons += "; " + e.getMessage();
            }
        }
        Path current = group.resolve("current");
        found.replay(current, reasons);
        Path configuration = current.resolve("raft-meta.conf");
        if (found.members.isEmpty() && Files.exists(configuration)) {
            try (InputStream in = Files.newInputStream(configuration)) {
                found.apply(LogEntryProto.parseFrom(in).getConfigurationEntry());
            }
        }
        return found;
    }

    private void replay(Path current, String reasons) throws IOException {
        List<LogSegments.Segment> run = LogSegments.lastRun(LogSegments.in(current));
        if (run.isEmpty() ? !reasons.isEmpty() : run.getFirst().first() > index + 1) {
            throw new DataDirectoryException(
                    Kind.UNREADABLE,
                    current + ": entries after " + index + " are missing between the snapshot and the log" + reasons
                            + "; restore a backup");
        }
        for (LogSegments.Segment segment : run) {
            if (Files.size(segment.file()) == 0) {
                continue;
            }
            Instant written = Files.getLastModifiedTime(segment.file()).toInstant();
            lastWritten = written.isAfter(lastWritten) ? written : lastWritten;
            replay(segment);
        }
        committed = Math.min(committed, index);
    }

    private void replay(LogSegments.Segment segment) throws IOException {
        try {
            LogSegments.read(segment, this::apply);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (IOException e) {
            if (!segment.isOpen()) {
                throw e;
            }
            // The last write was cut off: it was never acknowledged.
            LOG.warn("{} ends in the middle of an entry after {}", segment.file(), index, e);
            torn = true;
        }
    }

    private void apply(LogEntryProto entry) {
        if (entry.getIndex() <= index) {
            return;
        }
        term = entry.getTerm();
        index = entry.getIndex();
        if (entry.hasMetadataEntry()) {
            committed = Math.max(committed, entry.getMetadataEntry().getCommitIndex());
        } else if (entry.hasConfigurationEntry()) {
            apply(entry.getConfigurationEntry());
        } else if (entry.hasStateMachineLogEntry()) {
            state = ZoneStateMachine.replayed(state, entry);
        }
    }

    private void apply(RaftConfigurationProto configuration) {
        members = configuration.getPeersList().stream()
                .map(peer -> RaftInstance.memberName(peer.getId().toStringUtf8()))
                .sorted()
                .toList();
    }

    private Report report() {
        long records = state.catalog().unordered().stream()
                .mapToLong(zone -> zone.records())
                .sum();
        return new Report(
                identity.clusterName(),
                identity.clusterId(),
                identity.node(),
                members,
                term,
                index,
                committed,
                lastWritten,
                torn,
                state.catalog().size(),
                records);
    }
}
