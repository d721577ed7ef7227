package io.evenkeel.server.transport;

import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.evenkeel.server.query.Transport;
import io.netty.channel.EventLoop;
import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** One event loop and all that answering on it needs; used by that loop only, except for the counters' readers. */
final class AnswerLoop implements Client {
    /** The handler may look a little beyond the end of a question. */
    private static final int SLACK_BYTES = 8;

    private static final int MESSAGE_BYTES = 65_535;

    final EventLoop eventLoop;
    final QueryCounters counters;
    /** The question is put here. */
    final byte[] in = new byte[MESSAGE_BYTES + SLACK_BYTES];
    /** The answer is found here. */
    final byte[] out = new byte[MESSAGE_BYTES];

    /** For datagrams, where {@link Sockets#BATCHED} are used. */
    final @Nullable DatagramSlots slots;

    /** Keeps the queues in front of its UDP sockets short. */
    final ReceiveControl receive;

    /** When its idle connections were looked for last; for the loop only. */
    long sweptNanos = System.nanoTime();

    private final QueryHandler handler;
    /** Who sent what is in {@link #in}. */
    private InetAddress client = InetAddress.getLoopbackAddress();

    AnswerLoop(
            EventLoop eventLoop,
            QueryHandler handler,
            QueryCounters counters,
            @Nullable DatagramSlots slots,
            ReceiveControl receive) {
        this.eventLoop = eventLoop;
        this.handler = handler;
        this.counters = counters;
        this.slots = slots;
        this.receive = receive;
    }

    /** Length of the answer in {@code out} to the datagram in {@code in}; 0: silence. */
    int answer(int length, Client sender) {
        return handler.handle(in, length, Transport.UDP, sender, out);
    }

    /** Length of the answer in {@code out} to what is in {@code in}; 0: silence. */
    int answer(int length, Transport transport, InetAddress client) {
        this.client = client;
        return handler.handle(in, length, transport, this, out);
    }

    @Override
    public int putAddress(byte[] to, int at) {
        if (client instanceof Inet4Address four) {
            // The JDK's getAddress() makes a copy; its hash is the address itself, which a test holds.
            int address = four.hashCode();
            to[at] = (byte) (address >> 24);
            to[at + 1] = (byte) (address >> 16);
            to[at + 2] = (byte) (address >> 8);
            to[at + 3] = (byte) address;
            return 4;
        }
        byte[] address = client.getAddress();
        System.arraycopy(address, 0, to, at, address.length);
        return address.length;
    }
}
