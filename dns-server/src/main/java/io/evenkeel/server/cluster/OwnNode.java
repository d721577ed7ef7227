package io.evenkeel.server.cluster;

import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rest of the node that a control plane belongs to, as other members get to know it. Asked on any thread.
 *
 * @param countsAsOpen tells a member that wants to close if this one answers questions
 * @param health the view for members that look at this one; it depends on its place in the cluster
 */
public record OwnNode(BooleanSupplier countsAsOpen, Function<Standing, ClusterService.Health> health) {
    /**
     * How a node stands in its cluster.
     *
     * @param waitsFor what it waits for, or what is wrong there, one line for people; empty if nothing
     * @param fault why its replica takes no part; null if it does, or there is none yet
     * @param retired whether the cluster has taken it out for good: it answers, and gets no newer zones
     */
    public record Standing(String waitsFor, @Nullable String fault, boolean retired) {}
}
