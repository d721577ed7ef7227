package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The cluster of a scenario, with what is done to it and what is seen of it; it is gone when this is closed, or this process. */
final class DrilledCluster implements AutoCloseable {
    private final Scenario scenario;
    private final Consumer<String> say;
    private final OwnCluster cluster;
    private final ClusterBooks books = new ClusterBooks();
    private final ClusterWatch watch;
    private final Thread hook = new Thread(this::closeQuietly, "end-cluster");
    private List<SlowedNode> slowed = List.of();
    private FaultRun faults;

    private DrilledCluster(Scenario scenario, OwnCluster cluster, Consumer<String> say) throws CommandFailure {
        this.scenario = scenario;
        this.cluster = cluster;
        this.say = say;
        watch = new ClusterWatch(cluster, books);
        faults = new FaultRun(cluster, slowed, books, say);
    }

    /**
     * Starts it, and returns when all nodes answer and are as slow as they shall be.
     *
     * @param say is told what happens, from any thread
     */
    static DrilledCluster start(Scenario scenario, ClusterPlan plan, Consumer<String> say)
            throws CommandFailure, IOException, InterruptedException {
        String why = plan.rate() > 0 ? CpuQuota.whyNot() : null;
        if (why != null) {
            throw CommandFailure.failed("nodes with a rate cannot be had: " + why);
        }
        DrilledCluster drilled = new DrilledCluster(scenario, OwnCluster.start(plan.nodes()), say);
        Runtime.getRuntime().addShutdownHook(drilled.hook);
        boolean done = false;
        try {
            drilled.cluster.awaitAnswers();
            say.accept("%d nodes are open".formatted(plan.nodes()));
            if (plan.rate() > 0) {
                drilled.slow(plan.rate());
            }
            done = true;
            return drilled;
        } finally {
            if (!done) {
                drilled.close();
            }
        }
    }

    private void slow(double rate) throws CommandFailure, IOException, InterruptedException {
        slowed = SlowedNode.of(cluster.nodes(), rate);
        faults = new FaultRun(cluster, slowed, books, say);
        List<String> rates = new ArrayList<>();
        slowed.forEach(node -> rates.add("%s %,.0f".formatted(node.node().name(), node.rate())));
        say.accept("answers a second at most: " + String.join(", ", rates));
    }

    /** The fleet of the scenario, on these nodes. */
    FleetPlan plan() throws CommandFailure {
        List<FleetNode> nodes = new ArrayList<>();
        for (ClusterFile.Node node : cluster.nodes()) {
            nodes.add(new FleetNode(node.name(), ServerAddress.parse(node.dns()), 1, null));
        }
        return scenario.plan().on(nodes);
    }

    /** The run begins now. */
    void begin() {
        long now = System.nanoTime();
        watch.begin(now);
        faults.begin(now, scenario.faults());
    }

    /** The run is over: nothing is done to the nodes any more, and nobody looks at them. */
    void end() throws InterruptedException {
        faults.end();
        watch.end();
    }

    List<Criterion.Result> results(double seconds) {
        return scenario.clusterCriteria().stream()
                .map(criterion -> criterion.result(books, cluster.deaths(), seconds))
                .toList();
    }

    /** Why the run says nothing. */
    List<String> problems() {
        return faults.problems();
    }

    List<ClusterBooks.Moment> moments() {
        return books.moments();
    }

    /** As it is printed. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        Map<String, Long> rates = new LinkedHashMap<>();
        slowed.forEach(node -> rates.put(node.node().name(), Math.round(node.rate())));
        map.put("nodes", cluster.nodes().size());
        map.put("answersPerSecond", rates);
        map.put("changesAccepted", books.accepted());
        map.put("leaderChanges", books.leaderChanges());
        map.put("deaths", cluster.deaths());
        map.put("moments", books.moments());
        return map;
    }

    private void closeQuietly() {
        try {
            faults.end();
            cluster.close();
        } catch (CommandFailure | IOException e) {
            System.err.println("evenkeel: " + (e instanceof IOException io ? Output.reason(io) : e.getMessage()));
        }
    }

    @Override
    public void close() throws CommandFailure, IOException {
        faults.end();
        watch.stop();
        cluster.close();
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shutdownHasBegun) {
            say.accept("the cluster is gone");
        }
    }
}
