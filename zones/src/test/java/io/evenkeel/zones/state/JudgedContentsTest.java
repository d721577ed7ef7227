package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.store.PackedRecords;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Contents are judged before the log; what a replica refuses when it applies them is structure alone. */
class JudgedContentsTest {
    private static final RequestId STAGE = new RequestId(1, 1);
    private static final Name ALIAS = Samples.name("alias.example.");

    private long index;
    private ReplicatedState state = ReplicatedState.empty();

    /** On what way contents get into the state. */
    enum Way {
        INLINE,
        STAGED
    }

    /** As each replica does it: from the octets of the log. */
    private CommandResult apply(ZoneCommand command) throws CodecException {
        ReplicatedState.Transition transition = state.apply(++index, CommandCodec.decode(CommandCodec.encode(command)));
        state = transition.next();
        return transition.result();
    }

    private ZoneContents contents(Way way, PackedRecords records) throws CodecException {
        return switch (way) {
            case INLINE -> new ZoneContents.Inline(records);
            case STAGED ->
                StageWriter.<CodecException>write(
                        STAGE,
                        records,
                        (number, chunk) -> assertThat(apply(new ZoneCommand.StageChunk(STAGE, number, chunk)))
                                .isInstanceOf(CommandResult.Applied.class));
        };
    }

    private CommandResult put(Way way, PackedRecords records) throws CodecException {
        return apply(new ZoneCommand.PutZone(Samples.APEX, null, contents(way, records), 5, List.of()));
    }

    private Zone zone() {
        return Objects.requireNonNull(state.catalog().zone(Samples.APEX));
    }

    /** Neither the rules nor dnsjava of this release take these: an alias beside an address, no NS, TXT that says more than it has. */
    private static PackedRecords refusedHere() {
        PackedRecords records = PackedRecords.of(List.of(
                Samples.soa(5),
                Samples.record(ALIAS.toString(), 60, Type.A, "192.0.2.1"),
                Samples.record(ALIAS.toString(), 60, Type.CNAME, "other.example.")));
        add(records, "text.example.", Type.TXT, DClass.IN, 60, "0561");
        return records;
    }

