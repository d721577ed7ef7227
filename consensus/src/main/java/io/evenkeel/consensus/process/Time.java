package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Elapsed time and the wait for it, so that a test can control both. Any thread. */
public interface Time {
    /** The machine's own. */
    Time SYSTEM = new Time() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(Duration length) throws InterruptedException {
            Thread.sleep(length);
        }

        @Override
        public <T> T await(CompletableFuture<T> future, Duration atMost)
                throws InterruptedException, ExecutionException, TimeoutException {
            return future.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }
    };

    /** As {@link System#nanoTime}: only differences mean something, and they are compared with 0. */
    long nanos();

    /** Returns when so much time has passed; at once if {@code length} is not positive. */
    void sleep(Duration length) throws InterruptedException;

    /**
     * The result of a future.
     *
     * @throws ExecutionException if the future failed
     * @throws TimeoutException if it has no result after so long
     */
    <T> T await(CompletableFuture<T> future, Duration atMost)
            throws InterruptedException, ExecutionException, TimeoutException;
}
