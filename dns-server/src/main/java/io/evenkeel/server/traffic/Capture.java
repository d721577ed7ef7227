package io.evenkeel.server.traffic;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Time;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One capture: takes what the loops hand over and writes it to a file, until somebody says so, its time is over or the file is as large as
 * it may be. {@link #run} is for a thread of its own, once; the other methods are for any.
 */
public final class Capture {
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
    private static final long MIB = 1 << 20;

    private final Traffic traffic;
    private final Plan plan;
    private final String by;
    private final Path file;
    private final WritableByteChannel channel;
    private final DnstapFile dnstap;
    private final Time time;
    private final List<CaptureQueue> queues;
    private final Instant begun = Instant.now();
    private final long begunNanos;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean told;
    /** As {@link Status#ended}. */
    private volatile String ended = "";

    private volatile long messages;
    private volatile long bytes;
    private volatile long endedNanos;

    // For its thread only.
    private boolean full;
    private long lookedNanos;

    /**
     * What is asked for.
     *
     * @param time after which it ends
     * @param bytes that the file has at most
     */
    public record Plan(CaptureFilter filter, Duration time, long bytes) {}

    /**
     * How far it is.
     *
     * @param by who asked for it
     * @param length how long it has gone on, or did
     * @param messages questions that were taken; what is in the file may be a moment behind
     * @param bytes of the file
     * @param lost messages that were not taken, since the disk was too slow
     * @param ended why, in words; empty while it goes on
     */
    public record Status(
            Path file,
            Plan plan,
            String by,
            Instant begun,
            Duration length,
            long messages,
            long bytes,
            long lost,
            String ended) {
        /** Whether it goes on. */
        public boolean isRunning() {
            return ended.isEmpty();
        }
    }

    /**
     * Begins to take messages.
     *
     * @param channel to the file, empty; closed at the end
     */
    Capture(Traffic traffic, Plan plan, String by, Path file, WritableByteChannel channel, Writer writer, Time time) {
        this.traffic = traffic;
        this.plan = plan;
        this.by = by;
        this.file = file;
        this.channel = channel;
        this.time = time;
        this.begunNanos = time.nanos();
        this.lookedNanos = begunNanos;
        long epochNanos = begun.getEpochSecond() * 1_000_000_000L + begun.getNano() - System.nanoTime();
        this.dnstap = new DnstapFile(channel, writer.node(), writer.version(), writer.privacy(), epochNanos);
        this.queues = traffic.begin(plan.filter());
    }

    /**
     * Who writes.
     *
     * @param node its name
     * @param version of this program
     * @param privacy what may be told of clients
     */
    record Writer(String node, String version, ClientPrivacy privacy) {}

    /** Tells it to end. */
    void stop() {
        told = true;
    }

    /** Whether it has ended within that time. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        return done.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    Status status() {
        long until = ended.isEmpty() ? time.nanos() : endedNanos;
        return new Status(
                file,
                plan,
                by,
                begun,
                Duration.ofNanos(until - begunNanos),
                messages,
                bytes,
                queues.stream().mapToLong(CaptureQueue::lost).sum(),
                ended);
    }

    /** Writes until it ends. */
    void run() throws InterruptedException {
        String why = "a fault of this program, which the log tells";
        try (channel) {
            why = write();
        } catch (IOException e) {
            why = "the disk does not take it: " + e;
        } finally {
            traffic.end();
            endedNanos = time.nanos();
            ended = why;
            done.countDown();
            Status last = status();
            LOG.info(
                    "The capture to {} has ended ({}): {} messages, {} octets, {} messages lost",
                    file,
                    why,
                    last.messages(),
                    last.bytes(),
                    last.lost());
        }
    }

    private String write() throws IOException, InterruptedException {
        dnstap.start();
        dnstap.flush();
        String why = "";
        while (why.isEmpty()) {
            long now = time.nanos();
            if (told) {
                why = "it was told to";
            } else if (now - begunNanos >= plan.time().toNanos()) {
                why = "its time is over";
            } else if (now - lookedNanos >= TrafficLimits.LOOK.toNanos()) {
                lookedNanos = now;
                why = spaceLacks();
            }
            if (!why.isEmpty()) {
                traffic.end();
            }
            boolean any = drain();
            if (full) {
                why = "the file is as large as it may be";
            } else if (!any && why.isEmpty()) {
                time.sleep(TrafficLimits.PAUSE);
            }
        }
        traffic.end();
        dnstap.stop();
        bytes = dnstap.bytes();
        return why;
    }

    private String spaceLacks() throws IOException {
        long free = Files.getFileStore(file).getUsableSpace();
        return free >= TrafficLimits.FREE_BYTES
                ? ""
                : "the disk has " + free / MIB + " MiB left, which the log of changes needs";
    }

    /** Writes what is there; whether there was anything. */
    private boolean drain() throws IOException {
        boolean any = false;
        for (CaptureQueue queue : queues) {
            any |= queue.drain(this::take);
        }
        dnstap.flush();
        bytes = dnstap.bytes();
        return any;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by its thread alone
    private boolean take(CaptureQueue.Message message) throws IOException {
        if (dnstap.bytes() + dnstap.most(message) + DnstapFile.STOP_BYTES > plan.bytes()) {
            full = true;
            return false;
        }
        dnstap.write(message);
        messages++;
        return true;
    }
}
