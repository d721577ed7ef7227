package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a change of a zone {@code example.org} warns of, by what the node shows before and after it. */
class ChangeWarningsTest extends CannedNodeTest {
    private static final String ZONE = "/api/v1/servers/localhost/zones/example.org.";

    private static String rrset(String name, String type, int ttl, String... contents) {
        String records = String.join(
                ",", Stream.of(contents).map("{\"content\":\"%s\"}"::formatted).toList());
        return "{\"name\":\"%s\",\"type\":\"%s\",\"ttl\":%d,\"records\":[%s]}".formatted(name, type, ttl, records);
    }

    /** What the node shows of a name; said again and again, or, if said of it twice, before and after the change. */
    private void shows(String name, int serial, String... rrsets) {
        node.can(
                "GET " + ZONE + "?rrset_name=" + name,
                200,
                "{\"serial\":%d,\"rrsets\":[%s]}".formatted(serial, String.join(",", rrsets)));
    }

    private String warnings(String... words) {
        node.can("PATCH " + ZONE, 204, "");
        Object[] verb = Stream.concat(
                        Stream.of("rrset", words[0], "example.org"),
                        Stream.of(words).skip(1))
                .toArray();
        Cli said = node.run(verb);
        assertThat(said.code()).as("%s", said).isZero();
        return said.err();
    }

    @Test
    void aTargetThatEndsInTheNameOfTheZoneTwice() {
        shows("m.example.org.", 1, rrset("m.example.org.", "MX", 300, "10 mail.example.org.example.org."));
        assertThat(warnings("add", "m", "MX", "10 mail.example.org.example.org."))
                .isEqualTo("warning: the target mail.example.org.example.org. ends in the name of the zone twice");
    }

    @Test
    void anAddressWrittenAsAName() {
        shows("m.example.org.", 1, rrset("m.example.org.", "MX", 300, "10 192.0.2.1."));
        assertThat(warnings("add", "m", "MX", "10 192.0.2.1"))
                .isEqualTo("warning: the target 192.0.2.1. is an address written as a name: MX records point to names");
    }

    @Test
    void aNameServerWithoutAnAddressInTheZone() {
        shows(
                "sub.example.org.",
                1,
                rrset(
                        "sub.example.org.",
                        "NS",
                        300,
                        "ns.sub.example.org.",
                        "ns.example.org.",
                        "ns.example.net.",
                        "alias.example.org."));
        shows("ns.sub.example.org.", 1);
        shows("ns.example.org.", 1, rrset("ns.example.org.", "AAAA", 300, "2001:db8::1"));
        shows("alias.example.org.", 1, rrset("alias.example.org.", "CNAME", 300, "ns.example.org."));
        assertThat(warnings("add", "sub", "NS", "ns.sub.example.org").lines())
                .containsExactly(
                        "warning: the name server ns.sub.example.org. has no address (A or AAAA) in the zone now",
                        "warning: the name server alias.example.org. is an alias, which it must not be (RFC 2181 §10.3)");
    }

    @Test
    void theTtlOfTheOthersChanges() {
        shows("w.example.org.", 1, rrset("w.example.org.", "A", 300, "192.0.2.1", "192.0.2.2"));
        shows("w.example.org.", 2, rrset("w.example.org.", "A", 60, "192.0.2.1", "192.0.2.2", "192.0.2.3"));
        assertThat(warnings("add", "w", "A", "192.0.2.3", "--ttl", "1m"))
                .isEqualTo("warning: the TTL of the 2 records that were there was 300 and is 60 now, too");
        assertThat(node.requests().get(1)).contains("\"ttl\":60");
    }

    @Test
    void anOwnerBelowADelegationUnlessItIsGlue() {
        shows("x.sub.example.org.", 1, rrset("x.sub.example.org.", "A", 300, "192.0.2.1"));
        shows("sub.example.org.", 1, rrset("sub.example.org.", "NS", 300, "ns.sub.example.org."));
        assertThat(warnings("add", "x.sub", "A", "192.0.2.1"))
                .isEqualTo(
                        "warning: x.sub.example.org. is below the delegation sub.example.org.: no question is answered with these records");
        shows("ns.sub.example.org.", 1, rrset("ns.sub.example.org.", "A", 300, "192.0.2.1"));
        assertThat(warnings("add", "ns.sub", "A", "192.0.2.1")).isEmpty();
        node.forget("GET " + ZONE + "?rrset_name=sub.example.org.");
        shows(
                "sub.example.org.",
                1,
                rrset("sub.example.org.", "NS", 300, "ns.example.net."),
                rrset("sub.example.org.", "TXT", 300, "\\\"a\\\""));
        assertThat(warnings("add", "sub", "TXT", "a")).contains("is at the delegation sub.example.org.");
    }

    @Test
    void theLastAddressOfANameServerIsDeleted() {
        shows("ns.example.org.", 1, rrset("ns.example.org.", "A", 300, "192.0.2.1"));
        shows("ns.example.org.", 2);
        shows("example.org.", 2, rrset("example.org.", "NS", 300, "NS.example.org."));
        assertThat(warnings("delete", "ns", "A"))
                .isEqualTo("warning: ns.example.org. is a name server of example.org., and has no address now");
    }

    @Test
    void anAddressOfAnotherFamilyIsLeft() {
        String left = rrset("ns.example.org.", "AAAA", 300, "2001:db8::1");
        shows("ns.example.org.", 1, rrset("ns.example.org.", "A", 300, "192.0.2.1"), left);
        shows("ns.example.org.", 2, left);
        assertThat(warnings("delete", "ns", "A")).isEmpty();
    }

    @Test
    void aSerialThatIsNotNewerIsIgnored() {
        shows("example.org.", 7, rrset("example.org.", "SOA", 300, "ns.example.org. h.example.org. 7 1 2 3 4"));
        shows("example.org.", 8, rrset("example.org.", "SOA", 300, "ns.example.org. h.example.org. 8 1 2 3 5"));
        assertThat(warnings("replace", "@", "SOA", "ns h 5 1 2 3 5"))
                .isEqualTo("warning: serial 5 ignored: not newer than 7");
    }

    @Test
    void programsFindThemInTheResult() {
        shows("m.example.org.", 1, rrset("m.example.org.", "CNAME", 300, "a.example.org.example.org."));
        node.can("PATCH " + ZONE, 204, "", Map.of("Evenkeel-Note", "committed at 9; this node is at 8"));
        Cli said =
                node.run("rrset", "add", "example.org", "m", "CNAME", "a.example.org.example.org.", "--output", "json");
        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .contains("\"records\":[\"a.example.org.example.org.\"]")
                .contains("twice\",\"committed at 9; this node is at 8\"]");
        assertThat(said.code()).isZero();
    }
}
