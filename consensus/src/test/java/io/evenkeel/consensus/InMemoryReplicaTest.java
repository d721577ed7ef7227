package io.evenkeel.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.state.ZoneCommand;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class InMemoryReplicaTest {
    private static final ZoneCommand TICK = new ZoneCommand.Tick();
    private static final Duration LONG = Duration.ofSeconds(10);

    private final InMemoryReplica replica = new InMemoryReplica();

    @Test
    void appliesAndPublishesAtOnce() throws Exception {
        assertThat(replica.propose(TICK, LONG).get()).isInstanceOf(ProposalOutcome.Committed.class);
        assertThat(replica.root().get().state().ticks()).isEqualTo(1);
        assertThat(replica.log()).containsExactly(TICK);
        assertThat(replica.root().await(1, Duration.ZERO)).isTrue();
        assertThat(replica.root().await(2, Duration.ofMillis(1))).isFalse();
    }

    @Test
    void lostOutcomesAreAppliedOrNotAsAsked() throws Exception {
        replica.loseOutcomes(1, true);
        assertThat(replica.propose(TICK, LONG).get()).isInstanceOf(ProposalOutcome.Unknown.class);
        replica.loseOutcomes(1, false);
        assertThat(replica.propose(TICK, LONG).get()).isInstanceOf(ProposalOutcome.Unknown.class);
        assertThat(replica.log()).hasSize(1);
    }

    @Test
    void withoutMajorityOutcomeIsUnknownAtDeadline() throws Exception {
        replica.quorum(false);
        CompletableFuture<ProposalOutcome> outcome = replica.propose(TICK, Duration.ofMillis(20));
        assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(ProposalOutcome.Unknown.class);
        assertThat(replica.confirmCaughtUp(LONG)).isFalse();
        assertThat(replica.log()).isEmpty();
    }

    @Test
    void followerNamesTheLeader() throws Exception {
        replica.leads(false, "n2");
        assertThat(replica.propose(TICK, LONG).get()).isEqualTo(new ProposalOutcome.NotLeader("n2"));
        assertThat(replica.status().leaderReady()).isFalse();
        replica.leads(true, null);
        replica.overloaded(true);
        assertThat(replica.propose(TICK, LONG).get()).isEqualTo(new ProposalOutcome.Overloaded());
    }
}
