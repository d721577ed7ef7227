package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.process.AddressText;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the control plane is made of, from the configuration.
 *
 * @param version of this program
 * @param clusterName as configured
 * @param dataFolder of this node alone
 * @param self this node
 * @param others the other listed members, in the order of the list; empty: a single node by itself
 * @param foundsFirst whether this node is the first of the list
 * @param tuning of Raft
 * @param memory octets of heap that this node has for zones; 0: it does not tell
 */
public record ControlSettings(
        String version,
        String clusterName,
        Path dataFolder,
        Listed self,
        List<Listed> others,
        boolean foundsFirst,
        ReplicaTuning tuning,
        long memory) {
    public ControlSettings {
        others = List.copyOf(others);
        if (!foundsFirst && others.isEmpty()) {
            throw new IllegalArgumentException("a node by itself is the first of its list");
        }
    }

    /** A member as the configuration lists it; an address that is not resolved is a host name. */
    public record Listed(String name, InetSocketAddress raft, InetSocketAddress peer) {
        String raftAddress() {
            return AddressText.show(raft);
        }

        String peerAddress() {
            return AddressText.show(peer);
        }
    }

    /** Whether it has no list at all: nobody is to reach it, and one port is all that its log needs. */
    boolean byItself() {
        return others.isEmpty() && self.raft().equals(self.peer());
    }

    /** Name of the first member of the list. */
    String first() {
        return foundsFirst ? self.name() : others.getFirst().name();
    }

    Optional<Listed> other(String name) {
        return others.stream().filter(listed -> listed.name().equals(name)).findFirst();
    }
}
