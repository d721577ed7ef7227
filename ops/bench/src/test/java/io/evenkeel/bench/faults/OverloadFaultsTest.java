package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.ops.drill.SlowedNode;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Fleets that ask for more than nodes can do, by {@code evenkeel drill}. Linux, root; longer, and all of it, with {@code -Dstorm=full}. */
@Tag("faults")
class OverloadFaultsTest {

    /** Of each of three nodes. */
    private static final int RATE = 3000;
    /** The same where the fleet asks for more than all of them can do, again and again, and needs a processor for that. */
    private static final int OVERLOADED_RATE = 1500;
    /** Of first tries at the last node. */
    private static final double ALONE = Storms.IS_FULL ? 0.99 : 0.9;
    /** Of first tries at a node beside which two others start: on two processors their compilers take time of the fleet and of the node. */
    private static final double BESIDE_STARTS = Storms.IS_FULL ? 0.99 : 0.9;
    /**
     * Percent of first tries that are answered while the crowd comes back in step. A node that cannot carry it answers next to none in time. A machine
     * that stands still for half a second costs the short run a tenth of them, since a short queue has no room for so many.
     */
    private static final int ECHO = Storms.IS_FULL ? 99 : 80;
    /**
     * Of the capacity of the last node, which the fleet asks for in calm. At the kill most devices begin to ask once in a time-out, and what the node is
     * too late for costs it {@link #STALE_COST}: with A = 10 it catches up only if h is above 0.31 A + 0.69 = 3.8, and h is 4.
     */
    private static final double LAST = 0.25;
    /** Of one that is all but overloaded: its threads are stopped for some milliseconds at a time, which no queue notices. */
    private static final int FINE_RATE = 16_000;

    private static final String STALE = "evenkeel_dns_dropped_total{reason=\"stale\"";
    private static final String LOST = "evenkeel_dns_udp_lost_total";
    /** Of the CPU of an answer: what a stale question costs to drop ({@code ops/bench/run stale}). */
    private static final double STALE_COST = 0.31;
    /** A node is to survive a storm whose headroom is so many times what it needs. */
    private static final double LEAST_HEADROOM = 1.5;

    @TempDir
    private Path folder = Path.of("");

    /** No time in which a node answers all of them ever comes. */
    @Test
    void whoeverAsksForMoreThanNodesCanDoGetsMostOfIt() throws Exception {
        Storms.decided(folder, this::overload);
    }

    private void overload(Path data) throws Exception {
        double period = 10;
        int seconds = Storms.IS_FULL ? 600 : 120;
        try (LocalCluster cluster = new LocalCluster(data, 3)) {
            cluster.up();
            Storms.limits(cluster, "off");
            long term = Storms.term(cluster);
            try (SlowedNodes slowed = SlowedNodes.of(cluster, OVERLOADED_RATE)) {
                double capacity = slowed.rate();
                Storms.limits(cluster, "enforce");
                int devices = (int) (1.2 * capacity * period);
                Storms.tell("overload", capacity, devices, period);
                try (RunningDrill drill = new RunningDrill(
                        folder,
                        Storms.scenario(cluster, devices, period, "sticky", Storms.STEADY_SECONDS + seconds, ""))) {
                    drill.next(Storms.STEADY_SECONDS);
                    List<JsonNode> told = new ArrayList<>();
                    List<Double> scrapes = new ArrayList<>();
                    while (told.size() < seconds) {
                        for (ClusterFile.Node node : cluster.nodes()) {
                            scrapes.add(scrape(cluster, node));
                        }
                        told.addAll(drill.next(1));
                    }
                    Storms.requireKeptUp(drill.result());
                    double goodput = Storms.mean(
                            told, second -> second.at("/all/accepted").asDouble());
                    System.out.printf(
                            "answered in time %.0f/s of %.0f/s asked, %.2f of what the nodes can do; the worst second %.0f%n",
                            goodput,
                            Storms.mean(told, second -> second.at("/all/sent").asDouble()),
                            goodput / capacity,
                            told.stream()
                                    .mapToDouble(
                                            second -> second.at("/all/accepted").asDouble())
                                    .min()
                                    .orElseThrow());
                    assertThat(goodput).isGreaterThanOrEqualTo(0.7 * capacity);
                    scrapes.sort(null);
                    // One of a hundred may meet a pause of this machine.
                    assertThat(scrapes.get(scrapes.size() * 99 / 100))
                            .as("seconds of a scrape, of %s", scrapes)
                            .isLessThan(1);
                }
            }
            assertThat(cluster.nodes()).allMatch(ClusterFile.Node::runs);
            assertThat(Storms.term(cluster)).isEqualTo(term);
        }
    }

