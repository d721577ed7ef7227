package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Ratis would have a snapshot written by the thread that applies. Here another one writes it from one published state, while
 * entries are applied and answers given; then Ratis is asked for a snapshot, gets the one that lies ready, and purges its log
 * up to there; of the entries that it keeps behind it, so many octets stay at most. One is due after so many octets or entries
 * of the log, after so much time if there was any entry, and when the disk runs short of room, for the sake of what the log
 * gives back. After a failure the next attempt waits.
 *
 * Members apply the same entries at the same time; so that not all of them write at the same moment, each has thresholds of
 * its own, up to a quarter above those of the tuning.
 */

/** Takes the snapshots of whatever Raft server runs. One thread. */
final class SnapshotScheduler {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotScheduler.class);

    /** Name of its thread. */
    private static final String WORK = "snapshots";

    /**
     * So small a part of what is kept otherwise stays for want of room, and not nothing: two snapshots share the files that did not change, so
     * that one octet may damage both, and then the log has it all.
     */
    private static final int KEPT_FOR_WANT_OF_ROOM = 8;

    private final ReplicaConfig config;
    private final Supplier<@Nullable RaftInstance> instance;
    private final double stretch;
    private final Daemons daemons;
    private final Daemon thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Held while a snapshot is written. */
    private final ReentrantLock writing = new ReentrantLock();

    private volatile boolean stopping;

    // Of the thread.
    private @Nullable ZoneStateMachine lastMachine;
    private long lastBytes;
    private long lastNanos = System.nanoTime();
    private long nextAttemptNanos = System.nanoTime();

    /** Of {@link #keepLatestOnly}: the newest one at the last look, if it was not whole. Guarded by {@link #writing}. */
    private @Nullable Path flawed;

    private final AtomicReference<@Nullable CompletableFuture<SnapshotStatus>> asked = new AtomicReference<>();
    /** Whether the next one that is asked for shall leave little of the log behind it. */
    private final AtomicBoolean shortening = new AtomicBoolean();

    private final AtomicLong failures = new AtomicLong();
    private volatile long tookNanos;
    private volatile @Nullable String fault;

    SnapshotScheduler(ReplicaConfig config, Supplier<@Nullable RaftInstance> instance, Daemons daemons) {
        this.config = config;
        this.instance = instance;
        this.stretch = 1 + (config.self().peerId().hashCode() & 7) / 32.0;
        this.daemons = daemons;
        this.thread = daemons.platform(WORK, Daemon.OnFault.RESTART, this::run);
    }

    void start() {
        thread.start();
    }

    /** Gives up what is being written; returns when the thread has ended, or after a bounded time. */
    void stop() throws InterruptedException {
        stopping = true;
        wake();
        if (!thread.finish(RaftLimits.CLOSE_DEADLINE)) {
            LOG.error("A snapshot is still being written; its thread is left to the end of the process");
        }
        CompletableFuture<SnapshotStatus> waiting = asked.getAndSet(null);
        if (waiting != null) {
            waiting.completeExceptionally(new IOException("the replica stops"));
        }
    }

    /** Has one taken at once; completes when Ratis has it. Whoever asks while one is asked for gets the same. */
    CompletableFuture<SnapshotStatus> request() {
        if (stopping) {
            return CompletableFuture.failedFuture(new IOException("the replica stops"));
        }
        CompletableFuture<SnapshotStatus> mine = new CompletableFuture<>();
        CompletableFuture<SnapshotStatus> present = asked.compareAndExchange(null, mine);
        wake();
        return present == null ? mine : present;
    }

    /** The same; of the log little is kept behind it. */
    CompletableFuture<SnapshotStatus> requestToShorten() {
        shortening.set(true);
        return request();
    }

    SnapshotStatus status() {
        RaftInstance present = instance.get();
        SnapshotManifest latest =
                present == null ? null : present.machine().snapshots().latestManifest();
        return latest == null
                ? new SnapshotStatus(-1, 0, 0, 0, 0, failures.get(), fault)
                : new SnapshotStatus(
                        latest.index(),
                        latest.bytes(),
                        latest.zones(),
                        latest.records(),
                        tookNanos,
                        failures.get(),
                        fault);
    }

    /** Work during which no snapshot is written. */
    interface Exclusive {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Waits for the one that is being written, if there is one, and has that done before another is begun.
     *
     * @throws IOException if it takes too long, or the work failed
     */
    void whileNoneIsWritten(Exclusive work) throws IOException, InterruptedException {
        if (!writing.tryLock(RaftLimits.SNAPSHOT_REQUEST.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new IOException("a snapshot of this node is being written for long");
        }
        try {
            work.run();
        } finally {
            writing.unlock();
        }
    }

    /**
     * Deletes all but the latest one, unless one is being written, put in place or read: then nothing, and nobody waits.
     *
     * @param supervisor of the servers
     * @throws IOException if one could not be deleted
     */
    void keepLatestOnly(Supervisor supervisor) throws IOException {
        if (!writing.tryLock()) {
            return;
        }
        try {
            RaftInstance present = instance.get();
            if (present == null) {
                supervisor.ifNoneRuns(this::keepNewestWholeOnly);
            } else {
                present.machine().snapshots().removeOld(1);
            }
        } finally {
            writing.unlock();
        }
    }

    /** Without a server nobody has looked yet whether the newest one is whole, and the one before it may be what the next server needs. */
    private void keepNewestWholeOnly() throws IOException {
        List<Path> present = SnapshotStore.newestFirst(Healing.store(config));
        if (present.size() < 2 || present.getFirst().equals(flawed)) {
            return;
        }
        try {
            SnapshotDirectory.verify(present.getFirst(), config.clusterId());
        } catch (IOException e) {
            flawed = present.getFirst();
            LOG.warn("The snapshots before {} are kept, since it cannot be used: {}", flawed, e.getMessage());
            return;
        }
        for (Path old : present.subList(1, present.size())) {
            DurableFile.deleteTree(old);
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() throws InterruptedException {
        while (awaitNextLook()) {
            daemons.within(RaftLimits.SNAPSHOT_LOOK, WORK, this::look);
        }
    }

    private boolean awaitNextLook() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = config.tuning().supervision().toNanos();
            while (!stopping && nanos > 0 && asked.get() == null) {
                nanos = changed.awaitNanos(nanos);
            }
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    /** Whoever has asked is told once nothing is held any more: what waits for a snapshot to be over may be done then. */
    private void look() throws InterruptedException {
        CompletableFuture<SnapshotStatus> waiting;
        Throwable why;
        writing.lockInterruptibly();
        try {
            waiting = asked.getAndSet(null);
            why = lookAlone(waiting != null);
        } finally {
            writing.unlock();
        }
        if (waiting != null) {
            boolean _ = why == null ? waiting.complete(status()) : waiting.completeExceptionally(why);
        }
        if (why instanceof Error error) {
            throw error;
        }
    }

    /**
     * Takes one if somebody wants it, or it is due.
     *
     * @return why there is none that was wanted or due; null otherwise
     */
    private @Nullable Throwable lookAlone(boolean wanted) throws InterruptedException {
        RaftInstance present = instance.get();
        if (present == null || !present.inGroup()) {
            return new IOException("this node takes no part in a cluster at present");
        }
        try {
            String reason = wanted ? "asked for" : due(present.machine());
            if (reason != null) {
                take(present, reason);
                boolean all = wanted && shortening.getAndSet(false);
                long kept = config.tuning().preservedBytes();
                shorten(present, all ? kept / KEPT_FOR_WANT_OF_ROOM : kept);
            }
            return null;
        } catch (IOException | RuntimeException e) {
            LOG.error("No snapshot; next attempt in {} s", RaftLimits.SNAPSHOT_BACKOFF.toSeconds(), e);
            return failed(e);
        } catch (Error e) {
            return failed(e);
        }
    }

    private Throwable failed(Throwable why) {
        failures.incrementAndGet();
        fault = "no snapshot could be taken: " + why.getMessage();
        nextAttemptNanos = System.nanoTime() + RaftLimits.SNAPSHOT_BACKOFF.toNanos();
        return why;
    }

    /** Why it is time for a snapshot; null if it is not. */
    private @Nullable String due(ZoneStateMachine machine) throws IOException {
        long now = System.nanoTime();
        if (now - nextAttemptNanos < 0) {
            return null;
        }
        if (machine != lastMachine) {
            lastMachine = machine;
            lastBytes = 0;
        }
        long entries =
                machine.published().index() - Math.max(0, machine.snapshots().latestIndex());
        if (entries <= 0) {
            return null;
        }
        ReplicaTuning tuning = config.tuning();
        if (entries >= tuning.snapshotEntries() * stretch) {
            return entries + " entries";
        }
        if (machine.appliedBytes() - lastBytes >= tuning.snapshotBytes() * stretch) {
            return (machine.appliedBytes() - lastBytes) + " octets of log";
        }
        Duration since = Duration.ofNanos(now - lastNanos);
        if (since.compareTo(tuning.snapshotInterval()) >= 0) {
            return since.toSeconds() + " s";
        }
        // Not again and again while the disk is full of something else.
        return since.compareTo(RaftLimits.SNAPSHOT_BACKOFF) >= 0
                        && disk().getUsableSpace() < 2 * tuning.minimumFreeBytes()
                ? "the disk is running short of room"
                : null;
    }

    private void take(RaftInstance present, String reason) throws IOException, InterruptedException {
        ZoneStateMachine machine = present.machine();
        SnapshotStore store = machine.snapshots();
        Published at = machine.published();
        if (at.index() <= store.latestIndex() || at.index() <= 0) {
            return;
        }
        long begin = System.nanoTime();
        long bytes = machine.appliedBytes();
        store.write(at, new SnapshotPace(disk(), config.tuning().minimumFreeBytes() / 2, () -> stopping));
        present.takeSnapshot(RaftLimits.SNAPSHOT_REQUEST);
        if (store.latestIndex() < at.index()) {
            throw new IOException("the snapshot at entry " + at.index() + " was not taken over");
        }
        store.removeOld(RaftLimits.SNAPSHOTS_KEPT);
        lastMachine = machine;
        lastBytes = bytes;
        lastNanos = System.nanoTime();
        tookNanos = lastNanos - begin;
        fault = null;
        SnapshotManifest manifest = store.latestManifest();
        LOG.info(
                "Snapshot at entry {} after {}: {} octets in {} files, {} ms",
                at.index(),
                reason,
                manifest == null ? 0 : manifest.bytes(),
                manifest == null ? 0 : manifest.files().size(),
                tookNanos / 1_000_000);
    }

    /**
     * Ratis keeps a number of entries behind a snapshot, for members that were away for a moment. An entry may have a mebibyte, so of
     * their files only so many octets stay.
     */
    private void shorten(RaftInstance present, long keptBytes) throws IOException, InterruptedException {
        Path current = Healing.store(config).resolveSibling("current");
        long upTo = LogSegments.lastAbove(current, present.machine().snapshots().latestIndex(), keptBytes);
        if (upTo >= 0) {
            present.purge(upTo, RaftLimits.SNAPSHOT_REQUEST);
        }
    }

    private FileStore disk() throws IOException {
        return Files.getFileStore(config.directory());
    }
}
