package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.fleet.FleetLimits;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/*
 * The threads of nodes that answer are held to a small rate by a quota, so that the fleet has a core for itself, and nodes that are
 * killed leave no processor to others. Of a fleet of N devices that ask once in P and wait for T, and of nodes that answer C a
 * second: h = C P / N is what they can do of what is asked in calm, A = P / T how much more is asked when nobody answers.
 */

/** What tests share in which a fleet asks for more than nodes can do, by {@code evenkeel drill}. */
final class Storms {
    /** The property, and its value, with which such tests take long, and those run that are left out else. */
    static final String FULL = "storm";

    static final String YES = "full";
    static final boolean IS_FULL = YES.equals(System.getProperty(FULL));

    static final double TIMEOUT_SECONDS = 1;
    /** Until all devices have asked, and the fleet is as it will be. */
    static final int STEADY_SECONDS = 15;

    /**
     * From here on questions go out so late that a run is void. The long run is judged by the rule of {@code drill} itself. The gate runs on machines
     * that others use, where a little is no matter to what its short storms show: a device still has most of its time-out.
     */
    private static final double MOST_LAG_MILLIS = IS_FULL ? FleetLimits.LAG.toMillis() : 1000 * TIMEOUT_SECONDS / 5;

    /** Of a storm of the gate, of which the last is undecided if all were void. */
    private static final int RUNS = 2;

    /** How {@code drill} begins two reasons why a run is void: that a test has ended it, and the lag, which is judged here. */
    private static final List<String> JUDGED_HERE =
            List.of("it was ended after", "this machine was too slow for the fleet");

    /** What a node asks of the kernel that does not keep its queue short, in octets. */
    private static final long LONG_QUEUE = 4 << 20;

    private Storms() {}

    /** Without it no queue is long enough to be a fault. */
    static void assumeLongQueues() throws IOException {
        Path most = Path.of("/proc/sys/net/core/rmem_max");
        // By lines: the kernel gives a value whole or not at all, and readString begins with one octet.
        Assumptions.assumeTrue(
                Files.exists(most) && Long.parseLong(Files.readAllLines(most).getFirst()) >= LONG_QUEUE,
                "this kernel grants no queue that is long enough: sysctl -w net.core.rmem_max=" + LONG_QUEUE);
    }

    /** A fleet of one group, {@code homes}, in which each device has an address of its own. */
    static String scenario(LocalCluster cluster, int devices, double period, String choose, int seconds, String more) {
        return """
                seed: 1
                seconds: %d
                nodes: {%s}
                groups:
                  homes:
                    devices: %d
                    period: %dms
                    jitter: 25 %%
                    names: dev-####.device.callhome.example A
                    timeout: %dms
                    retry: immediate
                    choose: %s
                """.formatted(
                        seconds, nodes(cluster), devices, (int) (1000 * period), (int) (1000 * TIMEOUT_SECONDS), choose)
                + more;
    }

    /** As a scenario lists them. */
    static String nodes(LocalCluster cluster) {
        return cluster.nodes().stream()
                .map(node -> node.name() + ": " + node.dns())
                .collect(Collectors.joining(", "));
    }

    static void tell(String what, double capacity, int devices, double period) {
        System.out.printf(
                Locale.ROOT,
                "%s: C = %.0f/s, N = %d, P = %.0f s, h = %.2f, A = %.1f%n",
                what,
                capacity,
                devices,
                period,
                capacity * period / devices,
                period / TIMEOUT_SECONDS);
    }

