package io.evenkeel.consensus;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.trust.ClusterKeys;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one replica is started with.
 *
 * @param directory the node's data directory; its {@link NodeIdentity} is stored there already, the log is kept below
 * @param clusterId the Raft group
 * @param self this node, as the other members know it
 * @param bind where to listen; resolved, with a port other than 0
 * @param start how it enters the group
 * @param keys who belongs to the cluster; null: plain text, which only loopback may carry
 * @param tuning times and sizes
 */
public record ReplicaConfig(
        Path directory,
        UUID clusterId,
        Member self,
        InetSocketAddress bind,
        StartMode start,
        @Nullable ClusterKeys keys,
        ReplicaTuning tuning) {
    public ReplicaConfig {
        if (bind.isUnresolved() || bind.getPort() == 0) {
            throw new IllegalArgumentException("Raft needs an IP address and a port to listen on: " + bind);
        }
        if (keys == null && !bind.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("without certificates only a loopback address may be bound: " + bind);
        }
    }

    /** How a replica enters its group. */
    public enum StartMode {
        /** New storage; the group consists of this node alone. */
        FOUND,
        /** New storage; waits until a leader adds it. */
        JOIN,
        /** Storage of an earlier run. The members are what it holds, never what anyone says. */
        RESUME
    }

    /** The same for another incarnation, or another way in. */
    public ReplicaConfig as(Member other, StartMode mode) {
        return new ReplicaConfig(directory, clusterId, other, bind, mode, keys, tuning);
    }

    /** Where Ratis keeps its files. */
    public Path raftDirectory() {
        return directory.resolve(NodeIdentity.RAFT_DIRECTORY);
    }
}
