package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.raft.ZoneStateMachine.Proposal;
import io.evenkeel.consensus.trust.ClusterKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.segmented.LogPurge;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One Raft server with its one division, from being built to being closed. A broken one is closed and another built. */
final class RaftInstance {
    private static final Logger LOG = LoggerFactory.getLogger(RaftInstance.class);
    private static final Message PING = Message.valueOf(ByteString.copyFromUtf8("caught up?"));

    private final RaftGroupId groupId;
    private final RaftPeerId selfId;
    private final @Nullable ClusterKeys keys;
    private final ZoneStateMachine machine;
    private final RaftServer server;
    private final RaftServer.Division division;
    private final RaftThreads threads;
    private final RaftLoops loops;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong nextCall = new AtomicLong();

    private RaftInstance(
            ReplicaConfig config, ZoneStateMachine machine, RaftServer server, RaftThreads threads, RaftLoops loops)
            throws IOException {
        this.groupId = RaftGroupId.valueOf(config.clusterId());
        this.selfId = RaftPeerId.valueOf(config.self().peerId());
        this.keys = config.keys();
        this.machine = machine;
        this.server = server;
        this.division = server.getDivision(groupId);
        this.threads = threads;
        this.loops = loops;
    }

    /**
     * Builds and starts.
     *
     * @param found whether the group is to consist of this node; otherwise no members are named, also for existing storage:
     *     if Ratis cannot read its configuration it falls back to those, and a stale list of one would elect itself
     */
    static RaftInstance start(ReplicaConfig config, ZoneStateMachine machine, boolean found) throws IOException {
        RaftGroupId groupId = RaftGroupId.valueOf(config.clusterId());
        RaftGroup group = found ? RaftGroup.valueOf(groupId, peer(config.self())) : RaftGroup.valueOf(groupId);
        boolean exists =
                Files.exists(config.raftDirectory().resolve(config.clusterId().toString()));
        RaftThreads threads = new RaftThreads(config.self().peerId());
        RaftLoops loops = new RaftLoops();
        RaftServer server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(config.self().peerId()))
                .setThreadGroup(threads)
                .setGroup(group)
                .setProperties(RatisSettings.properties(config))
                .setParameters(RatisSettings.parameters(config, loops))
                .setStateMachine(machine)
                .setOption(exists ? RaftStorage.StartupOption.RECOVER : RaftStorage.StartupOption.FORMAT)
                .build();
        Connections.dial(server, peer -> config.whereabouts().raft(member(peer)));
        try {
            server.start();
            return new RaftInstance(config, machine, server, threads, loops);
        } catch (IOException | RuntimeException e) {
            closeQuietly(server, e);
            throw new IOException("Raft could not be started on " + config.bind() + ": " + rootMessage(e), e);
        }
    }

    /** Has members that are reached elsewhere by now connected to anew. One that is heard stays connected where it is. */
    void followMoved() {
        List<String> heard = leaderView().stream()
                .flatMap(view -> view.followers().stream())
                .filter(follower -> follower.sinceHeard().compareTo(RaftLimits.HEARD) < 0)
                .map(LeaderView.Follower::peerId)
                .toList();
        for (RaftPeer peer : division.getRaftConf().getAllPeers()) {
            if (!heard.contains(peer.getId().toString())) {
                Connections.follow(server, peer.getId());
            }
        }
    }

    private static void closeQuietly(RaftServer server, Exception because) {
        try {
            server.close();
        } catch (IOException | RuntimeException e) {
            because.addSuppressed(e);
        }
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            root = cause;
        }
        return String.valueOf(root.getMessage());
    }

    RaftServer.Division division() {
        return division;
    }

    ZoneStateMachine machine() {
        return machine;
    }

    /** Why it does not take part any more although nobody closed it; null if it does. */
    @Nullable
    String broken() {
        Throwable logFailure = machine.logFailure();
        if (logFailure != null) {
            return "the Raft log cannot be written: " + rootMessage(logFailure);
        }
        // The division's life cycle: the server's goes on saying RUNNING.
        return switch (division.getInfo().getLifeCycleState()) {
            case CLOSING, CLOSED, EXCEPTION ->
                machine.failedIndex() < 0
                        ? "the Raft division has closed itself"
                        : "entry " + machine.failedIndex() + " cannot be applied: " + machine.failure();
            case NEW, STARTING, RUNNING, PAUSING, PAUSED ->
                division.getRaftLog().isOpened()
                        ? threads.broken(division.getMemberId().toString())
                        : "the Raft log has closed itself";
        };
    }

    /** See {@link Replica#endedThreads}. */
    List<String> endedThreads() {
        return loops.ended();
    }

    /** Whether it takes part in a group: a node that nobody has added yet stays silent. */
    boolean inGroup() {
        return division.getRaftConf().getPeer(selfId) != null;
    }

    /** The last entry of its log, committed or not, or of its snapshot; -1: none. */
    long lastIndex() {
        return division.getRaftLog().getNextIndex() - 1;
    }

    /** The term of that entry; -1 if it is in the log no more, or not yet. */
    long termOf(long index) {
        TermIndex entry = index < 0 ? null : division.getRaftLog().getTermIndex(index);
        return entry == null ? -1 : entry.getTerm();
    }

    /** Completes without an exception, unless there is a fault of ours; see {@link Replica#propose}. */
    CompletableFuture<ProposalOutcome> propose(byte[] command, Duration deadline) {
        Proposal proposal = new Proposal(keys == null ? command : keys.seal(command));
        CompletableFuture<RaftClientReply> reply;
        try {
            reply = server.submitClientRequestAsync(request(proposal, RaftClientRequest.writeRequestType()));
        } catch (IOException | RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        return reply.handle((r, e) -> Outcomes.of(r, e, proposal.mayBeInLog(), this::leaderName))
                .completeOnTimeout(
                        new ProposalOutcome.Unknown("not committed within " + deadline.toMillis() + " ms"),
                        Math.max(0, deadline.toNanos()),
                        TimeUnit.NANOSECONDS)
                // Whatever the caller hangs on to it would otherwise run on the thread that applies.
                .thenApplyAsync(outcome -> outcome, Thread::startVirtualThread);
    }

    /**
     * One linearizable read against this node; false if it failed or took longer. Ratis lets a leader that is alone in its
     * group read before it has committed an entry of its term, and so before it knows its last entries to be committed.
     */
    boolean read(Duration deadline) throws InterruptedException {
        try {
            return server.submitClientRequestAsync(request(PING, RaftClientRequest.readRequestType()))
                            .get(Math.max(0, deadline.toNanos()), TimeUnit.NANOSECONDS)
                            .isSuccess()
                    && (!division.getInfo().isLeader() || division.getInfo().isLeaderReady());
        } catch (IOException | RuntimeException | ExecutionException | TimeoutException e) {
            return false;
        }
    }

    private RaftClientRequest request(Message message, RaftClientRequest.Type type) {
        return RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(selfId)
                .setGroupId(groupId)
                .setCallId(nextCall.incrementAndGet())
                .setMessage(message)
                .setType(type)
                .build();
    }

    /**
     * Has Ratis take over the snapshot that lies ready, and purge its log. Blocks.
     *
     * @throws IOException if it does not
     */
    void takeSnapshot(Duration deadline) throws IOException, InterruptedException {
        await(
                server.snapshotManagementAsync(SnapshotManagementRequest.newCreate(
                        clientId, selfId, groupId, nextCall.incrementAndGet(), deadline.toMillis(), 1)),
                deadline);
    }

    /**
     * Deletes the files of the log up to the end of one of them, all of which the latest snapshot has. Blocks until they are gone.
     *
     * @throws IOException if they could not be deleted in time
     */
    void purge(long upTo, Duration deadline) throws IOException, InterruptedException {
        try {
            LogPurge.upTo(division.getRaftLog(), upTo).get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IOException("the log could not be shortened: " + rootMessage(e), e);
        } catch (TimeoutException e) {
            throw new IOException("the log could not be shortened within " + deadline.toSeconds() + " s", e);
        }
    }

    /** Changes the members if they are still what this node believes. */
    void setMembers(List<Member> members, Duration deadline) throws IOException, InterruptedException {
        List<RaftPeer> next = members.stream().map(RaftInstance::peer).toList();
        SetConfigurationRequest.Arguments arguments = SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(next)
                .setServersInCurrentConf(List.copyOf(division.getRaftConf().getAllPeers()))
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .build();
        await(
                server.setConfigurationAsync(
                        new SetConfigurationRequest(clientId, selfId, groupId, nextCall.incrementAndGet(), arguments)),
                deadline);
    }

    /** What is known of the others; empty unless it leads and is ready. */
    Optional<LeaderView> leaderView() {
        DivisionInfo info = division.getInfo();
        if (!info.isLeader() || !info.isLeaderReady()) {
            return Optional.empty();
        }
        RaftConfiguration configuration = division.getRaftConf();
        boolean settled = configuration.getPreviousPeers().isEmpty()
                && configuration.getLogEntryIndex() <= division.getRaftLog().getLastCommittedIndex();
        List<ServerRpcProto> heard = info.getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
        // In the same order as those, unless a member came or went in between.
        long[] matches = info.getFollowerMatchIndices();
        boolean matching = matches != null && matches.length == heard.size();
        List<LeaderView.Follower> followers = new ArrayList<>();
        for (int i = 0; i < heard.size(); i++) {
            ServerRpcProto one = heard.get(i);
            followers.add(new LeaderView.Follower(
                    RaftPeerId.valueOf(one.getId().getId()).toString(),
                    matching ? matches[i] : -1,
                    Duration.ofMillis(one.getLastRpcElapsedTimeMs())));
        }
        return Optional.of(new LeaderView(settled, followers));
    }

    /** Hands leadership to that member and waits until it has it. */
    void transfer(Member to, Duration deadline) throws IOException, InterruptedException {
        await(
                server.transferLeadershipAsync(new TransferLeadershipRequest(
                        clientId,
                        selfId,
                        groupId,
                        nextCall.incrementAndGet(),
                        RaftPeerId.valueOf(to.peerId()),
                        deadline.toMillis())),
                deadline.plus(RaftLimits.REPLY_SLACK));
    }

    /** Offers leadership, if it has it, to the member that is furthest; waits until it leads no more. */
    void handOver(Duration deadline) throws InterruptedException {
        Optional<RaftPeerId> next = division.getCommitInfos().stream()
                .filter(info ->
                        !peerId(info).equals(selfId) && division.getRaftConf().getPeer(peerId(info)) != null)
                .max(Comparator.comparingLong(CommitInfoProto::getCommitIndex))
                .map(RaftInstance::peerId);
        if (next.isEmpty() || !division.getInfo().isLeader()) {
            return;
        }
        CompletableFuture<RaftClientReply> reply;
        try {
            reply = server.transferLeadershipAsync(new TransferLeadershipRequest(
                    clientId, selfId, groupId, nextCall.incrementAndGet(), next.get(), deadline.toMillis()));
        } catch (IOException | RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        long end = System.nanoTime() + deadline.toNanos();
        // Whoever stops last of all has nobody to take over, and steps down for want of a majority.
        while (!reply.isDone() && division.getInfo().isLeader() && System.nanoTime() - end < 0) {
            Thread.sleep(RaftLimits.HAND_OVER_POLL);
        }
    }

    private static void await(CompletableFuture<RaftClientReply> future, Duration deadline)
            throws IOException, InterruptedException {
        try {
            RaftClientReply reply = future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            if (!reply.isSuccess()) {
                throw new IOException("Refused: " + reply.getException().getMessage(), reply.getException());
            }
        } catch (ExecutionException e) {
            throw new IOException("Refused: " + rootMessage(e), e);
        } catch (CompletionException e) {
            throw new IOException("Refused: " + rootMessage(e), e);
        } catch (TimeoutException e) {
            throw new IOException("Not done within " + deadline.toMillis() + " ms", e);
        }
    }

    /**
     * Starts closing on a thread of its own and waits; false if it has not come to an end within the deadline. A division
     * that is already closing itself is not waited for by Ratis, but holds its storage until it is closed.
     */
    boolean close(Duration deadline) throws InterruptedException {
        loops.leave();
        long end = System.nanoTime() + deadline.toNanos();
        Thread closer = Thread.ofPlatform().daemon().name("raft-close").start(() -> {
            try {
                server.close();
            } catch (IOException | RuntimeException e) {
                LOG.warn("Closing the Raft server failed", e);
            }
        });
        boolean closed = closer.join(deadline);
        while (closed && division.getInfo().getLifeCycleState() != LifeCycle.State.CLOSED) {
            Thread.sleep(RaftLimits.CLOSE_POLL);
            closed = System.nanoTime() - end < 0;
        }
        return closed;
    }

    /** Name of the leader as this node knows it. */
    @Nullable
    String leaderName() {
        RaftPeerId leader = division.getInfo().getLeaderId();
        return leader == null ? null : memberName(leader.toString());
    }

    /** What the leader last told of its commit index; -1 if unknown. */
    long leaderCommitIndex() {
        RaftPeerId leader = division.getInfo().getLeaderId();
        Collection<CommitInfoProto> infos = division.getCommitInfos();
        return infos.stream()
                .filter(info -> peerId(info).equals(leader))
                .mapToLong(CommitInfoProto::getCommitIndex)
                .findFirst()
                .orElse(-1);
    }

    /** As the Raft configuration has them, in order of name. */
    List<Member> members() {
        List<Member> members = new ArrayList<>();
        for (RaftPeer peer : division.getRaftConf().getCurrentPeers()) {
            members.add(member(peer));
        }
        members.sort(Comparator.comparing(Member::name).thenComparingInt(Member::incarnation));
        return members;
    }

    private static Member member(RaftPeer peer) {
        String id = peer.getId().toString();
        String peerAddress = peer.getAdminAddress();
        return new Member(
                memberName(id),
                Integer.parseInt(id.substring(id.lastIndexOf('-') + 1)),
                peer.getAddress(),
                peerAddress == null ? "" : peerAddress);
    }

    static String memberName(String peerId) {
        return peerId.substring(0, peerId.lastIndexOf('-'));
    }

    private static RaftPeerId peerId(CommitInfoProto info) {
        return RaftPeerId.valueOf(info.getServer().getId());
    }

    private static RaftPeer peer(Member member) {
        return RaftPeer.newBuilder()
                .setId(member.peerId())
                .setAddress(member.raftAddress())
                // Only Ratis' own client would use it, which is never started here; it travels with the group and is
                // kept.
                .setAdminAddress(member.peerAddress())
                .build();
    }
}
