package io.evenkeel.server.change;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ZoneCommand;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/*
 * Group commit. A zone with work has a queue and one virtual thread; a zone without has neither. The thread takes what
 * waits, evaluates it against the applied state, proposes one entry and waits for it; meanwhile the next batch forms. So
 * no state is ever evaluated against a state that may not come to be, and a lost leadership leaves nothing to undo: the
 * entry in flight is unknown, all others were never proposed. Whoever asks again under the same request id is tied to the
 * change that is waiting already; after that the ring in the replicated state answers him.
 */

/** Turns changes into entries of the log while this node leads, and keeps replicated time. Any thread. */
public final class ZoneWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneWriter.class);

    private final Replica replica;
    private final ControlCounters counters;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Name, Deque<Pending>> busy = new LinkedHashMap<>();
    private final Map<RequestId, Pending> byId = new HashMap<>();
    private final Thread ticker;
    private int queued;
    private long queuedBytes;
    private volatile boolean closed;

    /** Writes to that replica, and makes its ticks, until it is closed. */
    public ZoneWriter(Replica replica, ControlCounters counters) {
        this(replica, counters, ChangeLimits.TICK);
    }

    ZoneWriter(Replica replica, ControlCounters counters, Duration tick) {
        this.replica = replica;
        this.counters = counters;
        this.ticker = Thread.ofVirtual().name("tick").start(() -> tick(tick));
    }

    private record Pending(
            RequestId id, Change change, int sizeBytes, long deadlineNanos, CompletableFuture<Written> result) {}

    /**
     * Queues a change.
     *
     * @param deadline after that it is no longer begun; it may be in flight then
     * @return completes when its outcome is known; never fails
     */
    CompletableFuture<Written> submit(RequestId id, Change change, int sizeBytes, Duration deadline) {
        ReplicaStatus status = replica.status();
        if (!status.leaderReady()) {
            return CompletableFuture.completedFuture(new Written.NotLeader(status.leader()));
        }
        lock.lock();
        try {
            Pending same = byId.get(id);
            if (same != null) {
                return same.result();
            }
            if (closed) {
                return done(new ChangeOutcome.NotProposed("this node is stopping"));
            }
            if (queued >= ChangeLimits.QUEUED_CHANGES || queuedBytes + sizeBytes > ChangeLimits.QUEUED_BYTES) {
                return done(new ChangeOutcome.NotProposed("overloaded: " + queued + " changes wait on the leader"));
            }
            Pending pending = new Pending(
                    id, change, sizeBytes, System.nanoTime() + deadline.toNanos(), new CompletableFuture<>());
            queued++;
            queuedBytes += sizeBytes;
            byId.put(id, pending);
            Deque<Pending> waiting = busy.get(change.apex());
            if (waiting == null) {
                waiting = new ArrayDeque<>();
                busy.put(change.apex(), waiting);
                Thread.ofVirtual().name("zone-" + change.apex()).start(() -> drain(change.apex()));
            }
            waiting.add(pending);
            return pending.result();
        } finally {
            lock.unlock();
        }
    }

    private static CompletableFuture<Written> done(ChangeOutcome outcome) {
        return CompletableFuture.completedFuture(new Written.Done(outcome));
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

    private void drain(Name apex) {
        List<Pending> batch = take(apex);
        while (!batch.isEmpty()) {
            List<Pending> begun = batch;
            try {
                settle(apex, begun);
            } catch (RuntimeException | Error e) {
                // Whatever it is: a zone whose thread is gone would take changes and never make them.
                LOG.error("a fault of this program while changing {}", apex, e);
                finish(begun, _ -> new Written.Done(new ChangeOutcome.Unknown("a fault of the leader")));
            }
            batch = take(apex);
        }
    }

    /** What goes into the next entry; the zone is no longer busy if that is nothing. */
    private List<Pending> take(Name apex) {
        List<Pending> batch = new ArrayList<>();
        int bytes = 0;
        lock.lock();
        try {
            Deque<Pending> waiting = busy.get(apex);
            while (waiting != null
                    && !waiting.isEmpty()
                    && batch.size() < ZoneLimits.MAX_BATCH_CHANGES
                    && (batch.isEmpty() || bytes + waiting.getFirst().sizeBytes() <= ChangeLimits.BATCH_BYTES)) {
                Pending next = waiting.removeFirst();
                bytes += next.sizeBytes();
                batch.add(next);
            }
            if (batch.isEmpty()) {
                busy.remove(apex);
            }
        } finally {
            lock.unlock();
        }
        return batch;
    }

    /** Goes on until every change of the batch has its outcome; several entries if they cannot share one. */
    private void settle(Name apex, List<Pending> begun) {
        List<Pending> rest = unlessLate(begun);
        int stale = 0;
        while (!rest.isEmpty()) {
            ReplicaStatus status = replica.status();
            if (!status.leaderReady()) {
                finish(rest, _ -> new Written.NotLeader(status.leader()));
                return;
            }
            int settled = evaluateAndPropose(apex, rest);
            rest = rest.subList(settled, rest.size());
            stale = settled > 0 ? 0 : stale + 1;
            if (stale > 0) {
                counters.add(Counter.COMMANDS_STALE);
            }
            if (stale == ChangeLimits.EVALUATIONS) {
                finish(
                        rest,
                        _ -> new Written.Done(
                                new ChangeOutcome.NotProposed("other changes got in first, again and again")));
                return;
            }
        }
    }

    private List<Pending> unlessLate(List<Pending> begun) {
        long now = System.nanoTime();
        List<Pending> inTime = new ArrayList<>();
        List<Pending> late = new ArrayList<>();
        begun.forEach(pending -> (now - pending.deadlineNanos() < 0 ? inTime : late).add(pending));
        finish(late, _ -> new Written.Done(new ChangeOutcome.NotProposed("waited too long on the leader")));
        return inTime;
    }

    /** How many of the first ones have their outcome now: 0 if the zone was at another version when the entry came. */
    private int evaluateAndPropose(Name apex, List<Pending> waiting) {
        ChangeEvaluator.Evaluation evaluation;
        try {
            evaluation = evaluate(apex, waiting);
            if (evaluation.command() == null && !evaluation.outcomes().stream().allMatch(ZoneWriter::isCommitted)) {
                // Nothing will be committed that shows that this node still leads. A deposed leader may not know yet
                // what
                // its successor has committed, perhaps this very request: judge once more, from a state that is not
                // older
                // than the question.
                if (!confirmed()) {
                    finish(waiting, _ -> new Written.NotLeader(replica.status().leader()));
                    return waiting.size();
                }
                evaluation = evaluate(apex, waiting);
            }
        } catch (RuntimeException e) {
            LOG.error("a fault of this program while judging changes of {}", apex, e);
            ChangeOutcome fault = new ChangeOutcome.Refused(
                    ChangeOutcome.Reason.FAULT,
                    List.of("a fault of the leader: " + e.getClass().getSimpleName()));
            return oneByOne(apex, waiting, fault);
        }
        List<@Nullable ChangeOutcome> decided = evaluation.outcomes();
        List<Pending> batch = waiting.subList(0, decided.size());
        ZoneCommand command = evaluation.command();
        if (command == null) {
            finish(batch, decided, new ChangeOutcome.NotProposed("not judged"));
            return batch.size();
        }
        return propose(apex, batch, decided, command);
    }

    private ChangeEvaluator.Evaluation evaluate(Name apex, List<Pending> waiting) {
        return ChangeEvaluator.evaluate(
                replica.root().get().state(),
                apex,
                waiting.stream()
                        .map(p -> new ChangeEvaluator.Request(p.id(), p.change()))
                        .toList());
    }

    private static boolean isCommitted(@Nullable ChangeOutcome outcome) {
        return outcome instanceof ChangeOutcome.Accepted accepted && accepted.changed();
    }

    private boolean confirmed() {
        try {
            return replica.confirmCaughtUp(ChangeLimits.CONFIRMATION);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.debug("not confirmed", e);
            return false;
        }
    }

    /** What was decided beside the command holds only if the command shows that this node leads. */
    private int propose(Name apex, List<Pending> batch, List<@Nullable ChangeOutcome> decided, ZoneCommand command) {
        counters.add(Counter.COMMANDS_PROPOSED);
        ProposalOutcome outcome =
                replica.propose(command, ChangeLimits.PROPOSAL).join();
        switch (outcome) {
            case ProposalOutcome.Committed committed -> {
                return committed(apex, batch, decided, committed) ? batch.size() : 0;
            }
            case ProposalOutcome.NotLeader other -> finish(batch, _ -> new Written.NotLeader(other.leader()));
            case ProposalOutcome.TooLarge large -> tooLarge(apex, batch, large);
            case ProposalOutcome.Overloaded _ ->
                finish(batch, _ -> new Written.Done(new ChangeOutcome.NotProposed("overloaded: the log is busy")));
            case ProposalOutcome.Unknown unknown ->
                finish(batch, _ -> new Written.Done(new ChangeOutcome.Unknown(unknown.why())));
        }
        return batch.size();
    }

    private boolean committed(
            Name apex,
            List<Pending> batch,
            List<@Nullable ChangeOutcome> decided,
            ProposalOutcome.Committed committed) {
        ChangeOutcome outcome = ChangeEvaluator.outcome(committed.index(), committed.result());
        if (outcome == null) {
            return false;
        }
        if (outcome instanceof ChangeOutcome.Refused) {
            oneByOne(apex, batch, outcome);
        } else {
            finish(batch, decided, outcome);
        }
        return true;
    }

    /** One bad change must not turn down the others that shared its entry. */
    private int oneByOne(Name apex, List<Pending> batch, ChangeOutcome ofOne) {
        if (batch.size() == 1) {
            finish(batch, _ -> new Written.Done(ofOne));
        } else {
            batch.forEach(one -> settle(apex, List.of(one)));
        }
        return batch.size();
    }

    private void tooLarge(Name apex, List<Pending> batch, ProposalOutcome.TooLarge large) {
        if (batch.size() == 1) {
            String problem = "the change makes an entry of " + large.sizeBytes() + " octets, the limit is "
                    + large.limitBytes() + "; make several changes of it";
            finish(
                    batch,
                    _ -> new Written.Done(new ChangeOutcome.Refused(ChangeOutcome.Reason.TOO_LARGE, List.of(problem))));
            return;
        }
        int half = batch.size() / 2;
        settle(apex, batch.subList(0, half));
        settle(apex, batch.subList(half, batch.size()));
    }

    /** What is decided stays: it is not in the entry, or was in one before. */
    private void finish(List<Pending> batch, List<@Nullable ChangeOutcome> decided, ChangeOutcome others) {
        for (int i = 0; i < batch.size(); i++) {
            ChangeOutcome outcome = decided.get(i);
            Written written = new Written.Done(outcome == null ? others : outcome);
            finish(batch.subList(i, i + 1), _ -> written);
        }
    }

    private void finish(List<Pending> batch, Function<Pending, Written> outcome) {
        lock.lock();
        try {
            for (Pending pending : batch) {
                if (byId.remove(pending.id(), pending)) {
                    queued--;
                    queuedBytes -= pending.sizeBytes();
                }
            }
        } finally {
            lock.unlock();
        }
        batch.forEach(pending -> pending.result().complete(outcome.apply(pending)));
    }

    private void tick(Duration every) {
        try {
            while (!closed) {
                Thread.sleep(every);
                tickOnce(every);
            }
        } catch (InterruptedException e) {
            LOG.debug("ticking ends", e);
        }
    }

    private void tickOnce(Duration every) {
        try {
            if (replica.status().leaderReady()) {
                counters.add(Counter.TICKS);
                ProposalOutcome outcome =
                        replica.propose(new ZoneCommand.Tick(), every).join();
                LOG.debug("tick: {}", outcome);
            }
        } catch (RuntimeException e) {
            LOG.error("a fault of this program in a tick; the next one is tried all the same", e);
        }
    }

    /** Takes no more; what is in flight ends with the replica. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        ticker.interrupt();
    }
}
