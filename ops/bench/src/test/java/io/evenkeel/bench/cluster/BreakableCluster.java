package io.evenkeel.bench.cluster;

import java.io.IOException;
import java.util.Optional;

/** Real nodes of which each can be killed and started by itself; those with networks of their own also cut from each other. */
public interface BreakableCluster extends AutoCloseable {
    /** The nodes as clients see them. */
    LocalCluster cluster();

    /** Starts one node, which must not run; returns at once. */
    void start(String name) throws IOException;

    /** {@code kill -9}; returns when it is gone. */
    void kill(String name);

    /** The networks between the nodes, if they can be cut here. */
    Optional<PartitionedCluster> networks();

    @Override
    void close() throws IOException;
}