    /** Seconds that it takes. */
    private static double scrape(LocalCluster cluster, ClusterFile.Node node) {
        long begin = System.nanoTime();
        LocalCluster.Reply reply = cluster.send(node, "GET", "/metrics", null, LocalCluster.PATIENCE);
        assertThat(reply.status())
                .as("a scrape of %s: %s", node.name(), reply.body())
                .isEqualTo(200);
        return (System.nanoTime() - begin) / 1e9;
    }

    /** Each device waits when the network is back. */
    @Test
    void afterABlackoutACrowdThatIsWithinTheCapacityOfANodeIsServed() throws Exception {
        Storms.decided(folder, data -> {
            JsonNode result = blackout(data, 1, Storms.IS_FULL ? 3 : 6);
            assertThat(Storms.allPassed(result)).as("%s", result).isTrue();
        });
    }

    /** So that the test above can fail: nothing but the capacity differs. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void afterABlackoutACrowdBeyondTheCapacityOfANodeIsNot() throws Exception {
        JsonNode result = blackout(folder.resolve("data"), 2.0 / 3, 3);
        assertThat(result.path("criteria"))
                .as("%s", result)
                .anyMatch(criterion -> !criterion.path("passed").asBoolean()
                        && criterion.path("criterion").asText().matches("(waiting|first-try) .*"));
    }

    /**
     * The crowd is in step afterwards and asks within half of a period, for more than the node can do if that is short.
     *
     * @param share of its capacity that the node has
     */
    private JsonNode blackout(Path data, double share, double period) throws Exception {
        int blackout = Storms.IS_FULL ? 60 : 15;
        try (LocalCluster cluster = new LocalCluster(data, 1)) {
            cluster.up();
            Storms.limits(cluster, "off");
            ClusterFile.Node node = cluster.nodes().getFirst();
            try (SlowedNode slowed = Quotas.slowed(node, FINE_RATE)) {
                Storms.limits(cluster, "enforce");
                double capacity = slowed.rate();
                int devices = (int) (2 * capacity * Storms.TIMEOUT_SECONDS);
                Storms.tell("blackout", capacity, devices, period);
                slowed.gets(share);
                int back = Storms.STEADY_SECONDS + blackout;
                double within = Math.max(30, 2 * period * devices / (capacity * period));
                double echo = 3 * period;
                String more =
                        """
                        silence: {from: %ds, for: %ds}
                        pass:
                          - waiting: 2 %%
                            within: %.0fs
                          - first-try: %d %%
                            after-drain: %.0fs
                        """.formatted(Storms.STEADY_SECONDS, blackout, within, ECHO, echo) + capacity(capacity, share);
                // One that drains as late as it may is looked at as long.
                int seconds = (int) Math.ceil(back + within + echo) + 1;
                double stale = cluster.counter(node, STALE);
                double lost = cluster.counter(node, LOST);
                try (RunningDrill drill =
                        new RunningDrill(folder, Storms.scenario(cluster, devices, period, "sticky", seconds, more))) {
                    JsonNode result = drill.result();
                    stale = cluster.counter(node, STALE) - stale;
                    lost = cluster.counter(node, LOST) - lost;
                    double cost = stale == 0 ? 0 : STALE_COST * stale / (stale + lost);
                    double headroom = share * capacity * period / devices;
                    double needed = cost * period / Storms.TIMEOUT_SECONDS + 1 - cost;
                    System.out.printf(
                            "%s; dropped as stale %.0f, lost in the kernel %.0f: a drop costs %.3f of an answer, h is %.2f times what is needed%n",
                            result.path("criteria"), stale, lost, cost, headroom / needed);
                    Storms.requireKeptUp(result);
                    if (share == 1 && !Storms.allPassed(result) && headroom / LEAST_HEADROOM < needed - 0.01) {
                        Storms.voidRun(
                                "a crowd was not served of which h is only %.2f times what is needed: the node itself had to drop too many"
                                        .formatted(headroom / needed));
                    }
                    return result;
                }
            }
        }
    }

    /**
     * Questions for which the queue has no room are dropped by the kernel, over loopback at the cost of their sender: such a drop costs the node
     * nothing. One that is too old costs it {@link #STALE_COST}; how many these are is known afterwards.
     */
    private static String capacity(double answers, double share) {
        return "capacity: {answers: %.0f/s, drop-cost: 0%s}%n"
                .formatted(Math.ceil(answers * share), share < 1 ? "" : ", least-headroom: " + LEAST_HEADROOM);
    }

    /** Two of three are gone, and with them the majority; then they come back under the same load. */
    @Test
    void theLastNodeCarriesAll() throws Exception {
        Storms.decided(folder, this::lastNode);
    }

