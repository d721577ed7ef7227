package io.evenkeel.server.change;

import io.evenkeel.server.change.ChangeQueue.Pending;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ReplicatedState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The leader's word on memory and on disks: what changes in flight need is set aside from when they are judged until the state shows them, so
 * that two which are judged at the same time do not both pass where one fits. Any thread.
 */
final class Admission {
    private final Supplier<ReplicatedState> applied;
    private final Supplier<String> crowded;
    private final ReentrantLock lock = new ReentrantLock();

    // Under the lock.
    /** By identity: each is given back once. */
    private final Set<Held> inFlight = Collections.newSetFromMap(new IdentityHashMap<>());

    private long octetsInFlight;

    /**
     * @param applied the state as it is on this node now
     * @param crowded why nothing that grows finds room on the disks of a majority; empty: it does
     */
    Admission(Supplier<ReplicatedState> applied, Supplier<String> crowded) {
        this.applied = applied;
        this.crowded = crowded;
    }

    /**
     * What one change has set aside.
     *
     * @param stage that it begins; null: none
     */
    record Held(RequestId id, @Nullable RequestId stage, long octets) {
        /** Whether that stands in the state already. */
        private boolean isShownBy(ReplicatedState state) {
            return stage == null ? state.recorded(id) != null : state.staging().has(stage);
        }
    }

    /**
     * Some changes that were judged.
     *
     * @param admitted those that have room
     * @param turnedDown those that have none, each with what is said of it: not done, if they have room once others have ended
     * @param held what is set aside for the first, until it is given back
     */
    record Judged(List<Pending> admitted, Map<Pending, Outcome<Accepted>> turnedDown, List<Held> held) {}

    /** Sets aside what the changes need. What was done already, and is asked again, needs nothing. */
    Judged judge(List<Pending> changes) {
        Judged judged = new Judged(new ArrayList<>(changes.size()), new LinkedHashMap<>(), new ArrayList<>());
        lock.lock();
        try {
            // Not before: what is given back by then would be in neither.
            ReplicatedState state = applied.get();
            Room room = Room.of(state);
            for (Pending each : changes) {
                Room.Need need = state.recorded(each.id()) != null
                        ? new Room.Need(0, true)
                        : Room.need(state, each.change(), each.sizeBytes());
                Outcome<Accepted> obstacle = obstacle(state, room, each.change(), need);
                if (obstacle != null) {
                    judged.turnedDown.put(each, obstacle);
                    continue;
                }
                judged.admitted.add(each);
                if (need.octets() > 0) {
                    Held held = new Held(each.id(), stage(state, each.change()), need.octets());
                    inFlight.add(held);
                    octetsInFlight += need.octets();
                    judged.held.add(held);
                }
            }
        } finally {
            lock.unlock();
        }
        return judged;
    }

    private static @Nullable RequestId stage(ReplicatedState state, Change change) {
        return change instanceof Change.Stage stage && Room.isFirst(state, stage) ? stage.stage() : null;
    }

    /** What stands in the way of a change; null if nothing does. */
    private @Nullable Outcome<Accepted> obstacle(ReplicatedState state, Room room, Change change, Room.Need need) {
        if (change instanceof Change.Stage stage) {
            int coming = Room.isFirst(state, stage) ? coming(state) : 0;
            String busy = state.staging().busy(stage.stage(), stage.number(), stage.records(), coming);
            if (busy != null) {
                return new Outcome.NotDone<>(busy);
            }
        }
        String full = need.octets() > 0 ? crowded.get() : "";
        if (!full.isEmpty()) {
            return new Outcome.Refused<>(Reason.NO_ROOM, List.of(full));
        }
        if (room.fits(need, octetsInFlight)) {
            return null;
        }
        long beside = beside(state);
        if (room.fits(need, beside)) {
            return null;
        }
        String problem = room.problem("the change", need, beside);
        return room.fitsLater(need)
                ? new Outcome.NotDone<>(problem)
                : new Outcome.Refused<>(Reason.NO_ROOM, List.of(problem));
    }

    /** Octets of those in flight that the state does not show: those that it shows are counted there. */
    private long beside(ReplicatedState state) {
        return inFlight.stream()
                .filter(held -> !held.isShownBy(state))
                .mapToLong(Held::octets)
                .sum();
    }

    private int coming(ReplicatedState state) {
        return (int) inFlight.stream()
                .filter(held -> held.stage != null && !held.isShownBy(state))
                .map(Held::stage)
                .distinct()
                .count();
    }

    /** Gives back what was set aside: the state shows what has come of it. */
    void giveBack(List<Held> held) {
        lock.lock();
        try {
            for (Held each : held) {
                if (inFlight.remove(each)) {
                    octetsInFlight -= each.octets;
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
