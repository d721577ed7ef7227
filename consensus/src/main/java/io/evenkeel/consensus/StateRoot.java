package io.evenkeel.consensus;

import io.evenkeel.zones.change.ReplicatedState;
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

    /** @param empty the state before the first entry */
    public StateRoot(ReplicatedState empty) {
        published = new AtomicReference<>(new Published(0, 0, empty, System.nanoTime()));
    }

    /** One volatile read. */
    public Published get() {
        return published.get();
    }

    /** Publishes unless an equal or later index is there already; called by the applying thread. */
    void publish(Published next) {
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
