package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

/** Each kind of finding, from a file: what is said has its file, line, owner, severity and RFC section. */
class FindingsTest {
    private static final Name ORIGIN = Name.fromConstantString("example.");
    private static final String GOOD = "$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    @TempDir
    Path directory;

    private ZoneBuilder.Checked check(String text) throws Exception {
        Path file = Files.writeString(directory.resolve("zone"), text, StandardCharsets.ISO_8859_1);
        return ZoneFile.parse("zone", file, ORIGIN, true).check();
    }

    /** Each row: lines from the fifth on, separated by slashes; line, severity, owner and rule of the only finding, and words of it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", textBlock = """
            a CNAME ns / a TXT t          | 5 | ERROR   | a.example.  | RFC 1034 §3.6.2, RFC 2181 §10.1 | Conflicts with pre-existing RRset: CNAME beside other types [TXT]
            a CNAME ns / a CNAME b        | 6 | ERROR   | a.example.  | RFC 2181 §10.1 | at most one CNAME
            @ CNAME ns                    | 5 | ERROR   | example.    | RFC 1034 §3.6.2, RFC 2181 §10.1 | [NS, SOA]
            @ SOA ns h 2 1 1 1 1          | 5 | ERROR   | example.    | RFC 1035 §5.2  | exactly one SOA
            a SOA ns h 2 1 1 1 1          | 5 | ERROR   | a.example.  | RFC 1035 §5.2  | SOA below the apex
            x. A 192.0.2.1                | 5 | ERROR   | x.          | RFC 1035 §5.2  | not at or below the zone's apex
            $ORIGIN y. / x A 192.0.2.1    | 6 | ERROR   | x.y.        | RFC 1035 §5.2  | not at or below the zone's apex
            @ NS q                        | 5 | WARNING | example.    | RFC 1034 §4.2.1 | has no address
            a NS q                        | 5 | WARNING | a.example.  | RFC 1034 §4.2.1 | has no address
            a NS ns.a                     | 5 | WARNING | a.example.  | RFC 1034 §4.2.1 | so no glue
            a NS b / b CNAME ns           | 5 | WARNING | a.example.  | RFC 2181 §10.3 | is an alias
            * NS ns                       | 5 | WARNING | *.example.  | RFC 4592 §4.2  | NS at a wildcard
            * DNAME elsewhere.            | 5 | WARNING | *.example.  | RFC 4592 §4.4  | DNAME at a wildcard
            a NS ns / x.a TXT t           | 6 | WARNING | x.a.example. | RFC 1034 §4.2.1 | never answered
            a NS ns / a TXT t             | 6 | WARNING | a.example.  | RFC 1034 §4.2.1 | never answered
            a DNAME b. / x.a A 192.0.2.1  | 6 | WARNING | x.a.example. | RFC 6672 §2.4 | never answered
            a DNAME b. / a NS ns          | 5 | ERROR   | a.example.  | RFC 6672 §2.3  | at the apex only
            a DNAME b. / a DNAME c.       | 6 | ERROR   | a.example.  | RFC 6672 §2.4  | at most one DNAME
            a DS 1 8 99 00                | 5 | WARNING | a.example.  | RFC 4035 §2.4  | beside the NS
            a 1 A 192.0.2.1 / a 2 A 192.0.2.2 | 6 | WARNING | a.example. | RFC 2181 §5.2 | differs from TTL 1
            a A 192.0.2.1 / A A 192.0.2.1 | 6 | WARNING | a.example.  | RFC 2181 §5    | is there twice
            a 2147483648 A 192.0.2.1      | 5 | WARNING | -           | RFC 2181 §8    | above 2147483647
            a 2147483647 A 192.0.2.1      | - | -       | -           | -              | -
            a 0 A 192.0.2.1               | - | -       | -           | -              | -
            $TTL 2147483648               | 5 | WARNING | -           | RFC 2181 §8    | above 2147483647
            a -1 A 192.0.2.1              | 5 | ERROR   | -           | RFC 3597 §5    | not a record type
            a MX 1 q                      | 5 | WARNING | a.example.  | RFC 1035 §3.3.9 | has no address
            a SRV 1 1 1 q                 | 5 | WARNING | a.example.  | RFC 2782       | has no address
            a\\256 A 192.0.2.1            | 5 | ERROR   | -           | RFC 1035 §5.1  | bad escape
            a\\25 A 192.0.2.1             | 5 | ERROR   | -           | RFC 1035 §5.1  | bad escape
            a TXT "\\999"                 | 5 | ERROR   | -           | RFC 1035 §5.1  | bad escape
            a TXT "x\\                    | 5 | ERROR   | -           | RFC 1035 §5.1  | nothing follows
            a CNAME b\\300                | 5 | ERROR   | -           | RFC 1035 §5.1  | bad escape
            a..b A 192.0.2.1              | 5 | ERROR   | -           | RFC 1035 §5.1  | empty label
            a TXT "open                   | 5 | ERROR   | -           | RFC 1035 §5.1  | quoted string is not closed
            a TXT ( open                  | 5 | ERROR   | -           | RFC 1035 §5.1  | parenthesis is not closed
            a TXT open )                  | 5 | ERROR   | -           | RFC 1035 §5.1  | without an opening one
            a A 192.0.2.256               | 5 | ERROR   | -           | RFC 1035 §5.1  | Invalid address
            a A                           | 5 | ERROR   | -           | RFC 1035 §5.1  | A record
            a BOGUS 1                     | 5 | ERROR   | -           | RFC 3597 §5    | 'BOGUS' is not a record type
            a CH TXT t                    | 5 | ERROR   | -           | RFC 1035 §5.2  | only class IN
            a OPT \\# 0                   | 5 | ERROR   | -           | RFC 6895 §3.1  | not a type of zone data
            a ANY \\# 0                   | 5 | ERROR   | -           | RFC 6895 §3.1  | question or meta type
            a TYPE65280 \\# 4 0a0000      | 5 | ERROR   | -           | RFC 1035 §5.1  | says 4 octets and has 3
            a A \\# 3 0a0000              | 5 | ERROR   | -           | RFC 1035 §3.2.1 | is malformed
            a A \\# 5 0a00000100          | 5 | ERROR   | -           | RFC 1035 §3.2.1 | is malformed
            a A \\# 4 0a000001            | - | -       | -           | -              | -
            a EUI48 00-00-5e-00-53-2a     | - | -       | -           | -              | -
            a EUI48 00-00-5e-00-53        | 5 | ERROR   | -           | RFC 1035 §5.1  | is not 6 pairs
            a EUI64 00:00:5e:00:53:2a:1:2 | 5 | ERROR   | -           | RFC 1035 §5.1  | is not 8 pairs
            a CSYNC 1 3 A NOTYPE          | 5 | ERROR   | -           | RFC 1035 §5.1  | 'NOTYPE' is not a record type
            a NID 10 14:4fff:ff20         | 5 | ERROR   | -           | RFC 1035 §5.1  | is not 64 bits
            a L32 10 10.1.2               | 5 | ERROR   | -           | RFC 1035 §5.1  | L32 record
            a LP 10 b c                   | 5 | ERROR   | -           | RFC 1035 §5.1  | LP record
            a AMTRELAY 10 0 0 b           | 5 | ERROR   | -           | RFC 1035 §5.1  | '.' stands for it
            a SINK 0161                   | 5 | ERROR   | -           | RFC 1035 §5.1  | in the form of unknown types only
            a TYPE1 \\# 4 0a000001        | - | -       | -           | -              | -
            $FOO bar                      | 5 | ERROR   | -           | RFC 1035 §5.1  | not a directive
            $INCLUDE ../outside           | 5 | ERROR   | -           | RFC 1035 §5.1  | no such file
            $INCLUDE /etc/passwd          | 5 | ERROR   | -           | RFC 1035 §5.1  | outside the zone's folder
            $INCLUDE .                    | 5 | ERROR   | -           | RFC 1035 §5.1  | is not a file
            $GENERATE 1-99999 h$ A 192.0.2.1 | 5 | ERROR | -          | -              | more than 65536
            """)
    void isSaidWithItsPlaceAndItsRule(
            String lines,
            @Nullable Integer line,
            @Nullable Severity severity,
            @Nullable String owner,
            @Nullable String rule,
            @Nullable String words)
            throws Exception {
        ZoneBuilder.Checked checked = check(GOOD + lines.replace(" / ", "\n") + "\n");
        if (line == null) {
            assertThat(checked.problems()).isEmpty();
            return;
        }
        assertThat(checked.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.file()).isEqualTo("zone");
            assertThat(problem.line()).isEqualTo(line);
            assertThat(problem.severity()).isEqualTo(severity);
            assertThat(problem.owner() == null ? null : problem.owner().toString())
                    .isEqualTo(owner);
            assertThat(problem.rule()).isEqualTo(rule == null ? "" : rule);
            assertThat(problem.message()).contains(words);
        });
        assertThat(checked.accepted()).isEqualTo(severity == Severity.WARNING);
    }

    @Test
    void delegationsThatAreFoundOnlyThroughEachOtherAreSaidToBe() throws Exception {
        List<ZoneProblem> problems = check(GOOD + "a NS ns.b\nb NS ns.a\n").problems();
        assertThat(problems.stream().map(ZoneProblem::line)).containsExactly(5, 6);
        assertThat(problems).allSatisfy(problem -> {
            assertThat(problem.rule()).isEqualTo("RFC 9471 §2.3");
            assertThat(problem.isError()).isFalse();
        });
    }

    @Test
    void aLinkInTheFolderLeadsNoIncludeOutOfIt() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("zones"));
        Path outside = Files.writeString(directory.resolve("outside"), "a A 192.0.2.1\n");
        Files.createSymbolicLink(folder.resolve("link"), outside);
        Files.createSymbolicLink(folder.resolve("folder"), directory);
        Files.writeString(folder.resolve("real"), "b A 192.0.2.1\n");
        Files.createSymbolicLink(folder.resolve("inner"), folder.resolve("real"));
        Path zone = Files.writeString(
                folder.resolve("zone"),
                GOOD
                        + "$INCLUDE link\n$INCLUDE folder/outside\n$INCLUDE ../outside\n$INCLUDE ../zones/real\n$INCLUDE inner c\n");
        ZoneFile.Parsed parsed = ZoneFile.parse("zone", zone, ORIGIN, true);
        assertThat(parsed.problems().stream().map(ZoneProblem::line)).containsExactly(5, 6, 7);
        assertThat(parsed.problems())
                .allSatisfy(problem -> assertThat(problem.message()).contains("is outside the zone's folder"));
        assertThat(parsed.records().stream()
                        .skip(3)
                        .map(record -> record.getName().toString()))
                .containsExactly("b.example.", "b.c.example.");
    }

    @Test
    void aFileThatIncludesOthersWithoutEndIsNotReadToIt() throws Exception {
        Files.writeString(directory.resolve("leaf"), "");
        ZoneBuilder.Checked checked = check(GOOD + "$INCLUDE leaf\n".repeat(ZoneLimits.MAX_INCLUDES + 2));
        assertThat(checked.problems().stream().map(ZoneProblem::message))
                .containsExactly("more than 1000 files are included", "more than 1000 files are included");
    }
}
