package io.evenkeel.consensus;

import io.evenkeel.zones.state.ReplicatedState;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one reference that every query reads. Made once per process, before any Raft server: a rebuilt server loads an older
 * snapshot and replays, and publishes here only what is newer, so nothing ever travels back in time. The one exception is a
 * state that may be wrong: it is taken back, for the last one that is known to be good, and what comes after it is shown only
 * from where it had got to.
 */
public final class StateRoot {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();
    private volatile Published published;
    private volatile Published applied;
    private volatile long recoveredIndex = -1;
    private volatile boolean doubted;
    private volatile boolean partial;

    // Under the lock.
    /** Whether nothing is taken at present. */
    private boolean held;
    /** The highest index that was ever shown here. */
    private long highest;
    /** Whether what is shown is of before {@link #highest}, or as of there and not to be relied on. */
    private boolean takenBack;

    /** Whether what is applied may be wrong. */
    private boolean inDoubt;

    /** @param empty the state before the first entry */
    public StateRoot(ReplicatedState empty) {
        published = new Published(0, 0, empty, System.nanoTime());
        applied = published;
    }

    /** One volatile read. */
    public Published get() {
        return published;
    }

    /** The last state that was published, whether it is shown or not. */
    public Published applied() {
        return applied;
    }

    /** Whether what is shown may be wrong, or is of before something that was: it is answered as stale. One volatile read. */
    public boolean isDoubted() {
        return doubted;
    }

    /**
     * Entries up to there were on this node's disk, and known to be committed, when the process began: that they are applied
     * now says nothing about their age. {@code Long.MAX_VALUE} while that is being found out; -1 if there were none.
     */
    public long recoveredIndex() {
        return recoveredIndex;
    }

    /** See {@link #recoveredIndex()}; once per process, when the log has been opened. */
    public void recovered(long index) {
        recoveredIndex = index;
    }

    /**
     * Whether what is published began as what could be proven of an earlier incarnation's data: until all is here it may be older than
     * what this node once showed. One volatile read.
     */
    public boolean isPartial() {
        return partial;
    }

    /** See {@link #isPartial()}; stays so. */
    public void partial() {
        partial = true;
    }

    /** Publishes unless an equal or later index is there already; called by the applying thread. */
    public void publish(Published next) {
        lock.lock();
        try {
            if (next.index() > applied.index()) {
                applied = next;
            }
            boolean newer = takenBack ? next.index() >= highest : next.index() > highest;
            if (held || !newer) {
                return;
            }
            highest = next.index();
            takenBack = false;
            published = next;
            applied = next;
            doubted = inDoubt;
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is applied may be wrong: shows the last good state again, and nothing after it, until {@link #trust}.
     *
     * @param good the last one that is known to be good; null: none is, what is shown goes on being shown
     */
    public void doubt(@Nullable Published good) {
        lock.lock();
        try {
            inDoubt = true;
            doubted = true;
            if (good == null || held) {
                return;
            }
            held = true;
            takenBack = true;
            published = good;
        } finally {
            lock.unlock();
        }
    }

    /** What is applied from now on is right. It is shown when it is as far as what was ever shown. */
    public void trust() {
        lock.lock();
        try {
            held = false;
            inDoubt = false;
            doubted = takenBack;
            applied = published;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Another state takes the place of what was applied. What is shown may be wrong until that has come as far as what was ever
     * shown, even if no entry comes after it.
     */
    public void replaced() {
        lock.lock();
        try {
            held = false;
            inDoubt = false;
            takenBack = true;
            doubted = true;
            applied = published;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the index is published here; false if it was not in time. Meant for virtual threads. */
    public boolean await(long index, Duration deadline) throws InterruptedException {
        long nanos = deadline.toNanos();
        lock.lockInterruptibly();
        try {
            while (published.index() < index) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = advanced.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