    private void lastNode(Path data) throws Exception {
        double period = 10;
        int seconds = Storms.IS_FULL ? 600 : 30;
        int settled = 10;
        try (LocalCluster cluster = new LocalCluster(data, 3)) {
            cluster.up();
            Storms.limits(cluster, "off");
            try (SlowedNodes slowed = SlowedNodes.of(cluster, RATE)) {
                Storms.limits(cluster, "enforce");
                ClusterFile.Node last = slowed.slowest().node();
                double capacity = slowed.slowest().rate();
                int devices = (int) (LAST * capacity * period);
                Storms.tell("last node", capacity, devices, period);
                int most = Storms.STEADY_SECONDS + settled + seconds + 120;
                try (RunningDrill drill =
                        new RunningDrill(folder, Storms.scenario(cluster, devices, period, "next", most, ""))) {
                    drill.next(Storms.STEADY_SECONDS);
                    List<ClusterFile.Node> others = cluster.othersThan(last);
                    for (ClusterFile.Node node : others) {
                        LocalCluster.signal("KILL", node);
                    }
                    LocalCluster.awaitGone(others);
                    drill.next(settled);
                    List<JsonNode> alone = drill.next(seconds);
                    Storms.requireKeptUp(alone);
                    Storms.assertFirstTries(alone, "nodes", last.name(), ALONE);
                    slowed.letGo(others);
                    cluster.up();
                    List<JsonNode> after = drill.over();
                    after.addAll(drill.next(settled));
                    drill.end();
                    Storms.requireKeptUp(drill.result());
                    Storms.assertFirstTries(after, "nodes", last.name(), BESIDE_STARTS);
                }
            }
        }
    }

    /** One machine is another one now, with an empty disk, and the others have more to do than they can. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void aReplacedNodeJoinsWhileTheOthersAreFlooded() throws Exception {
        double period = 10;
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 3)) {
            cluster.up();
            Storms.limits(cluster, "off");
            ClusterFile.Node replaced = cluster.othersThan(cluster.leader()).getFirst();
            long term = Storms.term(cluster);
            try (SlowedNodes slowed = SlowedNodes.of(cluster, OVERLOADED_RATE)) {
                double capacity = slowed.rate();
                Storms.limits(cluster, "enforce");
                int devices = (int) (1.2 * capacity * period);
                Storms.tell("a replaced node", capacity, devices, period);
                try (RunningDrill drill =
                        new RunningDrill(folder, Storms.scenario(cluster, devices, period, "sticky", 300, ""))) {
                    drill.next(Storms.STEADY_SECONDS);
                    LocalCluster.signal("KILL", replaced);
                    LocalCluster.awaitGone(List.of(replaced));
                    slowed.letGo(List.of(replaced));
                    cluster.wipe(replaced);
                    long start = System.nanoTime();
                    cluster.up();
                    System.out.printf("the replaced node is ready after %.1f s%n", (System.nanoTime() - start) / 1e9);
                    drill.skip();
                    drill.next(10);
                    List<JsonNode> after = drill.next(20);
                    Storms.requireKeptUp(after);
                    Storms.assertFirstTries(after, "nodes", replaced.name(), 0.99);
                    assertThat(Storms.term(cluster)).isEqualTo(term);
                    drill.end();
                }
            }
        }
    }

    /** One node is left of three, for ten minutes: no change is possible, and no question is left without an answer. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void withoutAMajorityEveryQuestionIsAnswered() throws Exception {
        int seconds = 600;
        try (LocalCluster cluster = new LocalCluster(folder.resolve("data"), 3)) {
            cluster.up();
            ClusterFile.Node last = cluster.othersThan(cluster.leader()).getFirst();
            List<ClusterFile.Node> others = cluster.othersThan(last);
            LocalCluster.signal("KILL", others.toArray(ClusterFile.Node[]::new));
            LocalCluster.awaitGone(others);
            String scenario = """
                    seed: 1
                    seconds: %d
                    nodes: {%s: %s}
                    groups:
                      homes:
                        devices: 5000
                        period: 5s
                        jitter: 25 %%
                        names: dev-####.device.callhome.example A
                        timeout: %ds
                        retry: immediate
                    """.formatted(seconds, last.name(), last.dns(), LocalCluster.PATIENCE.toSeconds());
            try (RunningDrill drill = new RunningDrill(folder, scenario)) {
                JsonNode all = drill.result().path("all");
                System.out.printf("without a majority: %s%n", all);
                assertThat(all.path("firstInVain").asLong()).isZero();
                assertThat(all.path("timedOut").asLong()).isZero();
                assertThat(all.path("rcodes").size()).as("nothing but NOERROR").isEqualTo(1);
                assertThat(all.path("rcodes").path("NOERROR").asLong()).isGreaterThan(800L * seconds);
            }
            assertThat(cluster.setTxt(last, "a", "b").accepted()).isFalse();
        }
    }

    /** All processes are killed under a fleet that asks on; a kernel that answers for them makes it ask as fast as the network allows. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void allNodesStartUnderAFleetThatTheKernelRefused() throws Exception {
        startsCold(false);
    }

    /** With the rules that keep a machine silent while no node runs. */
    @Test
    @EnabledIfSystemProperty(named = Storms.FULL, matches = Storms.YES)
    void allNodesStartUnderAFleetThatHeardNothing() throws Exception {
        startsCold(true);
    }

