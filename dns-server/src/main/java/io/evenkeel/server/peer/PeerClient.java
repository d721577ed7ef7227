package io.evenkeel.server.peer;

import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.trust.HostNames;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The asking side of the peer channel: one connection per peer, made when needed, shared by all requests. Any thread. */
public final class PeerClient implements AutoCloseable {
    private final Map<String, PeerLink> links = new ConcurrentHashMap<>();
    private final Supplier<Map<String, List<InetSocketAddress>>> addresses;
    private final PeerLink.Dialling dialling;
    private final ControlCounters counters;
    private final Daemons daemons;
    private final Time time;
    private volatile boolean closed;

    /**
     * How a node makes sure, on each new connection, that the other end is the member that it looks for: an address may have
     * gone to another one.
     *
     * @param question asked first of all
     * @param name by which the other end calls itself in such an answer
     */
    public record Greeting(Supplier<Request<?>> question, Function<Object, String> name) {}

    /**
     * Of peers at IP literals, whose word nobody asks for.
     *
     * @param addresses names and peer addresses of the others at present
     * @param daemons of this node, for the threads of each connection
     * @param time in which connections are made again and answers waited for
     */
    public PeerClient(
            Supplier<Map<String, List<InetSocketAddress>>> addresses,
            @Nullable ClusterTls tls,
            ControlCounters counters,
            Daemons daemons,
            Time time) {
        this(addresses, new HostNames(InetAddress::getAllByName, daemons), null, tls, counters, daemons, time);
    }

    /**
     * @param addresses of each of the others, by its name: where it may be reached at present, tried in this order
     * @param names resolves those that are names
     * @param greeting null: nobody is asked for his name
     * @param daemons of this node, for the threads of each connection
     * @param time in which connections are made again and answers waited for
     */
    public PeerClient(
            Supplier<Map<String, List<InetSocketAddress>>> addresses,
            HostNames names,
            @Nullable Greeting greeting,
            @Nullable ClusterTls tls,
            ControlCounters counters,
            Daemons daemons,
            Time time) {
        this.addresses = addresses;
        this.dialling = new PeerLink.Dialling(tls, names, greeting);
        this.counters = counters;
        this.daemons = daemons;
        this.time = time;
    }

    /** The peers that are known at present: those of the configuration first, in its order. */
    Set<String> names() {
        return addresses.get().keySet();
    }

    /**
     * Sends a request; connects first if need be.
     *
     * @return completes with what became of it, {@link Outcome.Unknown} if the connection ends first; never fails
     * @throws PeerUnreachableException if it was not sent
     */
    <A> CompletableFuture<Outcome<A>> send(String peer, Request<A> request) throws PeerUnreachableException {
        List<InetSocketAddress> at = addresses.get().getOrDefault(peer, List.of());
        if (at.isEmpty()) {
            throw new PeerUnreachableException(
                    "where " + peer + " is reached is not known here: neither the cluster nor cluster.members says it");
        }
        PeerLink link = links.computeIfAbsent(peer, name -> new PeerLink(name, dialling, counters, daemons, time));
        if (closed) {
            link.close();
        }
        link.lookAt(at);
        return link.send(request);
    }

    /**
     * Which of the addresses of a peer it is connected to at; null: none at present. Where it was before says nothing: it may have
     * moved.
     */
    public @Nullable InetSocketAddress reachedAt(String peer) {
        PeerLink link = links.get(peer);
        return link == null ? null : link.reachedAt();
    }

    /** The clock of {@link #doubt}. */
    Time time() {
        return time;
    }

    /** Nothing has come from there although a request is waiting since: its connection may be dead without knowing it. */
    void doubt(String peer, long sinceNanos) {
        PeerLink link = links.get(peer);
        if (link != null) {
            link.doubt(sinceNanos);
        }
    }

    /** Sends and waits: not done if it was not sent, unknown if there is no answer in time. */
    public <A> Outcome<A> call(String peer, Request<A> request, Duration timeout) throws InterruptedException {
        CompletableFuture<Outcome<A>> future;
        try {
            future = send(peer, request);
        } catch (PeerUnreachableException e) {
            return new Outcome.NotDone<>(String.valueOf(e.getMessage()));
        }
        try {
            return time.await(future, timeout);
        } catch (TimeoutException _) {
            return new Outcome.Unknown<>(peer + " did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a request's future never fails", e);
        } finally {
            future.cancel(false);
        }
    }

    /**
     * Calls many at once: connecting to one that is gone takes its time.
     *
     * @return for each of the names, in their order
     */
    public <A> Map<String, Outcome<A>> callAll(Collection<String> names, Request<A> request, Duration timeout)
            throws InterruptedException {
        Map<String, Outcome<A>> outcomes = new ConcurrentHashMap<>();
        List<Thread> asking = new ArrayList<>();
        for (String name : names) {
            asking.add(Thread.ofVirtual().name("ask-" + name).start(() -> {
                try {
                    outcomes.put(name, call(name, request, timeout));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : asking) {
            thread.join();
        }
        Map<String, Outcome<A>> inOrder = new LinkedHashMap<>();
        for (String name : names) {
            inOrder.put(name, outcomes.getOrDefault(name, new Outcome.Unknown<>(name + " was not asked to the end")));
        }
        return inOrder;
    }

    @Override
    public void close() {
        closed = true;
        links.values().forEach(PeerLink::close);
    }
}
