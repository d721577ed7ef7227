package io.evenkeel.server.peer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a node stands in its cluster.
 *
 * @param waitsFor what it waits for, or what is wrong there, one line for people; empty if nothing
 * @param fault why its replica takes no part; null if it does, or there is none yet
 * @param retired whether the cluster has taken it out for good: it answers, and gets no newer zones
 * @param doubts why its zones may be wrong, a line for people each; empty if nothing is known to be
 * @param out whether it leaves the questions to the others because of that
 * @param leader who leads, as it knows; null if nobody is known to
 */
public record NodeStanding(
        String waitsFor,
        @Nullable String fault,
        boolean retired,
        List<String> doubts,
        boolean out,
        @Nullable String leader) {
    public NodeStanding {
        doubts = List.copyOf(doubts);
    }
}
