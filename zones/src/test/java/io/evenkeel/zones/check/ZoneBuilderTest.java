package io.evenkeel.zones.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.file.ZoneFile;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

class ZoneBuilderTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final String APEX_RECORDS = "$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    private static List<Record> records(String text) {
        try {
            ZoneFile.Parsed parsed = ZoneFile.parse("zone", new StringReader(text), APEX);
            assertThat(parsed.problems()).isEmpty();
            return parsed.records();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Each row: records, separated by slashes, that follow a good apex; and what is said of them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", textBlock = """
            a A 192.0.2.1                                       | -
            a CNAME ns / a CNAME b                              | error: a.example.: 2 records; an owner has at most one CNAME record (RFC 2181 §10.1)
            a CNAME ns / a TXT t                                | error: a.example.: Conflicts with pre-existing RRset: CNAME beside other types [TXT] (RFC 1034 §3.6.2, RFC 2181 §10.1)
            a DNAME b. / a DNAME c.                             | error: a.example.: 2 records; an owner has at most one DNAME record (RFC 6672 §2.4)
            a DNAME b. / a NS ns                                | error: a.example.: DNAME beside NS is allowed at the apex only (RFC 6672 §2.3)
            @ DNAME b.                                          | warning: ns.example.: below the DNAME of example.: never answered (RFC 6672 §2.4)
            a DNAME b. / x.a A 192.0.2.1                        | warning: x.a.example.: below the DNAME of a.example.: never answered (RFC 6672 §2.4)
            a SOA ns h 1 1 1 1 1                                | error: a.example.: SOA below the apex example. (RFC 1035 §5.2)
            @ SOA ns h 2 1 1 1 1                                | error: example.: 2 records; a zone has exactly one SOA record (RFC 1035 §5.2)
            * NS ns                                             | warning: *.example.: NS at a wildcard delegates no name that the wildcard covers (RFC 4592 §4.2)
            *.a DNAME b.                                        | warning: *.a.example.: DNAME at a wildcard redirects no name that the wildcard covers (RFC 4592 §4.4)
            x. A 192.0.2.1                                      | error: x.: is not at or below the zone's apex example. (RFC 1035 §5.2)
            a 1 A 192.0.2.1 / a 2 A 192.0.2.2                   | error: a.example.: TTL 2 differs from TTL 1 of the same A RRset (RFC 2181 §5.2)
            a A 192.0.2.1 / A A 192.0.2.1                       | warning: a.example.: A record is there twice; the duplicate is dropped (RFC 2181 §5)
            a NS ns.a                                           | warning: a.example.: name server ns.a.example. has no address in this zone, so no glue (RFC 1034 §4.2.1)
            a NS ns.a / ns.a AAAA 2001:db8::1                   | -
            a NS ns.b / b NS ns.b / ns.b A 192.0.2.1            | -
            a NS q.b / b NS ns.b / ns.b A 192.0.2.1             | -
            a NS q                                              | warning: a.example.: name server q.example. has no address in this zone (RFC 1034 §4.2.1)
            a NS q / * A 192.0.2.1                              | -
            a NS ns.b / b NS ns.a / b NS ns.elsewhere.          | -
            a NS ns.b / b NS ns.a / ns.a A 192.0.2.1            | -
            a NS ns.b / b NS ns.b                               | warning: b.example.: name server ns.b.example. has no address in this zone, so no glue (RFC 1034 §4.2.1) / warning: a.example.: the servers of this delegation are found only through [b.example.], and those not without it: their addresses are missing here (RFC 9471 §2.3)
            a NS ns.b / b NS ns.a                               | warning: a.example.: the servers of this delegation are found only through [b.example.], and those not without it: their addresses are missing here (RFC 9471 §2.3) / warning: b.example.: the servers of this delegation are found only through [a.example.], and those not without it: their addresses are missing here (RFC 9471 §2.3)
            a NS ns.b / b NS ns.c / c NS ns.d / d NS ns.d / ns.d A 192.0.2.1 | -
            a MX 1 q                                            | warning: a.example.: MX target q.example. has no address in this zone (RFC 1035 §3.3.9)
            a MX 1 q / * AAAA 2001:db8::1                       | -
            a MX 1 q.b / b NS ns.elsewhere.                     | -
            a MX 1 q.b / b DNAME elsewhere.                     | -
            a MX 0 .                                            | -
            a SRV 1 1 1 q                                       | warning: a.example.: SRV target q.example. has no address in this zone (RFC 2782)
            a SRV 1 1 1 b / b CNAME ns                          | warning: a.example.: SRV target b.example. is an alias (RFC 2782)
            a SRV 0 0 0 .                                       | -
            a NS ns.elsewhere. / x.a TXT t                      | warning: x.a.example.: TXT below the delegation of a.example.: never answered (RFC 1034 §4.2.1)
            a NS ns.elsewhere. / a TXT t                        | warning: a.example.: TXT beside the NS of a delegation: never answered (RFC 1034 §4.2.1)
            a NS ns.elsewhere. / a DS 1 8 99 00                 | -
            a DS 1 8 99 00                                      | warning: a.example.: DS belongs beside the NS of a delegation (RFC 4035 §2.4)
            a MX 1 b / b CNAME ns                               | warning: a.example.: MX target b.example. is an alias (RFC 2181 §10.3)
            a NS b / b CNAME ns                                 | warning: a.example.: NS target b.example. is an alias (RFC 2181 §10.3)
            """)
    void judges(String records, String problem) {
        String text = APEX_RECORDS + records.replace(" / ", "\n") + "\n";
        List<ZoneProblem> problems = ZoneBuilder.check(APEX, records(text));
        if (problem == null) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems.stream().map(ZoneProblem::toString)).containsExactlyInAnyOrder(problem.split(" / "));
        }
    }

    /** Each is judged when the next one has been, and the last one is found without any. */
    @Test
    @Timeout(60)
    void aLongChainOfDelegationsIsJudgedInTime() {
        StringBuilder text = new StringBuilder(APEX_RECORDS);
        for (int i = 10_000; i < 30_000; i++) {
            text.append("d%d NS ns.d%d\n".formatted(i, i + 1));
        }
        assertThat(ZoneBuilder.check(APEX, records(text.append("d30000 NS x.\n").toString())))
                .isEmpty();
    }

    @Test
    @Timeout(60)
    void manyNamesOfAHostWithManyRecordsAreJudgedInTime() {
        StringBuilder text = new StringBuilder(APEX_RECORDS).append("many A 192.0.2.1\n");
        for (int i = 1000; i < 21_000; i++) {
            text.append("many TYPE%d \\# 1 00\nm%d MX 1 many\n".formatted(i, i));
        }
        assertThat(ZoneBuilder.check(APEX, records(text.toString()))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'ns A 192.0.2.1', 'no SOA record', 'no NS record'",
        "'@ SOA ns h 1 1 1 1 1', 'no NS record', ''",
        "'@ NS elsewhere.', 'no SOA record', ''"
    })
    void theApexHasAnSoaAndServers(String records, String first, String second) {
        List<ZoneProblem> problems = ZoneBuilder.check(APEX, records("$TTL 60\n" + records + "\n"));
        assertThat(problems.getFirst().message()).contains(first);
        assertThat(problems.getLast().message()).contains(second);
        assertThat(problems).hasSize(second.isEmpty() ? 1 : 2).allMatch(ZoneProblem::isError);
    }
}
