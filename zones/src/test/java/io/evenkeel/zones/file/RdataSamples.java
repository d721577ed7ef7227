package io.evenkeel.zones.file;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Records of every type as text, and what becomes of them by chance. Names in them may be relative. Pure functions. */
public final class RdataSamples {
    /** Of types that any zone may have. */
    private static final String ONE_OF_EACH = """
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
            EID 0001
            NIMLOC 32251A030067
            SRV 1 2 3 host.elsewhere.
            ATMA +15551234567
            NAPTR 100 10 "s" "SIP+D2U" "" _sip._udp.elsewhere.
            KX 10 host
            CERT 1 0 0 AQIDBA==
            A6 64 ::1 host
            DNAME elsewhere.
            SINK \\# 2 0001
            APL 1:192.0.2.0/24 !2:2001:db8::/32
            DS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            SSHFP 1 1 00112233445566778899AABBCCDDEEFF00112233
            IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
            DNSKEY 257 3 13 AwEAAQ==
            DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
            TLSA 3 1 1 0011223344
            SMIMEA 3 1 1 0011223344
            HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI
            NINFO "status"
            RKEY 0 255 1 AwEAAQ==
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
            DOA 1234567890 1 2 "image/gif" AQID
            AMTRELAY 10 1 3 amtrelays.elsewhere.
            TA 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            DSYNC CDS NOTIFY 5359 scanner
            HHIT AQID
            BRID AQID
            RESINFO qnamemin exterr=15-17 infourl=https://resolver.example/
            WALLET "BTC" "bc1q"
            DLV 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
            KEY 256 3 13 AwEAAQ==
            TYPE65280 \\# 4 0a000001
            """;

    /** What master files and dnsjava give a meaning, and ends of ranges. */
    private static final byte[] ODD = {
        0, 1, 9, 10, 13, ' ', '"', '$', '(', ',', '.', ';', '@', '\\', '0', '9', 'A', 127, -128, -1
    };

    /** Ends of ranges, and what looks like a number. */
    private static final List<String> WORDS = List.of(
            "0",
            "255",
            "256",
            "65535",
            "65536",
            "4294967295",
            "4294967296",
            "-1",
            "+1",
            "01",
            "1e3",
            "0x10",
            "1.5",
            "-",
            ".",
            "@",
            "*",
            "TYPE1",
            "type65535",
            "\\#",
            "\"\"",
            "\"a b\"",
            "\\065",
            "\\.",
            "a\\046b.",
            "\\256",
            "::",
            "1:2",
            "AQ==",
            "AQ",
            "00",
            "0g",
            "20380119031408",
            "IN",
            "=",
            "a=b");

    private RdataSamples() {}

    /** Mnemonic and text, one of each type that any zone may have. */
    public static Stream<String> ofEachType() {
        return ONE_OF_EACH.lines().filter(line -> !line.isBlank());
    }

    /** The same, those of signed zones, and some that are odd. */
    public static Stream<String> all() {
        return Stream.concat(
                ofEachType(),
                Stream.of(
                        "SOA ns h 1 1 1 1 1",
                        "RRSIG A 13 2 300 20800101000000 20200101000000 1 example. AQIDBA==",
                        "NSEC b A NS TYPE65280",
                        "NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG",
                        "NSEC3PARAM 1 0 0 AABB",
                        "LOC 90 0 0 S 180 0 0 W -100000m 0m 90000000m 0.01m",
                        "SVCB 1 . mandatory=alpn,port alpn=h2,h3 no-default-alpn port=1 ipv4hint=192.0.2.1 ech=AQID ipv6hint=::1 dohpath=/q{?dns} ohttp key667=x",
                        "APL",
                        "ISDN \"1\"",
                        "NAPTR 1 1 \"a\" \"\" \"!^(.*)$!x\\\\1!\" .",
                        "CAA 0 issue \"\"",
                        "AMTRELAY 10 0 0 ."));
    }

    /** Octets changed, put in, taken out, or all beyond a place made one. */
    public static byte[] mutated(byte[] rdata, SplittableRandom random) {
        byte[] octets = rdata.clone();
        for (int times = random.nextInt(1, 4); times > 0; times--) {
            int at = random.nextInt(octets.length + 1);
            byte odd = random.nextInt(4) == 0 ? (byte) random.nextInt(256) : ODD[random.nextInt(ODD.length)];
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    if (at < octets.length) {
                        octets[at] = odd;
                    }
                }
                case 2 -> {
                    ByteArrayOutputStream longer = new ByteArrayOutputStream();
                    longer.write(octets, 0, at);
                    longer.write(odd);
                    longer.write(octets, at, octets.length - at);
                    octets = longer.toByteArray();
                }
                default -> {
                    if (random.nextBoolean()) {
                        octets = Arrays.copyOf(octets, at);
                    } else {
                        Arrays.fill(octets, at, octets.length, odd);
                    }
                }
            }
        }
        return octets;
    }

    /** Words taken out, put in, doubled, joined, cut, or in other letters; characters put in. Of one line. */
    public static String mutated(String text, SplittableRandom random) {
        List<String> words = new ArrayList<>(List.of(text.split(" ", -1)));
        for (int times = random.nextInt(1, 4); times > 0; times--) {
            int at = random.nextInt(words.size());
            String word = words.get(at);
            int within = random.nextInt(word.length() + 1);
            switch (random.nextInt(9)) {
                case 0 -> words.set(at, WORDS.get(random.nextInt(WORDS.size())));
                case 1 -> words.add(at, WORDS.get(random.nextInt(WORDS.size())));
                case 2 -> words.add(at, word);
                case 3 -> words.set(at, random.nextBoolean() ? "" : '"' + word + '"');
                case 4 -> words.set(at, word.substring(0, within) + " " + word.substring(within));
                case 5 -> words.set(at, random.nextBoolean() ? upper(word) : word.substring(0, within));
                case 6 -> words.set(at, word.substring(0, within) + escaped(word.substring(within)));
                default -> {
                    char odd = (char) (ODD[random.nextInt(ODD.length)] & 0xFF);
                    words.set(
                            at,
                            word.substring(0, within)
                                    + (odd == '\n' || odd == '\r' ? '\t' : odd)
                                    + word.substring(within));
                }
            }
        }
        return String.join(" ", words);
    }

    private static String upper(String word) {
        return word.equals(word.toUpperCase(Locale.ROOT))
                ? word.toLowerCase(Locale.ROOT)
                : word.toUpperCase(Locale.ROOT);
    }

    /** The first character by its number. */
    private static String escaped(String text) {
        return text.isEmpty() || text.charAt(0) > 255
                ? text
                : "\\%03d".formatted((int) text.charAt(0)) + text.substring(1);
    }
}
