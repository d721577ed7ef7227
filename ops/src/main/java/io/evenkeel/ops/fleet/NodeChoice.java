package io.evenkeel.ops.fleet;

import java.util.Locale;

/**
 * Which node a device asks. The stub resolvers among the {@link RetryPolicy} go on from there by their own rule; with the others
 * this decides for each try.
 */
public enum NodeChoice {
    /** Any, by chance. */
    EVEN,
    /** Any, by chance and by the weights of the nodes. */
    WEIGHTED,
    /** Always the same; devices are spread evenly, or by weights if these differ. */
    STICKY,
    /** The one that answered last; after a try in vain the next of the list. */
    NEXT,
    /** The first of the list; after a try in vain the next; each lookup begins with the first. */
    LIST,
    /** The one whose address came first in the last answer that had the address of a node; at the beginning as sticky. */
    FIRST_ADDRESS;

    /** As a scenario names it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it goes on to the next node of the list after a try in vain. */
    boolean moves() {
        return this == NEXT || this == LIST;
    }

    /** Whether a device draws a node each time. */
    boolean draws() {
        return this == EVEN || this == WEIGHTED;
    }
}
