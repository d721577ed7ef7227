package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.EditRRsets;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.change.ChangeEvaluator.Evaluation;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ChangeOutcome.Refused;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class ChangeEvaluatorTest extends ChangeFixture {
    private static RRsetEdit of(Edit edit, String owner, String type, String... rdata) {
        Name name = Samples.name(owner);
        int number = Type.value(type);
        List<Record> records = Arrays.stream(rdata)
                .map(text -> Samples.record(owner, 60, number, text))
                .toList();
        return new RRsetEdit(name, number, edit, 60, records);
    }

    private Evaluation evaluate(Change... changes) {
        return ChangeEvaluator.evaluate(
                state, APEX, Stream.of(changes).map(this::request).toList(), 0, Judgement::of);
    }

    private ChangeOutcome carryOut(Change change) {
        return carryOut(List.of(request(change))).getFirst();
    }

    private void create(long serial, Record... more) {
        List<Record> records = new ArrayList<>(Samples.zone(serial));
        records.addAll(List.of(more));
        assertThat(carryOut(new Change.CreateZone(APEX, new ZoneContents.Inline(records))))
                .isInstanceOf(Accepted.class);
    }

    private static Reason reason(@Nullable ChangeOutcome outcome) {
        assertThat(outcome).isInstanceOf(Refused.class);
        return ((Refused) Objects.requireNonNull(outcome)).reason();
    }

    @Test
    void aZoneIsCreatedReplacedAndDeleted() {
        assertThat(reason(carryOut(new Change.DeleteZone(APEX, null)))).isEqualTo(Reason.NO_SUCH_ZONE);
        assertThat(reason(carryOut(edit(of(Edit.DELETE, "a.example.", "A"))))).isEqualTo(Reason.NO_SUCH_ZONE);
        create(5);
        ZoneVersion first = zone().version();
        assertThat(first.zoneId()).isEqualTo(first.change());
        assertThat(reason(carryOut(new Change.CreateZone(APEX, new ZoneContents.Inline(Samples.zone(9))))))
                .isEqualTo(Reason.ZONE_EXISTS);
        assertThat(carryOut(new Change.ReplaceZone(APEX, new ZoneContents.Inline(Samples.zone(9)), first)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.serial()).isEqualTo(9));
        assertThat(zone().version().zoneId()).isEqualTo(first.zoneId());
        assertThat(reason(carryOut(new Change.DeleteZone(APEX, first)))).isEqualTo(Reason.CONFLICT);
        assertThat(carryOut(new Change.DeleteZone(APEX, zone().version()))).isInstanceOf(Accepted.class);
        assertThat(state.catalog().zone(APEX)).isNull();
    }

    @Test
    void aReplacementWithoutANewSerialGetsTheNextOne() {
        create(9, Samples.record("a.example.", 60, Type.A, "192.0.2.9"));
        assertThat(carryOut(new Change.ReplaceZone(APEX, new ZoneContents.Inline(Samples.zone(3)), null)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.serial()).isEqualTo(10));
    }

    @Test
    void aReplacementByTheSameChangesNothing() {
        create(9);
        assertThat(carryOut(new Change.ReplaceZone(APEX, new ZoneContents.Inline(Samples.zone(9)), null)))
                .isInstanceOfSatisfying(Accepted.class, accepted -> {
                    assertThat(accepted.changed()).isFalse();
                    assertThat(accepted.version()).isEqualTo(zone().version());
                });
    }

    @Test
    void contentsThatBreakARuleAreRefusedWithAllProblems() {
        List<Record> records = new ArrayList<>(Samples.zone(1));
        records.add(Samples.record("a.example.", 60, Type.CNAME, "b.example."));
        records.add(Samples.record("a.example.", 60, Type.A, "192.0.2.1"));
        records.add(Samples.record("a.other.", 60, Type.A, "192.0.2.1"));
        ChangeOutcome outcome = carryOut(new Change.CreateZone(APEX, new ZoneContents.Inline(records)));
        assertThat(outcome).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.INVALID);
            assertThat(refused.problems()).hasSize(2);
        });
    }

    @Test
    void editsOfABatchShareOneCommandAndOneSerial() {
        create(5);
        List<ChangeOutcome> outcomes = carryOut(List.of(
                request(edit(of(Edit.EXTEND, "a.example.", "A", "192.0.2.1"))),
                request(edit(of(Edit.EXTEND, "A.example.", "A", "192.0.2.2"))),
                request(edit(of(Edit.PRUNE, "a.example.", "A", "192.0.2.1")))));
        assertThat(outcomes)
                .hasSize(3)
                .allSatisfy(outcome -> assertThat(outcome).isEqualTo(new Accepted(index, zone().version(), 6, true)));
        assertThat(zone().rrset(Samples.name("a.example."), Type.A)).hasSize(1);
    }

    @Test
    void whatIsAddedAndRemovedInOneBatchCancelsButBothTookEffect() {
        create(5);
        Evaluation evaluation = evaluate(
                edit(of(Edit.EXTEND, "a.example.", "A", "192.0.2.1")), edit(of(Edit.DELETE, "a.example.", "A")));
        assertThat(evaluation.outcomes()).containsExactly(null, null);
        assertThat(evaluation.command()).isInstanceOfSatisfying(ZoneCommand.ApplyDiff.class, apply -> {
            assertThat(apply.diff().removed()).extracting(Record::getType).containsExactly(Type.SOA);
            assertThat(apply.diff().added()).extracting(Record::getType).containsExactly(Type.SOA);
            assertThat(apply.requests()).hasSize(2);
        });
    }

    @Test
    void anEditThatChangesNothingIsAcceptedWithoutACommand() {
        create(5);
        Evaluation evaluation = evaluate(
                edit(of(Edit.DELETE, "a.example.", "A")),
                edit(of(Edit.PRUNE, "ns1.example.", "A", "192.0.2.99")),
                new EditRRsets(
                        APEX,
                        List.of(new RRsetEdit(
                                Samples.name("NS1.example."),
                                Type.A,
                                Edit.REPLACE,
                                3600,
                                List.of(Samples.record("ns1.example.", 1, Type.A, "192.0.2.1")))),
                        null));
        assertThat(evaluation.command()).isNull();
        assertThat(evaluation.outcomes())
                .hasSize(3)
                .allSatisfy(outcome ->
                        assertThat(outcome).isEqualTo(new Accepted(state.index(), zone().version(), 5, false)));
    }

    @Test
    void aTtlOrTheCaseOfRdataIsAChange() {
        create(5, Samples.record("a.example.", 60, Type.CNAME, "b.example."));
        carryOut(edit(of(Edit.REPLACE, "a.example.", "CNAME", "B.Example.")));
        assertThat(zone().rrset(Samples.name("a.example."), Type.CNAME)
                        .getFirst()
                        .rdataToString())
                .isEqualTo("B.Example.");
        carryOut(new EditRRsets(
                APEX,
                List.of(new RRsetEdit(
                        Samples.name("ns1.example."),
                        Type.A,
                        Edit.EXTEND,
                        7,
                        List.of(Samples.record("ns1.example.", 1, Type.A, "192.0.2.2")))),
                null));
        assertThat(zone().rrset(Samples.name("ns1.example."), Type.A))
                .hasSize(2)
                .allMatch(record -> record.getTTL() == 7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            EXTEND  | ns1.example.  | CNAME | x.example.                        | beside other types [A] (RFC 1034 §3.6.2
            EXTEND  | example.      | SOA   | a. b. 9 1 1 1 1                   | exactly one SOA record (RFC 1035 §5.2)
            DELETE  | example.      | SOA   |                                   | no SOA record at the apex
            DELETE  | example.      | NS    |                                   | no NS record at the apex
            REPLACE | a.example.    | SOA   | a. b. 9 1 1 1 1                   | SOA below the apex
            EXTEND  | a.other.      | A     | 192.0.2.1                         | not at or below the zone's apex
            EXTEND  | child.example. | DNAME | a.                               | apex only (RFC 6672 §2.3)
            DELETE  | a.example.    | ANY   |                                   | question or meta type
            DELETE  | a.example.    | AXFR  |                                   | question or meta type
            DELETE  | a.example.    | OPT   |                                   | not a type of zone data
            DELETE  | a.example.    | NSEC3 |                                   | signed zone
            """)
    void editsThatBreakARuleAreRefused(Edit edit, String owner, String type, @Nullable String rdata, String problem) {
        create(5, Samples.record("child.example.", 60, Type.NS, "ns.elsewhere."));
        String[] records = rdata == null ? new String[0] : new String[] {rdata};
        Evaluation evaluation = evaluate(edit(of(edit, owner, type, records)));
        assertThat(evaluation.command()).isNull();
        assertThat(evaluation.outcomes().getFirst()).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.INVALID);
            assertThat(refused.problems()).anyMatch(text -> text.contains(problem));
        });
    }

    @Test
    void aRecordThatHasNoWireFormNeverGetsIntoTheLog() {
        create(5);
        Name owner = Samples.name("a.example.");
        Record empty = Record.newRecord(owner, Type.A, DClass.IN, 60);
        Record huge = Samples.record("a.example.", 60, Type.TXT, ("\"" + "x".repeat(250) + "\" ").repeat(300));
        for (Record record : List.of(empty, huge)) {
            RRsetEdit edit = new RRsetEdit(owner, record.getType(), Edit.EXTEND, 60, List.of(record));
            assertThat(reason(evaluate(edit(edit)).outcomes().getFirst())).isEqualTo(Reason.INVALID);
        }
    }

    @Test
    void anRRsetThatFitsInNoMessageIsRefused() {
        create(5);
        String[] texts = IntStream.range(0, 300)
                .mapToObj(i -> "\"" + i + "x".repeat(240) + "\"")
                .toArray(String[]::new);
        assertThat(reason(evaluate(edit(of(Edit.EXTEND, "a.example.", "TXT", texts)))
                        .outcomes()
                        .getFirst()))
                .isEqualTo(Reason.INVALID);
    }

    @Test
    void aConditionOnTheVersionIsJudgedAgainstWhatIsCommitted() {
        create(5);
        RRsetEdit add = of(Edit.EXTEND, "a.example.", "A", "192.0.2.1");
        RRsetEdit more = of(Edit.EXTEND, "a.example.", "A", "192.0.2.2");
        ZoneVersion version = zone().version();
        List<Request> batch = List.of(
                request(new EditRRsets(APEX, List.of(add), version)),
                request(new EditRRsets(APEX, List.of(more), version)));
        assertThat(ChangeEvaluator.evaluate(state, APEX, batch, 0, Judgement::of)
                        .outcomes())
                .hasSize(1);
        List<ChangeOutcome> outcomes = carryOut(batch);
        assertThat(outcomes.getFirst()).isInstanceOf(Accepted.class);
        assertThat(reason(outcomes.getLast())).isEqualTo(Reason.CONFLICT);
    }

    @Test
    void whatOnlyPendingEditsRuleOutWaitsForThem() {
        create(5);
        Evaluation evaluation = evaluate(
                edit(of(Edit.EXTEND, "a.example.", "A", "192.0.2.1")),
                edit(of(Edit.EXTEND, "example.", "CNAME", "x.example.")),
                edit(of(Edit.EXTEND, "a.example.", "CNAME", "x.example.")),
                edit(of(Edit.EXTEND, "b.example.", "A", "192.0.2.1")));
        assertThat(evaluation.outcomes()).hasSize(2);
        assertThat(evaluation.outcomes().getFirst()).isNull();
        assertThat(reason(evaluation.outcomes().getLast())).isEqualTo(Reason.INVALID);
    }

    @Test
    void aRequestIsAnsweredFromMemoryOnce() {
        create(5);
        Request add = request(edit(of(Edit.EXTEND, "a.example.", "A", "192.0.2.1")));
        List<ChangeOutcome> outcomes = carryOut(List.of(add, add));
        assertThat(outcomes.getFirst()).isEqualTo(outcomes.getLast());
        carryOut(edit(of(Edit.DELETE, "a.example.", "A")));
        assertThat(carryOut(List.of(add)).getFirst()).isEqualTo(outcomes.getFirst());
        assertThat(zone().rrset(Samples.name("a.example."), Type.A)).isEmpty();
    }

    @Test
    void aBatchThatIsTooLargeIsTakenFromItsFront() {
        create(5);
        String text = IntStream.range(0, 200)
                .mapToObj(i -> "\"" + "x".repeat(250) + "\"")
                .reduce("", (a, b) -> a + " " + b);
        List<Request> batch = IntStream.range(0, 50)
                .mapToObj(i -> request(edit(of(Edit.REPLACE, "t" + i + ".example.", "TXT", text))))
                .toList();
        Evaluation evaluation = ChangeEvaluator.evaluate(state, APEX, batch, 0, Judgement::of);
        assertThat(evaluation.outcomes()).hasSizeBetween(15, 25).containsOnlyNulls();
        assertThat(carryOut(batch)).hasSize(50).allMatch(outcome -> outcome instanceof Accepted);
        assertThat(zone().records()).isEqualTo(53);
    }

    @Test
    void aChangeThatFitsInNoCommandIsRefused() {
        create(5);
        String text = ("\"" + "x".repeat(250) + "\" ").repeat(200);
        RRsetEdit[] edits = IntStream.range(0, 30)
                .mapToObj(i -> of(Edit.REPLACE, "t" + i + ".example.", "TXT", text))
                .toArray(RRsetEdit[]::new);
        assertThat(reason(evaluate(edit(edits)).outcomes().getFirst())).isEqualTo(Reason.TOO_LARGE);
        List<Record> records = new ArrayList<>(Samples.zone(9));
        for (RRsetEdit edit : edits) {
            records.addAll(edit.records());
        }
        Change replace = new Change.ReplaceZone(APEX, new ZoneContents.Inline(records), null);
        assertThat(reason(evaluate(replace).outcomes().getFirst())).isEqualTo(Reason.TOO_LARGE);
    }

    @ParameterizedTest
    @CsvSource({
        "5, -1, 6",
        "5, 5, 6",
        "5, 4, 6",
        "5, 100, 100",
        "4294967295, -1, 1",
        "4294967294, -1, 4294967295",
        "4294967295, 7, 7",
        "5, 2147483653, 6", // half the circle away: neither ahead nor behind
        "5, 2147483652, 2147483652"
    })
    void theSerialAdvancesByOneUnlessAnSoaIsFurtherAhead(long serial, long asked, long expected) {
        create(serial);
        RRsetEdit edit = asked < 0
                ? of(Edit.EXTEND, "a.example.", "A", "192.0.2.1")
                : of(Edit.REPLACE, "example.", "SOA", "changed. host.example. " + asked + " 3600 600 604800 300");
        assertThat(carryOut(edit(edit)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.serial()).isEqualTo(expected));
        assertThat(zone().serial()).isEqualTo(expected);
    }

    @Test
    void anSoaThatDiffersOnlyInASerialNotAheadIsNoChange() {
        create(5);
        Change same = new EditRRsets(
                APEX, List.of(new RRsetEdit(APEX, Type.SOA, Edit.REPLACE, 3600, List.of(Samples.soa(4)))), null);
        assertThat(evaluate(same).command()).isNull();
    }

    @Test
    void refusedContentsThatWereStagedAreDropped() {
        RequestId stage = new RequestId(9, 9);
        List<Change> chunks = new ArrayList<>();
        ZoneContents contents = StageWriter.write(
                stage,
                Samples.zone(5),
                (number, records) -> chunks.add(new Change.Stage(APEX, stage, number, records, 0)));
        chunks.forEach(this::carryOut);
        Evaluation evaluation = evaluate(new Change.ReplaceZone(APEX, contents, null));
        assertThat(reason(evaluation.outcomes().getFirst())).isEqualTo(Reason.NO_SUCH_ZONE);
        assertThat(evaluation.command()).isEqualTo(new ZoneCommand.DropStage(stage));
        assertThat(carryOut(new Change.CreateZone(APEX, contents)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.serial()).isEqualTo(5));
        assertThat(state.staging().has(stage)).isFalse();
    }
}
