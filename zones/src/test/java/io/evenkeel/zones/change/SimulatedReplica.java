package io.evenkeel.zones.change;

import io.evenkeel.zones.change.ChangeEvaluator.Evaluation;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.change.Simulation.Planted;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * One replica of the simulation: Raft in its plainest form (elections, log, majority, snapshots, confirmation of leadership
 * before an answer that stands in no log) around a {@link ReplicatedState}, and what the leader does with asked changes.
 * Longer than others, because no part of Raft is simpler to read apart from the rest.
 */
final class SimulatedReplica {
    private static final int ELECTION_MILLIS = 60;
    private static final int HEARTBEAT_MILLIS = 15;
    private static final int TICK_MILLIS = 150;
    private static final byte[] NOTHING = {};

    /** What replicas tell each other. */
    sealed interface Message {
        long term();

        record AskVote(long term, int from, long lastIndex, long lastTerm) implements Message {}

        record Vote(long term, int from) implements Message {}

        record Append(
                long term, int from, long round, long previous, long previousTerm, List<Entry> entries, long commit)
                implements Message {}

        record Install(long term, int from, long round, long index, long indexTerm, byte[] snapshot)
                implements Message {}

        /** @param match the highest index known to be the leader's; negative: try again after its amount */
        record Reply(long term, int from, long round, long match) implements Message {}
    }

    record Entry(long term, byte[] command) {}

    /** @param answer takes null for what was never proposed, or has an unknown end */
    private record Waiting(Request request, Consumer<@Nullable ChangeOutcome> answer) {}

    private record InFlight(long index, List<Waiting> waiting) {}

    private record Unconfirmed(long round, Runnable answer) {}

    private final Simulation world;
    final int number;

    // What a crash leaves.
    private long term;
    private int votedFor = -1;
    private final List<Entry> log = new ArrayList<>();
    private long snapshotIndex;
    private long snapshotTerm;
    private byte[] snapshot = NOTHING;

    // What it does not.
    boolean up = true;
    private boolean leads;
    private final Set<Integer> votes = new HashSet<>();
    private long electionAt;
    private long heartbeatAt;
    private long tickAt;
    private long commit;
    private long applied;
    private ReplicatedState state = ReplicatedState.empty();
    private long readyAt;
    private long round;
    private final long[] next;
    private final long[] match;
    private final long[] confirmed;
    private final Map<Name, Deque<Waiting>> queues = new HashMap<>();
    private final Map<Name, InFlight> inFlight = new HashMap<>();
    private final List<Unconfirmed> unconfirmed = new ArrayList<>();

    SimulatedReplica(Simulation world, int number, int replicas) {
        this.world = world;
        this.number = number;
        next = new long[replicas];
        match = new long[replicas];
        confirmed = new long[replicas];
        electionAt = world.soon(ELECTION_MILLIS);
    }

    boolean leads() {
        return up && leads;
    }

    ReplicatedState state() {
        return state;
    }

    long applied() {
        return applied;
    }

    void crash() {
        stepDown();
        up = false;
    }

    void restart() {
        up = true;
        state = snapshot.length == 0 ? ReplicatedState.empty() : read(snapshot);
        applied = snapshotIndex;
        commit = snapshotIndex;
        electionAt = world.soon(ELECTION_MILLIS);
        world.history().restored(this);
    }

    private static ReplicatedState read(byte[] bytes) {
        try {
            return ReplicatedState.readSnapshot(new ByteArrayInputStream(bytes));
        } catch (IOException bad) {
            throw new UncheckedIOException(bad);
        }
    }

