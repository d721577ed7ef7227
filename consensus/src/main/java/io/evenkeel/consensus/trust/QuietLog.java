package io.evenkeel.consensus.trust;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** At most one line of a kind in {@link Limits#LOG_LINE}: what strangers do must not fill a disk. Any thread. */
public final class QuietLog {
    private final Logger log;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong left = new AtomicLong();

    /** One kind of line. */
    public QuietLog(Logger log) {
        this.log = log;
    }

    /** Logs the line, or counts it for the next one. */
    public void warn(String line) {
        warn(() -> line);
    }

    /** The same; the line is made only if it is logged. */
    public void warn(Supplier<String> line) {
        long now = System.nanoTime();
        long next = nextNanos.get();
        if (now - next >= 0 && nextNanos.compareAndSet(next, now + Limits.LOG_LINE.toNanos())) {
            long unsaid = left.getAndSet(0);
            String text = line.get();
            log.warn(unsaid == 0 ? text : text + " (and " + unsaid + " like it since the last line)");
        } else {
            left.incrementAndGet();
        }
    }
}
