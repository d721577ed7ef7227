package io.evenkeel.server.cluster;

import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/*
 * A member whose zones may be wrong should have no traffic; but a fault of this program can meet all of them at once, and then
 * such answers are better than none. So a member is out only while another one answers that has no such fault, and never two
 * are.
 *
 * For that it asks all others every half second. Each member, the asking one included, says whose turn it is, and keeps its word
 * until that turn is over. Who has the word of a majority may be out until TURN after it asked. Two majorities share a member,
 * so two are never out at once: neither if they ask at the same moment, nor if news is late, nor in a cluster that is cut in
 * two. A turn is over for the one that asked before it is over for those who granted it. A member forgets its word when it is
 * started anew, so it gives none until an old one is over.
 *
 * If several ask at once and nobody gets a majority, those who hear of a lower name rest until what was granted to them is
 * over. Members without such a fault ask nothing.
 */

/**
 * Whether this node leaves the traffic to the others, since its zones may be wrong. One thread begins and settles the rounds; the
 * rest may be called by any.
 */
final class Withdrawal {
    private static final Journal JOURNAL = new Journal(LoggerFactory.getLogger(Withdrawal.class));

    private final String self;
    private final Supplier<Condition> condition;
    private final Time time;
    private final long startedNanos;
    /** Whose turn it is by this member's word; null: it has given none. Guarded by this. */
    private @Nullable Turn turn;

    private volatile @Nullable Long outUntilNanos;
    /** Of the thread of the rounds. */
    private @Nullable Long restUntilNanos;

    private record Turn(String name, long untilNanos) {}

    /** How a node does, its withdrawal aside. */
    enum Condition {
        /** It answers, and nothing is known to be wrong with its zones. */
        SOUND,
        /** It answers, and its zones may be wrong. */
        DOUBTFUL,
        /** It does not answer, or nobody should be sent to it for another reason. */
        AWAY
    }

    /** @param self name of this node */
    Withdrawal(String self, Supplier<Condition> condition, Time time) {
        this.self = self;
        this.condition = condition;
        this.time = time;
        this.startedNanos = time.nanos();
    }

    /** Whether it is out at this moment. */
    boolean isOut() {
        Long until = outUntilNanos;
        return until != null && time.nanos() - until < 0;
    }

    /** Answers another member that wants to be out. */
    Withdraw.Answer answer(Withdraw ask) {
        boolean sound = condition.get() == Condition.SOUND;
        return new Withdraw.Answer(grant(ask.node()), sound);
    }

    /** @return whose turn it is; empty: nobody's */
    private synchronized String grant(String name) {
        long now = time.nanos();
        if (now - startedNanos < ClusterLimits.TURN_KEPT.toNanos()) {
            return "";
        }
        Turn present = turn;
        if (present == null || present.name().equals(name) || now - present.untilNanos() >= 0) {
            turn = new Turn(name, now + ClusterLimits.TURN_KEPT.toNanos());
            return name;
        }
        return present.name();
    }

    private synchronized void takeBackOwn() {
        if (turn != null && turn.name().equals(self)) {
            turn = null;
        }
    }

    /**
     * Begins a round.
     *
     * @return the present, for {@link #settle} once all others have been asked; null if there is nothing to ask
     */
    @Nullable
    Long begin() {
        if (condition.get() != Condition.DOUBTFUL) {
            stay("its zones are no longer in doubt, or it does not answer");
            restUntilNanos = null;
            return null;
        }
        long now = time.nanos();
        Long rest = restUntilNanos;
        if (rest != null && now - rest < 0) {
            return null;
        }
        restUntilNanos = null;
        return now;
    }

    /**
     * Ends a round.
     *
     * @param askedNanos what {@link #begin} has said
     * @param members of the cluster, by name
     * @param heard answers of other nodes, without those that gave none
     */
    void settle(long askedNanos, Set<String> members, Map<String, Withdraw.Answer> heard) {
        Map<String, Withdraw.Answer> answers = new HashMap<>(heard);
        answers.put(self, new Withdraw.Answer(grant(self), false));
        answers.keySet().retainAll(members);
        long agreed = answers.values().stream()
                .filter(answer -> answer.turn().equals(self))
                .count();
        if (agreed <= members.size() / 2) {
            stay("no majority agrees");
            if (answers.values().stream()
                    .anyMatch(
                            answer -> !answer.turn().isEmpty() && answer.turn().compareTo(self) < 0)) {
                restUntilNanos = time.nanos() + ClusterLimits.TURN_KEPT.toNanos();
            }
        } else if (answers.values().stream().noneMatch(Withdraw.Answer::sound)) {
            stay("no other member answers without such a fault");
        } else {
            if (outUntilNanos == null) {
                JOURNAL.warn(
                        Kind.ZONES,
                        "The zones of this node may be wrong: it leaves the questions to the other members (not ready)",
                        "ready",
                        false);
            }
            outUntilNanos = askedNanos + ClusterLimits.TURN.toNanos();
        }
    }

    private void stay(String why) {
        if (outUntilNanos != null) {
            JOURNAL.warn(
                    Kind.ZONES,
                    "This node no longer leaves the questions to the other members (ready again): " + why,
                    "ready",
                    true);
        }
        outUntilNanos = null;
        takeBackOwn();
    }
}
