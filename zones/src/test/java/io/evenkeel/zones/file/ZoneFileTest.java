package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

class ZoneFileTest {
    private static final Name ORIGIN = Name.fromConstantString("example.");
    private static final String GOOD = """
            $TTL 1h
            @   SOA ns1 host ( 7 ; serial
                    1d 2h 1w
                    5m )
                NS  ns1
            ns1 A   192.0.2.1
            """;

    private static final List<String> MANGLED = List.of(
            "", "(", ")", "\"", "\\", "\\300", ";", "\n", "\r", "$", "@", ".", "..", " ", "\t", "9", "-1", "é", "€",
            "\0", "TXT", "\\#");

    @TempDir
    Path directory;

    private static ZoneFile.Parsed parse(String text) {
        return parse(text, ORIGIN);
    }

    private static ZoneFile.Parsed parse(String text, Name origin) {
        try {
            return ZoneFile.parse("zone", new StringReader(text), origin);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static List<String> check(String text) {
        return parse(text).check().problems().stream()
                .map(ZoneProblem::toString)
                .toList();
    }

    private static List<String> texts(ZoneFile.Parsed parsed) {
        return parsed.records().stream().map(Record::toString).toList();
    }

    @Test
    void readsWhatMasterFilesMayContain() {
        ZoneFile.Parsed parsed = parse("""
                ; a comment
                $ORIGIN example.
                $TTL 3600
                @ IN SOA ns1.example. admin\\.x.example. (
                    2026010101 ; serial ( with a parenthesis " and a quote
                    3600 600 604800 300 )

                    IN NS ns1
                    NS ns2.example.
                www 60 IN A 192.0.2.1
                    IN 60 AAAA 2001:db8::1
                txt TXT "semi;colon (and) parentheses" plain "esc\\"aped" ("in"
                    "brackets")
                (sub) A 192.0.2.2
                $ORIGIN deep
                @ A 192.0.2.3
                *.w CNAME @
                type65280.example. TYPE65280 \\# 4 0a000001
                $GENERATE 1-5/2 host-${0,3} A 192.0.2.$
                """, Name.root);
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.apex()).isEqualTo(ORIGIN);
        assertThat(texts(parsed).stream().map(text -> text.replace('\t', ' ').replaceAll(" +", " ")))
                .containsExactly(
                        "example. 3600 IN SOA ns1.example. admin\\.x.example. 2026010101 3600 600 604800 300",
                        "example. 3600 IN NS ns1.example.",
                        "example. 3600 IN NS ns2.example.",
                        "www.example. 60 IN A 192.0.2.1",
                        "www.example. 60 IN AAAA 2001:db8:0:0:0:0:0:1",
                        "txt.example. 3600 IN TXT \"semi;colon (and) parentheses\" \"plain\" \"esc\\\"aped\" \"in\" \"brackets\"",
                        "sub.example. 3600 IN A 192.0.2.2",
                        "deep.example. 3600 IN A 192.0.2.3",
                        "*.w.deep.example. 3600 IN CNAME deep.example.",
                        "type65280.example. 3600 IN TYPE65280 \\# 4 0A000001",
                        "host-001.deep.example. 3600 IN A 192.0.2.1",
                        "host-003.deep.example. 3600 IN A 192.0.2.3",
                        "host-005.deep.example. 3600 IN A 192.0.2.5");
    }

    @Test
    void reportsEveryProblemWithItsLineAndKeepsWhatIsGood() {
        ZoneFile.Parsed parsed = parse("""
                $TTL 1h
                @    SOA ns1 host 7 1d 2h 1w 5m
                     NS  ns1
                ns1  A   192.0.2.300
                     AAAA 2001:db8::1
                bad..name A 192.0.2.1
                     A   192.0.2.2
                x    BOGUS 1
                $FOO bar
                y    A   (192.0.2.3
                         extra )
                z    TXT "never closed
                q    CH  TXT "x"
                v    A   192.0.2.4 )
                $INCLUDE other.db
                t    99999999999 A 192.0.2.5
                m    MX  ten mail
                r    SIG A 8 2 3600 20260101000000 20250101000000 1 example. AAAA
                ok   A   192.0.2.6
                """);
        assertThat(parsed.problems().stream().map(ZoneProblem::toString))
                .containsExactly(
                        "zone:4: error: A record: Invalid address: 192.0.2.300 (RFC 1035 §5.1)",
                        "zone:6: error: 'bad..name': invalid empty label (RFC 1035 §5.1)",
                        "zone:8: error: 'BOGUS' is not a record type (RFC 3597 §5)",
                        "zone:9: error: '$FOO' is not a directive that is known here (RFC 1035 §5.1)",
                        "zone:10: error: A record: unexpected tokens at end of record (wanted EOL/EOF, got <identifier: extra>) (RFC 1035 §5.1)",
                        "zone:12: error: line 12: quoted string is not closed (RFC 1035 §5.1)",
                        "zone:13: error: class CH: only class IN is served (RFC 1035 §5.2)",
                        "zone:14: error: closing parenthesis without an opening one (RFC 1035 §5.1)",
                        "zone:15: error: $INCLUDE is not allowed here: send one text that holds all records (RFC 1035 §5.1)",
                        "zone:16: error: '99999999999' is not a TTL (RFC 1035 §5.1)",
                        "zone:17: error: MX record: expected an integer (RFC 1035 §5.1)",
                        "zone:18: error: SIG records are refused: RRSIG and NSEC took their place (RFC 3755 §3)");
        assertThat(texts(parsed)).hasSize(4);
    }

    @Test
    void findsWhatFollowsAParenthesisThatIsNeverClosed() {
        assertThat(parse(GOOD + """
                a    TXT ( "open
                b    TXT ( one
                           two
                c    A   192.0.2.1
                d    A   nonsense
                """).problems().stream().map(ZoneProblem::toString))
                .containsExactly(
                        "zone:7: error: parenthesis is not closed (RFC 1035 §5.1)",
                        "zone:8: error: parenthesis is not closed (RFC 1035 §5.1)",
                        "zone:11: error: A record: Invalid address: nonsense (RFC 1035 §5.1)");
    }

    @Test
    void contentsAreJudgedWithTheLinesTheyCameFrom() {
        assertThat(check(GOOD + """
                alias CNAME ns1
                alias A 192.0.2.1
                two   60 A 192.0.2.1
                two   90 A 192.0.2.2
                out.of.zone. A 192.0.2.1
                ns1   A 192.0.2.1
                child NS ns.child
                """))
                .containsExactly(
                        "zone:7: error: alias.example.: Conflicts with pre-existing RRset: CNAME beside other types [A] (RFC 1034 §3.6.2, RFC 2181 §10.1)",
                        "zone:10: warning: two.example.: TTL 90 differs from TTL 60 of the same A RRset; the lowest is taken (RFC 2181 §5.2)",
                        "zone:11: error: out.of.zone.: is not at or below the zone's apex example. (RFC 1035 §5.2)",
                        "zone:12: warning: ns1.example.: A record is there twice; the duplicate is dropped (RFC 2181 §5)",
                        "zone:13: warning: child.example.: name server ns.child.example. has no address in this zone, so no glue (RFC 1034 §4.2.1)");
    }

    @Test
    void whatIsMissingOnlyBecauseItCouldNotBeReadIsNoProblemOfItsOwn() {
        assertThat(check("""
                        $TTL 1h
                        @ SOA ns1 host seven 1 1 1 1
                        """)).containsExactly("zone:2: error: SOA record: expected an integer (RFC 1035 §5.1)");
    }

    @Test
    void anEmptyTextHasNoSoa() {
        assertThat(parse("; nothing\n\n", Name.root).check().problems()).hasSize(2);
        assertThat(check("")).anyMatch(problem -> problem.contains("no SOA record"));
    }

    @Test
    void duplicatesAreDroppedAndRecordsPutInOrder() {
        ZoneBuilder.Checked checked =
                parse(GOOD + "b A 192.0.2.1\na A 192.0.2.1\nb A 192.0.2.1\n").check();
        assertThat(checked.accepted()).isTrue();
        assertThat(checked.records().stream().map(record -> record.getName().toString()))
                .containsExactly("example.", "example.", "a.example.", "b.example.", "ns1.example.");
    }

    @ParameterizedTest
    @CsvSource({"60 IN,60", "IN 60,60", "60,60", "1h30m,5400", "IN,3600", "2147483647,2147483647"})
    void ttlAndClassStandInEitherOrder(String head, long ttl) {
        ZoneFile.Parsed parsed = parse("$TTL 1h\na " + head + " A 192.0.2.1\n");
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.records().getFirst().getTTL()).isEqualTo(ttl);
    }

