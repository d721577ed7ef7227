package io.evenkeel.bench.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks servers the same questions by turns and prints what a query costs each of them: user and system time of all its
 * processes over its answers, which other work on the machine moves less than rates. {@code ops/bench/run peers} starts it,
 * with the compiled load generator and echo.
 */
public final class PeersBench {
    static final int SERVER_CORE = 0;
    static final int LOAD_CORE = 1;
    private static final double EXPECTED_SHARE = 0.999;
    /** Intervals that do not count: a JVM compiles what is asked of it, others need their caches at most. */
    private static final int WARM_UP_OURS = 3;

    private final PeersOptions options;
    private final @Nullable Path compiled;
    private final BenchZones zones;
    private final Servers servers;
    private final Load load;
    private final Verdict verdict = new Verdict();

    private PeersBench(PeersOptions options, @Nullable Path compiled) {
        this.options = options;
        this.compiled = compiled;
        zones = new BenchZones(options.folder(), options.names());
        servers = new Servers(options, zones, SERVER_CORE, compiled);
        load = new Load(
                compiled == null ? null : compiled.resolve("load"), options.launcher(), options.folder(), LOAD_CORE);
    }

    /** Arguments: the folder of the compiled generator and echo, - without a C compiler; options. Exit code 1 if a bar is missed, 2 if it could not be run. */
    public static void main(String[] args) throws Exception {
        Programs.exit("peers", () -> {
            PeersOptions options = PeersOptions.parse(Stream.of(args).skip(1).toArray(String[]::new));
            return new PeersBench(options, args[0].equals("-") ? null : Path.of(args[0])).run();
        });
    }

