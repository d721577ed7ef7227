package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.NodeStanding;
import io.evenkeel.server.peer.Vitals;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The rest of the node that a control plane belongs to, as other members get to know it. Asked on any thread.
 *
 * @param countsAsOpen whether this one answers questions, and goes on with it
 * @param sound whether all its threads do what others would rely on if they ended; no, too, at the first sign that one does not
 * @param health the view for members that look at this one; it depends on its place in the cluster
 * @param vitals what it tells the others every second
 * @param crowded why changes that grow find no room on the disks of a majority; empty: they do
 */
public record OwnNode(
        BooleanSupplier countsAsOpen,
        BooleanSupplier sound,
        Function<NodeStanding, ClusterService.Health> health,
        Supplier<Vitals> vitals,
        Supplier<String> crowded) {}
