package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Time that stands still until a test moves it. Threads wait in it as they do in real time. */
public final class VirtualTime implements Time {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Until when each waiting thread waits. */
    private final List<Long> waiting = new ArrayList<>();

    private long now;

    @Override
    public long nanos() {
        lock.lock();
        try {
            return now;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sleep(Duration length) throws InterruptedException {
        awaitUnless(length, () -> false);
    }

    @Override
    public <T> T await(CompletableFuture<T> future, Duration atMost)
            throws InterruptedException, ExecutionException, TimeoutException {
        var _ = future.whenComplete((_, _) -> signal());
        awaitUnless(atMost, future::isDone);
        if (!future.isDone()) {
            throw new TimeoutException();
        }
        return future.get();
    }

    /** Moves time on, from one deadline of a waiting thread to the next, and waits at each for its threads to go on. */
    public void advance(Duration length) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long end = now + length.toNanos();
            while (!waiting.isEmpty() && Collections.min(waiting) <= end) {
                long next = Collections.min(waiting);
                now = Math.max(now, next);
                changed.signalAll();
                while (waiting.contains(next)) {
                    changed.await();
                }
            }
            now = end;
        } finally {
            lock.unlock();
        }
    }

    /** Moves time on from one deadline to the next, each time once so many threads wait, until the future is done. */
    public void advanceUntil(CompletableFuture<?> done, int threads) throws InterruptedException {
        var _ = done.whenComplete((_, _) -> signal());
        while (true) {
            lock.lockInterruptibly();
            try {
                while (waiting.size() < threads && !done.isDone()) {
                    changed.await();
                }
                if (done.isDone()) {
                    return;
                }
                advance(Duration.ofNanos(Math.max(0, Collections.min(waiting) - now)));
            } finally {
                lock.unlock();
            }
        }
    }

    /** Returns when so many threads wait. */
    public void awaitWaiting(int threads) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.size() < threads) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitUnless(Duration length, BooleanSupplier done) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Long deadline = now + length.toNanos();
            waiting.add(deadline);
            changed.signalAll();
            try {
                while (now < deadline && !done.getAsBoolean()) {
                    changed.await();
                }
            } finally {
                waiting.remove(deadline);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
