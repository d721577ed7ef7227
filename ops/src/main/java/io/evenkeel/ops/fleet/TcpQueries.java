package io.evenkeel.ops.fleet;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Queries over TCP, each on a connection and a virtual thread of its own, and no more than {@link FleetLimits#TCP_OPEN} at once.
 * One thread asks and takes what has come.
 */
final class TcpQueries implements AutoCloseable {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger open = new AtomicInteger();
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();

    private record Ended(long ticket, @Nullable ByteBuffer answer) {}

    /**
     * Begins a query; false if too many are open.
     *
     * @param source null: the system chooses
     */
    boolean ask(
            long ticket, @Nullable InetAddress source, InetSocketAddress node, ByteBuffer message, long timeoutNanos) {
        if (open.get() >= FleetLimits.TCP_OPEN) {
            return false;
        }
        open.incrementAndGet();
        ByteBuffer framed = ByteBuffer.allocate(Short.BYTES + message.limit());
        framed.putShort((short) message.limit()).put(message.rewind());
        int millis = (int) Math.max(1, timeoutNanos / 1_000_000);
        threads.execute(() -> query(ticket, source, node, framed.array(), millis));
        return true;
    }

    private void query(
            long ticket, @Nullable InetAddress source, InetSocketAddress node, byte[] framed, int timeoutMillis) {
        ByteBuffer answer = null;
        try (Socket socket = new Socket()) {
            if (source != null) {
                socket.bind(new InetSocketAddress(source, 0));
            }
            socket.connect(node, timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            socket.getOutputStream().write(framed);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] message = new byte[in.readUnsignedShort()];
            in.readFully(message);
            boolean isAnswer = message.length >= 3
                    && message[0] == framed[2]
                    && message[1] == framed[3]
                    && message[2] < 0; // the QR bit
            answer = isAnswer ? ByteBuffer.wrap(message) : null;
        } catch (IOException none) {
            answer = null; // counted as a try in vain where it is taken
        } finally {
            open.decrementAndGet();
            ended.add(new Ended(ticket, answer));
        }
    }

    /** Hands on what has come. */
    void receive(Wire.Receiver receiver) {
        for (Ended next = ended.poll(); next != null; next = ended.poll()) {
            receiver.receivedTcp(next.ticket(), next.answer());
        }
    }

    /** Ends those that are open. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
