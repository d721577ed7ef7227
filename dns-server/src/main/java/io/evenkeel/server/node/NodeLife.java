package io.evenkeel.server.node;

import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which state a node is in, and what may follow:
 *
 * <pre>
 * STARTING -> CATCHING_UP -> WARMING -> OPEN      by itself
 *     any state -> DRAINING
 *     any other -> OPEN, CLOSED                   by the operator
 * </pre>
 *
 * Nothing else: the gate is a latch, and an open node stays open until somebody says otherwise. Any thread.
 */
public final class NodeLife {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLife.class);
    private static final Journal JOURNAL = new Journal(LOG);

    private final Time time;
    private final long startedNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<NodeState, Duration> reached = new EnumMap<>(Map.of(NodeState.STARTING, Duration.ZERO));
    private volatile NodeState state = NodeState.STARTING;
    private volatile boolean caughtUp;
    private volatile boolean commanded;
    private volatile boolean held;
    private volatile boolean openedBehind;
    private volatile String waitsFor = "";

    /** On the machine's clock. */
    public NodeLife() {
        this(Time.SYSTEM);
    }

    NodeLife(Time time) {
        this.time = time;
        this.startedNanos = time.nanos();
    }

    /** The present one. */
    public NodeState state() {
        return state;
    }

    /** Whether all that was committed when it was asked after the start is here. */
    public boolean isCaughtUp() {
        return caughtUp;
    }

    /** How old it was when it last entered that state; null if it never did. */
    public @Nullable Duration reached(NodeState asked) {
        lock.lock();
        try {
            return reached.get(asked);
        } finally {
            lock.unlock();
        }
    }

    /** Since this was made. */
    public Duration age() {
        return Duration.ofNanos(time.nanos() - startedNanos);
    }

    /** Waits until it is in that state, or is draining; false if neither was so in time. */
    public boolean await(NodeState awaited, Duration deadline) throws InterruptedException {
        long nanos = deadline.toNanos();
        lock.lockInterruptibly();
        try {
            while (state != awaited && state != NodeState.DRAINING) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = changed.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Goes on to the next state by itself, unless an operator has opened or closed the node: then it stays as he has said.
     *
     * @return false if the node is draining, where it stays
     * @throws IllegalStateException if that state does not follow the present one
     */
    boolean advance(NodeState next) {
        lock.lock();
        try {
            if (state == NodeState.DRAINING) {
                return false;
            }
            if (commanded) {
                return true;
            }
            boolean legal = switch (next) {
                case STARTING, CLOSED, DRAINING -> false;
                case CATCHING_UP -> state == NodeState.STARTING;
                case WARMING -> state == NodeState.CATCHING_UP;
                case OPEN -> state == NodeState.WARMING;
            };
            if (!legal) {
                throw new IllegalStateException(state + " is not followed by " + next);
            }
            commanded = next == NodeState.OPEN && held;
            enter(commanded ? NodeState.CLOSED : next, commanded);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What an operator may do in any state but the last. A node that is closed while it starts goes on with that, and is
     * closed when it would open.
     *
     * @param next {@link NodeState#OPEN} or {@link NodeState#CLOSED}
     * @return false if the node is draining, where it stays
     */
    boolean command(NodeState next) {
        lock.lock();
        try {
            if (state == NodeState.DRAINING) {
                return false;
            }
            held = next == NodeState.CLOSED && !commanded && state != NodeState.OPEN;
            if (held) {
                JOURNAL.warn(Kind.GATE, "The operator has closed this node: it will be CLOSED where it would open");
            } else {
                commanded = true;
                enter(next, true);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether an operator has closed it, or it will be so when it would open. */
    boolean isShut() {
        return held || state == NodeState.CLOSED;
    }

    /** Whether an operator has opened or closed it: what it does by itself goes on, and changes that no more. */
    boolean isCommanded() {
        return commanded;
    }

    /** Ends the life; the state before, DRAINING if that was so already. */
    public NodeState drain() {
        lock.lock();
        try {
            NodeState before = state;
            if (before != NodeState.DRAINING) {
                enter(NodeState.DRAINING, false);
            }
            return before;
        } finally {
            lock.unlock();
        }
    }

    /** From now on it is known that everything committed when it was asked is here. */
    void caughtUp() {
        caughtUp = true;
        openedBehind = false;
    }

    /** Whether it waited for a leader's newest entries as long as it may, opened without them, and lacks them still. */
    public boolean isOpenedBehind() {
        return openedBehind;
    }

    void openedBehind() {
        openedBehind = true;
    }

    /** Whom it waits for before it opens, one line for people; empty if nobody. */
    public String waitsFor() {
        return state == NodeState.OPEN ? "" : waitsFor;
    }

    void waitFor(String what) {
        if (!what.equals(waitsFor)) {
            LOG.warn("{}", what);
        }
        waitsFor = what;
    }

    private void enter(NodeState next, boolean byOperator) {
        NodeState before = state;
        state = next;
        long millis = age().toMillis();
        reached.put(next, Duration.ofMillis(millis));
        changed.signalAll();
        String text = next + " after " + millis + " ms";
        Object[] fields = {"state", next.name(), "before", before.name(), "millis", millis};
        if (byOperator) {
            JOURNAL.warn(Kind.GATE, text + ", by the operator; it was " + before, fields);
        } else {
            JOURNAL.info(Kind.GATE, text, fields);
        }
    }
}
