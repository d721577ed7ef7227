package io.evenkeel.server.node;

/**
 * Where a node is in its life. By itself it goes through them in this order, and from any of them to {@link #DRAINING}; only
 * an operator makes it {@link #CLOSED}, or {@link #OPEN} early.
 */
public enum NodeState {
    /** Sockets are bound and silent; the cluster is looked for, snapshot and log are loaded. Then {@link #CATCHING_UP}. */
    STARTING,
    /**
     * Everything on disk is applied; asks the cluster whether that is all. Then {@link #WARMING}, also without an answer
     * if there are zones and {@code gate.no-quorum-after} has passed.
     */
    CATCHING_UP,
    /** Asks itself questions, so that the first client meets compiled code. Then {@link #OPEN}. */
    WARMING,
    /** Answers. Never left for load, lag, a lost leader or a lost majority. */
    OPEN,
    /** Silent because an operator has said so; until he opens it, or a restart. */
    CLOSED,
    /** Told to stop: not ready any more, but goes on answering for the lame-duck time if it was open. The last state. */
    DRAINING
}
