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
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Every type that dnsjava knows, from text into a zone and out of it; and the same RDATA in the form of RFC 3597. */
class RecordTypesTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final String GOOD = "$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    /** One of each; those that only a signed zone has are judged with such. */
    static final String SAMPLES = """
            A 192.0.2.1
            NS ns.elsewhere.
            MD host
            MF host
            CNAME elsewhere.
            MB host
            MG host
            MR host
            NULL \\# 2 0001
            WKS 192.0.2.1 6 25 80
            PTR host
            HINFO "cpu" "os"
            MINFO a b
            MX 10 host.elsewhere.
            TXT "a" "b c" ""
            RP a b
            AFSDB 1 host
            X25 "311061700956"
            ISDN "150862028003217" "004"
            RT 10 host
            NSAP 0x47000580005a0000000001e133ffffff00016100
            NSAP-PTR host
            PX 10 a b
            GPOS 10.0 20.0 10.0
            AAAA 2001:db8::1
            LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
            EID \\# 2 0001
            NIMLOC \\# 2 0001
            SRV 1 2 3 host.elsewhere.
            ATMA \\# 2 0130
            NAPTR 100 10 "s" "SIP+D2U" "" _sip._udp.elsewhere.
            KX 10 host
            CERT 1 0 0 AQIDBA==
            A6 64 ::1 host
            DNAME elsewhere.
            SINK \\# 2 0001
            APL 1:192.0.2.0/24 !2:2001:db8::/32
            DS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            SSHFP 1 1 0011223344
            IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
            DNSKEY 257 3 13 AwEAAQ==
            DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
            TLSA 3 1 1 0011223344
            SMIMEA 3 1 1 0011223344
            HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI
            NINFO "status"
            RKEY \\# 2 0001
            TALINK a .
            CDS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            CDNSKEY 257 3 13 AwEAAQ==
            OPENPGPKEY AQIDBA==
            CSYNC 66 3 A NS AAAA
            ZONEMD 2018031900 1 1 001122330011223300112233001122330011223300112233001122330011223300112233001122330011223300112233
            SVCB 1 host.elsewhere. alpn=h2
            HTTPS 1 . port=8443
            SPF "v=spf1 -all"
            UINFO \\# 2 0001
            UID \\# 2 0001
            GID \\# 2 0001
            UNSPEC \\# 2 0001
            NID 10 0014:4fff:ff20:ee64
            L32 10 10.1.2.0
            L64 10 2001:0DB8:1140:1000
            LP 10 l64-subnet1
            EUI48 00-00-5e-00-53-2a
            EUI64 00-00-5e-ef-10-00-00-2a
            URI 10 1 "https://www.example/path"
            CAA 0 issue "ca.example.net"
            AVC "app-name:WOLFGANG|app-class:OAM"
            DOA \\# 2 0001
            AMTRELAY 10 1 3 amtrelays.elsewhere.
            TA \\# 2 0001
            DLV 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            KEY 256 3 13 AwEAAQ==
            TYPE65280 \\# 4 0a000001
            """;

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
        SAMPLES.lines().forEach(sample -> lines.add("t" + lines.size() + " " + sample));
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

    /** The examples of RFC 6742, 7043, 7477 and 8777, and octets for them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            EUI48 00-00-5e-00-53-2a         | 00005e00532a
            EUI64 00-00-5E-EF-10-00-00-2a   | 00005eef1000002a
            CSYNC 66 3 A NS AAAA            | 000000420003000460000008
            CSYNC 66 3                      | 000000420003
            NID 10 0014:4fff:ff20:ee64      | 000a00144fffff20ee64
            L64 20 2001:DB8:2140:2000       | 001420010db821402000
            L32 10 10.1.2.0                 | 000a0a010200
            LP 10 l                         | 000a016c076578616d706c6500
            TALINK a .                      | 0161076578616d706c650000
            AVC a "b c"                     | 016103622063
            AMTRELAY 10 0 0 .               | 0a00
            AMTRELAY 10 0 1 203.0.113.15    | 0a01cb00710f
            AMTRELAY 10 1 2 2001:db8::15    | 0a8220010db8000000000000000000000015
            AMTRELAY 128 1 3 a.             | 8083016100
            """)
    void whatDnsjavaDoesNotReadHasItsOctets(String text, String octets) throws Exception {
        Record record = check("t " + text + "\n").stream()
                .filter(each -> each.getName().toString().startsWith("t."))
                .findFirst()
                .orElseThrow();
        assertThat(HexFormat.of().formatHex(record.rdataToWireCanonical())).isEqualTo(octets);
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
