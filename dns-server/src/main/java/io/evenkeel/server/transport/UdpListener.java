package io.evenkeel.server.transport;

import io.evenkeel.server.query.DropReason;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One UDP socket on one event loop. It is bound long before it may answer, so that an early client meets silence and not an
 * error: until {@link #open} a filter drops everything, or nothing is read. What has queued up by then is thrown away: those
 * clients have given up, and answering the old queue would delay the answers to the new questions. Control threads only.
 */
abstract class UdpListener {
    final AnswerLoop loop;
    final TransportCounters counters;
    private final Silence silence;
    /** Datagrams taken; for the loop only. */
    long reads;

    private long readsSeen;

    UdpListener(AnswerLoop loop, TransportCounters counters, Silence silence) {
        this.loop = loop;
        this.counters = counters;
        this.silence = silence;
    }

    /** Throws away what has queued up, then answers; done when every question from then on is answered. */
    final Future<?> open() {
        return loop.eventLoop.submit(() -> {
            drain();
            if (silence == Silence.FILTERED) {
                filter(false);
            }
            read(true);
        });
    }

    /**
     * Takes nothing more; done when what has been received is answered, as far as {@link Limits#FINISH} allows.
     */
    final Future<?> shut() {
        if (silence == Silence.FILTERED) {
            filter(true);
        }
        return Quiet.await(loop.eventLoop, this::worked).addListener(_ -> read(false));
    }

    /**
     * Lets sockets of other loops join this one's port. Only once it is bound: a socket that allows that while it binds
     * would quietly share the port with another process of the same user.
     */
    abstract void share() throws IOException;

    /** Closes it; done when that is done. */
    abstract Future<?> close();

    /** From when this returns the kernel drops everything, or nothing more. */
    abstract void filter(boolean drop);

    /** Whether to read; on the loop. */
    abstract void read(boolean on);

    /** Whether answers wait for the kernel; on the loop. */
    abstract boolean hasUnsent();

    /** Size of the kernel's queue, in octets. */
    abstract int queueBytes() throws IOException;

    /** Takes one queued datagram without looking at it; false if there is none. */
    abstract boolean discard(ByteBuffer scratch) throws IOException;

    private boolean worked() {
        boolean worked = reads != readsSeen || hasUnsent();
        readsSeen = reads;
        return worked;
    }

    private void drain() {
        ByteBuffer scratch = ByteBuffer.allocateDirect(1);
        try {
            // Bounded: under a flood new questions take the place of the old ones as fast as these go.
            int most = queueBytes() / Limits.KERNEL_DATAGRAM_BYTES;
            for (int i = 0; i < most && discard(scratch); i++) {
                loop.counters.drop(DropReason.GATE);
            }
        } catch (IOException e) {
            counters.socketErrors.increment();
        }
    }
}
