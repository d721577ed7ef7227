package io.evenkeel.bench.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** TCP connections to a node that send an octet a second of a message which they never finish; one that is closed is opened again, until this is. */
final class SlowConnections implements AutoCloseable {
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final InetSocketAddress target;
    private final List<InetAddress> sources = new ArrayList<>();
    private final @Nullable SocketChannel[] channels;
    private final CountDownLatch tried = new CountDownLatch(1);
    private final Semaphore rounds = new Semaphore(0);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Thread thread;

    /** @param addresses of 127.9.0.0/24 that they come from */
    SlowConnections(InetSocketAddress target, int connections, int addresses) {
        this.target = target;
        channels = new SocketChannel[connections];
        for (int i = 1; i <= addresses; i++) {
            sources.add(InetAddress.ofLiteral("127.9.0." + i));
        }
        thread = Thread.ofPlatform().name("slow-connections").start(this::run);
    }

    /** Waits until each has tried to connect once. */
    void awaitAllTried() throws InterruptedException {
        if (!tried.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("connecting takes too long: " + this);
        }
    }

    /** Waits until a round of all of them has ended. */
    void awaitRound() throws InterruptedException {
        rounds.drainPermits();
        if (!rounds.tryAcquire(60, TimeUnit.SECONDS)) {
            throw new AssertionError("a round takes too long: " + this);
        }
    }

    private void run() {
        while (!ended.get()) {
            long due = System.nanoTime() + ROUND_NANOS;
            for (int i = 0; i < channels.length && !ended.get(); i++) {
                one(i);
            }
            tried.countDown();
            rounds.release();
            while (System.nanoTime() < due && !ended.get()) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }
        for (int i = 0; i < channels.length; i++) {
            end(i);
        }
    }

    private void one(int i) {
        try {
            SocketChannel channel = channels[i];
            if (channel == null) {
                channel = SocketChannel.open();
                channels[i] = channel;
                channel.bind(new InetSocketAddress(sources.get(i % sources.size()), 0));
                channel.connect(target);
                channel.configureBlocking(false);
                opened.incrementAndGet();
            } else {
                channel.write(ByteBuffer.wrap(new byte[] {1}));
                if (channel.read(ByteBuffer.allocate(1)) < 0) {
                    closed.incrementAndGet();
                    end(i);
                }
            }
        } catch (IOException byTheNode) {
            refused.incrementAndGet();
            end(i);
        }
    }

    private void end(int i) {
        SocketChannel channel = channels[i];
        channels[i] = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public String toString() {
        return "%d slow connections: opened %d times, closed by the node %d times, refused or reset %d times"
                .formatted(channels.length, opened.get(), closed.get(), refused.get());
    }

    @Override
    public void close() {
        ended.set(true);
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
