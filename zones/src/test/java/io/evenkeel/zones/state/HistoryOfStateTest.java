package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Golden;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneDifference;
import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.ZoneChange.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/** What applying keeps of changes, and how snapshots and digests hold it. */
class HistoryOfStateTest {
    private static final Origin ANNA = new Origin("local", "192.0.2.7", "n1");
    private static final Attribution BY = new Attribution(1_800_000_000_000L, List.of(ANNA));

    private ReplicatedState state = ReplicatedState.empty();
    private long index;
    private long requests;

    private CommandResult apply(ZoneCommand command) {
        ReplicatedState.Transition transition = state.apply(++index, command);
        state = transition.next();
        return transition.result();
    }

    private void raise() {
        assertThat(apply(FeatureLevel.raise(state.settings()))).isInstanceOf(CommandResult.Applied.class);
    }

    private void applied(ZoneCommand command) {
        assertThat(apply(new ZoneCommand.Attributed(BY, command))).isInstanceOf(CommandResult.Applied.class);
    }

    private List<RequestId> ids() {
        return List.of(new RequestId(1, ++requests));
    }

    private ZoneCommand create(Name apex, List<Record> records) {
        return new ZoneCommand.PutZone(apex, null, new ZoneContents.Inline(records), serial(records), ids());
    }

    private ZoneCommand replace(List<Record> records) {
        return new ZoneCommand.PutZone(
                Samples.APEX, zone().version(), new ZoneContents.Inline(records), serial(records), ids());
    }

    private static long serial(List<Record> records) {
        return ((SOARecord) records.getFirst()).getSerial();
    }

    private ZoneCommand edit(Record added) {
        SOARecord soa = (SOARecord) zone().soa();
        long serial = Soa.next(soa.getSerial());
        List<Record> records = List.of(Soa.with(soa, soa.getTTL(), serial), added);
        return new ZoneCommand.ApplyDiff(
                Samples.APEX, new ZoneDiff(zone().version(), List.of(soa), records, serial), ids());
    }

    private ZoneCommand delete() {
        return new ZoneCommand.DeleteZone(Samples.APEX, zone().version(), ids());
    }

    private static Record address(int last) {
        return Samples.record("a.example.", 60, Type.A, "192.0.2." + last);
    }

    private Zone zone() {
        return Objects.requireNonNull(state.catalog().zone(Samples.APEX));
    }

    private List<ZoneChange> history() {
        List<ZoneChange> changes = new ArrayList<>();
        state.history().forEachAfter(0, null, entry -> changes.add(entry.read()));
        return changes;
    }

    private ZoneChange last() {
        return history().getLast();
    }

    @Test
    void belowItsLevelNothingIsKept() {
        assertThat(apply(create(Samples.APEX, Samples.zone(1)))).isInstanceOf(CommandResult.Applied.class);
        assertThat(apply(edit(address(1)))).isInstanceOf(CommandResult.Applied.class);
        assertThat(state.history()).isSameAs(ChangeHistory.EMPTY);
        assertThat(state.mostKept()).isZero();
        raise();
        assertThat(state.history().count()).isZero();
        applied(edit(address(2)));
        assertThat(history()).hasSize(1);
    }

    @Test
    void eachChangeIsKeptWithWhoWhenAndWhat() {
        raise();
        apply(new ZoneCommand.Tick());
        applied(create(Samples.APEX, Samples.zone(5)));
        ZoneChange created = last();
        assertThat(created.kind()).isEqualTo(Kind.CREATED);
        assertThat(created.index()).isEqualTo(3);
        assertThat(created.version()).isEqualTo(zone().version());
        assertThat(created.before()).isZero();
        assertThat(created.ticks()).isEqualTo(1);
        assertThat(created.by()).isEqualTo(BY);
        assertThat(created.requests()).containsExactly(new RequestId(1, 1));
        assertThat(created.serialFrom()).isEqualTo(ZoneChange.NO_SERIAL);
        assertThat(created.serialTo()).isEqualTo(5);
        assertThat(created.records()).isEqualTo(3);
        assertThat(difference(created).added()).hasSize(3);
        assertThat(difference(created).removed()).isEmpty();

        applied(edit(address(1)));
        assertThat(last().kind()).isEqualTo(Kind.CHANGED);
        assertThat(last().before()).isEqualTo(3);
        assertThat(last().serialFrom()).isEqualTo(5);
        assertThat(last().serialTo()).isEqualTo(6);
        assertThat(difference(last()).added()).contains(address(1)).hasSize(2);
        assertThat(difference(last()).removed()).hasSize(1);

        List<Record> anew = new ArrayList<>(Samples.zone(9));
        anew.add(address(2));
        applied(replace(anew));
        assertThat(last().kind()).isEqualTo(Kind.REPLACED);
        assertThat(difference(last()).removed()).contains(address(1)).hasSize(2);
        assertThat(difference(last()).added()).contains(address(2)).hasSize(2);

        applied(delete());
        assertThat(last().kind()).isEqualTo(Kind.DELETED);
        assertThat(last().serialTo()).isEqualTo(ZoneChange.NO_SERIAL);
        assertThat(last().records()).isEqualTo(4);
        assertThat(difference(last()).removed()).hasSize(4);
        assertThat(history()).hasSize(4);
    }

