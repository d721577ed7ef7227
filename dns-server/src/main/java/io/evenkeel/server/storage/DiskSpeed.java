package io.evenkeel.server.storage;

import io.evenkeel.consensus.process.Durations;
import io.evenkeel.consensus.process.Time;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows how long the disk of a node takes to force a block, by one of its own each second. {@link #look} belongs to one thread, which hangs with the
 * disk; all else is any thread's, and does not.
 */
final class DiskSpeed {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSpeed.class);

    /** A disk that takes longer is too slow to lead with: changes wait for it. */
    static final Duration SLOW = Duration.ofSeconds(3);

    /** How often {@link #look} is to be called. */
    static final Duration EVERY = Duration.ofSeconds(1);

    /** So long after it was slow it is not trusted yet. */
    static final Duration KEPT = Duration.ofSeconds(30);

    private static final String FILE = "disk-probe";
    private static final int BLOCK = 512;

    private final Path file;
    private final Time time;
    private final Force force;
    private final Durations forced = new Durations();
    private volatile long beganNanos;
    private volatile boolean underWay;
    private volatile long tookNanos;
    private volatile long slowNanos;
    private volatile boolean wasSlow;

    /** Writes the octets to the start of the file and waits until the disk has them. */
    interface Force {
        void write(Path file, ByteBuffer octets) throws IOException;
    }

    /** @param folder the data folder */
    DiskSpeed(Path folder, Time time) {
        this(folder, time, DiskSpeed::toDisk);
    }

    DiskSpeed(Path folder, Time time, Force force) {
        this.file = folder.resolve(FILE);
        this.time = time;
        this.force = force;
    }

    private static void toDisk(Path file, ByteBuffer octets) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (octets.hasRemaining()) {
                channel.write(octets, octets.position());
            }
            channel.force(false);
        }
    }

    /** Every second. */
    void look() {
        beganNanos = time.nanos();
        underWay = true;
        try {
            force.write(file, ByteBuffer.allocate(BLOCK));
            forced.add(time.nanos() - beganNanos);
        } catch (IOException e) {
            LOG.debug("the disk takes no block at present", e); // a full disk is not a slow one
        } finally {
            long now = time.nanos();
            tookNanos = now - beganNanos;
            if (tookNanos > SLOW.toNanos()) {
                slowNanos = now;
                wasSlow = true;
            }
            underWay = false;
        }
    }

    /** Whether it takes too long at present, or did a moment ago. */
    boolean isSlow() {
        return pendingNanos() > SLOW.toNanos() || (wasSlow && time.nanos() - slowNanos < KEPT.toNanos());
    }

    /** How long the last block took, or the present one has taken so far if that is longer. */
    double seconds() {
        return Math.max(tookNanos, pendingNanos()) / 1e9;
    }

    /** Of all blocks that it took. */
    Durations forced() {
        return forced;
    }

    private long pendingNanos() {
        return underWay ? time.nanos() - beganNanos : 0;
    }
}
