package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.AddressText;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two addresses of one node, IP literals or host names; {@code peer} may be unknown, which is empty. */
record Place(String raft, String peer) {
    static Place of(Member member) {
        return new Place(member.raftAddress(), member.peerAddress());
    }

    boolean fits(Member member) {
        return raft.equals(member.raftAddress())
                && (peer.isEmpty() || member.peerAddress().isEmpty() || peer.equals(member.peerAddress()));
    }

    boolean overlaps(Place other) {
        return List.of(raft, peer).stream()
                .anyMatch(address -> address.equals(other.raft()) || address.equals(other.peer()));
    }

    @Nullable
    String unusable(boolean loopbackOnly) {
        try {
            for (String address : List.of(raft, peer)) {
                InetSocketAddress parsed = AddressText.parseMember(address);
                if (loopbackOnly
                        && (parsed.isUnresolved() || !parsed.getAddress().isLoopbackAddress())) {
                    return address + " is not a loopback address; without cluster.key-file members talk in plain"
                            + " text, on loopback only";
                }
                if (!AddressText.show(parsed).equals(address)) {
                    return "write " + address + " as " + AddressText.show(parsed);
                }
            }
            return raft.equals(peer) ? raft + " is given twice; each raft and peer address is its own" : null;
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public String toString() {
        return raft + " (raft) and " + (peer.isEmpty() ? "an unknown address" : peer) + " (peer)";
    }
}