    private static ZoneDifference difference(ZoneChange change) {
        return Objects.requireNonNull(change.difference());
    }

    @Test
    void whatIsRefusedOrStaleIsNoChange() {
        raise();
        applied(create(Samples.APEX, Samples.zone(5)));
        ReplicatedState before = state;
        apply(new ZoneCommand.Attributed(BY, create(Samples.APEX, Samples.zone(6))));
        apply(new ZoneCommand.Attributed(BY, replace(Samples.zone(4))));
        assertThat(state).isSameAs(before);
    }

    @Test
    void anEntryThatALeaderBelowTheLevelHasProposedIsKeptWithoutWhoAndWhen() {
        raise();
        assertThat(apply(create(Samples.APEX, Samples.zone(5)))).isInstanceOf(CommandResult.Applied.class);
        assertThat(last().by()).isEqualTo(Attribution.NONE);
        assertThat(last().requests()).hasSize(1);
    }

    @Test
    void whatALargeZoneIsMadeWithIsNotKeptAndWhatGoesWithItIs() {
        raise();
        List<Record> large = large(3_000, 1);
        applied(create(Samples.APEX, large));
        assertThat(last().difference()).isNull();
        assertThat(last().records()).isEqualTo(large.size());
        applied(delete());
        assertThat(difference(last()).removed()).hasSize(large.size());
    }

    @Test
    void aReplacementOrADeletionThatIsTooLargeForTheSmallestMemberSaysSo() {
        raise();
        applied(create(Samples.APEX, large(3_000, 1)));
        apply(Objects.requireNonNull(MemoryLimits.note(state.settings(), "n1", 1L << 20)));
        assertThat(state.mostKept()).isEqualTo(1 << 15);
        applied(replace(Samples.zone(2)));
        assertThat(last().difference()).isNull();
        applied(delete());
        assertThat(difference(last()).removed()).hasSize(3);
    }

    private static List<Record> large(int hosts, long serial) {
        List<Record> records = new ArrayList<>(Samples.zone(serial));
        for (int i = 0; i < hosts; i++) {
            records.add(Samples.record("host-" + i + ".example.", 60, Type.A, "192.0.2." + i % 256));
        }
        return records;
    }

    private void several() {
        raise();
        applied(create(Samples.APEX, Samples.zone(5)));
        applied(edit(address(1)));
        applied(create(Samples.name("other.test."), otherZone()));
        applied(replace(large(2_500, 9)));
        applied(delete());
        applied(create(Samples.APEX, Samples.zone(5)));
        apply(new ZoneCommand.Tick());
    }

    private static List<Record> otherZone() {
        return List.of(
                Samples.record("other.test.", 300, Type.SOA, "ns.other.test. host.other.test. 1 2 3 4 5"),
                Samples.record("other.test.", 300, Type.NS, "ns.elsewhere."));
    }

    @Test
    void aSnapshotHoldsIt() throws Exception {
        several();
        assertThat(state.octets()).isGreaterThan(state.history().size());
        byte[] octets = octets(state::writeSnapshot);
        ReplicatedState read = ReplicatedState.readSnapshot(new ByteArrayInputStream(octets));
        assertThat(read.digest()).isEqualTo(state.digest());
        assertThat(octets(read::writeSnapshot)).isEqualTo(octets);
        assertThat(read.history().count()).isEqualTo(6);
        assertThat(SnapshotParts.check(new ByteArrayInputStream(octets)).zones())
                .isEqualTo(2);
        for (int at : new int[] {octets.length - 40, octets.length - 3_000, octets.length - 100_000}) {
            byte[] damaged = octets.clone();
            damaged[at] ^= 1;
            assertThatThrownBy(() -> ReplicatedState.readSnapshot(new ByteArrayInputStream(damaged)))
                    .isInstanceOfAny(IOException.class, IllegalArgumentException.class);
        }
    }

