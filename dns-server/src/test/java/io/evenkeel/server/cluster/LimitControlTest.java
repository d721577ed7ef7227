package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ZoneCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader makes of an order to change the limits on clients, and what a node does with what its cluster has agreed on. */
final class LimitControlTest {
    private static final LimitSettings LOUD =
            new LimitSettings(LimitMode.ENFORCE, 500, 2_000, List.of(), LimitMode.ENFORCE, 300);

    private final InMemoryReplica replica = new InMemoryReplica("n1");
    private final List<LimitSettings> told = new ArrayList<>();
    private final LimitControl control = new LimitControl("n1", replica.root(), told::add);

    @Test
    void aNewClusterEnforcesAndOneThatHasZonesKeepsWhatCameWithThem() throws Exception {
        LimitChanges.found(replica);
        assertThat(control.view().agreed().limits()).isEqualTo(LimitSettings.NEW);
        assertThat(control.view().inForce()).isEqualTo(LimitSettings.NEW);
        assertThat(control.note()).isEmpty();
        assertThat(told).containsExactly(LimitSettings.UPGRADED, LimitSettings.NEW);

        set(LOUD);
        LimitChanges.found(replica);
        assertThat(control.view().agreed().limits()).isEqualTo(LOUD);
    }

    @Test
    void aClusterThatHasAgreedOnNothingOnlyCountsAndSaysWhatToDo() throws Exception {
        assertThat(control.note()).as("nothing is known yet").isEmpty();
        tick();
        assertThat(control.view().inForce()).isEqualTo(LimitSettings.UPGRADED);
        assertThat(control.note()).contains("dry-run", "evenkeel limits enforce");
        assertThat(control.complaints())
                .as("the node does what its cluster means")
                .isEmpty();
        set(LimitSettings.UPGRADED);
        assertThat(control.note()).as("somebody has said that it is to be so").isEmpty();
        assertThat(told).containsExactly(LimitSettings.UPGRADED);
    }

    @Test
    void aNodeAloneIsMilderAtOnceWithoutALeaderAndThenFollowsAgain() throws Exception {
        set(LOUD);
        replica.leads(false, null);
        replica.quorum(false);
        LimitControl.View off = control.local(LimitMode.OFF);
        assertThat(off.inForce().questions()).isEqualTo(LimitMode.OFF);
        assertThat(off.inForce().responses()).isEqualTo(LimitMode.OFF);
        assertThat(off.inForce().rate()).isEqualTo(500);
        assertThat(told.getLast()).isEqualTo(off.inForce());
        assertThat(control.complaints())
                .singleElement()
                .asString()
                .contains("off on this node alone", "limits follow --node n1");

        control.local(LimitMode.DRY_RUN);
        assertThat(told.getLast().questions()).isEqualTo(LimitMode.DRY_RUN);
        assertThat(told.getLast().responses()).isEqualTo(LimitMode.DRY_RUN);
        assertThatThrownBy(() -> control.local(LimitMode.ENFORCE)).isInstanceOf(IllegalArgumentException.class);

        replica.leads(true, null);
        replica.quorum(true);
        set(LOUD.with(LimitMode.OFF));
        assertThat(control.view().inForce().questions())
                .as("the milder of both")
                .isEqualTo(LimitMode.OFF);
        set(LOUD);
        assertThat(control.view().inForce().questions()).as("still alone").isEqualTo(LimitMode.DRY_RUN);

        assertThat(control.local(null).inForce()).isEqualTo(LOUD);
        assertThat(told.getLast()).isEqualTo(LOUD);
        assertThat(control.complaints()).isEmpty();
    }

    @Test
    void theModeIsThatOfAllLimits() throws Exception {
        set(LOUD.with(LimitMode.DRY_RUN));
        assertThat(control.view().inForce().responses()).isEqualTo(LimitMode.DRY_RUN);
        set(LOUD.with(LimitMode.OFF));
        assertThat(control.view().inForce().responses()).isEqualTo(LimitMode.OFF);
        assertThat(control.view().agreed().limits())
                .as("and comes back with it")
                .isEqualTo(LOUD.with(LimitMode.OFF));
    }