    private static void add(PackedRecords to, String owner, int type, int dclass, long ttl, String rdata) {
        byte[] name = Samples.name(owner).toWire();
        byte[] octets = HexFormat.of().parseHex(rdata);
        byte[] record = ByteBuffer.allocate(name.length + 10 + octets.length)
                .put(name)
                .putShort((short) type)
                .putShort((short) dclass)
                .putInt((int) ttl)
                .putShort((short) octets.length)
                .put(octets)
                .array();
        to.add(record, 0, record.length);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whatAnotherReleaseJudgedGoodIsAppliedAndServed(Way way) throws Exception {
        PackedRecords records = refusedHere();
        assertThat(ZoneBuilder.examine(Samples.APEX, records.subList(0, 3)).accepted())
                .isFalse();
        assertThat(put(way, records)).isInstanceOf(CommandResult.Applied.class);
        assertThat(zone().records()).isEqualTo(4);
        assertThat(zone().rrset(ALIAS, Type.A)).hasSize(1);
        assertThat(zone().rrset(ALIAS, Type.CNAME)).hasSize(1);
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        state.writeSnapshot(snapshot);
        byte[] octets = snapshot.toByteArray();
        state = ReplicatedState.readSnapshot(new ByteArrayInputStream(octets));
        List<String> rdata = new ArrayList<>();
        zone().forEachInOctets((owner, length, array, from, to) ->
                rdata.add(HexFormat.of().formatHex(array, from + 10, to)));
        assertThat(rdata).contains("0561");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whatThisReleaseRefusesDoesNotGetThatFarHere(Way way) throws Exception {
        ZoneContents contents = contents(way, refusedHere());
        Judgement judgement = contents instanceof ZoneContents.Staged staged
                ? Judgement.of(state, Samples.APEX, staged)
                : Judgement.of(Samples.APEX, refusedHere().subList(0, 3));
        assertThat(Objects.requireNonNull(judgement).accepted()).isFalse();
        assertThat(judgement.problems()).isNotEmpty();
    }

    private static Arguments malformed(String what, Function<PackedRecords, Object> broken) {
        PackedRecords records = PackedRecords.of(Samples.zone(5));
        Object _ = broken.apply(records);
        return Arguments.argumentSet(what, records);
    }

    private static Arguments malformed(String what, int type, String rdata) {
        return malformed(what, records -> {
            add(records, "x.example.", type, DClass.IN, 60, rdata);
            return records;
        });
    }

    static Stream<Arguments> noZones() {
        Record address = Samples.record("x.example.", 60, Type.A, "192.0.2.1");
        return Stream.of(
                Arguments.argumentSet("no record", new PackedRecords()),
                Arguments.argumentSet("no SOA", PackedRecords.of(List.of(address))),
                malformed("two SOAs", records -> records.add(Samples.soa(6))),
                malformed("another zone", records -> records.add(Samples.record("x.other.", 60, Type.A, "192.0.2.1"))),
                malformed("twice", records -> records.addAll(List.of(address, address))),
                malformed(
                        "two TTLs",
                        records -> records.add(address)
                                && records.add(Samples.record("x.example.", 61, Type.A, "192.0.2.2"))),
                malformed("an RRset that no message carries", records -> {
                    List<String> strings = IntStream.range(0, 200)
                            .mapToObj(_ -> "x".repeat(255))
                            .toList();
                    return records.add(new TXTRecord(Samples.name("x.example."), DClass.IN, 60, strings))
                            && records.add(
                                    new TXTRecord(Samples.name("x.example."), DClass.IN, 60, strings.subList(1, 200)));
                }),
                malformed("another class", records -> {
                    add(records, "x.example.", Type.A, DClass.CH, 60, "c0000201");
                    return records;
                }),
                malformed("a TTL of 2^31", records -> {
                    add(records, "x.example.", Type.A, DClass.IN, 1L << 31, "c0000201");
                    return records;
                }),
                malformed("a name that is cut short", Type.NS, "036e73"),
                malformed("a name that is compressed", Type.CNAME, "c00c"),
                malformed("octets after a name", Type.PTR, "0000"),
                malformed("a name that starts beyond the end", Type.MX, "00"),
                malformed("strings that end beyond it", Type.NAPTR, "0001000103"),
                malformed("a signature without its numbers", Type.RRSIG, "0001"),
                malformed("a salt that is cut short", Type.NSEC3PARAM, "0100000004aa"));
    }

    @ParameterizedTest
    @MethodSource("noZones")
    void whatMakesNoZoneIsRefusedWithoutAFault(PackedRecords records) throws Exception {
        for (Way way : Way.values()) {
            if (way == Way.STAGED && records.isEmpty()) {
                continue; // nothing to stage
            }
            try {
                assertThat(put(way, records)).isInstanceOf(CommandResult.Refused.class);
            } catch (CodecException notReadable) {
                // In the command itself it is found before it can be applied; a leader checks its octets before it
                // proposes them.
                assertThat(way).isEqualTo(Way.INLINE);
            }
            assertThat(state.catalog().zones()).isEmpty();
            assertThat(state.staging().stages()).isEmpty();
        }
    }

    /** The records of all types in their own octets are whole, and no shorter piece of one that has a structure is. */
    static Stream<Record> structured() throws IOException {
        return Stream.of(
                Samples.soa(5),
                Samples.record("x.example.", 60, Type.NS, "ns.example."),
                Samples.record("x.example.", 60, Type.MX, "10 mail.example."),
                Samples.record("x.example.", 60, Type.SRV, "1 2 3 host.example."),
                Samples.record("x.example.", 60, Type.RP, "mail.example. text.example."),
                Samples.record("x.example.", 60, Type.PX, "1 a.example. b.example."),
                Samples.record("x.example.", 60, Type.NAPTR, "1 2 \"s\" \"SIP+D2U\" \"\" _sip._udp.example."),
                Samples.record("x.example.", 60, Type.NSEC3PARAM, "1 0 0 aabbccdd"));
    }

    @ParameterizedTest
    @MethodSource("structured")
    void rdataIsWholeOnlyToItsLastOctet(Record record) throws Exception {
        byte[] wire = record.toWire(Section.ANSWER);
        int rdata = record.getName().length() + 10;
        for (int end = rdata; end <= wire.length; end++) {
            assertThat(new PackedRecords().addIfWhole(wire, 0, rdata, end))
                    .as("%s up to %s of %s", record, end, wire.length)
                    .isEqualTo(end == wire.length);
        }
    }
}
