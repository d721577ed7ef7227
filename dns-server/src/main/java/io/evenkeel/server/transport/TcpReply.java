package io.evenkeel.server.transport;

import io.evenkeel.server.query.ClientGoneException;
import io.evenkeel.server.query.Replies;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * The way back over a TCP connection for the later answer to one request, in any number of messages: each goes out at once, and
 * the handler makes the next when the client has taken enough of those before.
 */
final class TcpReply implements Replies {
    private final TcpConnection connection;
    private final Thread worker;
    private final Semaphore room = new Semaphore(TransportLimits.DETACHED_UNSENT_BYTES);
    private volatile boolean gone;

    TcpReply(TcpConnection connection, Thread worker) {
        this.connection = connection;
        this.worker = worker;
    }

    @Override
    public void send(byte[] message, int length) throws InterruptedException, ClientGoneException {
        int octets = TcpConnection.LENGTH_BYTES + length;
        room.acquire(octets);
        if (gone) {
            throw new ClientGoneException("the connection has ended");
        }
        ByteBuf frame = Unpooled.buffer(octets).writeShort(length).writeBytes(message, 0, length);
        try {
            connection.onLoop(() -> connection.write(this, frame));
        } catch (RejectedExecutionException e) {
            throw new ClientGoneException("the node is stopping");
        }
    }

    /** The client's kernel has taken a message; on the loop. */
    void taken(int octets) {
        room.release(octets);
    }

    /** Nothing can be sent any more; on the loop. */
    void cutOff() {
        gone = true;
        worker.interrupt();
    }

    @Override
    public void end() {
        try {
            connection.onLoop(() -> connection.ended(this));
        } catch (RejectedExecutionException e) {
            gone = true; // the loop has ended, and its connections
        }
    }
}
