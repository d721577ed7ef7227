package io.evenkeel.consensus.process;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A long-lived thread that does not die of a fault in silence: any {@link Throwable} of its work is counted and logged by its
 * {@link Daemons}, and its declaration says what follows. Any thread may call all methods.
 */
public final class Daemon {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    /** Between a first fault and the next attempt. */
    static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

    /** The same after many faults; work that has gone on for so long begins with the shortest again. */
    static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Daemons daemons;
    private final String name;
    private final OnFault onFault;
    private final Work work;
    private final Thread thread;
    private final CompletableFuture<Void> stopping = new CompletableFuture<>();

    /** What follows a fault in the work. */
    public enum OnFault {
        /** The work begins anew after a wait, which doubles from fault to fault. */
        RESTART,
        /** The thread ends, with the connection that it worked for; another is made when it is needed. */
        GIVE_UP,
        /** The process cannot go on without this work, and ends. */
        END
    }

    /** What a thread does. Its end is the end of the thread. */
    @FunctionalInterface
    public interface Work {
        /** @throws InterruptedException when it is told to stop */
        void run() throws InterruptedException;
    }

    Daemon(Daemons daemons, Thread.Builder builder, String name, OnFault onFault, Work work) {
        this.daemons = daemons;
        this.name = name;
        this.onFault = onFault;
        this.work = work;
        this.thread = builder.unstarted(this::run);
        daemons.declare(name);
    }

    /** Once. */
    public void start() {
        thread.start();
    }

    /** Begins no work anew, and waits for the present one to end by itself; false if it has not within that time. */
    public boolean finish(Duration atMost) throws InterruptedException {
        stopping.complete(null);
        return thread.getState() == Thread.State.NEW || thread.join(atMost);
    }

    /** Interrupts the work, begins none anew, and waits for the end; false if it has not come within that time. */
    public boolean stop(Duration atMost) throws InterruptedException {
        stopping.complete(null);
        thread.interrupt();
        return finish(atMost);
    }

    /** For the work: waits until it is to stop, or so long; whether it is. */
    public boolean isToldToStopWithin(Duration atMost) throws InterruptedException {
        try {
            daemons.time().await(stopping, atMost);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("never completed exceptionally", e);
        }
    }

    private void run() {
        Duration wait = SHORTEST_WAIT;
        try {
            while (!stopping.isDone()) {
                long begin = daemons.time().nanos();
                try {
                    work.run();
                    return;
                } catch (InterruptedException e) {
                    throw e;
                } catch (Throwable fault) {
                    daemons.fault(name, fault);
                    switch (onFault) {
                        case RESTART -> {}
                        case GIVE_UP -> {
                            return;
                        }
                        case END -> {
                            daemons.end(fault);
                            return;
                        }
                    }
                }
                if (daemons.time().nanos() - begin >= LONGEST_WAIT.toNanos()) {
                    wait = SHORTEST_WAIT;
                }
                if (isToldToStopWithin(wait)) {
                    return;
                }
                Duration twice = wait.multipliedBy(2);
                wait = twice.compareTo(LONGEST_WAIT) < 0 ? twice : LONGEST_WAIT;
            }
        } catch (InterruptedException e) {
            if (stopping.isDone()) {
                LOG.debug("{} was told to stop", name, e);
            } else {
                LOG.warn("{} was interrupted without being told to stop, and has ended", name, e);
            }
        }
    }
}
