package io.evenkeel.bench.faults;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** All nodes of a cluster, slowed together. */
record SlowedNodes(List<SlowedNode> nodes) implements AutoCloseable {
    /**
     * What nodes do that are slowed.
     *
     * @param least answers a second of the slowest
     * @param periods of the quota of each, by its name
     */
    record Pace(double least, Map<String, Duration> periods) {}

    /**
     * For nodes that are slowed only after they were killed: measures without limits, and lets them go with them.
     *
     * @param rate of each, as of {@link SlowedNode}
     */
    static Pace measure(LocalCluster cluster, int rate) throws Exception {
        Storms.limits(cluster, "off");
        Pace pace;
        try (SlowedNodes slowed = of(cluster, rate)) {
            pace = new Pace(
                    slowed.slowest().rate(),
                    slowed.nodes.stream()
                            .collect(Collectors.toMap(node -> node.node().name(), SlowedNode::period)));
        }
        Storms.limits(cluster, "enforce");
        return pace;
    }

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
