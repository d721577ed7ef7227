package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.SnapshotSource;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.cluster.HealingFacts.OneMember;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps looking whether the members hold the same, and carries out what {@link HealingRules} says for this one. One thread.
 * After each healing, whatever came of it, the next one waits twice as long, until none was needed for an hour: a state that
 * goes wrong again and again costs neither disk nor network.
 */
final class Healer {
    private static final Logger LOG = LoggerFactory.getLogger(Healer.class);
    private static final Journal JOURNAL = new Journal(LOG);
    private static final QuietLog NOT_NOTED = new QuietLog(LOG);
    private static final QuietLog STILL = new QuietLog(LOG, 1, Duration.ofMinutes(1));

    private final String self;
    private final Supplier<LookAnswer> look;
    private final Others others;
    private final Function<String, SnapshotSource> snapshots;
    private final ControlCounters counters;
    private final Time time;

    private Duration wait = ClusterLimits.HEAL_WAIT_FIRST;
    private long lastNanos;
    private boolean waited = true;

    /** The other members, asked how they see themselves. */
    interface Others {
        Map<String, Outcome<LookAnswer>> look(List<String> names) throws InterruptedException;
    }

    /**
     * @param look how this node sees itself
     * @param snapshots those of the member of that name
     */
    Healer(
            String self,
            Supplier<LookAnswer> look,
            Others others,
            Function<String, SnapshotSource> snapshots,
            ControlCounters counters,
            Time time) {
        this.self = self;
        this.look = look;
        this.others = others;
        this.snapshots = snapshots;
        this.counters = counters;
        this.time = time;
        this.lastNanos = time.nanos();
    }

    /** One look at all members, and what follows from it. */
    void round(Replica replica) throws InterruptedException {
        ReplicaStatus status = replica.status();
        Doubt doubt = status.doubt();
        if (doubt != null) {
            STILL.warn(() -> "The zones of this node may be wrong: " + doubt.why());
        }
        if (status.members().size() < 2) {
            ofOne(replica, status);
            return;
        }
        LookAnswer own = look.get();
        Map<String, Outcome<LookAnswer>> views = others.look(status.members().stream()
                .map(Member::name)
                .filter(name -> !name.equals(self))
                .toList());
        String lost = LostEntries.proof(
                views.values().stream()
                        .flatMap(view -> view instanceof Outcome.Done<LookAnswer>(LookAnswer heard)
                                ? Stream.of(heard)
                                : Stream.empty())
                        .toList(),
                own,
                replica);
        if (!lost.isEmpty()) {
            replica.repair().forsake(lost);
            return;
        }
        HealingFacts facts = facts(replica, status, own, views);
        switch (HealingRules.next(facts)) {
            case HealingStep.Rest _ -> {}
            case HealingStep.Stop stop ->
                replica.repair().doubt(new Doubt(Doubt.Kind.CONFLICT, status.appliedIndex(), stop.why()));
            case HealingStep.Settle _ -> settle(replica, "most members, the leader among them, hold the same");
            case HealingStep.HandOver over -> handOver(replica, status, over.to());
            case HealingStep.Heal heal -> heal(replica, status, heal.from());
        }
    }

    /** Whoever is alone differs from nobody; but what is damaged in its memory stays so until it reads its disk again. */
    private static void ofOne(Replica replica, ReplicaStatus status) {
        Doubt doubt = status.doubt();
        if (doubt != null && doubt.kind() != Doubt.Kind.DAMAGED && status.leaderReady()) {
            settle(replica, "there is no other member any more from which it could differ");
        }
    }

    private HealingFacts facts(
            Replica replica, ReplicaStatus status, LookAnswer own, Map<String, Outcome<LookAnswer>> views) {
        Map<String, LookAnswer> heard = new HashMap<>();
        for (Member member : status.members()) {
            LookAnswer view = member.name().equals(self)
                    ? own
                    : views.get(member.name()) instanceof Outcome.Done<LookAnswer>(LookAnswer its) ? its : null;
            // A node by that name may belong to another cluster: what it holds says nothing about this one.
            if (view != null
                    && view.incarnation() == member.incarnation()
                    && Objects.equals(view.clusterId(), own.clusterId())) {
                heard.put(member.name(), view);
            }
        }
        List<OneMember> members = status.members().stream()
                .map(member -> {
                    LookAnswer its = heard.get(member.name());
                    return new OneMember(
                            member.name(), its == null ? null : its.evidence(), its == null ? null : its.doubt());
                })
                .toList();
        // What the others have told is compared with a log that is no older than that.
        ReplicaStatus now = replica.status();
        boolean known = now.term() == status.term() && (now.leaderReady() || now.role() == ReplicaStatus.Role.FOLLOWER);
        return new HealingFacts(self, now.leader(), members, known ? foreign(replica, now, heard) : "");
    }

