package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.junit.jupiter.api.Test;

/** Where connections to members are made. */
class PeerProxyMapTest {
    private static final RaftPeerId N1 = RaftPeerId.valueOf("n1-1");

    private final List<String> closed = new ArrayList<>();
    private final Map<String, String> elsewhere = new ConcurrentHashMap<>();
    private final PeerProxyMap<Connection> connections =
            new PeerProxyMap<>("n0-1", peer -> new Connection(peer.getAddress()));

    private final class Connection implements Closeable {
        private final String to;

        Connection(String to) {
            this.to = to;
        }

        @Override
        public void close() {
            closed.add(to);
        }
    }

    PeerProxyMapTest() {
        connections.dialAt(peer -> at(elsewhere.getOrDefault(peer.getAddress(), peer.getAddress())));
    }

    private static RaftPeer at(String address) {
        return RaftPeer.newBuilder().setId(N1).setAddress(address).build();
    }

    private String connected() throws IOException {
        return connections.getProxy(N1).to;
    }

    @Test
    void peerIsConnectedToOnceAndWhereItIsKnownToBe() throws Exception {
        elsewhere.put("n1:7400", "192.0.2.1:7400");
        connections.addRaftPeers(List.of(at("n1:7400")));
        assertThat(connections.hasMoved(N1)).as("not connected").isFalse();
        assertThat(connections.getProxy(N1)).isSameAs(connections.getProxy(N1));
        assertThat(connected()).isEqualTo("192.0.2.1:7400");
        assertThat(connections.hasMoved(N1)).isFalse();
    }

    @Test
    void peerThatIsElsewhereByNowHasMovedUntilItIsConnectedToAnew() throws Exception {
        connections.addRaftPeers(List.of(at("n1:7400")));
        assertThat(connected()).isEqualTo("n1:7400");
        elsewhere.put("n1:7400", "192.0.2.9:7400");
        assertThat(connections.hasMoved(N1)).isTrue();
        assertThat(connected()).as("still").isEqualTo("n1:7400");
        connections.resetProxy(N1);
        assertThat(closed).containsExactly("n1:7400");
        assertThat(connected()).isEqualTo("192.0.2.9:7400");
        assertThat(connections.hasMoved(N1)).isFalse();
    }

    @Test
    void addressThatTheGroupSaysAnewIsTakenOver() throws Exception {
        connections.addRaftPeers(List.of(at("192.0.2.1:7400")));
        assertThat(connected()).isEqualTo("192.0.2.1:7400");
        connections.addRaftPeers(List.of(at("192.0.2.2:7400")));
        assertThat(connections.hasMoved(N1)).isTrue();
        connections.resetProxy(N1);
        assertThat(connected()).isEqualTo("192.0.2.2:7400");
    }

    @Test
    void faultThatAsksForItResetsTheConnection() throws Exception {
        connections.addRaftPeers(List.of(at("192.0.2.1:7400")));
        Connection before = connections.getProxy(N1);
        assertThat(connections.handleException(N1, new IllegalStateException(), false))
                .isFalse();
        assertThat(connections.getProxy(N1)).isSameAs(before);
        assertThat(connections.handleException(N1, new IllegalStateException(), true))
                .isTrue();
        assertThat(connections.getProxy(N1)).isNotSameAs(before);
    }

    @Test
    void closedMapHasClosedAllAndConnectsNoMore() throws Exception {
        connections.addRaftPeers(List.of(at("192.0.2.1:7400")));
        assertThat(connected()).isEqualTo("192.0.2.1:7400");
        connections.close();
        assertThat(closed).containsExactly("192.0.2.1:7400");
        assertThatThrownBy(this::connected).isInstanceOf(AlreadyClosedException.class);
    }

    @Test
    void peerThatNobodyHasNamedIsAFault() {
        assertThatThrownBy(this::connected)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("n1-1");
    }
}
