package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A new zone with the contents of another. */
@ResourceLock(CannedNodeTest.MASTER_FILES)
class ZoneCopyCommandTest extends CannedNodeTest {
    private static final String ZONES = "/api/v1/servers/localhost/zones/";
    private static final String PUT =
            "PUT /api/v1/evenkeel/zones/new.test.?name=new.test.+as+copied&create=true if none";

    private static final String SERVED = """
            example.org.\t300\tIN\tSOA\tns.example.org. a\\.b.example.org. 5 3600 600 86400 60
            example.org.\t300\tIN\tNS\tns.example.org.
            example.org.\t300\tIN\tNS\tns.example.net.
            example.org.\t300\tIN\tMX\t10 mail.example.org.
            example.org.\t300\tIN\tTXT\t"v=spf1 include:_spf.Example.org -all"
            *.example.org.\t300\tIN\tHTTPS\t1 svc.example.org. alpn="h2,h3" key667="a b;c"
            _s._tcp.example.org.\t300\tIN\tSRV\t0 0 443 notexample.org.
            ns.example.org.\t60\tIN\tA\t192.0.2.1
            odd.example.org.\t300\tIN\tTYPE65280\t\\# 2 ABCD
            sub.example.org.\t300\tIN\tNS\tns.sub.example.org.
            sub.example.org.\t300\tIN\tDS\t1 13 2 00
            """;

    private static final String MOVED = """
            new.test.\t300\tIN\tSOA\tns.new.test. a\\.b.new.test. 5 3600 600 86400 60
            new.test.\t300\tIN\tNS\tns.new.test.
            new.test.\t300\tIN\tNS\tns.example.net.
            new.test.\t300\tIN\tMX\t10 mail.new.test.
            new.test.\t300\tIN\tTXT\t"v=spf1 include:_spf.Example.org -all"
            *.new.test.\t300\tIN\tHTTPS\t1 svc.new.test. alpn="h2,h3" key667="a b;c"
            _s._tcp.new.test.\t300\tIN\tSRV\t0 0 443 notexample.org.
            ns.new.test.\t60\tIN\tA\t192.0.2.1
            odd.new.test.\t300\tIN\tTYPE65280\t\\# 2 ABCD
            sub.new.test.\t300\tIN\tNS\tns.sub.new.test.
            sub.new.test.\t300\tIN\tDS\t1 13 2 00
            """;

    private void serves(String text) {
        node.can("GET " + ZONES + "example.org.?rrsets=false", 200, "{\"serial\":5,\"dnssec\":false}");
        node.can("GET " + ZONES + "example.org./export", 200, text);
    }

    private void isMade() {
        node.can("GET " + ZONES + "new.test.?rrsets=false", 404, "{\"error\":\"Could not find domain\"}");
        node.can("GET " + ZONES + "new.test.?rrsets=false", 200, "{\"serial\":5}");
    }

    @Test
    void ownersAndTargetsInTheOldZoneAreInTheNewOne() {
        serves(SERVED);
        isMade();
        node.can(PUT.replace(" if none", ""), 201, "{\"serial\":5,\"warnings\":[\"odd\"]}");
        Cli said = node.run("zone", "copy", "example.org", "New.test");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).startsWith("copied 11 records of example.org. to new.test.; serial 5, served by ");
        assertThat(said.err().lines())
                .containsExactly(
                        "warning: 1 texts name example.org and stay as they are",
                        "warning: 1 records (DS, CDS, ZONEMD) were made for the old names and do not fit the new ones",
                        "warning: odd");
        assertThat(node.requests()).contains(PUT + " " + MOVED);
    }

    @Test
    void aDryRunPrintsTheMasterFile() {
        serves(SERVED);
        node.can("GET " + ZONES + "new.test.?rrsets=false", 404, "{}");
        Cli said = node.run("zone", "copy", "example.org", "new.test", "--dry-run");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).isEqualTo(MOVED.strip());
        Cli json = node.run("zone", "copy", "example.org", "new.test", "--dry-run", "--output", "json");
        assertThat(json.out()).contains("\"zone\":\"new.test.\"").contains("new.test.\\t300\\tIN\\tSOA");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("PUT"));
    }

    @Test
    void aZoneThatIsThereIsNotReplaced() {
        serves(SERVED);
        node.can("GET " + ZONES + "new.test.?rrsets=false", 200, "{\"serial\":1}");
        Cli there = node.run("zone", "copy", "example.org", "new.test");
        assertThat(there.code()).isEqualTo(1);
        assertThat(there.err()).contains("there is a zone new.test. already");
        node.forget("GET " + ZONES + "new.test.?rrsets=false");
        isMade();
        node.can(
                PUT.replace(" if none", ""),
                409,
                "{\"error\":\"Conflict: there is a zone new.test. already\"}",
                Map.of());
        Cli meanwhile = node.run("zone", "copy", "example.org", "new.test");
        assertThat(meanwhile.code()).isEqualTo(1);
        assertThat(meanwhile.err()).contains("there is a zone new.test. already");
    }

    @Test
    void signedZonesAndWrongUseAreRefused() {
        node.can("GET " + ZONES + "example.org.?rrsets=false", 200, "{\"serial\":5,\"dnssec\":true}");
        Cli signed = node.run("zone", "copy", "example.org", "new.test");
        assertThat(signed.code()).isEqualTo(1);
        assertThat(signed.err())
                .contains("example.org. is signed")
                .contains("it is not copied")
                .contains("export it");
        assertThat(node.run("zone", "copy", "example.org").code()).isEqualTo(2);
        assertThat(node.run("zone", "copy", "example.org", "a..b").code()).isEqualTo(2);
        Cli none = node.run("zone", "copy", "none.org", "new.test", "--output", "json");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.out()).startsWith("{\"error");
    }

    @Test
    void aNameThatWouldBeTooLongIsNamed() {
        String label = "a".repeat(63);
        String owner = label + "." + label + "." + label + ".example.org.";
        serves(owner + "\t300\tIN\tA\t192.0.2.1\n");
        String longer = "b".repeat(60) + ".test";
        node.can("GET " + ZONES + longer + ".?rrsets=false", 404, "{}");
        Cli said = node.run("zone", "copy", "example.org", longer);
        assertThat(said.code()).as("%s", said).isEqualTo(1);
        assertThat(said.err()).contains("would be longer than 255 octets");
    }
}
