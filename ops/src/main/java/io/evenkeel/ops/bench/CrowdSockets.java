package io.evenkeel.ops.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
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
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The sockets of a crowd, each connected to a server, under one selector. One thread, but for {@link #wakeUp}. */
final class CrowdSockets implements AutoCloseable {
    private static final int MAX_DATAGRAM = 65_535;
    /** Few devices share a socket: more waits there only while this process itself stands still. */
    private static final int BUFFER_BYTES = 64 << 10;

    private final Selector selector;
    private final DatagramChannel[] channels;
    private final Receiver receiver;
    private final Consumer<SelectionKey> read = this::read;
    private final ByteBuffer in = ByteBuffer.allocateDirect(MAX_DATAGRAM);

    /** What is told of what comes in. */
    interface Receiver {
        /** A message has come; it is valid during the call. */
        void received(int socket, ByteBuffer message);

        /** ICMP has told that nobody takes what was sent from that socket. */
        void refused(int socket);
    }

    private CrowdSockets(Selector selector, int count, Receiver receiver) {
        this.selector = selector;
        this.channels = new DatagramChannel[count];
        this.receiver = receiver;
    }

    /** @throws CommandFailure if this process may not have so many, or a source is not this machine's */
    static CrowdSockets open(List<InetSocketAddress> servers, int count, CrowdSources sources, Receiver receiver)
            throws CommandFailure, IOException {
        checkFileLimit(count);
        CrowdSockets sockets = new CrowdSockets(Selector.open(), count, receiver);
        try {
            for (int i = 0; i < count; i++) {
                sockets.open(i, servers.get(i % servers.size()), sources.address(i, count));
            }
            return sockets;
        } catch (CommandFailure | IOException e) {
            sockets.close();
            throw e;
        }
    }

    private static void checkFileLimit(int count) throws CommandFailure {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long limit = system.getMaxFileDescriptorCount();
            long needed = system.getOpenFileDescriptorCount() + LoadLimits.CROWD_OTHER_FILES + count;
            if (limit < needed) {
                throw CommandFailure.failed(
                        "%d sockets need %d open files, and this process may have %d: raise that with `ulimit -Hn %d`, or ask for fewer with --sockets"
                                .formatted(count, needed, limit, needed));
            }
        }
    }

    private void open(int index, InetSocketAddress server, @Nullable InetAddress source)
            throws CommandFailure, IOException {
        boolean old = server.getAddress() instanceof Inet4Address;
        DatagramChannel channel =
                DatagramChannel.open(old ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        channels[index] = channel;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        if (source != null) {
            try {
                channel.bind(new InetSocketAddress(source, 0));
            } catch (BindException e) {
                throw CommandFailure.failed("cannot ask from %s: %s; --sources names addresses that this machine has"
                        .formatted(source.getHostAddress(), Output.reason(e)));
            }
        }
        channel.connect(server);
        channel.register(selector, SelectionKey.OP_READ, index);
    }

    /** Sends a message; false if it did not go out. Tells the receiver if an earlier one was refused. */
    boolean send(int socket, ByteBuffer message) throws IOException {
        DatagramChannel channel = channels[socket];
        try {
            return channel.write(message) > 0;
        } catch (PortUnreachableException earlier) {
            receiver.refused(socket);
        }
        try {
            return channel.write(message.rewind()) > 0;
        } catch (PortUnreachableException another) {
            return false;
        }
    }

    /** Takes one message of each socket that has any, waiting so long for the first; 0: not at all. */
    void receive(long millis) throws IOException {
        try {
            if (millis > 0) {
                selector.select(read, millis);
            } else {
                selector.selectNow(read);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void read(SelectionKey key) {
        int socket = (Integer) key.attachment();
        try {
            in.clear();
            if (channels[socket].read(in) > 0) {
                receiver.received(socket, in.flip());
            }
        } catch (PortUnreachableException nobody) {
            receiver.refused(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends a {@link #receive} that waits. Any thread. */
    void wakeUp() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        for (DatagramChannel channel : channels) {
            if (channel != null) {
                channel.close();
            }
        }
        selector.close();
    }
}
