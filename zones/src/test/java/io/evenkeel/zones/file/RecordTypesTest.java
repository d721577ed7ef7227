package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Every type that dnsjava knows, from text into a zone and out of it; and the same RDATA in the form of RFC 3597. */
class RecordTypesTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final String GOOD = "$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    private static final Set<Integer> NO_ZONE_DATA = Set.of(Type.OPT, Type.SIG, Type.NXT, Type.TKEY, Type.TSIG);
    /** {@code SignedZone} judges zones with these. */
    private static final Set<Integer> OF_SIGNED_ZONES =
            Set.of(Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM, Type.SOA);

    private static List<Record> check(String lines) throws Exception {
        ZoneBuilder.Checked checked =
                ZoneFile.parse("zone", new StringReader(GOOD + lines), APEX).check();
        assertThat(checked.problems().stream().filter(ZoneProblem::isError)).isEmpty();
        return checked.records();
    }

    private static List<String> lines() {
        List<String> lines = new ArrayList<>();
        RdataSamples.ofEachType().forEach(sample -> lines.add("t" + lines.size() + " " + sample));
        return lines;
    }

    @Test
    void eachComesOutOfAZoneAsItWentIn() throws Exception {
        List<Record> records = check(String.join("\n", lines()) + "\n");
        List<Record> served = new ArrayList<>();
        Zone.load(APEX, new ZoneVersion(1, 1), records).forEach(served::add);
        assertThat(wires(served)).isEqualTo(wires(records));
        assertThat(records).hasSize(3 + lines().size());
    }

    @Test
    void eachIsTheSameInTheFormOfUnknownTypes() throws Exception {
        List<Record> records = check(String.join("\n", lines()) + "\n");
        StringBuilder unknown = new StringBuilder();
        for (Record record : records) {
            if (record.getName().labels() > APEX.labels()
                    && !record.getName().toString().startsWith("ns.")) {
                byte[] rdata = record.rdataToWireCanonical();
                unknown.append(record.getName()).append(" TYPE").append(record.getType());
                unknown.append(" \\# ").append(rdata.length).append(' ');
                unknown.append(HexFormat.of().formatHex(rdata)).append('\n');
            }
        }
        assertThat(wires(check(unknown.toString()))).isEqualTo(wires(records));
    }

    /** Examples of RFCs, and what BIND 9.18 makes of them (named-rrchecker); and the text that is written. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            EUI48 00-00-5e-00-53-2a         | 00005e00532a                             | 00-00-5e-00-53-2a
            EUI64 00-00-5E-EF-10-00-00-2a   | 00005eef1000002a                         | 00-00-5e-ef-10-00-00-2a
            CSYNC 66 3 A NS AAAA            | 000000420003000460000008                 | 66 3 A NS AAAA
            CSYNC 66 3                      | 000000420003                             | 66 3
            NID 10 0014:4fff:ff20:ee64      | 000a00144fffff20ee64                     | 10 0014:4fff:ff20:ee64
            L64 20 2001:DB8:2140:2000       | 001420010db821402000                     | 20 2001:0db8:2140:2000
            L32 10 10.1.2.0                 | 000a0a010200                             | 10 10.1.2.0
            LP 10 l                         | 000a016c076578616d706c6500               | 10 l.example.
            TALINK a .                      | 0161076578616d706c650000                 | a.example. .
            AVC a "b c"                     | 016103622063                             | "a" "b c"
            AMTRELAY 10 0 0 .               | 0a00                                     | 10 0 0 .
            AMTRELAY 10 0 1 203.0.113.15    | 0a01cb00710f                             | 10 0 1 203.0.113.15
            AMTRELAY 10 1 2 2001:db8::15    | 0a8220010db8000000000000000000000015     | 10 1 2 2001:db8::15
            AMTRELAY 128 1 3 a.             | 8083016100                               | 128 1 3 a.
            EID 0102 0304                   | 01020304                                 | 01020304
            NIMLOC 3225                     | 3225                                     | 3225
            ATMA 3.924.6f                   | 0039246f                                 | 39246F
            ATMA +15551                     | 013135353531                             | +15551
            DOA 1 2 3 "t" AQID              | 0000000100000002030174010203             | 1 2 3 "t" AQID
            DOA 0 1 2 "" -                  | 00000000000000010200                     | 0 1 2 "" -
            RKEY 0 255 1 AwEA AQ==          | 0000ff0103010001                         | 0 255 1 AwEAAQ==
            RKEY 0 255 RSASHA256 AwEAAQ==   | 0000ff0803010001                         | 0 255 8 AwEAAQ==
            TA 1 13 1 00112233445566778899AABBCCDDEEFF00112233 | 00010d0100112233445566778899aabbccddeeff00112233 | 1 13 1 00112233445566778899AABBCCDDEEFF00112233
            WALLET a b                      | 01610162                                 | "a" "b"
            RESINFO a                       | 0161                                     | "a"
            DSYNC CDS NOTIFY 53 a.          | 003b010035016100                         | CDS NOTIFY 53 a.
            DSYNC type9999 7 53 a.          | 270f070035016100                         | TYPE9999 7 53 a.
            dsync CDS notify 1 .            | 003b01000100                             | CDS NOTIFY 1 .
            HHIT AQ ID                      | 010203                                   | AQID
            BRID AQID                       | 010203                                   | AQID
            ATMA \\# 2 0539                 | 0539                                     | \\# 2 0539
            """)
    void whatDnsjavaDoesNotReadHasItsOctetsAndItsText(String text, String octets, String written) throws Exception {
        Record record = check("t " + text + "\n").stream()
                .filter(each -> each.getName().toString().startsWith("t."))
                .findFirst()
                .orElseThrow();
        assertThat(HexFormat.of().formatHex(record.rdataToWireCanonical())).isEqualTo(octets);
        assertThat(RecordWriter.rdata(record)).isEqualTo(written);
    }

    /** As named-rrchecker refuses them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "EID \\# 0",
                "NIMLOC 322",
                "ATMA \\# 1 00",
                "ATMA \\# 1 01",
                "ATMA \\# 3 013141",
                "ATMA +1A",
                "ATMA 3924x",
                "DOA 1 2 256 a -",
                "DOA 1 2 3 a",
                "DOA \\# 10 00000000000000010201",
                "RKEY 1 255 1 AwEAAQ==",
                "RKEY 0 255 1",
                "TA 1 13 2",
                "TA 1 13 2 0011",
                "WALLET",
                "RESINFO \\# 0",
                "DSYNC ANY NOTIFY 65536 a.",
                "DSYNC CDS 256 1 a.",
                "DSYNC CDS NOTIFY 1",
                "DSYNC \\# 5 003b010035",
                "HHIT",
                "BRID \\# 0"
            })
    void whatIsMalformedIsRefused(String text) throws Exception {
        assertThat(ZoneFile.parse("zone", new StringReader(GOOD + "t " + text + "\n"), APEX)
                        .check()
                        .accepted())
                .isFalse();
    }

    /** A type that a later dnsjava knows wants a sample here. */
    @Test
    void noTypeIsLeftOut() throws Exception {
        Set<Integer> types = new TreeSet<>();
        for (int type = 1; type < 65_536; type++) {
            boolean meta = type >= 128 && type <= 255;
            if (!meta && !Type.string(type).startsWith("TYPE")) {
                types.add(type);
            }
        }
        types.removeAll(NO_ZONE_DATA);
        types.removeAll(OF_SIGNED_ZONES);
        check(String.join("\n", lines()) + "\n").forEach(record -> types.remove(record.getType()));
        assertThat(types.stream().map(Type::string)).isEmpty();
    }

    private static List<String> wires(List<Record> records) {
        return records.stream()
                .map(record -> HexFormat.of().formatHex(record.toWireCanonical()))
                .sorted()
                .toList();
    }
}
