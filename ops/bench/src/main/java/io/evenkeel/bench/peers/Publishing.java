package io.evenkeel.bench.peers;

import io.evenkeel.bench.BenchCluster;
import io.evenkeel.bench.Command;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What a query costs the DNS loops while 1,000 changes a second are published into the large zone, against without, by turns.
 * The CPU time of the loops alone: what the changes themselves cost is not theirs.
 */
final class Publishing {
    private static final double BAR = 1.1;
    private static final int CHANGES_PER_SECOND = 1000;
    private static final int CHANGES_AT_ONCE = 128;
    /** Share of the changes that must have been accepted in time. */
    private static final double ENOUGH = 0.9;

    private static final String ZONE = "large.example.";

    private final PeersOptions options;
    private final BenchZones zones;
    private final Servers servers;
    private final Load load;
    private final Verdict verdict;
    private final int core;
    private volatile boolean over;

    Publishing(PeersOptions options, BenchZones zones, Servers servers, Load load, Verdict verdict, int core) {
        this.options = options;
        this.zones = zones;
        this.servers = servers;
        this.load = load;
        this.verdict = verdict;
        this.core = core;
    }

    void run() throws IOException, InterruptedException {
        System.out.printf(
                Locale.ROOT,
                "%npublish: names of the large zone at random, with and without %,d changes/s into it; CPU of the DNS loops%n",
                CHANGES_PER_SECOND);
        try (BenchServer server = servers.start(Workload.OURS, List.of("large.example"))) {
            server.awaitAnswer(BenchZones.host("large.example"));
            // The changes come from this process: not on the servers' core.
            Command.run(
                    options.folder(),
                    List.of(
                            Programs.path("taskset"),
                            "-a",
                            "-p",
                            "-c",
                            Integer.toString(core),
                            Long.toString(ProcessHandle.current().pid())));
            BenchCluster cluster = new BenchCluster(servers.data());
            BenchCluster.Node node = cluster.leader();
            Figures without = new Figures();
            Figures with = new Figures();
            Figures changes = new Figures();
            changing(cluster, node, () -> microsPerQuery(server)); // compiled before it counts
            for (int run = 0; run < options.runs(); run++) {
                without.add(microsPerQuery(server));
                double[] micros = new double[1];
                changes.add(changing(cluster, node, () -> micros[0] = microsPerQuery(server)));
                with.add(micros[0]);
            }
            System.out.printf("  without  %s us/query%n", without.spread("%.2f"));
            System.out.printf("  with     %s us/query, %s changes/s%n", with.spread("%.2f"), changes.spread("%.0f"));
            if (changes.median() < ENOUGH * CHANGES_PER_SECOND) {
                verdict.miss(
                        "so few changes were accepted that the ratio says nothing: wants " + CHANGES_PER_SECOND + "/s");
            }
            verdict.hold("with/without", with.over(List.of(without)), BAR);
        }
    }

    private double microsPerQuery(BenchServer server) throws IOException {
        double before = Usage.loopMicros(server.pid());
        Load.Result result = load.run(server, zones.questions("random-large"), options.seconds(), Load.How.UDP);
        return (Usage.loopMicros(server.pid()) - before) / result.answers();
    }

    private interface Measurement {
        void run() throws IOException;
    }

    /** Measures while changes are made, each on time as far as no more than 128 are under way; how many a second were accepted. */
    private double changing(BenchCluster cluster, BenchCluster.Node node, Measurement measurement)
            throws IOException, InterruptedException {
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        Semaphore underWay = new Semaphore(CHANGES_AT_ONCE);
        over = false;
        long begin = System.nanoTime();
        Thread pacer = Thread.ofPlatform().start(() -> {
            for (long i = 0; !over; i++) {
                LockSupport.parkNanos(begin + i * TimeUnit.SECONDS.toNanos(1) / CHANGES_PER_SECOND - System.nanoTime());
                underWay.acquireUninterruptibly();
                int change = (int) i;
                Thread.ofVirtual().start(() -> {
                    try {
                        // a prime, so that each change meets another page
                        String owner = BenchZones.largeHost((int) (change * 7919L % options.names()));
                        boolean fine = cluster.change(node, ZONE, owner, change) == 204;
                        (fine ? accepted : refused).incrementAndGet();
                    } catch (IOException e) {
                        refused.incrementAndGet();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        underWay.release();
                    }
                });
            }
        });
        double seconds;
        try {
            measurement.run();
        } finally {
            over = true;
            seconds = (System.nanoTime() - begin) / 1e9;
            pacer.join();
        }
        int done = accepted.get();
        underWay.acquire(CHANGES_AT_ONCE);
        if (refused.get() > 0) {
            throw new IOException(refused.get() + " changes were not accepted; the log is in " + servers.data());
        }
        return done / seconds;
    }
}
