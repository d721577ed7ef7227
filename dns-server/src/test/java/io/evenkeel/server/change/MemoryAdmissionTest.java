package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeCodec;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
    private final ZoneWriter writer = new ZoneWriter(replica, new ControlCounters(), daemons, time);

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
        return writer.submit(Zones.id(), change, ChangeCodec.encode(change).length, LONG);
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
        assertNoRoom(done(firstChunk(OTHER, 6 * MEBIBYTE)));
        replica.delay(Duration.ZERO);
        time.advance(DELAY);
        assertThat(first.get(30, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
        // The state has it set aside from now on.
        assertNoRoom(done(firstChunk(OTHER, 6 * MEBIBYTE)));
        assertThat(done(firstChunk(OTHER, 3 * MEBIBYTE))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void refusalNamesWhatIsNeededWhoseLimitItIsAndWhatToDo() throws Exception {
        tell("n2", 50 * MEBIBYTE);
        tell("n3", 30 * MEBIBYTE);
        Outcome<Accepted> outcome = done(firstChunk(APEX, 40 * MEBIBYTE));
        assertNoRoom(outcome);
        assertThat(((Outcome.Refused<Accepted>) outcome).why())
                .contains("needs 40 MiB", "n3 has", "of its 30 MiB", "larger -Xmx");
        assertThat(replica.log()).hasSize(2);
    }

    @Test
    void smallChangesAndDeletesGoOnWhenImportsAreRefused() throws Exception {
        done(Zones.create(APEX));
        done(Zones.create(OTHER));
        // Much is taken, so that the last of the limit is much, too.
        done(firstChunk(Name.fromConstantString("fourth."), 40 * MEBIBYTE));
        leave(0);
        assertNoRoom(done(firstChunk(Name.fromConstantString("third."), MEBIBYTE)));
        assertNoRoom(done(addresses("many", 101)));
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
        assertThat(Room.of(state()).node()).isEqualTo("n1");
        assertThat(done(firstChunk(APEX, 50 * MEBIBYTE))).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void requestThatWasDoneIsAnsweredSoEvenIfItWouldNotFitAgain() throws Exception {
        Change create = new Change.CreateZone(APEX, new ZoneContents.Inline(Zones.records(APEX)));
        RequestId id = Zones.id();
        Outcome<Accepted> first = writer.submit(id, create, 1_000, LONG).get(30, TimeUnit.SECONDS);
        assertThat(first).isInstanceOf(Outcome.Done.class);
        tell("n1", 1);
        assertThat(writer.submit(id, create, 1_000, LONG).get(30, TimeUnit.SECONDS))
                .isEqualTo(first);
    }
}
