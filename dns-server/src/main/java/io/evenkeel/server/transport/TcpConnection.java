package io.evenkeel.server.transport;

import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.Replies;
import io.evenkeel.server.query.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection: any number of questions, also before the earlier ones are answered (RFC 7766 §6.2.1.1). All answers
 * to one read go out in one write. A client that does not read its answers is not read from either; only a complete
 * question or a write that moves on counts as a sign of life, the latter not while a question waits for its answer.
 */
final class TcpConnection extends ChannelInboundHandlerAdapter implements Client {
    static final int LENGTH_BYTES = 2;

    private final Channel channel;
    private final AnswerLoop loop;
    private final ListenRules rules;
    private final TcpConnections connections;
    private final TransportCounters counters;
    final long openedNanos = System.nanoTime();
    /** With whom it counts; for {@link TcpConnections}. */
    @Nullable
    ClientSite site;

    private byte[] address = {};
    /** Null: no header of a proxy is to come, or it has. */
    private @Nullable ProxyHeader awaited;

    /** The answers that come later. */
    private final Set<TcpReply> later = new HashSet<>();
    /** Octets that are not answered yet, null if none. */
    private @Nullable ByteBuf held;

    private boolean answering;
    /** A whole question waits until the client takes answers. */
    private boolean blocked;

    private boolean inputEnded;
    /** We have said that no more answers come; what the client still says is read and thrown away. */
    private boolean outputEnded;

    /** It has been told to end, by a bound. */
    private boolean ending;

    private int queries;
    /** When the message began that is not complete yet; only while there is one. */
    private long messageNanos;

    private boolean inMessage;
    /** Octets that it holds, as {@link TcpConnections} has been told. */
    private int counted;

    private long reads;
    private long readsSeen;
    private volatile long activeNanos = System.nanoTime();
    /** Whether answers come later. */
    private volatile boolean working;

    TcpConnection(
            Channel channel,
            AnswerLoop loop,
            ListenRules rules,
            TcpConnections connections,
            TransportCounters counters) {
        this.channel = channel;
        this.loop = loop;
        this.rules = rules;
        this.awaited = rules.isProxied() ? new ProxyHeader() : null;
        this.connections = connections;
        this.counters = counters;
    }

    /**
     * When it last showed a sign of life, by {@code System.nanoTime()}; while a question waits for the client to take the answers
     * before, when that began. Now, while an answer is made that comes later: that has a deadline of its own.
     */
    long activeNanos() {
        return working ? System.nanoTime() : activeNanos;
    }

    boolean isOf(AnswerLoop asked) {
        return loop == asked;
    }

    /** Whether its message should have come to its end by then, with so much time beside that of its octets; on its loop. */
    boolean isSlow(long nanos, long atMostNanos) {
        if (!inMessage || held == null) {
            return false;
        }
        long progress = held.readableBytes() * 1_000_000_000L / TransportLimits.TCP_MESSAGE_BYTES_PER_SECOND;
        return nanos - messageNanos > atMostNanos + progress;
    }

    /** Like {@link #finish}, for a bound; on its loop. Once. */
    void end(TcpEnding how) {
        if (!ending && !outputEnded) {
            ending = true;
            counters.ended(how);
            finish();
        }
    }

    /** Any thread. */
    @SuppressWarnings(
            "FutureReturnValueIgnored") // a failed write or close is told to exceptionCaught, or does not matter
    void close() {
        channel.close();
    }