    @Test
    void withoutATtlTheLastOneCountsAndASoaKnowsItsOwn() {
        ZoneFile.Parsed parsed = parse("""
                @ SOA ns1 host 7 1d 2h 1w 5m
                a A 192.0.2.1
                b 60 A 192.0.2.1
                c A 192.0.2.1
                """);
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.records().stream().map(Record::getTTL)).containsExactly(300L, 300L, 60L, 300L);
        assertThat(parse("a A 192.0.2.1\n").problems()).hasSize(1);
    }

    @Test
    void aTextInUtf8AndAFileOfOctetsGiveTheOctetsThatStandThere() throws Exception {
        String text = "$TTL 1\na TXT \"grün €\" \\ü\ngrün A 192.0.2.1 ; größer\n";
        Path file = Files.writeString(directory.resolve("z"), text, StandardCharsets.UTF_8);
        List<String> fromFile = texts(ZoneFile.parse("z", file, ORIGIN, false));
        assertThat(texts(parse(text))).isEqualTo(fromFile);
        assertThat(fromFile.getFirst()).contains("\"gr\\195\\188n \\226\\130\\172\" \"\\195\\188\"");
        assertThat(fromFile.get(1)).startsWith("gr\\195\\188n.example.");
    }

    @Test
    void theMarkThatSomeEditorsPutFirstIsNoPartOfTheText() throws Exception {
        assertThat(parse("\uFEFF" + GOOD).problems()).isEmpty();
        Path file = Files.writeString(directory.resolve("z"), "\uFEFF" + GOOD, StandardCharsets.UTF_8);
        assertThat(ZoneFile.parse("z", file, ORIGIN, false).problems()).isEmpty();
        assertThat(texts(parse("\uFEFF"))).isEmpty();
    }

    @Test
    void lineEndsOfAllSystemsCount() {
        ZoneFile.Parsed parsed = parse("$TTL 1\r\na A 192.0.2.1\rb A 192.0.2.2\n\r\nc A bad");
        assertThat(texts(parsed)).hasSize(2);
        assertThat(parsed.problems().getFirst().line()).isEqualTo(5);
    }

    @Test
    void anIncludedFileHasItsOwnNameAndLinesAndGivesItsOriginBack() throws Exception {
        Files.createDirectory(directory.resolve("sub"));
        Files.writeString(
                directory.resolve("sub/inner"), "\n@ A 192.0.2.1\n$ORIGIN elsewhere\nx A bad\n$INCLUDE more\n");
        Files.writeString(directory.resolve("sub/more"), "y A 192.0.2.2\n");
        Path outer = Files.writeString(
                directory.resolve("outer"), GOOD + "$INCLUDE sub/inner host\nz A 192.0.2.3\n$INCLUDE missing\n");
        ZoneFile.Parsed parsed = ZoneFile.parse("outer", outer, ORIGIN, true);
        assertThat(parsed.records().stream()
                        .skip(3)
                        .map(record -> record.getName().toString()))
                .containsExactly("host.example.", "y.elsewhere.host.example.", "z.example.");
        assertThat(parsed.problems().stream().map(ZoneProblem::toString))
                .anyMatch(
                        text -> text.equals("outer:9: error: 'missing' cannot be opened: no such file (RFC 1035 §5.1)"))
                .contains("sub/inner:4: error: A record: Invalid address: bad (RFC 1035 §5.1)");
    }

    @Test
    void aFileThatIncludesItselfEnds() throws Exception {
        Path file = directory.resolve("self");
        Files.writeString(file, GOOD + "$INCLUDE self\n");
        ZoneFile.Parsed parsed = ZoneFile.parse("self", file, ORIGIN, true);
        assertThat(parsed.problems()).hasSize(1);
        assertThat(parsed.problems().getFirst().message()).contains("deeper than " + ZoneLimits.MAX_INCLUDE_DEPTH);
    }

    @Test
    void aFileThatIsNotThereIsSaidAtOnce() {
        assertThatThrownBy(() -> ZoneFile.parse("none", directory.resolve("none"), ORIGIN, true))
                .isInstanceOf(NoSuchFileException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0-99999 h$ A 192.0.2.1, more than 65536 records",
        "5-1 h$ A 192.0.2.1, is empty",
        "'1-1 h${-2} A 192.0.2.1', offset",
        "x h$ A 192.0.2.1, not a range",
        "1-2/0 h$ A 192.0.2.1, is empty",
        "'1-2 h${0,999999999} A 192.0.2.1', modifiers",
        "'1-2 h${0,2 A 192.0.2.1', modifiers",
        "1-2 h$ MX mail, MX record",
        "1-2 h$ SOA ns, SOA record",
        "1-2 h$ SIG x, SIG records are refused",
        "1-2 h$, ''",
        "1-2 h$ A 192.0.2.300$, Invalid"
    })
    void generateIsBounded(String arguments, String problem) {
        List<ZoneProblem> problems =
                parse(GOOD + "$GENERATE " + arguments + "\n").problems();
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().toString()).containsIgnoringCase(problem).startsWith("zone:7:");
    }

    @Test
    void generateMakesAnyTypeOfWhatStandsInItsText() throws Exception {
        ZoneFile.Parsed parsed = parse(GOOD + """
                $GENERATE 9-10 h$ 60 MX "$ mail-${1,3,x}"
                $GENERATE 1-1 t TXT "\\"a $ b\\" $$ c"
                $GENERATE 18-18 ${0,5,n} PTR h-${0,0,X}
                $GENERATE 7-7 s$ SRV "0 0 \\# h$"
                $GENERATE 7-7 a\\$$ CAA "0 issue \\"ca$.example\\""
                """);
        assertThat(parsed.problems().stream().map(ZoneProblem::toString))
                .containsExactly("zone:10: error: SRV record: expected an integer (RFC 1035 §5.1)");
        assertThat(texts(parsed).stream().map(text -> text.replace('\t', ' ').replaceAll(" +", " ")))
                .endsWith(
                        "h9.example. 60 IN MX 9 mail-00a.example.",
                        "h10.example. 60 IN MX 10 mail-00b.example.",
                        "t.example. 3600 IN TXT \"a 1 b\" \"$\" \"c\"",
                        "2.1.0.example. 3600 IN PTR h-12.example.",
                        "a\\$7.example. 3600 IN CAA 0 issue \"ca7.example\"");
    }

    @Test
    void aFewLinesOfGenerateDoNotMakeAnythingOfAnyLength() {
        String line = "$GENERATE 1-65536 %s$." + "y".repeat(63) + " TXT " + "x".repeat(255) + "\n";
        List<ZoneProblem> problems = parse(
                        GOOD + line.formatted("a") + line.formatted("b") + line.formatted("c") + line.formatted("d"))
                .problems();
        assertThat(problems.getFirst().toString())
                .startsWith("zone:10: error: the $GENERATEs of the zone write more than");
    }

    @Test
    void whoMeasuresStopsTheReaderInTheMiddleOfAGenerateAndAfterLargeRecords() throws IOException {
        Name example = Name.fromConstantString("example.");
        List<Integer> told = new ArrayList<>();
        ZoneFile.Growth two = (records, _) -> {
            told.add(records);
            return told.size() < 2;
        };
        ZoneFile.Parsed many =
                ZoneFile.parse("zone", new StringReader(GOOD + "$GENERATE 1-65536 h$ A 192.0.2.1\n"), example, two);
        assertThat(told).containsExactly(ZoneFile.Growth.STEP, 2 * ZoneFile.Growth.STEP);
        assertThat(many.records()).hasSize(2 * ZoneFile.Growth.STEP);

        told.clear();
        String large = "TXT" + (" " + "x".repeat(255)).repeat(200) + "\n";
        ZoneFile.Parsed few = ZoneFile.parse("zone", new StringReader(GOOD + ("h " + large).repeat(100)), example, two);
        assertThat(told).hasSize(2);
        assertThat(few.records()).hasSizeLessThan(2 * ZoneFile.Growth.STEP_OCTETS / (200 * 255) + 10);
    }

    @Test
    void oneTtlHoldsForAllRecordsOfAnRRset() {
        ZoneBuilder.Checked checked = parse(
                        GOOD + "a 60 A 192.0.2.1\na 50 A 192.0.2.2\nA 70 A 192.0.2.1\na 80 TXT t\nb 2147483648 TXT t\n")
                .check();
        assertThat(checked.accepted()).isTrue();
        assertThat(checked.records().stream()
                        .filter(record -> record.getName().labels() > 2 && record.getType() != Type.NS)
                        .map(record -> record.getName() + " " + record.getTTL() + " " + record.rdataToString()))
                .containsExactly(
                        "a.example. 50 192.0.2.1",
                        "a.example. 50 192.0.2.2",
                        "a.example. 80 \"t\"",
                        "b.example. 0 \"t\"",
                        "ns1.example. 3600 192.0.2.1");
    }

    @Test
    void problemsAreListedUpToALimitAndCounted() {
        List<ZoneProblem> problems = parse(GOOD + "bad\n".repeat(300)).problems();
        assertThat(problems).hasSize(ZoneLimits.MAX_PROBLEMS + 1);
        assertThat(problems.getLast().message()).isEqualTo("and 200 more problems");
    }

    @Test
    void aTextThatIsNoZoneFileIsNotReadToItsEnd() {
        ZoneFile.Parsed parsed = parse("( \n".repeat(300_000) + "a A 192.0.2.1\n");
        assertThat(parsed.records()).isEmpty();
        assertThat(parsed.problems().getLast().message())
                .isEqualTo("and " + (ZoneLimits.MAX_COUNTED_PROBLEMS + 1 - ZoneLimits.MAX_PROBLEMS) + " more problems");
    }

    @Test
    @Timeout(60)
    void manyEntriesWithinOneThatNeverEndsAreNotEachReadToTheEnd() {
        ZoneFile.Parsed parsed = parse(GOOD + "x (\n" + " (\n".repeat(100_000) + "a A 192.0.2.1\n");
        assertThat(parsed.problems().stream().map(ZoneProblem::toString))
                .containsExactly(
                        "zone:7: error: parenthesis is not closed (RFC 1035 §5.1)",
                        "zone:507: error: the rest of the file was not read");
    }

    /** dnsjava reads it without a word, and fails when it has to write it. */
    @Test
    void aRecordWithoutItsLastFieldIsRefused() {
        assertThat(parse(GOOD + "x CERT 1 1 1\n").problems().stream().map(ZoneProblem::toString))
                .containsExactly(
                        "zone:7: error: CERT record: is incomplete, or has a value that it cannot have (RFC 1035 §3.2.1)");
    }

    @Test
    void controlCharactersOfTheTextAreNotRepeatedToTheTerminal() {
        assertThat(parse(GOOD + "x 3\033[2J A 192.0.2.1\n").problems().stream().map(ZoneProblem::toString))
                .containsExactly("zone:7: error: '3\\027[2J' is not a TTL (RFC 1035 §5.1)");
    }

    @Test
    void aLineWithoutEndIsOneProblem() {
        ZoneFile.Parsed parsed = parse(GOOD + "x TXT " + "y".repeat(2_000_000) + "\nz A 192.0.2.1\n");
        assertThat(parsed.problems().stream().map(ZoneProblem::toString))
                .containsExactly("zone:7: error: entry is longer than 320000 characters");
        assertThat(texts(parsed)).hasSize(4);
    }

    @Test
    void theCaseOfNamesInASoaWithoutTtlIsKept() {
        SOARecord soa =
                (SOARecord) parse("@ SOA NS1 Host 7 1 1 1 1\n").records().getFirst();
        assertThat(soa.getHost().toString()).isEqualTo("NS1.example.");
    }

    /** Whatever the text is, it is read to its end, and what is wrong has a line of it. */
    @Seeds
    void aMangledTextGivesProblemsAtWorst(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        String good =
                GOOD + "$GENERATE 1-9 h${0,2} A 192.0.2.$\na TXT \"q ; (\" \\\" \\065\n$ORIGIN b\nx (\nMX\n1 y )\n";
        for (int i = 0; i < 20; i++) {
            StringBuilder text = new StringBuilder(good);
            for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
                int at = random.nextInt(text.length());
                String piece = MANGLED.get(random.nextInt(MANGLED.size()));
                text.replace(at, Math.min(text.length(), at + random.nextInt(4)), piece);
            }
            long lines = text.chars().filter(c -> c == '\n' || c == '\r').count() + 1;
            assertThat(parse(text.toString()).check().problems())
                    .allSatisfy(problem -> assertThat((long) problem.line()).isBetween(0L, lines));
        }
    }
}
