package io.evenkeel.server.peer;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.HostNames;
import io.evenkeel.server.peer.ControlCounters.Counter;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one peer, made anew when it is needed and broken; after a failure not before a back-off has passed, so
 * that callers fail at once instead of queueing behind a dead address. A thread of its own connects, and who asks waits for it
 * a bounded time. It tries the addresses of the peer in turn, the one that was last good first. Requests share it by correlation id. One thread
 * writes and one reads: a peer that is stopped and reads nothing holds up those two and nobody who asks.
 */
final class PeerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** Of a connection whose other end has not said its name. */
    private static final String UNNAMED = "who answers there has not said who it is yet";

    private final String name;
    private final Dialling dialling;
    private final ControlCounters counters;
    private final Daemons daemons;
    private final Time time;
    private final QuietLog failures = new QuietLog(LOG);
    private final AtomicLong correlations = new AtomicLong();
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile List<InetSocketAddress> addresses = List.of();
    private volatile @Nullable Connection connection;
    private volatile boolean closed;
    /** Of those addresses; where the peer was last. Of the thread that connects. */
    private volatile @Nullable InetSocketAddress lastGood;

    // Under the lock, as what follows.
    private @Nullable Attempt attempt;
    private boolean reached = true;
    private long backoffNanos;
    private long notBeforeNanos;

    /**
     * How connections are made.
     *
     * @param tls null: in plain text
     * @param greeting null: nobody is asked for his name
     */
    record Dialling(@Nullable ClusterTls tls, HostNames names, PeerClient.@Nullable Greeting greeting) {}

    PeerLink(String name, Dialling dialling, ControlCounters counters, Daemons daemons, Time time) {
        this.name = name;
        this.dialling = dialling;
        this.counters = counters;
        this.daemons = daemons;
        this.time = time;
        this.notBeforeNanos = time.nanos();
    }

    /** Of the addresses of the peer, the one where it is connected to; null: it is connected to at none. */
    @Nullable
    InetSocketAddress reachedAt() {
        Connection present = connection;
        return present != null && present.usable() && present.stranger.isEmpty() ? present.listed : null;
    }

    /** Where the peer may be from now on, at least one. What is connected elsewhere than at the first, if that is news, ends. */
    void lookAt(List<InetSocketAddress> next) {
        List<InetSocketAddress> before = addresses;
        addresses = next;
        Connection present = connection;
        if (present != null
                && !before.isEmpty()
                && !before.getFirst().equals(next.getFirst())
                && !present.listed.equals(next.getFirst())) {
            present.end(new IOException("it is reached at " + AddressText.show(next.getFirst()) + " by now"));
        }
    }

    /** An attempt to connect, and since when. */
    private record Attempt(CompletableFuture<Connection> made, long beginNanos) {}

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
        return present != null && present.usable() ? present : await(attempt());
    }

    /** The attempt to connect that is under way, or a new one; its thread holds up nobody for longer than he waits for it. */
    private Attempt attempt() throws PeerUnreachableException {
        connecting.lock();
        try {
            Connection present = connection;
            if (present != null && present.usable()) {
                return new Attempt(CompletableFuture.completedFuture(present), System.nanoTime());
            }
            if (closed) {
                throw new PeerUnreachableException("stopping");
            }
            Attempt running = attempt;
            if (running != null) {
                return running;
            }
            if (time.nanos() - notBeforeNanos < 0) {
                throw new PeerUnreachableException(name + " could not be reached a moment ago");
            }
            Attempt begun = new Attempt(new CompletableFuture<>(), System.nanoTime());
            start("peer-connect", () -> connect(begun.made));
            attempt = begun;
            return begun;
        } finally {
            connecting.unlock();
        }
    }

    private Connection await(Attempt attempt) throws PeerUnreachableException {
        long left = PeerLimits.PEER_CONNECT_WAIT.toNanos() - (System.nanoTime() - attempt.beginNanos);
        try {
            return attempt.made.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new PeerUnreachableException(name + " cannot be reached: " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new PeerUnreachableException(name + " has not taken the connection yet", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerUnreachableException("stopping", e);
        }
    }

    private void connect(CompletableFuture<Connection> told) {
        IOException failure = new IOException("a fault of this node");
        Connection made = null;
        try {
            made = connect();
        } catch (IOException e) {
            failure = e;
        } finally {
            if (settle(made, failure)) {
                told.complete(Objects.requireNonNull(made));
            } else {
                told.completeExceptionally(failure);
            }
        }
    }

    /** Takes the outcome of an attempt; whether there is a connection by that. */
    private boolean settle(@Nullable Connection made, IOException failure) {
        connecting.lock();
        try {
            attempt = null;
            if (made == null) {
                failed(failure);
                return false;
            }
            Connection previous = connection;
            if (previous != null) {
                previous.end(new IOException("another connection has taken its place"));
            }
            connection = made;
            backoffNanos = 0;
            if (closed) {
                made.end(failure);
                return false;
            }
            if (!made.stranger.isEmpty()) {
                if (!made.stranger.equals(UNNAMED)) {
                    tellOnce(made.stranger);
                }
            } else if (!reached) {
                reached = true;
                JOURNAL.info(Kind.PEER, "peer " + name + " is reached again", "peer", name, "reached", true);
            }
            return true;
        } finally {
            connecting.unlock();
        }
    }

    private void failed(IOException failure) {
        counters.add(Counter.PEER_CONNECT_FAILED);
        backoffNanos =
                Math.clamp(backoffNanos * 2, PeerLimits.BACKOFF_FIRST.toNanos(), PeerLimits.BACKOFF_LAST.toNanos());
        notBeforeNanos = time.nanos() + backoffNanos;
        tellOnce(String.valueOf(failure.getMessage()));
    }

    /** Until it is back: a member may be away for days. */
    private void tellOnce(String failure) {
        if (reached) {
            reached = false;
            JOURNAL.warn(
                    Kind.PEER,
                    "peer " + name + " at " + shown(addresses) + " cannot be reached: " + failure,
                    "peer",
                    name,
                    "reached",
                    false);
        }
    }

    /** At the first of its addresses where the peer itself answers; where only others do, or do not say, the first of these. */
    private Connection connect() throws IOException {
        if (dialling.tls() != null) {
            dialling.tls().requireKeys(); // before the peer counts one more stranger
        }
        IOException failure = new IOException("no address of it is known");
        Connection stranger = null;
        int tries = 0;
        for (InetSocketAddress listed : inTurn()) {
            try {
                for (InetSocketAddress address : resolved(listed)) {
                    if (closed || ++tries > PeerLimits.PEER_TRIES) {
                        break;
                    }
                    try {
                        Connection made = connect(listed, address);
                        if (made.stranger.isEmpty()) {
                            settleAt(listed, address);
                            end(stranger);
                            return made;
                        }
                        if (stranger == null) {
                            stranger = made;
                        } else {
                            end(made);
                        }
                    } catch (IOException e) {
                        failure = e;
                    }
                }
            } catch (UnknownHostException e) {
                failure = e;
            }
        }
        if (stranger == null) {
            throw failure;
        }
        return stranger;
    }

    private static void end(@Nullable Connection stranger) {
        if (stranger != null) {
            stranger.end(new IOException("it is another one"));
        }
    }

    private List<InetSocketAddress> inTurn() {
        List<InetSocketAddress> present = addresses;
        InetSocketAddress first = lastGood;
        if (first == null || !present.contains(first)) {
            return present;
        }
        List<InetSocketAddress> ordered = new ArrayList<>(List.of(first));
        present.stream().filter(address -> !address.equals(first)).forEach(ordered::add);
        return ordered;
    }

    private List<InetSocketAddress> resolved(InetSocketAddress listed) throws UnknownHostException {
        return listed.isUnresolved()
                ? dialling.names().resolve(listed.getHostString()).stream()
                        .map(address -> new InetSocketAddress(address, listed.getPort()))
                        .toList()
                : List.of(listed);
    }

    private void settleAt(InetSocketAddress listed, InetSocketAddress address) {
        lastGood = listed;
        if (listed.isUnresolved()) {
            dialling.names().reached(listed.getHostString(), address.getAddress());
        }
    }

    private Connection connect(InetSocketAddress listed, InetSocketAddress address) throws IOException {
        ClusterTls tls = dialling.tls();
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
            Connection made = new Connection(listed, address, raw, socket);
            made.watchKeys(tls);
            start("peer-answers", made::readAll);
            start("peer-requests", made::writeAll);
            PeerClient.Greeting greeting = dialling.greeting();
            if (greeting != null) {
                made.greet(greeting);
            }
            return made;
        } catch (IOException | RuntimeException | Error e) {
            raw.close();
            throw e;
        }
    }

    private static String shown(List<InetSocketAddress> addresses) {
        return String.join(", ", addresses.stream().map(AddressText::show).toList());
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
        /** Which of the addresses of the peer it was made to. */
        private final InetSocketAddress listed;

        private final InetSocketAddress at;
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
        private final long madeNanos = time.nanos();
        /** Who answers here instead of the peer, for people; empty: nobody. */
        private volatile String stranger = dialling.greeting() == null ? "" : UNNAMED;

        Connection(InetSocketAddress listed, InetSocketAddress at, Socket raw, Socket socket) throws IOException {
            this.listed = listed;
            this.at = at;
            this.raw = raw;
            this.session = socket instanceof SSLSocket secured ? secured.getSession() : null;
            this.out = socket.getOutputStream();
            this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16 << 10));
        }

        /** From now on it ends with the key that it was made with. */
        void watchKeys(@Nullable ClusterTls tls) throws IOException {
            if (tls != null && session != null) {
                tracked = tls.keys()
                        .track(session, () -> end(new IOException("a key that it was made with is no longer trusted")));
                if (ended) {
                    forget();
                }
            }
        }

        /** A stranger's is soon made anew: by then it may be the peer that answers there. */
        boolean usable() {
            return !ended && (stranger.isEmpty() || time.nanos() - madeNanos < PeerLimits.STRANGER_KEPT.toNanos());
        }

        /** Finds out who answers; somebody who is just starting may not say it yet. */
        void greet(PeerClient.Greeting greeting) throws IOException {
            greet(greeting.question().get());
        }

        private <A> void greet(Request<A> question) throws IOException {
            CompletableFuture<Outcome<A>> answer = send(question);
            try {
                note(answer.get(PeerLimits.HELLO_ANSWER.toNanos(), TimeUnit.NANOSECONDS));
            } catch (TimeoutException e) {
                throw new IOException("does not say who it is", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a request's future never fails", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("stopping", e);
            } finally {
                answer.cancel(false);
            }
        }

        private void note(@Nullable Outcome<?> outcome) {
            PeerClient.Greeting greeting = dialling.greeting();
            if (greeting == null || !(outcome instanceof Outcome.Done<?>(Object said))) {
                return;
            }
            String called = greeting.name().apply(said);
            if (called.equals(name)) {
                stranger = "";
                settleAt(listed, at);
            } else {
                stranger = "the node at " + AddressText.show(at) + " is called " + called;
            }
        }

        <A> CompletableFuture<Outcome<A>> send(Request<A> request) throws PeerUnreachableException {
            // Who he is anybody may be asked.
            if (!stranger.isEmpty() && request.kind().code() != RequestKind.HELLO) {
                throw new PeerUnreachableException(name + " is not reached: " + stranger);
            }
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
            var _ = future.whenComplete((outcome, _) -> {
                waiting.remove(correlation);
                if (request.kind().code() == RequestKind.HELLO) {
                    note(outcome);
                }
            });
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
                    writeNext();
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

        private void writeNext() throws IOException, InterruptedException {
            byte[] frame = unsent.poll(PeerLimits.BACKOFF_LAST.toMillis(), TimeUnit.MILLISECONDS);
            if (frame != null) {
                out.write(frame);
                unsentBytes.addAndGet(-frame.length);
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
