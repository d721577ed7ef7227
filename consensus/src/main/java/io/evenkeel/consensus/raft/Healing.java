package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Repair;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.SnapshotSource;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.snapshot.SnapshotFetch;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * The log of a replica whose state is wrong is right: what it has acknowledged to the leader stays on its disk, and so does its
 * vote. Only the snapshots are replaced, by one of a member that is right.
 *
 * That one must reach to the end of what this node's log had when the healing began, so that none of the entries from which
 * the wrong state came is applied again. And this node's log must have come to where it reaches before it is put in place, so
 * that a change of the members among those entries is known here. Between the two it is like any snapshot of its own.
 *
 * DATA/healing/                 arriving, compared and forced to disk there
 * sm/snapshot.<term>_<index>    with one rename; it is the newest, and so the one that is restored, whenever the node ends
 */

/** Compares, doubts, and replaces the state of this replica by that of another member, while answers go on. */
final class Healing implements Repair {
    private static final Logger LOG = LoggerFactory.getLogger(Healing.class);
    private static final String FOLDER = "healing";

    private final ReplicaConfig config;
    private final StateRoot root;
    private final Supervisor supervisor;
    private final SnapshotScheduler snapshots;
    private final Integrity integrity;
    private final SnapshotSource own;

    Healing(
            ReplicaConfig config,
            StateRoot root,
            Supervisor supervisor,
            SnapshotScheduler snapshots,
            Integrity integrity) {
        this.config = config;
        this.root = root;
        this.supervisor = supervisor;
        this.snapshots = snapshots;
        this.integrity = integrity;
        this.own = new OwnSnapshots(config, root, snapshots, integrity);
        try {
            DurableFile.deleteTree(config.directory().resolve(FOLDER));
        } catch (IOException e) {
            LOG.warn("a snapshot on which an earlier process ended could not be removed", e);
        }
    }

    /** Where Ratis has this node's snapshots. */
    static Path store(ReplicaConfig config) {
        return config.raftDirectory().resolve(config.clusterId().toString()).resolve("sm");
    }

    @Override
    public Evidence evidence() {
        RaftInstance instance = supervisor.instance();
        Published applied = root.applied();
        if (instance != null) {
            try {
                long committed = Math.max(
                        applied.index(), instance.division().getRaftLog().getLastCommittedIndex());
                return new Evidence(
                        instance.machine().marks(),
                        applied.state().faultCount(),
                        instance.termOf(committed),
                        committed,
                        instance.lastIndex());
            } catch (IllegalStateException closed) {
                LOG.debug("the log is closed, and Ratis says nothing of it", closed);
            }
        }
        return new Evidence(List.of(), applied.state().faultCount(), -1, applied.index(), applied.index());
    }

    @Override
    public void forsake(String why) throws InterruptedException {
        supervisor.forsake(why);
    }

    @Override
    public long termOf(long index) {
        RaftInstance instance = supervisor.instance();
        try {
            return instance == null ? -1 : instance.termOf(index);
        } catch (IllegalStateException closed) {
            LOG.debug("the log is closed, and Ratis says nothing of it", closed);
            return -1;
        }
    }

    @Override
    public SnapshotSource snapshots() {
        return own;
    }

    @Override
    public void doubt(Doubt found) {
        integrity.raise(found);
    }

    @Override
    public void settle() throws IOException {
        Published applied = running().machine().published();
        integrity.settle(applied.index());
        root.publish(applied);
    }

    @Override
    public void heal(SnapshotSource from) throws IOException, InterruptedException {
        Path folder = config.directory().resolve(FOLDER);
        try {
            RaftInstance running = running();
            long reaching = running.lastIndex();
            SnapshotManifest manifest = new SnapshotFetch(
                            folder, config.clusterId(), config.tuning().minimumFreeBytes())
                    .run(from, reaching);
            awaitLog(running, manifest);
            snapshots.whileNoneIsWritten(
                    () -> supervisor.restart("its state is replaced", () -> takeOver(folder, manifest, running)));
            LOG.warn(
                    "The state of this node was replaced by that of another member as of entry {}: {} octets",
                    manifest.index(),
                    manifest.bytes());
        } finally {
            DurableFile.deleteTree(folder);
        }
    }

    private RaftInstance running() throws IOException {
        RaftInstance instance = supervisor.instance();
        if (instance == null) {
            throw new IOException("no Raft server runs here at present: " + supervisor.fault());
        }
        return instance;
    }

    /** Ratis tells nobody how far its log is. */
    private static void awaitLog(RaftInstance running, SnapshotManifest manifest)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + RaftLimits.HEAL_CATCH_UP.toNanos();
        while (running.machine().published().index() < manifest.index()) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("the log of this node does not come to entry " + manifest.index()
                        + ", to which the snapshot reaches");
            }
            Thread.sleep(RaftLimits.READ_RETRY);
        }
        long term = running.termOf(manifest.index());
        if (term >= 0 && term != manifest.term()) {
            throw new IOException(
                    "entry " + manifest.index() + " is of term " + term + " in the log of this node, and of term "
                            + manifest.term() + " in the snapshot: not the state but the log differs");
        }
    }

    private void takeOver(Path fetched, SnapshotManifest manifest, RaftInstance closed) throws IOException {
        Path store = store(config);
        List<Path> own = SnapshotStore.newestFirst(store);
        if (!own.isEmpty() && SnapshotStore.index(own.getFirst()) >= manifest.index()) {
            throw new IOException("this node has written a snapshot up to entry " + SnapshotStore.index(own.getFirst())
                    + " meanwhile, and the one that was fetched reaches to " + manifest.index());
        }
        Files.createDirectories(store);
        DurableFile.rename(fetched, store.resolve("snapshot." + manifest.term() + "_" + manifest.index()));
        for (Path wrong : own) {
            DurableFile.deleteTree(wrong);
        }
        integrity.replaced(closed.machine().published().index());
    }
}
