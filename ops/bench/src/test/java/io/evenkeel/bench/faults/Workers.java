package io.evenkeel.bench.faults;

import java.util.ArrayList;
import java.util.List;

/** Threads that each do one thing again and again, until {@link #close}, which waits for their ends. */
final class Workers implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    /** Starts one more, with a kind of thread that the caller chooses. */
    void start(Thread.Builder kind, Runnable step) {
        threads.add(kind.start(() -> {
            while (!stopped) {
                step.run();
            }
        }));
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
