package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ChangeOutcome.Refused;
import io.evenkeel.zones.state.Guard;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Changes that take most of a zone have to be meant. */
class ExtentTest extends ChangeFixture {
    private long nextId;

    private static String host(int number) {
        return "h" + number + ".example.";
    }

    /** SOA, NS and its address: two names; and so many hosts. */
    private static List<Record> contents(long serial, int hosts) {
        List<Record> records = new ArrayList<>(Samples.zone(serial));
        IntStream.range(0, hosts).forEach(i -> records.add(Samples.record(host(i), 60, Type.A, "192.0.2.1")));
        return records;
    }

    private void create(int hosts) {
        carryOut(List.of(request(new Change.CreateZone(APEX, new ZoneContents.Inline(contents(1, hosts))))));
    }

    private ChangeOutcome ask(Change change, boolean forced) {
        return carryOut(List.of(new Request(new RequestId(9, ++nextId), change, Origin.UNTOLD, forced)))
                .getFirst();
    }

    private static Change replacement(int hosts) {
        return new Change.ReplaceZone(APEX, new ZoneContents.Inline(contents(1, hosts)), null);
    }

    private static Change deletion(int from, int to) {
        return edit(IntStream.range(from, to)
                .mapToObj(i -> new RRsetEdit(Samples.name(host(i)), Type.A, Edit.DELETE, 0, List.of()))
                .toArray(RRsetEdit[]::new));
    }

    private static void guarded(ChangeOutcome outcome, String... said) {
        assertThat(outcome).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.GUARDED);
            assertThat(refused.problems()).hasSize(1);
            assertThat(refused.problems().getFirst()).contains(said).contains("--force", "?force=true");
        });
    }

    @ParameterizedTest
    @CsvSource({"48, 22", "100, 48"})
    void moreThanHalfOfTheNamesAreTakenOnlyIfThatIsMeant(int hosts, int left) {
        create(hosts);
        String counts = "takes " + (hosts - left) + " of the " + (hosts + 2) + " names of example.";
        guarded(ask(replacement(left), false), counts);
        guarded(ask(deletion(left, hosts), false), counts);
        assertThat(zone().owners()).isEqualTo(hosts + 2);

        assertThat(ask(deletion(left + 1, hosts), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(hosts), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(left + 1), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(hosts), false)).isInstanceOf(Accepted.class);

        assertThat(ask(deletion(left, hosts), true)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(hosts), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(left), true)).isInstanceOf(Accepted.class);
    }

    @Test
    void theShareIsThatOfTheZone() {
        create(98);
        assertThat(ask(new Change.SetGuard(APEX, new Guard(20)), false))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.changed()).isTrue());
        guarded(ask(replacement(77), false), "takes 21 of the 100 names of example., and more than 20 %");
        guarded(ask(deletion(77, 98), false), "takes 21 of the 100 names of example.");
        assertThat(ask(new Change.SetGuard(APEX, new Guard(20)), false))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.changed()).isFalse());

        ask(new Change.SetGuard(APEX, Guard.ALL), false);
        guarded(ask(replacement(0), false), "takes all of example.");
        assertThat(ask(replacement(1), false)).isInstanceOf(Accepted.class);

        ask(new Change.SetGuard(APEX, Guard.OFF), false);
        ask(replacement(98), false);
        assertThat(ask(deletion(0, 98), false)).isInstanceOf(Accepted.class);
    }

    @Test
    void theGuardStaysWithTheNameUntilItIsTheUsualOne() {
        assertThat(ask(new Change.SetGuard(APEX, Guard.OFF), false))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.NO_SUCH_ZONE));
        create(98);
        ask(new Change.SetGuard(APEX, Guard.OFF), false);
        ask(new Change.DeleteZone(APEX, null), false);
        assertThat(Guard.of(state.settings(), Samples.name("EXAMPLE."))).isEqualTo(Guard.OFF);
        create(98);
        assertThat(ask(replacement(0), false)).isInstanceOf(Accepted.class);
        ask(new Change.DeleteZone(APEX, null), false);
        assertThat(ask(new Change.SetGuard(APEX, Guard.USUAL), false)).isInstanceOf(Accepted.class);
        assertThat(state.settings().ofKind(Guard.KIND)).isEmpty();
        create(98);
        guarded(ask(replacement(0), false), "takes all of example.");
    }

    @Test
    void ofAZoneOfFewNamesHalfIsTakenAsAsked() {
        create(ZoneLimits.GUARDED_NAMES - 3);
        assertThat(ask(replacement(1), false)).isInstanceOf(Accepted.class);
    }

    @Test
    void allButWhatAnyZoneHasIsTakenOnlyIfThatIsMeant() {
        create(2);
        guarded(ask(replacement(0), false), "(4 names before, 2 after)");
        guarded(ask(deletion(0, 2), false), "(4 names before, 2 after)");
        assertThat(ask(deletion(0, 2), true)).isInstanceOf(Accepted.class);
        create(0);
        assertThat(ask(replacement(2), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(0), true)).isInstanceOf(Accepted.class);
    }

    @Test
    void theOnlyNameOfAZoneGoesAsItCame() {
        create(1);
        assertThat(ask(deletion(0, 1), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(1), false)).isInstanceOf(Accepted.class);
        assertThat(ask(replacement(0), false)).isInstanceOf(Accepted.class);
    }

    @Test
    void namesThatComeCountAgainstThoseThatGo() {
        create(60);
        List<RRsetEdit> edits = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            edits.add(new RRsetEdit(Samples.name(host(i)), Type.A, Edit.DELETE, 0, List.of()));
            Record moved = Samples.record("new." + host(i), 60, Type.A, "192.0.2.1");
            edits.add(new RRsetEdit(moved.getName(), Type.A, Edit.EXTEND, 60, List.of(moved)));
        }
        assertThat(ask(edit(edits.toArray(RRsetEdit[]::new)), false)).isInstanceOf(Accepted.class);
    }

    @Test
    void stagedContentsAreCountedToo() {
        create(5_000);
        RequestId id = new RequestId(7, 7);
        List<Request> asked = new ArrayList<>();
        ZoneContents staged = StageWriter.write(
                id,
                contents(1, 100),
                (number, chunk) -> asked.add(new Request(
                        new RequestId(8, number),
                        new Change.Stage(APEX, id, number, chunk, StageWriter.needs(contents(1, 100))),
                        Origin.UNTOLD)));
        asked.forEach(chunk -> carryOut(List.of(chunk)));
        guarded(
                carryOut(List.of(new Request(id, new Change.ReplaceZone(APEX, staged, null), Origin.UNTOLD)))
                        .getFirst(),
                "takes 4900 of the 5002 names");
        assertThat(state.staging().has(id)).isFalse();
    }

    /** Else those before it would be lost, and it be refused for nothing. */
    @Test
    void whatOnlyChangesBeforeItMakeMuchIsJudgedAfterThem() {
        create(60);
        List<Request> batch = List.of(
                new Request(new RequestId(9, 100), deletion(0, 12), Origin.UNTOLD),
                new Request(new RequestId(9, 101), deletion(12, 40), Origin.UNTOLD));
        ChangeEvaluator.Evaluation evaluation = ChangeEvaluator.evaluate(state, APEX, batch, 0, Judgement::of);
        assertThat(evaluation.outcomes()).hasSize(1);
        List<ChangeOutcome> outcomes = carryOut(batch);
        assertThat(outcomes.getFirst()).isInstanceOf(Accepted.class);
        guarded(outcomes.getLast(), "takes 28 of the 50 names");
    }
}
