package io.evenkeel.server.control;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** At most one line of a kind in {@link ControlLimits#LOG_LINE}: what strangers do must not fill a disk. Any thread. */
final class QuietLog {
    private final Logger log;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong left = new AtomicLong();

    QuietLog(Logger log) {
        this.log = log;
    }

    void warn(String line) {
        long now = System.nanoTime();
        long next = nextNanos.get();
        if (now - next >= 0 && nextNanos.compareAndSet(next, now + ControlLimits.LOG_LINE.toNanos())) {
            long unsaid = left.getAndSet(0);
            log.warn(unsaid == 0 ? line : line + " (and " + unsaid + " like it since the last line)");
        } else {
            left.incrementAndGet();
        }
    }
}
