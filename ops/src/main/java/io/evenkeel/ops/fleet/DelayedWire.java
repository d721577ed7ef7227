package io.evenkeel.ops.fleet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/**
 * A network that is far away in some seconds of the run: all that devices send then arrives later, which is a longer round trip for them. Over
 * TCP the connection takes one, too. One thread.
 */
final class DelayedWire implements Wire {
    private static final int UDP = -1;

    private final Wire wire;
    private final FleetPlan plan;
    /** Since the start of the run. */
    private final LongSupplier clock;
    /** On their way; as many as are sent in the longest delay. */
    private final PriorityQueue<Late> late = new PriorityQueue<>(Comparator.comparingLong(Late::due));

    /**
     * A message on its way.
     *
     * @param ticket {@link #UDP}: it is a datagram
     * @param timeoutNanos of a query over TCP, for its way as well; 0 or less: it is over when it would arrive
     */
    private record Late(
            long due, int socket, int source, int node, long ticket, ByteBuffer message, long timeoutNanos) {}

    /** Closes that wire when it is closed. */
    DelayedWire(Wire wire, FleetPlan plan, LongSupplier clock) {
        this.wire = wire;
        this.plan = plan;
        this.clock = clock;
    }

    @Override
    public int sockets() {
        return wire.sockets();
    }

    @Override
    public boolean send(int socket, int source, int node, ByteBuffer message) throws IOException {
        long now = clock.getAsLong();
        long by = plan.delayAt(now);
        if (by == 0) {
            return wire.send(socket, source, node, message);
        }
        late.add(new Late(now + by, socket, source, node, UDP, copy(message), 0));
        return true;
    }

    @Override
    public boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos) {
        long now = clock.getAsLong();
        long by = 2 * plan.delayAt(now);
        if (by == 0) {
            return wire.sendTcp(ticket, source, node, message, timeoutNanos);
        }
        long due = now + Math.min(by, timeoutNanos);
        late.add(new Late(due, UDP, source, node, ticket, copy(message), timeoutNanos - by));
        return true;
    }

    private static ByteBuffer copy(ByteBuffer message) {
        return ByteBuffer.allocate(message.remaining()).put(message).flip();
    }

    @Override
    public void receive(long millis, Receiver receiver) throws IOException, InterruptedException {
        long now = clock.getAsLong();
        for (Late next = late.peek(); next != null && next.due() <= now; next = late.peek()) {
            if (next.ticket() == UDP) {
                if (!wire.send(
                        next.socket(),
                        next.source(),
                        next.node(),
                        next.message().rewind())) {
                    break; // there is no room now
                }
            } else if (next.timeoutNanos() <= 0
                    || !wire.sendTcp(
                            next.ticket(),
                            next.source(),
                            next.node(),
                            next.message().rewind(),
                            next.timeoutNanos())) {
                receiver.receivedTcp(next.ticket(), null);
            }
            late.remove();
        }
        wire.receive(millis, receiver);
    }

    @Override
    public boolean cameTo(int source) {
        return wire.cameTo(source);
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
