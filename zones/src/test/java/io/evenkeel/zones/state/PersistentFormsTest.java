package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Golden;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.codec.WireWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.Adler32;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Later versions read the octets that earlier ones have written into the log or a snapshot: the files only grow. */
class PersistentFormsTest {
    private static final RequestId ID = new RequestId(0x0102030405060708L, 0x1112131415161718L);
    private static final ZoneVersion VERSION = new ZoneVersion(7, 9);
    private static final List<Record> RECORDS = List.of(
            Samples.soa(7),
            Samples.record("Www.Example.", 60, Type.A, "192.0.2.1"),
            Samples.record("t.example.", 60, Type.TXT, "\"text\" \"\\000\\255\""),
            Samples.record("t.example.", 60, Type.MX, "10 Mail.Example."),
            Samples.record("t.example.", 60, 65_280, "\\# 3 010203"));

    @Test
    void everyKindOfCommandIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(PersistentFormsTest.class, "commands-1.hex");
        Map<String, ZoneCommand> commands = commands();
        for (Map.Entry<String, ZoneCommand> each : commands.entrySet()) {
            golden.assertWritten(each.getKey(), CommandCodec.encode(each.getValue()));
            ZoneCommand read = CommandCodec.decode(golden.octets(each.getKey()));
            assertThat(read).hasSameClassAs(each.getValue());
            golden.assertWritten(each.getKey(), CommandCodec.encode(read));
        }
        assertThat(golden.names()).containsExactlyInAnyOrderElementsOf(commands.keySet());
        assertThat(commands.values().stream().map(Object::getClass).distinct().toArray())
                .containsExactlyInAnyOrder((Object[]) ZoneCommand.class.getPermittedSubclasses());
    }

    private static Map<String, ZoneCommand> commands() {
        byte[] sha256 = new byte[32];
        Arrays.fill(sha256, (byte) 0xAB);
        Map<String, ZoneCommand> commands = new LinkedHashMap<>();
        commands.put(
                "create-inline",
                new ZoneCommand.PutZone(Samples.APEX, null, new ZoneContents.Inline(RECORDS), 7, List.of(ID)));
        commands.put(
                "replace-staged",
                new ZoneCommand.PutZone(
                        Samples.APEX, VERSION, new ZoneContents.Staged(ID, 3, sha256), 0xFFFF_FFFFL, List.of()));
        commands.put(
                "apply-diff",
                new ZoneCommand.ApplyDiff(
                        Samples.APEX,
                        new ZoneDiff(VERSION, RECORDS.subList(0, 2), RECORDS.subList(2, 5), 8),
                        List.of(ID, new RequestId(-1, 0))));
        commands.put("delete", new ZoneCommand.DeleteZone(Samples.APEX, VERSION, List.of(ID)));
        commands.put(
                "attributed-delete",
                new ZoneCommand.Attributed(
                        new Attribution(1_800_000_000_123L, List.of(new Origin("local", "192.0.2.7", "n1"))),
                        new ZoneCommand.DeleteZone(Samples.APEX, VERSION, List.of(ID))));
        commands.put("stage-chunk", new ZoneCommand.StageChunk(ID, 2, new byte[] {1, 2, 3}, 4));
        commands.put("drop-stage", new ZoneCommand.DropStage(ID));
        commands.put("tick", new ZoneCommand.Tick());
        commands.put("tick-with-a-note", new ZoneCommand.Tick(new StateNote(44, Hash256.of(sha256))));
        commands.put("put-setting", new ZoneCommand.PutSetting("member", "n4", new byte[] {4, 5}, 9));
        commands.put("drop-setting", new ZoneCommand.PutSetting("member", "n4", null, 10));
        return commands;
    }

    @Test
    void aWholeStateIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = golden();
        golden.assertWritten("whole", octets(state()::writeSnapshot));
        ReplicatedState read = ReplicatedState.readSnapshot(new ByteArrayInputStream(golden.octets("whole")));
        assertIsTheState(read);
        golden.assertWritten("whole", octets(read::writeSnapshot));
    }

    @Test
    void thePartsOfAStateAreNamedAndWrittenAndReadAsTheyWere() throws Exception {
        Golden golden = golden();
        ReplicatedState state = state();
        golden.assertWritten("meta", octets(out -> SnapshotParts.writeMeta(state, out)));
        SnapshotParts.Assembly assembly = new SnapshotParts.Assembly(
                new ByteArrayInputStream(golden.octets("meta")), SnapshotParts.Beside.NOTHING);
        for (SnapshotParts.Part part : SnapshotParts.zones(state)) {
            golden.assertWritten(part.name(), octets(out -> SnapshotParts.write(part, out)));
            assertThat(assembly.add(new ByteArrayInputStream(golden.octets(part.name())), true))
                    .isTrue();
        }
        assertIsTheState(assembly.state());
        assertThat(golden.names()).hasSize(2 + SnapshotParts.zones(state).size());
    }

    /** Members compare them: their form belongs to the level of the cluster. */
    @Test
    void hashesAndDigestsAreWhatTheyWere() throws Exception {
        Golden golden = Golden.read(PersistentFormsTest.class, "digests-1.hex");
        ReplicatedState state = state();
        Zone zone = Objects.requireNonNull(state.catalog().zone(Samples.APEX));
        golden.assertWritten("zone", zone.hash().toBytes());
        golden.assertWritten("version-of-the-zone", zone.versionHash().toBytes());
        golden.assertWritten("catalog", state.catalog().sum().toBytes());
        golden.assertWritten("staging", state.staging().sum().toBytes());
        golden.assertWritten("settings", state.settings().sum().toBytes());
        golden.assertWritten("requests", state.requests().sum().toBytes());
        golden.assertWritten("faults", state.faults().chain().toBytes());
        golden.assertWritten("state", state.digest().toBytes());
        golden.assertWritten(
                "note", Objects.requireNonNull(state.note()).digest().toBytes());
        assertThat(golden.names()).hasSize(9);
    }

    private static Golden golden() throws IOException {
        return Golden.read(PersistentFormsTest.class, "snapshot-3.hex");
    }

    private static void assertIsTheState(ReplicatedState read) {
        assertThat(read.digest()).isEqualTo(state().digest());
        assertThat(read.note()).isEqualTo(state().note()).isNotNull();
        assertThat(read.faultCount()).isEqualTo(1);
        assertThat(read.index()).isEqualTo(46);
        assertThat(read.ticks()).isEqualTo(1);
        assertThat(read.recorded(ID)).isEqualTo(new Recorded(41, new ZoneVersion(41, 41), 7));
        assertThat(Objects.requireNonNull(read.settings().find("member", "n4")).value())
                .containsExactly(4, 5);
        assertThat(Objects.requireNonNull(read.staging().find(new RequestId(5, 6)))
                        .recordBytes())
                .isEqualTo(25);
        Zone zone = Objects.requireNonNull(read.catalog().zone(Samples.APEX));
        assertThat(zone.records()).isEqualTo(7);
        assertThat(zone.version()).isEqualTo(new ZoneVersion(41, 41));
        assertThat(zone.rrset(Samples.name("t.example."), Type.TXT)).hasToString("[" + RECORDS.get(2) + "]");
    }

    /** Something of all that a state consists of. */
    private static ReplicatedState state() {
        List<Record> records = new ArrayList<>(Samples.zone(7));
        records.addAll(RECORDS.subList(1, RECORDS.size()));
        ZoneCommand create =
                new ZoneCommand.PutZone(Samples.APEX, null, new ZoneContents.Inline(records), 7, List.of(ID));
        Record staged = Samples.record("s.example.", 60, Type.A, "192.0.2.9");
        List<ZoneCommand> commands = List.of(
                create,
                new ZoneCommand.PutZone(
                        Samples.name("b.test."), null, new ZoneContents.Inline(otherZone()), 1, List.of()),
                new ZoneCommand.Tick(),
                new ZoneCommand.StageChunk(
                        new RequestId(5, 6),
                        0,
                        stored(new WireWriter().record(staged).toBytes()),
                        7_000),
                new ZoneCommand.PutSetting("member", "n4", new byte[] {4, 5}, 0));
        ReplicatedState state = ReplicatedState.empty();
        for (int i = 0; i < commands.size(); i++) {
            ReplicatedState.Transition transition = state.apply(41 + i, commands.get(i));
            assertThat(transition.result()).isInstanceOf(CommandResult.Applied.class);
            state = transition.next();
        }
        Zone zone = Objects.requireNonNull(state.catalog().zone(Samples.APEX));
        return state.apply(46, FaultyCommand.of(zone)).next();
    }

    private static List<Record> otherZone() {
        return List.of(
                Samples.record("b.test.", 300, Type.SOA, "ns.b.test. host.b.test. 1 2 3 4 5"),
                Samples.record("b.test.", 300, Type.NS, "ns.b.test."),
                Samples.record("ns.b.test.", 300, Type.AAAA, "2001:db8::1"));
    }

    /** Zlib's form (RFC 1950) of a block that is not compressed (RFC 1951 §3.2.4): the same by any deflater. */
    private static byte[] stored(byte[] octets) {
        Adler32 adler = new Adler32();
        adler.update(octets);
        int length = Short.reverseBytes((short) octets.length);
        return new WireWriter()
                .u16(0x7801)
                .u8(1)
                .u16(length)
                .u16(~length)
                .raw(octets)
                .u32(adler.getValue())
                .toBytes();
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
