package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ZoneCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

class ZoneWriterTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final InMemoryReplica replica = new InMemoryReplica();
    private final ControlCounters counters = new ControlCounters();
    private final ZoneWriter writer = new ZoneWriter(replica, counters);

    @AfterEach
    void close() {
        writer.close();
    }

    private CompletableFuture<Written> submit(RequestId id, Change change) {
        return writer.submit(id, change, 100, LONG);
    }

    private Written done(Change change) throws Exception {
        return submit(Zones.id(), change).get(30, TimeUnit.SECONDS);
    }

    private static ChangeOutcome outcome(Written written) {
        return ((Written.Done) written).outcome();
    }

    private String address(String owner) {
        return Zones.zone(replica.root().get().state()).rrset(Name.fromConstantString(owner), Type.A).stream()
                .map(record -> record.rdataToString())
                .reduce("", (a, b) -> a + b);
    }

    @Test
    void changeIsInTheStateWhenItsOutcomeIsKnown() throws Exception {
        assertThat(outcome(done(Zones.create(APEX)))).isInstanceOf(ChangeOutcome.Accepted.class);
        ChangeOutcome.Accepted accepted = (ChangeOutcome.Accepted) outcome(done(Zones.edit(APEX, "a", "192.0.2.7")));
        assertThat(accepted.index()).isEqualTo(replica.root().get().index());
        assertThat(address("a.example.")).isEqualTo("192.0.2.7");
        await().atMost(LONG).until(() -> writer.busyZones() == 0);
        assertThat(writer.size()).isZero();
    }

    @Test
    void refusalsAreNotProposed() throws Exception {
        ChangeOutcome outcome = outcome(done(Zones.edit(APEX, "a", "192.0.2.7")));
        assertThat(((ChangeOutcome.Refused) outcome).reason()).isEqualTo(ChangeOutcome.Reason.NO_SUCH_ZONE);
        assertThat(replica.log()).isEmpty();
    }

    @Test
    void leaderThatCannotShowThatItLeadsTurnsNothingDown() throws Exception {
        replica.quorum(false);
        assertThat(done(Zones.edit(APEX, "a", "192.0.2.7"))).isInstanceOf(Written.NotLeader.class);
    }

    @Test
    void changesThatWaitShareOneEntry() throws Exception {
        done(Zones.create(APEX));
        replica.delay(Duration.ofMillis(200));
        List<CompletableFuture<Written>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(submit(Zones.id(), Zones.edit(APEX, "h" + i, "192.0.2." + i)));
        }
        for (CompletableFuture<Written> one : all) {
            assertThat(outcome(one.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Accepted.class);
        }
        assertThat(address("h199.example.")).isEqualTo("192.0.2.199");
        // The create, the first edit alone, and few entries for all that came meanwhile.
        assertThat(replica.log()).hasSizeLessThan(10);
    }

    @Test
    void zonesDoNotWaitForEachOther() throws Exception {
        Name other = Name.fromConstantString("other.");
        replica.delay(Duration.ofSeconds(2));
        long start = System.nanoTime();
        List<CompletableFuture<Written>> all = new ArrayList<>();
        all.add(submit(Zones.id(), Zones.create(APEX)));
        all.add(submit(Zones.id(), Zones.create(other)));
        for (CompletableFuture<Written> one : all) {
            one.get(30, TimeUnit.SECONDS);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(3900));
    }

    @Test
    void whoeverDoesNotLeadSaysWhoDoes() throws Exception {
        replica.leads(false, "n2");
        assertThat(done(Zones.create(APEX))).isEqualTo(new Written.NotLeader("n2"));
        assertThat(replica.log()).isEmpty();
    }

    @Test
    void lostLeadershipLeavesWhatWaitsUnproposed() throws Exception {
        done(Zones.create(APEX));
        replica.delay(Duration.ofSeconds(3));
        CompletableFuture<Written> inFlight = submit(Zones.id(), Zones.edit(APEX, "a", "192.0.2.1"));
        await().atMost(LONG).until(() -> replica.log().size() == 2);
        CompletableFuture<Written> waits = submit(Zones.id(), Zones.edit(APEX, "b", "192.0.2.1"));
        replica.leads(false, "n3");
        assertThat(outcome(inFlight.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(waits.get(30, TimeUnit.SECONDS)).isEqualTo(new Written.NotLeader("n3"));
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
            assertThat(outcome(submit(id, change).get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Unknown.class);
            int entries = replica.log().size();
            assertThat(outcome(submit(id, change).get(30, TimeUnit.SECONDS)))
                    .isInstanceOf(ChangeOutcome.Accepted.class);
            assertThat(replica.log()).hasSize(applied ? entries : entries + 1);
            assertThat(address(owner + ".example.")).isEqualTo("192.0.2.9");
        }
    }

    @Test
    void sameIdTwiceIsOneChange() throws Exception {
        done(Zones.create(APEX));
        replica.delay(Duration.ofMillis(300));
        RequestId id = Zones.id();
        CompletableFuture<Written> first = submit(id, Zones.edit(APEX, "a", "192.0.2.1"));
        CompletableFuture<Written> second = submit(id, Zones.edit(APEX, "a", "192.0.2.1"));
        assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(second.get(30, TimeUnit.SECONDS));
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void overloadedLogGivesTheChangeBack() throws Exception {
        replica.overloaded(true);
        assertThat(outcome(done(Zones.create(APEX)))).isInstanceOf(ChangeOutcome.NotProposed.class);
    }

    @Test
    void queueIsBounded() throws Exception {
        done(Zones.create(APEX));
        replica.delay(Duration.ofSeconds(1));
        List<CompletableFuture<Written>> all = new ArrayList<>();
        for (int i = 0; i < ChangeLimits.QUEUED_CHANGES + 1; i++) {
            all.add(submit(Zones.id(), Zones.edit(APEX, "h", "192.0.2.1")));
        }
        assertThat(outcome(all.getLast().get(30, TimeUnit.SECONDS)).toString()).contains("overloaded");
    }

    @Test
    void whatWaitedTooLongIsNotBegun() throws Exception {
        done(Zones.create(APEX));
        replica.delay(Duration.ofMillis(400));
        CompletableFuture<Written> first = submit(Zones.id(), Zones.edit(APEX, "a", "192.0.2.1"));
        await().atMost(LONG).until(() -> replica.log().size() == 2);
        CompletableFuture<Written> late =
                writer.submit(Zones.id(), Zones.edit(APEX, "b", "192.0.2.1"), 100, Duration.ofMillis(1));
        first.get(30, TimeUnit.SECONDS);
        assertThat(outcome(late.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.NotProposed.class);
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void createAndEditOfOneZoneKeepTheirOrder() throws Exception {
        CompletableFuture<Written> create = submit(Zones.id(), Zones.create(APEX));
        CompletableFuture<Written> edit = submit(Zones.id(), Zones.edit(APEX, "a", "192.0.2.1"));
        CompletableFuture<Written> delete = submit(Zones.id(), new Change.DeleteZone(APEX, null));
        CompletableFuture<Written> after = submit(Zones.id(), Zones.edit(APEX, "a", "192.0.2.1"));
        assertThat(outcome(create.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(outcome(edit.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(outcome(delete.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(outcome(after.get(30, TimeUnit.SECONDS))).isInstanceOf(ChangeOutcome.Refused.class);
    }

    @Test
    void leaderTicks() {
        ZoneWriter brisk = new ZoneWriter(replica, counters, Duration.ofMillis(20));
        try {
            await().atMost(LONG).until(() -> replica.log().stream().anyMatch(ZoneCommand.Tick.class::isInstance));
            assertThat(counters.get(Counter.TICKS)).isPositive();
        } finally {
            brisk.close();
        }
    }

    @Test
    void stoppingTakesNoMore() throws Exception {
        writer.close();
        assertThat(outcome(done(Zones.create(APEX)))).isInstanceOf(ChangeOutcome.NotProposed.class);
    }
}