    private boolean run() throws IOException, InterruptedException {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            throw new IOException("needs two processors: one for the servers, one for the load");
        }
        Programs.require(tools());
        Files.createDirectories(options.folder());
        zones.write(List.copyOf(zonesOf(options)));
        System.out.printf(
                Locale.ROOT,
                "servers on CPU %d, load on CPU %d; %d runs of %.1f s; a large zone of %,d names; load average %.1f%n"
                        + "median [least-most]; core: how much of its core a server got, near 100 where nothing else ran%n",
                SERVER_CORE,
                LOAD_CORE,
                options.runs(),
                options.seconds(),
                options.names(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        if (!options.loads().isEmpty()) {
            measureLoads();
        }
        Steady steady = new Steady(options, zones, servers, load);
        if (options.wants(PeersOptions.Special.LATENCY)) {
            new Latency(options, servers, steady, verdict).run();
        }
        if (options.wants(PeersOptions.Special.PUBLISH)) {
            new Publishing(options, zones, servers, load, verdict, LOAD_CORE).run();
        }
        if (options.wants(PeersOptions.Special.QUEUE)) {
            new QueueControl(options, servers, steady, verdict).run();
        }
        if (options.wants(PeersOptions.Special.LIMITS)) {
            new LimitCost(options, servers, steady, verdict).run();
        }
        StartAndMemory other = new StartAndMemory(options, zones, servers, verdict);
        if (options.wants(PeersOptions.Special.MEMORY)) {
            other.memory();
        }
        if (options.wants(PeersOptions.Special.START)) {
            other.start();
        }
        return verdict.held();
    }

    private Set<String> tools() {
        Set<String> tools = new LinkedHashSet<>(List.of("taskset", "kill"));
        if (!options.asksOursAlone()) {
            tools.addAll(List.of("nsd", "knotd"));
        }
        if (options.loads().stream().anyMatch(workload -> workload.servers().contains(Workload.PDNS))) {
            tools.add("pdns_server");
        }
        if (zonesOf(options).contains("signed.example")) {
            tools.addAll(List.of("dnssec-keygen", "dnssec-signzone"));
        }
        return tools;
    }

    private static Set<String> zonesOf(PeersOptions options) {
        Set<String> zones = new LinkedHashSet<>(List.of("small.example"));
        options.loads().forEach(workload -> zones.add(workload.zone()));
        if (options.wants(PeersOptions.Special.START)
                || options.wants(PeersOptions.Special.MEMORY)
                || options.wants(PeersOptions.Special.PUBLISH)) {
            zones.add("large.example");
        }
        return zones;
    }

    /** All servers run through, each with all zones that are asked about; who is not asked waits. */
    private void measureLoads() throws IOException {
        Set<String> served = new LinkedHashSet<>(List.of("small.example"));
        Set<String> names = new LinkedHashSet<>();
        for (Workload workload : options.loads()) {
            served.add(workload.zone());
            names.addAll(askedIn(workload));
        }
        Map<String, BenchServer> running = new LinkedHashMap<>();
        try {
            for (String name : names) {
                running.put(name, servers.start(name, List.copyOf(served)));
            }
            for (BenchServer server : running.values()) {
                for (String zone : served) {
                    server.awaitAnswer(BenchZones.host(zone));
                }
            }
            for (Workload workload : options.loads()) {
                measure(workload, askedIn(workload).stream().map(running::get).toList());
            }
        } finally {
            running.values().forEach(BenchServer::close);
        }
    }

    private List<String> askedIn(Workload workload) {
        return workload.servers().stream()
                .filter(name -> compiled != null || !name.equals(Workload.ECHO))
                .toList();
    }

    /** What the intervals of one server gave. */
    private record Row(Figures cpu, Figures core, Figures rate, Figures lost, Figures octets) {
        Row() {
            this(new Figures(), new Figures(), new Figures(), new Figures(), new Figures());
        }
    }

    private void measure(Workload workload, List<BenchServer> asked) throws IOException {
        System.out.printf("%n%s: %s%n", workload.name(), workload.what());
        Map<String, Row> rows = new LinkedHashMap<>();
        for (BenchServer server : asked) {
            rows.put(server.name(), new Row());
            for (int i = 0; i < (server.name().equals(Workload.OURS) ? WARM_UP_OURS : 1); i++) {
                interval(workload, server);
            }
        }
        for (int run = 0; run < options.runs(); run++) {
            // Forth and back: what grows or shrinks over time meets each as often first as last.
            for (BenchServer server : run % 2 == 0 ? asked : asked.reversed()) {
                double before = Usage.cpuMicros(server.pid());
                Load.Result result = interval(workload, server);
                Row row = rows.get(server.name());
                double micros = Usage.cpuMicros(server.pid()) - before;
                row.cpu().add(micros / result.answers());
                row.core().add(micros / 1e4 / options.seconds());
                row.rate().add(result.rate());
                row.lost().add(100 * result.lostShare());
                row.octets().add(result.octets());
            }
        }
        System.out.println("  server     CPU us/query         core %   answers/s   lost %   octets");
        rows.forEach((name, row) -> System.out.printf(
                Locale.ROOT,
                "  %-10s %-20s %6.0f %11.0f %8.3f %8.0f%n",
                name,
                row.cpu().spread("%.2f"),
                row.core().median(),
                row.rate().median(),
                row.lost().median(),
                row.octets().median()));
        judge(workload, rows);
    }

    private void judge(Workload workload, Map<String, Row> rows) {
        Figures ours = rows.get(Workload.OURS).cpu();
        Workload.Bar bar = workload.bar();
        if (bar == null) {
            Verdict.tell(
                    "evenkeel/nsd", ours.over(List.of(rows.get(Workload.NSD).cpu())), 1);
            return;
        }
        List<Figures> peers = new ArrayList<>();
        bar.peers().forEach(peer -> peers.add(rows.get(peer).cpu()));
        String against = bar.peers().size() == 1 ? bar.peers().getFirst() : "best of " + String.join(", ", bar.peers());
        verdict.hold("evenkeel/" + against, ours.over(peers), bar.most());
        new TreeMap<>(bar.aims()).forEach((peer, aim) -> {
            Row row = rows.get(peer);
            if (row != null) {
                Verdict.tell("evenkeel/" + peer, ours.over(List.of(row.cpu())), aim);
            }
        });
    }

    private Load.Result interval(Workload workload, BenchServer server) throws IOException {
        Load.Result result =
                load.run(server, zones.questions(workload.questions()), options.seconds(), workload.load());
        String rcode = workload.rcode();
        if (rcode != null && result.share(rcode) < EXPECTED_SHARE) {
            throw new IOException("%s does not answer `%s` with %s: %s"
                    .formatted(
                            server.name(), workload.name(), rcode, result.all().path("rcodes")));
        }
        return result;
    }
}