    /** Writes a snapshot and forgets the log before it. */
    void takeSnapshot() {
        if (applied == snapshotIndex) {
            return;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            state.writeSnapshot(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        long newTerm = termAt(applied);
        log.subList(0, (int) (applied - snapshotIndex)).clear();
        snapshotIndex = applied;
        snapshotTerm = newTerm;
        snapshot = out.toByteArray();
    }

    /** Time has passed. */
    void tick() {
        if (leads) {
            if (world.now() >= tickAt && !world.quiet()) {
                tickAt = world.now() + TICK_MILLIS;
                append(CommandCodec.encode(new ZoneCommand.Tick(state.note())));
            }
            if (world.now() >= heartbeatAt) {
                broadcast();
            }
        } else if (world.now() >= electionAt) {
            term++;
            votedFor = number;
            votes.clear();
            votes.add(number);
            electionAt = world.soon(ELECTION_MILLIS);
            world.toOthers(number, new Message.AskVote(term, number, lastIndex(), termAt(lastIndex())));
            winIfMajority();
        }
    }

    void receive(Message message) {
        if (message.term() > term) {
            term = message.term();
            votedFor = -1;
            stepDown();
        }
        switch (message) {
            case Message.AskVote ask -> askVote(ask);
            case Message.Vote vote -> {
                if (vote.term == term && !leads) {
                    votes.add(vote.from);
                    winIfMajority();
                }
            }
            case Message.Append append -> append(append);
            case Message.Install install -> install(install);
            case Message.Reply reply -> reply(reply);
        }
    }

    private void askVote(Message.AskVote ask) {
        boolean upToDate = ask.lastTerm > termAt(lastIndex())
                || (ask.lastTerm == termAt(lastIndex()) && ask.lastIndex >= lastIndex());
        if (ask.term == term && (votedFor == -1 || votedFor == ask.from) && upToDate) {
            votedFor = ask.from;
            electionAt = world.soon(ELECTION_MILLIS);
            world.send(number, ask.from, new Message.Vote(term, number));
        }
    }

    private void winIfMajority() {
        if (votes.size() * 2 <= next.length) {
            return;
        }
        votes.clear();
        leads = true;
        round++;
        Arrays.fill(next, lastIndex() + 1);
        Arrays.fill(match, 0);
        Arrays.fill(confirmed, 0);
        readyAt = lastIndex() + 1;
        tickAt = world.now() + TICK_MILLIS;
        append(NOTHING);
    }

    private void stepDown() {
        leads = false;
        votes.clear();
        unconfirmed.clear();
        inFlight.values().forEach(each -> each.waiting.forEach(one -> one.answer.accept(null)));
        inFlight.clear();
        queues.values().forEach(each -> each.forEach(one -> one.answer.accept(null)));
        queues.clear();
    }

    private void append(Message.Append message) {
        if (message.term < term) {
            world.send(number, message.from, new Message.Reply(term, number, 0, 0));
            return;
        }
        stepDown();
        electionAt = world.soon(ELECTION_MILLIS);
        if (message.previous > lastIndex()
                || (message.previous > snapshotIndex && termAt(message.previous) != message.previousTerm)) {
            long tryFrom = Math.min(lastIndex(), message.previous - 1);
            world.send(
                    number,
                    message.from,
                    new Message.Reply(term, number, message.round, -Math.max(tryFrom, commit) - 1));
            return;
        }
        long index = message.previous;
        for (Entry entry : message.entries) {
            index++;
            if (index <= snapshotIndex || (index <= lastIndex() && termAt(index) == entry.term)) {
                continue;
            }
            if (index <= commit) {
                throw new AssertionError("entry " + index + " is committed and would be replaced");
            }
            log.subList((int) (index - snapshotIndex - 1), log.size()).clear();
            log.add(entry);
        }
        commit = Math.max(commit, Math.min(message.commit, index));
        applyCommitted();
        world.send(number, message.from, new Message.Reply(term, number, message.round, index));
    }

    private void install(Message.Install message) {
        if (message.term < term) {
            return;
        }
        stepDown();
        electionAt = world.soon(ELECTION_MILLIS);
        if (message.index > commit) {
            boolean keepsTail = message.index <= lastIndex() && termAt(message.index) == message.indexTerm;
            log.subList(0, keepsTail ? (int) (message.index - snapshotIndex) : log.size())
                    .clear();
            snapshot = message.snapshot;
            snapshotIndex = message.index;
            snapshotTerm = message.indexTerm;
            state = read(snapshot);
            applied = snapshotIndex;
            commit = snapshotIndex;
            world.history().restored(this);
        }
        world.send(number, message.from, new Message.Reply(term, number, message.round, message.index));
    }

    private void reply(Message.Reply reply) {
        if (!leads || reply.term != term) {
            return;
        }
        confirmed[reply.from] = Math.max(confirmed[reply.from], reply.round);
        if (reply.match < 0) {
            next[reply.from] = Math.min(next[reply.from], -reply.match);
        } else {
            match[reply.from] = Math.max(match[reply.from], reply.match);
            next[reply.from] = match[reply.from] + 1;
        }
        long majority = majority(match, lastIndex());
        if (majority > commit && termAt(majority) == term) {
            commit = majority;
            applyCommitted();
        }
        long current = majority(confirmed, round);
        List<Unconfirmed> sure =
                unconfirmed.stream().filter(each -> each.round <= current).toList();
        unconfirmed.removeAll(sure);
        sure.forEach(each -> each.answer.run());
        if (next[reply.from] <= lastIndex()) {
            sendTo(reply.from);
        }
    }

    private long majority(long[] values, long own) {
        long[] sorted = values.clone();
        sorted[number] = own;
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) / 2];
    }

