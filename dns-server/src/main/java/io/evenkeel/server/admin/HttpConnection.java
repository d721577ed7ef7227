package io.evenkeel.server.admin;

import io.evenkeel.server.admin.AdminCounters.Ended;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection of an {@link HttpPort}: one request at a time, in the order in which they came. Of the port's event loop, but
 * for {@link #run}. It reads only what somebody waits for: a header, or a body that its handler reads.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    /** What it is kept for; the less, the sooner it makes room for another. */
    enum Need {
        /** It has brought no whole header, or all is said and its client is heard out. */
        NONE,
        /** It has been answered and may bring another request. */
        AGAIN,
        /** A reply is on its way that is ready as a whole: it costs nobody's work to break it off. */
        REPLY,
        /** A request is in work. */
        WORK
    }

    private enum State {
        HEADER,
        IDLE,
        WORKING,
        LINGERING
    }

    /** A part of a body, as the decoder has found it. */
    private record Piece(
            byte[] octets, boolean last, @Nullable String broken) {}

    private final HttpPort port;
    private final Consumer<HttpConnection> changed;
    private final SocketChannel socket;
    private final NioSocketChannel channel;
    private final InetAddress client;
    private final long group;
    /** What has come before the request in front of it was answered. */
    private final Deque<Object> waiting = new ArrayDeque<>();

    private State state = State.HEADER;
    private long sinceNanos = System.nanoTime();
    private @Nullable Exchange exchange;
    private boolean keep;
    private boolean inputEnded;
    private boolean decodes;
    private long lingered;

    /** Of the window in which this node waits for its client. */
    private long movedBytes;

    private long waitedNanos;
    /** Of the reply in work: so long it has waited for the client in all. */
    private long replyNanos;

    private long lookedNanos = sinceNanos;

    /** @param changed told of each change of its state */
    HttpConnection(
            HttpPort port,
            Consumer<HttpConnection> changed,
            NioServerSocketChannel parent,
            SocketChannel socket,
            InetAddress client,
            long group) {
        this.port = port;
        this.changed = changed;
        this.socket = socket;
        this.client = client;
        this.group = group;
        channel = new NioSocketChannel(parent, socket);
        FixedRecvByteBufAllocator buffers = new FixedRecvByteBufAllocator(AdminLimits.READ_BYTES);
        buffers.maxMessagesPerRead(1);
        channel.config().setRecvByteBufAllocator(buffers);
        channel.config().setAllowHalfClosure(true);
        channel.pipeline().addLast(new Arrivals());
    }

    Channel channel() {
        return channel;
    }

    /** See {@link HttpLimits#group}. */
    long group() {
        return group;
    }

    Need need() {
        return switch (state) {
            case HEADER, LINGERING -> Need.NONE;
            case IDLE -> Need.AGAIN;
            case WORKING -> exchange != null && exchange.isReady() ? Need.REPLY : Need.WORK;
        };
    }

    /** Why it has had its time; null: it has not. To be called every {@link AdminLimits#SWEEP_MILLIS}. */
    @Nullable
    Ended overdue(long now) {
        long age = now - sinceNanos;
        HttpLimits limits = port.limits();
        return switch (state) {
            case HEADER -> age > limits.header().toNanos() ? Ended.HEADER : null;
            case IDLE -> age > limits.idle().toNanos() ? Ended.IDLE : null;
            case LINGERING -> age > limits.linger().toNanos() ? Ended.LINGER : null;
            case WORKING -> isTooSlow(now) ? Ended.SLOW : null;
        };
    }

    private boolean isTooSlow(long now) {
        long elapsed = now - lookedNanos;
        lookedNanos = now;
        replyNanos += exchange != null && exchange.waitsForTaking() ? elapsed : 0;
        if (movedBytes >= port.limits().windowBytes()) {
            movedBytes = 0;
            waitedNanos = 0;
        } else if (exchange != null && exchange.waitsForClient()) {
            waitedNanos += elapsed;
        }
        return waitedNanos > port.limits().window().toNanos()
                || replyNanos > port.limits().reply().toNanos();
    }

    /** Does what follows {@link #overdue}. */
    void end(Ended reason) {
        switch (reason) {
            case IDLE, LINGER -> close();
            case HEADER, EVICTED, REFUSED -> cut();
            case SLOW -> {
                if (exchange != null && exchange.waitsForBody()) {
                    exchange.broken(
                            "it came too slowly: less than " + port.limits().windowBytes() + " octets within "
                                    + port.limits().window().toSeconds() + " s");
                    keep = false;
                    waitedNanos = 0;
                } else {
                    cut();
                }
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // gone, whatever becomes of the close
    private void close() {
        channel.close();
    }

    /** Ends it at once and leaves nothing of it in the kernel. */
    @SuppressWarnings("FutureReturnValueIgnored") // gone, whatever becomes of the close
    void cut() {
        set(ChannelOption.SO_LINGER, 0);
        if (channel.isRegistered()) {
            channel.close();
        } else {
            channel.unsafe().closeForcibly(); // accepted a moment ago
        }
    }

    private <T> void set(ChannelOption<T> option, T value) {
        try {
            channel.config().setOption(option, value);
        } catch (ChannelException e) {
            // Reset by its client meanwhile, which its next read or write tells.
        }
    }

    /** The loop is no more. */
    void abandon() throws IOException {
        socket.close();
        if (exchange != null) {
            exchange.gone();
        }
    }

    /**
     * Has its loop do that. Any thread.
     *
     * @throws IOException if the port is closed
     */
    void run(Runnable task) throws IOException {
        try {
            channel.eventLoop().execute(() -> {
                try {
                    task.run();
                } catch (Throwable fault) {
                    failed(fault);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new IOException("this node is stopping", e);
        }
    }

    private void failed(Throwable fault) {
        cut();
        port.fault("a connection", fault);
    }

    /** Before all else: sees when octets come, and has them decoded; a connection that says nothing costs no decoder. */
    private final class Arrivals extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf octets = (ByteBuf) message;
            if (state == State.LINGERING) {
                lingered += octets.readableBytes();
                octets.release();
                if (lingered > AdminLimits.LINGER_BYTES) {
                    cut();
                }
                return;
            }
            if (state == State.IDLE) {
                enter(State.HEADER);
            }
            movedBytes += octets.readableBytes();
            if (!decodes) {
                decodes = true;
                set(ChannelOption.TCP_NODELAY, true);
                context.pipeline()
                        .addLast(
                                new HttpResponseEncoder(),
                                new HttpRequestDecoder(new HttpDecoderConfig()
                                        .setMaxInitialLineLength(AdminLimits.HEADER_BYTES)
                                        .setMaxHeaderSize(AdminLimits.HEADER_BYTES)
                                        .setMaxChunkSize(AdminLimits.READ_BYTES)),
                                HttpConnection.this);
            }
            context.fireChannelRead(octets);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            context.fireUserEventTriggered(event); // the decoder first: it may have the end of a request
            if (event instanceof ChannelInputShutdownEvent) {
                inputEnded();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            context.fireChannelInactive();
            waiting.clear();
            if (exchange != null) {
                exchange.gone();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            HttpConnection.this.exceptionCaught(context, cause);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            cut(); // reset by its client
        } else {
            failed(cause);
        }
    }

    private void inputEnded() {
        inputEnded = true;
        keep = false;
        if (exchange == null) {
            close();
        } else if (!exchange.isComplete()) {
            exchange.broken("it ended too early");
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case HttpRequest request -> take(request);
            case HttpContent content -> {
                byte[] octets = ByteBufUtil.getBytes(content.content());
                String broken = content.decoderResult().isFailure()
                        ? String.valueOf(content.decoderResult().cause().getMessage())
                        : null;
                boolean last = content instanceof LastHttpContent;
                content.release();
                take(new Piece(octets, last, broken));
            }
            default -> throw new IllegalStateException("the decoder gave a " + message.getClass());
        }
    }

    private void take(Object part) {
        boolean ofThis = part instanceof Piece && exchange != null && !exchange.isComplete();
        if (state == State.LINGERING) {
            return;
        }
        if (state != State.WORKING || (waiting.isEmpty() && ofThis)) {
            work(part);
        } else if (waiting.size() < AdminLimits.PIPELINED) {
            waiting.add(part);
        } else {
            cut();
        }
    }

    private void work(Object part) {
        switch (part) {
            case HttpRequest request -> begin(request);
            case Piece piece -> {
                if (exchange != null) {
                    add(exchange, piece);
                }
            }
            default -> throw new IllegalStateException("neither a request nor a part of one");
        }
    }

    private void begin(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            refuse(request.decoderResult().cause());
            return;
        }
        URI target;
        try {
            target = new URI(request.uri());
        } catch (URISyntaxException e) {
            refuse(e);
            return;
        }
        enter(State.WORKING);
        replyNanos = 0;
        keep = HttpUtil.isKeepAlive(request);
        exchange = new Exchange(this, request, target, client);
        port.handle(exchange);
    }

    private void add(Exchange to, Piece piece) {
        if (piece.broken() != null) {
            keep = false;
            to.broken(piece.broken());
            return;
        }
        boolean full = to.offer(piece.octets(), piece.last());
        if (full || piece.last()) {
            channel.config().setAutoRead(false);
        }
    }

    /** Reads on: the handler has made room. */
    void resume(Exchange of) {
        if (exchange == of && of.hasRoom()) {
            channel.config().setAutoRead(true);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a failed write is told to exceptionCaught by the close that follows
    private void refuse(@Nullable Throwable why) {
        port.countRubbish();
        HttpResponseStatus status = switch (why) {
            case TooLongHttpHeaderException _ -> HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
            case TooLongHttpLineException _ -> HttpResponseStatus.REQUEST_URI_TOO_LONG;
            case null, default -> HttpResponseStatus.BAD_REQUEST;
        };
        byte[] text = Reply.JSON
                .createObjectNode()
                .put(
                        "error",
                        "not as HTTP wants it: " + status.reasonPhrase() + "; header lines may have "
                                + AdminLimits.HEADER_BYTES + " octets")
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(text));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, text.length);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        enter(State.LINGERING);
        channel.writeAndFlush(response).addListener(_ -> linger());
    }

    /** Writes the beginning of a reply, or all of it; says in it whether the connection goes on. */
    ChannelFuture begin(Exchange of, HttpResponse response, HttpVersion version) {
        // Nobody reads the rest of a body: the client may take it for the next request, or wait for ever to send it.
        keep = keep && of.isComplete() && !inputEnded;
        boolean usual = version.isKeepAliveDefault();
        if (!keep) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (!usual) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        return channel.writeAndFlush(response);
    }

    /** No request follows on it. */
    void endsWithReply() {
        keep = false;
    }

    ChannelFuture write(byte[] octets) {
        return channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(octets)));
    }

    ChannelFuture writeLast() {
        return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /** The client may send its body now (RFC 9110 §10.1.1). */
    ChannelFuture writeContinue() {
        return channel.writeAndFlush(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }

    void moved(long octets) {
        movedBytes += octets;
    }

    /** The reply is with the kernel. */
    void replied(Exchange of) {
        if (exchange != of) {
            return;
        }
        boolean allHeard = of.isComplete() && waiting.isEmpty();
        exchange = null;
        if (!keep) {
            if (allHeard || inputEnded) {
                close();
            } else {
                enter(State.LINGERING);
                linger();
            }
            return;
        }
        enter(State.IDLE);
        while (!waiting.isEmpty()
                && (state == State.IDLE || (state == State.WORKING && waiting.peek() instanceof Piece))) {
            work(Objects.requireNonNull(waiting.poll()));
        }
        if (exchange == null || exchange.hasRoom()) {
            channel.config().setAutoRead(true);
        }
    }

    /**
     * Hears the client out: a socket that is closed on data still coming is reset, and the client may lose the reply that it
     * has not read.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // a connection that cannot be ended in order is gone
    private void linger() {
        waiting.clear();
        if (!channel.isActive() || inputEnded) {
            close();
            return;
        }
        channel.shutdownOutput();
        channel.config().setAutoRead(true);
    }

    private void enter(State next) {
        state = next;
        sinceNanos = System.nanoTime();
        lookedNanos = sinceNanos;
        movedBytes = 0;
        waitedNanos = 0;
        changed.accept(this);
    }
}
