package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The long-lived threads of one node, and the count of the faults that their work has met. Any thread. */
public final class Daemons {
    private static final Logger LOG = LoggerFactory.getLogger(Daemons.class);

    private final Time time;
    private final Consumer<Throwable> end;
    private final Map<String, AtomicLong> faults = new ConcurrentHashMap<>();
    private final Map<String, Busy> busy = new ConcurrentHashMap<>();

    /** Work that has begun and not ended. */
    private record Busy(long sinceNanos, Duration deadline) {}

    /** @param end told of a fault in work that the process cannot go on without; called on the thread of that work */
    public Daemons(Consumer<Throwable> end) {
        this(Time.SYSTEM, end);
    }

    /** @param time in which work that has failed waits to be started anew, and tasks wait for their turn */
    public Daemons(Time time, Consumer<Throwable> end) {
        this.time = time;
        this.end = end;
    }

    /** A platform thread, which {@link Daemon#start} starts. */
    public Daemon platform(String name, Daemon.OnFault onFault, Daemon.Work work) {
        return new Daemon(this, Thread.ofPlatform().daemon().name(name), name, onFault, work);
    }

    /** A virtual thread, which {@link Daemon#start} starts. */
    public Daemon virtual(String name, Daemon.OnFault onFault, Daemon.Work work) {
        return virtual(name, name, onFault, work);
    }

    /**
     * The same, for work of which there are many: for each peer, connection or zone.
     *
     * @param name under which the faults of all of them are counted together, so that their number does not add counters
     * @param thread the name of this one
     */
    public Daemon virtual(String name, String thread, Daemon.OnFault onFault, Daemon.Work work) {
        return new Daemon(this, Thread.ofVirtual().name(thread), name, onFault, work);
    }

    /** Faults of this program since the start, by the name of the work, also of work that has met none. */
    public Map<String, Long> faults() {
        Map<String, Long> counts = new TreeMap<>();
        faults.forEach((name, count) -> counts.put(name, count.get()));
        return counts;
    }

    /**
     * Does a piece of work on the calling thread, which should be over within a time. Longer work goes on, and {@link #late} tells of it: a
     * disk or a system call may hang, which nothing in this process can end.
     *
     * @param name one piece of this name at a time
     */
    public void within(Duration deadline, String name, Daemon.Work work) throws InterruptedException {
        busy.put(name, new Busy(time.nanos(), deadline));
        try {
            work.run();
        } finally {
            busy.remove(name);
        }
    }

    /** How long the work that should be over has gone on by now, by its name; empty if there is none. */
    public Map<String, Duration> late() {
        long now = time.nanos();
        Map<String, Duration> late = new TreeMap<>();
        busy.forEach((name, work) -> {
            Duration length = Duration.ofNanos(now - work.sinceNanos());
            if (length.compareTo(work.deadline()) > 0) {
                late.put(name, length);
            }
        });
        return late;
    }

    /** Lets a name be known before its work has met a fault. */
    void declare(String name) {
        faults.computeIfAbsent(name, _ -> new AtomicLong());
    }

    /** Counts a fault and logs it, but of many alike only each doubling, so that the log stays bounded whatever their rate. */
    void fault(String name, Throwable fault) {
        long count = faults.computeIfAbsent(name, _ -> new AtomicLong()).incrementAndGet();
        if (Long.bitCount(count) == 1) {
            try {
                LOG.error("A fault of this program in {} ({} by now)", name, count, fault);
            } catch (Throwable unsaid) {
                // Memory that does not suffice for the work may not suffice for the line. The counter has it.
                fault.addSuppressed(unsaid);
            }
        }
    }

    void end(Throwable fault) {
        end.accept(fault);
    }

    /** In which these threads wait; the system's outside of tests. */
    public Time time() {
        return time;
    }
}
