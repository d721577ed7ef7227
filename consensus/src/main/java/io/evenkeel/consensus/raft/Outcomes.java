package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.raft.ZoneStateMachine.CommandTooLargeException;
import io.evenkeel.consensus.raft.ZoneStateMachine.ResultMessage;
import io.evenkeel.consensus.raft.ZoneStateMachine.UndecodableCommandException;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;

/** From what Ratis answers to what became of a proposal. */
final class Outcomes {
    private Outcomes() {}

    /**
     * @param reply null exactly if {@code failure} is not
     * @param mayBeInLog whether it was handed to the log: then the same exceptions, a lost leadership above all, tell nothing
     *     about what becomes of it
     * @param leader this node's knowledge of the leader, where the exception has none
     * @throws IllegalStateException if the command could not be decoded again
     */
    static ProposalOutcome of(
            @Nullable RaftClientReply reply,
            @Nullable Throwable failure,
            boolean mayBeInLog,
            Supplier<@Nullable String> leader) {
        Throwable cause = failure == null ? null : JavaUtils.unwrapCompletionException(failure);
        if (reply != null) {
            if (reply.isSuccess()) {
                ResultMessage message = (ResultMessage) reply.getMessage();
                return new ProposalOutcome.Committed(reply.getLogIndex(), message.result());
            }
            cause = reply.getException();
        }
        if (mayBeInLog) {
            return new ProposalOutcome.Unknown(
                    cause == null ? "no reason given" : cause.getClass().getSimpleName());
        }
        return switch (cause) {
            case NotLeaderException e
            when e.getSuggestedLeader() != null ->
                new ProposalOutcome.NotLeader(
                        RaftInstance.memberName(e.getSuggestedLeader().getId().toString()));
            case LeaderNotReadyException e ->
                new ProposalOutcome.NotLeader(
                        RaftInstance.memberName(e.getServerId().getPeerId().toString()));
            case ResourceUnavailableException _ -> new ProposalOutcome.Overloaded();
            case Throwable e
            when e.getCause() instanceof CommandTooLargeException tooLarge ->
                new ProposalOutcome.TooLarge(tooLarge.sizeBytes(), RaftLimits.MAX_COMMAND_BYTES);
            case Throwable e
            when e.getCause() instanceof UndecodableCommandException bug -> throw new IllegalStateException(bug);
            // A server that starts, closes or is being rebuilt: it has not taken the command.
            case null, default -> new ProposalOutcome.NotLeader(leader.get());
        };
    }
}
