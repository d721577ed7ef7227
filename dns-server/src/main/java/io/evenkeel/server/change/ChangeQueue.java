package io.evenkeel.server.change;

import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.xbill.DNS.Name;

/**
 * The changes that wait on a leader or are in flight, by zone. It ties a request that a client repeats to
 * the same request here. A zone is busy from its first change until none of its changes waits any more. Any thread.
 */
final class ChangeQueue {
    private final Consumer<Name> begin;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Name, Deque<Pending>> busy = new LinkedHashMap<>();
    private final Map<RequestId, Pending> byId = new HashMap<>();
    private int queued;
    private long queuedBytes;
    private boolean closed;

    /** @param begin called for a zone that becomes busy; it must not block */
    ChangeQueue(Consumer<Name> begin) {
        this.begin = begin;
    }

    /**
     * One asked change.
     *
     * @param request what is asked
     * @param sinceNanos when it came
     * @param deadlineNanos after that it is no longer begun; later if it was asked again
     * @param result completes once with what became of it; never fails
     */
    record Pending(
            ChangeEvaluator.Request request,
            int sizeBytes,
            long sinceNanos,
            AtomicLong deadlineNanos,
            CompletableFuture<Outcome<Accepted>> result) {
        RequestId id() {
            return request.id();
        }

        Change change() {
            return request.change();
        }
    }

    /**
     * The future of that change, or of the same one if that waits already.
     *
     * @param nowNanos the time
     * @param deadlineNanos until when it may be begun
     */
    CompletableFuture<Outcome<Accepted>> add(
            ChangeEvaluator.Request request, int sizeBytes, long nowNanos, long deadlineNanos) {
        lock.lock();
        try {
            Pending same = byId.get(request.id());
            if (same != null) {
                same.deadlineNanos().accumulateAndGet(deadlineNanos, (one, other) -> other - one > 0 ? other : one);
                return same.result();
            }
            if (closed) {
                return notDone("this node is stopping");
            }
            if (queued >= ChangeLimits.QUEUED_CHANGES || queuedBytes + sizeBytes > ChangeLimits.QUEUED_BYTES) {
                return notDone("overloaded: " + queued + " changes wait on the leader");
            }
            Name apex = request.change().apex();
            Pending pending =
                    new Pending(request, sizeBytes, nowNanos, new AtomicLong(deadlineNanos), new CompletableFuture<>());
            Deque<Pending> waiting = busy.get(apex);
            if (waiting == null) {
                // Before anything is noted: a zone that could not be begun is not busy, and the next change begins it.
                begin.accept(apex);
                waiting = new ArrayDeque<>();
                busy.put(apex, waiting);
            }
            queued++;
            queuedBytes += sizeBytes;
            byId.put(request.id(), pending);
            waiting.add(pending);
            return pending.result();
        } finally {
            lock.unlock();
        }
    }

    private static CompletableFuture<Outcome<Accepted>> notDone(String why) {
        return CompletableFuture.completedFuture(new Outcome.NotDone<>(why));
    }

    /** What waits and may share an entry; the zone is no longer busy if that is nothing. */
    List<Pending> take(Name apex) {
        List<Pending> taken = new ArrayList<>();
        int bytes = 0;
        lock.lock();
        try {
            Deque<Pending> waiting = busy.get(apex);
            while (waiting != null
                    && !waiting.isEmpty()
                    && taken.size() < ZoneLimits.MAX_BATCH_CHANGES
                    && (taken.isEmpty() || bytes + waiting.getFirst().sizeBytes() <= ChangeLimits.BATCH_BYTES)) {
                Pending next = waiting.removeFirst();
                bytes += next.sizeBytes();
                taken.add(next);
            }
            if (taken.isEmpty()) {
                busy.remove(apex);
            }
        } finally {
            lock.unlock();
        }
        return taken;
    }

    /** The change has its outcome. From now on the replicated state answers those that ask again. */
    void finish(Pending pending, Outcome<Accepted> outcome) {
        lock.lock();
        try {
            if (byId.remove(pending.id(), pending)) {
                queued--;
                queuedBytes -= pending.sizeBytes();
            }
        } finally {
            lock.unlock();
        }
        pending.result().complete(outcome);
    }

    /** Takes no more. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** How many changes wait or are in flight. */
    int size() {
        lock.lock();
        try {
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** How many zones have work. */
    int busyZones() {
        lock.lock();
        try {
            return busy.size();
        } finally {
            lock.unlock();
        }
    }
}
