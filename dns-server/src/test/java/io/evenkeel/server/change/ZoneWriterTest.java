package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.ControlCounters.Stage;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

@Timeout(60)
class ZoneWriterTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration DELAY = Duration.ofSeconds(3);

    private static final ProposalOutcome TOO_LARGE = new ProposalOutcome.TooLarge(2, 1);
    private static final ProposalOutcome STALE = new ProposalOutcome.Committed(9, new CommandResult.Stale());
    private static final ProposalOutcome BAD = new ProposalOutcome.Committed(9, new CommandResult.Refused("bad"));

    private final VirtualTime time = new VirtualTime();
    private final InMemoryReplica replica = new InMemoryReplica("n1", time);
    private final ControlCounters counters = new ControlCounters();
    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    private final ZoneWriter writer = new ZoneWriter(replica, () -> "", counters, daemons, time);

    @AfterEach
    void close() {
        writer.close();
    }

    private CompletableFuture<Outcome<Accepted>> submit(RequestId id, Change change) {
        return writer.submit(new ChangeEvaluator.Request(id, change, Origin.UNTOLD), 100, LONG);
    }

    private CompletableFuture<Outcome<Accepted>> edit(String owner) {
        return submit(Zones.id(), Zones.edit(APEX, owner, "192.0.2.1"));
    }

    private Outcome<Accepted> done(Change change) throws Exception {
        return get(submit(Zones.id(), change));
    }

    private static Outcome<Accepted> get(CompletableFuture<Outcome<Accepted>> outcome) throws Exception {
        return outcome.get(30, TimeUnit.SECONDS);
    }

    /** Of which one entry is in flight from now on, of that zone, until time moves on. */
    private CompletableFuture<Outcome<Accepted>> inFlight(String owner) throws Exception {
        done(Zones.create(APEX));
        replica.delay(DELAY);
        CompletableFuture<Outcome<Accepted>> first = edit(owner);
        awaitInFlight(1);
        return first;
    }

    /** The clock of ticks waits besides. */
    private void awaitInFlight(int entries) throws InterruptedException {
        time.awaitWaiting(1 + entries);
    }

    /** The entry in flight ends; those after it end at once. */
    private void land() throws InterruptedException {
        replica.delay(Duration.ZERO);
        time.advance(DELAY);
    }

    private String address(String owner) {
        return Zones.zone(replica.root().get().state()).rrset(Name.fromConstantString(owner), Type.A).stream()
                .map(record -> record.rdataToString())
                .reduce("", (a, b) -> a + b);
    }

    @Test
    void changeIsInTheStateWhenItsOutcomeIsKnown() throws Exception {
        assertThat(done(Zones.create(APEX))).isInstanceOf(Outcome.Done.class);
        assertThat(done(Zones.edit(APEX, "a", "192.0.2.7")))
                .isInstanceOfSatisfying(
                        Outcome.Done.class,
                        outcome -> assertThat(outcome.answer())
                                .extracting("index")
                                .isEqualTo(replica.root().get().index()));
        assertThat(address("a.example.")).isEqualTo("192.0.2.7");
        await().atMost(LONG).until(() -> writer.busyZones() == 0);
        assertThat(writer.size()).isZero();
    }

    @Test
    void errorInATickIsCountedAndTheNextOneIsMade() throws Exception {
        replica.plant(new StackOverflowError("planted"));
        for (int turn = 0; turn < 2; turn++) {
            time.awaitWaiting(1);
            time.advance(ChangeLimits.TICK);
        }
        time.awaitWaiting(1);
        assertThat(daemons.faults()).containsEntry("tick", 1L);
        assertThat(counters.get(Counter.TICKS)).isEqualTo(2);
        assertThat(replica.log()).hasSize(1).allMatch(ZoneCommand.Tick.class::isInstance);
    }

    @Test
    void errorInTheThreadOfAZoneIsCountedAndWhatWaitsBehindItIsMade() throws Exception {
        CompletableFuture<Outcome<Accepted>> first = inFlight("first");
        CompletableFuture<Outcome<Accepted>> met = edit("met");
        CompletableFuture<Outcome<Accepted>> behind = edit("behind");
        replica.ends(TOO_LARGE); // of both together, so that each is tried by itself
        replica.plant(new StackOverflowError("planted"));
        land();
        assertThat(get(first)).isInstanceOf(Outcome.Done.class);
        assertThat(get(met)).isInstanceOf(Outcome.Unknown.class);
        assertThat(behind).isNotDone();
        time.advanceUntil(behind, 2);
        assertThat(get(behind)).isInstanceOf(Outcome.Done.class);
        assertThat(daemons.faults()).containsEntry("zone-changes", 1L);
        assertThat(address("behind.example.")).isEqualTo("192.0.2.1");
        assertThat(done(Zones.edit(APEX, "later", "192.0.2.7"))).isInstanceOf(Outcome.Done.class);
        await().atMost(LONG).until(() -> writer.busyZones() == 0);
        assertThat(writer.size()).isZero();
    }

    @Test
    void refusalsAreNotProposed() throws Exception {
        assertThat(done(Zones.edit(APEX, "a", "192.0.2.7")))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.NO_SUCH_ZONE));
        assertThat(replica.log()).isEmpty();
    }

    @Test
    void leaderThatCannotShowThatItLeadsTurnsNothingDown() throws Exception {
        replica.quorum(false);
        assertThat(done(Zones.edit(APEX, "a", "192.0.2.7"))).isInstanceOf(Outcome.NotLeader.class);
    }

    @Test
    void changesThatWaitShareOneEntry() throws Exception {
        List<CompletableFuture<Outcome<Accepted>>> all = new ArrayList<>();
        all.add(inFlight("first"));
        for (int i = 0; i < 200; i++) {
            all.add(submit(Zones.id(), Zones.edit(APEX, "h" + i, "192.0.2." + i)));
        }
        land();
        for (CompletableFuture<Outcome<Accepted>> one : all) {
            assertThat(get(one)).isInstanceOf(Outcome.Done.class);
        }
        assertThat(address("h199.example.")).isEqualTo("192.0.2.199");
        // The zone, the first edit alone, and one for all that came meanwhile.
        assertThat(replica.log()).hasSize(3);
    }

    @Test
    void eachStageOfAChangeIsTimed() throws Exception {
        CompletableFuture<Outcome<Accepted>> first = inFlight("first");
        CompletableFuture<Outcome<Accepted>> second = edit("second");
        land();
        assertThat(get(first)).isInstanceOf(Outcome.Done.class);
        assertThat(get(second)).isInstanceOf(Outcome.Done.class);
        // The zone took no time; the first edit was in flight for so long, and the second waited for that.
        for (Stage stage : List.of(Stage.QUEUE, Stage.EVALUATE, Stage.COMMIT)) {
            assertThat(counters.stage(stage).counts())
                    .as("%s", stage)
                    .satisfies(counts -> assertThat(Arrays.stream(counts).sum()).isEqualTo(3));
            assertThat(counters.stage(stage).sumSeconds())
                    .as("%s", stage)
                    .isEqualTo(stage == Stage.EVALUATE ? 0 : (double) DELAY.toSeconds());
        }
    }

    @Test
    void zonesDoNotWaitForEachOther() throws Exception {
        replica.delay(DELAY);
        CompletableFuture<Outcome<Accepted>> one = submit(Zones.id(), Zones.create(APEX));
        CompletableFuture<Outcome<Accepted>> other =
                submit(Zones.id(), Zones.create(Name.fromConstantString("other.")));
        awaitInFlight(2);
        land();
        assertThat(get(one)).isInstanceOf(Outcome.Done.class);
        assertThat(get(other)).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void nodeThatDoesNotLeadSaysWhichDoes() throws Exception {
        replica.leads(false, "n2");
        assertThat(done(Zones.create(APEX))).isEqualTo(new Outcome.NotLeader<Accepted>("n2"));
        assertThat(replica.log()).isEmpty();
    }

    @Test
    void lostLeadershipLeavesWhatWaitsUnproposed() throws Exception {
        CompletableFuture<Outcome<Accepted>> inFlight = inFlight("a");
        CompletableFuture<Outcome<Accepted>> waits = edit("b");
        replica.leads(false, "n3");
        land();
        assertThat(get(inFlight)).isInstanceOf(Outcome.Done.class);
        assertThat(get(waits)).isEqualTo(new Outcome.NotLeader<Accepted>("n3"));
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void lostOutcomeIsUnknownAndFoundAgainUnderItsId() throws Exception {
        done(Zones.create(APEX));
        for (boolean applied : new boolean[] {true, false}) {
            replica.loseOutcomes(1, applied);
            RequestId id = Zones.id();
            String owner = applied ? "yes" : "no";
            Change change = Zones.edit(APEX, owner, "192.0.2.9");
            assertThat(get(submit(id, change))).isInstanceOf(Outcome.Unknown.class);
            int entries = replica.log().size();
            assertThat(get(submit(id, change))).isInstanceOf(Outcome.Done.class);
            assertThat(replica.log()).hasSize(applied ? entries : entries + 1);
            assertThat(address(owner + ".example.")).isEqualTo("192.0.2.9");
        }
    }

    @Test
    void sameIdTwiceIsOneChange() throws Exception {
        done(Zones.create(APEX));
        replica.delay(DELAY);
        RequestId id = Zones.id();
        CompletableFuture<Outcome<Accepted>> first = submit(id, Zones.edit(APEX, "a", "192.0.2.1"));
        awaitInFlight(1);
        CompletableFuture<Outcome<Accepted>> second = submit(id, Zones.edit(APEX, "a", "192.0.2.1"));
        land();
        assertThat(get(first)).isInstanceOf(Outcome.Done.class).isEqualTo(get(second));
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void entryThatIsTooLargeIsSplitUntilItsPartsFit() throws Exception {
        CompletableFuture<Outcome<Accepted>> first = inFlight("first");
        List<CompletableFuture<Outcome<Accepted>>> all = List.of(edit("a"), edit("b"), edit("c"), edit("d"));
        replica.ends(TOO_LARGE, TOO_LARGE);
        land();
        assertThat(get(first)).isInstanceOf(Outcome.Done.class);
        for (CompletableFuture<Outcome<Accepted>> one : all) {
            assertThat(get(one)).isInstanceOf(Outcome.Done.class);
        }
        // The zone, the first; a, b, and c with d.
        assertThat(replica.log()).hasSize(5);
    }

    @Test
    void changeThatIsTooLargeByItselfIsRefused() throws Exception {
        done(Zones.create(APEX));
        replica.ends(TOO_LARGE);
        assertThat(done(Zones.edit(APEX, "a", "192.0.2.7")))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.TOO_LARGE));
    }

    @Test
    void oneBadChangeDoesNotTurnDownTheOthersOfItsEntry() throws Exception {
        CompletableFuture<Outcome<Accepted>> first = inFlight("first");
        CompletableFuture<Outcome<Accepted>> bad = edit("bad");
        List<CompletableFuture<Outcome<Accepted>>> good = List.of(edit("a"), edit("b"));
        // The entry of all three, then the first of them by itself.
        replica.ends(BAD, BAD);
        land();
        assertThat(get(first)).isInstanceOf(Outcome.Done.class);
        assertThat(get(bad)).isEqualTo(new Outcome.Refused<Accepted>(Reason.INVALID, List.of("bad")));
        for (CompletableFuture<Outcome<Accepted>> one : good) {
            assertThat(get(one)).isInstanceOf(Outcome.Done.class);
        }
        assertThat(replica.log()).hasSize(4);
    }

    @Test
    void entryThatMetAnotherVersionIsJudgedAgainAFewTimes() throws Exception {
        done(Zones.create(APEX));
        replica.ends(STALE, STALE);
        assertThat(done(Zones.edit(APEX, "a", "192.0.2.7"))).isInstanceOf(Outcome.Done.class);
        assertThat(counters.get(Counter.COMMANDS_STALE)).isEqualTo(2);
        for (int i = 0; i < ChangeLimits.EVALUATIONS; i++) {
            replica.ends(STALE);
        }
        assertThat(done(Zones.edit(APEX, "b", "192.0.2.7"))).isInstanceOf(Outcome.NotDone.class);
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void overloadedLogGivesTheChangeBack() throws Exception {
        replica.overloaded(true);
        assertThat(done(Zones.create(APEX))).isInstanceOf(Outcome.NotDone.class);
    }

    @Test
    void queueIsBounded() throws Exception {
        assertThat(inFlight("a")).isNotDone();
        for (int i = 1; i < ChangeLimits.QUEUED_CHANGES; i++) {
            assertThat(edit("h")).isNotDone();
        }
        assertThat(get(edit("h")))
                .isEqualTo(new Outcome.NotDone<Accepted>(
                        "overloaded: " + ChangeLimits.QUEUED_CHANGES + " changes wait on the leader"));
    }

    @Test
    void changeThatWaitedTooLongIsNotBegun() throws Exception {
        CompletableFuture<Outcome<Accepted>> first = inFlight("a");
        CompletableFuture<Outcome<Accepted>> late = writer.submit(
                new ChangeEvaluator.Request(Zones.id(), Zones.edit(APEX, "b", "192.0.2.1"), Origin.UNTOLD), 100, DELAY);
        land();
        assertThat(get(first)).isInstanceOf(Outcome.Done.class);
        assertThat(get(late)).isInstanceOf(Outcome.NotDone.class);
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void createAndEditOfOneZoneKeepTheirOrder() throws Exception {
        CompletableFuture<Outcome<Accepted>> create = submit(Zones.id(), Zones.create(APEX));
        CompletableFuture<Outcome<Accepted>> edit = edit("a");
        CompletableFuture<Outcome<Accepted>> delete = submit(Zones.id(), new Change.DeleteZone(APEX, null));
        CompletableFuture<Outcome<Accepted>> after = edit("a");
        assertThat(get(create)).isInstanceOf(Outcome.Done.class);
        assertThat(get(edit)).isInstanceOf(Outcome.Done.class);
        assertThat(get(delete)).isInstanceOf(Outcome.Done.class);
        assertThat(get(after)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void leaderTicksAndAFollowerDoesNot() throws Exception {
        time.awaitWaiting(1);
        time.advance(ChangeLimits.TICK);
        time.awaitWaiting(1);
        assertThat(replica.log()).singleElement().isInstanceOf(ZoneCommand.Tick.class);
        assertThat(counters.get(Counter.TICKS)).isEqualTo(1);
        replica.leads(false, "n2");
        time.advance(ChangeLimits.TICK);
        time.awaitWaiting(1);
        assertThat(counters.get(Counter.TICKS)).isEqualTo(1);
    }

    @Test
    void stoppingTakesNoMore() throws Exception {
        writer.close();
        assertThat(done(Zones.create(APEX))).isInstanceOf(Outcome.NotDone.class);
    }
}
