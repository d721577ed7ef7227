package io.evenkeel.ops.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

class RecordArgumentsTest {
    private static final Name ZONE = Name.fromConstantString("example.org.");

    private static String owner(String text) throws CommandFailure {
        return RecordArguments.owner(text, ZONE).toString();
    }

    private static List<String> data(int type, String... words) throws CommandFailure {
        return RecordArguments.contents(type, List.of(words), ZONE);
    }

    private static String one(int type, String... words) throws CommandFailure {
        List<String> contents = data(type, words);
        assertThat(contents).hasSize(1);
        return contents.getFirst();
    }

    @Test
    void ownersAreRelativeUnlessTheyNameTheZone() throws CommandFailure {
        assertThat(owner("@")).isEqualTo("example.org.");
        assertThat(owner("www")).isEqualTo("www.example.org.");
        assertThat(owner("a.b")).isEqualTo("a.b.example.org.");
        assertThat(owner("*.w")).isEqualTo("*.w.example.org.");
        assertThat(owner("www.example.org")).isEqualTo("www.example.org.");
        assertThat(owner("WWW.Example.ORG.")).isEqualTo("WWW.Example.ORG.");
        assertThatThrownBy(() -> owner("www.example.net."))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("not in the zone");
        assertThatThrownBy(() -> owner("a..b"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("not a name");
    }

    @Test
    void namesBeyondAsciiAreWrittenInTheirALabels() throws CommandFailure {
        assertThat(owner("\u00e9.u8")).isEqualTo("xn--9ca.u8.example.org.");
        assertThat(one(Type.CNAME, "b\u00fccher.example.net")).isEqualTo("xn--bcher-kva.example.net.");
        assertThat(RecordArguments.zone("b\u00fccher.example")).hasToString("xn--bcher-kva.example.");
        assertThatThrownBy(() -> owner("stra\u00dfe")).hasMessageContaining("xn--");
        assertThatThrownBy(() -> owner("caf\ufffd\ufffd")).hasMessageContaining("LC_ALL=C.UTF-8");
    }

    @Test
    void aTextIsOneStringWithItsBlanksAndSemicolons() throws CommandFailure {
        assertThat(one(Type.TXT, "v=DMARC1; p=reject; rua=mailto:a@example.org"))
                .isEqualTo("\"v=DMARC1; p=reject; rua=mailto:a@example.org\"");
        assertThat(one(Type.TXT, "v=spf1 include:_spf.example.com -all"))
                .isEqualTo("\"v=spf1 include:_spf.example.com -all\"");
        assertThat(one(Type.SPF, "v=spf1 -all")).isEqualTo("\"v=spf1 -all\"");
        assertThat(one(Type.TXT, " (a) ")).isEqualTo("\" (a) \"");
        assertThat(one(Type.TXT, "say \"no\" \\;")).isEqualTo("\"say \\\"no\\\" \\\\;\"");
        assertThat(one(Type.TXT, "caf\u00e9\tx")).isEqualTo("\"caf\\195\\169\\009x\"");
        assertThat(data(Type.TXT, "two", "records")).containsExactly("\"two\"", "\"records\"");
    }

    @Test
    void aLongTextIsCutIntoStringsOf255Octets() throws CommandFailure {
        assertThat(one(Type.TXT, "x".repeat(255))).isEqualTo("\"" + "x".repeat(255) + "\"");
        assertThat(one(Type.TXT, "x".repeat(256))).isEqualTo("\"" + "x".repeat(255) + "\" \"x\"");
        assertThat(one(Type.TXT, "\u00e9".repeat(128)))
                .isEqualTo("\"" + "\\195\\169".repeat(127) + "\\195\" \"\\169\"");
    }

    @Test
    void aTextInQuotesIsThatOfAMasterFile() throws CommandFailure {
        assertThat(one(Type.TXT, "\"a b\" \"c\\\"d\"")).isEqualTo("\"a b\" \"c\\\"d\"");
        assertThat(one(Type.TXT, "( \"v=DKIM1; k=rsa; \"\n\t\"p=MIIB\" )"))
                .isEqualTo("\"v=DKIM1; k=rsa; \" \"p=MIIB\"");
        assertThat(one(Type.TXT, "\"caf\u00e9\"")).isEqualTo("\"caf\\195\\169\"");
        assertThat(one(Type.TXT, "\"\"")).isEqualTo("\"\"");
        assertThatThrownBy(() -> data(Type.TXT, "\"a\" ; a comment")).hasMessageContaining("behind the quotes");
        assertThatThrownBy(() -> data(Type.TXT, "\"a")).hasMessageContaining("a quote is not closed");
        assertThatThrownBy(() -> data(Type.TXT, "")).hasMessageContaining("is empty");
    }

    @Test
    void targetsOfSeveralLabelsAreMeantAsTheyStand() throws CommandFailure {
        assertThat(one(Type.MX, "10 mail.example.org")).isEqualTo("10 mail.example.org.");
        assertThat(one(Type.MX, "10 mail")).isEqualTo("10 mail.example.org.");
        assertThat(one(Type.MX, "0 .")).isEqualTo("0 .");
        assertThat(one(Type.CNAME, "a.example.net.")).isEqualTo("a.example.net.");
        assertThat(one(Type.NS, "@")).isEqualTo("example.org.");
        assertThat(one(Type.PTR, "a\\.b")).isEqualTo("a\\.b.example.org.");
        assertThat(one(Type.DNAME, "Example.NET")).isEqualTo("Example.NET.");
        assertThat(one(Type.SRV, "0 0 443 www")).isEqualTo("0 0 443 www.example.org.");
        assertThat(one(Type.HTTPS, "1 svc.example.net alpn=h2,h3")).isEqualTo("1 svc.example.net. alpn=h2,h3");
        assertThat(one(Type.SVCB, "1 . key667=\"a;b c\"")).isEqualTo("1 . key667=\"a;b c\"");
        assertThat(one(Type.SOA, "ns1 a.b@example.net 1 1h 10m 2w ( 5m )"))
                .isEqualTo("ns1.example.org. a\\.b.example.net. 1 1h 10m 2w 5m");
        assertThat(one(Type.DHCID, "AAIB Y2/A")).isEqualTo("AAIB Y2/A");
        assertThat(one(Type.KEY, "49152 3 13")).isEqualTo("49152 3 13");
        assertThat(one(Type.RP, "a\\@b.example.net. .")).isEqualTo("a\\@b.example.net. .");
        assertThat(one(Type.RP, "a\\.b\\@c@example.net .")).isEqualTo("a\\.b\\@c.example.net. .");
        assertThat(one(Type.NAPTR, "1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ."))
                .isEqualTo("1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .");
        assertThat(one(Type.AMTRELAY, "10 0 3 relay")).isEqualTo("10 0 3 relay.example.org.");
        assertThat(one(Type.AMTRELAY, "10 0 1 192.0.2.1")).isEqualTo("10 0 1 192.0.2.1");
        assertThatThrownBy(() -> data(Type.CNAME, "a..b")).hasMessageContaining("not a name: a..b");
        assertThatThrownBy(() -> data(Type.MX, "10 \"mail\"")).hasMessageContaining("without quotes");
    }

    @Test
    void theLastFieldOfCaaAndUriIsText() throws CommandFailure {
        assertThat(one(Type.CAA, "0 issue ca.example.net; validationmethods=dns-01"))
                .isEqualTo("0 issue \"ca.example.net; validationmethods=dns-01\"");
        assertThat(one(Type.CAA, "0", "issue", "ca.example.net; a=b; c=d"))
                .isEqualTo("0 issue \"ca.example.net; a=b; c=d\"");
        assertThat(one(Type.CAA, "0 issue \";\"")).isEqualTo("0 issue \";\"");
        assertThat(one(Type.URI, "10 1 https://example.net/" + "x".repeat(300)))
                .isEqualTo("10 1 \"https://example.net/" + "x".repeat(300) + "\"");
    }

    @Test
    void eachArgumentIsARecordUnlessNoneCouldBeOne() throws CommandFailure {
        assertThat(data(Type.A, "192.0.2.1", "192.0.2.2")).containsExactly("192.0.2.1", "192.0.2.2");
        assertThat(data(Type.MX, "10 mail", "20 mail.example.net.")).hasSize(2);
        assertThat(one(Type.MX, "10", "mail")).isEqualTo("10 mail.example.org.");
        assertThat(one(Type.SRV, "0", "0", "443", "www")).isEqualTo("0 0 443 www.example.org.");
        assertThat(one(Type.HINFO, "pc", "a;b")).isEqualTo("pc a\\;b");
        assertThat(one(Type.DS, "1 13 2 aabb ccdd")).isEqualTo("1 13 2 aabb ccdd");
        assertThat(one(65_280, "\\#", "2", "0a0b")).isEqualTo("\\# 2 0a0b");
        assertThat(data(Type.A, "\\# 4 c0000201", "192.0.2.2")).containsExactly("\\# 4 c0000201", "192.0.2.2");
        assertThatThrownBy(() -> data(Type.MX, "10", "a", "20", "b"))
                .hasMessageContaining("a record of type MX has 2 fields, and '10 a 20 b' has 4")
                .hasMessageContaining("in quotes, as in '10 mail'");
        assertThatThrownBy(() -> data(Type.MX, "10 a", "20", "b")).hasMessageContaining("'20' has 1");
        assertThatThrownBy(() -> data(Type.A, "192.0.2.1 192.0.2.2")).hasMessageContaining("has 1 field");
        assertThatThrownBy(() -> data(Type.CNAME, "a b")).hasMessageContaining("each argument is one record");
    }

    @Test
    void whatARecordPointsToIsFoundInWhatANodePrints() throws CommandFailure {
        assertThat(RecordArguments.targets(Type.MX, "10 mail.example.org."))
                .containsExactly(Name.fromConstantString("mail.example.org."));
        assertThat(RecordArguments.targets(Type.TXT, "\"a.example.\"")).isEmpty();
    }

    /** What is made of words is what a node reads, octet by octet. */
    @Test
    void whatIsMadeIsReadByANode(@TempDir Path folder) throws Exception {
        Map<String, List<String>> wire = new LinkedHashMap<>();
        wire.put("TXT", List.of("v=DMARC1; \\ \"p\" caf\u00e9", "15763d444d415243313b205c2022702220636166c3a9"));
        wire.put("SPF", List.of("\"a\" \"b c\"", "016103622063"));
        wire.put("MX", List.of("10 Mail.example.net", "000a044d61696c076578616d706c65036e657400"));
        wire.put("CAA", List.of("0 issue ca.example; a=b", "000569737375656361" + "2e6578616d706c653b20613d62"));
        wire.put("URI", List.of("10 1 http://a;b", "000a0001687474703a2f2f613b62"));
        wire.put("HINFO", List.of("\"a b\" c;d", "0361206203633b64"));
        wire.put("HTTPS", List.of("1 . alpn=h2", "00010000010003026832"));
        wire.put("EUI48", List.of("00-00-5e-00-53-2a", "00005e00532a"));
        StringBuilder zone = new StringBuilder("@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n");
        for (Map.Entry<String, List<String>> each : wire.entrySet()) {
            String content =
                    one(RecordArguments.type(each.getKey()), each.getValue().getFirst());
            zone.append("x 60 %s %s%n".formatted(each.getKey(), content));
        }
        Path file = Files.writeString(folder.resolve("zone"), zone);
        Path written = folder.resolve("written");
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        List<String> check = List.of("zone", file.toString(), "--origin", "example.org", "--write", written.toString());
        assertThat(ServerTool.run("evenkeel-check", writer, writer, check))
                .as("%s%n%s", said, zone)
                .isZero();
        assertThat(Files.readAllLines(written))
                .containsAll(wire.entrySet().stream()
                        .map(each -> "x.example.org. 60 IN %s \\# %d %s"
                                .formatted(
                                        each.getKey(),
                                        each.getValue().getLast().length() / 2,
                                        each.getValue().getLast()))
                        .toList());
    }

    @Test
    void unknownTypesAreNamed() {
        assertThatThrownBy(() -> RecordArguments.type("AAAAA")).hasMessageContaining("not a record type: AAAAA");
    }

    @Test
    void timesToLiveHaveUnitsAndABound() {
        Ttl ttl = new Ttl();
        assertThat(List.of("0", "3600", "30m", "1h", "1d", "1w", "1h30m", "1D"))
                .map(ttl::convert)
                .containsExactly(0L, 3600L, 1800L, 3600L, 86_400L, 604_800L, 5400L, 86_400L);
        assertThat(ttl.convert("2147483647")).isEqualTo(2_147_483_647L);
        for (String wrong : List.of("", "h", "-1", "1x", "1m1h", "1.5h")) {
            assertThatThrownBy(() -> ttl.convert(wrong)).as(wrong).hasMessageContaining("30m, 1h or 1d");
        }
        assertThatThrownBy(() -> ttl.convert("2147483648")).hasMessageContaining("at most 2147483647");
        assertThatThrownBy(() -> ttl.convert("99999d")).hasMessageContaining("at most 2147483647");
    }
}
