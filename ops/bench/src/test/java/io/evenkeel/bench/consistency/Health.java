package io.evenkeel.bench.consistency;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.StreamSupport;

/** What the nodes of a cluster say of themselves. Any thread. */
final class Health {
    /** Entries that may be on their way while three nodes are asked one after the other. */
    private static final long LAG = 100;

    private final LocalCluster cluster;
    private final Path data;

    /** @param data the folder of the cluster, where the nodes' API keys are */
    Health(LocalCluster cluster, Path data) {
        this.cluster = cluster;
        this.data = data;
    }

    boolean allAreWell() throws InterruptedException {
        return unwell().isEmpty();
    }

    /**
     * Empty if every node runs, is open, ready, without a reason to complain and in touch with one leader, has applied what that has
     * committed, and lists all as members; otherwise what each node says, for whoever has to find out why.
     */
    String unwell() throws InterruptedException {
        long committed = 0;
        long least = Long.MAX_VALUE;
        boolean well = true;
        Set<String> leaders = new HashSet<>();
        StringBuilder said = new StringBuilder();
        for (ClusterFile.Node node : cluster.nodes()) {
            JsonNode status = ConsistencyClient.status(node, data);
            boolean ready = ConsistencyClient.isReady(node, data);
            said.append("%n%s, whose process %s, %sready: %s"
                    .formatted(
                            node.name(),
                            node.runs() ? "runs" : "is gone",
                            ready ? "" : "not ",
                            status.isMissingNode() ? "mute" : status));
            well &= ready
                    && status.path("ready").asBoolean()
                    && status.path("members").size() == cluster.nodes().size()
                    && StreamSupport.stream(status.path("reasons").spliterator(), false)
                            .allMatch(reason -> isWell(reason.asText()));
            leaders.add(status.path("leader").asText());
            if (status.path("role").asText().equals("LEADER")) {
                committed = status.path("commitIndex").asLong();
            }
            least = Math.min(least, status.path("appliedIndex").asLong());
        }
        // Changes go on meanwhile: what was committed when the first was asked must be applied when the last is.
        return well && leaders.size() == 1 && committed > 0 && least >= committed - LAG ? "" : said.toString();
    }

    /** The name of the node that says so; empty if none does. */
    String leader() throws InterruptedException {
        for (ClusterFile.Node node : cluster.nodes()) {
            if (ConsistencyClient.status(node, data).path("role").asText().equals("LEADER")) {
                return node.name();
            }
        }
        return "";
    }

    /** Clients go on: that a small volume is full in hours at their pace is true, and no fault. */
    private static boolean isWell(String reason) {
        return reason.startsWith("the volume of ") && reason.contains(", full in ");
    }
}
