package io.evenkeel.server.change;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.change.ChangeQueue.Pending;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.ControlCounters.Stage;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.change.ChangeEvaluator.Evaluation;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/*
 * Group commit. A zone with work has a queue and one virtual thread; a zone without has neither. The thread takes what
 * waits, evaluates it against the applied state, proposes one entry and waits for it; meanwhile the next batch forms. So
 * no state is ever evaluated against a state that may not come to be, and a lost leadership leaves nothing to undo: the
 * entry in flight is unknown, all others were never proposed. What cannot share an entry comes back as smaller batches,
 * which the same thread does next. A change that is asked again under its request id is tied to the one that is waiting
 * already; after that the ring in the replicated state answers. Large contents are judged by ContentsJudge while that one
 * thread waits: changes of the zone wait, too, and those who wait are told that it is underway; other zones go on.
 */

/** Turns changes into entries of the log while this node leads, and keeps replicated time. Any thread. */
public final class ZoneWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneWriter.class);
    private static final List<Batch> NOTHING_LEFT = List.of();

    private final Replica replica;
    private final ControlCounters counters;
    private final Daemons daemons;
    private final Time time;
    private final ChangeQueue queue;
    private final Admission admission;
    private final ContentsJudge judge;
    private final Ticker ticker;

    /**
     * Writes to that replica, and makes its ticks, until it is closed.
     *
     * @param crowded why changes that grow find no room on the disks of a majority; empty: they do
     * @param daemons of this node, in whose time it ticks
     * @param time of the deadlines of changes
     */
    public ZoneWriter(Replica replica, Supplier<String> crowded, ControlCounters counters, Daemons daemons, Time time) {
        this(replica, crowded, counters, daemons, time, Judgement::of);
    }

    /** @param judge of staged contents, asked on a thread of its own */
    ZoneWriter(
            Replica replica,
            Supplier<String> crowded,
            ControlCounters counters,
            Daemons daemons,
            Time time,
            Judgement.Judge judge) {
        this.replica = replica;
        this.counters = counters;
        this.daemons = daemons;
        this.time = time;
        this.queue = new ChangeQueue(this::begin);
        this.admission = new Admission(() -> replica.root().applied().state(), crowded);
        this.judge = new ContentsJudge(judge, daemons);
        this.ticker = Ticker.start(daemons, "tick", List.of(new Ticker.Task("tick", ChangeLimits.tick(), this::tick)));
    }

    /**
     * Queues a change.
     *
     * @param deadline after that it is no longer begun; it may be in flight then
     * @return completes when its outcome is known; never fails
     */
    CompletableFuture<Outcome<Accepted>> submit(ChangeEvaluator.Request request, int sizeBytes, Duration deadline) {
        ReplicaStatus status = replica.status();
        Doubt doubt = status.doubt();
        if (status.leaderReady() && doubt != null) {
            return CompletableFuture.completedFuture(new Outcome.NotDone<>(inDoubt(doubt)));
        }
        long now = time.nanos();
        return status.leaderReady()
                ? queue.add(request, sizeBytes, now, now + deadline.toNanos())
                : CompletableFuture.completedFuture(new Outcome.NotLeader<>(status.leader()));
    }

    /** Why the zones of this node may be wrong, so that it acknowledges nothing; null if nothing speaks for that. */
    @Nullable
    Doubt doubt() {
        return replica.status().doubt();
    }

    /** Whether contents of that zone are being judged, so that its changes have their outcomes later than others. */
    boolean isJudging(Name apex) {
        return judge.isAt(apex);
    }

    /** How many changes wait or are in flight. */
    int size() {
        return queue.size();
    }

    /** How many zones have work. */
    int busyZones() {
        return queue.busyZones();
    }

    private void begin(Name apex) {
        // Not of the work itself: after a fault it begins anew, and goes on with what it had taken.
        Deque<Batch> next = new ArrayDeque<>();
        daemons.virtual("zone-changes", "zone-" + apex, Daemon.OnFault.RESTART, () -> drain(apex, next))
                .start();
    }

    private void drain(Name apex, Deque<Batch> next) {
        while (true) {
            Batch batch = next.isEmpty() ? taken(apex) : next.removeFirst();
            if (batch.size() == 0) {
                return;
            }
            try {
                write(batch).reversed().forEach(next::addFirst);
            } catch (RuntimeException | Error e) {
                finish(batch, new Outcome.Unknown<>("a fault of the leader"));
                throw e;
            }
        }
    }

    private Batch taken(Name apex) {
        Batch batch = new Batch(apex, queue.take(apex), 0);
        long now = time.nanos();
        batch.changes().forEach(change -> counters.took(Stage.QUEUE, now - change.sinceNanos()));
        return batch;
    }

    /** One entry, of as many of them as can share it; returns those without an outcome, in the order to go on in. */
    private List<Batch> write(Batch asked) {
        Batch batch = unlessLate(asked);
        if (batch.size() == 0) {
            return NOTHING_LEFT;
        }
        ReplicaStatus status = replica.status();
        if (!status.leaderReady()) {
            return finish(batch, new Outcome.NotLeader<>(status.leader()));
        }
        Doubt doubt = status.doubt();
        if (doubt != null) {
            return finish(batch, new Outcome.NotDone<>(inDoubt(doubt)));
        }
        Admission.Judged judged = admission.judge(batch.changes());
        try {
            if (!judged.turnedDown().isEmpty() && !confirmed()) {
                return finish(batch, new Outcome.NotLeader<>(replica.status().leader()));
            }
            List<Batch> again = turnDown(batch, judged);
            List<Batch> left = new ArrayList<>(writeAdmitted(batch.with(judged.admitted())));
            left.addAll(again);
            return left;
        } finally {
            admission.giveBack(judged.held());
        }
    }

    /** Those without room are turned down, unless the state that is confirmed now has them done already: they are judged again. */
    private List<Batch> turnDown(Batch batch, Admission.Judged judged) {
        List<Pending> again = new ArrayList<>();
        judged.turnedDown().forEach((change, outcome) -> {
            if (replica.root().applied().state().recorded(change.id()) != null) {
                again.add(change);
            } else {
                queue.finish(change, outcome);
            }
        });
        return again.isEmpty() ? NOTHING_LEFT : List.of(batch.with(again));
    }

    private List<Batch> writeAdmitted(Batch batch) {
        if (batch.size() == 0) {
            return NOTHING_LEFT;
        }
        Evaluation evaluation;
        long began = time.nanos();
        Judgement.Judge once = new Once(judge);
        try {
            evaluation = evaluate(batch, once);
            if (wantsConfirmation(evaluation)) {
                if (!confirmed()) {
                    return finish(
                            batch, new Outcome.NotLeader<>(replica.status().leader()));
                }
                evaluation = evaluate(batch, once);
                Doubt meanwhile = replica.status().doubt();
                if (meanwhile != null) {
                    return finish(batch, new Outcome.NotDone<>(inDoubt(meanwhile)));
                }
            }
        } catch (CancellationException stopping) {
            LOG.debug("changes of {} are given back", batch.apex(), stopping);
            return finish(batch, new Outcome.NotDone<>("this node is stopping"));
        } catch (RuntimeException e) {
            LOG.error("a fault of this program while judging changes of {}", batch.apex(), e);
            String fault = "a fault of the leader: " + e.getClass().getSimpleName();
            return turnedDown(batch, new Outcome.Refused<>(Reason.FAULT, List.of(fault)));
        }
        counters.took(Stage.EVALUATE, time.nanos() - began);
        Batch taken = batch.first(evaluation.outcomes().size());
        ZoneCommand command = evaluation.command();
        List<Batch> left = new ArrayList<>(
                command == null
                        ? finish(taken, evaluation, new Outcome.NotDone<>("not judged"))
                        : resolve(taken, evaluation, propose(command)));
        left.addAll(batch.after(taken.size()));
        return left;
    }

    private static String inDoubt(Doubt doubt) {
        return "the leader makes no changes, for its zones may be wrong: " + doubt.why();
    }

    private Batch unlessLate(Batch batch) {
        long now = time.nanos();
        List<Pending> inTime = new ArrayList<>();
        for (Pending change : batch.changes()) {
            if (now - change.deadlineNanos().get() < 0) {
                inTime.add(change);
            } else {
                queue.finish(change, new Outcome.NotDone<>("waited too long on the leader"));
            }
        }
        return new Batch(batch.apex(), inTime, batch.stale());
    }

    private Evaluation evaluate(Batch batch, Judgement.Judge once) {
        return ChangeEvaluator.evaluate(
                replica.root().get().state(),
                batch.apex(),
                batch.changes().stream().map(Pending::request).toList(),
                System.currentTimeMillis(),
                once);
    }

    /** Remembers what it was told, for a second look at the same batch: contents are what they are in any state. */
    private static final class Once implements Judgement.Judge {
        private final Judgement.Judge judge;
        private @Nullable Judgement known;

        Once(Judgement.Judge judge) {
            this.judge = judge;
        }

        @Override
        public @Nullable Judgement of(ReplicatedState state, Name apex, ZoneContents.Staged staged) {
            Judgement found = known == null ? judge.of(state, apex, staged) : known;
            known = found;
            return found;
        }
    }

    /**
     * Whether nothing will be committed that shows that this node still leads. A deposed leader may not know yet what its
     * successor has committed, perhaps this very request: it judges once more, from a state that is not older than the
     * question.
     */
    private static boolean wantsConfirmation(Evaluation evaluation) {
        return evaluation.command() == null
                && !evaluation.outcomes().stream()
                        .allMatch(outcome -> outcome instanceof Accepted accepted && accepted.changed());
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

    private ProposalOutcome propose(ZoneCommand command) {
        counters.add(Counter.COMMANDS_PROPOSED);
        long began = time.nanos();
        ProposalOutcome outcome =
                replica.propose(command, ChangeLimits.PROPOSAL).join();
        counters.took(Stage.COMMIT, time.nanos() - began);
        return outcome;
    }

    /** What was decided beside the command holds only if the command shows that this node leads. */
    private List<Batch> resolve(Batch batch, Evaluation evaluation, ProposalOutcome said) {
        return switch (said) {
            case ProposalOutcome.Committed committed -> committed(batch, evaluation, committed);
            case ProposalOutcome.NotLeader other -> finish(batch, new Outcome.NotLeader<>(other.leader()));
            case ProposalOutcome.TooLarge large -> tooLarge(batch, large);
            case ProposalOutcome.Overloaded _ -> finish(batch, new Outcome.NotDone<>("overloaded: the log is busy"));
            case ProposalOutcome.Unknown unknown -> finish(batch, new Outcome.Unknown<>(unknown.why()));
        };
    }

    private List<Batch> committed(Batch batch, Evaluation evaluation, ProposalOutcome.Committed committed) {
        return switch (ChangeEvaluator.outcome(committed.index(), committed.result())) {
            case null -> stale(batch);
            case Accepted accepted -> finish(batch, evaluation, new Outcome.Done<>(accepted));
            case ChangeOutcome.Refused refused -> turnedDown(batch, outcome(refused));
        };
    }

    private List<Batch> stale(Batch batch) {
        counters.add(Counter.COMMANDS_STALE);
        Batch again = batch.again();
        return again.stale() < ChangeLimits.EVALUATIONS
                ? List.of(again)
                : finish(batch, new Outcome.NotDone<>("other changes got in first, again and again"));
    }

    /** One bad change must not turn down the others that shared its entry. */
    private List<Batch> turnedDown(Batch batch, Outcome<Accepted> ofOne) {
        return batch.size() == 1 ? finish(batch, ofOne) : batch.singles();
    }

    private List<Batch> tooLarge(Batch batch, ProposalOutcome.TooLarge large) {
        String problem = "the change makes an entry of " + large.sizeBytes() + " octets, the limit is "
                + large.limitBytes() + "; make several changes of it";
        return batch.size() == 1
                ? finish(batch, new Outcome.Refused<>(Reason.TOO_LARGE, List.of(problem)))
                : batch.halves();
    }

    private static Outcome<Accepted> outcome(ChangeOutcome judged) {
        return switch (judged) {
            case Accepted accepted -> new Outcome.Done<>(accepted);
            case ChangeOutcome.Refused refused -> new Outcome.Refused<>(refused.reason(), refused.problems());
        };
    }

    /** What was judged stays: it is not in the entry, or was in one before. */
    private List<Batch> finish(Batch batch, Evaluation evaluation, Outcome<Accepted> others) {
        for (int i = 0; i < batch.size(); i++) {
            @Nullable ChangeOutcome judged = evaluation.outcomes().get(i);
            queue.finish(batch.changes().get(i), judged == null ? others : outcome(judged));
        }
        return NOTHING_LEFT;
    }

    private List<Batch> finish(Batch batch, Outcome<Accepted> outcome) {
        batch.changes().forEach(change -> queue.finish(change, outcome));
        return NOTHING_LEFT;
    }

    private void tick() throws InterruptedException {
        if (!replica.status().leaderReady()) {
            return;
        }
        counters.add(Counter.TICKS);
        ZoneCommand tick = new ZoneCommand.Tick(replica.root().applied().state().note());
        try {
            ProposalOutcome outcome = replica.propose(tick, ChangeLimits.TICK).get();
            LOG.debug("tick: {}", outcome);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the future of a proposal never fails", e);
        }
    }

    /** Takes no more; what is in flight ends with the replica. */
    @Override
    public void close() {
        queue.close();
        judge.close();
        ticker.close();
    }
}