    private String foreign(Replica replica, ReplicaStatus now, Map<String, LookAnswer> heard) {
        LookAnswer leader = now.leader() == null ? null : heard.get(now.leader());
        Evidence leaders = leader == null ? null : leader.evidence();
        for (LookAnswer its : heard.values()) {
            if (!its.node().equals(self)) {
                String foreign = foreign(replica, its, leaders == null ? -1 : leaders.lastIndex());
                if (!foreign.isEmpty()) {
                    return foreign;
                }
            }
        }
        return "";
    }

    /**
     * Why the log of a member cannot be the one of the leader; empty if it can.
     *
     * @param leadersLast index of the leader's log, as it has told; that of this member may be behind
     */
    private static String foreign(Replica replica, LookAnswer view, long leadersLast) {
        Evidence its = view.evidence();
        if (its == null
                || its.committedTerm() < 0
                || Math.max(view.term(), its.committedTerm()) > replica.status().term()) {
            return "";
        }
        Evidence own = replica.repair().evidence();
        if (own.committedTerm() < 0) {
            return ""; // its own log is closed, or holds nothing but a snapshot
        }
        long last = Math.max(own.lastIndex(), leadersLast);
        boolean beyond = its.committedIndex() > last;
        long term = beyond ? -1 : replica.repair().termOf(its.committedIndex());
        if (!beyond && (term < 0 || term == its.committedTerm())) {
            return "";
        }
        return "changes have stopped: " + view.node() + " holds entry " + its.committedIndex() + " of term "
                + its.committedTerm() + " as committed, and the leader has "
                + (beyond ? "no entry after " + last : "that of term " + term + " there")
                + ": most members were put back to an older copy of their data. If what they hold now is right, stop "
                + view.node() + ", delete its data folder and start it: it joins anew. If " + view.node()
                + " has what must not be lost, stop all others, and make a new cluster of it with"
                + " `evenkeel cluster recover`";
    }

    private static void settle(Replica replica, String why) {
        try {
            replica.repair().settle();
            JOURNAL.warn(Kind.ZONES, "The zones of this node are right: " + why, "doubted", false);
        } catch (IOException e) {
            NOT_NOTED.error(
                    "The doubt about the zones of this node has ended, and that could not be noted; tried again", e);
        }
    }

    private void handOver(Replica replica, ReplicaStatus status, String to) throws InterruptedException {
        if (!isTime()) {
            return;
        }
        Member next = status.members().stream()
                .filter(member -> member.name().equals(to))
                .findFirst()
                .orElseThrow();
        JOURNAL.error(
                Kind.ZONES,
                "The zones of this leader are wrong, and it knows that: it hands over to " + to,
                "doubted",
                true,
                "to",
                to);
        replica.repair()
                .doubt(new Doubt(
                        Doubt.Kind.DIVERGED,
                        status.appliedIndex(),
                        "this leader holds other zones than the other members"));
        try {
            replica.transferLeadership(next, ClusterLimits.MANAGE);
        } catch (IOException e) {
            LOG.warn("{} did not take over: {}", to, e.getMessage());
            attempted();
        }
    }

    private void heal(Replica replica, ReplicaStatus status, String from) throws InterruptedException {
        replica.repair()
                .doubt(new Doubt(
                        Doubt.Kind.DIVERGED, status.appliedIndex(), "this node holds other zones than most members"));
        if (!isTime()) {
            return;
        }
        JOURNAL.warn(
                Kind.ZONES,
                "The zones of this node are wrong: it takes over those of " + from,
                "doubted",
                true,
                "from",
                from);
        try {
            replica.repair().heal(snapshots.apply(from));
            counters.add(Counter.HEALINGS_DONE);
            JOURNAL.info(Kind.ZONES, "This node has the zones of " + from + " now", "doubted", false, "from", from);
        } catch (IOException e) {
            counters.add(Counter.HEALINGS_FAILED);
            LOG.error("The zones of {} could not be taken over; next attempt in {} s", from, wait.toSeconds(), e);
        }
        attempted();
    }

    private boolean isTime() {
        Duration since = Duration.ofNanos(time.nanos() - lastNanos);
        if (since.compareTo(ClusterLimits.HEAL_QUIET) > 0) {
            wait = ClusterLimits.HEAL_WAIT_FIRST;
        }
        return waited || since.compareTo(wait) >= 0;
    }

    private void attempted() {
        if (!waited) {
            Duration twice = wait.multipliedBy(2);
            wait = twice.compareTo(ClusterLimits.HEAL_WAIT_LAST) < 0 ? twice : ClusterLimits.HEAL_WAIT_LAST;
        }
        waited = false;
        lastNanos = time.nanos();
    }
}
