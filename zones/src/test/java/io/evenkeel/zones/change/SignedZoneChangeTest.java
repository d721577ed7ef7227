package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** A zone that arrived signed changes as a whole version only. */
class SignedZoneChangeTest {
    private static final Name APEX = Samples.name("example.");

    private ReplicatedState state = ReplicatedState.empty();
    private long index;

    @BeforeEach
    void createSignedZone() throws IOException {
        assertThat(outcome(new Change.CreateZone(APEX, contents(7)))).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(zone().isSigned()).isTrue();
        assertThat(zone().serial()).isEqualTo(7);
    }

    /** The signature over the SOA record is not verified, so another serial makes another version. */
    private static ZoneContents contents(long serial) throws IOException {
        try (InputStream in =
                SignedZoneChangeTest.class.getResourceAsStream("/io/evenkeel/zones/check/signed-nsec3.zone")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII)
                    .replace("admin.example. 7 ", "admin.example. " + serial + " ")
                    .replace("two types", "of serial " + serial);
            List<Record> records = new ArrayList<>();
            Master master = new Master(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)), APEX);
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
            return new ZoneContents.Inline(records);
        }
    }

    private Zone zone() {
        return Objects.requireNonNull(state.catalog().zone(APEX));
    }

    private ChangeOutcome outcome(Change change) {
        ChangeEvaluator.Evaluation evaluation = ChangeEvaluator.evaluate(
                state,
                APEX,
                List.of(new ChangeEvaluator.Request(new RequestId(1, ++index), change, Origin.UNTOLD)),
                0,
                Judgement::of);
        ChangeOutcome known = evaluation.outcomes().getFirst();
        if (known != null) {
            return known;
        }
        ReplicatedState.Transition transition = state.apply(++index, Objects.requireNonNull(evaluation.command()));
        state = transition.next();
        return Objects.requireNonNull(ChangeEvaluator.outcome(index, transition.result()));
    }

    private static void assertRefused(ChangeOutcome outcome, String reason) {
        assertThat(outcome).isInstanceOf(ChangeOutcome.Refused.class);
        assertThat(((ChangeOutcome.Refused) outcome).reason()).isEqualTo(ChangeOutcome.Reason.INVALID);
        assertThat(outcome.toString()).contains(reason);
    }

    @ParameterizedTest
    @CsvSource({"REPLACE, A", "DELETE, TXT", "DELETE, NSEC3", "DELETE, RRSIG"})
    void anEditOfOneRRsetIsRefusedWithTheReason(Edit edit, String type) {
        List<Record> records =
                edit == Edit.DELETE ? List.of() : List.of(Samples.record("a.example.", 300, Type.A, "192.0.2.99"));
        RRsetEdit one = new RRsetEdit(Samples.name("a.example."), Type.value(type), edit, 300, records);
        assertRefused(
                outcome(new Change.EditRRsets(APEX, List.of(one), null)),
                "the zone is signed and changes as a whole only");
    }

    @Test
    void aNewVersionWithALaterSerialTakesItsPlace() throws IOException {
        assertThat(outcome(new Change.ReplaceZone(APEX, contents(8), null))).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(zone().serial()).isEqualTo(8);
    }

    @Test
    void theSameVersionAgainChangesNothing() throws IOException {
        ChangeOutcome outcome = outcome(new Change.ReplaceZone(APEX, contents(7), null));
        assertThat(outcome).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(((ChangeOutcome.Accepted) outcome).changed()).isFalse();
    }

    @Test
    void aVersionWithAnEarlierSerialIsRefusedSinceItsSignatureAllowsNoOther() throws IOException {
        assertRefused(outcome(new Change.ReplaceZone(APEX, contents(6), null)), "sign it with a later one");
        assertThat(zone().serial()).isEqualTo(7);
    }

    @Test
    void aSnapshotHoldsTheWholeChain() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        state.writeSnapshot(out);
        ReplicatedState read = ReplicatedState.readSnapshot(new ByteArrayInputStream(out.toByteArray()));
        Zone again = Objects.requireNonNull(read.catalog().zone(APEX));
        assertThat(again.isSigned()).isTrue();
        assertThat(read.digest()).isEqualTo(state.digest());
        Zone.difference(
                zone(),
                again,
                record -> assertThat(record).isNull(),
                record -> assertThat(record).isNull());
    }
}
