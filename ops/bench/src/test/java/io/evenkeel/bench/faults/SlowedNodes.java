package io.evenkeel.bench.faults;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All nodes of a cluster, slowed together. */
record SlowedNodes(List<SlowedNode> nodes) implements AutoCloseable {
    /** @param rate of each, as of {@link SlowedNode} */
    static SlowedNodes of(LocalCluster cluster, int rate) throws Exception {
        SlowedNodes slowed = new SlowedNodes(new ArrayList<>());
        boolean done = false;
        try {
            for (ClusterFile.Node node : cluster.nodes()) {
                slowed.nodes.add(Quotas.slowed(node, rate));
            }
            done = true;
            return slowed;
        } finally {
            if (!done) {
                slowed.close();
            }
        }
    }

    /** Answers a second of all of them. */
    double rate() {
        return nodes.stream().mapToDouble(SlowedNode::rate).sum();
    }

    /** With the least rate. */
    SlowedNode slowest() {
        return nodes.stream().min(Comparator.comparingDouble(SlowedNode::rate)).orElseThrow();
    }

    /** These are gone, or as fast as before. */
    void letGo(List<ClusterFile.Node> of) throws IOException {
        for (SlowedNode node : List.copyOf(nodes)) {
            if (of.contains(node.node())) {
                node.close();
                nodes.remove(node);
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (SlowedNode node : nodes) {
            node.close();
        }
    }
}
