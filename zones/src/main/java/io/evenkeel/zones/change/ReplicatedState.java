package io.evenkeel.zones.change;

import io.evenkeel.zones.Catalog;

/** All that replicas agree on after an entry of the log. Immutable. */
public final class ReplicatedState {
    private final Catalog catalog;

    private ReplicatedState(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Before the first entry. */
    public static ReplicatedState empty() {
        return new ReplicatedState(new Catalog());
    }

    /** The zones that it answers from. */
    public Catalog catalog() {
        return catalog;
    }
}
