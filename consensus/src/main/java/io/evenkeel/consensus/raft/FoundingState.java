package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.identity.Seal;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.consensus.snapshot.BackupException;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A cluster that does not begin empty. The data directory holds an identity that is FOUNDING, with a new cluster id, and
 * beside it a backup. Founding starts from scratch after a crash, and so does this: the Raft directory is emptied, the
 * backup becomes its first snapshot, and only when the group of one works is the identity a member's and the backup deleted.
 *
 * The log goes on far behind the last entry of the backup. What was lost had entries after that one, and clients may hold
 * versions (ETags) made of their numbers: no number of theirs is ever given to another change.
 */

/** The state that a new cluster is founded with. */
public final class FoundingState {
    private static final Logger LOG = LoggerFactory.getLogger(FoundingState.class);

    /** File name below the data directory. */
    static final String FILE = "founding.backup";

    /** More entries than can have been lost: years of them. */
    private static final long LEAP = 1L << 40;

    private FoundingState() {}

    /**
     * Makes an empty data directory one that founds a new cluster with the zones of a backup.
     *
     * @param cluster name of the new cluster
     * @param node who founds it
     * @return what is in the backup
     * @throws BackupException if it is not whole; nothing has been touched
     * @throws DataDirectoryException if the directory holds data
     */
    public static Backup.Summary restore(Path backup, Path directory, String cluster, String node) throws IOException {
        requireEmpty(directory);
        Backup.Summary summary = Backup.verify(backup);
        Files.createDirectories(directory);
        Path copy = directory.resolve(FILE + ".new");
        try {
            Files.copy(backup, copy, StandardCopyOption.REPLACE_EXISTING);
            onlyForOwner(copy);
            if (!Backup.verify(copy).equals(summary)) {
                throw new BackupException(backup + ": has changed while it was copied");
            }
            put(copy, NodeIdentity.founding(cluster, UUID.randomUUID(), node), directory);
        } finally {
            Files.deleteIfExists(copy);
        }
        return summary;
    }

    private static void requireEmpty(Path directory) throws IOException {
        for (String name : new String[] {NodeIdentity.FILE, NodeIdentity.RAFT_DIRECTORY, FILE}) {
            if (Files.exists(directory.resolve(name))) {
                throw new DataDirectoryException(
                        Kind.NOT_EMPTY,
                        directory + ": holds the data of a node (" + name
                                + "); a backup is restored into a new cluster only: name an empty data folder, or delete this"
                                + " one if nothing in it is needed");
            }
        }
    }

    /** The state first: from the moment the identity is there, the node founds with it. */
    static void put(Path written, NodeIdentity identity, Path directory) throws IOException {
        DurableFile.force(written);
        DurableFile.rename(written, directory.resolve(FILE));
        identity.store(directory);
    }

    private static void onlyForOwner(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    /** Empties the Raft directory, and fills it with the first snapshot if there is a state to found with. */
    static void prepareRaft(ReplicaConfig config, NodeIdentity identity) throws IOException {
        Path raft = config.raftDirectory();
        keepOther(raft, identity.clusterId());
        identity.claim(raft);
        Path state = config.directory().resolve(FILE);
        if (!Files.exists(state)) {
            return;
        }
        LOG.info("Founding with the state in {}", state);
        Published backup = Backup.load(state);
        Published first = new Published(backup.term(), backup.index() + LEAP, backup.state(), backup.appliedNanos());
        Path group = raft.resolve(identity.clusterId().toString());
        Path snapshots = group.resolve("sm");
        SnapshotDirectory.write(
                snapshots.resolve(SnapshotStore.name(first)),
                identity.clusterId(),
                first,
                null,
                (channel, bytes) -> {},
                step -> {});
        Path current = Files.createDirectories(group.resolve("current"));
        try (OutputStream vote =
                new AtomicFileOutputStream(current.resolve(Seal.VOTE).toFile())) {
            vote.write(("term=" + first.term() + "\nvotedFor=\n").getBytes(StandardCharsets.UTF_8));
        }
        for (Path made : new Path[] {current, snapshots, group, raft}) {
            DurableFile.force(made);
        }
    }

    /** What a lost cluster left is not deleted, only out of the way. */
    private static void keepOther(Path raft, UUID clusterId) throws IOException {
        NodeIdentity owner = NodeIdentity.owner(raft);
        if (owner != null && !owner.clusterId().equals(clusterId)) {
            Path kept = raft.resolveSibling("raft-of-" + owner.clusterId());
            DurableFile.deleteTree(kept);
            DurableFile.rename(raft, kept);
            LOG.warn(
                    "The log of the lost cluster {} is kept in {}; delete it when you are sure",
                    owner.clusterId(),
                    kept);
        }
    }

    /** The cluster works: what it was founded with is no longer needed. */
    static void used(Path directory) throws IOException {
        if (Files.exists(directory.resolve(FILE))) { // or a disk that is read-only would refuse
            Files.delete(directory.resolve(FILE));
        }
    }
}
