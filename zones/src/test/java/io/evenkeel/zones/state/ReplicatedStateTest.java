package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.ReplicatedState.Transition;
import io.evenkeel.zones.store.NameTrie;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

class ReplicatedStateTest {
    private static final RequestId STAGE = new RequestId(1, 1);

    private long index;
    private ReplicatedState state = ReplicatedState.empty();

    private CommandResult apply(ZoneCommand command) {
        Transition transition = state.apply(++index, command);
        if (!(transition.result() instanceof CommandResult.Applied)) {
            assertThat(transition.next().catalog()).isSameAs(state.catalog());
        }
        state = transition.next();
        return transition.result();
    }

    private Zone zone() {
        return Objects.requireNonNull(state.catalog().zone(Samples.APEX));
    }

    private static ZoneCommand create(RequestId... ids) {
        return new ZoneCommand.PutZone(Samples.APEX, null, new ZoneContents.Inline(Samples.zone(5)), 5, List.of(ids));
    }

    private ZoneCommand edit(long serial, Record added, RequestId... ids) {
        SOARecord soa = (SOARecord) zone().soa();
        List<Record> records = List.of(Soa.with(soa, soa.getTTL(), serial), added);
        return new ZoneCommand.ApplyDiff(
                Samples.APEX, new ZoneDiff(zone().version(), List.of(soa), records, serial), List.of(ids));
    }

    private static Record address(int last) {
        return Samples.record("a.example.", 60, Type.A, "192.0.2." + last);
    }

    private static byte[] snapshot(ReplicatedState state) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            state.writeSnapshot(out);
            return out.toByteArray();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static ReplicatedState restore(byte[] snapshot) throws IOException {
        return ReplicatedState.readSnapshot(new ByteArrayInputStream(snapshot));
    }

