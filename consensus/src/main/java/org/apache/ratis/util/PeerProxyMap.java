package org.apache.ratis.util;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.util.function.CheckedFunction;
import org.apache.ratis.util.function.CheckedSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in for the class of that name in Ratis 3.3.0; must come before it on the class path.
 *
 * <p>Ratis' own keeps the address with which it has first heard of a peer: a member whose address changes is never reached
 * again, also if the configuration of the group says the new one. Here the peer is asked for anew whenever a connection is made,
 * of {@link #dialAt}. Thread-safe.
 *
 * @param <PROXY> a connection to a peer
 */
public class PeerProxyMap<PROXY extends Closeable> implements RaftPeer.Add, Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerProxyMap.class);

    private final String name;
    private final CheckedFunction<RaftPeer, PROXY, IOException> createProxy;
    private final Map<RaftPeerId, Peer> peers = new ConcurrentHashMap<>();
    private volatile UnaryOperator<RaftPeer> whereabouts = UnaryOperator.identity();
    private volatile boolean closed;

    /** A peer as the group last named it, and the connection to it, if there is one. */
    private final class Peer {
        private volatile RaftPeer named;
        private @Nullable PROXY proxy;
        private @Nullable String dialled;

        Peer(RaftPeer named) {
            this.named = named;
        }

        synchronized PROXY proxy() throws IOException {
            PROXY present = proxy;
            if (present == null) {
                if (closed) {
                    throw new AlreadyClosedException(
                            name + " is closed, and connects to " + named.getId() + " no more");
                }
                RaftPeer at = whereabouts.apply(named);
                present = createProxy.apply(at);
                proxy = present;
                dialled = at.getAddress();
            }
            return present;
        }

        synchronized @Nullable String dialled() {
            return dialled;
        }

        synchronized @Nullable PROXY take() {
            PROXY present = proxy;
            proxy = null;
            dialled = null;
            return present;
        }
    }

    /**
     * No connections yet.
     *
     * @param createProxy connects to a peer, or does so when it is needed
     */
    public PeerProxyMap(String name, CheckedFunction<RaftPeer, PROXY, IOException> createProxy) {
        this.name = name;
        this.createProxy = createProxy;
    }

    /**
     * True; Ratis' own class has no such method, which shows at start which of the two was loaded.
     *
     * @throws NoSuchMethodError if it is Ratis' own
     */
    public static boolean followsPeers() {
        return true;
    }

    /** From now on each new connection is made to the peer that this makes of the one in the group. Does not block. */
    public void dialAt(UnaryOperator<RaftPeer> known) {
        whereabouts = known;
    }

    /** Whether there is a connection, and it was made to another address than a new one would be. */
    public boolean hasMoved(RaftPeerId id) {
        Peer peer = peers.get(id);
        String dialled = peer == null ? null : peer.dialled();
        return peer != null
                && dialled != null
                && !dialled.equals(whereabouts.apply(peer.named).getAddress());
    }

    public String getName() {
        return name;
    }

    /** The connection to that peer, a new one if there is none. */
    public PROXY getProxy(RaftPeerId id) throws IOException {
        Peer peer = peers.get(id);
        if (peer == null) {
            throw new IllegalStateException(name + ": no peer " + id + " among " + peers.keySet());
        }
        return peer.proxy();
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> newPeers) {
        for (RaftPeer peer : newPeers) {
            peers.computeIfAbsent(peer.getId(), _ -> new Peer(peer)).named = peer;
        }
    }

    /** What gives the connection to that peer, which becomes known if it was not. */
    public CheckedSupplier<PROXY, IOException> computeIfAbsent(RaftPeer peer) {
        return peers.computeIfAbsent(peer.getId(), _ -> new Peer(peer))::proxy;
    }

    /** Closes the connection to that peer, if there is one; the next is made when it is needed. */
    public void resetProxy(RaftPeerId id) {
        Peer peer = peers.get(id);
        IOException failure = peer == null ? null : close(peer);
        if (failure != null) {
            LOG.warn("{}: the previous connection to {} could not be closed", name, id, failure);
        }
    }

    /** Resets the connection if the fault calls for that; whether it does. */
    public boolean handleException(RaftPeerId serverId, Throwable e, boolean reconnect) {
        if (reconnect || IOUtils.shouldReconnect(e)) {
            resetProxy(serverId);
            return true;
        }
        return false;
    }

    @Override
    public void close() {
        closed = true;
        List<Thread> closing = new ArrayList<>();
        // Each waits for its calls to end.
        for (Peer peer : peers.values()) {
            closing.add(Thread.ofPlatform()
                    .daemon()
                    .name("raft-close-" + peer.named.getId())
                    .start(() -> {
                        IOException failure = close(peer);
                        if (failure != null) {
                            LOG.warn("{}: the connection to {} could not be closed", name, peer.named.getId(), failure);
                        }
                    }));
        }
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable IOException close(Peer peer) {
        PROXY present = peer.take();
        try {
            if (present != null) {
                present.close();
            }
            return null;
        } catch (IOException e) {
            return e;
        }
    }
}
