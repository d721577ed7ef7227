package io.evenkeel.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel's rules that {@code evenkeel limits nft} prints, loaded in a network of their own, against packets over a virtual line. Linux,
 * root.
 */
@Tag("faults")
class NftRulesTest {
    private static final String NODE = "198.19.254.1";
    private static final String LANE = "198.19.254.2";
    private static final String PROXIED = "198.19.254.3";
    private static final String PROXY = "10.1.0.9";
    private static final String NODE6 = "2001:db8:ffff::1";

    /** As the node tells it: devices may ask everywhere but at the lane and where proxies ask. */
    private static final String LISTEN = """
            {"address":"%s:53","lane":"device","proxy":false},{"address":"%s:53","lane":"infrastructure","proxy":false},\
            {"address":"%s:53","lane":"device","proxy":true,"sources":["%s/32"]},\
            {"address":"[2001:db8:ffff::3]:53","lane":"device","proxy":true,"sources":["2001:db8:1:9::/64"]}""".formatted(NODE, LANE, PROXIED, PROXY);

    /** Of the nodes; the kernel takes eight times as much: 160 a second, 800 at once. */
    private static final int RATE = 20;

    private static final int BURST = 100;
    private static final int KERNEL_RATE = 8 * RATE;
    private static final int KERNEL_BURST = 8 * BURST;

    /** What came, before the rules look at it, and what they have let through, each by its source. */
    private static final String WATCH = """
            table inet watch {
              set came { type ipv4_addr; size 4096; flags dynamic; }
              set passed { type ipv4_addr; size 4096; flags dynamic; }
              set came6 { type ipv6_addr; size 64; flags dynamic; }
              set passed6 { type ipv6_addr; size 64; flags dynamic; }
              chain before {
                type filter hook prerouting priority -400;
                udp dport 53 update @came { ip saddr counter }
                udp dport 53 update @came6 { ip6 saddr counter }
              }
              chain after {
                type filter hook input priority 0;
                udp dport 53 update @passed { ip saddr counter } drop
                udp dport 53 update @passed6 { ip6 saddr counter } drop
              }
            }
            """;

    private final List<NetworkNamespace> namespaces = new ArrayList<>();

    @TempDir
    private Path folder = Path.of("");

    private NetworkNamespace server() {
        return namespaces.getFirst();
    }

    private NetworkNamespace clients() {
        return namespaces.getLast();
    }

    @BeforeEach
    void make() throws Exception {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
        String id = "ek%04x".formatted(ThreadLocalRandom.current().nextInt(0x10000));
        namespaces.add(new NetworkNamespace(id + "-s"));
        namespaces.add(new NetworkNamespace(id + "-c"));
        server().ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", id + "-c");
        for (String address : List.of(NODE + "/32", LANE + "/32", PROXIED + "/32")) {
            server().ip("address", "add", address, "dev", "eth0");
        }
        server().ip("address", "add", NODE6 + "/64", "dev", "eth0", "nodad");
        clients().ip("address", "add", "2001:db8:ffff::2/64", "dev", "eth0", "nodad");
        server().ip("link", "set", "eth0", "up");
        clients().ip("link", "set", "eth0", "up");
        // All of these networks are clients: each of their addresses is one to send from.
        for (String network : List.of("10.1.0.0/16", "10.2.0.0/16")) {
            clients().ip("route", "add", "local", network, "dev", "lo");
            server().ip("route", "add", network, "dev", "eth0");
        }
        for (String address : List.of("2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:2::1")) {
            clients().ip("address", "add", address + "/128", "dev", "eth0", "nodad");
        }
        server().ip("-6", "route", "add", "2001:db8:1::/48", "dev", "eth0");
        clients().ip("route", "add", "198.19.254.0/24", "dev", "eth0", "src", "10.1.0.1");
        server().nft(WATCH);
    }

    @AfterEach
    void end() throws IOException {
        for (NetworkNamespace namespace : namespaces) {
            namespace.close();
        }
    }

    @Test
    void aClientAboveEightTimesTheLimitLosesTheExcessAndNobodyElseLosesAnything() throws Exception {
        load(rules("65536"));
        double seconds = send("10.1.0.1", NODE, 4_000);
        send("10.1.0.2", NODE, KERNEL_BURST - 1);
        send("10.2.0.1", NODE, 4_000);
        double seconds6 = send("2001:db8:1:1::1", NODE6, 1_000) + send("2001:db8:1:1::2", NODE6, 1_000);
        send("2001:db8:1:2::1", NODE6, KERNEL_BURST - 1);

        Map<String, Long> came = counts("came");
        Map<String, Long> passed = counts("passed");
        assertThat(came).containsKeys("10.1.0.1", "10.1.0.2", "10.2.0.1");
        assertThat(of(passed, "10.1.0.1"))
                .isBetween((long) KERNEL_BURST, (long) (KERNEL_BURST + KERNEL_RATE * seconds + 2))
                .isLessThan(of(came, "10.1.0.1"));
        assertThat(of(passed, "10.1.0.2")).as("below").isEqualTo(of(came, "10.1.0.2"));
        assertThat(of(passed, "10.2.0.1")).as("allowed").isEqualTo(of(came, "10.2.0.1"));

        Map<String, Long> came6 = counts("came6");
        Map<String, Long> passed6 = counts("passed6");
        assertThat(of(passed6, "2001:db8:1:1::1") + of(passed6, "2001:db8:1:1::2"))
                .as("two addresses of one /64")
                .isBetween((long) KERNEL_BURST, (long) (KERNEL_BURST + KERNEL_RATE * seconds6 + 2))
                .isLessThan(of(came6, "2001:db8:1:1::1") + of(came6, "2001:db8:1:1::2"));
        assertThat(of(passed6, "2001:db8:1:2::1")).as("another /64").isEqualTo(of(came6, "2001:db8:1:2::1"));

        send("10.1.0.1", LANE, 2_000);
        assertThat(of(counts("passed"), "10.1.0.1") - of(passed, "10.1.0.1"))
                .as("to the lane, by whom is dropped elsewhere")
                .isEqualTo(of(counts("came"), "10.1.0.1") - of(came, "10.1.0.1"));

        send(PROXY, PROXIED, 2_000);
        assertThat(of(counts("passed"), PROXY))
                .as("a proxy, to where it is expected")
                .isEqualTo(of(counts("came"), PROXY))
                .isGreaterThan(KERNEL_BURST);
        send("10.1.0.3", PROXIED, 4_000);
        assertThat(of(counts("passed"), "10.1.0.3"))
                .as("somebody else, who would be turned away there")
                .isLessThan(of(counts("came"), "10.1.0.3"));
    }

