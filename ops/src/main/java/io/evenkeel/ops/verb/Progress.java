package io.evenkeel.ops.verb;

import java.time.Duration;

/** Says every few seconds that long work goes on, and for how long already; silent if it is short. */
public final class Progress {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Thread thread;

    private Progress(Thread thread) {
        this.thread = thread;
    }

    /** Begins to say so on standard error, until {@link #stop}. */
    public static Progress start(Output output, String what) {
        long begin = System.nanoTime();
        return new Progress(Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Thread.sleep(EVERY);
                    output.progress("%s ... %d s".formatted(what, (System.nanoTime() - begin) / 1_000_000_000));
                }
            } catch (InterruptedException done) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    /** The work is done; may be called again. */
    public void stop() {
        thread.interrupt();
    }
}
