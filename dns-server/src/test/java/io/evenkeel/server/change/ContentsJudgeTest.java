package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.LeaderCall;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** A leader whose judge is held until a test lets it go. Time moves only when the test moves it. */
@Timeout(60)
class ContentsJudgeTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Name OTHER = Name.fromConstantString("other.");

    private final VirtualTime time = new VirtualTime();
    private final InMemoryReplica replica = new InMemoryReplica("n1", time);
    private final ControlCounters counters = new ControlCounters();
    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger judged = new AtomicInteger();
    private ZoneWriter writer = writer(this::behindTheGate);

    @AfterEach
    void close() {
        gate.countDown();
        writer.close();
    }

    private ZoneWriter writer(Judgement.Judge judge) {
        return new ZoneWriter(replica, () -> "", counters, daemons, time, judge);
    }

    private @Nullable Judgement behindTheGate(ReplicatedState state, Name apex, ZoneContents.Staged staged) {
        judged.incrementAndGet();
        try {
            gate.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        return Judgement.of(state, apex, staged);
    }

    private CompletableFuture<Outcome<Accepted>> submit(RequestId id, Change change) {
        return writer.submit(new ChangeEvaluator.Request(id, change, Origin.UNTOLD), 100, LONG);
    }

    private CompletableFuture<Outcome<Accepted>> submit(Change change) {
        return submit(Zones.id(), change);
    }

    private static Outcome<Accepted> get(CompletableFuture<Outcome<Accepted>> outcome) throws Exception {
        return outcome.get(30, TimeUnit.SECONDS);
    }

    /** Of a few records, which is enough to be judged on the judge's thread. */
    private ZoneContents.Staged staged(Name apex, List<Record> records) throws Exception {
        RequestId stage = Zones.id();
        return StageWriter.<Exception>write(
                stage,
                records,
                (number, chunk) -> assertThat(get(submit(new Change.Stage(apex, stage, number, chunk, 0))))
                        .isInstanceOf(Outcome.Done.class));
    }

    private CompletableFuture<Outcome<Accepted>> judging(RequestId id, Name apex) throws Exception {
        CompletableFuture<Outcome<Accepted>> outcome =
                submit(id, new Change.CreateZone(apex, staged(apex, Zones.records(apex))));
        awaitJudging(apex);
        return outcome;
    }

    private void awaitJudging(Name apex) {
        await().atMost(LONG).until(() -> writer.isJudging(apex));
    }

    private boolean isThere(Name apex) {
        return replica.root().get().state().catalog().zone(apex) != null;
    }

    @Test
    void contentsThatAreJudgedForMinutesBecomeAZoneAndWhoeverAskedWaits() throws Exception {
        ZoneContents.Staged contents = staged(APEX, Zones.records(APEX));
        writer.close();
        Duration judging = Duration.ofSeconds(100);
        writer = writer((state, apex, staged) -> {
            try {
                time.sleep(judging);
            } catch (InterruptedException stopped) {
                throw new IllegalStateException(stopped);
            }
            return Judgement.of(state, apex, staged);
        });
        try (PeerClient nobody = new PeerClient(Map::of, null, counters, daemons, time)) {
            LeaderCall call = new LeaderCall("n1", () -> replica, nobody);
            ChangeService service = new ChangeService(replica.root(), call, counters, time);
            service.open(writer);
            CompletableFuture<Outcome<Accepted>> outcome = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    outcome.complete(service.submit(
                            Zones.id(),
                            new Origin("test", "", ""),
                            new Change.CreateZone(APEX, contents),
                            Duration.ofSeconds(10)));
                } catch (InterruptedException | RuntimeException e) {
                    outcome.completeExceptionally(e);
                }
            });
            // The clock of ticks, the judge, and whoever asked.
            time.advanceUntil(outcome, 3);
            assertThat(outcome.get()).isInstanceOf(Outcome.Done.class);
            assertThat(time.nanos()).isGreaterThanOrEqualTo(judging.toNanos());
            assertThat(isThere(APEX)).isTrue();
        }
    }

    @Test
    void otherZonesGoOnMeanwhile() throws Exception {
        CompletableFuture<Outcome<Accepted>> slow = judging(Zones.id(), APEX);
        assertThat(get(submit(Zones.create(OTHER)))).isInstanceOf(Outcome.Done.class);
        assertThat(get(submit(Zones.edit(OTHER, "a", "192.0.2.1")))).isInstanceOf(Outcome.Done.class);
        assertThat(slow).isNotDone();
        assertThat(isThere(APEX)).isFalse();
        gate.countDown();
        assertThat(get(slow)).isInstanceOf(Outcome.Done.class);
        await().atMost(LONG).until(() -> !writer.isJudging(APEX));
    }

    @Test
    void laterChangesOfTheZoneAreJudgedOnTheVersionAfterIt() throws Exception {
        assertThat(get(submit(Zones.create(APEX)))).isInstanceOf(Outcome.Done.class);
        var before = Zones.zone(replica.root().get().state()).version();
        List<Record> records = new ArrayList<>(Zones.records(APEX));
        records.add(Zones.record("imported.example.", Type.A, "192.0.2.2"));
        CompletableFuture<Outcome<Accepted>> slow = submit(new Change.ReplaceZone(APEX, staged(APEX, records), before));
        awaitJudging(APEX);
        CompletableFuture<Outcome<Accepted>> edit = submit(Zones.edit(APEX, "edited", "192.0.2.3"));
        CompletableFuture<Outcome<Accepted>> late =
                submit(new Change.ReplaceZone(APEX, new ZoneContents.Inline(Zones.records(APEX)), before));
        gate.countDown();
        assertThat(get(slow)).isInstanceOf(Outcome.Done.class);
        assertThat(get(edit)).isInstanceOf(Outcome.Done.class);
        assertThat(get(late))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.CONFLICT));
        for (String owner : List.of("imported.example.", "edited.example.")) {
            assertThat(Zones.zone(replica.root().get().state()).rrset(Name.fromConstantString(owner), Type.A))
                    .as(owner)
                    .hasSize(1);
        }
    }

    @Test
    void leadershipLostMeanwhileLeavesItUnproposedAndItIsDoneWhenAskedAgain() throws Exception {
        RequestId id = Zones.id();
        CompletableFuture<Outcome<Accepted>> slow = judging(id, APEX);
        replica.leads(false, "n2");
        gate.countDown();
        assertThat(get(slow)).isEqualTo(new Outcome.NotLeader<Accepted>("n2"));
        assertThat(replica.log()).noneMatch(ZoneCommand.PutZone.class::isInstance);
        replica.leads(true, null);
        ZoneContents.Staged again = staged(APEX, Zones.records(APEX));
        assertThat(get(submit(id, new Change.CreateZone(APEX, again)))).isInstanceOf(Outcome.Done.class);
        assertThat(isThere(APEX)).isTrue();
    }

    @Test
    void askedAgainMeanwhileItIsOneChange() throws Exception {
        RequestId id = Zones.id();
        CompletableFuture<Outcome<Accepted>> slow = judging(id, APEX);
        CompletableFuture<Outcome<Accepted>> again = submit(id, Zones.create(APEX));
        gate.countDown();
        assertThat(get(again)).isInstanceOf(Outcome.Done.class).isEqualTo(get(slow));
        assertThat(judged).hasValue(1);
    }

    @Test
    void contentsThatAreTurnedDownAreJudgedOnceAndForgotten() throws Exception {
        gate.countDown();
        List<Record> records = new ArrayList<>(Zones.records(APEX));
        records.add(Zones.record("ns1.example.", Type.CNAME, "elsewhere.example."));
        assertThat(get(submit(new Change.CreateZone(APEX, staged(APEX, records)))))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.INVALID));
        assertThat(judged).hasValue(1);
        assertThat(replica.log()).last().isInstanceOf(ZoneCommand.DropStage.class);
    }

    @Test
    void faultWhileJudgingTurnsThatChangeDownAndNoOther() throws Exception {
        ZoneContents.Staged contents = staged(APEX, Zones.records(APEX));
        ZoneContents.Staged others = staged(OTHER, Zones.records(OTHER));
        writer.close();
        writer = writer((state, apex, staged) -> {
            if (apex.equals(APEX)) {
                throw new StackOverflowError("planted");
            }
            return Judgement.of(state, apex, staged);
        });
        assertThat(get(submit(new Change.CreateZone(APEX, contents))))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.FAULT));
        CompletableFuture<Outcome<Accepted>> other = submit(new Change.CreateZone(OTHER, others));
        time.advanceUntil(other, 2); // the judge begins anew after a wait
        assertThat(get(other)).isInstanceOf(Outcome.Done.class);
        assertThat(daemons.faults()).containsEntry("contents-judge", 1L);
    }

    @Test
    void stoppingGivesBackWhatWaitsForItsJudgement() throws Exception {
        CompletableFuture<Outcome<Accepted>> first = judging(Zones.id(), APEX);
        await().atMost(LONG).until(() -> judged.get() == 1);
        CompletableFuture<Outcome<Accepted>> waits = judging(Zones.id(), OTHER);
        writer.close();
        assertThat(get(waits)).isEqualTo(new Outcome.NotDone<Accepted>("this node is stopping"));
        assertThat(get(first)).as("it was judged to its end").isInstanceOf(Outcome.Done.class);
        assertThat(isThere(OTHER)).isFalse();
    }

    @Test
    void signedContentsWithASerialThatIsNotAheadAreNotEvenStaged() throws Exception {
        assertThat(get(submit(Zones.create(APEX)))).isInstanceOf(Outcome.Done.class);
        List<Record> records = new ArrayList<>(Zones.records(APEX));
        records.add(Zones.record(
                "ns1.example.",
                Type.RRSIG,
                "A 13 2 300 20300101000000 20250101000000 1 example. " + "A".repeat(86) + "=="));
        for (int i = 0; i < 40_000; i++) {
            records.add(Zones.record("h" + i + ".example.", Type.A, "192.0.2.1"));
        }
        int entries = replica.log().size();
        try (PeerClient nobody = new PeerClient(Map::of, null, counters, daemons, time)) {
            ChangeService service =
                    new ChangeService(replica.root(), new LeaderCall("n1", () -> replica, nobody), counters, time);
            service.open(writer);
            assertThat(new ContentsStager(service, replica.root())
                            .stage(Zones.id(), new Origin("test", "", ""), APEX, records, LONG))
                    .isInstanceOfSatisfying(
                            Outcome.Refused.class,
                            refused -> assertThat(refused.why()).contains("signed with serial 1"));
        }
        assertThat(replica.log()).hasSize(entries);
    }
}
