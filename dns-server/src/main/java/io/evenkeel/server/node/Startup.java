package io.evenkeel.server.node;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.config.ServerConfig.GateConfig;
import io.evenkeel.zones.Catalog;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leads a node from a started replica to the open gate. One thread, which it blocks; interrupting that ends it. */
public final class Startup {
    private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

    /** How long one question to the cluster may take before another is asked. */
    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    /** Between two such questions if the first came back at once. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** How often the state of the node is looked at while waiting for the log. */
    private static final Duration GLANCE = Duration.ofMillis(250);

    private final NodeLife life;
    private final StateRoot root;
    private final GateConfig config;
    private final Consumer<Catalog> warmUp;
    private final Runnable openGate;

    /**
     * @param warmUp asks questions about those zones, if there are any; returns within the time configured
     * @param openGate starts to answer
     */
    public Startup(NodeLife life, StateRoot root, GateConfig config, Consumer<Catalog> warmUp, Runnable openGate) {
        this.life = life;
        this.root = root;
        this.config = config;
        this.warmUp = warmUp;
        this.openGate = openGate;
    }

    /** Returns when the node is open and known to be up to date, or is draining. */
    public void run(Replica replica) throws InterruptedException {
        // What the log says is committed right after it was opened: a node never answers with less than it once had.
        long persisted = replica.status().commitIndex();
        while (!root.await(persisted, GLANCE)) {
            if (life.state() == NodeState.DRAINING) {
                return;
            }
            String fault = replica.status().fault();
            if (fault != null && isTimeOver() && hasZones()) {
                LOG.error(
                        "The log holds entries up to {}, and only those up to {} can be applied ({}): opening with the zones as"
                                + " of there",
                        persisted,
                        root.get().index(),
                        fault);
                break;
            }
        }
        if (!life.advance(NodeState.CATCHING_UP)) {
            return;
        }
        boolean caughtUp = catchUp(replica, false);
        if (!life.advance(NodeState.WARMING)) {
            return;
        }
        Catalog catalog = root.get().state().catalog();
        if (!catalog.zones().isEmpty()) {
            warmUp.accept(catalog);
        }
        life.stale(!caughtUp);
        if (life.state() == NodeState.DRAINING) {
            return;
        }
        openGate.run();
        life.advance(NodeState.OPEN);
        if (!caughtUp && catchUp(replica, true)) {
            life.stale(false);
            LOG.info("The cluster has been heard: zones are up to date");
        }
    }

    /**
     * Asks until the cluster says that all is here.
     *
     * @param patient never gives up; else only as long as there is nothing to answer from, or time is left
     * @return false if it gave up, or is draining
     */
    private boolean catchUp(Replica replica, boolean patient) throws InterruptedException {
        while (life.state() != NodeState.DRAINING) {
            if (replica.confirmCaughtUp(ATTEMPT)) {
                return true;
            }
            if (!patient && isTimeOver() && hasZones()) {
                LOG.warn(
                        "No word from a majority for {} s: opening with the zones on disk, which may be stale",
                        life.age().toSeconds());
                return false;
            }
            // A pace, not a synchronisation: a refusal can come back at once.
            Thread.sleep(PAUSE);
        }
        return false;
    }

    private boolean isTimeOver() {
        return life.age().compareTo(config.noQuorumAfter()) > 0;
    }

    private boolean hasZones() {
        return !root.get().state().catalog().zones().isEmpty();
    }
}