    @Test
    void limitsOfALaterReleaseLeaveANodeWithThoseThatItHasAndAreToldOnce() throws Exception {
        set(LOUD);
        assertThat(control.view().inForce()).isEqualTo(LOUD);
        byte[] later = LimitsSetting.encode(LimitSettings.NEW);
        later[0] = 9;
        try (TestLog said = TestLog.of(LimitControl.class, Level.WARN)) {
            put(later);
            for (int i = 0; i < 3; i++) {
                assertThat(control.view().inForce()).isEqualTo(LOUD);
                tick();
            }
            assertThat(control.view().agreed().isUnread()).isTrue();
            assertThat(said.lines())
                    .filteredOn(line -> line.contains("later release"))
                    .hasSize(1);
        }
        assertThat(control.complaints()).singleElement().asString().contains("later release", "enforce");
        assertThat(told).containsExactly(LimitSettings.UPGRADED, LOUD);

        LimitControl started = new LimitControl("n1", replica.root(), told::add);
        assertThat(started.view().inForce()).as("it has none").isEqualTo(LimitSettings.UPGRADED);
        assertThat(LimitChanges.set(replica, new SetLimits(LimitSettings.NEW, SetLimits.ANY)))
                .isInstanceOf(Outcome.Done.class);
        assertThat(started.view().inForce()).isEqualTo(LimitSettings.NEW);
    }

    @Test
    void aLeaderSetsWhatIsAtTheRevisionThatWasSeenAndNothingElse() throws Exception {
        long first = done(LimitChanges.set(replica, new SetLimits(LOUD, 0)));
        assertThat(control.view().agreed()).isEqualTo(new LimitsSetting.Agreed(LOUD, first));
        assertThat(done(LimitChanges.set(replica, new SetLimits(LOUD, 0))))
                .as("asked again")
                .isEqualTo(first);
        assertThat(LimitChanges.set(replica, new SetLimits(LimitSettings.NEW, 0)))
                .isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
                    assertThat(refused.reason()).isEqualTo(Reason.CONFLICT);
                    assertThat(refused.why()).contains("revision " + first);
                });
        long second = done(LimitChanges.set(replica, new SetLimits(LimitSettings.NEW, first)));
        assertThat(control.view().agreed()).isEqualTo(new LimitsSetting.Agreed(LimitSettings.NEW, second));
        assertThat(done(LimitChanges.set(replica, new SetLimits(LOUD, SetLimits.ANY))))
                .isGreaterThan(second);
    }

    @Test
    void whatIsNotDoneIsSaidAsItIs() throws Exception {
        SetLimits ask = new SetLimits(LOUD, SetLimits.ANY);
        assertThat(LimitChanges.set(null, ask)).isEqualTo(new Outcome.NotLeader<>(null));
        replica.leads(false, "n2");
        assertThat(LimitChanges.set(replica, ask)).isEqualTo(new Outcome.NotLeader<>("n2"));
        replica.leads(true, null);
        replica.overloaded(true);
        assertThat(LimitChanges.set(replica, ask)).isInstanceOf(Outcome.NotDone.class);
        replica.overloaded(false);
        replica.ends(new ProposalOutcome.Unknown("lost"));
        assertThat(LimitChanges.set(replica, ask)).isEqualTo(new Outcome.Unknown<>("lost"));
        assertThat(control.view().agreed().revision()).isZero();
    }

    private void set(LimitSettings limits) throws Exception {
        done(LimitChanges.set(replica, new SetLimits(limits, SetLimits.ANY)));
    }

    private void put(byte[] value) throws Exception {
        replica.propose(
                        new ZoneCommand.PutSetting(
                                LimitsSetting.KIND,
                                LimitsSetting.NAME,
                                value,
                                control.view().agreed().revision()),
                        Duration.ofSeconds(1))
                .get();
    }

    private void tick() throws Exception {
        replica.propose(new ZoneCommand.Tick(), Duration.ofSeconds(1)).get();
    }

    private static long done(Outcome<Long> outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        return ((Outcome.Done<Long>) outcome).answer();
    }
}
