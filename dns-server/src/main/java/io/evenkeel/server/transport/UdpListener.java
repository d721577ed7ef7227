package io.evenkeel.server.transport;

import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.DropReason;
import io.netty.channel.ChannelException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One UDP socket on one event loop. It is bound long before it may answer, so that an early client meets silence and not an
 * error: until {@link #open} a filter drops everything, or nothing is read. What has queued up by then is thrown away: those
 * clients have given up, and answering the old queue would delay the answers to the new questions. Control threads only.
 */
abstract class UdpListener {
    /** Measurements of the charge over which its mean is. */
    private static final int CHARGES = 16;

    private static final int IPV6_OCTETS = 16;

    final AnswerLoop loop;
    final TransportCounters counters;
    private final Silence silence;
    private final ListenRules rules;
    /** What a proxy has told of the client of a datagram; null: there is no proxy. For the loop only. */
    private final @Nullable ProxyHeader proxy;

    // For the loop only, as what follows.
    /** Age of what waits in the kernel. */
    final ReceiveQueue queue;
    /** Datagrams taken, and taken when {@link ReceiveControl} looked last. */
    long reads;

    long readsTicked;
    /** When that was more than the time before, and how many a second of late. */
    long busyNanos;

    double takenQps;
    /** Whether the charge for a datagram is to be measured with the next ones. */
    boolean measures;
    /** What the kernel charges for a datagram. */
    int chargeBytes = TransportLimits.DATAGRAM_CHARGE_BYTES;
    /** Size of the kernel's queue: as asked for, when, and as granted. */
    int askedBytes;

    long askedNanos;

    int grantedBytes;
    private long readsSeen;
    private final byte[] source = new byte[IPV6_OCTETS];

    UdpListener(UdpBinding binding) {
        loop = binding.loop();
        counters = binding.counters();
        silence = binding.silence();
        rules = binding.rules();
        proxy = rules.isProxied() ? new ProxyHeader() : null;
        queue = loop.receive.queue();
        busyNanos = System.nanoTime();
    }

    /** Throws away what has queued up, then answers; done when every question from then on is answered. */
    final Future<?> open() {
        return loop.eventLoop.submit(() -> {
            drain();
            if (silence == Silence.FILTERED) {
                filter(false);
            }
            queue.seenEmpty(System.nanoTime());
            read(true);
        });
    }

    /**
     * Takes nothing more; done when what has been received is answered, as far as {@link TransportLimits#FINISH} allows.
     */
    final Future<?> shut() {
        if (silence == Silence.FILTERED) {
            try {
                filter(true);
            } catch (ChannelException e) {
                counters.socketErrors.increment(); // silent all the same, since nothing is read
            }
        }
        return Quiet.await(loop.eventLoop, this::worked).addListener(_ -> {
            if (!loop.eventLoop.isShuttingDown()) {
                read(false);
            }
        });
    }

    /**
     * Lets sockets of other loops join this one's port. Only once it is bound: a socket that allows that while it binds
     * would quietly share the port with another process of the same user.
     */
    abstract void share() throws IOException;

    /** Closes it; done when that is done. */
    final Future<?> close() {
        loop.receive.remove(this);
        return closeSocket();
    }

    abstract Future<?> closeSocket();

    /** From when this returns the kernel drops everything, or nothing more. */
    abstract void filter(boolean drop);

    /** Whether to read; on the loop. */
    abstract void read(boolean on);

    /** Whether answers wait for the kernel; on the loop. */
    abstract boolean hasUnsent();

    /** Size of the kernel's queue, in octets as it charges them. */
    abstract int queueBytes() throws IOException;

    /** Asks for a size of the kernel's queue; it may grant less. */
    abstract void queueBytes(int asked) throws IOException;

    /** Whether losses of this socket are counted. */
    abstract boolean knowsLosses();

    /** Asks for a size of the kernel's queue and notes how much was granted; on the loop. */
    final void resize(int bytes, long now) {
        askedBytes = bytes; // also if it fails, so that it is not tried again and again
        askedNanos = now;
        try {
            queueBytes(bytes);
            grantedBytes = queueBytes();
            queue.resized(grantedBytes / TransportLimits.KERNEL_DATAGRAM_BYTES, now);
        } catch (IOException | ChannelException e) {
            counters.socketErrors.increment();
        }
    }

    /** Whether the kernel granted less than it was asked for, which it doubles. */
    final boolean isCapped() {
        return grantedBytes < 2L * askedBytes;
    }

    /** Whether the sender of a datagram may ask here; counts it if not. On the loop. */
    final boolean admits(Client sender) {
        if (!rules.isGuarded() || rules.admits(source, sender.putAddress(source, 0))) {
            return true;
        }
        loop.counters.drop(DropReason.SOURCE);
        return false;
    }

    /**
     * Takes the header away that a proxy has put before the message; counts a datagram without one. On the loop.
     *
     * @param length of the datagram in the loop's {@code in}
     * @return of the message there; negative: there was no header
     */
    final int unwrap(int length, Client sender) {
        if (proxy == null) {
            return length;
        }
        int header = proxy.read(loop.in, length);
        if (header <= 0) {
            loop.counters.drop(DropReason.PROXY);
            rules.noteBare(source, sender.putAddress(source, 0));
            return -1;
        }
        System.arraycopy(loop.in, header, loop.in, 0, length - header);
        return length - header;
    }

    /** As {@link Client#putClaimedAddress}: who asks by the proxy, else the sender. On the loop. */
    final int putClaimed(Client sender, byte[] to, int at) {
        return proxy != null && proxy.tells() ? proxy.putAddress(to, at) : sender.putAddress(to, at);
    }

    /** Likewise of the port. On the loop. */
    final int claimedPort(int ofSender) {
        return proxy != null && proxy.tells() ? proxy.port() : ofSender;
    }

    /** What the kernel had charged for some datagrams; on the loop. */
    final void charged(int bytes, int datagrams) {
        int each =
                Math.clamp(bytes / datagrams, TransportLimits.KERNEL_DATAGRAM_BYTES, TransportLimits.MAX_CHARGE_BYTES);
        chargeBytes += (each - chargeBytes) / CHARGES;
    }

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
            int most = queueBytes() / TransportLimits.KERNEL_DATAGRAM_BYTES;
            for (int i = 0; i < most && discard(scratch); i++) {
                loop.counters.drop(DropReason.GATE);
            }
        } catch (IOException e) {
            counters.socketErrors.increment();
        }
    }
}
