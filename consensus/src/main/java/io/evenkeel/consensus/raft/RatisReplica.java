package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Findings;
import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Repair;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.Scrub;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.PlantedFault;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A replica on Apache Ratis, over gRPC. What it does when its server breaks is up to the {@link Supervisor}. */
public final class RatisReplica implements Replica {
    private static final Logger LOG = LoggerFactory.getLogger(RatisReplica.class);
    private static final QuietLog NOT_NOTED = new QuietLog(LOG);

    private final @Nullable ClusterKeys keys;
    private final StateRoot root;
    private final Supervisor supervisor;
    private final SnapshotScheduler snapshots;
    private final Scrub scrub;
    private final Integrity integrity;
    private final Healing healing;
    private final Daemons daemons;
    private volatile List<Member> lastMembers = List.of();
    private volatile boolean caughtUp;
    private volatile boolean caughtUpNoted;
    private volatile @Nullable Daemon confirming;

    private RatisReplica(
            ReplicaConfig config,
            StateRoot root,
            Supervisor supervisor,
            Integrity integrity,
            boolean hasZones,
            Daemons daemons) {
        this.keys = config.keys();
        this.root = root;
        this.supervisor = supervisor;
        this.integrity = integrity;
        this.daemons = daemons;
        this.snapshots = new SnapshotScheduler(config, supervisor::instance, daemons);
        this.scrub = new Scrub(root, integrity.findings(), daemons);
        this.healing = new Healing(config, root, supervisor, snapshots, integrity);
        this.caughtUpNoted = NodeIdentity.hasCaughtUp(config.raftDirectory());
        this.caughtUp = hasZones;
    }

    /**
     * Starts, without waiting for a leader; but founding waits until the group of one works. A node that has zones starts
     * whatever is wrong with its disk, its log or its port: it publishes the best that it can prove, takes no part, has the
     * reason as its fault, and takes part once the cause is gone. With damaged votes or a damaged log it waits for
     * {@link #rejoin}, also if nothing proves its zones any more: then it publishes none, and {@link #wasCaughtUp} is false.
     *
     * @param root where to publish; one per process
     * @param daemons of this process
     * @throws DataDirectoryException if the data directory must not be used
     * @throws BindException if there are no zones, and the address is taken or not of this machine
     * @throws IOException if there are no zones, and it could not be started
     */
    public static RatisReplica start(ReplicaConfig config, StateRoot root, Daemons daemons) throws IOException {
        return start(config, root, daemons, PlantedFault::apply, step -> {});
    }

    static RatisReplica start(
            ReplicaConfig config,
            StateRoot root,
            Daemons daemons,
            ZoneStateMachine.Application application,
            SnapshotDirectory.Steps steps)
            throws IOException {
        RatisProcess.prepare();
        Integrity integrity = new Integrity(config.raftDirectory(), root, new Findings());
        Supplier<ZoneStateMachine> machines =
                () -> new ZoneStateMachine(root, config.keys(), application, steps, integrity);
        root.recovered(Long.MAX_VALUE);
        Supervisor supervisor = new Supervisor(config, root, machines, daemons);
        boolean held = false;
        if (config.start() == ReplicaConfig.StartMode.JOIN) {
            held = publishHeld(config, root);
        }
        try {
            RaftInstance first = supervisor.first();
            if (config.start() == ReplicaConfig.StartMode.FOUND) {
                completeFounding(config, supervisor, first);
            }
        } catch (IOException e) {
            if (mustEnd(config, e)) {
                throw e;
            }
            held = held || publishHeld(config, root);
            if (!held && !supervisor.damaged()) {
                throw e;
            }
        }
        supervisor.start();
        boolean hasZones = held || (!supervisor.damaged() && NodeIdentity.hasCaughtUp(config.raftDirectory()));
        RatisReplica replica = new RatisReplica(config, root, supervisor, integrity, hasZones, daemons);
        replica.snapshots.start();
        replica.scrub.start();
        return replica;
    }

    /** Whatever zones there are, they are not to be shown. */
    private static boolean mustEnd(ReplicaConfig config, IOException e) {
        return config.start() == ReplicaConfig.StartMode.FOUND
                || (e instanceof DataDirectoryException refused
                        && switch (refused.kind()) {
                            case OTHER_CLUSTER, OTHER_NODE, NEWER_FORMAT, OLDER_FORMAT, NOT_EMPTY -> true;
                            case UNREADABLE, AMNESIA, NO_SPACE -> false;
                        });
    }

    private static boolean publishHeld(ReplicaConfig config, StateRoot root) throws DataDirectoryException {
        Optional<Published> held = HeldZones.in(config.directory(), config.clusterId());
        held.ifPresent(zones -> {
            root.partial();
            root.publish(zones);
            LOG.info(
                    "{} zones as of entry {} are held ready from {}",
                    zones.state().catalog().size(),
                    zones.index(),
                    config.directory());
        });
        return held.isPresent();
    }

