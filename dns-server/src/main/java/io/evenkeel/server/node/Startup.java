package io.evenkeel.server.node;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.ThreadNiceness;
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

    /** A leader writes an entry at least every ten seconds; a node that follows it applies one as often. */
    private static final Duration MOVING = Duration.ofSeconds(15);

    /**
     * Age at which a node that follows a leader, and still lacks entries, opens without them: clients that wait longer are worse off than with
     * answers of before. A log or a snapshot that takes longer is of a size that somebody should know of.
     */
    static final Duration LONGEST = Duration.ofSeconds(60);

    private final NodeLife life;
    private final StateRoot root;
    private final DataAge age;
    private final GateConfig config;
    private final Consumer<Catalog> warmUp;
    private final Gate gate;
    private final LeaderSense leader;

    /** The index that was last seen as applied; -1: none was looked at. */
    private long movedIndex = -1;

    /** Until the node is as old as that, its index counts as moving. */
    private Duration movesUntil = Duration.ZERO;

    /** Finds out whether another member says on the peer channel that it leads; returns after seconds at most. */
    public interface LeaderSense {
        boolean hears() throws InterruptedException;
    }

    /** @param warmUp asks questions about those zones, if there are any; returns within the time configured */
    public Startup(
            NodeLife life,
            StateRoot root,
            DataAge age,
            GateConfig config,
            Consumer<Catalog> warmUp,
            Gate gate,
            LeaderSense leader) {
        this.life = life;
        this.root = root;
        this.age = age;
        this.config = config;
        this.warmUp = warmUp;
        this.gate = gate;
        this.leader = leader;
    }

    /**
     * Returns when the node is known to be up to date and open, or is draining. An operator who opens the node meanwhile
     * ends the waiting; one who closes it does not.
     */
    public void run(Replica replica) throws InterruptedException {
        noteMove(life.age());
        awaitLog(replica);
        if (!life.advance(NodeState.CATCHING_UP)) {
            return;
        }
        boolean caughtUp = catchUp(replica, false);
        if (caughtUp) {
            life.caughtUp();
        }
        if (!life.advance(NodeState.WARMING)) {
            return;
        }
        HeapKeeper.settle();
        Catalog catalog = root.get().state().catalog();
        if (!catalog.isEmpty() && !gate.isOpen()) {
            warmUp.accept(catalog);
        }
        ThreadNiceness.raiseCompiling();
        gate.ready();
        if (!caughtUp && catchUp(replica, true)) {
            life.caughtUp();
            LOG.info("The cluster has been heard: zones are up to date");
        }
    }

    /** What the log says is committed right after it was opened: a node never answers with less than it once had. */
    private void awaitLog(Replica replica) throws InterruptedException {
        long persisted = replica.status().commitIndex();
        while (!root.await(persisted, GLANCE)) {
            if (life.state() == NodeState.DRAINING || gate.isOpen()) {
                return;
            }
            String fault = replica.status().fault();
            if (mayOpenStale(replica, fault != null)) {
                LOG.error(
                        "The log holds entries up to {}, and those up to {} are applied ({}): opening with the zones as of there",
                        persisted,
                        root.get().index(),
                        fault == null ? "applying goes on" : fault);
                root.partial(); // this node once showed more
                return;
            }
        }
    }

    /**
     * Asks until the cluster says that all is here.
     *
     * @param patient never gives up; else only as long as there is nothing to answer from, or time is left, and nobody has
     *     opened the node
     * @return false if it gave up, or is draining
     */
    private boolean catchUp(Replica replica, boolean patient) throws InterruptedException {
        while (life.state() != NodeState.DRAINING) {
            if (replica.confirmCaughtUp(ATTEMPT)) {
                return true;
            }
            if (!patient && gate.isOpen()) {
                return false;
            }
            if (!patient && mayOpenStale(replica, true)) {
                LOG.warn(
                        "{} for {} s: opening with the zones as of entry {}, which may be stale, age {}",
                        life.isOpenedBehind() ? "Behind a leader that is heard" : "No word from a majority",
                        life.age().toSeconds(),
                        root.get().index(),
                        age.text());
                return false;
            }
            // A pace, not a synchronisation: a refusal can come back at once.
            Thread.sleep(PAUSE);
        }
        return false;
    }

    /**
     * When the time is over for which it waits: with zones that are not too old, as far as anybody knows. A node that follows a leader will
     * soon have all, and waits longer.
     *
     * @param withoutLeader whether it may do so if it follows none
     */
    private boolean mayOpenStale(Replica replica, boolean withoutLeader) throws InterruptedException {
        Duration now = life.age();
        noteMove(now);
        boolean alone = withoutLeader && now.compareTo(config.noQuorumAfter()) > 0;
        boolean longest = now.compareTo(LONGEST) > 0;
        if (!(alone || longest) || !hasZones(replica)) {
            return false;
        }
        boolean follows = now.compareTo(movesUntil) < 0 && leader.hears();
        if (follows ? !longest : !alone) {
            return false;
        }
        if (tooOld()) {
            return false;
        }
        if (follows) {
            life.openedBehind();
        }
        return true;
    }

    private void noteMove(Duration now) {
        long index = root.get().index();
        if (index != movedIndex) {
            movesUntil = movedIndex < 0 ? Duration.ZERO : now.plus(MOVING);
            movedIndex = index;
        }
    }

    private boolean tooOld() {
        double seconds = age.atLeastSeconds();
        boolean old = seconds > config.noQuorumMaxAge().toSeconds();
        if (old) {
            life.waitFor("the zones on disk are at least "
                    + Duration.ofSeconds((long) seconds).toDays()
                    + " days old, more than gate.no-quorum-max-age, and no majority confirms them: let the other members"
                    + " come back, or open this node with them (`evenkeel gate open`)");
        }
        return old;
    }

    /**
     * To answer from. What a wiped disk has so far is the beginning of a log whose rest is still on its way: without a
     * majority nobody can tell how much of it is missing, so that is nothing to open with, also after another start.
     */
    private boolean hasZones(Replica replica) {
        return replica.wasCaughtUp() && !root.get().state().catalog().isEmpty();
    }
}
