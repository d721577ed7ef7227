package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The verbs of the limits against a node of canned answers, and the rules that one of them prints. */
class LimitsVerbsTest extends CannedNodeTest {
    private static final Path SAMPLE = Path.of("nftables/evenkeel-limits.nft");

    private static final String AGREED = """
            {"mode":"enforce","rate":200,"burst":1000,"allow":[{"prefix":"192.0.2.0/24","factor":10},{"prefix":"2001:db8::/32","factor":2}],\
            "responses":"dry-run","responseRate":200}""";

    private static final String PATH = "/api/v1/evenkeel/limits";
    private static final String SHOW = "GET " + PATH;
    private static final String SET = "PUT " + PATH;
    private static final String SET_LOCAL = SET + "/local";
    private static final String FOLLOW = "DELETE " + PATH + "/local";

    private static String shown(long revision, String agreed, String local, String force) {
        return "{\"node\":\"n1\",\"revision\":%d,\"agreed\":%s,\"local\":%s,\"inForce\":%s,\"reasons\":[],\"dns\":[\"127.0.0.1:5301\",\"[::1]:53\"]}"
                .formatted(revision, agreed, local, force);
    }

    /** What it says of the limits from now on. */
    private void show(long revision, String agreed, String local, String force) {
        node.can(SHOW, 200, shown(revision, agreed, local, force));
    }

