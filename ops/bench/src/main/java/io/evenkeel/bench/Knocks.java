package io.evenkeel.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * Strangers at a TCP port: connections at a rate, from many addresses of this machine. Of ten, six are reset at once; one each
 * sends rubbish, the first message of a TLS handshake, an octet a second, or nothing, and stays until the other side ends it
 * or a thousand younger ones have come. Or the port of a control, which resets whatever connects to it.
 */
public final class Knocks {
    private static final int THREADS = 4;
    private static final int HELD_BY_A_THREAD = 250;
    private static final int KINDS = 10;
    private static final long CONTROL_SECONDS = 600;

    private final InetSocketAddress target;
    private final List<InetAddress> sources;
    private final byte[] hello;
    private final byte[] rubbish = new byte[200];
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private enum Kind {
        RUBBISH,
        HELLO,
        DRIP,
        SILENT,
        RESET;

        static Kind of(long number) {
            return values()[(int) Math.min(number % KINDS, RESET.ordinal())];
        }
    }

    private record Held(SocketChannel channel, Kind kind) {}

    private Knocks(InetSocketAddress target, InetAddress first, int addresses) throws IOException {
        this.target = target;
        this.sources = new ArrayList<>();
        byte[] octets = first.getAddress();
        for (int i = 0; i < addresses; i++) {
            sources.add(InetAddress.getByAddress(octets));
            octets[octets.length - 1]++;
        }
        this.hello = hello();
        new Random(1).nextBytes(rubbish);
    }

    /**
     * Arguments: {@code ADDRESS:PORT RATE SECONDS FIRST-SOURCE ADDRESSES}, where the sources differ in their last octet; or
     * {@code listen ADDRESS:PORT}, which resets what connects, or {@code hold ADDRESS:PORT}, which keeps it. Says "ready" and begins with a line on the standard input; ends after so many seconds.
     */
    public static void main(String[] args) throws Exception {
        if (args[0].equals("listen") || args[0].equals("hold")) {
            listen(address(args[1]), args[0].equals("hold"));
            return;
        }
        Knocks knocks = new Knocks(address(args[0]), InetAddress.ofLiteral(args[3]), Integer.parseInt(args[4]));
        System.out.println("ready");
        if (System.in.read() >= 0) {
            knocks.run(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
            System.out.printf("%d %d%n", knocks.made.get(), knocks.failed.get());
        }
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(
                InetAddress.ofLiteral(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
    }

    private static void listen(InetSocketAddress address, boolean holds) throws IOException {
        List<SocketChannel> held = new ArrayList<>();
        // Also if whoever started it is killed.
        Thread.ofPlatform().daemon().start(() -> {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(CONTROL_SECONDS));
            Runtime.getRuntime().halt(1);
        });
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(address, 4096);
            System.out.println("ready");
            while (true) {
                SocketChannel accepted = listener.accept();
                if (holds) {
                    held.add(accepted);
                } else {
                    reset(accepted);
                }
            }
        }
    }

    private static void reset(SocketChannel channel) throws IOException {
        try (channel) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
    }

    /** What a client of TLS says first: the dearest message that costs its sender nothing. */
    private static byte[] hello() throws IOException {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            ByteBuffer first = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), first);
            byte[] octets = new byte[first.flip().remaining()];
            first.get(octets);
            return octets;
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK offers no TLS", e);
        }
    }

    private void run(int rate, int seconds) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads.add(Thread.ofPlatform().start(() -> knock(number, rate / THREADS, start, seconds)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void knock(int number, int rate, long start, int seconds) {
        long every = TimeUnit.SECONDS.toNanos(1) / rate;
        long end = start + TimeUnit.SECONDS.toNanos(seconds);
        long next = start;
        long drip = start;
        Deque<Held> held = new ArrayDeque<>();
        long now;
        for (long i = number; (now = System.nanoTime()) < end; i += THREADS) {
            if (next - now > TimeUnit.MILLISECONDS.toNanos(1)) {
                LockSupport.parkNanos(next - now);
            }
            // What a second of waiting has left undone is not made up for.
            next = Math.max(next + every, now - TimeUnit.SECONDS.toNanos(1));
            one(Kind.of(i / THREADS), sources.get((int) (i % sources.size())), held);
            if (now - drip > TimeUnit.SECONDS.toNanos(1)) {
                drip = now;
                held.removeIf(each -> each.kind == Kind.DRIP && !write(each.channel, new byte[1]));
            }
        }
        held.forEach(each -> end(each.channel));
    }

    private void one(Kind kind, InetAddress source, Deque<Held> held) {
        try {
            SocketChannel channel = SocketChannel.open();
            try {
                channel.bind(new InetSocketAddress(source, 0)).connect(target);
                channel.configureBlocking(false);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            made.incrementAndGet();
            boolean stays = switch (kind) {
                case RESET -> false;
                case SILENT -> true;
                case DRIP -> write(channel, new byte[1]);
                case HELLO -> write(channel, hello);
                case RUBBISH -> write(channel, rubbish);
            };
            if (!stays) {
                end(channel);
                return;
            }
            held.add(new Held(channel, kind));
            if (held.size() > HELD_BY_A_THREAD) {
                end(held.remove().channel);
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        }
    }

    private static boolean write(SocketChannel channel, byte[] octets) {
        try {
            channel.write(ByteBuffer.wrap(octets));
            return true;
        } catch (IOException ended) {
            end(channel);
            return false;
        }
    }

    private static void end(SocketChannel channel) {
        try {
            reset(channel);
        } catch (IOException e) {
            // It had ended before.
            assert !channel.isOpen();
        }
    }
}