    private void broadcast() {
        heartbeatAt = world.now() + HEARTBEAT_MILLIS;
        round++;
        for (int other = 0; other < next.length; other++) {
            if (other != number) {
                sendTo(other);
            }
        }
    }

    private void sendTo(int other) {
        if (next[other] <= snapshotIndex) {
            world.send(number, other, new Message.Install(term, number, round, snapshotIndex, snapshotTerm, snapshot));
            return;
        }
        long previous = next[other] - 1;
        List<Entry> entries = List.copyOf(log.subList((int) (previous - snapshotIndex), log.size()));
        world.send(number, other, new Message.Append(term, number, round, previous, termAt(previous), entries, commit));
    }

    private void append(byte[] command) {
        log.add(new Entry(term, command));
        broadcast();
        long majority = majority(match, lastIndex());
        if (majority > commit && termAt(majority) == term) {
            commit = majority;
            applyCommitted();
        }
    }

    private void applyCommitted() {
        while (applied < commit) {
            long index = applied + 1;
            byte[] bytes = log.get((int) (index - snapshotIndex - 1)).command;
            if (bytes.length == 0) {
                applied = index;
                continue;
            }
            ZoneCommand command;
            try {
                command = CommandCodec.decode(bytes);
            } catch (CodecException bad) {
                throw new UncheckedIOException(bad);
            }
            ReplicatedState before = state;
            ReplicatedState.Transition transition = world.apply(before, index, command);
            state = transition.next();
            applied = index;
            world.history().applied(this, before, index, command, transition.result());
            finish(index, transition.result());
        }
        List.copyOf(queues.keySet()).forEach(this::pump);
    }

    private void finish(long index, CommandResult result) {
        for (Map.Entry<Name, InFlight> each : List.copyOf(inFlight.entrySet())) {
            if (each.getValue().index == index) {
                inFlight.remove(each.getKey());
                for (Waiting waiting : each.getValue().waiting.reversed()) {
                    ChangeOutcome outcome = ChangeEvaluator.outcome(index, result);
                    if (outcome == null) {
                        queues.computeIfAbsent(each.getKey(), apex -> new ArrayDeque<>())
                                .addFirst(waiting);
                    } else {
                        waiting.answer.accept(outcome);
                    }
                }
            }
        }
    }

    /** A change is asked of this node, which answers null unless it was judged. */
    void submit(Request request, Consumer<@Nullable ChangeOutcome> answer) {
        boolean ready = applied >= readyAt || world.planted() == Planted.EVALUATES_BEFORE_IT_IS_READY;
        if (!leads || !ready) {
            answer.accept(null);
            return;
        }
        Name apex = request.change().apex();
        queues.computeIfAbsent(apex, name -> new ArrayDeque<>()).add(new Waiting(request, answer));
        pump(apex);
    }

    /** One entry of a zone in flight; meanwhile the next batch forms. */
    private void pump(Name apex) {
        Deque<Waiting> queue = queues.getOrDefault(apex, new ArrayDeque<>());
        while (leads && !queue.isEmpty() && !inFlight.containsKey(apex)) {
            List<Request> batch = queue.stream().map(Waiting::request).toList();
            Evaluation evaluation = ChangeEvaluator.evaluate(state, apex, batch, 0, Judgement::of);
            List<Waiting> undecided = new ArrayList<>();
            for (ChangeOutcome outcome : evaluation.outcomes()) {
                Waiting waiting = queue.remove();
                if (outcome == null) {
                    undecided.add(waiting);
                } else {
                    whenConfirmed(() -> waiting.answer.accept(outcome));
                }
            }
            if (evaluation.command() != null) {
                inFlight.put(apex, new InFlight(lastIndex() + 1, undecided));
                append(CommandCodec.encode(evaluation.command()));
            }
        }
    }

    /** A leader that is none any more does not know it yet: what it says from its own state alone may be outdated. */
    private void whenConfirmed(Runnable answer) {
        if (world.planted() == Planted.ANSWERS_WITHOUT_CONFIRMATION) {
            answer.run();
            return;
        }
        unconfirmed.add(new Unconfirmed(round + 1, answer));
        broadcast();
    }

    private long lastIndex() {
        return snapshotIndex + log.size();
    }

    private long termAt(long index) {
        return index == snapshotIndex ? snapshotTerm : log.get((int) (index - snapshotIndex - 1)).term;
    }
}
