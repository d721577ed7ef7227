package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.ProposalOutcome;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.junit.jupiter.api.Test;

final class OutcomesTest {
    private static final RaftGroupMemberId SELF =
            RaftGroupMemberId.valueOf(RaftPeerId.valueOf("my-node-3"), RaftGroupId.randomId());

    @Test
    void followerNamesTheLeaderWithoutItsIncarnation() {
        RaftPeer leader = RaftPeer.newBuilder().setId("other-node-12").build();
        NotLeaderException e = new NotLeaderException(SELF, leader, List.of());
        assertThat(of(e, false)).isEqualTo(new ProposalOutcome.NotLeader("other-node"));
        assertThat(of(new NotLeaderException(SELF, null, List.of()), false))
                .isEqualTo(new ProposalOutcome.NotLeader("as known here"));
    }

    @Test
    void leadershipLostAfterTheLogTookItLeavesTheOutcomeUnknown() {
        assertThat(of(new NotLeaderException(SELF, null, List.of()), true))
                .isEqualTo(new ProposalOutcome.Unknown("NotLeaderException"));
        assertThat(of(new ResourceUnavailableException("x"), true)).isInstanceOf(ProposalOutcome.Unknown.class);
        assertThat(of(new AlreadyClosedException("x"), true)).isInstanceOf(ProposalOutcome.Unknown.class);
    }

    @Test
    void leaderThatIsNotReadyIsNotYetOne() {
        assertThat(of(new LeaderNotReadyException(SELF), false)).isEqualTo(new ProposalOutcome.NotLeader("my-node"));
    }

    @Test
    void fullQueueIsOverload() {
        assertThat(of(new ResourceUnavailableException("x"), false)).isEqualTo(new ProposalOutcome.Overloaded());
    }

    @Test
    void closedServerHasNotTakenIt() {
        assertThat(of(new CompletionException(new AlreadyClosedException("x")), false))
                .isEqualTo(new ProposalOutcome.NotLeader("as known here"));
        assertThat(of(new IllegalStateException("x"), false)).isEqualTo(new ProposalOutcome.NotLeader("as known here"));
    }

    private static ProposalOutcome of(Throwable failure, boolean mayBeInLog) {
        return Outcomes.of(null, failure, mayBeInLog, () -> "as known here");
    }
}
