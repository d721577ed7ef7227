package io.evenkeel.ops.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Questions over one TCP connection at a time (RFC 7766), pipelined; made anew when it has had its number of questions or breaks. */
final class BenchTcpSocket implements BenchSocket {
    private static final int OUT_BYTES = 64 << 10;
    private static final int IN_BYTES = 128 << 10;
    private static final int PREFIX = 2;
    /** Before a connection is tried again that was refused or broken. */
    private static final long PAUSE_NANOS = 50_000_000;

    private final InetSocketAddress server;
    private final BenchTally tally;
    private final BenchWindow window;
    private final long timeoutNanos;
    private final int limit;
    private final long questionsPerConnection;
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);
    private final ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES);
    private @Nullable SocketChannel channel;
    private boolean connected;
    private long begun;
    private long notBefore = System.nanoTime();
    private long asked;

    /**
     * @param limit open questions at once
     * @param questionsPerConnection after so many a connection is closed; 0: it is kept
     */
    BenchTcpSocket(
            InetSocketAddress server, BenchTally tally, long timeoutNanos, int limit, long questionsPerConnection) {
        this.server = server;
        this.tally = tally;
        this.timeoutNanos = timeoutNanos;
        this.limit = limit;
        this.questionsPerConnection = questionsPerConnection;
        window = new BenchWindow(tally, timeoutNanos);
    }

    @Override
    public boolean ready(long now) throws IOException {
        if (channel == null) {
            if (now - notBefore < 0) {
                return false;
            }
            open(now);
        }
        return window.open() < limit
                && window.hasRoom()
                && (questionsPerConnection == 0 || asked < questionsPerConnection)
                && out.remaining() > PREFIX + 512;
    }

    private void open(long now) throws IOException {
        SocketChannel opened = SocketChannel.open();
        opened.configureBlocking(false);
        opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
        in.clear();
        out.clear();
        asked = 0;
        begun = now;
        channel = opened;
        try {
            connected = opened.connect(server);
        } catch (IOException e) {
            fail();
        }
    }

    @Override
    public boolean ask(byte[] message, long dueNanos, long now) {
        if (channel == null) { // refused at once
            return false;
        }
        int id = window.ask(message, dueNanos, now);
        out.putShort((short) message.length);
        int at = out.position();
        out.put(message).putShort(at, (short) id);
        asked++;
        return true;
    }

    @Override
    public void flush() throws IOException {
        SocketChannel to = channel;
        if (to == null || out.position() == 0) {
            return;
        }
        try {
            connected = connected || to.finishConnect();
            if (connected) {
                out.flip();
                to.write(out);
                out.compact();
            }
        } catch (IOException e) {
            fail();
        }
    }

    @Override
    public boolean receive() throws IOException {
        SocketChannel from = channel;
        boolean any = false;
        if (from != null) {
            flush();
            try {
                any = connected && channel != null && read(from);
            } catch (IOException e) {
                fail();
            }
        }
        long now = System.nanoTime();
        if (channel != null && !connected && now - begun > timeoutNanos) {
            fail();
        }
        window.expire(now);
        if (channel != null && questionsPerConnection > 0 && asked >= questionsPerConnection && window.open() == 0) {
            end();
        }
        return any;
    }

    private boolean read(SocketChannel from) throws IOException {
        int size = from.read(in);
        if (size == 0) {
            return false;
        }
        if (size < 0) {
            fail();
            return true;
        }
        long now = System.nanoTime();
        in.flip();
        while (in.remaining() >= PREFIX) {
            int length = in.getShort(in.position()) & 0xFFFF;
            if (in.remaining() < PREFIX + length) {
                break;
            }
            window.answer(in, in.position() + PREFIX, length, now);
            in.position(in.position() + PREFIX + length);
        }
        in.compact();
        return true;
    }

    /** What was asked on a connection is answered on it or never. A server may end one on which nothing is open. */
    private void fail() throws IOException {
        if (!connected) {
            tally.refused++;
        } else if (window.open() > 0) {
            tally.broken++;
        }
        if (!connected || window.open() > 0) {
            notBefore = System.nanoTime() + PAUSE_NANOS;
        }
        window.abandon();
        end();
    }

    private void end() throws IOException {
        SocketChannel ended = channel;
        channel = null;
        connected = false;
        if (ended != null) {
            ended.close();
        }
    }

    @Override
    public int open() {
        return window.open();
    }

    @Override
    public void close() throws IOException {
        end();
    }
}