    /** The rules of {@code ops/nftables}, on this machine for the ports of a cluster, in a table of their own. */
    private record KernelSilence(String table) implements AutoCloseable {
        private static final Path RULES = Path.of("../nftables/evenkeel.nft");

        static KernelSilence of(LocalCluster cluster) throws IOException {
            KernelSilence silence = new KernelSilence("evenkeel_test_" + cluster.basePort());
            String ports =
                    cluster.nodes().stream().map(node -> "" + node.dnsPort()).collect(Collectors.joining(", "));
            String rules = Files.readString(RULES)
                    .replaceAll("define ports = .*", "define ports = { " + ports + " }")
                    .replace("evenkeel_silence", silence.table);
            assertThat(rules).contains(ports, silence.table);
            nft(
                    "-f",
                    Files.writeString(cluster.data().resolve("silence.nft"), rules)
                            .toString());
            return silence;
        }

        private static void nft(String... args) throws IOException {
            List<String> command = new ArrayList<>(List.of("nft"));
            command.addAll(List.of(args));
            Process nft = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = String.join("\n", nft.inputReader().lines().toList());
            assertThat(nft.onExit().join().exitValue()).as(said).isZero();
        }

        @Override
        public void close() throws IOException {
            nft("delete", "table", "inet", table);
        }
    }

    private void startsCold(boolean silent) throws Exception {
        try (LoopbackCluster nodes = new LoopbackCluster(folder.resolve("data"), 3)) {
            if (silent) {
                try (KernelSilence _ = KernelSilence.of(nodes.cluster())) {
                    startsCold(nodes);
                }
            } else {
                startsCold(nodes);
            }
        }
    }

    private void startsCold(LoopbackCluster nodes) throws Exception {
        double period = 10;
        LocalCluster cluster = nodes.cluster();
        for (ClusterFile.Node node : cluster.nodes()) {
            nodes.start(node.name());
        }
        Storms.serveTheSample(cluster);
        SlowedNodes.Pace pace = SlowedNodes.measure(cluster, RATE);
        int devices = (int) (2 * pace.least() * Storms.TIMEOUT_SECONDS);
        Storms.tell("cold start", pace.least(), devices, period);
        String more = """
                        on-icmp: retry
                        round-trip: 200ms
                    """;
        List<CpuQuota> quotas = new ArrayList<>();
        try (RunningDrill drill =
                new RunningDrill(folder, Storms.scenario(cluster, devices, period, "next", 600, more))) {
            drill.next(Storms.STEADY_SECONDS);
            for (ClusterFile.Node node : cluster.nodes()) {
                nodes.kill(node.name());
            }
            drill.skip();
            double asked =
                    Storms.mean(drill.next(5), second -> second.at("/all/sent").asDouble());
            long start = System.nanoTime();
            for (ClusterFile.Node node : cluster.nodes()) {
                nodes.start(node.name());
            }
            for (ClusterFile.Node node : cluster.nodes()) {
                Awaitility.await(node.name() + " has its sockets")
                        .atMost(LocalCluster.LONG)
                        .until(() -> cluster.counter(node, "evenkeel_uptime_seconds") > 0);
                quotas.add(Quotas.of(
                        cluster.node(node.name()),
                        SlowedNode::answersDevices,
                        Objects.requireNonNull(pace.periods().get(node.name()))));
            }
            Awaitility.await("a node is open")
                    .atMost(LocalCluster.LONG)
                    .until(() -> cluster.nodes().stream()
                            .anyMatch(node -> cluster.counter(node, "evenkeel_gate_open") == 1));
            double open = (System.nanoTime() - start) / 1e9;
            drill.skip();
            drill.next(60);
            List<JsonNode> after = drill.next((int) period);
            System.out.printf("asked %.0f/s while no process was there; open %.1f s after the start%n", asked, open);
            Storms.requireKeptUp(after);
            Storms.assertFirstTries(after, "groups", "homes", 0.99);
            assertThat(open).isLessThanOrEqualTo(45);
            drill.end();
        } finally {
            for (CpuQuota quota : quotas) {
                quota.close();
            }
        }
    }
}
