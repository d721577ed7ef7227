package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats tasks on one platform thread, one after the other, each with a pause of its own between two runs. A task that meets
 * a fault has its next turn all the same, and so do the others; one that hangs keeps the others of its ticker from theirs.
 */
public final class Ticker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

    /** A task that hangs in a system call cannot be interrupted; its thread is a daemon and does not keep the process. */
    private static final Duration STOP = Duration.ofSeconds(1);

    private final Daemons daemons;
    private final String name;
    private final List<Task> tasks;
    private final Daemon thread;

    /** For a run of a task that touches memory, asks the system or reads a small file: a disk that takes longer is as good as gone. */
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /**
     * What is repeated.
     *
     * @param name under which its faults are counted
     * @param every pause between two runs, and before the first
     * @param deadline of a run; one that takes longer goes on, and is told of ({@link Daemons#late})
     */
    public record Task(String name, Duration every, Duration deadline, Daemon.Work work) {
        /** With a deadline of ten seconds. */
        public Task(String name, Duration every, Daemon.Work work) {
            this(name, every, DEADLINE, work);
        }
    }

    private Ticker(Daemons daemons, String name, List<Task> tasks) {
        this.daemons = daemons;
        this.name = name;
        this.tasks = List.copyOf(tasks);
        this.thread = daemons.platform(name, Daemon.OnFault.RESTART, this::run);
        this.tasks.forEach(task -> daemons.declare(task.name()));
    }

    /** @param name of the thread */
    public static Ticker start(Daemons daemons, String name, List<Task> tasks) {
        Ticker ticker = new Ticker(daemons, name, tasks);
        ticker.thread.start();
        return ticker;
    }

    private void run() throws InterruptedException {
        Time time = daemons.time();
        long[] due = new long[tasks.size()];
        for (int i = 0; i < due.length; i++) {
            due[i] = time.nanos() + tasks.get(i).every().toNanos();
        }
        while (true) {
            long now = time.nanos();
            time.sleep(Duration.ofNanos(
                    Arrays.stream(due).map(next -> next - now).min().orElseThrow()));
            for (int i = 0; i < due.length; i++) {
                if (time.nanos() - due[i] >= 0) {
                    run(tasks.get(i));
                    due[i] = time.nanos() + tasks.get(i).every().toNanos();
                }
            }
        }
    }

    private void run(Task task) throws InterruptedException {
        try {
            daemons.within(task.deadline(), task.name(), task.work());
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable fault) {
            daemons.fault(task.name(), fault);
        }
    }

    /** Returns when the thread has ended, or after a second if a task hangs. */
    @Override
    public void close() {
        try {
            if (!thread.stop(STOP)) {
                LOG.warn("A task of {} hangs; its thread is left to the end of the process", name);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