    /**
     * Answers what has come, then ends its own side and waits for the client to end his: a socket that is closed on data
     * still coming is reset, and the client may lose answers that he has not read. Any thread.
     */
    void finish() {
        Quiet.await(channel.eventLoop(), () -> {
                    boolean worked = reads != readsSeen || !later.isEmpty();
                    readsSeen = reads;
                    return worked;
                })
                .addListener(_ -> channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> endOutput()));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a connection that cannot be ended in order is gone
    private void endOutput() {
        outputEnded = true;
        release();
        if (!channel.isActive()) {
            return;
        }
        channel.config().setAutoRead(true);
        ((DuplexChannel) channel).shutdownOutput();
        if (inputEnded) {
            close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (channel.remoteAddress() instanceof InetSocketAddress remote) { // null if it is gone already
            address = remote.getAddress().getAddress();
        }
        if (!rules.admits(address, address.length)) {
            counters.ended(TcpEnding.SOURCE);
            close();
            return;
        }
        connections.add(this, awaited == null ? ClientSite.of(address) : null);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.remove(this);
        release();
        boolean _ = connections.hold(-counted);
        counted = 0;
        List.copyOf(later).forEach(TcpReply::cutOff);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf read = (ByteBuf) message;
        reads++;
        if (outputEnded) {
            read.release();
            return;
        }
        if (held == null) {
            held = read;
        } else {
            int bytes = held.readableBytes() + read.readableBytes();
            if (bytes <= TransportLimits.TCP_HELD_BYTES) {
                held.writeBytes(read);
            }
            read.release();
            if (bytes > TransportLimits.TCP_HELD_BYTES) {
                closeOversize();
                return;
            }
        }
        answerHeld();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable() && !outputEnded) {
            alive();
            answerHeld();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            // The client has asked all it will; RFC 7766 §6.2.4: what it asked is still answered.
            inputEnded = true;
            if (outputEnded) {
                close();
            } else {
                answerHeld();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }

    private void failed(Throwable cause) {
        if (cause instanceof IOException) { // mostly a connection reset by the client
            counters.socketErrors.increment();
        } else {
            loop.handler.failed(cause);
        }
        close();
    }

    @SuppressWarnings(
            "FutureReturnValueIgnored") // a failed write or close is told to exceptionCaught, or does not matter
    private void answerHeld() {
        if (answering) {
            // A write that goes through at once says "writable" from within; the loop below sees that by itself.
            return;
        }
        if (awaited != null && held != null && !unwrap(awaited, held)) {
            return;
        }
        answering = true;
        try {
            while (nextLength() >= 0 && channel.isWritable() && later.size() < TransportLimits.DETACHED_OF_ONE) {
                ByteBuf out = answerSome();
                if (out != null) {
                    channel.writeAndFlush(out, channel.voidPromise());
                }
            }
        } finally {
            answering = false;
        }
        boolean waits = nextLength() >= 0;
        if (waits != blocked) {
            // The oldest question that waits has just come: nothing is read while one does.
            activeNanos = System.nanoTime();
            blocked = waits;
        }
        shrinkHeld();
        boolean partial = held != null && !waits;
        if (partial && !inMessage) {
            messageNanos = System.nanoTime();
        }
        inMessage = partial;
        if (!account()) {
            counters.ended(TcpEnding.MEMORY);
            close();
            return;
        }
        channel.config().setAutoRead(!blocked);
        if (inputEnded && !blocked && later.isEmpty()) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Takes the header that a proxy puts before all, once it is there; false: there is none, and this is closed. */
    private boolean unwrap(ProxyHeader proxy, ByteBuf from) {
        int there = Math.min(from.readableBytes(), ProxyHeader.MOST_BYTES);
        from.getBytes(from.readerIndex(), loop.in, 0, there);
        int header = proxy.read(loop.in, there);
        if (header == ProxyHeader.NONE) {
            counters.ended(TcpEnding.PROXY);
            rules.noteBare(address, address.length);
            close();
            return false;
        }
        if (header > 0) {
            from.skipBytes(header);
            awaited = null;
            address = proxy.tells() ? proxy.address() : address;
            connections.place(this, ClientSite.of(address));
        }
        return true;
    }

    /** The answers to what is held, up to about one write; null if there are none. */
    private @Nullable ByteBuf answerSome() {
        ByteBuf out = null;
        boolean sound = false;
        long began = System.nanoTime();
        loop.limits.now(began);
        try {
            for (int length = nextLength(); length >= 0; length = nextLength()) {
                out = answerOne(length, out);
                if ((out != null && out.readableBytes() >= TransportLimits.TCP_WRITE_BYTES)
                        || later.size() >= TransportLimits.DETACHED_OF_ONE) {
                    break;
                }
            }
            sound = true;
            return out;
        } finally {
            loop.limits.worked(System.nanoTime() - began);
            if (!sound && out != null) {
                out.release(); // the connection ends with the fault
            }
        }
    }

    private @Nullable ByteBuf answerOne(int length, @Nullable ByteBuf out) {
        ByteBuf from = Objects.requireNonNull(held);
        from.getBytes(from.readerIndex() + LENGTH_BYTES, loop.in, 0, length);
        from.skipBytes(LENGTH_BYTES + length);
        inMessage = false;
        alive();
        if (connections.enough(++queries)) {
            end(TcpEnding.QUERIES);
        }
        int answerLength = loop.answer(length, Transport.TCP, this);
        if (answerLength == 0) {
            return out;
        }
        ByteBuf to = out == null ? channel.alloc().directBuffer(LENGTH_BYTES + answerLength) : out;
        return to.writeShort(answerLength).writeBytes(loop.out, 0, answerLength);
    }

    @Override
    public int putAddress(byte[] to, int at) {
        System.arraycopy(address, 0, to, at, address.length);
        return address.length;
    }

    @Override
    public Replies detach(Thread worker) {
        TcpReply reply = new TcpReply(this, worker);
        later.add(reply);
        working = true;
        return reply;
    }

    /**
     * Has something done on the loop for an answer that comes later. What it throws ends the connection and is counted, as that of a read is:
     * Netty's loop would only log it, and the questions that wait here would wait for ever.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the loop has ended
     */
    void onLoop(Runnable work) {
        channel.eventLoop().execute(() -> {
            try {
                work.run();
            } catch (Throwable fault) {
                failed(fault);
            }
        });
    }

    /** Writes a message of an answer that comes later; on the loop. */
    @SuppressWarnings("FutureReturnValueIgnored") // it tells the listener
    void write(TcpReply reply, ByteBuf frame) {
        int octets = frame.readableBytes();
        if (outputEnded) {
            frame.release();
            reply.cutOff();
            return;
        }
        channel.writeAndFlush(frame).addListener(written -> {
            if (written.isSuccess()) {
                alive();
                reply.taken(octets);
            } else {
                reply.cutOff();
            }
        });
    }

    /** An answer that came later is complete; on the loop. */
    void ended(TcpReply reply) {
        later.remove(reply);
        working = !later.isEmpty();
        alive();
        if (channel.isActive() && !outputEnded) {
            answerHeld();
        }
    }

    private void alive() {
        if (!blocked) {
            activeNanos = System.nanoTime();
        }
    }

    /** Length of the next question if it is here in full, else -1. */
    private int nextLength() {
        if (awaited != null || held == null || held.readableBytes() < LENGTH_BYTES) {
            return -1;
        }
        int length = held.getUnsignedShort(held.readerIndex());
        return held.readableBytes() >= LENGTH_BYTES + length ? length : -1;
    }

    /** A few waiting octets must not keep a whole read buffer alive, on each of many connections. */
    private void shrinkHeld() {
        if (held == null) {
            return;
        }
        if (!held.isReadable()) {
            release();
        } else if (held.capacity() > 2 * held.readableBytes()) {
            ByteBuf small = channel.alloc().directBuffer(held.readableBytes(), TransportLimits.TCP_HELD_BYTES);
            small.writeBytes(held);
            release();
            held = small;
        } else {
            held.discardReadBytes();
        }
    }

    /** Tells what it holds now; false if that is more than all may hold together. */
    private boolean account() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        long holds = (held == null ? 0 : held.capacity()) + (unsent == null ? 0 : unsent.totalPendingWriteBytes());
        int more = (int) holds - counted;
        if (more != 0 && !connections.hold(more)) {
            return false;
        }
        counted += more;
        return true;
    }

    private void closeOversize() {
        counters.tcpOversize.increment();
        release();
        close();
    }

    private void release() {
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
