package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.process.AddressText;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpcWithProxy;
import org.apache.ratis.util.PeerProxyMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** To which addresses a Raft server connects for the others. */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    private Connections() {}

    /**
     * Has the server make each new connection where the peer is known to be by then.
     *
     * @param known null: it is where the group says
     */
    static void dial(RaftServer server, Function<RaftPeer, @Nullable InetSocketAddress> known) {
        of(server).dialAt(peer -> {
            InetSocketAddress at = known.apply(peer);
            return at == null
                    ? peer
                    : RaftPeer.newBuilder(peer).setAddress(AddressText.show(at)).build();
        });
    }

    /** Ends the connection to a peer that is elsewhere by now; the next request makes another. */
    static void follow(RaftServer server, RaftPeerId peer) {
        PeerProxyMap<?> connections = of(server);
        if (connections.hasMoved(peer)) {
            LOG.info("{} is elsewhere by now: connecting anew", peer);
            // Closing waits for calls that may never end.
            Thread.ofVirtual().name("raft-reconnect-" + peer).start(() -> connections.resetProxy(peer));
        }
    }

    private static PeerProxyMap<?> of(RaftServer server) {
        if (server.getServerRpc() instanceof RaftServerRpcWithProxy<?, ?> rpc) {
            return rpc.getProxies();
        }
        throw new IllegalStateException("Ratis speaks by something else than gRPC: " + server.getServerRpc());
    }
}
