package io.evenkeel.server.change;

import io.evenkeel.server.change.ChangeQueue.Pending;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.state.ChangeOutcome.Refused;
import io.evenkeel.zones.state.ReplicatedState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The leader's word on memory: what changes in flight need is set aside from when they are judged until the state shows them, so
 * that two which are judged at the same time do not both pass where one fits. Any thread.
 */
final class Admission {
    private final ReentrantLock lock = new ReentrantLock();
    private long inFlight;

    /**
     * Some changes that were judged.
     *
     * @param octets that are set aside for those that have room, until they are given back
     * @param refused those that have none, each with the reason
     */
    record Judged(List<Pending> admitted, Map<Pending, Refused> refused, long octets) {}

    /**
     * Sets aside what the changes need. What was done already, and is asked again, needs nothing.
     *
     * @param state as it is applied here
     */
    Judged judge(ReplicatedState state, List<Pending> changes) {
        List<Pending> admitted = new ArrayList<>(changes.size());
        Map<Pending, Refused> refused = new LinkedHashMap<>();
        Room room = Room.of(state);
        long octets = 0;
        lock.lock();
        try {
            for (Pending each : changes) {
                long needs = state.recorded(each.id()) != null ? 0 : Room.needs(state, each.change(), each.sizeBytes());
                Refused refusal = room.refusal(needs, inFlight + octets, Room.isSmall(each.change()));
                if (refusal == null) {
                    admitted.add(each);
                    octets += needs;
                } else {
                    refused.put(each, refusal);
                }
            }
            inFlight += octets;
        } finally {
            lock.unlock();
        }
        return new Judged(admitted, refused, octets);
    }

    /** Gives back what was set aside: the state shows what has come of it. */
    void giveBack(long octets) {
        lock.lock();
        try {
            inFlight -= octets;
        } finally {
            lock.unlock();
        }
    }
}
