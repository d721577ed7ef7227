package io.evenkeel.zones.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class SignedZoneTest {
    private static final Name APEX = Name.fromConstantString("example.");

    private static String text(String kind) throws IOException {
        try (InputStream in = SignedZoneTest.class.getResourceAsStream("signed-" + kind + ".zone")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static List<Record> records(String text) throws IOException {
        List<Record> records = new ArrayList<>();
        try (Master master = new Master(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)), APEX)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
        }
        return records;
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsec", "nsec3", "optout"})
    void whatAnotherSignerMadeIsTakenAndKeptAsItIs(String kind) throws IOException {
        List<Record> records = records(text(kind));
        assertThat(ZoneBuilder.check(APEX, records)).noneMatch(ZoneProblem::isError);
        Zone zone = Zone.load(APEX, new ZoneVersion(1, 1), records);
        assertThat(zone.isSigned()).isTrue();
        List<Record> kept = new ArrayList<>();
        zone.forEach(kept::add);
        assertThat(kept).containsExactlyInAnyOrderElementsOf(records);
        List<String> octets = new ArrayList<>();
        zone.forEachInOctets((owner, ownerLength, array, from, to) -> octets.add(
                HexFormat.of().formatHex(owner, 0, ownerLength) + HexFormat.of().formatHex(array, from, to)));
        assertThat(octets)
                .isEqualTo(kept.stream()
                        .map(record -> HexFormat.of().formatHex(record.toWire(Section.ANSWER)))
                        .toList());
        for (Record record : records) {
            assertThat(zone.rrset(record.getName(), record.getType())).contains(record);
        }
    }

    /** Each takes out or changes lines of a zone that is whole; the message names the owner at fault. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nsec   | ^a.example. 60 IN NSEC .*                    |                                            | a.example. has 0 NSEC records
            nsec   | ^a.example. 60 IN NSEC across                | a.example. 60 IN NSEC alias                | NSEC of a.example. leads to alias.example., but the next name with records is across.example.
            nsec   | ^zz.example. 60 IN NSEC example.             | zz.example. 60 IN NSEC a.example.          | NSEC of zz.example. leads to a.example., but the next name with records is example.
            nsec   | ^a.example. 60 IN NSEC across.example. A TXT | a.example. 60 IN NSEC across.example. A MX | NSEC of a.example. says types [A, MX, RRSIG, NSEC] where there are [A, TXT, RRSIG, NSEC]
            nsec   | ^insec.example. 60 IN NSEC loop1.example. NS | insec.example. 60 IN NSEC loop1.example. NS A | NSEC of insec.example. says types [A, NS, RRSIG, NSEC]
            nsec   | ^a.example. 300 IN RRSIG TXT .*              |                                            | the TXT RRset has no RRSIG by a key of the zone
            nsec   | ^sec.example. 300 IN RRSIG DS .*             |                                            | the DS RRset has no RRSIG by a key of the zone
            nsec   | ^(example. .* IN DNSKEY) .*                  |                                            | no DNSKEY record at its apex
            nsec   | ^(a.example. .*RRSIG A .*) example. c2ln     | $1 other. c2ln                             | signer other. instead of example.
            nsec   | ^a.example. 300 IN RRSIG A 13 2              | a.example. 300 IN RRSIG A 13 3             | with 3 labels where the owner has 2
            nsec   | ^a.example. 300 IN RRSIG A 13 2 300          | a.example. 300 IN RRSIG A 13 2 200         | original TTL 200 of a A RRset with TTL 300
            nsec   | ^.* IN NSEC .*                               |                                            | neither NSEC nor NSEC3PARAM
            nsec3  | ^.* IN NSEC3PARAM .*                         |                                            | neither NSEC nor NSEC3PARAM
            nsec3  | ^(.* IN NSEC3PARAM) 1 0 2                    | $1 1 0 51                                  | 51 NSEC3 iterations; at most 50
            nsec3  | ^(.* IN NSEC3PARAM) 1 0 2                    | $1 1 1 2                                   | no NSEC3PARAM with hash algorithm 1 (SHA-1) and flags 0
            nsec3  | ^(.* IN NSEC3PARAM) 1 0 2                    | $1 1 0 3                                   | NSEC3 with other parameters
            nsec3  | ^(example. 3600 IN SOA)                      | new.example. 300 IN A 192.0.2.1\\n$1       | new.example. has no NSEC3 record
            nsec3  | ^(example. 3600 IN SOA)                      | a.new.example. 300 IN NS ns1.example.\\n$1 | new.example. has no NSEC3 record
            optout | ^(example. 3600 IN SOA)                      | new.example. 300 IN A 192.0.2.1\\n$1       | new.example. has no NSEC3 record
            optout | ^(example. 3600 IN SOA)                      | a.unsigent.example. 300 IN A 192.0.2.1\\n$1 | a.unsigent.example. has no NSEC3 record
            """)
    void aBrokenChainOrAMissingSignatureIsRefusedAndNamesTheOwner(
            String kind, String line, String replacement, String message) throws IOException {
        String whole = text(kind);
        String broken = whole.replaceAll("(?m)" + line, replacement == null ? "" : replacement.replace("\\n", "\n"));
        List<ZoneProblem> problems = ZoneBuilder.check(APEX, records(broken));
        assertThat(broken).isNotEqualTo(whole);
        assertThat(problems)
                .anyMatch(problem -> problem.isError() && problem.toString().contains(message));
    }

    @Test
    void aSecondNsec3ChainIsRefusedAsSuch() throws IOException {
        String one = text("nsec3");
        String other = one.lines()
                .filter(line -> line.matches(".* IN (NSEC3|NSEC3PARAM) .*"))
                .map(line -> line.replaceFirst("(NSEC3|NSEC3PARAM) 1 0 2 ", "$1 1 0 3 ") + "\n")
                .collect(Collectors.joining());
        assertThat(other).contains("NSEC3 1 0 3", "NSEC3PARAM 1 0 3");
        assertThat(ZoneBuilder.check(APEX, records(one + other)))
                .anyMatch(problem -> problem.isError()
                        && problem.toString().contains("second chain: there are 2 NSEC3PARAM records"));
    }

    @Test
    void anNsec3ChainWithAMissingLinkIsRefused() throws IOException {
        List<String> lines = text("nsec3").lines().toList();
        String link = lines.stream()
                .filter(line -> line.contains(" IN NSEC3 "))
                .findFirst()
                .orElseThrow();
        String owner = link.substring(0, link.indexOf(' '));
        String broken = String.join(
                "\n", lines.stream().filter(line -> !line.startsWith(owner)).toList());
        assertThat(ZoneBuilder.check(APEX, records(broken + "\n")))
                .anyMatch(problem -> problem.isError() && problem.toString().contains("does not lead to the next one"));
    }

    @Test
    void underOptOutInsecureDelegationsComeAndGoWithoutALink() throws IOException {
        String more = text("optout")
                + "new.unsigent.example. 300 IN NS ns.other.test.\nnew.example. 300 IN NS ns.other.test.\n";
        assertThat(ZoneBuilder.check(APEX, records(more))).noneMatch(ZoneProblem::isError);
        String secure = more
                + "new.unsigent.example. 300 IN DS 12345 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\n";
        assertThat(ZoneBuilder.check(APEX, records(secure)))
                .anyMatch(problem -> problem.isError()
                        && problem.toString().contains("the empty non-terminal unsigent.example. has no NSEC3 record"));
    }

    @Test
    void theEarliestExpirationIsFoundAmongAllSignatures() throws IOException {
        String text = text("nsec3").replaceFirst("(NSEC3 13 2 60) 20800101000000", "$1 20300101000000");
        Zone zone = Zone.load(APEX, new ZoneVersion(1, 1), records(text));
        assertThat(zone.earliestExpiration()).hasValue(1_893_456_000L);
    }
}
