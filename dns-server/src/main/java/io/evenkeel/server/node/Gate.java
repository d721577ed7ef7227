package io.evenkeel.server.node;

import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.peer.PeerGates;
import java.util.concurrent.locks.ReentrantLock;

/*
 * Opened once by the node itself, when it is ready; from then on, and before, only an operator moves it. What he has said
 * lasts until he says otherwise or the process ends: a restart is the plain way back to a node that decides by itself, and a
 * node that somebody closed long ago must not be a surprise in the next outage.
 *
 * Two operators may close the last two open nodes at once. So a node says "not open" to the others from before it asks them
 * whether they are: of two that ask each other at the same time, at least one is told so.
 */

/** Whether this node answers on its DNS ports. Any thread that may block. */
public final class Gate {
    private final NodeLife life;
    private final StateRoot root;
    private final Runnable openPorts;
    private final Runnable shutPorts;
    private final ReentrantLock moving = new ReentrantLock();
    private volatile boolean answering;
    private volatile boolean closing;

    /** Asks the other members whether they are open; who does not answer is not. Blocks for a bounded time. */
    @FunctionalInterface
    public interface Others {
        PeerGates ask() throws InterruptedException;
    }

    /** What became of an operator's command. */
    public sealed interface Outcome {
        /** It is so; {@code already}: and was before. */
        record Done(boolean already) implements Outcome {}

        /** Nothing was done, for this reason. */
        record Refused(String why) implements Outcome {}
    }

    /**
     * @param openPorts starts to answer; returns when that is so
     * @param shutPorts answers what has come and falls silent; returns when that is so
     */
    public Gate(NodeLife life, StateRoot root, Runnable openPorts, Runnable shutPorts) {
        this.life = life;
        this.root = root;
        this.openPorts = openPorts;
        this.shutPorts = shutPorts;
    }

    /** Where in its life the node is. */
    public NodeLife life() {
        return life;
    }

    /** Whether questions are answered at this moment; also while draining. */
    public boolean isOpen() {
        return answering;
    }

    /** What to tell a member that wants to close and asks whether this one is open. */
    public boolean countsAsOpen() {
        return answering && !closing && life.state() == NodeState.OPEN;
    }

    /** The node is ready: opens, unless an operator has opened or closed it already. */
    void ready() {
        moving.lock();
        try {
            if (life.isCommanded() || life.state() == NodeState.DRAINING) {
                return;
            }
            if (!life.isShut()) {
                openPorts();
            }
            life.advance(NodeState.OPEN);
        } finally {
            moving.unlock();
        }
    }

    /**
     * Opens by the operator's command, with what is here.
     *
     * @param force also if there is no zone to answer from
     */
    public Outcome open(boolean force) {
        moving.lock();
        try {
            NodeState state = life.state();
            if (state == NodeState.OPEN) {
                return new Outcome.Done(true);
            }
            if (!force && root.get().state().catalog().isEmpty()) {
                return new Outcome.Refused(
                        "this node has no zone: it would answer REFUSED to everything, and clients come"
                                + " again at once; let it get its zones first, or force it");
            }
            if (state == NodeState.DRAINING) {
                return stopping();
            }
            openPorts();
            if (!life.command(NodeState.OPEN)) {
                return stopping();
            }
            return new Outcome.Done(false);
        } finally {
            moving.unlock();
        }
    }

    /**
     * Closes by the operator's command; what has been asked is answered first.
     *
     * @param force also if no other member of the cluster is known to be open
     * @param others asked if that matters
     */
    public Outcome close(boolean force, Others others) throws InterruptedException {
        moving.lockInterruptibly();
        try {
            NodeState state = life.state();
            if (life.isShut()) {
                return new Outcome.Done(true);
            }
            closing = true;
            if (state == NodeState.OPEN && !force) {
                PeerGates elsewhere = others.ask();
                if (elsewhere.open().isEmpty()) {
                    return new Outcome.Refused(
                            "no other member is known to be open, so that nobody would answer any more ("
                                    + (elsewhere.others().isEmpty()
                                            ? "this node is the only member"
                                            : String.join("; ", elsewhere.others()))
                                    + "); open another one first, or force it");
                }
            }
            if (!life.command(NodeState.CLOSED)) {
                return stopping();
            }
            answering = false;
            shutPorts.run();
            return new Outcome.Done(false);
        } finally {
            closing = false;
            moving.unlock();
        }
    }

    private void openPorts() {
        openPorts.run();
        answering = true;
    }

    private static Outcome stopping() {
        return new Outcome.Refused("this node is stopping");
    }
}
