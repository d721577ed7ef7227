package io.evenkeel.server.peer;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.trust.ClusterKeyException;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.Entrance;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.zones.codec.CodecException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answering side of the peer channel. One virtual thread accepts, one reads each connection, one works on each request;
 * answers go out in the order in which they are ready. A fault of this program costs one connection at most. The
 * entrance of the keys says who gets as far as the handshake; a stranger costs a counter and at most one log line in a while; whoever is too fast waits in his
 * own socket.
 */
public final class PeerServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

    /** Name of the work, and of its thread. */
    private static final String ACCEPTING = "peer-accept";

    private final ServerSocket listener;
    private final Daemons daemons;
    private final Daemon accepting;
    private final @Nullable ClusterTls tls;
    private final PeerHandlers handlers;
    private final ControlCounters counters;
    private final QuietLog rubbish = new QuietLog(LOG);
    private final QuietLog strange = new QuietLog(LOG);
    private final QuietLog faults = new QuietLog(LOG);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Entrance entrance;
    private final Semaphore inFlightKib = new Semaphore(PeerLimits.PEER_IN_FLIGHT_KIB);
    private volatile String trouble = "";
    private volatile boolean closed;

    /**
     * Binds and begins to answer. If the address is taken, or not there yet, it tries again and again; see {@link #trouble}.
     *
     * @param tls null: plain text, loopback only
     * @param daemons of this node, for the threads that accept and read
     * @throws IOException if the address may not be bound
     */
    public PeerServer(
            InetSocketAddress bind,
            @Nullable ClusterTls tls,
            PeerHandlers handlers,
            ControlCounters counters,
            Daemons daemons)
            throws IOException {
        this(new ServerSocket(), bind, tls, handlers, counters, daemons);
    }

    /** The same, with a socket that is not bound yet. */
    PeerServer(
            ServerSocket listener,
            InetSocketAddress bind,
            @Nullable ClusterTls tls,
            PeerHandlers handlers,
            ControlCounters counters,
            Daemons daemons)
            throws IOException {
        if (tls == null && !bind.getAddress().isLoopbackAddress()) {
            throw new ClusterKeyException("peer address " + AddressText.show(bind)
                    + ": without a cluster key only loopback may be bound; set cluster.key-file");
        }
        this.tls = tls;
        this.entrance =
                tls == null ? Entrance.ofLoopback("peer channel") : tls.keys().peerEntrance();
        this.handlers = handlers;
        this.counters = counters;
        this.daemons = daemons;
        this.listener = listener;
        try {
            listener.setReuseAddress(true);
            tryBind(bind);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        accepting = daemons.virtual(ACCEPTING, Daemon.OnFault.RESTART, () -> acceptAll(bind));
        accepting.start();
    }

    /** Where it listens; the port is the real one if 0 was asked for. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** Why nobody reaches this node, one line for people; empty if somebody may. */
    public String trouble() {
        return trouble;
    }

    private void tryBind(InetSocketAddress bind) throws IOException {
        try {
            listener.bind(bind, PeerLimits.PEER_BACKLOG);
            trouble = "";
        } catch (BindException e) {
            String why = "peer channel: cannot listen on " + AddressText.show(bind) + " (" + e.getMessage()
                    + "); tried again every second";
            if (!why.equals(trouble)) {
                LOG.error("{}", why);
            }
            trouble = why;
        }
    }

    private void acceptAll(InetSocketAddress bind) throws InterruptedException {
        while (!closed) {
            try {
                if (listener.isBound()) {
                    Socket next = listener.accept();
                    daemons.within(PeerLimits.PEER_ADMIT, ACCEPTING, () -> admit(next));
                } else {
                    Thread.sleep(PeerLimits.BACKOFF_LAST);
                    tryBind(bind);
                }
            } catch (IOException e) {
                if (!closed) {
                    // Out of descriptors, most likely: give the process a moment instead of spinning.
                    faults.warn("peer channel: cannot accept: " + e.getMessage());
                    Thread.sleep(PeerLimits.BACKOFF_LAST);
                }
            }
        }
    }

    private void admit(Socket raw) {
        Entrance.Place place = entrance.admit(raw.getInetAddress());
        if (place == null) {
            counters.add(Counter.PEER_REJECTED);
            Entrance.turnAway(raw);
            return;
        }
        open.add(raw);
        if (closed) {
            place.close();
            drop(raw);
            return;
        }
        try {
            place.onEviction(() -> drop(raw));
            daemons.virtual("peer-connection", "peer-" + raw.getPort(), Daemon.OnFault.GIVE_UP, () -> serve(raw, place))
                    .start();
        } catch (RuntimeException | Error e) {
            place.close();
            drop(raw);
            throw e;
        }
    }

    private void serve(Socket raw, Entrance.Place place) {
        try (place) {
            Socket socket = shakeHands(raw, place);
            if (!place.prove()) {
                counters.add(Counter.PEER_REJECTED);
                return;
            }
            counters.add(Counter.PEER_ACCEPTED);
            if (tls != null && socket instanceof SSLSocket secured) {
                try (ClusterKeys.Tracked _ = tls.keys().track(secured.getSession(), () -> drop(raw))) {
                    readAll(raw, socket);
                }
            } else {
                readAll(raw, socket);
            }
        } catch (PeerCodec.ProtocolException e) {
            counters.add(Counter.PEER_RUBBISH);
            rubbish.warn("peer channel: closed a connection from " + place.from() + ": " + e.getMessage());
        } catch (SocketTimeoutException e) {
            LOG.debug("peer channel: closed the idle connection from {}", place.from(), e);
        } catch (IOException e) {
            LOG.debug("peer channel: connection from {} ended", place.from(), e);
        } finally {
            drop(raw);
        }
    }

    private Socket shakeHands(Socket raw, Entrance.Place place) throws IOException {
        raw.setTcpNoDelay(true);
        raw.setKeepAlive(true);
        if (tls == null) {
            raw.setSoTimeout((int) PeerLimits.PEER_SERVER_IDLE.toMillis());
            return raw;
        }
        CountDownLatch done = new CountDownLatch(1);
        // A read timeout would start anew with every octet that a stranger drips in.
        Thread.ofVirtual().name("peer-handshake-deadline").start(() -> closeUnless(done, raw, place.deadline()));
        try {
            SSLSocket socket = tls.wrap(raw, false);
            socket.startHandshake();
            raw.setSoTimeout((int) PeerLimits.PEER_SERVER_IDLE.toMillis());
            return socket;
        } catch (IOException e) {
            if (!closed) {
                counters.add(Counter.PEER_REJECTED);
                place.refuse(e);
            }
            throw e;
        } finally {
            done.countDown();
        }
    }

    private void closeUnless(CountDownLatch done, Socket raw, Duration deadline) {
        try {
            if (!done.await(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                drop(raw);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll(Socket raw, Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16 << 10));
        Writer writer = new Writer(raw, socket);
        Semaphore inFlight = new Semaphore(PeerLimits.PEER_IN_FLIGHT);
        while (!closed) {
            PeerCodec.Frame frame = PeerCodec.read(in);
            if (frame == null) {
                return;
            }
            if (!frame.isRequest()) {
                throw new PeerCodec.ProtocolException("an answer to nothing that was asked");
            }
            int kib = 1 + (frame.sizeBytes() >> 10);
            inFlight.acquireUninterruptibly();
            inFlightKib.acquireUninterruptibly(kib);
            Thread.ofVirtual().name("peer-request").start(() -> {
                try {
                    byte[] answer;
                    try {
                        answer = work(frame);
                    } finally {
                        // Before the answer is written: a peer that reads nothing must not use up what all share.
                        inFlightKib.release(kib);
                    }
                    writer.write(answer);
                } finally {
                    inFlight.release();
                }
            });
        }
    }

    private byte[] work(PeerCodec.Frame frame) {
        counters.add(Counter.PEER_REQUESTS);
        FieldReader body = frame.body();
        if (body == null) {
            return notUnderstood(frame, "version " + frame.version() + ", this node reads " + PeerCodec.VERSION);
        }
        PeerHandlers.Answered<?, ?> answered = handlers.find(frame.code());
        if (answered == null) {
            return notUnderstood(frame, "a request with code " + frame.code() + " is not known here");
        }
        try {
            return answered.answer(frame.correlation(), body);
        } catch (CodecException e) {
            return notUnderstood(frame, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return answered.fault(frame.correlation(), "stopping");
        } catch (RuntimeException | Error e) {
            faults.error("peer channel: a fault of this program while answering a peer", e);
            return answered.fault(
                    frame.correlation(),
                    "a fault of the answering node: " + e.getClass().getSimpleName());
        }
    }

    private byte[] notUnderstood(PeerCodec.Frame frame, String why) {
        counters.add(Counter.PEER_NOT_UNDERSTOOD);
        strange.warn("peer channel: a request is not understood: " + why);
        return PeerCodec.notUnderstood(frame.correlation(), why);
    }

    /** Closes the plain socket below TLS: a polite TLS close could wait for a peer that does not read. */
    private void drop(Socket raw) {
        open.remove(raw);
        try {
            raw.close();
        } catch (IOException e) {
            LOG.debug("peer channel: close failed", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            listener.close();
        } catch (IOException e) {
            LOG.debug("peer channel: close failed", e);
        }
        open.forEach(this::drop);
        try {
            // The system lets go of the port when the thread that accepts does: whoever starts next needs it.
            if (!accepting.finish(PeerLimits.PEER_CONNECT)) {
                LOG.warn("peer channel: the port is still held");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One answer at a time. A failed write ends the connection, the reader notices. */
    private final class Writer {
        private final Socket raw;
        private final Socket socket;
        private final ReentrantLock lock = new ReentrantLock();

        Writer(Socket raw, Socket socket) {
            this.raw = raw;
            this.socket = socket;
        }

        void write(byte[] frame) {
            lock.lock();
            try {
                OutputStream out = socket.getOutputStream();
                out.write(frame);
                out.flush();
            } catch (IOException e) {
                LOG.debug("peer channel: an answer could not be written", e);
                drop(raw);
            } finally {
                lock.unlock();
            }
        }
    }
}
