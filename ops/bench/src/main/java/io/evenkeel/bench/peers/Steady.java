package io.evenkeel.bench.peers;

import java.io.IOException;
import java.util.List;

/** Servers that are asked at a steady rate, a part of what they can do: the mix of `small` over UDP. */
final class Steady {
    static final String ZONE = "small.example";

    /** In less, a hundredth of the time is what one stall of a virtual machine takes. */
    private static final double LEAST_SECONDS = 6;

    /** Asked in the measured way before it counts: what a JVM compiles late it has compiled then. */
    private static final double WARM_SECONDS = 15;

    private static final int CAPACITY_RUNS = 3;

    private final PeersOptions options;
    private final BenchZones zones;
    private final Servers servers;
    private final Load load;

    Steady(PeersOptions options, BenchZones zones, Servers servers, Load load) {
        this.options = options;
        this.zones = zones;
        this.servers = servers;
        this.load = load;
    }

    /** A node of ours as it is in service, which has warmed up on its zones. */
    BenchServer inService(MeasuredNode node) throws IOException {
        servers.start(node, List.of(ZONE)).close();
        return servers.restart(node);
    }

    /** What it answers a second with the usual number outstanding, as soon as it answers at all. */
    Figures capacity(BenchServer server) throws IOException {
        server.awaitAnswer(BenchZones.host(ZONE));
        Figures rates = new Figures();
        for (int i = 0; i < CAPACITY_RUNS; i++) {
            rates.add(longInterval(server, Load.How.UDP).rate());
        }
        return rates;
    }

    /** As long under load as a measurement takes. */
    void warm(List<BenchServer> asked, double rate) throws IOException {
        for (BenchServer server : asked) {
            warm(server, Load.How.paced(rate));
        }
    }

    /** The same in any other way to ask. */
    void warm(BenchServer asked, Load.How how) throws IOException {
        interval(asked, how, WARM_SECONDS);
    }

    /** Long enough for a 99th percentile. */
    Load.Result longInterval(BenchServer server, Load.How how) throws IOException {
        return interval(server, how, Math.max(LEAST_SECONDS, options.seconds()));
    }

    Load.Result interval(BenchServer server, Load.How how, double seconds) throws IOException {
        return load.run(server, zones.questions("mix-small"), seconds, how);
    }
}
