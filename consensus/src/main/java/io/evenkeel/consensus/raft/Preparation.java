package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.identity.NodeIdentity.Phase;
import io.evenkeel.consensus.trust.ClusterKeyException;
import io.evenkeel.consensus.trust.ClusterKeys;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must hold before a Raft server is built, each time. */
final class Preparation {
    private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

    private Preparation() {}

    /**
     * Brings the data directory into the state that the way of starting needs.
     *
     * @throws DataDirectoryException if it is another's
     * @throws ClusterKeyException if the node has no keys yet
     * @throws DamagedException if the node must not take part as who it was
     * @throws IOException if there is no room, or the port is taken, or the disk does not answer
     */
    static NodeIdentity of(ReplicaConfig config) throws IOException {
        NodeIdentity.Found found = NodeIdentity.find(config.directory());
        NodeIdentity identity = found.identity();
        requireOwn(config, identity);
        requireKeys(config);
        requireRoom(config);
        requireFreePort(config);
        Path raft = config.raftDirectory();
        switch (config.start()) {
            case FOUND -> FoundingState.prepareRaft(config, identity);
            case JOIN -> {
                if (found.flaw() != null) {
                    setAside(raft);
                    identity.claim(raft);
                }
            }
            case RESUME -> {
                if (found.flaw() != null) {
                    throw new DamagedException(found.flaw());
                }
                FoundingState.used(config.directory());
            }
        }
        return identity;
    }

    private static void requireOwn(ReplicaConfig config, NodeIdentity identity) throws DataDirectoryException {
        if (!identity.clusterId().equals(config.clusterId())
                || !identity.peerId().equals(config.self().peerId())) {
            throw new DataDirectoryException(
                    Kind.OTHER_NODE,
                    config.directory() + ": holds " + identity.peerId() + " of cluster " + identity.clusterId()
                            + ", not " + config.self().peerId() + " of " + config.clusterId());
        }
        boolean fits = switch (config.start()) {
            case FOUND -> identity.phase() == Phase.FOUNDING;
            case JOIN -> identity.phase() == Phase.JOINING;
            case RESUME -> identity.phase() == Phase.MEMBER || identity.phase() == Phase.JOINING;
        };
        if (!fits) {
            throw new DataDirectoryException(
                    Kind.UNREADABLE,
                    config.directory() + ": cannot " + config.start() + " with an identity that is "
                            + identity.phase());
        }
    }

    /** Without them it could check no command, and would be let in by nobody. */
    private static void requireKeys(ReplicaConfig config) throws ClusterKeyException {
        ClusterKeys keys = config.keys();
        if (keys != null && !keys.isHeld()) {
            throw new ClusterKeyException(keys.trouble());
        }
    }

    /** Ratis checks it too, but says it deep in a chain of causes. */
    private static void requireRoom(ReplicaConfig config) throws IOException {
        long free = freeBytes(config);
        long needed = config.tuning().minimumFreeBytes();
        if (free < needed) {
            throw new DataDirectoryException(
                    Kind.NO_SPACE,
                    config.directory() + ": " + free + " octets are free, " + needed + " are needed; make room");
        }
    }

    /** Whether {@link #of} would say so now. A disk that does not tell is no reason. */
    static boolean isShortOfRoom(ReplicaConfig config) {
        try {
            return freeBytes(config) < config.tuning().minimumFreeBytes();
        } catch (IOException e) {
            return false;
        }
    }

    private static long freeBytes(ReplicaConfig config) throws IOException {
        return Files.getFileStore(config.directory()).getUsableSpace();
    }

    private static void requireFreePort(ReplicaConfig config) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(config.bind());
        } catch (BindException e) {
            BindException clear = new BindException(config.bind() + " (Raft): " + e.getMessage());
            clear.initCause(e);
            throw clear;
        }
    }

    /** What a former life has left is answered from until the next one has caught up; only the best of it is worth keeping. */
    private static void setAside(Path raft) throws IOException {
        if (NodeIdentity.hasCaughtUp(raft)) {
            Path kept = raft.resolveSibling(NodeIdentity.DAMAGED_DIRECTORY);
            DurableFile.deleteTree(kept);
            DurableFile.rename(raft, kept);
            LOG.warn("What was in {} is kept in {} until this node has all zones again", raft, kept);
        }
    }
}