    /** Nothing may be proposed, and nobody added, before it is on disk that the group exists. */
    private static void completeFounding(ReplicaConfig config, Supervisor supervisor, RaftInstance first)
            throws IOException {
        try {
            first.machine().led().get(RaftLimits.FOUNDING_DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
            supervisor.become(NodeIdentity.find(config.directory()).identity().member());
            FoundingState.used(config.directory());
        } catch (IOException | ExecutionException | TimeoutException e) {
            closeAfter(first, e);
            throw new IOException("The cluster could not be founded: " + e, e);
        } catch (InterruptedException e) {
            closeAfter(first, e);
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the cluster was being founded", e);
        }
    }

    private static void closeAfter(RaftInstance first, Exception because) {
        try {
            if (!first.close(RaftLimits.CLOSE_DEADLINE)) {
                because.addSuppressed(new IOException("and the server could not be closed"));
            }
        } catch (InterruptedException e) {
            because.addSuppressed(e);
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Scrub scrub() {
        return scrub;
    }

    @Override
    public List<String> endedThreads() {
        RaftInstance present = supervisor.instance();
        return present == null ? List.of() : present.endedThreads();
    }

    /** The running server, null while there is none. */
    @Nullable
    RaftInstance instance() {
        return supervisor.instance();
    }

    @Override
    public StateRoot root() {
        return root;
    }

    @Override
    public ReplicaStatus status() {
        RaftInstance instance = supervisor.instance();
        Published published = root.get();
        if (instance == null) {
            return new ReplicaStatus(
                    ReplicaStatus.Role.NONE,
                    published.term(),
                    null,
                    false,
                    published.index(),
                    published.index(),
                    -1,
                    lastMembers,
                    supervisor.rebuilds(),
                    integrity.findings().faultedEntries(),
                    integrity.findings().divergedAt(),
                    refusedConnections(),
                    supervisor.fault(),
                    supervisor.damaged(),
                    integrity.doubt());
        }
        RaftServer.Division division = instance.division();
        DivisionInfo info = division.getInfo();
        List<Member> members = instance.members();
        if (!members.isEmpty()) {
            lastMembers = members;
        }
        ReplicaStatus.Role role = role(instance);
        return new ReplicaStatus(
                role,
                info.getCurrentTerm(),
                role == ReplicaStatus.Role.NONE ? null : instance.leaderName(),
                role == ReplicaStatus.Role.LEADER && leaderReady(info),
                Math.max(division.getRaftLog().getLastCommittedIndex(), published.index()),
                published.index(),
                role == ReplicaStatus.Role.NONE ? -1 : instance.leaderCommitIndex(),
                lastMembers,
                supervisor.rebuilds(),
                integrity.findings().faultedEntries(),
                integrity.findings().divergedAt(),
                refusedConnections(),
                supervisor.fault(),
                false,
                integrity.doubt());
    }

    /** Strangers end at the handshake; whoever speaks no Raft behind it, or where there is none, ends in gRPC. */
    private long refusedConnections() {
        return GrpcLog.refusedConnections()
                + (keys == null ? 0 : keys.raftPort().count());
    }

    private static ReplicaStatus.Role role(RaftInstance instance) {
        DivisionInfo info = instance.division().getInfo();
        if (!info.isAlive() || !instance.inGroup()) {
            return ReplicaStatus.Role.NONE;
        }
        return switch (info.getCurrentRole()) {
            case LEADER -> ReplicaStatus.Role.LEADER;
            case FOLLOWER, LISTENER -> ReplicaStatus.Role.FOLLOWER;
            case CANDIDATE -> ReplicaStatus.Role.CANDIDATE;
            case UNRECOGNIZED -> ReplicaStatus.Role.NONE;
        };
    }

    /**
     * Ready as Ratis says it, which is after it has applied the first entry of its term; and all that is published here. One in
     * doubt makes no changes, but ticks go on, and members come and go.
     */
    private boolean leaderReady(DivisionInfo info) {
        // First: entries go on being applied meanwhile.
        long appliedByRatis = info.getLastAppliedIndex();
        Published here = root.isDoubted() ? root.applied() : root.get();
        return info.isLeaderReady() && here.index() >= appliedByRatis;
    }

    @Override
    public CompletableFuture<ProposalOutcome> propose(ZoneCommand command, Duration deadline) {
        byte[] bytes = CommandCodec.encode(command);
        if (bytes.length > RaftLimits.MAX_COMMAND_BYTES) {
            return CompletableFuture.completedFuture(
                    new ProposalOutcome.TooLarge(bytes.length, RaftLimits.MAX_COMMAND_BYTES));
        }
        RaftInstance instance = supervisor.instance();
        return instance == null
                ? CompletableFuture.completedFuture(new ProposalOutcome.NotLeader(null))
                : instance.propose(bytes, deadline);
    }

    @Override
    public boolean confirmCaughtUp(Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        for (; ; ) {
            RaftInstance instance = supervisor.instance();
            Duration rest = Duration.ofNanos(end - System.nanoTime());
            if (instance != null && instance.inGroup() && instance.read(shorter(rest, RaftLimits.READ_ATTEMPT))) {
                noteCaughtUp();
                return true;
            }
            rest = Duration.ofNanos(end - System.nanoTime());
            if (rest.isNegative() || rest.isZero()) {
                return false;
            }
            Thread.sleep(shorter(rest, RaftLimits.READ_RETRY));
        }
    }

    @Override
    public boolean wasCaughtUp() {
        return caughtUp;
    }

    /** Beside the log, so that it goes when that goes. */
    private synchronized void noteCaughtUp() {
        if (caughtUpNoted) {
            return;
        }
        try {
            Path raft = supervisor.config().raftDirectory();
            NodeIdentity.noteCaughtUp(raft);
            caughtUp = true;
            caughtUpNoted = true;
            DurableFile.deleteTree(raft.resolveSibling(NodeIdentity.DAMAGED_DIRECTORY));
        } catch (IOException e) {
            NOT_NOTED.warn("Could not note that this node has caught up; tried again the next time it is asked: " + e);
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    @Override
    public Optional<LeaderView> leaderView() {
        RaftInstance instance = supervisor.instance();
        return instance == null ? Optional.empty() : instance.leaderView();
    }

    @Override
    public void transferLeadership(Member to, Duration deadline) throws IOException, InterruptedException {
        running().transfer(to, deadline);
    }

    @Override
    public void retire(String why) throws IOException, InterruptedException {
        supervisor.retire(why);
    }

    @Override
    public void rejoin(NodeIdentity next, Member self) throws IOException, InterruptedException {
        caughtUpNoted = false;
        root.partial(); // before its fault ends
        supervisor.rejoin(next, self);
        stopConfirming();
        Daemon thread = daemons.virtual("confirm-caught-up", Daemon.OnFault.RESTART, this::awaitCaughtUp);
        confirming = thread;
        thread.start();
    }

    /**
     * Whoever has been open for long asks no more whether this disk holds all; but before that is noted the zones of the next
     * incarnation do not count as any after a restart, and what the damaged one has left does.
     */
    private void awaitCaughtUp() throws InterruptedException {
        while (!caughtUpNoted) {
            confirmCaughtUp(RaftLimits.READ_ATTEMPT);
            if (!caughtUpNoted) {
                Thread.sleep(supervisor.config().tuning().supervision());
            }
        }
    }

    private void stopConfirming() throws InterruptedException {
        Daemon thread = confirming;
        if (thread != null && !thread.stop(RaftLimits.READ_ATTEMPT)) {
            LOG.error("This node still asks whether it has caught up; the thread is left to the end of the process");
        }
    }

    private RaftInstance running() throws IOException {
        RaftInstance instance = supervisor.instance();
        if (instance == null) {
            throw new IOException("No Raft server runs here at present: " + supervisor.fault());
        }
        return instance;
    }

    @Override
    public void changeMembers(List<Member> members, Duration deadline) throws IOException, InterruptedException {
        RaftInstance instance = running();
        if (changed(instance.members(), members).size() > 1) {
            throw new IOException("Members are added and removed one by one; present: " + instance.members()
                    + ", asked for: " + members);
        }
        Member self = supervisor.config().self();
        // This node's own addresses as they are configured: those of a node by itself were never anybody else's
        // business.
        List<Member> next = members.stream()
                .map(member -> member.peerId().equals(self.peerId()) ? self : member)
                .toList();
        instance.setMembers(next, deadline);
    }

    private static Set<Member> changed(List<Member> present, List<Member> next) {
        Set<Member> changed = new HashSet<>(present);
        next.stream().filter(member -> !changed.remove(member)).toList().forEach(changed::add);
        return changed;
    }

    @Override
    public SnapshotStatus snapshotStatus() {
        return snapshots.status();
    }

    @Override
    public void dropOldSnapshots() throws IOException {
        snapshots.keepLatestOnly(supervisor);
    }

    @Override
    public CompletableFuture<SnapshotStatus> takeSnapshot() {
        return snapshots.request();
    }

    @Override
    public CompletableFuture<SnapshotStatus> shortenLog() {
        return snapshots.requestToShorten();
    }

    @Override
    public Repair repair() {
        return healing;
    }

    @Override
    public void close() {
        try {
            stopConfirming();
            supervisor.stop();
            snapshots.stop();
            scrub.stop();
            RaftInstance instance = supervisor.instance();
            if (instance != null) {
                instance.handOver(RaftLimits.HAND_OVER_DEADLINE);
            }
            supervisor.closeInstance();
        } catch (InterruptedException e) {
            LOG.warn("Interrupted while closing {}", supervisor.config().self().peerId());
            Thread.currentThread().interrupt();
        }
    }
}
