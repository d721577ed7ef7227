package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.SnapshotSource;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The snapshots of this node, for another member that must take over its state. Any thread. */
final class OwnSnapshots implements SnapshotSource {
    private final Path store;
    private final StateRoot root;
    private final SnapshotScheduler snapshots;
    private final Integrity integrity;

    OwnSnapshots(ReplicaConfig config, StateRoot root, SnapshotScheduler snapshots, Integrity integrity) {
        this.store = Healing.store(config);
        this.root = root;
        this.snapshots = snapshots;
        this.integrity = integrity;
    }

    @Override
    public long newest(long reaching) throws IOException, InterruptedException {
        Doubt doubt = integrity.doubt();
        if (doubt != null) {
            throw new IOException("the zones of this node may be wrong themselves: " + doubt.why());
        }
        long index = snapshots.status().index();
        if (index < 0 || index < reaching) {
            // The end of the other's log may be on its way to being committed.
            root.await(reaching, RaftLimits.HEAL_COMMIT);
            index = written();
        }
        if (index < reaching) {
            throw new IOException(
                    "this node has applied entries up to " + index + ", and " + reaching + " is asked for");
        }
        return index;
    }

    private long written() throws IOException, InterruptedException {
        try {
            SnapshotStatus status =
                    snapshots.request().get(RaftLimits.SNAPSHOT_REQUEST.toNanos(), TimeUnit.NANOSECONDS);
            return status.index();
        } catch (ExecutionException e) {
            throw new IOException("no snapshot could be written: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException(
                    "a snapshot is being written for " + RaftLimits.SNAPSHOT_REQUEST.toSeconds() + " s; ask again", e);
        }
    }

    @Override
    public byte[] part(long index, String file, long offset) throws IOException {
        if (!SnapshotManifest.isName(file)) {
            throw new IOException("no file of a snapshot has such a name");
        }
        for (Path directory : SnapshotStore.newestFirst(store)) {
            if (SnapshotStore.index(directory) == index) {
                return read(directory.resolve(file), offset);
            }
        }
        throw new IOException("the snapshot up to entry " + index + " is no longer there; begin anew");
    }

    private static byte[] read(Path file, long offset) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer part = ByteBuffer.allocate(
                    (int) Math.clamp(channel.size() - offset, 0L, (long) RaftLimits.SNAPSHOT_PART_BYTES));
            int read = 0;
            while (part.hasRemaining() && read >= 0) {
                read = channel.read(part, offset + part.position());
            }
            return Arrays.copyOf(part.array(), part.position());
        }
    }
}
