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
 * @param bind where to listen; resolved; port 0 is any that is free, for a member to which nobody connects
 * @param start how it enters the group
 * @param keys who belongs to the cluster; null: plain text, which only loopback may carry
 * @param tuning times and sizes
 * @param whereabouts at which addresses the others are reached
 */
public record ReplicaConfig(
        Path directory,
        UUID clusterId,
        Member self,
        InetSocketAddress bind,
        StartMode start,
        @Nullable ClusterKeys keys,
        ReplicaTuning tuning,
        Whereabouts whereabouts) {
    public ReplicaConfig {
        if (bind.isUnresolved()) {
            throw new IllegalArgumentException("Raft needs an IP address to listen on: " + bind);
        }
        if (keys == null && !bind.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("without certificates only a loopback address may be bound: " + bind);
        }
    }

    /** Of a replica that reaches the others where the group says. */
    public ReplicaConfig(
            Path directory,
            UUID clusterId,
            Member self,
            InetSocketAddress bind,
            StartMode start,
            @Nullable ClusterKeys keys,
            ReplicaTuning tuning) {
        this(directory, clusterId, self, bind, start, keys, tuning, _ -> null);
    }

    /** Where members are reached at present, which may be elsewhere than the group says: host names, and members that have moved. */
    @FunctionalInterface
    public interface Whereabouts {
        /** The Raft address of that member, resolved; null: nobody knows better than the group. Does not block. Any thread. */
        @Nullable
        InetSocketAddress raft(Member member);
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
        return new ReplicaConfig(directory, clusterId, other, bind, mode, keys, tuning, whereabouts);
    }

    /** Where Ratis keeps its files. */
    public Path raftDirectory() {
        return directory.resolve(NodeIdentity.RAFT_DIRECTORY);
    }
}
