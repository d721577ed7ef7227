package io.evenkeel.server.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which state a node is in, and what may follow:
 *
 * <pre>
 * STARTING -> CATCHING_UP -> WARMING -> OPEN
 *     any state -> DRAINING
 * </pre>
 *
 * Nothing else: the gate is a latch, and an open node stays open until it is told to stop. Any thread.
 */
public final class NodeLife {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLife.class);

    private final long startedNanos = System.nanoTime();
    private final Supplier<String> waitsFor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile NodeState state = NodeState.STARTING;
    private volatile boolean stale;

    /** @param waitsFor what the node waits for while it starts, one line for people; empty if nothing special */
    public NodeLife(Supplier<String> waitsFor) {
        this.waitsFor = waitsFor;
    }

    /**
     * @param ready whether traffic should be sent here
     * @param reasons why not; or what to know about it although it is
     */
    public record Readiness(boolean ready, List<String> reasons) {
        public Readiness {
            reasons = List.copyOf(reasons);
        }
    }

    /** The present one. */
    public NodeState state() {
        return state;
    }

    /** For load balancers and people. */
    public Readiness readiness() {
        return switch (state) {
            case STARTING -> notReady("starting");
            case CATCHING_UP -> notReady("catching up");
            case WARMING -> notReady("warming up");
            case OPEN -> new Readiness(true, stale ? List.of("stale") : List.of());
            case DRAINING -> new Readiness(false, List.of("draining"));
        };
    }

    /** Opened on what it had on disk, and has not heard since whether that is the newest. */
    public boolean isStale() {
        return stale;
    }

    /** Since this was made. */
    public Duration age() {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
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
     * Goes on to the next state.
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
            boolean legal = switch (next) {
                case STARTING, DRAINING -> false;
                case CATCHING_UP -> state == NodeState.STARTING;
                case WARMING -> state == NodeState.CATCHING_UP;
                case OPEN -> state == NodeState.WARMING;
            };
            if (!legal) {
                throw new IllegalStateException(state + " is not followed by " + next);
            }
            state = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.info("{} after {} ms", next, age().toMillis());
        return true;
    }

    /** Ends the life; the state before, DRAINING if that was so already. */
    public NodeState drain() {
        lock.lock();
        try {
            NodeState before = state;
            state = NodeState.DRAINING;
            changed.signalAll();
            return before;
        } finally {
            lock.unlock();
        }
    }

    void stale(boolean isStale) {
        stale = isStale;
    }

    private Readiness notReady(String doing) {
        String detail = waitsFor.get();
        return new Readiness(false, List.of(detail.isEmpty() ? doing : doing + ": " + detail));
    }
}
