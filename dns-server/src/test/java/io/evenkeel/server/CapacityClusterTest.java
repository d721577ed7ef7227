package io.evenkeel.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.state.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What three whole nodes with a cluster key know of each other. */
@Tag("cluster")
final class CapacityClusterTest {
    static {
        // Ratis' own threads may throw while a division closes under them; that is not what a test that waits is about.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> NAMES = List.of("n1", "n2", "n3");

    @TempDir
    Path folder;

    private final Map<String, DnsServer> nodes = new LinkedHashMap<>();

    @AfterEach
    void stop() {
        nodes.values().forEach(DnsServer::close);
    }

    private DnsServer node(String name) {
        return Objects.requireNonNull(nodes.get(name));
    }

    /** A sample of a scrape of n1. */
    private void awaitSample(String name, String sample) {
        await(sample)
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(node(name).metrics().scrape().lines()).contains(sample));
    }

    @Test
    void membersTellEachOtherHowTheyDoAndAskWhetherTheyAnswer() throws Exception {
        StringBuilder members =
                new StringBuilder("cluster:\n  key-file: '" + TestKeys.file(folder, "key") + "'\n  members:\n");
        for (String name : NAMES) {
            members.append("    - {name: " + name + ", raft: '127.0.0.1:"
                    + FreePorts.next().getPort() + "', peer: '127.0.0.1:"
                    + FreePorts.next().getPort() + "'}\n");
        }
        int shared = FreePorts.next().getPort();
        for (String name : NAMES) {
            // n3 names the address of n1, as where both have it as a service address
            String listen = name.equals("n1")
                    ? "listen: ['127.0.0.1:" + shared + "']"
                    : "listen: ['127.0.0.1:" + FreePorts.next().getPort() + "']";
            String probe = name.equals("n3") ? ", probe-address: '127.0.0.1:" + shared + "'" : "";
            Path file = Files.writeString(
                    folder.resolve(name + ".yaml"),
                    "node: {name: " + name + ", data: '" + folder.resolve(name) + "'}\n"
                            + "dns: {" + listen + ", loops: 1, client-timeout: 10s" + probe + "}\n"
                            + "admin: {listen: '127.0.0.1:0'}\nhealth: {listen: '127.0.0.1:0'}\n"
                            + "gate: {warm-up: 200ms}\n" + members);
            nodes.put(name, DnsServer.start(Configuration.load(file, Map.of()), new LogLosses()));
        }
        for (DnsServer node : nodes.values()) {
            assertThat(node.life().await(NodeState.OPEN, PATIENCE))
                    .as(() -> node.readiness() + " " + node.failed())
                    .isTrue();
        }

        awaitSample("n1", "evenkeel_cluster_members_open 3.0");
        for (String transport : List.of("udp", "tcp")) {
            awaitSample("n1", "evenkeel_probe_answered{member=\"n2\",transport=\"" + transport + "\"} 1.0");
            awaitSample("n2", "evenkeel_probe_answered{member=\"n1\",transport=\"" + transport + "\"} 1.0");
            awaitSample("n2", "evenkeel_probe_answered{member=\"n3\",transport=\"" + transport + "\"} 0.0");
            awaitSample("n1", "evenkeel_probe_answered{member=\"n1\",transport=\"" + transport + "\"} NaN");
        }
        String scrape = node("n2").metrics().scrape();
        assertThat(scrape.lines())
                .contains("evenkeel_probes_total{end=\"silent\",member=\"n1\",transport=\"tcp\"} 0.0")
                .doesNotContain("evenkeel_dns_probes_answered_total 0.0");
        assertThat(scrape.lines().filter(line -> line.startsWith("evenkeel_dns_queries_total")))
                .as("probes are no queries")
                .allMatch(line -> line.endsWith(" 0.0"));

        assertThat(scrape.lines()).as("a node without zones").contains("evenkeel_capacity_lasting_qps NaN");
        assertThat(node("n1")
                        .changes()
                        .submit(new RequestId(1, 1), new Origin("test", "", ""), Zones.create(Zones.APEX), PATIENCE))
                .isInstanceOf(Outcome.Done.class);
        for (String name : NAMES) {
            await(name + " measures itself without a restart")
                    .atMost(PATIENCE)
                    .until(() -> node(name)
                            .metrics()
                            .scrape()
                            .lines()
                            .noneMatch("evenkeel_capacity_lasting_qps NaN"::equals));
        }
        awaitSample("n1", "evenkeel_cluster_losses_survivable 2.0");

        node("n2").close();
        awaitSample("n1", "evenkeel_member_vitals{member=\"n2\"} 0.0");
        awaitSample("n3", "evenkeel_member_vitals{member=\"n1\"} 1.0");
        awaitSample("n3", "evenkeel_cluster_members_open 2.0");
    }
}
