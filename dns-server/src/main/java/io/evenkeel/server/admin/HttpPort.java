package io.evenkeel.server.admin;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.process.ThreadNiceness;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.admin.AdminCounters.Ended;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * One event loop has the listening socket and all its connections, so that nothing here needs a lock, and so that a flood
 * cannot push out an honest client before it is heard: between two rounds of accepting, the loop reads each connection whose
 * octets have come. A connection takes a place when it is accepted. When none is left, the one that has been without a request
 * for longest gives up its own; only requests in work keep theirs, and these are bounded below the number of places. The JDK's
 * selector serves all machines alike and lets a socket be refused before Netty knows of it.
 */

/**
 * A port that speaks HTTP/1.1, with its bounds: it turns octets into {@link Exchange}s, each of which it hands to a virtual
 * thread. Never ends of what clients do. Any thread may call all methods but {@link #bind}.
 */
final class HttpPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

    private final AdminCounters.Port port;
    private final String name;
    private final InetSocketAddress listen;
    private final HttpLimits limits;
    private final AdminCounters counters;
    private final Consumer<Exchange> handler;
    private final Time time;
    private final QuietLog faults = new QuietLog(LOG);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("http-request").factory());
    private volatile @Nullable Listener listener;
    private volatile boolean closed;
    private boolean told;
    /** When {@link #bind} was called last, and since when it has been called on time. */
    private long lookedNanos;

    private long onTimeSinceNanos;

    /**
     * Listens nowhere until {@link #bind}.
     *
     * @param name for the log: what this port is
     * @param handler ends each exchange that it is given; may block
     * @param time by which its thread is found to hang
     */
    HttpPort(
            AdminCounters.Port port,
            String name,
            InetSocketAddress listen,
            HttpLimits limits,
            AdminCounters counters,
            Consumer<Exchange> handler,
            Time time) {
        this.port = port;
        this.name = name;
        this.listen = listen;
        this.limits = limits;
        this.counters = counters;
        this.handler = handler;
        this.time = time;
        this.lookedNanos = time.nanos();
        this.onTimeSinceNanos = lookedNanos;
    }

    /**
     * Tries to get its address, unless it has it; begins anew if its thread has ended of a fault, or hangs. One thread at a
     * time, about every second.
     */
    void bind() {
        Listener present = listener;
        boolean hangs = hangs(present);
        if (closed || (present != null && present.lives() && !hangs)) {
            return;
        }
        if (present != null) {
            LOG.error(
                    "{}: its thread {}; begun anew",
                    name,
                    hangs ? "has done nothing for " + AdminLimits.HANGS.toSeconds() + " s" : "has ended of a fault");
            present.end();
            listener = null;
        }
        Listener next = new Listener();
        try {
            next.bind();
            listener = next;
            told = false;
            LOG.info("{}: listens on {}", name, AddressText.show(next.address()));
        } catch (IOException e) {
            next.end();
            if (!told) {
                LOG.error(
                        "{}: cannot listen on {} ({}): nothing answers there until that is so; tried again every second",
                        name,
                        AddressText.show(listen),
                        e.getMessage());
            }
            told = true;
        }
        if (closed) {
            next.end();
        }
    }

    /** Whether its thread has done nothing for long, while this one came on time: a process that stood still says nothing about it. */
    private boolean hangs(@Nullable Listener present) {
        long now = time.nanos();
        if (now - lookedNanos > AdminLimits.LATE.toNanos()) {
            onTimeSinceNanos = now;
        }
        lookedNanos = now;
        return present != null
                && now - onTimeSinceNanos > AdminLimits.HANGS.toNanos()
                && now - present.sweptNanos > AdminLimits.HANGS.toNanos();
    }

    /** Where it listens; the port is the real one if 0 was asked for. */
    InetSocketAddress address() {
        Listener present = listener;
        return present == null ? listen : present.address();
    }

    HttpLimits limits() {
        return limits;
    }

    /** Hands it to a thread of its own. */
    void handle(Exchange exchange) {
        try {
            threads.execute(() -> {
                try (exchange) {
                    handler.accept(exchange);
                } catch (Throwable fault) {
                    fault("an answer", fault);
                }
            });
        } catch (RejectedExecutionException stopping) {
            exchange.close();
        }
    }

    void countRubbish() {
        counters.countRubbish();
    }

    /** A fault of this program costs the connection, and one line of the log, not the port. */
    void fault(String where, Throwable fault) {
        faults.error(name + ": a fault of this program in " + where, fault);
    }

    /** Stops at once; requests in work lose their connection. */
    @Override
    public void close() {
        closed = true;
        Listener present = listener;
        if (present != null) {
            present.end();
        }
        threads.shutdownNow();
    }

    /** The loop with its sockets. All but the constructor, {@link #bind}, {@link #lives} and {@link #end} on that loop. */
    private final class Listener {
        private final MultiThreadIoEventLoopGroup group;
        private final EventLoop loop;
        private final Accepting socket = new Accepting(this);
        /** The one that has been in its state for longest is the first: with a flood at the door, whom to close is known at once. */
        private final Set<HttpConnection> open = new LinkedHashSet<>();

        private final Map<Long, Integer> ofGroups = new HashMap<>();
        private volatile @Nullable InetSocketAddress address;
        /** Of the listening socket; null before there is one. */
        private volatile @Nullable IoRegistration registered;
        /** When its loop last looked at its connections. */
        private volatile long sweptNanos = time.nanos();

        Listener() {
            ThreadFactory named = new DefaultThreadFactory("http-" + port.label(), true);
            ThreadFactory givingWay = run -> named.newThread(() -> {
                // A flood of connections must not cause an election; but health is asked for as infrastructure asks,
                // and soon.
                ThreadNiceness.raise(ThreadNiceness.ANSWERING_INFRASTRUCTURE);
                run.run();
            });
            group = new MultiThreadIoEventLoopGroup(1, givingWay, NioIoHandler.newFactory());
            loop = group.next();
        }

        void bind() throws IOException {
            socket.config().setBacklog(AdminLimits.BACKLOG);
            socket.config().setReuseAddress(true);
            ServerChannelRecvByteBufAllocator accepts = new ServerChannelRecvByteBufAllocator();
            accepts.maxMessagesPerRead(AdminLimits.ACCEPTS);
            socket.config().setRecvByteBufAllocator(accepts);
            socket.pipeline().addLast(new Welcome());
            loop.register(socket).awaitUninterruptibly();
            registered = socket.isRegistered() ? socket.registration() : null;
            Throwable failure = socket.bind(listen).awaitUninterruptibly().cause();
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            address = socket.localAddress();
            Future<?> _ = loop.scheduleWithFixedDelay(
                    this::sweep, AdminLimits.SWEEP_MILLIS, AdminLimits.SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }

        InetSocketAddress address() {
            InetSocketAddress bound = address;
            return bound == null ? listen : bound;
        }

        boolean lives() {
            return socket.isOpen() && !loop.isShuttingDown();
        }

        /** Closes all sockets, whether or not the loop still lives, or hangs, and ends the loop. Waits for it a bounded time. */
        void end() {
            group.shutdownGracefully(0, AdminLimits.STOP_MILLIS, TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(2 * AdminLimits.STOP_MILLIS);
            try {
                socket.closeSocket();
                if (group.isTerminated()) {
                    for (HttpConnection connection : open) {
                        connection.abandon();
                    }
                    open.clear();
                    ofGroups.clear();
                } else {
                    closeAll();
                }
            } catch (IOException e) {
                LOG.debug("{}: close failed", name, e);
            }
            counters.open(port, 0);
        }

        /** From outside of the loop, which hangs: the system has a closed socket until the selector that knows it is closed, too. */
        private void closeAll() throws IOException {
            IoRegistration known = registered;
            if (known != null) {
                SelectionKey key = known.attachment();
                Selector selector = key.selector();
                if (selector.isOpen()) {
                    for (SelectionKey each : selector.keys()) {
                        each.channel().close();
                    }
                    selector.close();
                }
            }
        }

        /** Judges a socket that has just been accepted; null: it is refused, and closed. */
        @Nullable
        HttpConnection admit(SocketChannel accepted) throws IOException {
            if (!(accepted.getRemoteAddress() instanceof InetSocketAddress remote)) {
                accepted.close(); // gone already
                return null;
            }
            InetAddress client = remote.getAddress();
            long group = HttpLimits.group(client);
            boolean crowded = ofGroups.getOrDefault(group, 0) >= limits.of(client);
            boolean room = (!crowded || evict(group)) && (open.size() < limits.connections() || evict(null));
            if (!room) {
                counters.ended(port, Ended.REFUSED);
                // No state is left in the kernel for somebody who comes at any rate.
                accepted.setOption(StandardSocketOptions.SO_LINGER, 0);
                accepted.close();
                return null;
            }
            HttpConnection connection =
                    new HttpConnection(HttpPort.this, this::changed, socket, accepted, client, group);
            open.add(connection);
            ofGroups.merge(group, 1, Integer::sum);
            counters.open(port, open.size());
            return connection;
        }

        /**
         * Closes the connection that is needed least; false if all are.
         *
         * @param group of these alone; null: of all
         */
        private boolean evict(@Nullable Long group) {
            HttpConnection least = null;
            HttpConnection.Need need = HttpConnection.Need.WORK;
            for (HttpConnection connection : open) {
                if ((group == null || connection.group() == group)
                        && connection.need().compareTo(need) < 0) {
                    least = connection;
                    need = connection.need();
                }
                if (need == HttpConnection.Need.NONE) {
                    break;
                }
            }
            if (least == null) {
                return false;
            }
            counters.ended(port, Ended.EVICTED);
            least.end(Ended.EVICTED);
            gone(least);
            return true;
        }

        private void sweep() {
            sweptNanos = time.nanos();
            try {
                long now = System.nanoTime();
                for (HttpConnection connection : List.copyOf(open)) {
                    Ended reason = connection.channel().isOpen() ? connection.overdue(now) : null;
                    if (reason != null) {
                        counters.ended(port, reason);
                        connection.end(reason);
                    }
                    if (!connection.channel().isOpen()) {
                        gone(connection);
                    }
                }
            } catch (Throwable fault) {
                fault("the look at all connections", fault);
            }
        }

        /** It has another state since now. */
        private void changed(HttpConnection connection) {
            if (open.remove(connection)) {
                open.add(connection);
            }
        }

        void gone(HttpConnection connection) {
            if (open.remove(connection)) {
                ofGroups.computeIfPresent(connection.group(), (_, count) -> count == 1 ? null : count - 1);
                counters.open(port, open.size());
            }
        }

        void fault(String where, Throwable fault) {
            HttpPort.this.fault(where, fault);
        }
    }

    /** The listening socket. It asks for each connection before Netty makes anything of it. */
    private static final class Accepting extends NioServerSocketChannel {
        private final Listener listener;

        Accepting(Listener listener) {
            this.listener = listener;
        }

        @Override
        protected int doReadMessages(List<Object> taken) throws Exception {
            SocketChannel accepted = javaChannel().accept();
            if (accepted == null) {
                return 0;
            }
            try {
                HttpConnection connection = listener.admit(accepted);
                if (connection != null) {
                    Channel channel = connection.channel();
                    channel.closeFuture().addListener(_ -> listener.gone(connection));
                    taken.add(channel);
                }
            } catch (IOException e) {
                accepted.close(); // reset meanwhile
            } catch (Throwable fault) {
                accepted.close();
                listener.fault("accepting a connection", fault);
            }
            return 1;
        }

        @Override
        protected IoRegistration registration() {
            return super.registration();
        }

        void closeSocket() throws IOException {
            javaChannel().close();
        }
    }

    /** Lets in what {@link Accepting} has taken. */
    private final class Welcome extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel child = (Channel) message;
            context.channel().eventLoop().register(child).addListener(registered -> {
                if (!registered.isSuccess()) {
                    child.unsafe().closeForcibly();
                }
            });
        }

        /** Out of descriptors, most likely: the clients wait in the kernel for a moment, instead of this loop spinning. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            faults.error(name + ": cannot accept connections: " + cause);
            Channel socket = context.channel();
            socket.config().setAutoRead(false);
            Future<?> _ = socket.eventLoop()
                    .schedule(
                            () -> socket.config().setAutoRead(true),
                            AdminLimits.ACCEPT_PAUSE_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }
}