    @Test
    void aModeIsSetForTheClusterOverWhatOthersHaveChangedMeanwhile() throws Exception {
        show(7, AGREED, "null", AGREED);
        node.can(SET, 412, "{\"error\":\"changed meanwhile\"}");
        show(9, AGREED.replace("200,\"burst", "300,\"burst"), "null", AGREED);
        node.can(SET, 200, shown(10, AGREED.replace("enforce", "off"), "null", AGREED.replace("enforce", "off")));
        Cli said = node.run("limits", "off");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).contains("limits on clients of the cluster: off");
        assertThat(node.requests().get(1)).startsWith(SET + " if \"7\" ");
        assertThat(node.requests().get(3)).startsWith(SET + " if \"9\" ");
        JsonNode sent = Json.MAPPER.readTree(
                node.requests().get(3).substring(node.requests().get(3).indexOf('{')));
        assertThat(sent.path("mode").asText()).isEqualTo("off");
        assertThat(sent.path("rate").asInt()).isEqualTo(300);
        assertThat(sent.path("allow")).hasSize(2);
    }

    @Test
    void withoutALeaderTheWayOfANodeAloneIsSaid() {
        show(7, AGREED, "null", AGREED);
        node.can(SET, 503, "{\"error\":\"not done: no leader is known\"}");
        Cli said = node.run("limits", "dry-run");
        assertThat(said.code()).isEqualTo(6);
        assertThat(said.err()).contains("no leader is known").contains("evenkeel limits dry-run --node NAME");
    }

    @Test
    void withNodeTheModeIsThatOfThatNodeAloneAndOfNoOther() {
        show(7, AGREED, "null", AGREED);
        node.can(SET_LOCAL, 200, shown(7, AGREED, "\"off\"", AGREED.replace("enforce", "off")));
        node.can(FOLLOW, 200, shown(7, AGREED, "null", AGREED));
        Cli off = node.run("limits", "off", "--node", "n1");
        assertThat(off.code()).as(off.err()).isZero();
        assertThat(off.out()).contains("off on n1 alone").contains("limits follow --node n1");
        assertThat(node.requests().getLast()).isEqualTo(SET_LOCAL + " {\"mode\":\"off\"}");

        Cli other = node.run("limits", "off", "--node", "n2");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("is n1, not n2");
        assertThat(node.requests())
                .filteredOn(request -> request.startsWith("PUT"))
                .hasSize(1);

        Cli follow = node.run("limits", "follow", "--node", "n1");
        assertThat(follow.code()).as(follow.err()).isZero();
        assertThat(node.requests().getLast()).isEqualTo(FOLLOW);
        assertThat(node.run("limits", "follow").code()).isEqualTo(2);
    }

    @Test
    void aNodeEnforcesAgainOnlyWithItsCluster() {
        show(7, AGREED, "\"off\"", AGREED.replace("enforce", "off"));
        node.can(FOLLOW, 200, shown(7, AGREED, "null", AGREED));
        Cli enforce = node.run("limits", "enforce", "--node", "n1");
        assertThat(enforce.code()).as(enforce.err()).isZero();
        assertThat(node.requests().getLast()).isEqualTo(FOLLOW);
        node.forget(SHOW);
        node.requests().clear();
        show(7, AGREED.replace("enforce", "dry-run"), "null", AGREED.replace("enforce", "dry-run"));
        Cli refused = node.run("limits", "enforce", "--node", "n1");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("the cluster has agreed on dry-run").contains("limits follow --node n1");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("DELETE"));
    }

    @Test
    void numbersAndPrefixesAreChangedAndTheRestStays() throws Exception {
        show(7, AGREED, "null", AGREED);
        node.can(SET, 200, shown(8, AGREED, "null", AGREED));
        Cli said = node.run(
                "limits",
                "set",
                "--rate",
                "500",
                "--allow",
                "198.51.100.7=3",
                "--allow",
                "192.0.2.0/24=20",
                "--disallow",
                "2001:db8:0::/32",
                "--responses",
                "enforce");
        assertThat(said.code()).as(said.err()).isZero();
        JsonNode sent = Json.MAPPER.readTree(
                node.requests().get(1).substring(node.requests().get(1).indexOf('{')));
        assertThat(sent.path("mode").asText()).isEqualTo("enforce");
        assertThat(sent.path("rate").asInt()).isEqualTo(500);
        assertThat(sent.path("burst").asInt()).isEqualTo(1000);
        assertThat(sent.path("responses").asText()).isEqualTo("enforce");
        assertThat(sent.path("allow").toString())
                .isEqualTo(
                        "[{\"prefix\":\"192.0.2.0/24\",\"factor\":20},{\"prefix\":\"198.51.100.7/32\",\"factor\":3}]");
    }

    @Test
    void whatCannotBeSetIsSaidBeforeAnythingIsSent() {
        show(7, AGREED, "null", AGREED);
        assertThat(node.run("limits", "set").err()).contains("set what?");
        Cli prefix = node.run("limits", "set", "--allow", "example.org=3");
        assertThat(prefix.code()).isEqualTo(2);
        assertThat(prefix.err()).contains("example.org").contains("192.0.2.0/24");
        Cli gone = node.run("limits", "set", "--disallow", "10.0.0.0/8");
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("10.0.0.0/8 is not allowed more").contains("192.0.2.0/24");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("PUT"));
        node.forget(SHOW);
        show(7, "null", "null", AGREED);
        assertThat(node.run("limits", "off").err()).contains("later release");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("PUT"));
    }

    @Test
    void aClusterThatHasAgreedOnNothingBeginsWithWhatIsInForce() throws Exception {
        String counting = AGREED.replace("enforce", "dry-run");
        show(0, "null", "null", counting);
        node.can(SET, 200, shown(12, AGREED, "null", AGREED));
        assertThat(node.run("limits", "enforce").code()).isZero();
        assertThat(node.requests().get(1)).startsWith(SET + " if \"0\" ");
        assertThat(Json.MAPPER.readTree(
                        node.requests().get(1).substring(node.requests().get(1).indexOf('{'))))
                .isEqualTo(Json.MAPPER.readTree(AGREED));
    }

    @Test
    void showTellsWhatIsInForceAndWhatIsAgreed() {
        show(7, AGREED, "\"off\"", AGREED.replace("enforce", "off"));
        Cli text = node.run("limits", "show");
        assertThat(text.code()).isZero();
        assertThat(text.out())
                .containsPattern("off +enforce +200/s +1000 +2 +dry-run 200/s +7")
                .contains("allowed more: 192.0.2.0/24 x10, 2001:db8::/32 x2");
        assertThat(node.run("limits", "show", "--output", "json").out())
                .startsWith("[{\"name\":")
                .contains("\"revision\":7");
        node.forget(SHOW);
        node.can(SHOW, 401, "{}");
        assertThat(node.run("limits", "show").code()).isEqualTo(1);
    }

    @Test
    void statusSaysWhichLimitsAreInForceAndWhatToDoAboutThem() {
        String status =
                "{\"state\":\"OPEN\",\"limits\":{\"mode\":\"dry-run\",\"responses\":\"dry-run\",\"local\":null,\"note\":\"limits drop nothing: `evenkeel limits enforce`\"}}";
        node.can("GET /readyz", 200, "ready");
        node.can("GET /api/v1/evenkeel/status", 200, status);
        assertThat(node.run("status").out())
                .contains("limits on clients: dry-run")
                .contains("limits drop nothing: `evenkeel limits enforce`");
        node.forget("GET /api/v1/evenkeel/status");
        node.can("GET /api/v1/evenkeel/status", 200, "{\"state\":\"OPEN\"}");
        assertThat(node.run("status").out()).as("a node of an earlier release").doesNotContain("limits");
    }

    @Test
    void theSampleOfTheKernelsRulesIsThatOfTheDefaults() throws IOException {
        Cli said = Cli.run("limits", "nft", "--defaults");
        assertThat(said.code()).as(said.err()).isZero();
        if (System.getProperty("rewrite") != null) {
            Files.writeString(SAMPLE, said.out() + "\n");
        }
        assertThat(Files.readString(SAMPLE)).isEqualTo(said.out() + "\n");
    }

    @Test
    void theKernelsRulesAreMadeOfWhatTheNodeSays() {
        show(7, AGREED, "null", AGREED.replace("\"rate\":200", "\"rate\":250"));
        Cli said = node.run("limits", "nft", "--lane", "10.0.0.53", "--lane", "10.0.0.0/24", "--size", "1000");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("udp dport { 53, 5301 } jump questions")
                .contains("ip daddr { 10.0.0.0/24 } accept")
                .contains("ip saddr { 192.0.2.0/24 } accept")
                .contains("ip6 saddr { 2001:db8:0:0:0:0:0:0/32 } accept")
                .contains("{ ip saddr limit rate over 2000/second burst 8000 packets } counter drop")
                .contains(
                        "{ ip6 saddr & ffff:ffff:ffff:ffff:: limit rate over 2000/second burst 8000 packets } counter drop")
                .contains("size 1000")
                .contains("timeout 4s")
                .contains("the cluster of n1 at revision 7");
        assertThat(node.run("limits", "nft", "--port", "5353", "--output", "json")
                        .out())
                .contains("\"rules\":\"#!/usr/sbin/nft -f\\n")
                .contains("udp dport { 5353 }");
        assertThat(node.run("limits", "nft", "--port", "0").code()).isEqualTo(2);
        assertThat(node.run("limits", "nft", "--size", "0").code()).isEqualTo(2);
        assertThat(node.run("limits", "nft", "--lane", "here").code()).isEqualTo(2);
    }

    @Test
    void theKernelsRulesLeaveOutLanesAndProxies() {
        listen(
                "{'address':'192.0.2.1:53','lane':'device','proxy':false}",
                "{'address':'192.0.2.2:53','lane':'infrastructure','proxy':false}",
                "{'address':'192.0.2.3:53','lane':'device','proxy':true,'sources':['192.0.2.7/32','192.0.2.8/31']}",
                "{'address':'[2001:db8::2]:53','lane':'infrastructure','proxy':false,'sources':['2001:db8:1::/48']}",
                "{'address':'[fe80::1%eth0]:53','lane':'infrastructure','proxy':false}",
                "{'address':'192.0.2.1:5300','lane':'infrastructure','proxy':false}",
                "{'address':'192.0.2.2:5399','lane':'device','proxy':false,'sources':['10.0.0.0/8']}");
        Cli said = node.run("limits", "nft");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains(String.join(
                        "\n        ",
                        "    chain questions {",
                        "ip daddr 192.0.2.2 udp dport 53 accept",
                        "ip daddr 192.0.2.3 udp dport 53 ip saddr { 192.0.2.7/32, 192.0.2.8/31 } accept",
                        "ip6 daddr 2001:db8:0:0:0:0:0:2 udp dport 53 ip6 saddr { 2001:db8:1:0:0:0:0:0/48 } accept",
                        "ip6 daddr fe80:0:0:0:0:0:0:1 udp dport 53 accept",
                        "ip saddr { 192.0.2.0/24 } accept",
                        ""))
                .contains("udp dport { 53, 5399 } jump questions");
        assertThat(node.run("limits", "nft", "--port", "5300").out())
                .contains("chain questions {\n        ip daddr 192.0.2.1 udp dport 5300 accept\n        ip saddr")
                .contains("udp dport { 5300 } jump questions");
    }

    @Test
    void whereOnlyLanesAndProxiesAreThereIsNothingToMeterUnlessAPortIsNamed() {
        listen("{'address':'192.0.2.2:53','lane':'infrastructure','proxy':false}");
        Cli said = node.run("limits", "nft");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err())
                .contains("n1 listens at present only for infrastructure")
                .contains("--port");
        assertThat(node.run("limits", "nft", "--port", "53").code()).isZero();
        listen();
        assertThat(node.run("limits", "nft").err())
                .contains("n1 listens on no address")
                .contains("--port");
    }

    /** Where the node says that it listens, from now on. */
    private void listen(String... entries) {
        node.forget(SHOW);
        String shown = shown(7, AGREED, "null", AGREED);
        String listen = String.join(",", entries).replace('\'', '"');
        node.can(SHOW, 200, shown.replace("\"dns\":", "\"listen\":[" + listen + "],\"dns\":"));
    }
}
