package io.evenkeel.consensus;

import io.evenkeel.zones.state.ReplicatedState;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one reference that every query reads. Made once per process, before any Raft server: a rebuilt server loads an older
 * snapshot and replays, and publishes here only what is newer, so nothing ever travels back in time.
 */
public final class StateRoot {
    private final AtomicReference<Published> published;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();
    private volatile long recoveredIndex = -1;

    /** @param empty the state before the first entry */
    public StateRoot(ReplicatedState empty) {
        published = new AtomicReference<>(new Published(0, 0, empty, System.nanoTime()));
    }

    /** One volatile read. */
    public Published get() {
        return published.get();
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

    /** Publishes unless an equal or later index is there already; called by the applying thread. */
    public void publish(Published next) {
        Published present = published.get();
        while (next.index() > present.index()) {
            if (published.compareAndSet(present, next)) {
                lock.lock();
                try {
                    advanced.signalAll();
                } finally {
                    lock.unlock();
                }
                return;
            }
            present = published.get();
        }
    }

    /** Waits until the index is published here; false if it was not in time. Meant for virtual threads. */
    public boolean await(long index, Duration deadline) throws InterruptedException {
        long nanos = deadline.toNanos();
        lock.lockInterruptibly();
        try {
            while (published.get().index() < index) {
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
