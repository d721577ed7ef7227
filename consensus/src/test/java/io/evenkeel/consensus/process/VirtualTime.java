package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.ArrayList;
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
    private final List<Wait> waiting = new ArrayList<>();

    private long now;

    /** A thread that waits until then, or until something is done; it stays in the list until it has gone on. */
    private static final class Wait {
        private final long deadline;
        private final BooleanSupplier done;

        Wait(long deadline, BooleanSupplier done) {
            this.deadline = deadline;
            this.done = done;
        }
    }

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
            awaitWoken();
            while (!waiting.isEmpty() && nextDeadline() <= end) {
                now = Math.max(now, nextDeadline());
                changed.signalAll();
                awaitWoken();
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
                while (asleep() < threads && !done.isDone()) {
                    changed.await();
                }
                if (done.isDone()) {
                    return;
                }
                advance(Duration.ofNanos(Math.max(0, nextDeadline() - now)));
            } finally {
                lock.unlock();
            }
        }
    }

    /** Returns when so many threads wait. */
    public void awaitWaiting(int threads) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (asleep() < threads) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("ReferenceEquality") // another thread's wait may be equal to this one
    private void awaitUnless(Duration length, BooleanSupplier done) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Wait wait = new Wait(now + length.toNanos(), done);
            waiting.add(wait);
            changed.signalAll();
            try {
                while (!isWoken(wait)) {
                    changed.await();
                }
            } finally {
                waiting.remove(wait);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isWoken(Wait wait) {
        return now >= wait.deadline || wait.done.getAsBoolean();
    }

    private long asleep() {
        return waiting.stream().filter(wait -> !isWoken(wait)).count();
    }

    private long nextDeadline() {
        return waiting.stream().mapToLong(wait -> wait.deadline).min().orElseThrow();
    }

    /** Else time would move on for a thread that has been woken and does not yet run. */
    private void awaitWoken() throws InterruptedException {
        while (asleep() < waiting.size()) {
            changed.await();
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
