package io.evenkeel.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * How long no change is accepted after a {@code kill -9} of the leader: a client asks one of the survivors from the moment of
 * the kill on. The killed node is started again before the next round. For a cluster of its own: {@code ops/bench/run
 * failover} starts and stops one.
 */
public final class Failover {
    /** Of the median, in milliseconds. */
    private static final long BAR_MILLIS = 3000;

    private Failover() {}

    /** Arguments: data folder, rounds, launcher. Exit code 1 if the bar is missed. */
    public static void main(String[] args) throws Exception {
        BenchCluster cluster = new BenchCluster(Path.of(args[0]));
        long[] millis = new long[Integer.parseInt(args[1])];
        cluster.createZone(cluster.leader());
        for (int round = 0; round < millis.length; round++) {
            millis[round] = killLeader(cluster, round);
            System.out.printf("%d ms ", millis[round]);
            System.out.flush();
            BenchCluster.up(Path.of(args[2]), Path.of(args[0]));
        }
        Arrays.sort(millis);
        long median = millis[millis.length / 2];
        System.out.printf(
                "%nleader killed, next change accepted after: median %d ms [%d-%d], %d rounds; bar %d ms%n",
                median, millis[0], millis[millis.length - 1], millis.length, BAR_MILLIS);
        System.exit(median <= BAR_MILLIS ? 0 : 1);
    }

    private static long killLeader(BenchCluster cluster, int round) throws IOException, InterruptedException {
        BenchCluster.Node leader = cluster.leader();
        List<BenchCluster.Node> others =
                cluster.nodes().stream().filter(node -> !node.equals(leader)).toList();
        BenchCluster.Node asked = others.get(round % others.size());
        for (BenchCluster.Node node : others) {
            cluster.accept(node, "before" + round, round);
        }
        long start = System.nanoTime();
        ProcessHandle.of(leader.pid()).orElseThrow().destroyForcibly();
        cluster.accept(asked, "after" + round, round);
        return (System.nanoTime() - start) / 1_000_000;
    }
}
