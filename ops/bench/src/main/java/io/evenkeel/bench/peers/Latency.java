package io.evenkeel.bench.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The 99th percentile at a steady rate: a quarter of what the slower of ours and NSD can do, the same for both. */
final class Latency {
    private static final double BAR = 1.1;
    private static final int RUNS = 9;

    private final PeersOptions options;
    private final Servers servers;
    private final Steady steady;
    private final Verdict verdict;

    Latency(PeersOptions options, Servers servers, Steady steady, Verdict verdict) {
        this.options = options;
        this.servers = servers;
        this.steady = steady;
        this.verdict = verdict;
    }

    void run() throws IOException {
        System.out.printf(
                "%nlatency: the mix of `small` at a quarter of capacity, from the time that a question is due%n");
        List<BenchServer> running = new ArrayList<>();
        try {
            running.add(steady.inService(MeasuredNode.SHIPPED));
            running.add(servers.start(Workload.NSD, List.of(Steady.ZONE)));
            double capacity = Double.MAX_VALUE;
            for (BenchServer server : running) {
                capacity = Math.min(capacity, steady.capacity(server).median());
            }
            double rate = capacity / 4;
            steady.warm(running, rate);
            compare(running, rate);
        } finally {
            running.forEach(BenchServer::close);
        }
    }

    private void compare(List<BenchServer> running, double rate) throws IOException {
        Map<String, Figures> p99 = new LinkedHashMap<>();
        running.forEach(server -> p99.put(server.name(), new Figures()));
        for (int run = 0; run < Math.min(RUNS, options.runs()); run++) {
            for (BenchServer server : run % 2 == 0 ? running : running.reversed()) {
                p99.get(server.name())
                        .add(steady.longInterval(server, Load.How.paced(rate)).p99Micros());
            }
        }
        p99.forEach((name, figures) -> System.out.printf(
                Locale.ROOT, "  %-10s p99 %s us at %.0f questions/s%n", name, figures.spread("%.0f"), rate));
        verdict.hold("evenkeel/nsd", p99.get(Workload.OURS).over(List.of(p99.get(Workload.NSD))), BAR);
    }
}