    @Test
    void theTableIsBoundedAndClientsBeyondItPass() throws Exception {
        load(rules("64"));
        int clients = 300;
        for (int i = 0; i < clients; i++) {
            send("10.1." + i / 250 + "." + (1 + i % 250), NODE, 3);
        }
        assertThat(elements("evenkeel_limits", "clients4")).hasSizeBetween(1, 64);
        assertThat(counts("came")).hasSize(clients);
        assertThat(counts("passed")).isEqualTo(counts("came"));
    }

    /** As it is shipped, with the limits of a new cluster; and beside the rules that keep a machine silent without a node. */
    @Test
    void theSampleIsLoadedBesideTheOtherRulesAgainAndAgain() throws Exception {
        for (int i = 0; i < 2; i++) {
            for (String file : List.of("evenkeel.nft", "evenkeel-limits.nft")) {
                Path rules =
                        Path.of("../nftables").resolve(file).toAbsolutePath().normalize();
                assertThat(run("nft", "-f", rules.toString())).isEmpty();
            }
        }
        assertThat(run("nft", "list", "tables")).contains("inet evenkeel_silence", "inet evenkeel_limits");
        send("10.1.0.1", NODE, 1_000);
        assertThat(counts("passed")).isEqualTo(counts("came")).isNotEmpty();
        assertThat(elements("evenkeel_limits", "clients4")).hasSize(1);
        assertThat(run("nft", "delete", "table", "inet", "evenkeel_limits")).isEmpty();
    }

    /** What the verb prints for a node with small limits, one allowed prefix, a lane and proxies. */
    private String rules(String size) throws Exception {
        String limits =
                "{\"mode\":\"enforce\",\"rate\":%d,\"burst\":%d,\"allow\":[{\"prefix\":\"10.2.0.0/16\",\"factor\":10}],\"responses\":\"off\",\"responseRate\":1}"
                        .formatted(RATE, BURST);
        byte[] answer =
                "{\"node\":\"n1\",\"revision\":3,\"agreed\":%s,\"local\":null,\"inForce\":%s,\"dns\":[\"%s:53\",\"%s:53\"],\"listen\":[%s]}"
                        .formatted(limits, limits, NODE, LANE, LISTEN)
                        .getBytes(StandardCharsets.UTF_8);
        Path key = Files.writeString(folder.resolve("key"), "0123456789abcdef");
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        http.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        http.start();
        try {
            LocalCluster.Said said = LocalCluster.evenkeel(
                    Map.of(),
                    "limits",
                    "nft",
                    "--size",
                    size,
                    "--server",
                    "http://127.0.0.1:" + http.getAddress().getPort(),
                    "--api-key-file",
                    key.toString());
            assertThat(said.code()).as(said.err()).isZero();
            return said.out();
        } finally {
            http.stop(0);
        }
    }

    private void load(String rules) throws Exception {
        Path file = Files.writeString(folder.resolve("rules.nft"), rules);
        assertThat(run("nft", "-f", file.toString())).isEmpty();
    }

    /** @return seconds that it took, until the last packet has been seen on the other side */
    private double send(String from, String to, int packets) throws Exception {
        long begin = System.nanoTime();
        try (DatagramSocket socket =
                clients().call(() -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(from), 0)))) {
            byte[] question = new byte[40];
            DatagramPacket packet =
                    new DatagramPacket(question, question.length, new InetSocketAddress(InetAddress.ofLiteral(to), 53));
            for (int i = 0; i < packets; i++) {
                socket.send(packet);
            }
        }
        return (System.nanoTime() - begin) / 1e9;
    }

    private Map<String, Long> counts(String set) throws Exception {
        Map<String, Long> counts = new TreeMap<>();
        for (JsonNode element : elements("watch", set)) {
            counts.put(
                    element.path("elem").path("val").asText(),
                    element.at("/elem/counter/packets").asLong());
        }
        return counts;
    }

    private static long of(Map<String, Long> counts, String client) {
        return counts.getOrDefault(client, 0L);
    }

    private List<JsonNode> elements(String table, String set) throws Exception {
        JsonNode listed = Json.MAPPER.readTree(run("nft", "-j", "list", "set", "inet", table, set));
        List<JsonNode> elements = new ArrayList<>();
        for (JsonNode part : listed.path("nftables")) {
            part.path("set").path("elem").forEach(elements::add);
        }
        return elements;
    }

    /** Inside the node's network; what it says. */
    private String run(String... command) throws Exception {
        Process process = server().process(command).redirectErrorStream(true).start();
        String said = String.join("\n", process.inputReader().lines().toList());
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