    /** Off while nodes are measured, by a few devices of which each asks on as soon as it is answered. */
    static void limits(LocalCluster cluster, String mode) {
        // A starved machine may elect a leader once more after all are ready.
        Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> {
            LocalCluster.Said said = cluster.run("limits", mode);
            assertThat(said.code()).as(said.err()).isZero();
        });
    }

    /** Gives a cluster without zones the sample zone, once all of its nodes are members, and waits until all are ready. */
    static void serveTheSample(LocalCluster cluster) throws Exception {
        Awaitility.await("a leader that all follow")
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.counter(cluster.leader(), "evenkeel_raft_members")
                        == cluster.nodes().size());
        LocalCluster.Said said = cluster.run("zone", "import", LocalCluster.SAMPLE, "--create");
        assertThat(said.code()).as("%s", said).isZero();
        Awaitility.await("all are ready")
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.nodes().stream().allMatch(node -> cluster.counter(node, "evenkeel_ready") == 1));
    }

    /** A run that says nothing of nodes. */
    private static final class VoidRunException extends RuntimeException {
        private static final long serialVersionUID = 1;

        VoidRunException(String why) {
            super(why);
        }
    }

    /** A storm, with the nodes that it needs. */
    interface Storm {
        /** @param data where its nodes have theirs: a folder that is not there yet */
        void run(Path data) throws Exception;
    }

    /** Runs a storm of the gate: once more if the run was void, and if that was void, too, the test stays undecided. */
    static void decided(Path folder, Storm storm) throws Exception {
        for (int run = 1; ; run++) {
            try {
                storm.run(folder.resolve("data-" + run));
                return;
            } catch (VoidRunException e) {
                System.out.printf("VOID, run %d of %d: %s%n", run, RUNS, e.getMessage());
                if (run == RUNS) {
                    Assumptions.abort("VOID, this machine has decided nothing: " + e.getMessage());
                }
            }
        }
    }

    /** Of a run whose fleet was not the one that was asked for, or met other nodes: the long run fails, and others end for {@link #decided}. */
    static void voidRun(String why) {
        if (IS_FULL) {
            throw new AssertionError("VOID: " + why);
        }
        throw new VoidRunException(why);
    }

    /** What came of a drill counts, also if a test has ended it. To be asked before anything is judged by what the fleet has seen. */
    static void requireKeptUp(JsonNode result) {
        double lag = result.at("/lagMillis/p99").asDouble();
        if (lag >= MOST_LAG_MILLIS) {
            voidRun("1 %% of the fleet's questions went out %.1f ms late or later".formatted(lag));
        }
        if (result.path("result").asText().equals("void")) {
            for (JsonNode reason : result.path("reasons")) {
                if (JUDGED_HERE.stream().noneMatch(reason.asText()::startsWith)) {
                    voidRun(reason.asText());
                }
            }
        }
    }

    /** The same of some seconds. */
    static void requireKeptUp(List<JsonNode> seconds) {
        requireKeptUp(seconds.stream()
                .mapToDouble(second -> second.at("/lagMillis/p99").asDouble()));
    }

    /** @param lags the p99 of each second, in ms; half of them may be worse, since one stall of the machine is no rate */
    static void requireKeptUp(DoubleStream lags) {
        double[] sorted = lags.sorted().toArray();
        double median = sorted[sorted.length / 2];
        if (median >= MOST_LAG_MILLIS) {
            voidRun("in half of these seconds 1 %% of the fleet's questions went out %.1f ms late or later"
                    .formatted(median));
        }
    }

    static boolean allPassed(JsonNode result) {
        assertThat(result.path("criteria").isEmpty()).isFalse();
        for (JsonNode criterion : result.path("criteria")) {
            if (!criterion.path("passed").asBoolean()) {
                return false;
            }
        }
        return true;
    }

    /**
     * First tries that came to their end in these seconds.
     *
     * @param of whose they are, and how that is called: {@code nodes} or {@code groups}
     */
    static void assertFirstTries(List<JsonNode> seconds, String of, String name, double least) {
        double answered = sum(seconds, of, name, "firstAnswered");
        double inVain = sum(seconds, of, name, "firstInVain");
        System.out.printf("first tries of %s: %.0f answered, %.0f in vain%n", name, answered, inVain);
        assertThat(answered).isPositive();
        assertThat(answered / (answered + inVain)).isGreaterThanOrEqualTo(least);
    }

    /** A count of one of the {@code nodes} or {@code groups} in these seconds. */
    static double sum(List<JsonNode> seconds, String of, String name, String count) {
        double sum = 0;
        for (JsonNode second : seconds) {
            for (JsonNode part : second.path(of)) {
                if (part.path("name").asText().equals(name)) {
                    sum += part.path(count).asDouble();
                }
            }
        }
        return sum;
    }

    static double mean(List<JsonNode> seconds, ToDoubleFunction<JsonNode> value) {
        return seconds.stream().mapToDouble(value).average().orElseThrow();
    }

    /** Memory of its process. */
    static long residentKib(ClusterFile.Node node) {
        return OsProcess.residentBytes(node.pid()).orElseThrow() >> 10;
    }

    static long term(LocalCluster cluster) throws Exception {
        String body = cluster.send(cluster.leader(), "GET", "/api/v1/evenkeel/status", null, LocalCluster.LONG)
                .body();
        JsonNode term =
                Json.readOrMissing(body.getBytes(StandardCharsets.UTF_8)).path("term");
        assertThat(term.isNumber()).as(body).isTrue();
        return term.asLong();
    }
}
