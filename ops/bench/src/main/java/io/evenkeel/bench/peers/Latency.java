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
    private static final int CAPACITY_RUNS = 3;
    /** In less, a hundredth of the time is what one stall of a virtual machine takes. */
    private static final double LEAST_SECONDS = 6;

    /** Asked in the measured way before it counts: what a JVM compiles late it has compiled then. */
    private static final double WARM_SECONDS = 15;

    private final Options options;
    private final BenchZones zones;
    private final Servers servers;
    private final Load load;
    private final Verdict verdict;

    Latency(Options options, BenchZones zones, Servers servers, Load load, Verdict verdict) {
        this.options = options;
        this.zones = zones;
        this.servers = servers;
        this.load = load;
        this.verdict = verdict;
    }

    void run() throws IOException {
        System.out.printf(
                "%nlatency: the mix of `small` at a quarter of capacity, from the time that a question is due%n");
        List<BenchServer> running = new ArrayList<>();
        try {
            for (String name : List.of(Workload.OURS, Workload.NSD)) {
                running.add(servers.start(name, List.of("small.example")));
            }
            // As a node in service, which has warmed up on its zones, and then as long under load as the measurement
            // takes.
            running.getFirst().close();
            running.set(0, servers.restartOurs());
            double capacity = Double.MAX_VALUE;
            for (BenchServer server : running) {
                server.awaitAnswer(BenchZones.host("small.example"));
                Figures rates = new Figures();
                for (int i = 0; i < CAPACITY_RUNS; i++) {
                    rates.add(interval(server, Load.How.UDP).rate());
                }
                capacity = Math.min(capacity, rates.median());
            }
            for (BenchServer server : running) {
                load.run(server, zones.questions("mix-small"), WARM_SECONDS, paced(capacity / 4));
            }
            compare(running, capacity / 4);
        } finally {
            running.forEach(BenchServer::close);
        }
    }

    private void compare(List<BenchServer> running, double rate) throws IOException {
        Map<String, Figures> p99 = new LinkedHashMap<>();
        running.forEach(server -> p99.put(server.name(), new Figures()));
        for (int run = 0; run < Math.min(RUNS, options.runs()); run++) {
            for (BenchServer server : run % 2 == 0 ? running : running.reversed()) {
                p99.get(server.name()).add(interval(server, paced(rate)).p99Micros());
            }
        }
        p99.forEach((name, figures) -> System.out.printf(
                Locale.ROOT, "  %-10s p99 %s us at %.0f questions/s%n", name, figures.spread("%.0f"), rate));
        verdict.hold("evenkeel/nsd", p99.get(Workload.OURS).over(List.of(p99.get(Workload.NSD))), BAR);
    }

    private static Load.How paced(double rate) {
        return new Load.How(Load.Transport.UDP, 4, 1, rate, false);
    }

    private Load.Result interval(BenchServer server, Load.How how) throws IOException {
        return load.run(server, zones.questions("mix-small"), Math.max(LEAST_SECONDS, options.seconds()), how);
    }
}
