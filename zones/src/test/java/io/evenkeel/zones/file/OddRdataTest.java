package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.check.RdataRules;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.store.Records;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Octets of every type that are taken: their text reads back to the same octets, and so does what dnsjava makes of them. */
class OddRdataTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final Name OWNER = Name.fromConstantString("t.example.");
    private static final String GOOD = "$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    private static final int MUTATIONS = 200;

    @ParameterizedTest
    @MethodSource("io.evenkeel.zones.file.RdataSamples#all")
    void octetsThatAreTakenComeBackFromTheirText(String sample) throws Exception {
        Record record = onlyRecord(sample);
        byte[] rdata = Records.rdata(record);
        assertReadsBack(record.getType(), rdata);
        SplittableRandom random = new SplittableRandom(record.getType());
        int taken = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] odd = RdataSamples.mutated(rdata, random);
            if (RdataRules.fault(record.getType(), odd) == null) {
                assertReadsBack(record.getType(), odd);
                taken++;
            }
        }
        assertThat(taken).isPositive();
    }

    private static void assertReadsBack(int type, byte[] rdata) throws IOException {
        String octets = Type.string(type) + " " + HexFormat.of().formatHex(rdata);
        Record record = Record.newRecord(OWNER, type, DClass.IN, 60, rdata.length, rdata);
        assertThat(record).as(octets).isNotNull();
        assertThat(Records.rdata(record)).as(octets).isEqualTo(rdata);
        String text = RecordWriter.rdata(record);
        assertThat(text).as(octets).matches("[ -~]+").isEqualTo(text.strip());
        assertThat(Records.rdata(RecordReader.read(OWNER, type, 60, text)))
                .as("%s as %s", octets, text)
                .isEqualTo(rdata);
        ZoneFile.Parsed parsed = ZoneFile.parse(
                "zone", new StringReader(OWNER + "\t60\tIN\t" + Type.string(type) + "\t" + text + "\n"), APEX);
        assertThat(parsed.problems()).as("%s as %s", octets, text).isEmpty();
        assertThat(Records.rdata(parsed.records().getFirst()))
                .as("%s as %s in a file", octets, text)
                .isEqualTo(rdata);
    }

    private static Record onlyRecord(String typeAndText) throws IOException {
        ZoneFile.Parsed parsed = ZoneFile.parse("zone", new StringReader("t 60 " + typeAndText + "\n"), APEX);
        assertThat(parsed.problems()).isEmpty();
        return parsed.records().getFirst();
    }

    /** Strings empty and long, and all 256 octets: each type that has strings. */
    @Test
    void stringsOfAnyOctetsComeBack() throws IOException {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        for (int type : new int[] {Type.TXT, Type.SPF, Type.AVC, Type.NINFO}) {
            ByteArrayOutputStream rdata = new ByteArrayOutputStream();
            rdata.write(0);
            rdata.write(255);
            rdata.write(all, 0, 255);
            rdata.write(1);
            rdata.write(255);
            rdata.write(0);
            assertReadsBack(type, rdata.toByteArray());
            byte[] longest = new byte[65_535];
            for (int at = 0; at < 65_280; at += 256) {
                longest[at] = (byte) 255;
                System.arraycopy(all, 0, longest, at + 1, 255);
            }
            longest[65_280] = (byte) 254;
            assertReadsBack(type, longest);
        }
        byte[] hinfo = new byte[512];
        hinfo[0] = (byte) 255;
        System.arraycopy(all, 1, hinfo, 1, 255);
        hinfo[256] = (byte) 255;
        assertReadsBack(Type.HINFO, hinfo);
        byte[] caa = new byte[7 + 60_000];
        System.arraycopy("\0\5issue".getBytes(StandardCharsets.US_ASCII), 0, caa, 0, 7);
        System.arraycopy(all, 0, caa, 7, 256);
        assertReadsBack(Type.CAA, caa);
        byte[] uri = new byte[4 + 60_000];
        System.arraycopy(all, 0, uri, 4, 256);
        assertReadsBack(Type.URI, uri);
    }

    /** Labels of any octets, dots among them, in each type that has names in known places. */
    @Test
    void namesOfAnyOctetsComeBack() throws IOException {
        for (int octet = 0; octet < 256; octet++) {
            byte[] name = {3, 'a', (byte) octet, 'b', 1, (byte) octet, 0};
            assertReadsBack(Type.CNAME, name);
            byte[] service = new byte[2 + name.length];
            System.arraycopy(name, 0, service, 2, name.length);
            assertReadsBack(Type.MX, service);
            assertReadsBack(Type.SVCB, service);
            assertReadsBack(Type.LP, service);
        }
    }

    /** What is one record to the judge is one to the store: no zone that is taken here fails when it is applied. */
    @Test
    void recordsThatDifferInCaseAloneMakeAZone() throws Exception {
        List<String> lines = new ArrayList<>();
        RdataSamples.all()
                .filter(sample -> !sample.matches("(SOA|RRSIG|NSEC|NSEC3|NSEC3PARAM|CNAME|DNAME) .*"))
                .forEach(sample -> {
                    int blank = sample.indexOf(' ');
                    String type = blank < 0 ? sample : sample.substring(0, blank);
                    String owner = "t" + lines.size() + " " + type + " ";
                    String octets = blank < 0 ? "" : sample.substring(blank + 1);
                    lines.add(owner + octets);
                    if (type.matches("NS|MD|MF|MB|MG|MR|PTR|MINFO|MX|RP|AFSDB|RT|NSAP-PTR|PX|SRV|KX|TALINK|NAPTR")) {
                        lines.add(owner + octets.toUpperCase(Locale.ROOT));
                    }
                });
        ZoneBuilder.Checked checked = ZoneFile.parse(
                        "zone", new StringReader(GOOD + String.join("\n", lines) + "\n"), APEX)
                .check();
        assertThat(checked.errors()).isEmpty();
        assertThat(Zone.load(APEX, new ZoneVersion(1, 1), checked.records()).records())
                .isEqualTo(checked.records().size());
    }

    /** Each row: what a person writes, its octets, and how these are written here; read by BIND alike where it knows the type. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            LOC 42 21 43.528 N 71 5 6.284 W -25.10m | 00121613891704e870bf2e1400988cb2 | 42 21 43.528 N 71 5 6.284 W -25.10m 1m 10000m 10m
            LOC 52 22 N 4 E 0.29m | 001216138b3c964080dbba000098969d | 52 22 0.000 N 4 0 0.000 E 0.29m 1m 10000m 10m
            LOC 0 0 0.001 S 0 E -0.5 | 001216137fffffff800000000098964e | 0 0 0.001 S 0 0 0.000 E -0.50m 1m 10000m 10m
            SVCB 1 . key667="a;b" | 000100029b0003613b62 | 1 . key667="a;b"
            SVCB 1 . key667="a b\\"\\092" | 000100029b0005612062225c | 1 . key667="a b\\"\\\\"
            SVCB 1 . key667="" | 000100029b0000 | 1 . key667
            SVCB 1 . key667= | 000100029b0000 | 1 . key667
            SVCB 1 . key1=\\002h2 | 00010000010003026832 | 1 . alpn=h2
            SVCB 1 . port=65535 | 00010000030002ffff | 1 . port=65535
            SVCB 1 . port=1 alpn=h2 mandatory=port,alpn | 000100000000040001000300010003026832000300020001 | 1 . mandatory=alpn,port alpn=h2 port=1
            SVCB 1 . ipv6hint=2001:db8:0:0:0:0:0:1 | 0001000006001020010db8000000000000000000000001 | 1 . ipv6hint=2001:db8::1
            SVCB 1 . ipv6hint=::ffff:192.0.2.1 | 0001000006001000000000000000000000ffffc0000201 | 1 . ipv6hint=::ffff:192.0.2.1
            SVCB 1 . dohpath=/q{?dns} | 000100000700082f717b3f646e737d | 1 . dohpath=/q{?dns}
            SVCB 1 . key65535=a | 000100ffff000161 | 1 . key65535=a
            WKS 192.0.2.1 TCP 80 smtp 25 | c0000201060000004000000000000080 | 192.0.2.1 6 25 80
            WKS 192.0.2.1 rsvp 25 | c00002012e00000040 | 192.0.2.1 46 25
            WKS 192.0.2.1 IPv6-ICMP 25 | c00002013a00000040 | 192.0.2.1 58 25
            WKS 192.0.2.1 argus 25 | c00002010d00000040 | 192.0.2.1 13 25
            KEY 49152 3 13 | c000030d | 49152 3 13
            KEY NOKEY 3 13 | c000030d | 49152 3 13
            KEY 386 3 13 AwEA AQ== | 0182030d03010001 | 386 3 13 AwEAAQ==
            IPSECKEY 10 1 0 192.0.2.38 | 0a0100c0000226 | 10 1 0 192.0.2.38
            IPSECKEY 10 3 2 a. AQ== | 0a030201610001 | 10 3 2 a. AQ==
            LOC 52 n 4 e 0 | 001216138b28720080dbba0000989680 | 52 0 0.000 N 4 0 0.000 E 0.00m 1m 10000m 10m
            ISDN 0"1" | 01300131 | "0" "1"
            TXT "a"@ | 01610140 | "a" "@"
            RRSIG A 13 2 4294967295 20800101000000 20200101000000 1 example. AQIDBA== | 00010d02ffffffffcee7b9805e0be1000001076578616d706c650001020304 | A 13 2 4294967295 20800101000000 20200101000000 1 example. AQIDBA==
            RRSIG A RSASHA256 2 300 4294967295 1 1 a AQID BA== | 000108020000012cffffffff0000000100010161076578616d706c650001020304 | A 8 2 300 21060207062815 19700101000001 1 a.example. AQIDBA==
            RRSIG TYPE65280 13 2 300 21800101000000 19690101000000 1 . AQ== | ff000d020000012c8aff7b80fe1ecc8000010001 | TYPE65280 13 2 300 20431124173144 21050207062816 1 . AQ==
            RRSIG A 13 2 300 20240229235959 20240229000000 1 . AQ== | 00010d020000012c65e11a7f65dfc90000010001 | A 13 2 300 20240229235959 20240229000000 1 . AQ==
            WKS 192.0.2.1 tcp HTTP kerberos login | c0000201060000000000000000000080800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000040 | 192.0.2.1 6 80 88 513
            NAPTR 1 1 "u" "" "/^\\\\/([a-z]+)$/x:\\\\1/i" . | 00010001017500142f5e5c2f285b612d7a5d2b29242f783a5c312f6900 | 1 1 "u" "" "/^\\\\/([a-z]+)$/x:\\\\1/i" .
            SVCB 1 . ohttp | 00010000080000 | 1 . ohttp
            CAA 0 issue "" | 00056973737565 | 0 issue ""
            CAA 128 tbs Unknown | 8003746273556e6b6e6f776e | 128 tbs "Unknown"
            DS 12345 ECDSAP256SHA256 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF | 30390d0200112233445566778899aabbccddeeff00112233445566778899aabbccddeeff | 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            URI 10 1 "https://www.example/path" | 000a000168747470733a2f2f7777772e6578616d706c652f70617468 | 10 1 "https://www.example/path"
            TXT a "" \\"b | 016100022262 | "a" "" "\\"b"
            TXT "\\255\\000" | 02ff00 | "\\255\\000"
            HIP 2 200100107b1a74df365639cc39f1d578 AwEAAQ== rvs b.example. | 10020004200100107b1a74df365639cc39f1d5780301000103727673076578616d706c65000162076578616d706c6500 | 2 200100107B1A74DF365639CC39F1D578 AwEAAQ== rvs.example. b.example.
            HINFO é "a é" | 02c3a9046120c3a9 | "\\195\\169" "a \\195\\169"
            APL | `` | \\# 0
            NULL \\# 0 | `` | \\# 0
            AAAA ::ffff:192.0.2.1 | 00000000000000000000ffffc0000201 | ::ffff:192.0.2.1
            CNAME é.example. | 02c3a9076578616d706c6500 | \\195\\169.example.
            SVCB 1 . alpn="f\\\\\\\\oo\\\\,bar,h2" | 0001000001000c08665c6f6f2c626172026832 | 1 . alpn="f\\\\\\\\oo\\\\,bar,h2"
            """)
    void isReadAndWrittenSo(String text, String octets, String written) throws IOException {
        Record record = onlyRecord(text);
        assertThat(HexFormat.of().formatHex(Records.rdata(record))).isEqualTo(octets);
        assertThat(RecordWriter.rdata(record)).isEqualTo(written);
        assertReadsBack(record.getType(), Records.rdata(record));
    }

    /** Each row: what is refused, by which rule, in which words. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            HTTPS 1 . port=65536 | RFC 1035 §5.1 | port '65536'
            HTTPS 1 . port= | RFC 1035 §5.1 | port ''
            HTTPS 1 . alpn="h2,,h3" | RFC 1035 §5.1 | a protocol of 0 octets
            HTTPS 1 . alpn="" | RFC 1035 §5.1 | a protocol of 0 octets
            HTTPS 1 . alpn= h2 | RFC 1035 §5.1 | a protocol of 0 octets
            HTTPS 1 . "alpn=h2" | RFC 1035 §5.1 | does not begin with the key
            HTTPS 1 . alpn=h2 alpn=h3 | RFC 1035 §5.1 | there twice
            HTTPS 1 . key007=a | RFC 1035 §5.1 | does not begin with the key
            HTTPS 1 . key65536=a | RFC 1035 §5.1 | does not begin with the key
            HTTPS 1 . no-default-alpn | RFC 9460 §7.1.1 | without alpn
            HTTPS 1 . mandatory=port | RFC 9460 §8 | names port
            HTTPS 1 . mandatory=mandatory | RFC 9460 §8 | no list of other keys
            HTTPS 1 . ech="?" | RFC 1035 §5.1 | base64
            HTTPS 1 . dohpath=q | RFC 9461 §5 | template
            HHIT AQ\\009ID | RFC 1035 §5.1 | base64
            DHCID AAA?AAAA | RFC 1035 §5.1 | base64
            OPENPGPKEY AQ=DAQID | RFC 1035 §5.1 | base64
            DNSKEY 257 3 13 A=== | RFC 1035 §5.1 | base64
            DNSKEY 257 3 13 AQIDB | RFC 1035 §5.1 | base64
            CERT 1 0 0 AR== | RFC 1035 §5.1 | base64
            HIP 2 00 A?== rvs | RFC 1035 §5.1 | base64
            NSEC3 1 0 0 - 2T7B4G4V=A5SMI47K61MV5BV1A22BOJR A | RFC 1035 §5.1 | base32
            NSEC3 1 0 0 - 02 A | RFC 1035 §5.1 | base32
            HTTPS 1 . ohttp=1 | RFC 9540 §4 | has no value
            HTTPS \\# 13 00010000030002005000010000 | RFC 9460 §2.2 | the key alpn stands behind port
            HTTPS \\# 9 000100000100020000 | RFC 9460 §7.1.1 | alpn is no list
            HTTPS \\# 8 0001000003000201 | RFC 9460 §2.2 | cut off
            TXT | RFC 1035 §3.3.14 | is not one string or several
            SPF | RFC 1035 §3.3.14 | is not one string or several
            AVC | RFC 1035 §3.3.14 | is not one string or several
            NINFO | RFC 1035 §3.3.14 | is not one string or several
            TXT \\# 0 | RFC 1035 §3.3.14 | is not one string or several
            TXT \\# 2 0261 | RFC 1035 §3.3.14 | is not one string or several
            DNSKEY 257 3 13 | RFC 4034 §2.1 | has no key
            CDNSKEY 257 3 13 | RFC 4034 §2.1 | has no key
            DS 1 13 2 00 | RFC 4034 §5.1.4 | a digest of 1 octets
            DS 1 NOSUCH 2 00 | RFC 1035 §5.1 | not an algorithm
            CERT \\# 5 0001000000 | RFC 4398 §2 | has no certificate
            SSHFP \\# 2 0101 | RFC 4255 §3.1 | has no fingerprint
            SSHFP 1 1 0011 | RFC 4255 §3.1.3 | a fingerprint of 2 octets; those of type 1 have 20
            SSHFP 1 2 00112233445566778899AABBCCDDEEFF00112233 | RFC 4255 §3.1.3 | those of type 2 have 32
            ZONEMD 1 1 240 0011 | RFC 1035 §5.1 | at least 12
            NAPTR 1 1 "u" "" "!^.*$!x\\\\1!" . | RFC 3402 §3.2 | has \\1 in its replacement, and 0 groups
            NAPTR 1 1 "u" "" "!^(.*)$!x\\\\0!" . | RFC 3402 §3.2 | has \\0 in its replacement
            NAPTR 1 1 "u" "" "!a!b" . | RFC 3402 §3.2 | in three of the same delimiter
            NAPTR 1 1 "u" "" "!a!b!!" . | RFC 3402 §3.2 | in three of the same delimiter
            NAPTR 1 1 "u" "" "!a!b\\\\!" . | RFC 3402 §3.2 | in three of the same delimiter
            NAPTR 1 1 "u" "" "!a!b!g" . | RFC 3402 §3.2 | a flag
            NAPTR 1 1 "u" "" "1a1b1" . | RFC 3402 §3.2 | begins with a digit
            X25 311 | RFC 1183 §3.1 | four digits or more
            X25 \\# 5 04B2313131 | RFC 1183 §3.1 | four digits or more
            WKS 192.0.2.1 tcp nothing | RFC 1035 §5.1 | 'nothing' is not a service
            TA 1 13 200 "0011" | RFC 1035 §5.1 | nothing of it stands in quotes
            TLSA 3 1 1 00 "11" | RFC 1035 §5.1 | nothing of it stands in quotes
            OPENPGPKEY "AQID" | RFC 1035 §5.1 | nothing of it stands in quotes
            DOA 1 2 1 "" "AQID" | RFC 1035 §5.1 | base64 stands without quotes
            EUI48 "00-00-5e-00-53-2a" | RFC 1035 §5.1 | nothing of it stands in quotes
            NSAP "0x47000580" | RFC 1035 §5.1 | nothing of it stands in quotes
            CSYNC 66 3 A "NS" | RFC 1035 §5.1 | nothing of it stands in quotes
            LOC 52 22 N 4 53 E "10m" | RFC 1035 §5.1 | nothing of it stands in quotes
            RRSIG A 13 2 300 "20800101000000" 20200101000000 1 example. AQID | RFC 1035 §5.1 | nothing of it stands in quotes
            TYPE65280 \\# 2 "0011" | RFC 1035 §5.1 | hex stands without quotes
            TLSA \\# 3 010101 | RFC 6698 §2.1 | has no data
            CAA 0 a-b "x" | RFC 8659 §4.1 | letters and digits
            CAA \\# 2 0000 | RFC 8659 §4.1 | letters and digits
            CAA 0 "" "x" | RFC 1035 §5.1 | the tag stands without quotes
            CAA 0 "issue" "ca.example.net" | RFC 1035 §5.1 | the tag stands without quotes
            KEY 386 3 13 | RFC 2535 §3.1.2 | has no key
            KEY \\# 4 0182030d | RFC 2535 §3.1.2 | has no key
            KEY \\# 5 c182030d00 | RFC 2535 §3.1.2 | has a key, and flags that say that it has none
            KEY 49152 3 13 AQ== | RFC 1035 §5.1 | unexpected tokens
            KEY +256 3 13 AQ== | RFC 1035 §5.1 | '+256' has a sign
            KEY 256 +3 13 AQ== | RFC 1035 §5.1 | '+3' has a sign
            DNSKEY 257 3 +13 AQ== | RFC 1035 §5.1 | '+13' has a sign
            DNSKEY 1e3 3 13 AQ== | RFC 1035 §5.1 | expected an integer
            RKEY 0 255 +1 AQ== | RFC 1035 §5.1 | '+1' has a sign
            CERT +1 0 0 AQ== | RFC 1035 §5.1 | '+1' has a sign
            CERT 1 0 +0 AQ== | RFC 1035 §5.1 | '+0' has a sign
            DS 1 +13 2 00 | RFC 1035 §5.1 | '+13' has a sign
            APL 1:192.0.2.0/+24 | RFC 1035 §5.1 | has a sign
            APL !+1:192.0.2.0/24 | RFC 1035 §5.1 | has a sign
            WKS 192.0.2.1 +6 25 | RFC 1035 §5.1 | '+6' has a sign
            WKS 192.0.2.1 6 +25 | RFC 1035 §5.1 | '+25' is not a service
            WKS 192.0.2.1 256 25 | RFC 1035 §5.1 | '256' is not a protocol
            IPSECKEY 10 1 2 192.0.2.38 | RFC 4025 §2.4 | has no key, which its algorithm, 2, has
            IPSECKEY 10 0 1 . | RFC 4025 §2.4 | has no key
            IPSECKEY 10 2 1 ::1 | RFC 4025 §2.4 | has no key
            IPSECKEY 10 3 1 a.b. | RFC 4025 §2.4 | has no key
            RRSIG A +13 2 300 2 1 1 . AQ== | RFC 1035 §5.1 | '+13' has a sign
            RRSIG A 13 2 300 -1 1 1 . AQ== | RFC 1035 §5.1 | '-1' has a sign
            RRSIG A 13 2 1h 2 1 1 . AQ== | RFC 1035 §5.1 | expected an integer
            RRSIG A 13 2 300 20230229000000 1 1 . AQ== | RFC 1035 §5.1 | '20230229000000' is not a time
            RRSIG A 13 2 300 20800101000060 1 1 . AQ== | RFC 1035 §5.1 | '20800101000060' is not a time
            RRSIG A 13 2 300 00000101000000 1 1 . AQ== | RFC 1035 §5.1 | '00000101000000' is not a time
            RRSIG A 13 2 300 4294967296 1 1 . AQ== | RFC 1035 §5.1 | '4294967296' is not a time
            RRSIG A 13 2 300 2 1 1 . | RFC 1035 §5.1 | expected base64
            RRSIG NOSUCH 13 2 300 2 1 1 . AQ== | RFC 1035 §5.1 | 'NOSUCH' is not a record type
            SVCB 1 "host.elsewhere." alpn=h2 | RFC 1035 §5.1 | expected a name
            EUI48 00-00-5e-00-53-92a | RFC 1035 §5.1 | 6 pairs of hexadecimal digits
            TLSA 3 1 256 00 | RFC 1035 §5.1 | 8 bit
            LOC 52 N 4 E 0m 1m 1m 1m 1m | RFC 1035 §5.1 | expected EOL
            DS 1 13 3 0011 | RFC 4034 §5.1.4 | those of type 3 have 32
            URI 1 1 "" | RFC 7553 §4.4 | has no target
            EUI48 \\# 5 0001020304 | RFC 7043 §3.1 | has 5 octets, not 6
            LOC 90 0 0.001 N 0 E 0 | RFC 1035 §5.1 | degrees up to 90
            LOC 0 60 N 0 E 0 | RFC 1035 §5.1 | degrees up to 90
            LOC 0 N 0 E 0.001m | RFC 1035 §5.1 | altitude '0.001m'
            LOC 0 N 0 E 0m 90000001m | RFC 1035 §5.1 | size '90000001m'
            WKS 192.0.2.1 6 | `` | names no service
            WKS 192.0.2.1 6;7 25 | `` | names no service
            LP \\# 3 000100c0 | RFC 1035 §5.1 | says 3 octets and has 4
            LP \\# 2 0001 | RFC 1035 §3.2.1 | is malformed
            AMTRELAY \\# 1 00 | RFC 1035 §3.2.1 | is malformed
            CSYNC \\# 8 0000000100030001 | RFC 1035 §3.2.1 | is malformed
            APL \\# 8 00011804c0000200 | RFC 1035 §3.2.1 | is malformed
            LOC \\# 16 000099106C39270059604E0000000040 | RFC 1876 §2 | a latitude beyond 90 degrees
            LOC \\# 16 000016138B3CF018280CBCE000989528 | RFC 1876 §2 | or a longitude beyond 180
            URI 10 1 https://www.example/ | RFC 1035 §5.1 | the target stands in double quotes
            LOC \\# 16 00031613800000008000000000989680 | RFC 1035 §3.2.1 | is malformed
            """)
    void isRefusedSo(String text, String rule, String words) throws IOException {
        ZoneFile.Parsed parsed = ZoneFile.parse("zone", new StringReader("t 60 " + text + "\n"), APEX);
        assertThat(parsed.records()).isEmpty();
        assertThat(parsed.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.line()).isEqualTo(1);
            assertThat(problem.rule()).isEqualTo(rule);
            assertThat(problem.message()).contains(words).startsWith(text.split(" ", 2)[0] + " record: ");
        });
    }

    @Test
    void aliasWithParametersIsTakenWithAWarning() throws IOException {
        ZoneBuilder.Checked checked = ZoneFile.parse("zone", new StringReader(GOOD + "t SVCB 0 ns alpn=h2\n"), APEX)
                .check();
        assertThat(checked.accepted()).isTrue();
        assertThat(checked.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.isError()).isFalse();
            assertThat(problem.line()).isEqualTo(5);
            assertThat(problem.rule()).isEqualTo("RFC 9460 §2.4.2");
        });
    }

    /** RFC 4035 §5.3.1, with the serial arithmetic of RFC 4034 §3.1.5. */
    @ParameterizedTest
    @CsvSource({
        "2026-01-01T00:00:00Z, ''",
        "2026-01-31T00:00:00Z, ''",
        "2026-01-31T00:00:01Z, the signature of A has expired",
        "2025-12-31T23:59:59Z, the signature of A is not valid yet"
    })
    void signaturesThatAreNotGoodAtATimeAreToldThen(String then, String words) throws IOException {
        ZoneBuilder.Checked checked = ZoneFile.parse(
                        "zone",
                        new StringReader("t 60 RRSIG A 13 2 300 20260131000000 20260101000000 1 example. AQIDBA==\n"),
                        APEX)
                .check(Instant.parse(then).getEpochSecond());
        assertThat(checked.problems().stream()
                        .filter(problem -> problem.rule().equals("RFC 4035 §5.3.1"))
                        .map(problem -> problem.line() + " " + problem.severity() + " " + problem.message())
                        .toList())
                .isEqualTo(words.isEmpty() ? List.of() : List.of("1 WARNING " + words));
    }

    @Test
    void rdataOfMoreThanALengthHoldsIsRefused() throws IOException {
        ZoneFile.Parsed parsed =
                ZoneFile.parse("zone", new StringReader("t 60 TXT" + (" " + "x".repeat(255)).repeat(256) + "\n"), APEX);
        assertThat(parsed.records()).isEmpty();
        assertThat(parsed.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message())
                        .isEqualTo("TXT record: takes 65536 octets, and RDATA has at most 65535"));
    }

    /** Whatever else the owner has, or has not. */
    @ParameterizedTest
    @CsvSource({"TXT", "SPF", "AVC"})
    void anRRsetThatNoZoneCanHaveIsRefusedWithItsLine(String type) throws IOException {
        String strings = (" " + "x".repeat(255)).repeat(255) + " ";
        int room = Zone.MAX_RRSET_BYTES - Zone.RR_OVERHEAD - 254 * 256;
        String fits = (" " + "x".repeat(255)).repeat(254) + " " + "x".repeat(room - 1);
        ZoneBuilder.Checked refused = check("t " + type + strings + "x".repeat(200));
        assertThat(refused.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.isError()).isTrue();
            assertThat(problem.line()).isEqualTo(5);
            assertThat(problem.message()).startsWith("the " + type + " RRset takes 65493 octets; at most");
        });
        ZoneBuilder.Checked taken = check("t " + type + fits);
        assertThat(taken.accepted()).isTrue();
        assertThat(Zone.load(APEX, new ZoneVersion(1, 1), taken.records()).records())
                .isEqualTo(4);
    }

    /** Each by itself could be kept. */
    @Test
    void anRRsetThatHasNoRoomForItsSignaturesIsRefused() throws IOException {
        String text = "t TXT" + (" " + "x".repeat(255)).repeat(254);
        String signature = " 8 2 60 20300101000000 20200101000000 1 " + APEX + " "
                + Base64.getEncoder().encodeToString(new byte[128]);
        String words = "the TXT RRset with its signatures takes "
                + (254 * 256 + 18 + APEX.length() + 128 + 2 * Zone.RR_OVERHEAD) + " octets; at most "
                + Zone.MAX_RRSET_BYTES;
        assertThat(check(text + "\nt RRSIG TXT" + signature).problems())
                .anySatisfy(problem -> assertThat(problem.message()).startsWith(words));
        assertThat(check(text + "\nt A 192.0.2.1\nt RRSIG A" + signature).problems())
                .noneSatisfy(problem -> assertThat(problem.message()).contains("with its signatures"));
    }

    private static ZoneBuilder.Checked check(String line) throws IOException {
        return ZoneFile.parse("zone", new StringReader(GOOD + line + "\n"), APEX)
                .check();
    }

    /** One pair of quotes for what was cut, and strings that would not come back from that on their own. */
    @Test
    void stringsThatAreTooLongAreCutAndComeBackAsTheyWere() throws IOException {
        String most = "a".repeat(255);
        for (List<String> strings : List.of(
                List.of(""),
                List.of(most),
                List.of(most, "b"),
                List.of(most, most, "b"),
                List.of(most, ""),
                List.of("", most, "b", most),
                List.of("a", "b"))) {
            Record record = new TXTRecord(Name.root, DClass.IN, 0, strings);
            String text = RecordWriter.rdataUncut(record);
            assertThat(RecordReader.readUncut(Name.root, Type.TXT, 0, text))
                    .as(text)
                    .isEqualTo(record);
        }
        Record cut = RecordReader.readUncut(Name.root, Type.TXT, 0, "\"" + "a".repeat(254) + "\u00E9b\" \"c\"");
        assertThat(RecordWriter.rdata(cut)).isEqualTo("\"" + "a".repeat(254) + "\\195\" \"\\169b\" \"c\"");
        assertThat(RecordWriter.rdataUncut(cut)).isEqualTo("\"" + "a".repeat(254) + "\\195\\169b\" \"c\"");
        assertThat(RecordWriter.rdataUncut(RecordReader.readUncut(Name.root, Type.TXT, 0, "\\# 2 0161")))
                .isEqualTo("\"a\"");
        assertThatThrownBy(() -> RecordReader.readUncut(Name.root, Type.TXT, 0, "\"" + "a".repeat(65_300) + "\""))
                .hasMessageContaining("at most 65535");
    }
}
