package io.evenkeel.server.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** One listening TCP socket; its connections are spread over the loops of its lane for TCP. */
final class TcpListener {
    private static final IntegerUnixChannelOption SYN_ACK_RETRIES =
            new IntegerUnixChannelOption("TCP_SYNCNT", 6, 7); // tcp(7)

    private final Channel channel;
    private final boolean ipv6;
    private boolean filtered;

    private TcpListener(Channel channel, boolean ipv6, boolean filtered) {
        this.channel = channel;
        this.ipv6 = ipv6;
        this.filtered = filtered;
    }

    /**
     * Binds and listens, and blocks until that is done.
     *
     * @param silent nothing is taken until {@link #open}
     * @throws IOException if the address cannot be had
     */
    static TcpListener bind(
            InetSocketAddress address,
            ListenRules rules,
            Sockets sockets,
            LaneLoops loops,
            TcpConnections connections,
            TransportCounters counters,
            boolean silent)
            throws IOException {
        boolean ipv6 = address.getAddress() instanceof Inet6Address;
        AtomicBoolean filtered = new AtomicBoolean();
        FixedRecvByteBufAllocator buffers = new FixedRecvByteBufAllocator(TransportLimits.TCP_READ_BYTES);
        buffers.maxMessagesPerRead(1);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.tcp.getFirst().eventLoop, loops.tcpGroup)
                .channelFactory(() -> {
                    ServerSocketChannel socket = sockets.tcp(address.getAddress());
                    if (silent) {
                        filtered.set(SocketFilter.silenceTcp(socket, ipv6)); // before it listens
                    }
                    return socket;
                })
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, TransportLimits.TCP_BACKLOG)
                .option(ChannelOption.SO_RCVBUF, TransportLimits.TCP_SOCKET_BYTES)
                .childOption(ChannelOption.SO_SNDBUF, TransportLimits.TCP_SOCKET_BYTES)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, buffers)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(
                                TransportLimits.TCP_PENDING_LOW_BYTES, TransportLimits.TCP_PENDING_HIGH_BYTES))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel child) {
                        AnswerLoop loop = loops.ofConnections(child.eventLoop());
                        child.pipeline().addLast(new TcpConnection(child, loop, rules, connections, counters));
                    }
                });
        if (sockets.areLinux()) {
            bootstrap.option(SYN_ACK_RETRIES, TransportLimits.TCP_SYN_ACK_RETRIES);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(Objects.requireNonNull(bound.cause()));
        }
        return new TcpListener(bound.channel(), ipv6, filtered.get());
    }

    /** Takes connections; only if it is silent. */
    void open() {
        SocketFilter.hearTcp(channel, ipv6, filtered);
    }

    /** Takes none any more; those that have been made stay. */
    void shut() {
        filtered = SocketFilter.silenceTcp(channel, ipv6);
    }

    Channel channel() {
        return channel;
    }
}
