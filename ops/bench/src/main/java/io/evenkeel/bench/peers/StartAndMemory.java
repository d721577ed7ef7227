package io.evenkeel.bench.peers;

import io.evenkeel.bench.Command;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** How long servers take to their first answer, and how much memory they hold with the large zone. */
final class StartAndMemory {
    private static final double BAR = 1.2;
    private static final int RUNS = 5;
    private static final List<String> SERVERS = List.of(Workload.OURS, Workload.NSD, Workload.KNOT);
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final double MEBIBYTE = 1 << 20;
    private static final String LARGE = "large.example";

    private final PeersOptions options;
    private final BenchZones zones;
    private final Servers servers;
    private final Verdict verdict;

    StartAndMemory(PeersOptions options, BenchZones zones, Servers servers, Verdict verdict) {
        this.options = options;
        this.zones = zones;
        this.servers = servers;
        this.verdict = verdict;
    }

    private int runs() {
        return Math.min(RUNS, options.runs());
    }

    /** Ours through {@code serve} on the data folder of an earlier run, as a node starts again. */
    void start() throws IOException {
        for (String zone : List.of("small.example", LARGE)) {
            System.out.printf("%nstart: from the command to the first answer, with %s alone, on one core%n", zone);
            servers.start(Workload.OURS, List.of(zone)).close();
            for (String name : SERVERS) {
                Figures seconds = new Figures();
                Figures cpu = new Figures();
                for (int run = 0; run < runs(); run++) {
                    long begin = System.nanoTime();
                    try (BenchServer server =
                            name.equals(Workload.OURS) ? servers.restartOurs() : servers.start(name, List.of(zone))) {
                        server.awaitAnswer(BenchZones.host(zone));
                        seconds.add((System.nanoTime() - begin) / 1e9);
                        cpu.add(Usage.cpuMicros(server.pid()) / 1e6);
                    }
                }
                System.out.printf("  %-10s %s s, CPU %s s%n", name, seconds.spread("%.2f"), cpu.spread("%.2f"));
            }
        }
    }

    /** What one server held. */
    private record Held(Figures loaded, Figures peak, Figures after, Figures restarted) {
        Held() {
            this(new Figures(), new Figures(), new Figures(), new Figures());
        }
    }

    /** After the load, at most while the zone is read anew with another serial, after that; ours also after a restart. */
    void memory() throws IOException {
        System.out.printf(Locale.ROOT, "%nmemory: PSS in MiB with %,d A records alone%n", options.names());
        Map<String, Held> held = new LinkedHashMap<>();
        for (String name : SERVERS) {
            held.put(name, new Held());
        }
        int serial = 1;
        for (int run = 0; run < runs(); run++) {
            for (String name : SERVERS) {
                serial++;
                measure(name, serial, held.get(name));
            }
        }
        System.out.println(
                "  server     loaded                   peak of a re-import      after that               restarted");
        held.forEach((name, row) -> System.out.printf(
                "  %-10s %-24s %-24s %-24s %s%n",
                name,
                row.loaded().spread("%.0f"),
                row.peak().spread("%.0f"),
                row.after().spread("%.0f"),
                row.restarted().count() == 0 ? "-" : row.restarted().spread("%.0f")));
        Held ours = held.get(Workload.OURS);
        Held nsd = held.get(Workload.NSD);
        verdict.hold("evenkeel/nsd, loaded", ours.loaded().over(List.of(nsd.loaded())), BAR);
        verdict.hold("evenkeel/nsd, ours restarted", ours.restarted().over(List.of(nsd.loaded())), BAR);
        Verdict.tell("evenkeel/nsd, peak", ours.peak().over(List.of(nsd.peak())), BAR);
    }

    private void measure(String name, int serial, Held row) throws IOException {
        try (BenchServer server = servers.start(name, List.of(LARGE))) {
            server.awaitAnswer(BenchZones.host(LARGE));
            row.loaded().add(settled(server));
            zones.writeLarge(serial);
            row.peak().add(peakOfReload(server, serial));
            row.after().add(settled(server));
        }
        if (name.equals(Workload.OURS)) {
            try (BenchServer server = servers.restartOurs()) {
                server.awaitAnswer(BenchZones.host(LARGE));
                row.restarted().add(settled(server));
            }
        }
    }

    /** Figures of a server at rest, so five seconds after its last work. */
    private static double settled(BenchServer server) throws IOException {
        LockSupport.parkNanos(SETTLE_NANOS);
        return Usage.pssBytes(server.pid()) / MEBIBYTE;
    }

    /** Sampled every 50 ms until the new version is answered. */
    private double peakOfReload(BenchServer server, int serial) throws IOException {
        AtomicBoolean over = new AtomicBoolean();
        double[] peak = new double[1];
        IOException[] failed = new IOException[1];
        Thread sampler = Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    peak[0] = Math.max(peak[0], Usage.pssBytes(server.pid()) / MEBIBYTE);
                    LockSupport.parkNanos(SAMPLE_NANOS);
                }
            } catch (IOException e) {
                failed[0] = e;
            }
        });
        try {
            if (server.name().equals(Workload.OURS)) {
                Command.run(
                        options.folder(),
                        List.of(
                                options.launcher().toString(),
                                "zone",
                                "import",
                                zones.file(LARGE).toString(),
                                "--data",
                                servers.data().toString()));
            } else {
                Command.run(options.folder(), List.of("kill", "-HUP", Long.toString(server.pid())));
            }
            server.awaitSerial(LARGE, serial);
        } finally {
            over.set(true);
            join(sampler);
        }
        if (failed[0] != null) {
            throw failed[0];
        }
        return peak[0];
    }

    private static void join(Thread sampler) throws IOException {
        try {
            sampler.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
