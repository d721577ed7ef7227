package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Limits and clients that do no harm: many behind one address, a resolver, a victim of forged questions, a fleet without its zone. Linux, root. */
@Tag("faults")
@EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
class NeighbourFaultsTest {
    private static final String DROPPED = "evenkeel_dns_limited_total{action=\"dropped\"";
    /** A second. */
    private static final int FORGED = 10_000;

    private static final String FORGED_ADDRESS = "127.77.0.1";

    private static final int RATE = 8000;

    @TempDir
    private Path folder = Path.of("");

    private interface Busy {
        void run(LocalCluster cluster, ClusterFile.Node node, SlowedNode slowed) throws Exception;
    }

    /** With limits in force. */
    private void withASlowedNode(Busy test) throws Exception {
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 1)) {
            cluster.up();
            Storms.limits(cluster, "off");
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (SlowedNode slowed = Quotas.slowed(node, RATE)) {
                Storms.limits(cluster, "enforce");
                test.run(cluster, node, slowed);
            }
        }
    }

    /** Others keep the node busy. All of the site wait when the network is back. */
    @Test
    void aSiteOfFiveHundredBehindOneAddressIsServedSoonAfterASilence() throws Exception {
        withASlowedNode((cluster, node, slowed) -> {
            int devices = (int) (0.6 * slowed.rate());
            Storms.tell("a site of 500", slowed.rate(), devices, 1);
            String more = """
                      site:
                        devices: 500
                        period: 15s
                        names: dev-####.device.callhome.example A
                        timeout: 1s
                        retry: immediate
                        site: 500
                    silence: {from: %ds, for: 20s}
                    pass:
                      - waiting: 0 %%
                        group: site
                        within: 15s
                    """.formatted(Storms.STEADY_SECONDS);
            try (RunningDrill drill = new RunningDrill(
                    folder, Storms.scenario(cluster, devices, 1, "sticky", Storms.STEADY_SECONDS + 40, more))) {
                drill.next(Storms.STEADY_SECONDS + 20);
                List<JsonNode> after = drill.next(20);
                System.out.printf(
                        "waiting of 500, each second after the silence: %s%n",
                        after.stream()
                                .map(second -> (int) Storms.sum(List.of(second), "groups", "site", "waiting"))
                                .toList());
                JsonNode result = drill.result();
                Storms.requireKeptUp(result);
                assertThat(Storms.allPassed(result))
                        .as("%s", result.path("criteria"))
                        .isTrue();
            }
        });
    }

    @Test
    void aResolverIsNotLimitedWhileTheNodeIsCalm() throws Exception {
        withASlowedNode((cluster, node, slowed) -> {
            int faster = 4; // so that a fifth of what it can do is more than a client's rate
            slowed.gets(faster);
            double capacity = faster * Quotas.single(slowed);
            int devices = (int) (0.2 * capacity);
            Storms.tell("a resolver", capacity, devices, 1);
            String one = "    site: %d%n".formatted(devices);
            try (RunningDrill drill = new RunningDrill(
                    folder, Storms.scenario(cluster, devices, 1, "sticky", Storms.STEADY_SECONDS + 30, one))) {
                drill.next(Storms.STEADY_SECONDS);
                List<JsonNode> calm = drill.next(30);
                Storms.requireKeptUp(drill.result());
                Storms.assertFirstTries(calm, "groups", "homes", 0.999);
            }
            assertThat(devices)
                    .as("questions a second, above the rate of a client")
                    .isGreaterThan(200);
            assertThat(cluster.counter(node, DROPPED)).isZero();
        });
    }

    /** Ten thousand questions a second have the address of a site, beside others that keep the node busy. */
    @Test
    void devicesWhoseAddressOthersForgeAreSlowedAndNotSilenced() throws Exception {
        withASlowedNode((cluster, node, slowed) -> {
            // All of them together are more than it can do, and the others with what is left of the forged are not.
            double capacity = 1.5 * FORGED;
            slowed.gets(capacity / slowed.rate());
            int devices = (int) (0.5 * capacity);
            String forger = """
                    seed: 2
                    seconds: 120
                    nodes: {%s}
                    sources: [%s]
                    groups:
                      forger:
                        devices: %d
                        period: 1s
                        names: dev-####.device.callhome.example A
                        timeout: 1s
                        retry: immediate
                        site: %d
                    """.formatted(Storms.nodes(cluster), FORGED_ADDRESS, FORGED, FORGED);
            try (RunningDrill others =
                            new RunningDrill(folder, Storms.scenario(cluster, devices, 1, "sticky", 120, ""));
                    RunningDrill forging = new RunningDrill(folder, forger)) {
                others.next(Storms.STEADY_SECONDS);
                forging.skip();
                double before = cluster.counter(node, DROPPED);
                List<Integer> tries = triesOfDevices(node, 1000);
                long eight = tries.stream().filter(each -> each <= 8).count();
                long thirty = tries.stream().filter(each -> each <= 30).count();
                others.skip();
                List<JsonNode> beside = others.next(10);
                System.out.printf(
                        "a forged address, C = %.0f/s, others %d/s: of 1000 devices %d within 8 tries, %d within 30%n",
                        capacity, devices, eight, thirty);
                double dropped = cluster.counter(node, DROPPED) - before;
                others.end();
                forging.end();
                Storms.requireKeptUp(others.result());
                Storms.requireKeptUp(forging.result());
                Storms.assertFirstTries(beside, "groups", "homes", 0.99);
                assertThat(dropped).isGreaterThan(50_000);
                assertThat(eight).isGreaterThanOrEqualTo(650);
                assertThat(thirty).isGreaterThanOrEqualTo(980);
            }
        });
    }

    /** How often each asked until it was answered, by ever new ports; one more than 30 if it never was. */
    private static List<Integer> triesOfDevices(ClusterFile.Node node, int devices) throws Exception {
        List<Future<Integer>> running = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int device = 0; device < devices; device++) {
                Name name = LocalCluster.name("dev-%04d.device".formatted(device));
                running.add(each.submit(() -> tries(node, name)));
            }
        }
        List<Integer> tries = new ArrayList<>();
        for (Future<Integer> device : running) {
            tries.add(device.get());
        }
        return tries;
    }

    private static int tries(ClusterFile.Node node, Name name) throws IOException {
        SimpleResolver resolver = new SimpleResolver(Quotas.dns(node));
        resolver.setLocalAddress(new InetSocketAddress(InetAddress.ofLiteral(FORGED_ADDRESS), 0));
        resolver.setTimeout(Duration.ofSeconds(1));
        resolver.setIgnoreTruncation(true);
        int tries = 1;
        while (tries <= 30) {
            try {
                Message _ = resolver.send(Message.newQuery(Record.newRecord(name, Type.A, DClass.IN)));
                return tries;
            } catch (SocketTimeoutException limited) {
                tries++;
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains("Timed out")) {
                    throw e;
                }
                tries++;
            }
        }
        return tries;
    }

    /** Each device asks again at once when it is refused; a round trip takes 20 ms. */
    @Test
    void aFleetWhoseZoneIsGoneAsksLittleMoreThanOnceInATimeOut() throws Exception {
        withASlowedNode((cluster, node, slowed) -> {
            double period = 10;
            double capacity = slowed.rate();
            int devices = (int) capacity;
            Storms.tell("a zone that is gone", capacity, devices, period);
            try (RunningDrill drill = new RunningDrill(
                    folder, Storms.scenario(cluster, devices, period, "sticky", Storms.STEADY_SECONDS + 120, ""))) {
                drill.next(Storms.STEADY_SECONDS);
                LocalCluster.Said said = cluster.run("zone", "delete", LocalCluster.ZONE.toString(), "--yes");
                assertThat(said.code()).as("%s", said).isZero();
                drill.skip();
                drill.next((int) period);
                double asked = Storms.mean(
                        drill.next(30), second -> second.at("/all/sent").asDouble());
                double most = devices / Storms.TIMEOUT_SECONDS;
                System.out.printf("a zone that is gone: %.0f/s, %.2f N / time-out%n", asked, asked / most);
                drill.end();
                Storms.requireKeptUp(drill.result());
                assertThat(asked).isBetween(0.5 * most, 1.5 * most);
            }
        });
    }
}
