package io.evenkeel.server.transport;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One UDP socket on one event loop. It is bound long before it may answer, so that an early client meets silence and not an
 * error: until {@link #open} a filter drops everything, or nothing is read. What has queued up by then is thrown away: those
 * clients have given up, and answering the old queue would delay the answers to the new questions.
 */
final class UdpListener extends ChannelInboundHandlerAdapter {
    private final AnswerLoop loop;
    private final TransportCounters counters;
    private final Sockets.Udp socket;
    private final Silence silence;
    /** Datagrams taken; for the loop only. */
    private long reads;

    private long readsSeen;

    private UdpListener(AnswerLoop loop, TransportCounters counters, Sockets.Udp socket, Silence silence) {
        this.loop = loop;
        this.counters = counters;
        this.socket = socket;
        this.silence = silence;
    }

    /**
     * Binds, and blocks until that is done.
     *
     * @param besides there is a socket of ours on that port already, on another loop
     * @throws IOException if the address cannot be had
     */
    static UdpListener bind(
            Sockets sockets,
            Silence silence,
            InetSocketAddress address,
            AnswerLoop loop,
            TransportCounters counters,
            boolean besides)
            throws IOException {
        Sockets.Udp socket = sockets.udp(address.getAddress());
        if (silence == Silence.FILTERED) {
            SocketFilter.attach(socket.channel()); // before anything can be sent to it
        }
        UdpListener listener = new UdpListener(loop, counters, socket, silence);
        FixedRecvByteBufAllocator buffers = new FixedRecvByteBufAllocator(
                sockets == Sockets.EPOLL ? Limits.UDP_QUERY_BYTES * Limits.UDP_BATCH : Limits.UDP_QUERY_BYTES);
        buffers.maxMessagesPerRead(Limits.UDP_BATCH);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop.eventLoop)
                .channelFactory(socket::channel)
                .handler(listener)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_RCVBUF, Limits.UDP_SOCKET_BYTES)
                .option(ChannelOption.SO_SNDBUF, Limits.UDP_SOCKET_BYTES)
                .option(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(Limits.UDP_PENDING_BYTES / 2, Limits.UDP_PENDING_BYTES))
                .option(ChannelOption.RECVBUF_ALLOCATOR, buffers);
        if (sockets == Sockets.EPOLL) {
            bootstrap.option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, Limits.UDP_QUERY_BYTES);
            bootstrap.option(EpollChannelOption.SO_REUSEPORT, besides);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(Objects.requireNonNull(bound.cause()));
        }
        return listener;
    }

    /**
     * Lets sockets of other loops join this one's port. Only once it is bound: a socket that allows that while it binds
     * would quietly share the port with another process of the same user.
     */
    void share() {
        socket.channel().config().setOption(EpollChannelOption.SO_REUSEPORT, true);
    }

    /** Throws away what has queued up, then answers; done when every question from then on is answered. */
    Future<?> open() {
        return loop.eventLoop.submit(() -> {
            drain();
            if (silence == Silence.FILTERED) {
                SocketFilter.detach(socket.channel());
            }
            socket.channel().config().setAutoRead(true);
        });
    }

    /** Takes nothing more; done when what has been received is answered, as far as {@link Limits#FINISH} allows. */
    Future<?> shut() {
        if (silence == Silence.FILTERED) {
            SocketFilter.attach(socket.channel());
        }
        return Quiet.await(loop.eventLoop, this::worked)
                .addListener(_ -> socket.channel().config().setAutoRead(false));
    }

    private boolean worked() {
        ChannelOutboundBuffer unsent = socket.channel().unsafe().outboundBuffer();
        boolean worked = reads != readsSeen || (unsent != null && !unsent.isEmpty());
        readsSeen = reads;
        return worked;
    }

    private void drain() {
        Integer queueBytes = socket.channel().config().getOption(ChannelOption.SO_RCVBUF);
        int most = (queueBytes == null ? Limits.UDP_SOCKET_BYTES : queueBytes) / Limits.KERNEL_DATAGRAM_BYTES;
        ByteBuffer scratch = ByteBuffer.allocateDirect(1);
        try {
            // Bounded: under a flood new questions take the place of the old ones as fast as these go.
            for (int i = 0; i < most && socket.discard().one(scratch); i++) {
                loop.counters.drop(DropReason.GATE);
            }
        } catch (IOException e) {
            counters.socketErrors.increment();
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.channel().localAddress();
    }

    Channel channel() {
        return socket.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        reads++;
        try {
            answer(context, packet);
        } finally {
            packet.release();
        }
    }

    @SuppressWarnings(
            "FutureReturnValueIgnored") // a failed write or close is told to exceptionCaught, or does not matter
    private void answer(ChannelHandlerContext context, DatagramPacket packet) {
        ByteBuf content = packet.content();
        int length = content.readableBytes();
        // Nothing can be sent to port 0; trying costs the kernel's refusal and an exception.
        if (length >= Limits.UDP_QUERY_BYTES || packet.sender().getPort() == 0) {
            loop.counters.drop(DropReason.MALFORMED);
            return;
        }
        content.getBytes(content.readerIndex(), loop.in, 0, length);
        int answerLength = loop.answer(length, Transport.UDP, packet.sender().getAddress());
        if (answerLength == 0) {
            return;
        }
        if (!context.channel().isWritable()) {
            loop.counters.drop(DropReason.OVERFLOW);
            return;
        }
        ByteBuf out = context.alloc().directBuffer(answerLength).writeBytes(loop.out, 0, answerLength);
        context.write(new DatagramPacket(out, packet.sender()), context.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        counters.socketErrors.increment();
    }
}
