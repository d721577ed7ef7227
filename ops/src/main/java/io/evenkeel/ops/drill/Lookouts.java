package io.evenkeel.ops.drill;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Threads that look at a cluster from the beginning of a run until they are told that it is over. Any thread. */
final class Lookouts {
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private volatile long startNanos;

    /** Of a thread; it ends soon after {@link #waits} has said that it is over. */
    @FunctionalInterface
    interface Task {
        void run() throws InterruptedException;
    }

    /** The run begins at that time of {@link System#nanoTime}. */
    void begin(long nanos) {
        startNanos = nanos;
    }

    void start(String name, Task task) {
        threads.add(Thread.ofVirtual().name(name).start(() -> {
            try {
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    /** Nanoseconds since the beginning of the run. */
    long now() {
        return System.nanoTime() - startNanos;
    }

    /** Waits so long; false if it is over. */
    boolean waits(Duration pace) throws InterruptedException {
        return !over.await(pace.toNanos(), TimeUnit.NANOSECONDS);
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    /** It is over: they end soon. */
    void stop() {
        over.countDown();
    }

    /** It is over; returns when all of them have ended. */
    void end() throws InterruptedException {
        stop();
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
