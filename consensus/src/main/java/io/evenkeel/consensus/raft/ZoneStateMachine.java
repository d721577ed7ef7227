package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.snapshot.SnapshotDirectory;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Threads: Ratis applies, restores and takes over snapshots on one thread of its own; that thread owns `state`
 * and `history`. `pause` and
 * the notifications come from any thread and touch volatile fields and files only. One state machine per Raft server that is built; what
 * outlives it is the StateRoot, which takes only what is newer.
 *
 * A command is decoded on the leader before it enters the log, so what is in the log can be decoded. An entry that cannot be
 * applied is one of three things:
 *   turned down         Stale, Refused: an ordinary result.
 *   a fault of ours     Faulted: a RuntimeException while applying, the same on every node, since all have the same code and
 *                       state: the state before it stays but for its record of faults, counted and logged without data, and
 *                       the cluster goes on. If it was not the same on every node, the next ticks show it.
 *   not to be survived  an Error, a command of a later version, damaged octets: thrown, so that Ratis closes this division.
 *                       Going on would make this replica differ from those that can apply it. Answers go on; the supervisor
 *                       takes over.
 */

/** Ratis' view of the {@link ReplicatedState}: decodes, applies, publishes, keeps snapshots. Decides nothing. */
final class ZoneStateMachine extends BaseStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneStateMachine.class);
    private static final long NONE = -1;

    /** How a command changes the state; another one only in tests, whose faults go through {@link ReplicatedState#faulted}. */
    interface Application {
        ReplicatedState.Transition apply(ReplicatedState state, long index, ZoneCommand command);
    }

    private static final QuietLog FORGED = new QuietLog(LOG);

    private final StateRoot root;
    private final @Nullable ClusterKeys keys;
    private final Application application;
    private final Integrity integrity;
    private final SnapshotStore snapshots;

    private final TickMarks marks;
    private final Replay replay = new Replay(Runtime.getRuntime().maxMemory());

    private ReplicatedState state = ReplicatedState.empty();
    private Hash256 history = Hash256.ZERO;
    private volatile Published published = new Published(0, 0, state, System.nanoTime());
    private final AtomicLong appliedBytes = new AtomicLong();
    private volatile LifeCycle.State lifeCycle = LifeCycle.State.NEW;
    private volatile @Nullable Throwable logFailure;
    private volatile long failedIndex = NONE;
    private volatile String failure = "";
    private final CompletableFuture<Void> led = new CompletableFuture<>();

    /**
     * @param keys null: any command that gets here may enter the log
     * @param steps where tests may end the world while snapshots are written
     * @param integrity told what speaks for and against this state, over all state machines of the process
     */
    ZoneStateMachine(
            StateRoot root,
            @Nullable ClusterKeys keys,
            Application application,
            SnapshotDirectory.Steps steps,
            Integrity integrity) {
        this.root = root;
        this.keys = keys;
        this.application = application;
        this.snapshots = new SnapshotStore(steps);
        this.integrity = integrity;
        this.marks = new TickMarks(integrity);
    }

    SnapshotStore snapshots() {
        return snapshots;
    }

    /** What this very machine has applied; the {@link StateRoot} may be ahead of it while it replays. */
    Published published() {
        return published;
    }

    /** What it held after the last ticks, the oldest first. */
    List<Evidence.Mark> marks() {
        return marks.all();
    }

    /** Octets of the commands that it has applied. */
    long appliedBytes() {
        return appliedBytes.get();
    }

    /** Why the log can no longer be written, null if it can. Ratis never recovers from that by itself, nor says it. */
    @Nullable
    Throwable logFailure() {
        return logFailure;
    }

    /** The entry that could not be applied and closed the division; -1 if there is none. */
    long failedIndex() {
        return failedIndex;
    }

    /** Why it could not be applied; empty if there is none. */
    String failure() {
        return failure;
    }

    /** Completes when this node has led for the first time, with everything before it applied here. */
    CompletableFuture<Void> led() {
        return led;
    }

    @Override
    public void notifyLeaderReady() {
        led.complete(null);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage) throws IOException {
        super.initialize(server, groupId, storage);
        snapshots.init(storage, groupId.getUuid());
        restore(true);
        lifeCycle = LifeCycle.State.RUNNING;
    }

    @Override
    public LifeCycle.State getLifeCycleState() {
        return lifeCycle;
    }

    /**
     * Ratis is about to put a snapshot from the leader in place, and insists on {@code PAUSED}, whatever was before. It has
     * compared what arrived with what the leader read from its disk, and forced nothing: one that is damaged, or lost in a
     * power failure, would have replaced a good one.
     */
    @Override
    public void pause() {
        try {
            snapshots.verifyArrived();
        } catch (IOException e) {
            // Leaves everything as it is; the leader sends it again.
            throw new UncheckedIOException("The snapshot from the leader is not put in place: " + e.getMessage(), e);
        }
        lifeCycle = LifeCycle.State.PAUSED;
    }

    @Override
    public void reinitialize() throws IOException {
        restore(false);
        lifeCycle = LifeCycle.State.RUNNING;
    }

    private void restore(boolean opening) throws IOException {
        SnapshotDirectory.Restored restored = snapshots.restore(
                opening, List.of(root.applied().state(), root.get().state()));
        if (restored == null) {
            return;
        }
        state = restored.state();
        history = restored.from().manifest().history();
        SnapshotManifest manifest = restored.from().manifest();
        TermIndex at = TermIndex.valueOf(manifest.term(), manifest.index());
        publish(at);
        setLastAppliedTermIndex(at);
    }

    /**
     * Nothing gets into the log that does not fit, cannot be decoded, or was not proposed by a holder of a key of the cluster:
     * Ratis itself lets anybody append whose connection it accepts. The proof ends here; the log holds commands only, so that
     * what is in it can be applied whatever becomes of the keys. Throwing would make the leader step down.
     */
    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        ByteString content = request.getMessage().getContent();
        int size = content.size() - (keys == null ? 0 : ClusterKeys.PROOF_BYTES);
        if (size > RaftLimits.MAX_COMMAND_BYTES) {
            return super.startTransaction(request).setException(new CommandTooLargeException(size));
        }
        byte[] command = keys == null ? content.toByteArray() : keys.open(content.toByteArray());
        if (command == null) {
            FORGED.warn("Turned down a command from client " + request.getClientId()
                    + " that was not proposed with a key of this cluster");
            return super.startTransaction(request).setException(new ForgedCommandException());
        }
        TransactionContext context = TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setLogData(UnsafeByteOperations.unsafeWrap(command))
                .build();
        try {
            return context.setStateMachineContext(CommandCodec.decode(command));
        } catch (CodecException | RuntimeException e) {
            return context.setException(new UndecodableCommandException(e));
        }
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext context) {
        RaftClientRequest request = context.getClientRequest();
        if (request != null && request.getMessage() instanceof Proposal proposal) {
            proposal.appended();
        }
        return context;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext context) {
        LogEntryProto entry = context.getLogEntry();
        TermIndex at = TermIndex.valueOf(entry);
        try {
            ZoneCommand command = command(context, entry);
            ByteString octets = entry.getStateMachineLogEntry().getLogData();
            CommandResult result = apply(at.getIndex(), command);
            history = TickMarks.history(history, at, octets);
            appliedBytes.addAndGet(octets.size());
            publish(at);
            updateLastAppliedTermIndex(at);
            if (command instanceof ZoneCommand.Tick tick) {
                marks.ticked(tick, result, published);
            }
            return CompletableFuture.completedFuture(new ResultMessage(result));
        } catch (RuntimeException | Error e) {
            failure = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            failedIndex = at.getIndex();
            throw e;
        }
    }

    private static ZoneCommand command(TransactionContext context, LogEntryProto entry) {
        if (context.getStateMachineContext() instanceof ZoneCommand decoded) {
            return decoded;
        }
        return decode(entry);
    }

    private static ZoneCommand decode(LogEntryProto entry) {
        try {
            return CommandCodec.decode(
                    entry.getStateMachineLogEntry().getLogData().toByteArray());
        } catch (UnsupportedCommandException e) {
            throw new IllegalStateException(
                    "Entry " + entry.getIndex() + " was written by a later version; this one cannot apply it: "
                            + e.getMessage(),
                    e);
        } catch (CodecException e) {
            throw new IllegalStateException("Entry " + entry.getIndex() + " is damaged on this node", e);
        }
    }

    /** The state after an entry of a log that is not open. */
    static ReplicatedState replayed(ReplicatedState before, LogEntryProto entry) {
        return before.apply(entry.getIndex(), decode(entry)).next();
    }

    private CommandResult apply(long index, ZoneCommand command) {
        Published held = root.applied();
        boolean again = Replay.has(held, index);
        if (again) {
            replay.requireRoom(held, state, command);
        }
        ReplicatedState.Transition transition = application.apply(state, index, command);
        state = again ? replay.shared(held, transition.next(), command, transition.result()) : transition.next();
        switch (transition.result()) {
            case CommandResult.Applied _, CommandResult.Stale _, CommandResult.Refused _ -> {}
            case CommandResult.Diverged diverged -> integrity.findings().diverged(index, diverged);
            case CommandResult.Faulted _ -> integrity.findings().faulted();
        }
        return transition.result();
    }

    /** Entries of Ratis' own: configurations, commit indices. They show that the log moves, and advance the index. */
    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        publish(TermIndex.valueOf(term, index));
        super.notifyTermIndexUpdated(term, index);
    }

    /** Comes before Ratis is told that the entry is applied, so that nobody sees an index as applied of which no answer knows. */
    private void publish(TermIndex at) {
        Published next = new Published(at.getTerm(), at.getIndex(), state, System.nanoTime(), history);
        published = next;
        root.publish(next);
    }

    @Override
    public CompletableFuture<Message> query(Message request) {
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    /** Hands over what the {@link SnapshotScheduler} has written; writes nothing itself, since this is the thread that applies. */
    @Override
    public long takeSnapshot() {
        return lifeCycle == LifeCycle.State.PAUSED ? RaftLog.INVALID_LOG_INDEX : snapshots.publish();
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return snapshots;
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        if (logFailure == null) {
            LOG.error("The Raft log can no longer be written", cause);
        }
        logFailure = cause;
    }

    /** Answers go on from the {@link StateRoot}. */
    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean allServers) {
        LOG.debug("Raft server shuts down");
    }

    /** Answers go on from the {@link StateRoot}. */
    @Override
    public void close() {
        lifeCycle = LifeCycle.State.CLOSED;
    }

    /** Ratis logs entries when something fails: never their contents. */
    @Override
    public String toStateMachineLogEntryString(StateMachineLogEntryProto proto) {
        ByteString data = proto.getLogData();
        return "command of " + data.size() + " octets";
    }

    /** A command on its way to the log. */
    static final class Proposal implements Message {
        private final ByteString content;
        private volatile boolean appended;

        /** @param content not changed after this */
        Proposal(byte[] content) {
            this.content = UnsafeByteOperations.unsafeWrap(content);
        }

        @Override
        public ByteString getContent() {
            return content;
        }

        private void appended() {
            appended = true;
        }

        /** Whether it may be in the log: from then on nothing but its result tells what becomes of it. */
        boolean mayBeInLog() {
            return appended;
        }

        @Override
        public String toString() {
            return "command of " + content.size() + " octets";
        }
    }

    /** The result, handed to the proposer in this process; never sent. */
    record ResultMessage(CommandResult result) implements Message {
        @Override
        public ByteString getContent() {
            return ByteString.EMPTY;
        }
    }

    /** Refused before it reached the log. */
    static final class CommandTooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        private final int sizeBytes;

        CommandTooLargeException(int sizeBytes) {
            super("a command of " + sizeBytes + " octets is above the limit of " + RaftLimits.MAX_COMMAND_BYTES);
            this.sizeBytes = sizeBytes;
        }

        int sizeBytes() {
            return sizeBytes;
        }
    }

    /** Refused before it reached the log: proposed by somebody without a key of the cluster, or with one just dropped. */
    static final class ForgedCommandException extends IOException {
        private static final long serialVersionUID = 1;

        ForgedCommandException() {
            super("not proposed with a key of this cluster");
        }
    }

    /** Refused before it reached the log: a fault of whoever encoded it. */
    static final class UndecodableCommandException extends IOException {
        private static final long serialVersionUID = 1;

        UndecodableCommandException(Exception cause) {
            super("a command was encoded that cannot be decoded", cause);
        }
    }
}
