package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.identity.NodeIdentity.Phase;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.snapshot.SnapshotTooLargeException;
import io.evenkeel.consensus.trust.ClusterKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Ratis closes a division for good on an entry that cannot be applied or an exception in its log thread, and a log that once
 * met a full disk stays wedged while it goes on saying RUNNING. One thread looks once a second and replaces what is broken:
 * close it, wait (twice as long each time), build another on the same storage. So it does for one that could not even be built
 * when the process began. Two ends are final for this process, each a fault in the status: a server that cannot be closed, an
 * entry that failed too often. A storage whose votes or log are damaged waits until somebody says which incarnation comes
 * next. None of that touches what is published.
 */

/** Keeps one {@link RaftInstance} running. */
final class Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** Name of its thread. */
    private static final String WORK = "raft-supervisor";

    private final StateRoot root;
    private final Supplier<ZoneStateMachine> machines;
    private final Daemons daemons;
    private final Daemon thread;
    private final Ballast ballast;

    // Of whoever looks: the supervising thread, and once the one that retires this node.
    private final ReentrantLock looking = new ReentrantLock();
    private volatile ReplicaConfig config;
    private @Nullable NodeIdentity identity;
    private Duration wait;
    private long nextAttemptNanos = System.nanoTime();
    private long builtNanos;
    /** Of the keys, when a server was last built, or to be built. */
    private long keysVersion;

    private long failedIndex = -1;
    private int failures;
    private boolean gaveUp;
    private boolean shortOfRoom;

    private volatile @Nullable RaftInstance instance;
    private volatile @Nullable String fault;
    private volatile boolean damaged;
    private volatile boolean built;
    /** Whether anybody is there to be told; until then whoever builds the first one is, by the exception. */
    private volatile boolean started;

    private final AtomicLong rebuilds = new AtomicLong();

    /** @param machines makes one for each server; all publish to that root */
    Supervisor(ReplicaConfig config, StateRoot root, Supplier<ZoneStateMachine> machines, Daemons daemons) {
        this.config = config;
        this.root = root;
        this.machines = machines;
        this.wait = config.tuning().rebuildMin();
        this.ballast = new Ballast(config.directory(), config.tuning().minimumFreeBytes());
        this.daemons = daemons;
        this.thread = daemons.platform(WORK, Daemon.OnFault.RESTART, this::run);
    }

    /**
     * Builds the first one; to be called once, before {@link #start}.
     *
     * @throws IOException if that fails: the supervisor, if started all the same, goes on trying, unless it is {@link #damaged}
     */
    RaftInstance first() throws IOException {
        try {
            return build(config.start() == ReplicaConfig.StartMode.FOUND);
        } catch (IOException e) {
            failed(e);
            throw e;
        }
    }

    void start() {
        started = true;
        tell();
        thread.start();
    }

    /** The running server; null between two of them, and after giving up. */
    @Nullable
    RaftInstance instance() {
        return instance;
    }

    /** Why there is none, or why the present one is about to go; null if all is well. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Whether the votes or the log on disk are damaged: only as another incarnation may this node take part again. */
    boolean damaged() {
        return damaged;
    }

    /** How the present one was built, or the next will be. */
    ReplicaConfig config() {
        return config;
    }

    long rebuilds() {
        return rebuilds.get();
    }

    /** No server is built any more after it; what runs goes on. Waits for the present look to end. */
    void stop() throws InterruptedException {
        if (!thread.finish(RaftLimits.CLOSE_DEADLINE.multipliedBy(2))) {
            LOG.error("The supervisor did not stop; its server is left to the end of the process");
        }
    }

    /** A closing server answers with anything. After a fault the next look sees what became of it. */
    private void run() throws InterruptedException {
        while (!thread.isToldToStopWithin(config.tuning().supervision())) {
            daemons.within(RaftLimits.LOOK, WORK, this::look);
        }
    }

    /** Takes no part any more, and must not after a restart. */
    void retire(String why) throws IOException, InterruptedException {
        looking.lockInterruptibly();
        try {
            NodeIdentity known =
                    identity == null ? NodeIdentity.find(config.directory()).identity() : identity;
            become(known.retired());
            gaveUp = true;
            fault = why;
            RaftInstance present = instance;
            instance = null;
            if (present != null && !present.close(RaftLimits.CLOSE_DEADLINE)) {
                LOG.error(
                        "The Raft server did not close within {} s; it is left to the end of the process",
                        RaftLimits.CLOSE_DEADLINE.toSeconds());
            }
            JOURNAL.warn(
                    Kind.RAFT,
                    "Raft on this node has ended: " + why + ". Answers go on from what is published",
                    "takesPart",
                    false);
        } finally {
            looking.unlock();
        }
    }

    /** The votes or the log are not what this node has written: it must not take part as who it was. */
    void forsake(String why) throws InterruptedException {
        looking.lockInterruptibly();
        try {
            RaftInstance present = instance;
            if (gaveUp || present == null) {
                return;
            }
            DamagedException lost = new DamagedException(why);
            noteDamaged(lost); // first: the process may have to end before the server has closed
            if (!present.close(RaftLimits.CLOSE_DEADLINE)) {
                giveUp("needs a restart of the process: the Raft server could not be closed within "
                        + RaftLimits.CLOSE_DEADLINE.toSeconds() + " s when " + why);
                return;
            }
            instance = null;
            failed(lost);
        } finally {
            looking.unlock();
        }
    }

    /** What is done to the storage while no server has it open. */
    interface Work {
        void run() throws IOException;
    }

    /**
     * Closes the server, has that done, and starts another on the same storage, whatever came of it.
     *
     * @throws IOException if there is no server, it could not be closed, or the work failed
     */
    void restart(String why, Work work) throws IOException, InterruptedException {
        looking.lockInterruptibly();
        try {
            RaftInstance present = instance;
            if (gaveUp || present == null) {
                throw new IOException("no Raft server runs here at present: " + fault);
            }
            JOURNAL.warn(
                    Kind.RAFT, "Raft on this node is started anew: " + why + ". Answers go on", "takesPart", false);
            fault = why;
            if (!present.close(RaftLimits.CLOSE_DEADLINE)) {
                giveUp("needs a restart of the process: the Raft server could not be closed within "
                        + RaftLimits.CLOSE_DEADLINE.toSeconds() + " s when " + why);
                throw new IOException(String.valueOf(fault));
            }
            instance = null;
            try {
                work.run();
            } finally {
                rebuild();
            }
        } finally {
            looking.unlock();
        }
    }

    /**
     * Has that done to the storage if no server has it open, and none is being built or replaced at this moment; else nothing is done.
     *
     * @throws IOException if the work failed
     */
    void ifNoneRuns(Work work) throws IOException {
        if (!looking.tryLock()) {
            return;
        }
        try {
            if (instance == null) {
                work.run();
            }
        } finally {
            looking.unlock();
        }
    }

    private void look() throws InterruptedException {
        looking.lockInterruptibly();
        try {
            lookLocked();
        } finally {
            looking.unlock();
        }
    }

    private void lookLocked() throws InterruptedException {
        if (gaveUp) {
            return; // final: what could not be closed would be closed again at every look, and its fault overwritten
        }
        ballast.look();
        RaftInstance present = instance;
        if (present != null) {
            noteMembership(present);
            present.followMoved();
            String broken = present.broken();
            if (broken == null && !ballast.isUsedUp()) {
                fault = null;
                if (System.nanoTime() - builtNanos > RaftLimits.HEALTHY_AFTER.toNanos()) {
                    wait = config.tuning().rebuildMin();
                }
                return;
            }
            if (broken == null) {
                // Its last change and its last vote are on the disk, and the next ones would not get there.
                present.handOver(RaftLimits.HAND_OVER_DEADLINE);
                broken = "its disk has no room left, so the log is closed before it meets the end; make room";
            }
            takeDown(present, broken);
        }
        boolean due = System.nanoTime() - nextAttemptNanos >= 0 || keysVersion != keysVersion();
        if (!gaveUp && !damaged && instance == null && due) {
            rebuild();
        }
    }

    /** Another one than at the last attempt: perhaps it failed for want of them. */
    private long keysVersion() {
        ClusterKeys keys = config.keys();
        return keys == null ? 0 : keys.version();
    }

    /** From now on a lost Raft directory means that votes were lost. */
    private void noteMembership(RaftInstance present) {
        NodeIdentity known = identity;
        if (known == null || known.phase() == Phase.MEMBER || !present.inGroup()) {
            return;
        }
        try {
            become(known.member());
        } catch (IOException e) {
            LOG.warn("Could not store that this node is a member; tried again at the next look", e);
        }
    }

    private void takeDown(RaftInstance present, String broken) throws InterruptedException {
        JOURNAL.error(
                Kind.RAFT,
                "Raft on this node has ended: " + broken + ". Answers go on from what is published",
                "takesPart",
                false);
        fault = broken;
        long failed = present.machine().failedIndex();
        if (failed >= 0) {
            failures = failed == failedIndex ? failures + 1 : 1;
            failedIndex = failed;
        }
        if (!present.close(RaftLimits.CLOSE_DEADLINE)) {
            giveUp("needs a restart of the process: the Raft server could not be closed within "
                    + RaftLimits.CLOSE_DEADLINE.toSeconds() + " s after: " + broken);
            return;
        }
        instance = null;
        if (failures >= RaftLimits.APPLY_ATTEMPTS) {
            giveUp("entry " + failedIndex + " failed to apply " + failures + " times: "
                    + present.machine().failure());
            return;
        }
        if (Preparation.isShortOfRoom(config)) {
            nextAttemptNanos = System.nanoTime(); // lack of room is no failed attempt
        } else {
            postpone();
        }
    }

    private void rebuild() {
        try {
            boolean again = built;
            build(false);
            if (again) {
                JOURNAL.warn(
                        Kind.RAFT,
                        "Raft was rebuilt in this process (" + rebuilds.incrementAndGet() + " times by now)",
                        "takesPart",
                        true);
            } else {
                JOURNAL.warn(Kind.RAFT, "The cause is gone: this node takes part in Raft", "takesPart", true);
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    private RaftInstance build(boolean found) throws IOException {
        keysVersion = keysVersion(); // first: a change meanwhile is another attempt
        try {
            return start(found);
        } catch (RuntimeException | Error e) {
            fault = "a fault of this program kept its Raft server from starting: " + e;
            postpone();
            throw e;
        }
    }

    private RaftInstance start(boolean found) throws IOException {
        identity = Preparation.of(config);
        RaftInstance next = RaftInstance.start(config, machines.get(), found);
        // What it has now was here when the process began, or is from another life; see StateRoot.
        if (!built) {
            root.recovered(Math.max(
                    next.division().getRaftLog().getLastCommittedIndex(),
                    root.get().index()));
        }
        built = true;
        // From now on a Raft directory that is lost means that votes were lost.
        config = config.as(config.self(), ReplicaConfig.StartMode.RESUME);
        builtNanos = System.nanoTime();
        instance = next;
        fault = null;
        shortOfRoom = false;
        return next;
    }

    private void failed(IOException e) {
        DamagedException lost = DamagedException.in(e);
        damaged = lost != null;
        SnapshotTooLargeException tooLarge = SnapshotTooLargeException.among(e);
        Exception cause = tooLarge == null ? e : tooLarge;
        String why = lost == null ? String.valueOf(cause.getMessage()) : comesBack(lost);
        if (lost != null) {
            noteDamaged(lost);
        }
        boolean hadRoom = !shortOfRoom;
        shortOfRoom =
                e instanceof DataDirectoryException refused && refused.kind() == DataDirectoryException.Kind.NO_SPACE;
        boolean told = why.equals(fault) || (shortOfRoom && !hadRoom); // the figure in it changes all the time
        fault = why;
        if (!told) {
            tell();
        }
        if (shortOfRoom) {
            nextAttemptNanos = System.nanoTime(); // nothing was built, and the next look costs next to nothing
        } else {
            postpone();
        }
    }

    private void tell() {
        String why = fault;
        if (why != null && started) {
            JOURNAL.error(
                    Kind.RAFT,
                    "This node takes no part in Raft: " + why
                            + (root.get().state().catalog().isEmpty()
                                    ? ". It has no zones to answer from, and is silent"
                                    : ". Answers go on from what it has")
                            + (damaged ? "" : "; tried again until the cause is gone"),
                    "takesPart",
                    false);
        }
    }

    private String comesBack(DamagedException lost) {
        return config.raftDirectory() + ": " + lost.getMessage() + ". "
                + config.self().peerId() + " must not take part again: this node comes back by itself"
                + " as its next incarnation, once the other members have a leader. If they have none since the majority of"
                + " the members is damaged too, see `evenkeel cluster recover --help`";
    }

    private void noteDamaged(DamagedException lost) {
        try {
            NodeIdentity.noteDamaged(config.raftDirectory(), String.valueOf(lost.getMessage()));
        } catch (IOException e) {
            LOG.warn("Could not note on disk that votes or log are damaged; that is found again at the next start", e);
        }
    }

    /**
     * Comes back as another incarnation, which has never voted, and waits to be let in.
     *
     * @throws IOException if that could not be noted on disk; nothing has changed
     */
    void rejoin(NodeIdentity next, Member self) throws IOException, InterruptedException {
        looking.lockInterruptibly();
        try {
            if (instance != null || gaveUp) {
                throw new IOException("a Raft server runs here, or was given up: " + fault);
            }
            become(next);
            config = config.as(self, ReplicaConfig.StartMode.JOIN);
            wait = config.tuning().rebuildMin();
            damaged = false;
            try {
                build(false);
            } catch (IOException e) {
                failed(e);
            }
        } finally {
            looking.unlock();
        }
    }

    /** Notes on disk how far this node has come. */
    void become(NodeIdentity next) throws IOException {
        next.store(config.directory());
        identity = next;
    }

    private void postpone() {
        nextAttemptNanos = System.nanoTime() + wait.toNanos();
        Duration longest = config.tuning().rebuildMax();
        Duration twice = wait.multipliedBy(2);
        wait = twice.compareTo(longest) < 0 ? twice : longest;
    }

    private void giveUp(String why) {
        gaveUp = true;
        fault = why;
        JOURNAL.error(
                Kind.RAFT,
                "Raft on this node is given up: " + why + ". Answers go on from what is published",
                "takesPart",
                false);
    }

    /** Closes what runs, bounded. Call {@link #stop} before. */
    void closeInstance() throws InterruptedException {
        RaftInstance present = instance;
        if (present != null && !present.close(RaftLimits.CLOSE_DEADLINE)) {
            LOG.error("The Raft server did not close within {} s", TimeUnit.SECONDS.convert(RaftLimits.CLOSE_DEADLINE));
        }
        instance = null;
    }
}
