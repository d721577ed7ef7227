package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A wire for machines other than Linux, or where no system call can be made: channels that are each bound to a source and connected
 * to a node, under one selector. A message leaves from the source of its socket, whatever that of its device is.
 */
final class ChannelWire implements Wire {
    private static final int MAX_DATAGRAM = 65_535;
    /** Few devices share a socket: more waits there only while this process itself stands still. */
    private static final int BUFFER_BYTES = 64 << 10;

    private static final int UNKNOWN = -1;

    private final Selector selector;
    private final List<FleetNode> nodes;
    private final Sources sources;
    private final int sockets;
    /** One for each socket and node. */
    private final DatagramChannel[] channels;
    /** Of the last message that went out through each: the one that a refusal is for. */
    private final int[] lastId;
    /** Channels whose refusal came to light as the next message was sent; no more than were sent since the last receive. */
    private final Queue<Refusal> refusals = new ArrayDeque<>();

    private final TcpQueries tcp = new TcpQueries();
    private final ByteBuffer in = ByteBuffer.allocateDirect(MAX_DATAGRAM);

    private record Refusal(int socket, int id) {}

    private ChannelWire(Selector selector, FleetPlan plan) {
        this.selector = selector;
        nodes = plan.nodes();
        sources = plan.sources();
        sockets = Math.max(
                Math.ceilDiv(plan.devices(), FleetLimits.DEVICES_PER_SOCKET),
                Math.min(plan.sockets(), plan.devices()) / nodes.size());
        channels = new DatagramChannel[sockets * nodes.size()];
        lastId = new int[channels.length];
        Arrays.fill(lastId, UNKNOWN);
    }

    /** @throws CommandFailure if this process may not have so many sockets, or a source is not this machine's */
    static ChannelWire open(FleetPlan plan) throws CommandFailure, IOException {
        ChannelWire wire = new ChannelWire(Selector.open(), plan);
        try {
            WireFiles.check(wire.channels.length);
            for (int i = 0; i < wire.channels.length; i++) {
                wire.open(i);
            }
            return wire;
        } catch (CommandFailure | IOException e) {
            wire.close();
            throw e;
        }
    }

    private void open(int index) throws CommandFailure, IOException {
        InetSocketAddress node = nodes.get(index % nodes.size()).address();
        InetAddress source = sources.address(index / nodes.size(), sockets);
        DatagramChannel channel = DatagramChannel.open(
                node.getAddress() instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        channels[index] = channel;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        if (source != null) {
            try {
                channel.bind(new InetSocketAddress(source, 0));
            } catch (BindException e) {
                throw WireFiles.notOurs(source, Output.reason(e));
            }
        }
        channel.connect(node);
        channel.register(selector, SelectionKey.OP_READ, index);
    }

    @Override
    public int sockets() {
        return sockets;
    }

    @Override
    public boolean send(int socket, int source, int node, ByteBuffer message) throws IOException {
        int index = socket * nodes.size() + node;
        boolean sent;
        try {
            sent = channels[index].write(message) > 0;
        } catch (PortUnreachableException earlier) {
            refusals.add(new Refusal(socket, lastId[index]));
            try {
                sent = channels[index].write(message.rewind()) > 0;
            } catch (PortUnreachableException another) {
                return false;
            }
        }
        if (sent) {
            lastId[index] = message.getShort(0) & 0xFFFF;
        }
        return sent;
    }

    @Override
    public boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos) {
        return tcp.ask(ticket, null, nodes.get(node).address(), message, timeoutNanos);
    }

    /** Takes one message of each channel that has any. */
    @Override
    public void receive(long millis, Receiver receiver) throws IOException {
        Consumer<SelectionKey> read = key -> read((Integer) key.attachment(), receiver);
        try {
            if (millis > 0) {
                selector.select(read, millis);
            } else {
                selector.selectNow(read);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Refusal next = refusals.poll(); next != null; next = refusals.poll()) {
            receiver.refused(next.socket(), next.id());
        }
        tcp.receive(receiver);
    }

    private void read(int index, Receiver receiver) {
        int socket = index / nodes.size();
        try {
            in.clear();
            if (channels[index].read(in) > 0) {
                receiver.received(socket, index % nodes.size(), in.flip());
            }
        } catch (PortUnreachableException nobody) {
            receiver.refused(socket, lastId[index]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The kernel has looked at that. */
    @Override
    public boolean cameTo(int source) {
        return true;
    }

    @Override
    public void close() throws IOException {
        tcp.close();
        for (@Nullable DatagramChannel channel : channels) {
            if (channel != null) {
                channel.close();
            }
        }
        selector.close();
    }
}
