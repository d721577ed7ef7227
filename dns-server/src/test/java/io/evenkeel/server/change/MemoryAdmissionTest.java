package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeCodec;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** What a leader takes, and what it turns down for want of memory on a member. */
@Timeout(60)
class MemoryAdmissionTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration DELAY = Duration.ofSeconds(3);
    private static final Name OTHER = Name.fromConstantString("other.");
    private static final long MEBIBYTE = 1 << 20;

    private final VirtualTime time = new VirtualTime();
    private final InMemoryReplica replica = new InMemoryReplica("n1", time);
    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    private String crowded = "";
    private final ZoneWriter writer = new ZoneWriter(replica, () -> crowded, new ControlCounters(), daemons, time);

    @AfterEach
    void close() {
        writer.close();
    }

    private ReplicatedState state() {
        return replica.root().get().state();
    }

    private void tell(String node, long octets) throws Exception {
        replica.propose(Objects.requireNonNull(MemoryLimits.note(state().settings(), node, octets)), LONG)
                .get(30, TimeUnit.SECONDS);
    }

    /** So that the smallest member has so much left for imports. */
    private void leave(long octets) throws Exception {
        tell("n1", 100 * MEBIBYTE);
        long left = Room.of(state()).left(false);
        tell("n1", 100 * MEBIBYTE - (left - octets) * 100 / 95);
    }

    private CompletableFuture<Outcome<Accepted>> submit(Change change) {
        return writer.submit(
                new ChangeEvaluator.Request(Zones.id(), change, Origin.UNTOLD),
                ChangeCodec.encode(change).length,
                LONG);
    }

    private Outcome<Accepted> done(Change change) throws Exception {
        return submit(change).get(30, TimeUnit.SECONDS);
    }

    private static Change.Stage firstChunk(Name apex, long needs) {
        List<byte[]> chunks = new ArrayList<>();
        RequestId stage = Zones.id();
        StageWriter.write(stage, Zones.records(apex), (number, chunk) -> chunks.add(chunk));
        return new Change.Stage(apex, stage, 0, chunks.getFirst(), needs);
    }

    private static Change.EditRRsets addresses(String owner, int count) {
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(Zones.record(owner + ".example.", Type.A, "10.0." + i / 250 + "." + i % 250));
        }
        return new Change.EditRRsets(
                APEX,
                List.of(new Change.RRsetEdit(
                        Name.fromConstantString(owner + ".example."), Type.A, Change.Edit.REPLACE, 300, records)),
                null);
    }

    private static void assertNoRoom(Outcome<Accepted> outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.NO_ROOM));
    }

    /** It has no room now, and does once others have ended. */
    private static void assertNoRoomNow(Outcome<Accepted> outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class, not -> assertThat(not.why()).contains("under way"));
    }

    @Test
    void whileDisksAreFullNothingThatGrowsIsTakenAndDeletesAre() throws Exception {
        done(Zones.create(APEX));
        assertThat(done(addresses("a", 1))).isInstanceOf(Outcome.Done.class);
        crowded = "2 of 3 members are short of room";
        assertThat(done(addresses("b", 1))).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.NO_ROOM);
            assertThat(refused.why().toString()).contains("2 of 3 members");
        });
        assertThat(done(firstChunk(OTHER, MEBIBYTE))).isInstanceOf(Outcome.Refused.class);
        assertThat(done(new Change.DeleteZone(APEX, null))).isInstanceOf(Outcome.Done.class);
        crowded = "";
        assertThat(done(firstChunk(OTHER, MEBIBYTE))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void everythingFitsWhileNoMemberHasToldItsLimit() throws Exception {
        assertThat(done(firstChunk(APEX, 1L << 40))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void twoImportsAtOnceDoNotBothPassWhatOnlyOneFits() throws Exception {
        leave(10 * MEBIBYTE);
        replica.delay(DELAY);
        CompletableFuture<Outcome<Accepted>> first = submit(firstChunk(APEX, 6 * MEBIBYTE));
        time.awaitWaiting(2);
        assertNoRoomNow(done(firstChunk(OTHER, 6 * MEBIBYTE)));
        assertNoRoom(done(firstChunk(OTHER, 11 * MEBIBYTE)));
        replica.delay(Duration.ZERO);
        time.advance(DELAY);
        assertThat(first.get(30, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
        // The state has it set aside from now on.
        assertNoRoomNow(done(firstChunk(OTHER, 6 * MEBIBYTE)));
        assertNoRoom(done(firstChunk(OTHER, 11 * MEBIBYTE)));
        assertThat(done(firstChunk(OTHER, 3 * MEBIBYTE))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void refusalNamesWhatIsNeededWhoseLimitItIsAndWhatToDo() throws Exception {
        tell("n2", 50 * MEBIBYTE);
        tell("n3", 30 * MEBIBYTE);
        Outcome<Accepted> outcome = done(firstChunk(APEX, 40 * MEBIBYTE));
        assertNoRoom(outcome);
        assertThat(((Outcome.Refused<Accepted>) outcome).why())
                .contains("needs 40 MiB", "n3 has", "of its 30 MiB", "larger -Xmx")
                .doesNotContain("come again");
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void smallChangesAndDeletesGoOnWhenImportsAreRefused() throws Exception {
        done(Zones.create(APEX));
        done(Zones.create(OTHER));
        // Much is taken, so that the last of the limit is much, too.
        done(firstChunk(Name.fromConstantString("fourth."), 40 * MEBIBYTE));
        leave(0);
        assertNoRoomNow(done(firstChunk(Name.fromConstantString("third."), MEBIBYTE)));
        assertNoRoomNow(done(addresses("many", 101)));
        assertThat(done(addresses("few", 100))).isInstanceOf(Outcome.Done.class);
        assertThat(done(new Change.DeleteZone(OTHER, null))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void deletesPassWhateverIsTaken() throws Exception {
        done(Zones.create(APEX));
        done(Zones.create(OTHER));
        done(addresses("many", 200));
        tell("n1", 1);
        assertNoRoom(done(addresses("few", 1)));
        assertThat(done(new Change.EditRRsets(
                        APEX,
                        List.of(new Change.RRsetEdit(
                                Name.fromConstantString("many.example."), Type.A, Change.Edit.DELETE, 0, List.of())),
                        null)))
                .isInstanceOf(Outcome.Done.class);
        assertThat(done(new Change.DeleteZone(APEX, null))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void memberThatCannotHoldWhatIsThereDoesNotCount() throws Exception {
        done(Zones.create(APEX));
        tell("n1", 200 * MEBIBYTE);
        tell("n2", 1);
        assertThat(Room.of(state()).smallest().node()).isEqualTo("n1");
        assertThat(done(firstChunk(APEX, 50 * MEBIBYTE))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void requestThatWasDoneIsAnsweredSoEvenIfItWouldNotFitAgain() throws Exception {
        Change create = new Change.CreateZone(APEX, new ZoneContents.Inline(Zones.records(APEX)));
        RequestId id = Zones.id();
        Outcome<Accepted> first = writer.submit(new ChangeEvaluator.Request(id, create, Origin.UNTOLD), 1_000, LONG)
                .get(30, TimeUnit.SECONDS);
        assertThat(first).isInstanceOf(Outcome.Done.class);
        tell("n1", 1);
        assertThat(writer.submit(new ChangeEvaluator.Request(id, create, Origin.UNTOLD), 1_000, LONG)
                        .get(30, TimeUnit.SECONDS))
                .isEqualTo(first);
    }

    @Test
    void oneMoreImportThanMayBeUnderWayIsToldToComeAgain() throws Exception {
        Change.Stage last = firstChunk(Name.fromConstantString("z0."), MEBIBYTE);
        assertThat(done(last)).isInstanceOf(Outcome.Done.class);
        for (int i = 1; i < ZoneLimits.MAX_STAGES - 1; i++) {
            assertThat(done(firstChunk(Name.fromConstantString("z" + i + "."), MEBIBYTE)))
                    .isInstanceOf(Outcome.Done.class);
        }
        replica.delay(DELAY);
        CompletableFuture<Outcome<Accepted>> eighth = submit(firstChunk(APEX, MEBIBYTE));
        time.awaitWaiting(2);
        assertNoRoomNow(done(firstChunk(OTHER, MEBIBYTE)));
        replica.delay(Duration.ZERO);
        time.advance(DELAY);
        assertThat(eighth.get(30, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
        assertNoRoomNow(done(firstChunk(OTHER, MEBIBYTE)));
        assertThat(done(last)).as("a chunk that is there").isInstanceOf(Outcome.Done.class);
    }

    @Test
    void whatTheStateShowsIsNotCountedOnceMoreBeforeItIsGivenBack() throws Exception {
        leave(10 * MEBIBYTE);
        Admission admission = new Admission(this::state, () -> "");
        Change.Stage first = firstChunk(APEX, 6 * MEBIBYTE);
        Admission.Judged held = admission.judge(List.of(pending(first)));
        assertThat(held.admitted()).hasSize(1);
        assertThat(admission
                        .judge(List.of(pending(firstChunk(OTHER, 5 * MEBIBYTE))))
                        .admitted())
                .isEmpty();
        done(first);
        Admission.Judged second = admission.judge(List.of(pending(firstChunk(OTHER, 3 * MEBIBYTE))));
        assertThat(second.admitted()).hasSize(1);
        assertThat(admission
                        .judge(List.of(pending(firstChunk(OTHER, 3 * MEBIBYTE))))
                        .admitted())
                .isEmpty();
        admission.giveBack(held.held());
        admission.giveBack(held.held());
        admission.giveBack(second.held());
        assertThat(admission
                        .judge(List.of(pending(firstChunk(OTHER, 3 * MEBIBYTE))))
                        .admitted())
                .hasSize(1);
    }

    private static ChangeQueue.Pending pending(Change change) {
        return new ChangeQueue.Pending(
                new ChangeEvaluator.Request(Zones.id(), change, Origin.UNTOLD),
                ChangeCodec.encode(change).length,
                0,
                new AtomicLong(),
                new CompletableFuture<>());
    }

    @Test
    void memberThatIsALittleTooSmallStopsNoSmallChanges() throws Exception {
        done(Zones.create(APEX));
        done(addresses("many", 2_000));
        tell("n1", 200 * MEBIBYTE);
        tell("n3", 200 * MEBIBYTE);
        // From one that can hold what is there, over one that cannot but counts, to one that does not count.
        for (int percent = 103; percent >= 90; percent--) {
            tell("n2", state().octets() * percent / 100);
            assertThat(done(addresses("few" + percent, 100)))
                    .as("n2 has %s %% of what is there", percent)
                    .isInstanceOf(Outcome.Done.class);
        }
        // An entry that most of them cannot hold would end them at its index, and again at each replay.
        for (int percent = 100; percent >= 90; percent--) {
            tell("n1", state().octets() * percent / 100);
            tell("n2", state().octets() * percent / 100);
            assertNoRoom(done(addresses("none", 100)));
        }
        tell("n1", 200 * MEBIBYTE);
        assertThat(done(addresses("again", 100))).isInstanceOf(Outcome.Done.class);
    }
}
