package io.evenkeel.server.peer;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/*
 * A request is asked until a leader has answered it. An attempt that leaves open whether it was done casts its doubt on all
 * that follow: "not done" then only means that this leader did not do it this time, and is asked again. Done and refused by
 * judgement stay definite, since a leader judges from a state in which an earlier success stands. A node leaves a leader
 * that keeps silent as soon as it hears of another one.
 */

/** Brings a request that only a leader can answer to the leader, on any node. Any thread, best a virtual one. */
public final class LeaderCall {
    private final String node;
    private final Supplier<@Nullable Replica> replica;
    private final PeerClient peers;
    private final Time time;

    /**
     * @param node the name of this one
     * @param replica of this node; null before it belongs to a cluster
     */
    public LeaderCall(String node, Supplier<@Nullable Replica> replica, PeerClient peers) {
        this.node = node;
        this.replica = replica;
        this.peers = peers;
        this.time = peers.time();
    }

    /** What is asked. */
    public interface Asked<A> {
        /** On this node, which leads. */
        Outcome<A> here(Duration remaining) throws InterruptedException;

        /** Of the leader; a request that does the same however often it arrives. */
        Request<A> request(Duration remaining);
    }

    /**
     * How long is asked.
     *
     * @param deadline for the outcome
     * @param withoutLeader a request that no leader may have done yet is given up after so long without any leader
     * @param whileNotDone whether a leader that did not do it is asked again; else that is the outcome
     * @param whileUnderway for the outcome, where leaders say that they are at it: each time they do, the deadline begins anew,
     *     but never goes beyond this
     */
    public record Patience(Duration deadline, Duration withoutLeader, boolean whileNotDone, Duration whileUnderway) {
        /** Whatever leaders say. */
        public Patience(Duration deadline, Duration withoutLeader, boolean whileNotDone) {
            this(deadline, withoutLeader, whileNotDone, deadline);
        }
    }

    /** Returns within the deadline, which is the later one while it is underway, and a moment; never {@link Outcome.NotLeader}. */
    public <A> Outcome<A> ask(Asked<A> asked, Patience patience) throws InterruptedException {
        return new Call<>(asked, patience).run();
    }

    private final class Call<A> {
        private final Asked<A> asked;
        private final Patience patience;
        private final long beganNanos = time.nanos();
        private long deadlineNanos;
        private long leaderSeenNanos = time.nanos();
        private long backoffNanos;
        /** Whom the last attempt named as the leader. */
        private @Nullable String hint;
        /** Whom the last attempt asked. */
        private @Nullable String tried;

        /** Why it is not known whether an attempt has done it; null while none may have. */
        private @Nullable String lost;

        /** What came of the last attempt. */
        private String why = "no leader is known";

        Call(Asked<A> asked, Patience patience) {
            this.asked = asked;
            this.patience = patience;
            this.deadlineNanos = beganNanos + patience.deadline().toNanos();
        }

        Outcome<A> run() throws InterruptedException {
            while (true) {
                Outcome<A> outcome = attempt();
                if (outcome != null && isFinal(outcome)) {
                    return outcome;
                }
                long now = time.nanos();
                backoffNanos = Math.clamp(
                        backoffNanos * 2, PeerLimits.BACKOFF_FIRST.toNanos(), PeerLimits.BACKOFF_LAST.toNanos());
                if (now + backoffNanos - deadlineNanos >= 0) {
                    return lost == null ? new Outcome.NotDone<>(why) : new Outcome.Unknown<>(all(lost));
                }
                if (lost == null
                        && now - leaderSeenNanos >= patience.withoutLeader().toNanos()) {
                    return new Outcome.NotDone<>(why);
                }
                pause();
            }
        }

        private String all(String doubt) {
            return why.equals(doubt) ? doubt : why + "; " + doubt;
        }

        /** What a node that was taken for the leader has said; null if there was none to ask. */
        private @Nullable Outcome<A> attempt() throws InterruptedException {
            Replica present = replica.get();
            if (present == null) {
                why = "this node does not belong to a cluster yet";
                return null;
            }
            ReplicaStatus status = present.status();
            String leader = hint != null ? hint : status.leader();
            hint = null;
            if (status.role() == ReplicaStatus.Role.LEADER) {
                tried = node;
                return asked.here(remaining());
            }
            tried = leader;
            if (leader == null || leader.equals(node)) {
                String fault = status.fault();
                why = fault == null
                        ? "no leader is known: the cluster has no majority, or is electing"
                        : "this node does not take part in the cluster at present: " + fault;
                return null;
            }
            try {
                return awaitWhileLeading(peers.send(leader, asked.request(remaining())), present, leader);
            } catch (PeerUnreachableException e) {
                why = "the leader cannot be reached: " + e.getMessage();
                return null;
            }
        }

        private boolean isFinal(Outcome<A> outcome) {
            if (!(outcome instanceof Outcome.NotLeader<A>)) {
                leaderSeenNanos = time.nanos();
            }
            return switch (outcome) {
                case Outcome.Done<A> _ -> true;
                case Outcome.Refused<A> refused -> {
                    why = refused.why();
                    // A node that has a fault, or cannot read the question, has not looked what an earlier one did.
                    yield lost == null || refused.reason() != Reason.FAULT;
                }
                case Outcome.NotDone<A> not -> {
                    why = not.why();
                    yield lost == null && !patience.whileNotDone();
                }
                case Outcome.NotLeader<A> other -> {
                    why = tried + " does not lead (yet)";
                    hint = other.leader() == null || other.leader().equals(tried) ? null : other.leader();
                    yield false;
                }
                case Outcome.Unknown<A> unknown -> {
                    why = unknown.why();
                    lost = why;
                    if (unknown.underway()) {
                        beginDeadlineAnew();
                    }
                    yield false;
                }
            };
        }

        private void beginDeadlineAnew() {
            long next = time.nanos() + patience.deadline().toNanos();
            long last = beganNanos + patience.whileUnderway().toNanos();
            deadlineNanos = next - last < 0 ? next : last;
            backoffNanos = 0;
        }

        /** Backs off, but not for longer than it takes to hear of another leader: an election is wait enough. */
        private void pause() throws InterruptedException {
            long end = time.nanos() + backoffNanos;
            while (time.nanos() - end < 0) {
                time.sleep(PeerLimits.BACKOFF_FIRST);
                Replica present = replica.get();
                String leader = present == null ? null : present.status().leader();
                if (leader != null && !leader.equals(tried)) {
                    backoffNanos = 0;
                    return;
                }
            }
        }

        /** A stopped leader keeps its connections: a node that only waited for it would miss the election of another. */
        private Outcome<A> awaitWhileLeading(CompletableFuture<Outcome<A>> future, Replica present, String leader)
                throws InterruptedException {
            long sentNanos = time.nanos();
            try {
                while (true) {
                    Duration left = remaining();
                    try {
                        return time.await(
                                future, left.compareTo(PeerLimits.LEADER_CHECK) < 0 ? left : PeerLimits.LEADER_CHECK);
                    } catch (TimeoutException _) {
                        String now = present.status().leader();
                        if (now != null && !now.equals(leader)) {
                            return new Outcome.Unknown<>(now + " leads now, " + leader + " did not answer");
                        }
                        if (time.nanos() - deadlineNanos >= 0) {
                            peers.doubt(leader, sentNanos);
                            return new Outcome.Unknown<>(leader + " did not answer in time");
                        }
                    }
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException("a request's future never fails", e);
            } finally {
                future.cancel(false);
            }
        }

        private Duration remaining() {
            return Duration.ofNanos(Math.max(1, deadlineNanos - time.nanos()));
        }
    }
}
