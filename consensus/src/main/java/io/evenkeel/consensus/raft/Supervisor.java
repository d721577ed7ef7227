package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.identity.NodeIdentity.Phase;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
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
 * close it, wait (twice as long each time), build another on the same storage. Three ends are final for this process, each a
 * fault in the status: a server that cannot be closed, an entry that failed too often, a storage that has lost its votes.
 * None of that touches what is published.
 */

/** Keeps one {@link RaftInstance} running. */
final class Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    private final ReplicaConfig config;
    private final Supplier<ZoneStateMachine> machines;
    private final Daemon thread;

    // Of whoever looks: the supervising thread, and once the one that retires this node.
    private final ReentrantLock looking = new ReentrantLock();
    private NodeIdentity identity;
    private Duration wait;
    private long nextAttemptNanos;
    private long builtNanos;
    private long failedIndex = -1;
    private int failures;
    private boolean gaveUp;

    private volatile @Nullable RaftInstance instance;
    private volatile @Nullable String fault;
    private final AtomicLong rebuilds = new AtomicLong();

    Supervisor(
            ReplicaConfig config,
            NodeIdentity identity,
            Supplier<ZoneStateMachine> machines,
            RaftInstance instance,
            Daemons daemons) {
        this.config = config;
        this.identity = identity;
        this.machines = machines;
        this.instance = instance;
        this.wait = config.tuning().rebuildMin();
        this.builtNanos = System.nanoTime();
        this.thread = daemons.platform("raft-supervisor", Daemon.OnFault.RESTART, this::run);
    }

    void start() {
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
            look();
        }
    }

    /** Takes no part any more, and must not after a restart. */
    void retire(String why) throws IOException, InterruptedException {
        looking.lockInterruptibly();
        try {
            NodeIdentity retired = identity.retired();
            retired.store(config.directory());
            identity = retired;
            gaveUp = true;
            fault = why;
            RaftInstance present = instance;
            instance = null;
            if (present != null && !present.close(RaftLimits.CLOSE_DEADLINE)) {
                LOG.error(
                        "The Raft server did not close within {} s; it is left to the end of the process",
                        RaftLimits.CLOSE_DEADLINE.toSeconds());
            }
            LOG.warn("Raft on this node has ended: {}. Answers go on from what is published", why);
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
        RaftInstance present = instance;
        if (present != null) {
            noteMembership(present);
            String broken = present.broken();
            if (broken == null) {
                fault = null;
                if (System.nanoTime() - builtNanos > RaftLimits.HEALTHY_AFTER.toNanos()) {
                    wait = config.tuning().rebuildMin();
                }
                return;
            }
            takeDown(present, broken);
        }
        if (!gaveUp && instance == null && System.nanoTime() - nextAttemptNanos >= 0) {
            rebuild();
        }
    }

    /** From now on a lost Raft directory means that votes were lost. */
    private void noteMembership(RaftInstance present) {
        if (identity.phase() == Phase.MEMBER || !present.inGroup()) {
            return;
        }
        try {
            NodeIdentity member = identity.member();
            member.store(config.directory());
            identity = member;
        } catch (IOException e) {
            LOG.warn("Could not store that this node is a member; tried again at the next look", e);
        }
    }

    private void takeDown(RaftInstance present, String broken) throws InterruptedException {
        LOG.error("Raft on this node is broken: {}. Answers go on from what is published", broken);
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
        postpone();
    }

    private void rebuild() {
        try {
            RatisReplica.requireRoom(config);
            String flaw = identity.flaw(config.raftDirectory());
            if (flaw != null) {
                giveUp(String.valueOf(
                        identity.amnesia(config.raftDirectory(), flaw).getMessage()));
                return;
            }
            instance = RaftInstance.start(config, machines.get(), false);
            builtNanos = System.nanoTime();
            LOG.warn("Raft was rebuilt in this process ({} times by now)", rebuilds.incrementAndGet());
        } catch (IOException e) {
            fault = String.valueOf(e.getMessage());
            LOG.error("Raft could not be rebuilt; next attempt in {} ms", wait.toMillis(), e);
            postpone();
        }
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
        LOG.error("Raft on this node is given up: {}. Answers go on from what is published", why);
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
