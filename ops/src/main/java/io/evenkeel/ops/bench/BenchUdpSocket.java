package io.evenkeel.ops.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** Questions and answers as datagrams. */
final class BenchUdpSocket implements BenchSocket {
    /** Answers at a stroke, so that no socket waits for another. */
    private static final int READS = 64;

    private static final int MAX_DATAGRAM = 65_535;
    private static final int BUFFER_BYTES = 4 << 20;

    private final DatagramChannel channel;
    private final BenchTally tally;
    private final BenchWindow window;
    private final int limit;
    private final ByteBuffer in = ByteBuffer.allocateDirect(MAX_DATAGRAM);
    private final ByteBuffer out = ByteBuffer.allocateDirect(512);

    /** @param limit open questions at once */
    BenchUdpSocket(InetSocketAddress server, BenchTally tally, long timeoutNanos, int limit) throws IOException {
        this.tally = tally;
        this.limit = limit;
        window = new BenchWindow(tally, timeoutNanos);
        channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
        channel.configureBlocking(false);
        channel.connect(server);
    }

    @Override
    public boolean ready(long now) {
        return window.open() < limit && window.hasRoom();
    }

    @Override
    public boolean ask(byte[] message, long dueNanos, long now) throws IOException {
        int id = window.ask(message, dueNanos, now);
        out.clear().put(message).putShort(0, (short) id).flip();
        try {
            if (channel.write(out) > 0) {
                return true;
            }
        } catch (PortUnreachableException nobody) {
            tally.refused++;
        }
        window.unask();
        return false;
    }

    @Override
    public void flush() {
        // each question went out by itself
    }

    @Override
    public boolean receive() throws IOException {
        boolean any = false;
        try {
            for (int i = 0; i < READS; i++) {
                in.clear();
                int size = channel.read(in);
                if (size <= 0) {
                    break;
                }
                any = true;
                window.answer(in, 0, size, System.nanoTime());
            }
        } catch (PortUnreachableException nobody) {
            tally.refused++;
        }
        window.expire(System.nanoTime());
        return any;
    }

    @Override
    public int open() {
        return window.open();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