    @Test
    void partsOfASnapshotHoldItAsOneOfThem() throws Exception {
        several();
        List<SnapshotParts.Part> parts = SnapshotParts.beside(state);
        assertThat(parts.getLast().name()).matches("history-[0-9a-f]{32}");
        assertThat(assembled(parts).digest()).isEqualTo(state.digest());
        assertThatThrownBy(() -> assembled(parts.subList(0, parts.size() - 1)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("without the history");
        String before = parts.getLast().name();
        applied(edit(address(3)));
        assertThat(SnapshotParts.beside(state).getLast().name()).isNotEqualTo(before);
    }

    @Test
    void oneThatIsDamagedInMemoryIsNotWritten() {
        raise();
        applied(create(Samples.APEX, Samples.zone(5)));
        state.history().forEachAfter(0, null, entry -> {
            entry.octets()[entry.size() - 1] ^= 1;
            return true;
        });
        assertThatThrownBy(() -> octets(state::writeSnapshot))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("history of changes is damaged");
    }

    private ReplicatedState assembled(List<SnapshotParts.Part> parts) throws IOException {
        byte[] meta = octets(out -> SnapshotParts.writeMeta(state, out));
        SnapshotParts.Assembly assembly =
                new SnapshotParts.Assembly(new ByteArrayInputStream(meta), SnapshotParts.Beside.NOTHING);
        for (SnapshotParts.Part part : parts) {
            byte[] octets = octets(out -> SnapshotParts.write(part, out));
            assertThat(assembly.add(new ByteArrayInputStream(octets), true)).isTrue();
        }
        return assembly.state();
    }

    /** One from before the level has no such part. */
    @Test
    void aSnapshotFromBelowTheLevelHasAnEmptyHistory() throws Exception {
        apply(create(Samples.APEX, Samples.zone(5)));
        List<SnapshotParts.Part> parts = SnapshotParts.beside(state);
        assertThat(parts).noneMatch(part -> part.name().startsWith("history"));
        assertThat(assembled(parts).history().count()).isZero();
        byte[] octets = octets(state::writeSnapshot);
        assertThat(ReplicatedState.readSnapshot(new ByteArrayInputStream(octets))
                        .history()
                        .count())
                .isZero();
    }

    @Test
    void aReplicaWithAnotherHistoryIsAnotherState() {
        raise();
        ReplicatedState before = state;
        ZoneCommand create = create(Samples.APEX, Samples.zone(5));
        ReplicatedState one =
                before.apply(2, new ZoneCommand.Attributed(BY, create)).next();
        Attribution otto = new Attribution(BY.wallMillis(), List.of(new Origin("otto", "192.0.2.7", "n1")));
        ReplicatedState other =
                before.apply(2, new ZoneCommand.Attributed(otto, create)).next();
        assertThat(one.catalog().sum()).isEqualTo(other.catalog().sum());
        assertThat(one.digest()).isNotEqualTo(other.digest());
        one = one.apply(3, new ZoneCommand.Tick()).next();
        CommandResult tick = other.apply(3, new ZoneCommand.Tick())
                .next()
                .apply(4, new ZoneCommand.Tick(one.note()))
                .result();
        assertThat(tick).isInstanceOf(CommandResult.Diverged.class);
    }

    @Test
    void thePartAndTheDigestAreWhatTheyWere() throws Exception {
        Golden golden = Golden.read(HistoryOfStateTest.class, "history-1.hex");
        raise();
        applied(create(Samples.APEX, Samples.zone(5)));
        applied(edit(address(1)));
        SnapshotParts.Part part = SnapshotParts.beside(state).getLast();
        golden.assertWritten("part", octets(out -> SnapshotParts.write(part, out)));
        golden.assertWritten("digest", state.digest().toBytes());
        assertThat(golden.names()).contains("part", "digest");
    }

    @Test
    void nothingButAChangeOfAZoneIsAttributed() {
        assertThatThrownBy(() -> new ZoneCommand.Attributed(BY, new ZoneCommand.Tick()))
                .isInstanceOf(IllegalArgumentException.class);
        byte[] nested = CommandCodec.Frame.close(
                new WireWriter().u8(1).u8(8).i64(0).u16(0).u8(8).i64(0).u16(0));
        assertThatThrownBy(() -> CommandCodec.decode(nested)).isInstanceOf(UnsupportedCommandException.class);
    }

    private interface Writing {
        void to(ByteArrayOutputStream out) throws IOException;
    }

    private static byte[] octets(Writing writing) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writing.to(out);
        return out.toByteArray();
    }
}
