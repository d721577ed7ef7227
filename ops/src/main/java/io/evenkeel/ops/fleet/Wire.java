package io.evenkeel.ops.fleet;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The network of a fleet: some sockets, the sources that messages may leave from, and the nodes. One thread. */
interface Wire extends AutoCloseable {
    /** What is told of what comes in, all during {@link #receive}. */
    interface Receiver {
        /**
         * A datagram has come; it is valid during the call.
         *
         * @param node that it comes from, -1 if from none
         */
        void received(int socket, int node, ByteBuffer message);

        /**
         * ICMP has told that nobody takes what was sent.
         *
         * @param id of the message; -1 if that is not known
         */
        void refused(int socket, int id);

        /**
         * A query over TCP has ended.
         *
         * @param message the answer; null if there is none
         */
        void receivedTcp(long ticket, @Nullable ByteBuffer message);
    }

    /** How many sockets devices can share. */
    int sockets();

    /** Sends a datagram; false if it did not go out now. */
    boolean send(int socket, int source, int node, ByteBuffer message) throws IOException;

    /** Asks over TCP, on a connection of its own; false if too many are open. */
    boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos);

    /** Takes what has come, waiting so long for the first; 0: not at all. */
    void receive(long millis, Receiver receiver) throws IOException, InterruptedException;

    /** Whether the datagram that {@link Receiver#received} is told of came to that source. */
    boolean cameTo(int source);

    @Override
    void close() throws IOException;
}
