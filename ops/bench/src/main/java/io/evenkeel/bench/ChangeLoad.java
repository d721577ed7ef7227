package io.evenkeel.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Changes through the REST API of a cluster that {@code evenkeel up} started: latency of single ones at the leader and at a
 * follower, and rate with many clients into one zone. {@code ops/bench/run changes} starts and stops a cluster for it.
 */
public final class ChangeLoad {
    private final BenchCluster cluster;

    private ChangeLoad(BenchCluster cluster) {
        this.cluster = cluster;
    }

    /** Arguments: data folder, clients, seconds. */
    public static void main(String[] args) throws Exception {
        new ChangeLoad(new BenchCluster(Path.of(args[0]))).run(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    }

    private void run(int clients, int seconds) throws Exception {
        List<BenchCluster.Node> nodes = cluster.nodes();
        BenchCluster.Node leader = cluster.leader();
        BenchCluster.Node follower =
                nodes.stream().filter(n -> !n.equals(leader)).findFirst().orElse(leader);
        cluster.createZone(leader);
        single(leader, "warm-up", 1500);
        single(follower, "warm-up", 1500);
        single(leader, "single changes through the leader", 2000);
        single(follower, "single changes through a follower", 2000);
        many(nodes, clients, Math.max(2, seconds / 3), "warm-up");
        many(nodes, clients, seconds, clients + " clients over all nodes, one zone");
    }

    private void single(BenchCluster.Node node, String what, int count) throws IOException, InterruptedException {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            expectAccepted(cluster.change(node, "single", i + what.hashCode()));
            nanos[i] = System.nanoTime() - start;
        }
        print(what, nanos, 0);
    }

    private void many(List<BenchCluster.Node> nodes, int clients, int seconds, String what)
            throws InterruptedException {
        ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        AtomicInteger failed = new AtomicInteger();
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            int number = client;
            threads.add(Thread.ofVirtual().start(() -> {
                BenchCluster.Node node = nodes.get(number % nodes.size());
                for (int i = 0; System.nanoTime() < end; i++) {
                    long start = System.nanoTime();
                    try {
                        expectAccepted(cluster.change(node, "c" + number + "-" + i % 100, i));
                        nanos.add(System.nanoTime() - start);
                    } catch (IOException | InterruptedException e) {
                        failed.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        print(what, nanos.stream().mapToLong(Long::longValue).toArray(), seconds);
        if (failed.get() > 0) {
            System.out.printf("  %d changes were not accepted%n", failed.get());
        }
    }

    private static void expectAccepted(int status) throws IOException {
        if (status != 204) {
            throw new IOException("a change was not accepted: HTTP " + status);
        }
    }

    private static void print(String what, long[] nanos, int seconds) {
        if (what.equals("warm-up")) {
            return;
        }
        Arrays.sort(nanos);
        int n = nanos.length;
        System.out.printf(
                "%s: p50 %.2f ms, p99 %.2f ms%s%n",
                what,
                nanos[n / 2] / 1e6,
                nanos[n * 99 / 100] / 1e6,
                seconds == 0 ? "" : ", %.0f changes/s".formatted(n / (double) seconds));
    }
}
