package io.evenkeel.server.peer;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.peer.ControlCounters.Counter;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one peer, made anew when it is needed and broken; after a failure not before a back-off has passed, so
 * that callers fail at once instead of queueing behind a dead address. Requests share it by correlation id. One thread
 * writes and one reads: a peer that is stopped and reads nothing holds up those two and nobody who asks.
 */
final class PeerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

    private final String name;
    private final InetSocketAddress address;
    private final @Nullable ClusterTls tls;
    private final ControlCounters counters;
    private final Daemons daemons;
    private final Time time;
    private final QuietLog failures = new QuietLog(LOG);
    private final AtomicLong correlations = new AtomicLong();
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable Connection connection;
    private volatile boolean closed;
    private boolean reached = true;
    private long backoffNanos;
    private long notBeforeNanos;

    PeerLink(
            String name,
            InetSocketAddress address,
            @Nullable ClusterTls tls,
            ControlCounters counters,
            Daemons daemons,
            Time time) {
        this.name = name;
        this.address = address;
        this.tls = tls;
        this.counters = counters;
        this.daemons = daemons;
        this.time = time;
        this.notBeforeNanos = time.nanos();
    }

    <A> CompletableFuture<Outcome<A>> send(Request<A> request) throws PeerUnreachableException {
        return connected().send(request);
    }

    /**
     * Ends the connection if the peer has sent nothing on it since. In a network that was cut TCP asks again more and more
     * seldom: once it is whole again, a new connection works at once and the old one perhaps in a minute.
     */
    void doubt(long sinceNanos) {
        Connection present = connection;
        if (present != null && present.heardNanos - sinceNanos < 0) {
            present.end(new IOException("no sign of life"));
        }
    }

    private Connection connected() throws PeerUnreachableException {
        Connection present = connection;
        if (present != null && present.usable()) {
            return present;
        }
        connecting.lock();
        try {
            present = connection;
            if (present != null && present.usable()) {
                return present;
            }
            if (closed) {
                throw new PeerUnreachableException("stopping");
            }
            if (time.nanos() - notBeforeNanos < 0) {
                throw new PeerUnreachableException(name + " could not be reached a moment ago");
            }
            Connection made = connect();
            connection = made;
            backoffNanos = 0;
            if (!reached) {
                reached = true;
                LOG.info("peer {} is reached again", name);
            }
            if (closed) {
                made.end(new IOException("stopping"));
                throw new PeerUnreachableException("stopping");
            }
            return made;
        } catch (PeerUnreachableException e) {
            throw e;
        } catch (IOException e) {
            counters.add(Counter.PEER_CONNECT_FAILED);
            backoffNanos =
                    Math.clamp(backoffNanos * 2, PeerLimits.BACKOFF_FIRST.toNanos(), PeerLimits.BACKOFF_LAST.toNanos());
            notBeforeNanos = time.nanos() + backoffNanos;
            if (reached) {
                // Once until it is back: a member may be away for days.
                reached = false;
                LOG.warn("peer {} at {} cannot be reached: {}", name, AddressText.show(address), e.getMessage());
            }
            throw new PeerUnreachableException(name + " cannot be reached: " + e.getMessage(), e);
        } finally {
            connecting.unlock();
        }
    }

    private Connection connect() throws IOException {
        Socket raw = new Socket();
        try {
            raw.connect(address, (int) PeerLimits.PEER_CONNECT.toMillis());
            raw.setTcpNoDelay(true);
            raw.setKeepAlive(true);
            raw.setSoTimeout((int) PeerLimits.PEER_HANDSHAKE.toMillis());
            Socket socket = raw;
            if (tls != null) {
                SSLSocket wrapped = tls.wrap(raw, true);
                wrapped.startHandshake();
                socket = wrapped;
            }
            raw.setSoTimeout((int) PeerLimits.PEER_CALLER_IDLE.toMillis());
            Connection made = new Connection(raw, socket);
            made.watchKeys();
            start("peer-answers", made::readAll);
            start("peer-requests", made::writeAll);
            return made;
        } catch (IOException | RuntimeException | Error e) {
            raw.close();
            throw e;
        }
    }

    private void start(String work, Daemon.Work part) {
        daemons.virtual(work, work + "-" + name, Daemon.OnFault.GIVE_UP, part).start();
    }

    @Override
    public void close() {
        closed = true;
        Connection present = connection;
        if (present != null) {
            present.end(new IOException("stopping"));
        }
    }

    private final class Connection {
        private final Socket raw;
        private final OutputStream out;
        private final DataInputStream in;
        private final Map<Long, Waiting<?>> waiting = new ConcurrentHashMap<>();
        private final BlockingQueue<byte[]> unsent = new ArrayBlockingQueue<>(PeerLimits.PEER_IN_FLIGHT);
        private final AtomicLong unsentBytes = new AtomicLong();
        private final @Nullable SSLSession session;
        private volatile ClusterKeys.@Nullable Tracked tracked;
        private volatile boolean ended;
        private volatile long heardNanos = time.nanos();

        Connection(Socket raw, Socket socket) throws IOException {
            this.raw = raw;
            this.session = socket instanceof SSLSocket secured ? secured.getSession() : null;
            this.out = socket.getOutputStream();
            this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16 << 10));
        }

        /** From now on it ends with the key that it was made with. */
        void watchKeys() throws IOException {
            if (tls != null && session != null) {
                tracked = tls.keys()
                        .track(session, () -> end(new IOException("a key that it was made with is no longer trusted")));
                if (ended) {
                    forget();
                }
            }
        }

        boolean usable() {
            return !ended;
        }

        <A> CompletableFuture<Outcome<A>> send(Request<A> request) throws PeerUnreachableException {
            long correlation = correlations.incrementAndGet();
            byte[] frame = PeerCodec.encode(correlation, request);
            if (frame.length - Integer.BYTES > PeerLimits.PEER_FRAME_BYTES) {
                throw new PeerUnreachableException("a request of " + frame.length + " octets is above the limit of "
                        + PeerLimits.PEER_FRAME_BYTES);
            }
            if (waiting.size() >= PeerLimits.PEER_IN_FLIGHT
                    || unsentBytes.get() + frame.length > PeerLimits.PEER_UNSENT_BYTES) {
                throw new PeerUnreachableException("too many requests wait for " + name + " already");
            }
            CompletableFuture<Outcome<A>> future = new CompletableFuture<>();
            waiting.put(correlation, new Waiting<>(request.kind(), future));
            var _ = future.whenComplete((_, _) -> waiting.remove(correlation));
            unsentBytes.addAndGet(frame.length);
            if (!unsent.offer(frame)) {
                unsentBytes.addAndGet(-frame.length);
                future.cancel(false);
                throw new PeerUnreachableException("too many requests wait for " + name + " already");
            }
            if (ended) {
                // Ended by another thread, maybe before the future was in the map.
                future.complete(new Outcome.Unknown<>("the connection to " + name + " broke"));
            }
            return future;
        }

        void writeAll() {
            try {
                while (!ended) {
                    byte[] frame = unsent.poll(PeerLimits.BACKOFF_LAST.toMillis(), TimeUnit.MILLISECONDS);
                    if (frame != null) {
                        out.write(frame);
                        unsentBytes.addAndGet(-frame.length);
                    }
                }
            } catch (IOException e) {
                end(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                end(new IOException("stopping", e));
            } catch (RuntimeException | Error e) {
                end(new IOException("a fault of this node", e));
                throw e;
            }
        }

        void readAll() {
            try {
                while (true) {
                    PeerCodec.Frame frame = PeerCodec.read(in);
                    if (frame == null) {
                        end(new IOException("closed by the peer"));
                        return;
                    }
                    heardNanos = time.nanos();
                    if (frame.isRequest()) {
                        throw new PeerCodec.ProtocolException("a request where only answers belong");
                    }
                    Waiting<?> asked = waiting.get(frame.correlation());
                    if (asked != null) {
                        asked.answered(name, frame);
                    }
                }
            } catch (IOException e) {
                if (e instanceof PeerCodec.ProtocolException) {
                    counters.add(Counter.PEER_RUBBISH);
                    failures.warn("peer " + name + " sent what is not understood: " + e.getMessage());
                }
                end(e);
            } catch (RuntimeException | Error e) {
                end(new IOException("a fault of this node", e));
                throw e;
            }
        }

        private void forget() {
            ClusterKeys.Tracked present = tracked;
            if (present != null) {
                present.close();
            }
        }

        void end(IOException cause) {
            ended = true;
            forget();
            try {
                raw.close();
            } catch (IOException e) {
                LOG.debug("peer channel: close failed", e);
            }
            waiting.values()
                    .forEach(asked -> asked.lost("the connection to " + name + " broke: " + cause.getMessage()));
        }
    }

    /** A request that was sent. What becomes of it completes the future, which takes it off the connection. */
    private record Waiting<A>(RequestKind<?, A> kind, CompletableFuture<Outcome<A>> future) {
        void answered(String node, PeerCodec.Frame frame) throws PeerCodec.ProtocolException {
            future.complete(PeerCodec.outcome(node, kind, frame));
        }

        void lost(String why) {
            future.complete(new Outcome.Unknown<>(why));
        }
    }
}
