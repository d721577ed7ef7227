package io.evenkeel.server.transport;

import io.evenkeel.server.query.ClientGoneException;
import io.evenkeel.server.query.Replies;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** The way back to the sender of one datagram: for one message, which the loop of its socket sends. */
final class UdpReply implements Replies {
    private final AnswerLoop loop;
    private final Consumer<byte[]> sender;
    private final int most;
    private boolean sent;

    /**
     * @param sender called on the loop
     * @param most octets of a message
     */
    UdpReply(AnswerLoop loop, int most, Consumer<byte[]> sender) {
        this.loop = loop;
        this.most = most;
        this.sender = sender;
    }

    @Override
    public void send(byte[] message, int length) throws ClientGoneException {
        if (sent || length > most) {
            throw new IllegalStateException("over UDP one message of up to " + most + " octets can be sent");
        }
        sent = true;
        byte[] copy = Arrays.copyOf(message, length);
        try {
            loop.eventLoop.execute(loop.surviving(() -> sender.accept(copy)));
        } catch (RejectedExecutionException e) {
            throw new ClientGoneException("the node is stopping");
        }
    }

    @Override
    public void end() {
        // A client without an answer asks again.
    }
}