    private static byte[] deflate(byte[] bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        byte[] out = new byte[bytes.length + 64];
        int length = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, length);
    }

    private static byte[] wire(List<Record> records) {
        WireWriter out = new WireWriter();
        records.forEach(out::record);
        return out.toBytes();
    }

    private static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    @Test
    void zoneIdAndChangeNumberAreTheLogIndex() {
        index = 41;
        RequestId id = new RequestId(7, 7);
        assertThat(apply(create(id))).isEqualTo(new CommandResult.Applied(new ZoneVersion(42, 42), 5));
        apply(new ZoneCommand.Tick());
        apply(edit(6, address(1)));
        assertThat(zone().version()).isEqualTo(new ZoneVersion(42, 44));
        assertThat(state.recorded(id)).isEqualTo(new Recorded(42, new ZoneVersion(42, 42), 5));
        assertThat(state.index()).isEqualTo(44);
        assertThat(state.ticks()).isEqualTo(1);
    }

    @Test
    void aCommandForAnotherVersionIsStale() {
        ZoneCommand edit = new ZoneCommand.ApplyDiff(
                Samples.APEX, new ZoneDiff(new ZoneVersion(1, 1), List.of(), List.of(), 6), List.of());
        assertThat(apply(edit)).isEqualTo(new CommandResult.Stale());
        apply(create());
        assertThat(apply(create())).isEqualTo(new CommandResult.Stale());
        ZoneCommand late = edit(6, address(1));
        ZoneCommand delete = new ZoneCommand.DeleteZone(Samples.APEX, zone().version(), List.of());
        apply(edit(6, address(2)));
        assertThat(apply(late)).isEqualTo(new CommandResult.Stale());
        assertThat(apply(delete)).isEqualTo(new CommandResult.Stale());
    }

    @Test
    void aZoneCreatedAgainIsAnotherZoneEvenAtTheSameSerial() {
        apply(create());
        ZoneCommand edit = edit(6, address(1));
        apply(new ZoneCommand.DeleteZone(Samples.APEX, zone().version(), List.of()));
        apply(create());
        assertThat(apply(edit)).isEqualTo(new CommandResult.Stale());
    }

    @Test
    void aRequestTakesEffectOnce() {
        RequestId id = new RequestId(7, 7);
        apply(create());
        apply(edit(6, address(1), id));
        assertThat(apply(edit(7, address(2), id))).isEqualTo(new CommandResult.Stale());
    }

    @Test
    void aSerialOnlyAdvances() {
        apply(create());
        for (long serial : new long[] {5, 4, 5 + (1L << 31)}) {
            assertThat(apply(edit(serial, address(1)))).isInstanceOf(CommandResult.Refused.class);
            ZoneContents contents = new ZoneContents.Inline(Samples.zone(serial));
            assertThat(apply(new ZoneCommand.PutZone(Samples.APEX, zone().version(), contents, serial, List.of())))
                    .isInstanceOf(CommandResult.Refused.class);
        }
    }

    @Test
    void aFaultLeavesTheStateAndIsTold() {
        apply(create());
        ReplicatedState before = state;
        assertThat(apply(FaultyCommand.of(zone())))
                .isInstanceOfSatisfying(
                        CommandResult.Faulted.class,
                        faulted -> assertThat(faulted.reason()).isEqualTo("IllegalArgumentException in ApplyDiff"));
        assertThat(state.catalog()).isSameAs(before.catalog());
        assertThat(state.faultCount()).isEqualTo(1);
        assertThat(state.digest()).isNotEqualTo(before.digest());
    }

    @Test
    void aTickNotesWhatIsHeldAndTheNextOneComparesIt() throws Exception {
        apply(create());
        assertThat(state.note()).isNull();
        apply(new ZoneCommand.Tick());
        StateNote note = Objects.requireNonNull(state.note());
        assertThat(note).isEqualTo(new StateNote(2, state.digest()));
        apply(edit(6, address(1)));
        assertThat(state.note()).as("of the last tick").isEqualTo(note);
        state = restore(snapshot(state));
        assertThat(state.note()).isEqualTo(note);

        assertThat(state.apply(9, new ZoneCommand.Tick(note)).result()).isInstanceOf(CommandResult.Applied.class);
        StateNote ofAnother = new StateNote(1, Hash256.ZERO);
        assertThat(state.apply(9, new ZoneCommand.Tick(ofAnother)).result())
                .as("of another index")
                .isInstanceOf(CommandResult.Applied.class);
        StateNote leaders = new StateNote(2, Hash256.ZERO);
        Transition transition = state.apply(9, new ZoneCommand.Tick(leaders));
        assertThat(transition.result()).isEqualTo(new CommandResult.Diverged(note, leaders));
        assertThat(transition.next().digest())
                .as("applied all the same")
                .isEqualTo(state.apply(9, new ZoneCommand.Tick(note)).next().digest());
        assertThat(transition.next().note())
                .isEqualTo(new StateNote(9, transition.next().digest()));
    }

    @Test
    void aFaultThatAllShareStopsNothingAndThatOfOneAloneIsSeen() {
        apply(create());
        apply(new ZoneCommand.Tick());
        ZoneCommand command = FaultyCommand.of(zone());
        ReplicatedState one = state.apply(3, command).next();
        ReplicatedState other = state.apply(3, command).next();
        assertThat(one.digest()).isEqualTo(other.digest());
        ReplicatedState alone = one.faulted(4, edit(6, address(1)), new IllegalStateException("planted"))
                .next();
        other = other.apply(4, edit(6, address(1))).next();
        StateNote before = alone.note();
        alone = alone.apply(5, new ZoneCommand.Tick(before)).next();
        other = other.apply(5, new ZoneCommand.Tick(before)).next();
        assertThat(alone.apply(6, new ZoneCommand.Tick(other.note())).result())
                .isInstanceOf(CommandResult.Diverged.class);
        assertThat(other.apply(6, new ZoneCommand.Tick(other.note())).result())
                .isInstanceOf(CommandResult.Applied.class);
    }

    @Test
    void faultsOfAnotherKindOrIndexAreOtherStates() {
        apply(create());
        RuntimeException fault = new IllegalStateException("planted");
        ZoneCommand tick = new ZoneCommand.Tick();
        Hash256 digest = state.faulted(5, tick, fault).next().digest();
        assertThat(state.faulted(5, tick, new IllegalStateException("other text"))
                        .next()
                        .digest())
                .isEqualTo(digest);
        assertThat(state.faulted(5, tick, new ArithmeticException("planted"))
                        .next()
                        .digest())
                .isNotEqualTo(digest);
        assertThat(state.faulted(5, create(), fault).next().digest()).isNotEqualTo(digest);
        assertThat(state.faulted(6, tick, fault).next().digest()).isNotEqualTo(digest);
    }

    @Test
    void aZoneThatIsDamagedInMemoryIsNotWrittenAndOneWithAnotherHashIsNotRead() throws Exception {
        apply(create());
        byte[] good = snapshot(state);
        byte[] page = Objects.requireNonNull(new NameTrie.Entries(zone().names()).page);
        page[page.length - 1] ^= 1;
        assertThatThrownBy(() -> state.writeSnapshot(OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is damaged in the memory of this node");
        page[page.length - 1] ^= 1;
        assertThat(snapshot(state)).isEqualTo(good);

        byte[] hash = zone().hash().toBytes();
        int at = IntStream.range(0, good.length - hash.length)
                .filter(i -> Arrays.equals(good, i, i + hash.length, hash, 0, hash.length))
                .findFirst()
                .orElseThrow();
        good[at] ^= 1;
        int end = good.length - 32;
        System.arraycopy(sha256(Arrays.copyOf(good, end)), 0, good, end, 32);
        assertThatThrownBy(() -> restore(good))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("other records");
        assertThatThrownBy(() -> SnapshotParts.check(new ByteArrayInputStream(good)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("other records");
    }

    @Test
    void aLogThatGoesBackStopsTheReplica() {
        apply(create());
        assertThatThrownBy(() -> state.apply(index, new ZoneCommand.Tick())).isInstanceOf(AssertionError.class);
    }

    @Test
    void stagedContentsBecomeAZoneWithTheSerialOfTheCommand() throws Exception {
        List<Record> records = new ArrayList<>(Samples.zone(5));
        IntStream.range(0, 60_000)
                .forEach(i -> records.add(Samples.record("h" + i + ".example.", 60, Type.A, "192.0.2.1")));
        ZoneContents.Staged contents = StageWriter.write(
                STAGE,
                records,
                (number, chunk) -> assertThat(apply(new ZoneCommand.StageChunk(STAGE, number, chunk, 0)))
                        .isInstanceOf(CommandResult.Applied.class));
        assertThat(contents.chunks()).isGreaterThan(2);
        state = restore(snapshot(state));
        assertThat(apply(new ZoneCommand.PutZone(Samples.APEX, null, contents, 77, List.of())))
                .isInstanceOf(CommandResult.Applied.class);
        assertThat(zone().serial()).isEqualTo(77);
        assertThat(zone().records()).isEqualTo(60_003);
        assertThat(state.staging().stages()).isEmpty();
    }

    @Test
    void chunksCountUpAndMayComeTwice() {
        byte[] chunk = deflate(wire(Samples.zone(5)));
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 1, chunk, 0))).isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, chunk, 0))).isInstanceOf(CommandResult.Applied.class);
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, chunk, 0))).isInstanceOf(CommandResult.Applied.class);
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, deflate(new byte[9]), 0)))
                .isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new ZoneCommand.DropStage(STAGE))).isInstanceOf(CommandResult.Applied.class);
        assertThat(state.staging().stages()).isEmpty();
    }

    @Test
    void chunksAreBounded() {
        assertThat(apply(new ZoneCommand.StageChunk(
                        STAGE, 0, deflate(new byte[ZoneLimits.MAX_CHUNK_RECORD_BYTES + 1]), 0)))
                .isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, new byte[] {1, 2, 3}, 0)))
                .isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, new byte[ZoneLimits.CHUNK_BYTES + 1], 0)))
                .isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, new byte[0], 0)))
                .isInstanceOf(CommandResult.Refused.class);
        byte[] chunk = deflate(wire(Samples.zone(5)));
        for (int i = 0; i < ZoneLimits.MAX_STAGES; i++) {
            apply(new ZoneCommand.StageChunk(new RequestId(2, i), 0, chunk, 0));
        }
        assertThat(apply(new ZoneCommand.StageChunk(STAGE, 0, chunk, 0))).isInstanceOf(CommandResult.Refused.class);
    }

    @Test
    void stagedContentsThatAreNotWholeAreRefusedAndDropped() throws Exception {
        byte[] wire = wire(Samples.zone(5));
        for (ZoneContents.Staged contents : List.of(
                new ZoneContents.Staged(STAGE, 2, sha256(wire)), new ZoneContents.Staged(STAGE, 1, new byte[32]))) {
            apply(new ZoneCommand.StageChunk(STAGE, 0, deflate(wire), 0));
            assertThat(apply(new ZoneCommand.PutZone(Samples.APEX, null, contents, 5, List.of())))
                    .isInstanceOf(CommandResult.Refused.class);
            assertThat(state.staging().stages()).isEmpty();
        }
    }

    @Test
    void aStageIsDroppedWhenNoChunkHasComeForLong() {
        byte[] chunk = deflate(wire(Samples.zone(5)));
        apply(new ZoneCommand.StageChunk(STAGE, 0, chunk, 0));
        IntStream.range(0, ZoneLimits.STAGE_TICKS).forEach(i -> apply(new ZoneCommand.Tick()));
        assertThat(state.staging().stages()).hasSize(1);
        apply(new ZoneCommand.StageChunk(STAGE, 1, chunk, 0));
        IntStream.range(0, ZoneLimits.STAGE_TICKS).forEach(i -> apply(new ZoneCommand.Tick()));
        assertThat(state.staging().stages()).hasSize(1);
        apply(new ZoneCommand.Tick());
        assertThat(state.staging().stages()).isEmpty();
    }

    @Test
    void theRingRemembersTheLastRequestsOnly() throws Exception {
        RequestRing ring = RequestRing.EMPTY;
        int total = ZoneLimits.REQUEST_RING + 2_345;
        for (int i = 0; i < total; i += 5) {
            int first = i;
            List<RequestId> ids = IntStream.range(0, 5)
                    .mapToObj(k -> new RequestId(0, first + k))
                    .toList();
            RequestRing before = ring;
            ring = ring.with(ids, new Recorded(i + 1, new ZoneVersion(1, i + 1), i));
            assertThat(before.find(ids.getFirst())).isNull();
        }
        assertThat(ring.size()).isEqualTo(ZoneLimits.REQUEST_RING);
        assertThat(ring.find(new RequestId(0, total - ZoneLimits.REQUEST_RING - 1L)))
                .isNull();
        assertThat(ring.find(new RequestId(0, total - ZoneLimits.REQUEST_RING))).isNotNull();
        assertThat(ring.find(new RequestId(0, total - 1L)))
                .isEqualTo(new Recorded(total - 4, new ZoneVersion(1, total - 4), total - 5));
        ReplicatedState full = new ReplicatedState(
                9, 9, state.catalog(), state.staging(), ring, state.settings(), Faults.NONE, ChangeHistory.EMPTY, null);
        ReplicatedState restored = restore(snapshot(full));
        assertThat(restored.digest()).isEqualTo(full.digest());
        assertThat(restored.requests().find(new RequestId(0, total - ZoneLimits.REQUEST_RING - 1L)))
                .isNull();
    }

    /** A state that has come about by many commands, and its copy, are the same in every octet and go on alike. */
    @Seeds
    void aSnapshotIsTheStateByteForByte(long seed) throws Exception {
        RandomGenerator random = new SplittableRandom(seed);
        Samples samples = new Samples(random);
        apply(create(samples.id()));
        for (int i = 0; i < 30; i++) {
            switch (random.nextInt(5)) {
                case 0 -> apply(new ZoneCommand.Tick());
                case 1 -> apply(new ZoneCommand.StageChunk(samples.id(), 0, deflate(samples.bytes(100)), 0));
                case 2 ->
                    apply(new ZoneCommand.PutZone(
                            Samples.name("z" + i + ".example."),
                            null,
                            renamed("z" + i + ".example."),
                            1,
                            samples.ids()));
                case 3 -> apply(samples.setting(0));
                default -> apply(edit(zone().serial() + 1, address(i), samples.id()));
            }
        }
        byte[] bytes = snapshot(state);
        ReplicatedState copy = restore(bytes);
        assertThat(snapshot(copy)).isEqualTo(bytes);
        assertThat(copy.digest()).isEqualTo(state.digest());
        ZoneCommand next = edit(zone().serial() + 1, address(99), samples.id());
        assertThat(copy.apply(1_000, next).next().digest())
                .isEqualTo(state.apply(1_000, next).next().digest());
        assertThat(state.apply(1_000, next).next().digest()).isNotEqualTo(state.digest());

        byte[] damaged = bytes.clone();
        damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        assertThatThrownBy(() -> restore(damaged)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> restore(Arrays.copyOf(bytes, random.nextInt(bytes.length))))
                .isInstanceOf(IOException.class);
    }

    @Test
    void partsPutTogetherAreTheStateAndUnchangedOnesKeepTheirNames() throws Exception {
        apply(create(new RequestId(1, 1)));
        for (int i = 0; i < 200; i++) {
            apply(new ZoneCommand.PutZone(
                    Samples.name("z" + i + ".example."), null, renamed("z" + i + ".example."), 1, List.of()));
        }
        List<Record> many = new ArrayList<>(List.of(
                Samples.record("large.example.", 60, Type.SOA, "a. b. 1 1 1 1 1"),
                Samples.record("large.example.", 60, Type.NS, "a.")));
        for (int i = 0; i < SnapshotParts.SMALL_ZONE_RECORDS; i++) {
            many.add(Samples.record("h" + i + ".large.example.", 60, Type.A, "192.0.2.1"));
        }
        apply(new ZoneCommand.PutZone(
                Samples.name("large.example."), null, new ZoneContents.Inline(many), 1, List.of()));
        long large = index;

        List<SnapshotParts.Part> parts = SnapshotParts.zones(state);
        assertThat(parts).hasSize(SnapshotParts.SHARED_PARTS + 1);
        assertThat(parts.getFirst().name()).startsWith("zone-" + large + "-" + large + "-");
        assertThat(together(state, parts).digest()).isEqualTo(state.digest());
        assertThat(SnapshotParts.check(new ByteArrayInputStream(snapshot(state))))
                .isEqualTo(new SnapshotParts.Counts(
                        202,
                        parts.stream().mapToLong(SnapshotParts.Part::records).sum()));

        apply(edit(zone().serial() + 1, address(7)));
        apply(new ZoneCommand.DeleteZone(
                Samples.name("z7.example."),
                Objects.requireNonNull(state.catalog().zone(Samples.name("z7.example.")))
                        .version(),
                List.of()));
        List<SnapshotParts.Part> next = SnapshotParts.zones(state);
        assertThat(next).filteredOn(part -> !names(parts).contains(part.name())).hasSize(2);
        assertThat(together(state, next).digest()).isEqualTo(state.digest());
        assertThatThrownBy(() -> together(state, next.subList(1, next.size()))).isInstanceOf(CodecException.class);
    }

    private static List<String> names(List<SnapshotParts.Part> parts) {
        return parts.stream().map(SnapshotParts.Part::name).toList();
    }

    private static ReplicatedState together(ReplicatedState state, List<SnapshotParts.Part> parts) throws IOException {
        ByteArrayOutputStream meta = new ByteArrayOutputStream();
        SnapshotParts.writeMeta(state, meta);
        SnapshotParts.Assembly assembly =
                new SnapshotParts.Assembly(new ByteArrayInputStream(meta.toByteArray()), SnapshotParts.Beside.NOTHING);
        for (SnapshotParts.Part part : parts) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            SnapshotParts.write(part, out);
            assertThat(assembly.add(new ByteArrayInputStream(out.toByteArray()), true))
                    .isTrue();
        }
        return assembly.state();
    }

    private static ZoneContents renamed(String apex) {
        return new ZoneContents.Inline(List.of(
                Samples.record(apex, 60, Type.SOA, "a. b. 1 1 1 1 1"), Samples.record(apex, 60, Type.NS, "a.")));
    }

    @Test
    void aSettingIsSetOnTheRevisionThatItWasDecidedOn() {
        byte[] value = {1, 2};
        assertThat(apply(new ZoneCommand.PutSetting("k", "a", value, 0))).isInstanceOf(CommandResult.Applied.class);
        long first = state.index();
        assertThat(apply(new ZoneCommand.PutSetting("k", "a", new byte[] {3}, 0)))
                .isEqualTo(new CommandResult.Stale());
        assertThat(state.settings().find("k", "a")).isEqualTo(new Settings.Setting("k", "a", value, first));
        apply(new ZoneCommand.PutSetting("k", "b", value, 0));
        apply(new ZoneCommand.PutSetting("kk", "a", value, 0));
        assertThat(state.settings().ofKind("k").stream().map(Settings.Setting::name))
                .containsExactly("a", "b");
        assertThat(apply(new ZoneCommand.PutSetting("k", "a", null, first))).isInstanceOf(CommandResult.Applied.class);
        assertThat(state.settings().find("k", "a")).isNull();
        assertThat(apply(new ZoneCommand.PutSetting("k", "c", new byte[ZoneLimits.MAX_SETTING_BYTES + 1], 0)))
                .isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new ZoneCommand.PutSetting("k", "x".repeat(ZoneLimits.MAX_SETTING_NAME), value, 0)))
                .isInstanceOf(CommandResult.Refused.class);
    }

    @Test
    void aSnapshotLeavesWhatFollowsItInTheStream() throws Exception {
        byte[] bytes = snapshot(state);
        ByteArrayInputStream in = new ByteArrayInputStream(Arrays.copyOf(bytes, bytes.length + 3));
        ReplicatedState.readSnapshot(in);
        assertThat(in.available()).isEqualTo(3);
    }

    @Test
    void aNewerSnapshotIsToldFromDamage() {
        byte[] bytes = snapshot(state);
        bytes[9]++;
        assertThatThrownBy(() -> restore(bytes)).isInstanceOf(UnsupportedCommandException.class);
    }
}
