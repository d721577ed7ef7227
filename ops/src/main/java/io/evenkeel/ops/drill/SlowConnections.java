package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.WireFiles;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * TCP connections to a node of this machine that send an octet a second of a message which they never finish; one that is closed is opened
 * again, until this is. One thread of its own, which waits for no connection. Linux, where all of 127/8 is this machine's.
 */
public final class SlowConnections implements AutoCloseable {
    /** Of 127.9.0.0/24 that they may come from: more than one, since a node bounds the connections of each, and no more than there are. */
    private static final int MOST_ADDRESSES = 250;

    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** So many have their turn in one go: clients that know nothing of each other are spread over a round. */
    private static final int BATCH = 50;
    /** For ten thousand connections on a machine that does other work: many times what they need. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final InetSocketAddress target;
    private final List<InetAddress> sources = new ArrayList<>();
    private final @Nullable SocketChannel[] channels;
    /** Of a length that is never reached: 257, as the first two say. */
    private final ByteBuffer octet = ByteBuffer.wrap(new byte[] {1});

    private final ByteBuffer answer = ByteBuffer.allocate(1);
    private final CountDownLatch tried = new CountDownLatch(1);
    private final Semaphore rounds = new Semaphore(0);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Thread thread;
    private volatile @Nullable IOException problem;

    /**
     * Begins at once.
     *
     * @param addresses of 127.9.0.0/24 that they come from, 250 at most
     * @throws CommandFailure if this process may not have so many open files
     */
    public SlowConnections(InetSocketAddress target, int connections, int addresses) throws CommandFailure {
        if (addresses < 1 || addresses > MOST_ADDRESSES) {
            throw new IllegalArgumentException("1 to %d addresses, not %d".formatted(MOST_ADDRESSES, addresses));
        }
        WireFiles.check(connections);
        this.target = target;
        channels = new SocketChannel[connections];
        for (int i = 1; i <= addresses; i++) {
            sources.add(InetAddress.ofLiteral("127.9.0." + i));
        }
        thread = Thread.ofPlatform().daemon().name("slow-connections").start(this::run);
    }

    /** Waits until each has tried to connect once. */
    public void awaitAllTried() throws IOException, InterruptedException {
        awaited(tried.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "connecting");
    }

    /** Waits until a round of all of them has ended. */
    public void awaitRound() throws IOException, InterruptedException {
        rounds.drainPermits();
        awaited(rounds.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "a round");
    }

    private void awaited(boolean done, String what) throws IOException {
        if (!done) {
            throw new IOException("%s takes longer than %d s: %s".formatted(what, PATIENCE.toSeconds(), this));
        }
    }

    private void run() {
        try {
            while (!ended.get()) {
                long begin = System.nanoTime();
                for (int i = 0; i < channels.length && !ended.get(); i++) {
                    one(i);
                    if (i % BATCH == 0) {
                        awaits(begin + ROUND_NANOS / channels.length * i);
                    }
                }
                tried.countDown();
                rounds.release();
                awaits(begin + ROUND_NANOS);
            }
        } catch (IOException ofThisMachine) {
            problem = ofThisMachine;
        }
        for (int i = 0; i < channels.length; i++) {
            try {
                end(i);
            } catch (IOException e) {
                problem = e;
            }
        }
    }

    private void awaits(long nanos) {
        while (System.nanoTime() - nanos < 0 && !ended.get()) {
            LockSupport.parkNanos(nanos - System.nanoTime());
        }
    }

    /** @throws IOException for want of something that this machine has not, as files */
    private void one(int i) throws IOException {
        SocketChannel channel = channels[i];
        if (channel == null) {
            channel = SocketChannel.open();
            channels[i] = channel;
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(sources.get(i % sources.size()), 0));
            connect(i, channel);
        } else if (channel.isConnected()) {
            drip(i, channel);
        } else {
            connect(i, channel);
        }
    }

    private void connect(int i, SocketChannel channel) throws IOException {
        try {
            if ((!channel.isConnectionPending() && channel.connect(target)) || channel.finishConnect()) {
                opened.incrementAndGet();
            }
        } catch (IOException byTheNode) {
            refused.incrementAndGet();
            end(i);
        }
    }

    private void drip(int i, SocketChannel channel) throws IOException {
        try {
            channel.write(octet.rewind());
            if (channel.read(answer.clear()) < 0) {
                closed.incrementAndGet();
                end(i);
            }
        } catch (IOException byTheNode) {
            refused.incrementAndGet();
            end(i);
        }
    }

    private void end(int i) throws IOException {
        SocketChannel channel = channels[i];
        channels[i] = null;
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public String toString() {
        IOException why = problem;
        return "%d slow connections: opened %d times, closed by the node %d times, refused or reset %d times%s"
                .formatted(
                        channels.length,
                        opened.get(),
                        closed.get(),
                        refused.get(),
                        why == null ? "" : "; they came to an end: " + Output.reason(why));
    }

    /** @throws IOException if they had come to an end before, for want of something that this machine has not */
    @Override
    public void close() throws IOException {
        ended.set(true);
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("the connections are being closed");
            interrupted.initCause(e);
            throw interrupted;
        }
        IOException why = problem;
        if (why != null) {
            throw new IOException(toString(), why);
        }
    }
}
