package io.evenkeel.bench.peers;

import io.evenkeel.bench.BenchCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Our node with all that it does against storms beside one that neither looks at the age of questions nor has limits on clients, asked by polite
 * clients as fast as it answers: what a short queue and an account of each client cost a loop that is busy. CPU time of the DNS loops, which do
 * all of it. Both look for questions that come again, which tells a storm and has no switch.
 */
final class LimitCost {
    private static final double BAR = 1.08;
    /**
     * Each far below its rate at any speed that one loop reaches, and so are the networks around them. A prime: with a divisor of the number of
     * questions each client would ask the same few again and again, and a busy node paces those of them that fail.
     */
    private static final int CLIENTS = 10_007;

    private static final int RUNS = 15;
    /** Of the answers: a loop counts nothing while its load rises. */
    private static final double COUNTED = 0.9;

    private static final String COUNTED_METRIC = "evenkeel_dns_limit_counted_total";
    private static final String DROPPED_METRIC = "evenkeel_dns_dropped_total{reason=\"client_limit\"}";

    private static final MeasuredNode OFF = MeasuredNode.undefended("defences-off");
    private static final MeasuredNode ON = MeasuredNode.limiting("defences-on");

    private final PeersOptions options;
    private final Servers servers;
    private final Steady steady;
    private final Verdict verdict;

    LimitCost(PeersOptions options, Servers servers, Steady steady, Verdict verdict) {
        this.options = options;
        this.servers = servers;
        this.steady = steady;
        this.verdict = verdict;
    }

    /** What the intervals of one node gave. */
    private record Row(Figures cpu, Figures load, Figures rate, Figures lost) {
        Row() {
            this(new Figures(), new Figures(), new Figures(), new Figures());
        }
    }

    void run() throws IOException, InterruptedException {
        System.out.printf(
                Locale.ROOT,
                "%nlimits: the mix of `small` from %,d addresses with the short queue and limits on clients, and without; CPU of the DNS loops%n",
                CLIENTS);
        List<BenchServer> running = new ArrayList<>();
        try {
            for (MeasuredNode node : List.of(ON, OFF)) {
                running.add(steady.inService(node));
            }
            Load.How how = Load.How.UDP.from(CLIENTS);
            for (BenchServer server : running) {
                server.awaitAnswer(BenchZones.host(Steady.ZONE));
                steady.warm(server, how);
            }
            Usage.requireOneJvm(running);
            Row on = new Row();
            Row off = new Row();
            for (int run = 0; run < Math.min(RUNS, options.runs()); run++) {
                for (BenchServer server : run % 2 == 0 ? running : running.reversed()) {
                    measure(server, isOn(server) ? on : off, how);
                }
            }
            System.out.println(
                    "  defences   CPU us/query         load of the loop     answers/s                lost %");
            line("on", on);
            line("off", off);
            verdict.hold("CPU, defences on/off", on.cpu().over(List.of(off.cpu())), BAR);
        } finally {
            running.forEach(BenchServer::close);
        }
    }

    private static boolean isOn(BenchServer server) {
        return server.name().equals(ON.name());
    }

    private void measure(BenchServer server, Row row, Load.How how) throws IOException, InterruptedException {
        BenchCluster cluster = new BenchCluster(servers.data(isOn(server) ? ON : OFF));
        double counted = metric(cluster, COUNTED_METRIC);
        double dropped = metric(cluster, DROPPED_METRIC);
        double micros = Usage.loopMicros(server.pid());
        long nanos = System.nanoTime();
        Load.Result result = steady.longInterval(server, how);
        micros = Usage.loopMicros(server.pid()) - micros;
        double load = 1000 * micros / (System.nanoTime() - nanos);
        counted = (metric(cluster, COUNTED_METRIC) - counted) / result.answers();
        dropped = metric(cluster, DROPPED_METRIC) - dropped;
        if (isOn(server) ? counted < COUNTED : counted > 0) {
            throw new IOException(
                    "%s is not what it is compared as: it counted %.0f %% of the questions, at %.0f %% of a core"
                            .formatted(server.name(), 100 * counted, 100 * load));
        }
        if (dropped > 0) {
            throw new IOException("%s dropped %.0f questions of clients that are within their limits"
                    .formatted(server.name(), dropped));
        }
        row.cpu().add(micros / result.answers());
        row.load().add(load);
        row.rate().add(result.rate());
        row.lost().add(100 * result.lostShare());
    }

    private static double metric(BenchCluster cluster, String sample) throws IOException, InterruptedException {
        return cluster.metric(cluster.nodes().getFirst(), sample);
    }

    private static void line(String name, Row row) {
        System.out.printf(
                "  %-10s %-20s %-20s %-24s %s%n",
                name,
                row.cpu().spread("%.2f"),
                row.load().spread("%.2f"),
                row.rate().spread("%.0f"),
                row.lost().spread("%.3f"));
    }
}
