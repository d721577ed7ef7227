package io.evenkeel.server.node;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Tells who leads the cluster, whether anybody can, and who its members are, as this node knows it. {@link #observe} from one thread about every
 * second: what changes and changes back in between is not seen. The rest from any.
 */
public final class ClusterWatch {
    /** An election is over in less: who then still knows no leader reaches no majority. */
    static final Duration LOST_AFTER = Duration.ofSeconds(10);

    private static final Journal JOURNAL = new Journal(LoggerFactory.getLogger(ClusterWatch.class));

    private final Supplier<@Nullable ReplicaStatus> status;
    private final Time time;

    // Of the thread that observes.
    private @Nullable String leader;
    private long leaderNanos;
    private boolean lost;
    private List<String> members = List.of();

    private final AtomicLong leaderChanges = new AtomicLong();

    /** @param status null while there is no replica */
    public ClusterWatch(Supplier<@Nullable ReplicaStatus> status) {
        this(status, Time.SYSTEM);
    }

    ClusterWatch(Supplier<@Nullable ReplicaStatus> status, Time time) {
        this.status = status;
        this.time = time;
        this.leaderNanos = time.nanos();
    }

    /** Leaders seen after the first. */
    public long leaderChanges() {
        return leaderChanges.get();
    }

    /** Looks at the replica. */
    public void observe() {
        ReplicaStatus now = status.get();
        if (now == null) {
            leaderNanos = time.nanos(); // nothing is missed by a node that is in no cluster yet
            return;
        }
        observeMembers(now.members().stream().map(Member::peerId).toList());
        if (now.leader() == null) {
            observeNoLeader();
        } else {
            observeLeader(now.leader(), now.term());
        }
    }

    private void observeLeader(String present, long term) {
        long gapSeconds = gapSeconds();
        leaderNanos = time.nanos();
        String before = leader;
        leader = present;
        if (before != null && !before.equals(present)) {
            leaderChanges.incrementAndGet();
        }
        if (lost) {
            lost = false;
            JOURNAL.info(
                    Kind.MAJORITY,
                    "A majority of the members is there again after " + gapSeconds + " s: " + present
                            + " leads, changes are possible",
                    "reached",
                    true,
                    "seconds",
                    gapSeconds,
                    "leader",
                    present);
        } else if (!present.equals(before)) {
            JOURNAL.info(
                    Kind.LEADER,
                    present + " leads, in term " + term
                            + (before == null
                                    ? ""
                                    : "; " + before + " led before, and nobody for about " + gapSeconds + " s"),
                    "leader",
                    present,
                    "term",
                    term,
                    "before",
                    before == null ? "" : before);
        }
    }

    private void observeNoLeader() {
        if (!lost && time.nanos() - leaderNanos >= LOST_AFTER.toNanos()) {
            lost = true;
            JOURNAL.warn(
                    Kind.MAJORITY,
                    "No majority of the members is reached: nobody has led for " + gapSeconds()
                            + " s, so that no change is possible. Answers go on"
                            + (leader == null ? "" : "; " + leader + " led last"),
                    "reached",
                    false,
                    "leader",
                    leader == null ? "" : leader);
        }
    }

    private void observeMembers(List<String> present) {
        List<String> before = members;
        if (present.isEmpty() || present.equals(before)) {
            return;
        }
        members = present;
        if (before.isEmpty()) {
            return; // those that it has found at its start
        }
        List<String> come =
                present.stream().filter(each -> !before.contains(each)).toList();
        List<String> gone =
                before.stream().filter(each -> !present.contains(each)).toList();
        JOURNAL.info(
                Kind.MEMBERS,
                "Members of the cluster are now " + String.join(", ", present)
                        + (come.isEmpty() ? "" : "; new: " + String.join(", ", come))
                        + (gone.isEmpty() ? "" : "; gone: " + String.join(", ", gone)),
                "members",
                present,
                "new",
                come,
                "gone",
                gone);
    }

    private long gapSeconds() {
        return Duration.ofNanos(time.nanos() - leaderNanos).toSeconds();
    }
}
