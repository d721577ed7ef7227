package io.evenkeel.consensus;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A replica of one node, in memory, without a socket: {@link #propose} applies at once, in the caller's thread. What goes
 * wrong with real ones is switched on by hand: another leader, an outcome that is never told, delay, overload.
 */
public final class InMemoryReplica implements Replica {
    private static final long TERM = 1;

    private final StateRoot root = new StateRoot(ReplicatedState.empty());
    private final String name;
    private final Time time;
    private List<Member> members;
    private final List<ZoneCommand> log = new ArrayList<>();

    private boolean leading = true;
    private @Nullable String otherLeader;
    private boolean quorum = true;
    private boolean overloaded;
    private boolean caughtUpBefore = true;
    private int entriesNotApplied;
    private @Nullable String fault;
    private volatile @Nullable Doubt doubt;
    private int outcomesToLose;
    private boolean lostOnesAreApplied;
    private final Deque<ProposalOutcome> ends = new ArrayDeque<>();
    private @Nullable Error planted;
    private Duration delay = Duration.ZERO;
    private final Findings findings = new Findings();
    private final Scrub scrub = new Scrub(root, findings, new Daemons(_ -> {}));
    private final Set<String> silent = new HashSet<>();
    private @Nullable String retired;
    private @Nullable OnDisk onDisk;

    /** What it would keep on a disk. */
    public interface OnDisk {
        /** As {@link Replica#dropOldSnapshots}. */
        void dropOldSnapshots() throws IOException;

        /** As {@link Replica#shortenLog}. */
        CompletableFuture<SnapshotStatus> shortenLog();
    }

    /** A leader named {@code n1}. */
    public InMemoryReplica() {
        this("n1");
    }

    /** A leader of that name. */
    public InMemoryReplica(String name) {
        this(name, Time.SYSTEM);
    }

    /** The same, whose outcomes are delayed in that time. */
    public InMemoryReplica(String name, Time time) {
        this.name = name;
        this.time = time;
        this.members = List.of(new Member(name, 1, "127.0.0.1:1"));
    }

    /** From now on it leads, or {@code otherLeader} does, or nobody if that is null. */
    public synchronized void leads(boolean leading, @Nullable String otherLeader) {
        this.leading = leading;
        this.otherLeader = leading ? null : otherLeader;
    }

    /** Without a quorum it proposes, and the outcome stays unknown until {@code deadline}; it never catches up. */
    public synchronized void quorum(boolean quorum) {
        this.quorum = quorum;
    }

    /** Its disk holds the beginning of a log only, or had all of it once. */
    public synchronized void caughtUpBefore(boolean before) {
        caughtUpBefore = before;
    }

    /** Whether it refuses to take more. */
    public synchronized void overloaded(boolean overloaded) {
        this.overloaded = overloaded;
    }

    /** The outcome of the next {@code count} proposals is {@link ProposalOutcome.Unknown}. */
    public synchronized void loseOutcomes(int count, boolean applyThem) {
        outcomesToLose = count;
        lostOnesAreApplied = applyThem;
    }

    /** The next proposals, in this order, are not applied and end like that. */
    public synchronized void ends(ProposalOutcome... outcomes) {
        ends.addAll(List.of(outcomes));
    }

    /** The next proposal meets this fault of the program, after those whose end is given. */
    public synchronized void plant(Error fault) {
        planted = fault;
    }

    /** How long each outcome takes to arrive, after it was applied. */
    public synchronized void delay(Duration delay) {
        this.delay = delay;
    }

    /** It has committed entries that it has not applied; {@code why} it never will, null if it only needs time. */
    public synchronized void broken(int entries, @Nullable String why) {
        entriesNotApplied = entries;
        fault = why;
    }

    /** Every command that was applied, in order. */
    public synchronized List<ZoneCommand> log() {
        return List.copyOf(log);
    }

    @Override
    public StateRoot root() {
        return root;
    }

    @Override
    public synchronized ReplicaStatus status() {
        long index = root.get().index();
        return new ReplicaStatus(
                leading ? ReplicaStatus.Role.LEADER : ReplicaStatus.Role.FOLLOWER,
                TERM,
                leading ? name : otherLeader,
                leading,
                index + entriesNotApplied,
                index,
                index + entriesNotApplied,
                members,
                0,
                findings.faultedEntries(),
                findings.divergedAt(),
                0,
                fault,
                false,
                doubt);
    }

    @Override
    public synchronized CompletableFuture<ProposalOutcome> propose(ZoneCommand command, Duration deadline) {
        if (!leading) {
            return CompletableFuture.completedFuture(new ProposalOutcome.NotLeader(otherLeader));
        }
        int size = CommandCodec.encode(command).length;
        if (size > ZoneLimits.MAX_COMMAND_BYTES) {
            return CompletableFuture.completedFuture(new ProposalOutcome.TooLarge(size, ZoneLimits.MAX_COMMAND_BYTES));
        }
        if (overloaded) {
            return CompletableFuture.completedFuture(new ProposalOutcome.Overloaded());
        }
        if (!quorum) {
            return later(new ProposalOutcome.Unknown("no majority"), deadline);
        }
        ProposalOutcome end = ends.poll();
        if (end != null) {
            return later(end, delay);
        }
        Error fault = planted;
        if (fault != null) {
            planted = null;
            throw fault;
        }
        boolean lose = outcomesToLose > 0;
        if (lose) {
            outcomesToLose--;
            if (!lostOnesAreApplied) {
                return later(new ProposalOutcome.Unknown("lost, and not applied"), delay);
            }
        }
        ProposalOutcome outcome = apply(command);
        return later(lose ? new ProposalOutcome.Unknown("lost, but applied") : outcome, delay);
    }

    private ProposalOutcome apply(ZoneCommand command) {
        Published present = root.get();
        long index = present.index() + 1;
        ReplicatedState.Transition transition = present.state().apply(index, command);
        log.add(command);
        root.publish(new Published(TERM, index, transition.next(), System.nanoTime()));
        if (transition.result() instanceof CommandResult.Faulted) {
            findings.faulted();
        }
        if (transition.result() instanceof CommandResult.Diverged diverged) {
            findings.diverged(index, diverged);
        }
        return new ProposalOutcome.Committed(index, transition.result());
    }

    private CompletableFuture<ProposalOutcome> later(ProposalOutcome outcome, Duration after) {
        if (after.isZero()) {
            return CompletableFuture.completedFuture(outcome);
        }
        CompletableFuture<ProposalOutcome> future = new CompletableFuture<>();
        Thread.ofVirtual().name("outcome").start(() -> {
            try {
                time.sleep(after);
                future.complete(outcome);
            } catch (InterruptedException e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    @Override
    public synchronized boolean wasCaughtUp() {
        return caughtUpBefore;
    }

    @Override
    public synchronized boolean confirmCaughtUp(Duration deadline) {
        return quorum;
    }

    @Override
    public synchronized void changeMembers(List<Member> members, Duration deadline) throws IOException {
        if (!leading || !quorum) {
            throw new IOException("not the leader, or without a majority");
        }
        this.members = List.copyOf(members);
    }

    /** From now on that member is not heard; what it is called counts, not its incarnation. */
    public synchronized void silent(String name) {
        silent.add(name);
    }

    /** Why it was retired; null if it was not. */
    public synchronized @Nullable String retired() {
        return retired;
    }

    @Override
    public synchronized Optional<LeaderView> leaderView() {
        if (!leading) {
            return Optional.empty();
        }
        return Optional.of(new LeaderView(
                quorum,
                members.stream()
                        .filter(member -> !member.name().equals(name))
                        .map(member -> new LeaderView.Follower(
                                member.peerId(),
                                root.get().index(),
                                silent.contains(member.name()) ? Duration.ofHours(1) : Duration.ZERO))
                        .toList()));
    }

    @Override
    public synchronized void transferLeadership(Member to, Duration deadline) throws IOException {
        if (!leading || !quorum) {
            throw new IOException("not the leader, or without a majority");
        }
        leads(to.name().equals(name), to.name());
    }

    @Override
    public synchronized void retire(String why) {
        retired = why;
        leads(false, null);
    }

    @Override
    public SnapshotStatus snapshotStatus() {
        return new SnapshotStatus(-1, 0, 0, 0, 0, 0, null);
    }

    @Override
    public CompletableFuture<SnapshotStatus> takeSnapshot() {
        return CompletableFuture.failedFuture(new IOException("nothing is kept on disk"));
    }

    @Override
    public CompletableFuture<SnapshotStatus> shortenLog() {
        OnDisk kept = onDisk;
        return kept == null ? takeSnapshot() : kept.shortenLog();
    }

    @Override
    public void dropOldSnapshots() throws IOException {
        OnDisk kept = onDisk;
        if (kept != null) {
            kept.dropOldSnapshots();
        }
    }

    /** From now on that is what it keeps on its disk; before any other thread knows it. */
    public void keeps(OnDisk kept) {
        onDisk = kept;
    }

    @Override
    public List<String> endedThreads() {
        return List.of();
    }

    /** It is never started. */
    @Override
    public Scrub scrub() {
        return scrub;
    }

    /** What it holds is doubted and settled by hand; it heals from nothing. */
    @Override
    public Repair repair() {
        return repair;
    }

    private final Repair repair = new Repair() {
        @Override
        public Evidence evidence() {
            Published here = root.get();
            return new Evidence(List.of(), here.state().faultCount(), TERM, here.index(), here.index());
        }

        @Override
        public long termOf(long index) {
            return index <= root.get().index() ? TERM : -1;
        }

        @Override
        public SnapshotSource snapshots() {
            throw new UnsupportedOperationException("nothing is kept on disk");
        }

        @Override
        public void heal(SnapshotSource from) throws IOException {
            throw new IOException("nothing is kept on disk");
        }

        @Override
        public void doubt(Doubt found) {
            doubt = found;
            root.doubt(null);
        }

        @Override
        public void settle() {
            doubt = null;
            root.trust();
        }

        @Override
        public void forsake(String why) {
            throw new UnsupportedOperationException("nothing is kept on disk");
        }
    };

    @Override
    public void close() {
        // Nothing runs.
    }

    @Override
    public void rejoin(NodeIdentity next, Member self) throws IOException {
        throw new IOException("this one is never damaged");
    }
}
