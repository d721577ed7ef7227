package io.evenkeel.server.control;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The asking side of the peer channel: one connection per peer, made when needed, shared by all requests. Any thread. */
final class PeerClient implements AutoCloseable {
    private final Map<String, PeerLink> links = new LinkedHashMap<>();

    /** @param peers name and peer address of the other listed members */
    PeerClient(Map<String, InetSocketAddress> peers, @Nullable ClusterTls tls, ControlCounters counters) {
        peers.forEach((name, address) -> links.put(name, new PeerLink(name, address, tls, counters)));
    }

    /** The peers, in the order of the configuration. */
    Set<String> names() {
        return links.keySet();
    }

    /**
     * Sends a request; connects first if need be. The future fails with {@link PeerBrokenException} if the connection ends
     * before the answer.
     *
     * @throws PeerUnreachableException if it was not sent
     */
    CompletableFuture<PeerMessage.Answer> send(String peer, PeerMessage.Request request)
            throws PeerUnreachableException {
        PeerLink link = links.get(peer);
        if (link == null) {
            throw new PeerUnreachableException(peer + " is not among cluster.members of this node");
        }
        return link.send(request);
    }

    /** Nothing has come from there although a request is waiting since: its connection may be dead without knowing it. */
    void doubt(String peer, long sinceNanos) {
        PeerLink link = links.get(peer);
        if (link != null) {
            link.doubt(sinceNanos);
        }
    }

    /** Sends and waits; with {@link PeerBrokenException} also if the answer is not there in time. */
    PeerMessage.Answer call(String peer, PeerMessage.Request request, Duration timeout)
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
        links.values().forEach(PeerLink::close);
    }
}
