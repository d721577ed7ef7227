package io.evenkeel.server.transport;

import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Replies;
import io.evenkeel.server.query.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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

/** A UDP socket as a channel of Netty's, which makes a few objects of each datagram: for all machines. */
final class ChannelUdpListener extends UdpListener {
    /** Datagrams that Netty reads before others get their turn; fewer: it has read until there was nothing, or failed. */
    private static final int ROUND = TransportLimits.UDP_BATCHES * TransportLimits.UDP_BATCH;

    private final Channel channel;
    private final Discard discard;
    private final boolean epoll;
    /** For the loop only: datagrams and octets of this round of reads, and when the first was there. */
    private int round;

    private int roundBytes;
    private boolean roundFailed;
    private long roundNanos;
    private long oldestNanos;

    /** Takes one queued datagram out of a socket without looking at it; false if there is none. */
    interface Discard {
        boolean one(ByteBuffer scratch) throws IOException;
    }

    private ChannelUdpListener(UdpBinding binding, Channel channel, Discard discard, boolean epoll) {
        super(binding);
        this.channel = channel;
        this.discard = discard;
        this.epoll = epoll;
    }

    /**
     * Binds, and blocks until that is done.
     *
     * @param channel not yet registered
     * @param epoll whether it is of Linux' own transport
     * @throws IOException if the address cannot be had
     */
    static UdpListener bind(Channel channel, Discard discard, boolean epoll, UdpBinding binding) throws IOException {
        if (binding.silence() == Silence.FILTERED) {
            SocketFilter.attach(channel); // before anything can be sent to it
        }
        ChannelUdpListener listener = new ChannelUdpListener(binding, channel, discard, epoll);
        FixedRecvByteBufAllocator buffers = new FixedRecvByteBufAllocator(
                epoll ? TransportLimits.UDP_QUERY_BYTES * TransportLimits.UDP_BATCH : TransportLimits.UDP_QUERY_BYTES);
        buffers.maxMessagesPerRead(ROUND);
        Bootstrap bootstrap = new Bootstrap()
                .group(binding.loop().eventLoop)
                .channelFactory(() -> channel)
                .handler(listener.new Handler())
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_RCVBUF, binding.loop().receive.initialBytes())
                .option(ChannelOption.SO_SNDBUF, TransportLimits.UDP_SOCKET_BYTES)
                .option(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(
                                TransportLimits.UDP_PENDING_BYTES / 2, TransportLimits.UDP_PENDING_BYTES))
                .option(ChannelOption.RECVBUF_ALLOCATOR, buffers);
        if (epoll) {
            bootstrap.option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, TransportLimits.UDP_QUERY_BYTES);
            bootstrap.option(EpollChannelOption.SO_REUSEPORT, binding.reusePort());
        }
        ChannelFuture bound = bootstrap.bind(binding.address()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(Objects.requireNonNull(bound.cause()));
        }
        return listener;
    }

    @Override
    void share() {
        channel.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
    }

    @Override
    Future<?> closeSocket() {
        return channel.close();
    }

    @Override
    void filter(boolean drop) {
        if (drop) {
            SocketFilter.attach(channel);
        } else {
            SocketFilter.detach(channel);
        }
    }

    @Override
    void read(boolean on) {
        channel.config().setAutoRead(on);
    }

    @Override
    boolean hasUnsent() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return unsent != null && !unsent.isEmpty();
    }

    @Override
    int queueBytes() {
        int bytes = Objects.requireNonNull(channel.config().getOption(ChannelOption.SO_RCVBUF));
        // The JDK halves what Linux says. Elsewhere nobody doubles it, and twice as much is more careful.
        return epoll ? bytes : 2 * bytes;
    }

    @Override
    void queueBytes(int asked) {
        channel.config().setOption(ChannelOption.SO_RCVBUF, asked);
    }

    @Override
    boolean knowsLosses() {
        return false;
    }

    @Override
    boolean discard(ByteBuffer scratch) throws IOException {
        return discard.one(scratch);
    }

    private final class Handler extends ChannelInboundHandlerAdapter implements Client {
        /** Of the datagram that is being answered. */
        private InetSocketAddress sender = new InetSocketAddress(0);

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            reads++;
            roundNanos = round++ == 0 ? System.nanoTime() : roundNanos;
            long age = queue.age(ReceiveQueue.UNKNOWN, roundNanos);
            if (round == 1) {
                oldestNanos = age;
                loop.limits.now(roundNanos);
            }
            roundBytes += packet.content().readableBytes();
            try {
                if (queue.isStale(age, roundNanos)) {
                    loop.counters.drop(DropReason.STALE);
                } else {
                    answer(context, packet);
                }
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
            if (length >= TransportLimits.UDP_QUERY_BYTES || packet.sender().getPort() == 0) {
                loop.counters.drop(DropReason.MALFORMED);
                return;
            }
            sender = packet.sender();
            if (!admits(this)) {
                return;
            }
            content.getBytes(content.readerIndex(), loop.in, 0, length);
            length = unwrap(length, this);
            if (length < 0) {
                return;
            }
            int answerLength = loop.answer(length, Transport.UDP, this);
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
        public int putAddress(byte[] to, int at) {
            byte[] address = sender.getAddress().getAddress();
            System.arraycopy(address, 0, to, at, address.length);
            return address.length;
        }

        @Override
        public int putClaimedAddress(byte[] to, int at) {
            return putClaimed(this, to, at);
        }

        @Override
        public int port() {
            return claimedPort(sender.getPort());
        }

        @Override
        public Replies detach(Thread worker) {
            InetSocketAddress to = sender;
            return new UdpReply(loop, AnswerLoop.MESSAGE_BYTES, message -> {
                Future<?> _ = channel.writeAndFlush(
                        new DatagramPacket(Unpooled.wrappedBuffer(message), to), channel.voidPromise());
            });
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            boolean worked = round > 0;
            if (worked) {
                loop.receive.took(round, oldestNanos);
                if (round < ROUND && roundBytes > 0 && !roundFailed) {
                    queue.seenEmpty(roundNanos); // read until there was nothing more
                } else {
                    queue.taken(round, roundNanos);
                }
                round = 0;
                roundBytes = 0;
                roundFailed = false;
            }
            context.flush();
            if (worked) {
                loop.limits.worked(System.nanoTime() - roundNanos);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            roundFailed = true;
            if (cause instanceof IOException) {
                counters.socketErrors.increment();
            } else {
                loop.handler.failed(cause);
            }
        }
    }
}
