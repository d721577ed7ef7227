package io.evenkeel.server.change;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerLimits;
import io.evenkeel.server.peer.PeerMessage;
import io.evenkeel.server.peer.PeerUnreachableException;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeCodec;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.ChangeOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a change to the leader, whoever that is, and back its outcome; on any node, any thread, best a virtual one. What
 * may have been proposed is asked again under its request id, which the replicated state knows, until the deadline.
 */
public final class ChangeService {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeService.class);

    private final String node;
    private final StateRoot root;
    private final PeerClient peers;
    private final ControlCounters counters;
    private final Semaphore submissions = new Semaphore(ChangeLimits.SUBMISSIONS);
    private volatile @Nullable Local local;

    /** This node's part once it belongs to a cluster. */
    private record Local(Replica replica, ZoneWriter writer) {}

    /** Takes nothing before it is opened. */
    public ChangeService(String node, StateRoot root, PeerClient peers, ControlCounters counters) {
        this.node = node;
        this.root = root;
        this.peers = peers;
        this.counters = counters;
    }

    /** From now on this node takes part. */
    public void open(Replica replica, ZoneWriter writer) {
        local = new Local(replica, writer);
    }

    /**
     * Has a change made. Returns within the deadline and a few seconds at most.
     *
     * @param principal who asks, for the audit line of the leader
     * @param deadline for the outcome
     * @return an accepted one is served by this node, unless this node lags far behind: compare the index
     */
    public ChangeOutcome submit(RequestId id, String principal, Change change, Duration deadline)
            throws InterruptedException {
        if (!submissions.tryAcquire()) {
            return counted(new ChangeOutcome.NotProposed(
                    "overloaded: " + ChangeLimits.SUBMISSIONS + " changes are in work on this node"));
        }
        try {
            return counted(new Submission(id, principal, change, deadline).run());
        } finally {
            submissions.release();
        }
    }

    private ChangeOutcome counted(ChangeOutcome outcome) {
        counters.add(
                switch (outcome) {
                    case ChangeOutcome.Accepted _ -> Counter.CHANGES_ACCEPTED;
                    case ChangeOutcome.Refused _ -> Counter.CHANGES_REFUSED;
                    case ChangeOutcome.NotProposed _ -> Counter.CHANGES_NOT_PROPOSED;
                    case ChangeOutcome.Unknown _ -> Counter.CHANGES_UNKNOWN;
                });
        return outcome;
    }

    /** What another node has forwarded to this one, which it takes for the leader. */
    public PeerMessage.Answer forwarded(PeerMessage.Submit request) throws InterruptedException {
        Local present = local;
        if (present == null) {
            return new PeerMessage.NotLeader(null);
        }
        Change change;
        try {
            change = ChangeCodec.decodeChange(request.change());
        } catch (CodecException e) {
            return new PeerMessage.Refused("the leader cannot read this change: " + e.getMessage());
        }
        Duration remaining =
                Duration.ofMillis(Math.clamp(request.remainingMillis(), 1, ChangeLimits.PROPOSAL.toMillis()));
        LOG.debug("change {} of {} for {}", request.id(), request.principal(), change.apex());
        Written written =
                await(present.writer().submit(request.id(), change, request.change().length, remaining), remaining);
        return switch (written) {
            case Written.Done done -> new PeerMessage.Outcome(ChangeCodec.encode(done.outcome()));
            case Written.NotLeader other -> new PeerMessage.NotLeader(other.leader());
        };
    }

    private static Written await(CompletableFuture<Written> future, Duration deadline) throws InterruptedException {
        try {
            return future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            return new Written.Done(
                    new ChangeOutcome.Unknown("no outcome within " + deadline.toMillis() + " ms on the leader"));
        } catch (ExecutionException e) {
            throw new IllegalStateException("a writer's future never fails", e);
        }
    }

    /** One change on its way. */
    private final class Submission {
        private final RequestId id;
        private final String principal;
        private final Change change;
        private final byte[] encoded;
        private final long deadlineNanos;
        private long leaderSeenNanos = System.nanoTime();
        private long backoffNanos;
        private @Nullable String hint;
        private @Nullable String asked;
        private boolean mayBeProposed;
        private String why = "no leader is known";

        Submission(RequestId id, String principal, Change change, Duration deadline) {
            this.id = id;
            this.principal = principal;
            this.change = change;
            this.encoded = ChangeCodec.encode(change);
            this.deadlineNanos = System.nanoTime() + deadline.toNanos();
        }

        ChangeOutcome run() throws InterruptedException {
            if (encoded.length > PeerLimits.PEER_FRAME_BYTES - 4096) {
                return new ChangeOutcome.Refused(
                        ChangeOutcome.Reason.TOO_LARGE,
                        List.of("a change of " + encoded.length + " octets; make several changes of it"));
            }
            while (true) {
                ChangeOutcome outcome = once();
                if (outcome != null) {
                    return outcome;
                }
                long now = System.nanoTime();
                backoffNanos = Math.clamp(
                        backoffNanos * 2, PeerLimits.BACKOFF_FIRST.toNanos(), PeerLimits.BACKOFF_LAST.toNanos());
                if (now + backoffNanos - deadlineNanos >= 0) {
                    return mayBeProposed ? new ChangeOutcome.Unknown(why) : new ChangeOutcome.NotProposed(why);
                }
                if (!mayBeProposed && now - leaderSeenNanos >= ChangeLimits.NO_LEADER.toNanos()) {
                    return new ChangeOutcome.NotProposed(why);
                }
                pause();
            }
        }

        /** Backs off, but not for longer than it takes to hear of another leader: an election is wait enough. */
        private void pause() throws InterruptedException {
            long end = System.nanoTime() + backoffNanos;
            while (System.nanoTime() - end < 0) {
                Thread.sleep(PeerLimits.BACKOFF_FIRST);
                Local present = local;
                String leader =
                        present == null ? null : present.replica().status().leader();
                if (leader != null && !leader.equals(asked)) {
                    backoffNanos = 0;
                    return;
                }
            }
        }

        /** One attempt; null: ask again. */
        private @Nullable ChangeOutcome once() throws InterruptedException {
            Local present = local;
            if (present == null) {
                why = "this node does not belong to a cluster yet";
                return null;
            }
            ReplicaStatus status = present.replica().status();
            String leader = hint != null ? hint : status.leader();
            hint = null;
            asked = status.role() == ReplicaStatus.Role.LEADER ? node : leader;
            if (status.role() == ReplicaStatus.Role.LEADER) {
                Duration remaining = remaining();
                return judge(node, await(present.writer().submit(id, change, encoded.length, remaining), remaining));
            }
            if (leader == null || leader.equals(node)) {
                String fault = status.fault();
                why = fault == null
                        ? "no leader is known: the cluster has no majority, or is electing"
                        : "this node does not take part in the cluster at present: " + fault;
                return null;
            }
            return forward(present.replica(), leader);
        }

        private Duration remaining() {
            return Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
        }

        private @Nullable ChangeOutcome forward(Replica replica, String leader) throws InterruptedException {
            counters.add(Counter.CHANGES_FORWARDED);
            CompletableFuture<PeerMessage.Answer> future;
            try {
                future = peers.send(leader, new PeerMessage.Submit(remaining().toMillis(), id, principal, encoded));
            } catch (PeerUnreachableException e) {
                why = "the leader cannot be reached: " + e.getMessage();
                return null;
            }
            PeerMessage.Answer answer = awaitWhileLeading(future, replica, leader);
            return switch (answer) {
                case PeerMessage.Outcome outcome -> judge(leader, new Written.Done(decode(outcome)));
                case PeerMessage.NotLeader other -> judge(leader, new Written.NotLeader(other.leader()));
                case PeerMessage.Refused refused ->
                    // Cannot even read it, so it cannot tell what an earlier leader has made of it.
                    mayBeProposed
                            ? judge(leader, new Written.Done(new ChangeOutcome.Unknown(refused.why())))
                            : new ChangeOutcome.Refused(ChangeOutcome.Reason.FAULT, List.of(refused.why()));
                case PeerMessage.Busy busy ->
                    judge(leader, new Written.Done(new ChangeOutcome.NotProposed(busy.why())));
                case PeerMessage.Failed failed ->
                    judge(leader, new Written.Done(new ChangeOutcome.Unknown(failed.why())));
                case PeerMessage.HelloAnswer _,
                        PeerMessage.GateAnswer _,
                        PeerMessage.LookAnswer _,
                        PeerMessage.Done _ ->
                    throw new IllegalStateException(leader + " answered a change with " + answer);
            };
        }

        private ChangeOutcome decode(PeerMessage.Outcome outcome) {
            try {
                return ChangeCodec.decodeOutcome(outcome.outcome());
            } catch (CodecException e) {
                return new ChangeOutcome.Unknown("the leader's answer cannot be read: " + e.getMessage());
            }
        }

        /** A stopped leader keeps its connections: who only waited for it would miss the election of another. */
        private PeerMessage.Answer awaitWhileLeading(
                CompletableFuture<PeerMessage.Answer> future, Replica replica, String leader)
                throws InterruptedException {
            long sent = System.nanoTime();
            try {
                while (true) {
                    long nanos = Math.min(remaining().toNanos(), ChangeLimits.LEADER_CHECK.toNanos());
                    try {
                        return future.get(nanos, TimeUnit.NANOSECONDS);
                    } catch (TimeoutException _) {
                        String now = replica.status().leader();
                        if (now != null && !now.equals(leader)) {
                            return new PeerMessage.Failed(now + " leads now, " + leader + " did not answer");
                        }
                        if (System.nanoTime() - deadlineNanos >= 0) {
                            peers.doubt(leader, sent);
                            return new PeerMessage.Failed(leader + " did not answer in time");
                        }
                    }
                }
            } catch (ExecutionException e) {
                return new PeerMessage.Failed(String.valueOf(e.getMessage()));
            } finally {
                future.cancel(false);
            }
        }

        private @Nullable ChangeOutcome judge(String leader, Written written) throws InterruptedException {
            switch (written) {
                case Written.NotLeader other -> {
                    why = leader + " does not lead" + (mayBeProposed ? "; " + why : " (yet)");
                    hint = leader.equals(other.leader()) ? null : other.leader();
                    return null;
                }
                case Written.Done done -> {
                    leaderSeenNanos = System.nanoTime();
                    return decided(done.outcome());
                }
            }
        }

        private @Nullable ChangeOutcome decided(ChangeOutcome outcome) throws InterruptedException {
            switch (outcome) {
                case ChangeOutcome.Accepted accepted -> {
                    awaitHere(accepted.index());
                    return accepted;
                }
                case ChangeOutcome.Refused refused -> {
                    return refused;
                }
                case ChangeOutcome.NotProposed notProposed -> {
                    if (!mayBeProposed) {
                        return notProposed;
                    }
                    why = notProposed.why();
                    return null;
                }
                case ChangeOutcome.Unknown unknown -> {
                    mayBeProposed = true;
                    why = unknown.why();
                    return null;
                }
            }
        }

        private void awaitHere(long index) throws InterruptedException {
            Duration left = remaining();
            Duration bound = left.compareTo(ChangeLimits.LOCAL_APPLY) < 0 ? left : ChangeLimits.LOCAL_APPLY;
            if (!root.await(index, bound)) {
                LOG.info(
                        "change {} is committed at {}, this node is at {} still",
                        id,
                        index,
                        root.get().index());
            }
        }
    }
}
