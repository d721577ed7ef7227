package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.evenkeel.server.log.LogLosses.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One place that lines go to, by a thread of its own: nobody who logs waits for a disk or a terminal. Lines that are too many for the queue, for the
 * bound on octets, which it may share with others, or for the disk are lost and counted. Any thread.
 */
final class LogSink extends UnsynchronizedAppenderBase<ILoggingEvent> {
    /** Lines that wait. */
    static final int QUEUE = 1024;

    /** Octets a second, and at once beyond that. */
    static final int OCTETS_PER_SECOND = 64 << 10;

    static final int OCTETS_AT_ONCE = 2 << 20;
    private static final double NANOS = 1e9;

    /** The bound on octets: one for all places that the lines of a process go to. Any thread. */
    static final class Allowance {
        private double octets = OCTETS_AT_ONCE;
        private long grownNanos = System.nanoTime();

        /** Takes that many; false if there are fewer. */
        synchronized boolean take(int wanted, long now) {
            octets = Math.min(OCTETS_AT_ONCE, octets + (now - grownNanos) / NANOS * OCTETS_PER_SECOND);
            grownNanos = now;
            if (octets < wanted) {
                return false;
            }
            octets -= wanted;
            return true;
        }

        /** Of those that were taken so many were not needed. */
        synchronized void giveBack(int unneeded) {
            octets += unneeded;
        }
    }

    /** Wakes the thread up to end. */
    private static final ILoggingEvent END = new LoggingEvent();

    private final Lines lines;
    private final Target target;
    private final Losses losses;
    private final Allowance allowance;
    private volatile Runnable eachSecond = () -> {};

    private final BlockingQueue<ILoggingEvent> waiting = new ArrayBlockingQueue<>(QUEUE);
    private final Thread thread;

    // For the thread only.
    private long secondNanos = System.nanoTime();

    /** What a line is written to. */
    interface Target extends Closeable {
        /** @throws IOException if no part of the line is there now */
        void append(byte[] line, long now) throws IOException;
    }

    /** How a line is written. */
    interface Lines {
        /**
         * In UTF-8, with its line feed; at most {@link LogLines#MOST_OCTETS} long. One thread.
         *
         * @throws IOException if it cannot be made, and is lost
         */
        byte[] octets(ILoggingEvent event, long now) throws IOException;

        /** The octets that were asked for last are where they should be. */
        default void written() {}
    }

    /** Counts what is lost. Any thread. */
    @FunctionalInterface
    interface Losses {
        void lost(Reason reason, Level level);
    }

    LogSink(String name, Lines lines, Target target, Losses losses, Allowance allowance) {
        this.lines = lines;
        this.target = target;
        this.losses = losses;
        this.allowance = allowance;
        this.thread = Thread.ofPlatform().name("log-" + name).daemon().unstarted(this::run);
    }

    /** What else is to be done about once a second, as long as the place takes its lines: whatever must be done is to be told to several. */
    void eachSecond(Runnable work) {
        eachSecond = work;
    }

    @Override
    public void start() {
        super.start();
        thread.start();
    }

    /** Writes what waits, for so long at most; false if that was too short. */
    boolean finish(Duration atMost) throws InterruptedException {
        super.stop();
        boolean ignored = waiting.offer(END); // if there is no room the thread is awake
        return thread.join(atMost);
    }

    @Override
    protected void append(ILoggingEvent event) {
        // Of this thread and moment: the arguments may change.
        event.getFormattedMessage();
        event.getThreadName();
        if (!waiting.offer(event)) {
            losses.lost(Reason.QUEUE, event.getLevel());
        }
    }

    private void run() {
        while (isStarted() || !waiting.isEmpty()) {
            try {
                write(waiting.poll(1, TimeUnit.SECONDS));
                second();
            } catch (InterruptedException | RuntimeException | Error e) {
                addError("the log goes on after a fault of this program", e);
            }
        }
        try {
            target.close();
        } catch (IOException e) {
            addError("closing the log", e);
        }
    }

    private void write(@Nullable ILoggingEvent event) {
        if (event == null || event == END) {
            return;
        }
        long now = System.nanoTime();
        if (!allowance.take(LogLines.MOST_OCTETS, now)) {
            losses.lost(Reason.RATE, event.getLevel());
            return;
        }
        int unneeded = LogLines.MOST_OCTETS;
        try {
            byte[] line = lines.octets(event, now);
            unneeded -= line.length;
            target.append(line, now);
            lines.written();
        } catch (IOException e) {
            losses.lost(Reason.DISK, event.getLevel());
        } finally {
            allowance.giveBack(unneeded);
        }
    }

    private void second() {
        long now = System.nanoTime();
        if (now - secondNanos >= NANOS) {
            secondNanos = now;
            eachSecond.run();
        }
    }
}
