package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.Findings;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.raft.ZoneStateMachine.CommandTooLargeException;
import io.evenkeel.consensus.raft.ZoneStateMachine.Proposal;
import io.evenkeel.consensus.raft.ZoneStateMachine.ResultMessage;
import io.evenkeel.consensus.raft.ZoneStateMachine.UndecodableCommandException;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StateNote;
import io.evenkeel.zones.state.ZoneCommand;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ZoneStateMachineTest {
    @TempDir
    Path directory;

    private final StateRoot root = new StateRoot(ReplicatedState.empty());
    private final Findings findings = new Findings();
    private Integrity integrity;
    private ZoneStateMachine machine;

    @BeforeEach
    void make() {
        integrity = new Integrity(directory, root, findings);
        machine = machine(ReplicatedState::apply);
    }

    private ZoneStateMachine machine(ZoneStateMachine.Application application) {
        return new ZoneStateMachine(root, null, application, step -> {}, integrity);
    }

    @Test
    void appliesPublishesAndTellsTheResult() throws Exception {
        assertThat(apply(5, CommandCodec.encode(TestZone.create(3)))).isInstanceOf(CommandResult.Applied.class);
        assertThat(root.get().index()).isEqualTo(5);
        assertThat(root.get().term()).isEqualTo(2);
        assertThat(root.get().state().catalog().zone(TestZone.APEX)).isNotNull();
        assertThat(apply(6, CommandCodec.encode(TestZone.create(3))))
                .as("it exists")
                .isInstanceOf(CommandResult.Stale.class);
        assertThat(findings.faultedEntries()).isZero();
    }

    @Test
    void entriesOfRatisAdvanceTheIndexOnly() {
        ReplicatedState before = root.get().state();
        machine.notifyTermIndexUpdated(2, 7);
        assertThat(root.get().index()).isEqualTo(7);
        assertThat(root.get().state()).isSameAs(before);
    }

    @Test
    void rebuiltMachinePublishesOnlyWhatIsNewer() throws Exception {
        apply(1, CommandCodec.encode(new ZoneCommand.Tick()));
        apply(2, CommandCodec.encode(new ZoneCommand.Tick()));
        machine = machine(ReplicatedState::apply);
        apply(1, CommandCodec.encode(new ZoneCommand.Tick()));
        assertThat(root.get().index()).isEqualTo(2);
        assertThat(root.get().state().ticks()).isEqualTo(2);
        apply(2, CommandCodec.encode(new ZoneCommand.Tick()));
        apply(3, CommandCodec.encode(new ZoneCommand.Tick()));
        assertThat(root.get().index()).isEqualTo(3);
        assertThat(root.get().state().ticks()).isEqualTo(3);
    }

    @Test
    void faultIsAResultAndCounted() throws Exception {
        machine = machine((state, index, command) ->
                state.faulted(index, command, new IllegalStateException("planted, with secret data")));
        assertThat(apply(1, CommandCodec.encode(new ZoneCommand.Tick())))
                .isEqualTo(new CommandResult.Faulted("IllegalStateException in Tick"));
        assertThat(findings.faultedEntries()).isEqualTo(1);
        assertThat(root.get().index()).isEqualTo(1);
        assertThat(machine.failedIndex()).isNegative();
    }

    @Test
    void tickWithAnotherNoteOfTheSameIndexIsAFinding() throws Exception {
        apply(1, CommandCodec.encode(new ZoneCommand.Tick()));
        StateNote own = Objects.requireNonNull(root.get().state().note());
        apply(2, CommandCodec.encode(new ZoneCommand.Tick(own)));
        assertThat(findings.divergedAt()).isEqualTo(Findings.NONE);
        StateNote other = new StateNote(2, Hash256.ZERO);
        assertThat(apply(3, CommandCodec.encode(new ZoneCommand.Tick(other))))
                .isInstanceOf(CommandResult.Diverged.class);
        assertThat(findings.divergedAt()).isEqualTo(3);
        assertThat(findings.divergences()).isEqualTo(1);
        assertThat(machine.published().state().ticks()).isEqualTo(3);
        assertThat(root.get().index())
                .as("the last one that the leader's word confirms")
                .isEqualTo(1);
        assertThat(root.isDoubted()).isTrue();
        assertThat(integrity.doubt()).isNotNull();
    }

    @Test
    void commandOfLaterVersionStopsThisReplica() {
        assertThatThrownBy(() -> apply(4, laterVersion()))
                .hasMessageContaining("Entry 4 was written by a later version");
        assertThat(machine.failedIndex()).isEqualTo(4);
        assertThat(root.get().index()).isZero();
    }

    @Test
    void levelThatIsNotSpokenHereStopsThisReplicaAndNeverEntersTheLogByIt() throws Exception {
        ReplicatedState spoken = ReplicatedState.empty()
                .apply(1, FeatureLevel.raise(root.get().state().settings()))
                .next();
        byte[] raise = CommandCodec.encode(FeatureLevel.raise(spoken.settings()));
        assertThat(machine.startTransaction(request(raise)).getException())
                .isInstanceOf(UndecodableCommandException.class);
        assertThatThrownBy(() -> apply(4, raise)).hasMessageContaining("Entry 4 was written by a later version");
        assertThat(machine.failedIndex()).isEqualTo(4);
        assertThat(machine.failure()).contains("at level 3").contains("speaks level 2 at most");
        assertThat(root.get().index()).isZero();
    }

    @Test
    void damagedEntryStopsThisReplica() {
        assertThatThrownBy(() -> apply(4, new byte[] {1, 2, 3, 4, 5, 6, 7})).hasMessageContaining("Entry 4 is damaged");
        assertThat(machine.failedIndex()).isEqualTo(4);
    }

    @Test
    void whatDoesNotFitOrDecodeNeverEntersTheLog() throws Exception {
        assertThat(machine.startTransaction(request(new byte[RaftLimits.MAX_COMMAND_BYTES + 1]))
                        .getException())
                .isInstanceOf(CommandTooLargeException.class);
        assertThat(machine.startTransaction(request(laterVersion())).getException())
                .isInstanceOf(UndecodableCommandException.class);
        assertThat(machine.startTransaction(request(new byte[0])).getException())
                .isInstanceOf(UndecodableCommandException.class);
        assertThat(machine.startTransaction(request(CommandCodec.encode(new ZoneCommand.Tick())))
                        .getException())
                .isNull();
    }

    @Test
    void entriesAreLoggedWithoutTheirContents() throws Exception {
        byte[] command = CommandCodec.encode(TestZone.create(3));
        assertThat(machine.toStateMachineLogEntryString(entry(1, command).getStateMachineLogEntry()))
                .isEqualTo("command of " + command.length + " octets");
        assertThat(new Proposal(command)).hasToString("command of " + command.length + " octets");
    }

    @Test
    void pausesFromAnyStateAndClosingTouchesNothingPublished() throws Exception {
        machine.pause();
        assertThat(machine.getLifeCycleState()).isEqualTo(LifeCycle.State.PAUSED);
        assertThat(machine.takeSnapshot()).isNegative();
        machine.close();
        machine.pause();
        assertThat(machine.getLifeCycleState()).isEqualTo(LifeCycle.State.PAUSED);
        apply(1, CommandCodec.encode(new ZoneCommand.Tick()));
        machine.close();
        assertThat(root.get().index()).isEqualTo(1);
    }

    private CommandResult apply(long index, byte[] command) throws Exception {
        LogEntryProto entry = entry(index, command);
        TransactionContext context = machine.startTransaction(entry, RaftPeerRole.FOLLOWER);
        return ((ResultMessage) machine.applyTransaction(context).get()).result();
    }

    private static LogEntryProto entry(long index, byte[] command) {
        return LogEntryProto.newBuilder()
                .setTerm(2)
                .setIndex(index)
                .setStateMachineLogEntry(
                        StateMachineLogEntryProto.newBuilder().setLogData(ByteString.copyFrom(command)))
                .build();
    }

    private static RaftClientRequest request(byte[] command) {
        return RaftClientRequest.newBuilder()
                .setClientId(ClientId.randomId())
                .setServerId(RaftPeerId.valueOf("n1-1"))
                .setGroupId(RaftGroupId.randomId())
                .setCallId(1)
                .setMessage(new Proposal(command))
                .setType(RaftClientRequest.writeRequestType())
                .build();
    }

    /** A format that will never be, with a checksum that fits. */
    private static byte[] laterVersion() {
        byte[] bytes = CommandCodec.encode(new ZoneCommand.Tick());
        bytes[0] = 99;
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, bytes.length - 4);
        for (int i = 0; i < 4; i++) {
            bytes[bytes.length - 4 + i] = (byte) (checksum.getValue() >>> (24 - 8 * i));
        }
        return bytes;
    }
}
