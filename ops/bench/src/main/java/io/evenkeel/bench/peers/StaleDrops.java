package io.evenkeel.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/**
 * What dropping a question that has waited too long costs the DNS loop, beside answering one: bursts come while the node is
 * stopped, by turns so short that all are answered and so long that all are dropped. A node that drops must get rid of a queue
 * faster than it could answer it. {@code ops/bench/run stale} starts it.
 */
public final class StaleDrops {
    private static final double BAR = 0.5;
    private static final int BURST = 3000;
    private static final long SHORT_MILLIS = 50;
    /** Above the time-out of a client, of which 0.8 is too old. */
    private static final long LONG_MILLIS = 1050;
    /** At most with one node: each long stop halves its receive buffer, which then soon holds no burst. */
    private static final int PAIRS = 4;

    private static final double WARM_QPS = 30_000;
    private static final double WARM_SECONDS = 8;

    // With its usual share the buffer would not hold the burst.
    private static final MeasuredNode NODE =
            new MeasuredNode(Workload.OURS, 0, Map.of("EVENKEEL_DNS_DEGRADED_SHARE", "0.8"));

    private final PeersOptions options;
    private final BenchZones zones;
    private final Servers servers;
    private final Load load;
    private final Verdict verdict = new Verdict();
    private final Figures answer = new Figures();
    private final Figures drop = new Figures();
    private int pairs;

    private StaleDrops(PeersOptions options) {
        this.options = options;
        zones = new BenchZones(options.folder(), options.names());
        servers = new Servers(options, zones, PeersBench.SERVER_CORE, null);
        load = new Load(null, options.launcher(), options.folder(), PeersBench.LOAD_CORE);
    }

    /** Arguments: how many nodes. Exit code 1 if the bar is missed, 2 if it could not be run. */
    public static void main(String[] args) throws Exception {
        Programs.exit("stale", () -> {
            PeersOptions options = PeersOptions.parse(new String[] {"--runs", args[0], "--names", "10"});
            return new StaleDrops(options).run();
        });
    }

    private boolean run() throws IOException, InterruptedException {
        Programs.require(List.of("taskset", "kill"));
        Files.createDirectories(options.folder());
        zones.write(List.of(Steady.ZONE));
        System.out.printf(
                "bursts of %,d questions to a stopped node, up to %d times each after %d and %d ms, %d nodes; CPU of the DNS loop%n",
                BURST, PAIRS, SHORT_MILLIS, LONG_MILLIS, options.runs());
        for (int run = 0; run < options.runs(); run++) {
            try (BenchServer server = servers.start(NODE, List.of(Steady.ZONE))) {
                server.awaitAnswer(BenchZones.host(Steady.ZONE));
                load.run(server, zones.questions("mix-small"), WARM_SECONDS, Load.How.paced(WARM_QPS));
                try (Burst burst = new Burst(server, servers.data(NODE))) {
                    measure(burst);
                }
            }
        }
        return judge();
    }

    private void measure(Burst burst) throws IOException, InterruptedException {
        if (burst.room() < BURST) {
            throw new IOException(
                    "the receive buffer holds %.0f questions and not the burst: set net.core.rmem_max to 4 MiB"
                            .formatted(burst.room()));
        }
        for (int i = 0; i < PAIRS && burst.room() >= BURST; i++) {
            pairs++;
            Burst.Outcome answered = burst.run(BURST, SHORT_MILLIS);
            Burst.Outcome dropped = burst.run(BURST, LONG_MILLIS);
            if (answered.answered() == BURST
                    && answered.stale() == 0
                    && answered.lost() == 0
                    && dropped.stale() == BURST
                    && dropped.answered() == 0
                    && dropped.lost() == 0) {
                answer.add(answered.micros() / BURST);
                drop.add(dropped.micros() / BURST);
            } else {
                System.out.printf(
                        "  does not count: after %d ms %s; after %d ms %s%n",
                        SHORT_MILLIS, answered, LONG_MILLIS, dropped);
            }
        }
    }

    private boolean judge() {
        System.out.printf("  %d of %d pairs count%n", answer.count(), pairs);
        if (2 * answer.count() < pairs || answer.count() == 0) {
            verdict.miss("so few pairs count that the ratio says nothing");
            return false;
        }
        System.out.printf("  answered   %s us%n", answer.spread("%.2f"));
        System.out.printf("  dropped    %s us%n", drop.spread("%.2f"));
        verdict.hold("dropped/answered", drop.over(List.of(answer)), BAR);
        return verdict.held();
    }
}
