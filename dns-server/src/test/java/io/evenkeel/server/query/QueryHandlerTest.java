package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class QueryHandlerTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final QueryCounters counters = new QueryCounters();
    private final byte[] out = new byte[65_535];

    static Catalog catalog(String text) throws IOException {
        Name apex = Name.fromConstantString("example.");
        return new Catalog().with(Zone.load(apex, new ZoneVersion(1, 1), AnswerTable.records(apex, text)));
    }

    private QueryHandler handler(Catalog catalog) {
        return new QueryHandler(new AnswerSource(() -> catalog, AnswerTable.settings("ask"), () -> true), counters);
    }

    /** Of a row of a table. */
    private Message ask(QueryHandler handler, String row) throws IOException {
        byte[] message = AnswerTable.message(row);
        int length = handler.handle(
                Arrays.copyOf(message, message.length + 8), message.length, AnswerTable.transport(row), out);
        return new Message(Arrays.copyOf(out, length));
    }

    @Test
    void answersAreCountedByTheZoneOfTheQuestionAndByWhatTheyAre() throws IOException {
        Catalog catalog = catalog("""
                @ SOA ns1 mail 1 3600 600 86400 60
                @ NS ns1
                ns1 A 192.0.2.1
                alias CNAME ns1
                out CNAME gone.other.test.
                sub NS ns.sub
                ns.sub A 192.0.2.2
                """);
        ZoneAnswers answers = new ZoneAnswers(0);
        AnswerSource source = new AnswerSource(() -> catalog, AnswerTable.settings("ask"), () -> false);
        QueryHandler handler = new QueryHandler(source.counting(answers), counters);
        for (String row : List.of(
                "ask ns1.example. A",
                "ask alias.example. A tcp",
                "ask out.example. A",
                "ask ns1.example. AAAA",
                "ask no.example. A",
                "ask no.example. A",
                "ask x.sub.example. A",
                "ask elsewhere.test. A",
                "ask version.bind. TXT class=CH",
                "ask example. SOA opcode=5")) {
            ask(handler, row);
        }
        assertThat(answers.at(ZoneAnswers.OTHERS))
                .isEqualTo(Map.of(
                        ZoneAnswer.DATA, 3L,
                        ZoneAnswer.NODATA, 1L,
                        ZoneAnswer.NXDOMAIN, 2L,
                        ZoneAnswer.REFERRAL, 1L,
                        ZoneAnswer.OTHER, 0L));
        assertThat(counters.nodata()).isEqualTo(1);
        assertThat(counters.referrals()).isEqualTo(1);
    }

    @Test
    void answeringAllocatesNothing() throws IOException {
        QueryHandler handler = handler(catalog(AnswerTable.EVERY_KIND));
        List<String> rows = List.of(
                "ask ns1.example. A",
                "ask example. MX edns=1232",
                "ask example. MX edns=1232 option=19",
                "ask no.example. MX edns=1232 option=19",
                "ask big.example. TXT edns=512 option=19",
                "ask ns1.example. A edns=1232 option=3 option=10:2464c4abcf10c957",
                "ask ns1.example. A edns=1232 option=10:2464c4abcf10c957010000005cf79f111f8130c3eee29480",
                "ask ns1.example. A edns=1232 option=10:2464c4abcf10c957010000005cf79f111f8130c3eee29481",
                "ask example. SOA edns=1232 option=3 option=9 option=11 option=19 tcp",
                "ask . A edns=1232 option=10:2464c4abcf10c957 no-question",
                "ask version.bind. TXT class=CH edns=1232",
                "ask elsewhere.test. A edns=1232",
                "ask no.example. A",
                "ask ns1.example. AAAA edns=1232 do",
                "ask www.sub.example. A",
                "ask a.w.example. A",
                "ask alias.example. A",
                "ask x.d.example. A",
                "ask big.example. TXT",
                "ask big.example. TXT tcp",
                "ask elsewhere.test. A",
                "ask example. SOA opcode=5",
                "send 1234 8000 0001 0000 0000 0000 036e7331",
                "send 1234 0000 0001 0000 0000 0000 036e7331");
        byte[][] in = new byte[rows.size()][];
        int[] lengths = new int[in.length];
        Transport[] transports = new Transport[in.length];
        for (int i = 0; i < in.length; i++) {
            byte[] message = AnswerTable.message(rows.get(i));
            lengths[i] = message.length;
            in[i] = Arrays.copyOf(message, message.length + 8);
            transports[i] = AnswerTable.transport(rows.get(i));
        }
        Client client = AnswerTable.client("ask");
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 500 * in.length; i++) {
                int row = i % in.length;
                handler.handle(in[row], lengths[row], transports[row], client, out);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
        assertThat(counters.failures()).isZero();
        assertThat(counters.truncations()).isPositive();
    }

    @Test
    void emptyAnswersAndOptionsAreToldApart() throws IOException {
        QueryHandler handler = handler(catalog(AnswerTable.EVERY_KIND));
        ask(handler, "ask ns1.example. A");
        ask(handler, "ask ns1.example. AAAA edns=1232 do");
        ask(handler, "ask www.sub.example. A edns=1232");
        ask(handler, "ask no.example. A");
        int longest = ask(handler, "ask big.example. TXT tcp").toWire().length;
        assertThat(counters.nodata()).isEqualTo(1);
        assertThat(counters.referrals()).isEqualTo(1);
        assertThat(counters.edns()).isEqualTo(2);
        assertThat(counters.dnssecOk()).isEqualTo(1);
        assertThat(counters.sizeSum(Transport.TCP)).isGreaterThanOrEqualTo(longest / 2);
        long sizes = 0;
        for (int i = 0; i < QueryCounters.SIZE_CLASSES; i++) {
            sizes += counters.sizes(Transport.UDP, i);
        }
        assertThat(sizes).isEqualTo(4);
    }

    @Test
    void everyMessageIsCountedOnceAsResponseOrDrop() throws IOException {
        QueryHandler handler = handler(catalog("w A 192.0.2.1\n"));
        ask(handler, "ask w.example. A");
        ask(handler, "ask w.example. A tcp");
        ask(handler, "ask w.example. TYPE999");
        ask(handler, "ask no.example. CAA");
        ask(handler, "ask w.example. A edns=1232 version=1");
        handler.handle(new byte[20], 11, Transport.UDP, out);
        byte[] response = new byte[20];
        response[2] = (byte) 0x80;
        handler.handle(response, 12, Transport.UDP, out);
        QueryCounters sum = QueryCounters.sum(List.of(counters, counters));
        assertThat(sum.queries(Transport.UDP, FoldedType.A)).isEqualTo(4);
        assertThat(sum.queries(Transport.TCP, FoldedType.A)).isEqualTo(2);
        assertThat(sum.queries(Transport.UDP, FoldedType.OTHER)).isEqualTo(2);
        assertThat(sum.queries(Transport.UDP, FoldedType.CAA)).isEqualTo(2);
        assertThat(sum.responses(Transport.UDP, Rcode.NOERROR)).isEqualTo(4);
        assertThat(sum.responses(Transport.UDP, Rcode.NXDOMAIN)).isEqualTo(2);
        assertThat(sum.responses(Transport.UDP, Rcode.BADVERS)).isEqualTo(2);
        assertThat(sum.responses(Transport.TCP, Rcode.NOERROR)).isEqualTo(2);
        assertThat(sum.drops(DropReason.SHORT)).isEqualTo(2);
        assertThat(sum.drops(DropReason.RESPONSE)).isEqualTo(2);
        assertThat(sum.drops(DropReason.GATE)).isZero();
        assertThat(sum.truncations()).isZero();
    }

    @Test
    void faultIsAnsweredServfailAndCounted() throws IOException {
        QueryHandler handler = new QueryHandler(
                AnswerSource.plain(
                        () -> {
                            throw new IllegalStateException("planted");
                        },
                        1232),
                counters);
        Message answer = ask(handler, "ask w.example. A edns=1232 rd");
        assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(answer.getQuestion().getName()).hasToString("w.example.");
        assertThat(counters.failures()).isEqualTo(1);
        assertThat(counters.responses(Transport.UDP, Rcode.SERVFAIL)).isEqualTo(1);
    }

    @Test
    void idAndQuestionComeBackBitByBit() throws IOException {
        byte[] message = AnswerTable.message("ask wWw.eXample. A");
        int length = handler(catalog("www A 192.0.2.1\n"))
                .handle(Arrays.copyOf(message, message.length + 8), message.length, Transport.UDP, out);
        assertThat(length).isEqualTo(message.length + 16);
        assertThat(Arrays.copyOf(out, 2)).isEqualTo(Arrays.copyOf(message, 2));
        assertThat(Arrays.copyOfRange(out, 12, message.length))
                .isEqualTo(Arrays.copyOfRange(message, 12, message.length));
    }

    @Test
    void recordsOfAnRRsetTakeTurnsAtTheFront() throws IOException {
        QueryHandler handler = handler(catalog("w A 192.0.2.1\nw A 192.0.2.2\nw A 192.0.2.3\n@ NS a\n@ NS b\n"));
        Set<String> firsts = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            List<Record> answer = ask(handler, "ask w.example. A").getSection(Section.ANSWER);
            assertThat(new HashSet<>(answer)).hasSize(3);
            firsts.add(answer.getFirst().rdataToString());
        }
        assertThat(firsts).hasSize(3);
        firsts.clear();
        for (int i = 0; i < 2; i++) {
            firsts.add(ask(handler, "ask example. NS")
                    .getSection(Section.ANSWER)
                    .getFirst()
                    .rdataToString());
        }
        assertThat(firsts).hasSize(2);
    }

    /** Owners that no pointer of 14 bits reaches are written in full. */
    @Test
    void longAnswersOverTcpAreWhole() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append("@ MX 10 a-rather-long-name-of-a-mail-host-").append(i).append('\n');
            if (i % 10 == 0) {
                text.append("a-rather-long-name-of-a-mail-host-").append(i).append(" A 192.0.2.1\n");
            }
        }
        QueryHandler handler = handler(catalog(text.toString()));
        for (int i = 0; i < 5; i++) { // the order of records turns
            Message answer = ask(handler, "ask example. MX tcp edns=1232");
            assertThat(answer.numBytes()).isGreaterThan(40_000);
            assertThat(new HashSet<>(answer.getSection(Section.ANSWER))).hasSize(1000);
            List<Record> additional = answer.getSection(Section.ADDITIONAL);
            assertThat(new HashSet<>(additional)).hasSize(101);
            assertThat(additional.stream().filter(r -> r.getType() == Type.A))
                    .allMatch(r -> r.getName().toString().matches("a-rather-long-name-of-a-mail-host-\\d*0.example."));
        }
        assertThat(counters.failures()).isZero();
    }

    /** A delegation to so many hosts, each with its glue. */
    private static String delegation(int hosts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < hosts; i++) {
            text.append("c NS h%1$d.c\nh%1$d.c A 192.0.2.1\nh%1$d.c AAAA 2001:db8::1\n".formatted(i));
        }
        return text.toString();
    }

    /** RFC 9471 §3.1: all in-domain glue that fits. */
    @Test
    void allGlueThatFitsIsSent() throws IOException {
        QueryHandler handler = handler(catalog(delegation(600)));
        Message answer = ask(handler, "ask x.c.example. A tcp");
        assertThat(answer.getHeader().getFlag(org.xbill.DNS.Flags.TC)).isFalse();
        assertThat(answer.getSection(Section.AUTHORITY)).hasSize(600);
        assertThat(new HashSet<>(answer.getSection(Section.ADDITIONAL))).hasSize(1_200);
        Message truncated = ask(handler, "ask x.c.example. A");
        assertThat(truncated.getHeader().getFlag(org.xbill.DNS.Flags.TC)).isTrue();
        assertThat(counters.failures()).isZero();
    }

    /** RFC 9471 §3.1: where it does not fit, the client is told. */
    @Test
    void moreGlueThanFitsIsSentAsFarAsItDoes() throws IOException {
        QueryHandler handler = handler(catalog(delegation(1_500)));
        Message answer = ask(handler, "ask x.c.example. A tcp");
        assertThat(answer.getHeader().getFlag(org.xbill.DNS.Flags.TC)).isTrue();
        assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1_500);
        assertThat(answer.getSection(Section.ADDITIONAL)).hasSizeGreaterThan(600);
        assertThat(answer.numBytes()).isGreaterThan(65_000);
        assertThat(counters.failures()).isZero();
    }

    @Test
    void largestRRsetFitsIntoTcpBesideTheLongestQuestion() throws IOException {
        StringBuilder text = new StringBuilder();
        int size = 0;
        for (int i = 0; size + 12 + 251 <= Zone.MAX_RRSET_BYTES; i++) {
            text.append("*.w TXT \"").append(String.format("%0250d", i)).append("\"\n");
            size += 12 + 251;
        }
        QueryHandler handler = handler(catalog(text.toString()));
        String name = (("a".repeat(63) + ".").repeat(3) + "a".repeat(51) + ".w.example.");
        Message answer = ask(handler, "ask " + name + " TXT tcp edns=1232 option=19");
        assertThat(answer.getHeader().getFlag(org.xbill.DNS.Flags.TC)).isFalse();
        assertThat(answer.getSection(Section.ANSWER)).hasSize(size / 263);
    }

    /** A record of the most octets that are kept, by itself. */
    @Test
    void largestRecordFitsIntoTcpBesideTheLongestQuestion() throws IOException {
        int rest = (Zone.MAX_RRSET_BYTES - Zone.RR_OVERHEAD) % 256;
        String text = "*.w TXT" + (" " + "x".repeat(255)).repeat(254) + " " + "y".repeat(rest - 1) + "\n";
        QueryHandler handler = handler(catalog(text));
        String name = (("a".repeat(63) + ".").repeat(3) + "a".repeat(51) + ".w.example.");
        Message answer = ask(handler, "ask " + name + " TXT tcp edns=1232 option=19");
        assertThat(answer.getHeader().getFlag(org.xbill.DNS.Flags.TC)).isFalse();
        assertThat(answer.getSection(Section.ANSWER))
                .singleElement()
                .satisfies(record ->
                        assertThat(record.rdataToWireCanonical()).hasSize(Zone.MAX_RRSET_BYTES - Zone.RR_OVERHEAD));
    }
}
