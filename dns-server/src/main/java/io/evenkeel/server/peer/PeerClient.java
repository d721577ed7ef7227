package io.evenkeel.server.peer;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The asking side of the peer channel: one connection per peer, made when needed, shared by all requests. Any thread. */
public final class PeerClient implements AutoCloseable {
    private final Map<String, Reached> links = new ConcurrentHashMap<>();
    private final Supplier<Map<String, InetSocketAddress>> addresses;
    private final @Nullable ClusterTls tls;
    private final ControlCounters counters;
    private volatile boolean closed;

    private record Reached(InetSocketAddress address, PeerLink link) {}

    /** @param addresses names and peer addresses of the others at present */
    public PeerClient(
            Supplier<Map<String, InetSocketAddress>> addresses, @Nullable ClusterTls tls, ControlCounters counters) {
        this.addresses = addresses;
        this.tls = tls;
        this.counters = counters;
    }

    /** With peers that never move. */
    public PeerClient(Map<String, InetSocketAddress> peers, @Nullable ClusterTls tls, ControlCounters counters) {
        this(() -> peers, tls, counters);
    }

    /** The peers that are known at present: those of the configuration first, in its order. */
    Set<String> names() {
        return addresses.get().keySet();
    }

    /**
     * Sends a request; connects first if need be. The future fails with {@link PeerBrokenException} if the connection ends
     * before the answer.
     *
     * @throws PeerUnreachableException if it was not sent
     */
    public CompletableFuture<PeerMessage.Answer> send(String peer, PeerMessage.Request request)
            throws PeerUnreachableException {
        InetSocketAddress address = addresses.get().get(peer);
        if (address == null) {
            throw new PeerUnreachableException(
                    "where " + peer + " is reached is not known here: neither the cluster nor cluster.members says it");
        }
        return links.compute(peer, (name, present) -> at(name, address, present))
                .link()
                .send(request);
    }

    private Reached at(String name, InetSocketAddress address, @Nullable Reached present) {
        if (present != null && present.address().equals(address)) {
            return present;
        }
        if (present != null) {
            present.link().close();
        }
        PeerLink link = new PeerLink(name, address, tls, counters);
        if (closed) {
            link.close();
        }
        return new Reached(address, link);
    }

    /** Nothing has come from there although a request is waiting since: its connection may be dead without knowing it. */
    public void doubt(String peer, long sinceNanos) {
        Reached reached = links.get(peer);
        if (reached != null) {
            reached.link().doubt(sinceNanos);
        }
    }

    /** Sends and waits; with {@link PeerBrokenException} also if the answer is not there in time. */
    public PeerMessage.Answer call(String peer, PeerMessage.Request request, Duration timeout)
            throws PeerUnreachableException, PeerBrokenException, InterruptedException {
        CompletableFuture<PeerMessage.Answer> future = send(peer, request);
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new PeerBrokenException(peer + " did not answer within " + timeout.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new PeerBrokenException("connection to " + peer + " broke", e);
        } finally {
            future.cancel(false);
        }
    }

    @Override
    public void close() {
        closed = true;
        links.values().forEach(reached -> reached.link().close());
    }
}
