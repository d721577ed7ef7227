package io.evenkeel.ops.drill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.local.CpuQuota;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The cluster of a scenario, with what is done to it and what is seen of it; it is gone when this is closed, or this process. */
final class DrilledCluster implements AutoCloseable {
    /** Says how long a receive buffer may be, in octets. */
    private static final Path LONGEST_QUEUE = Path.of("/proc/sys/net/core/rmem_max");
    /** That a node without its short queue asks for. */
    private static final long QUEUE_BYTES = 4 << 20;

    private final Scenario scenario;
    private final Consumer<String> say;
    private final OwnCluster cluster;
    private final ClusterBooks books = new ClusterBooks();
    private final ClusterWatch watch;
    private final @Nullable AgreementWatch agreement;
    private final @Nullable StaleQueue staleQueue;
    private final Thread hook = new Thread(this::closeQuietly, "end-cluster");
    private List<SlowedNode> slowed = List.of();
    private FaultRun faults;
    private @Nullable Alarms alarms;
    private @Nullable OldLog oldLog;
    private Instant begin = Instant.EPOCH;

    private DrilledCluster(Scenario scenario, OwnCluster cluster, Consumer<String> say) throws CommandFailure {
        this.scenario = scenario;
        staleQueue = scenario.staleQueue();
        this.cluster = cluster;
        this.say = say;
        watch = new ClusterWatch(cluster, books);
        agreement = agreement(scenario, cluster, books);
        faults = new FaultRun(cluster, slowed, books, say);
    }

    /** Null: nobody asks for it. */
    private static @Nullable AgreementWatch agreement(Scenario scenario, OwnCluster cluster, ClusterBooks books)
            throws CommandFailure {
        for (ClusterCriterion criterion : scenario.clusterCriteria()) {
            if (criterion.kind() == ClusterCriterion.Kind.AGREE) {
                return new AgreementWatch(cluster, books, Duration.ofMillis(Math.round(criterion.from() * 1e3)));
            }
        }
        return null;
    }

    /**
     * Starts it, and returns when all nodes answer and are as slow as they shall be.
     *
     * @param say is told what happens, from any thread
     */
    static DrilledCluster start(Scenario scenario, ClusterPlan plan, Design design, Consumer<String> say)
            throws CommandFailure, IOException, InterruptedException {
        String why = plan.rate() > 0 ? CpuQuota.whyNot() : null;
        if (why != null) {
            throw CommandFailure.failed("nodes with a rate cannot be had: " + why);
        }
        if (design == Design.OF_2020) {
            requireLongQueues();
        }
        Set<OwnCluster.Own> own = EnumSet.noneOf(OwnCluster.Own.class);
        scenario.faults().forEach(fault -> fault.kind().breaks().ifPresent(own::add));
        DrilledCluster drilled =
                new DrilledCluster(scenario, OwnCluster.start(plan.nodes(), design.environment(), own), say);
        Runtime.getRuntime().addShutdownHook(drilled.hook);
        boolean done = false;
        try {
            drilled.cluster.awaitAnswers();
            say.accept("%d nodes are open".formatted(plan.nodes()));
            if (design == Design.OF_2020) {
                drilled.limitsOff();
                drilled.oldLog = OldLog.mount(drilled.cluster.folder());
            }
            if (plan.rate() > 0) {
                drilled.slow(plan.rate());
            }
            drilled.watch();
            done = true;
            return drilled;
        } finally {
            if (!done) {
                drilled.close();
            }
        }
    }

    /** Without them no queue is long enough to become stale. */
    private static void requireLongQueues() throws CommandFailure, IOException {
        // By lines: the kernel gives a value whole or not at all, and readString begins with one octet.
        long most = Long.parseLong(Files.readAllLines(LONGEST_QUEUE).getFirst());
        if (most < QUEUE_BYTES) {
            throw CommandFailure.failed(
                    "the design of 2020 wants a receive buffer of %d octets, and this kernel grants %d: sysctl -w net.core.rmem_max=%d"
                            .formatted(QUEUE_BYTES, most, QUEUE_BYTES));
        }
    }

    /** As `evenkeel limits off`. */
    private void limitsOff() throws CommandFailure, IOException, InterruptedException {
        AdminClient node = cluster.client(cluster.nodes().getFirst());
        String path = AdminClient.EVENKEEL + "/limits";
        JsonNode shown = node.get(path);
        ObjectNode limits =
                shown.path(shown.path("agreed").isNull() ? "inForce" : "agreed").deepCopy();
        limits.put("mode", "off");
        String revision = "\"" + shown.path("revision").asLong() + "\"";
        if (node.settleIf(revision, "PUT", path, limits).isEmpty()) {
            throw CommandFailure.failed("somebody else changes the limits of the drill's own cluster");
        }
    }

    private void slow(double rate) throws CommandFailure, IOException, InterruptedException {
        slowed = SlowedNode.of(cluster.nodes(), rate);
        faults = new FaultRun(cluster, slowed, books, say);
        List<String> rates = new ArrayList<>();
        slowed.forEach(node -> rates.add("%s %,.0f".formatted(node.node().name(), node.rate())));
        say.accept("answers a second at most: " + String.join(", ", rates));
    }

    private void watch() throws CommandFailure, IOException, InterruptedException {
        String why = Alarms.whyNot();
        if (why == null) {
            alarms = Alarms.start(cluster, books, say);
        } else {
            books.unwatched(why);
            say.accept("nobody watches for alerts: " + why);
        }
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
        begin = Instant.now();
        long now = System.nanoTime();
        watch.begin(now);
        if (agreement != null) {
            agreement.begin(now);
        }
        if (alarms != null) {
            alarms.begin(now);
        }
        faults.begin(now, scenario.faults());
    }

    /** A second of the fleet is over. */
    void second(FleetCounts counts) {
        if (oldLog != null && staleQueue != null) {
            oldLog.second(counts);
            staleQueue.second(counts);
        }
    }

    /**
     * The run is over: nothing is done to the nodes any more, and nobody looks at them.
     *
     * @param reported whether a page will draw the curves of the nodes
     */
    void end(boolean reported) throws InterruptedException {
        Instant end = Instant.now();
        faults.end();
        watch.end();
        if (agreement != null) {
            agreement.end();
        }
        if (alarms != null) {
            alarms.end();
            if (reported) {
                alarms.readCurves(end);
            }
        }
        for (ClusterFile.Node node : cluster.nodes()) {
            readJournal(node, end);
        }
        if (oldLog != null) {
            oldLog.end();
        }
    }

    /** A node whose clock was wrong has events that were in no second of the run; they are left out. */
    private void readJournal(ClusterFile.Node node, Instant end) throws InterruptedException {
        try {
            JsonNode journal = cluster.client(node)
                    .get("%s/events?limit=%d&since=%s".formatted(AdminClient.EVENKEEL, ClientLimits.EVENTS, begin));
            for (JsonNode event : journal.path("events")) {
                Instant time = Instant.parse(event.path("time").asText());
                if (!time.isBefore(begin) && !time.isAfter(end)) {
                    double second = Duration.between(begin, time).toMillis() / 1e3;
                    books.journal(
                            second, node.name(), "notes: " + event.path("text").asText());
                }
            }
        } catch (CommandFailure | IOException | DateTimeParseException e) {
            say.accept("%s does not tell its journal: %s"
                    .formatted(node.name(), e instanceof IOException io ? Output.reason(io) : e.getMessage()));
        }
    }

    /** As Prometheus has read them, by node; empty if nobody watched. */
    Map<NodeMeasure, Map<String, List<Long>>> curves() {
        return alarms == null ? Map.of() : alarms.curves();
    }

    List<Criterion.Result> results(double seconds) {
        return scenario.clusterCriteria().stream()
                .map(criterion -> criterion.result(books, cluster.deaths(), seconds))
                .toList();
    }

    /** Why the run says nothing. */
    List<String> problems() {
        List<String> problems = new ArrayList<>(faults.problems());
        String unwritten = oldLog == null ? null : oldLog.problem();
        if (unwritten != null) {
            problems.add(unwritten);
        }
        String unheard = alarms == null ? null : alarms.problem();
        if (unheard != null
                && scenario.clusterCriteria().stream()
                        .anyMatch(criterion -> criterion.kind().isOfPages())) {
            problems.add(unheard);
        }
        return problems;
    }

    /** Of the design of 2020; null: the nodes are not of it. */
    @Nullable
    OldLog oldLog() {
        return oldLog;
    }

    /** Whether these nodes failed as the scenario says of the design of 2020; null: they are not of it. */
    Criterion.@Nullable Result staleQueue() {
        if (oldLog == null || staleQueue == null) {
            return null;
        }
        double can = slowed.stream().mapToDouble(SlowedNode::rate).sum();
        return staleQueue.result(Math.min(scenario.plan().neededPerSecond(), can));
    }

    /** Answers a second of each node, as measured; empty if they have no rate. */
    List<Double> rates() {
        return slowed.stream().map(SlowedNode::rate).toList();
    }

    /** That Prometheus told of. */
    List<Alarms.Alert> alerts() {
        return books.alerts();
    }

    /** Why there are no alerts; null if there may be some. */
    @Nullable
    String unwatched() {
        return books.unwatched();
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
        if (oldLog != null) {
            map.put("log", oldLog.toMap());
        }
        Criterion.Result failure = staleQueue();
        if (failure != null) {
            map.put("staleQueue", failure.toMap());
        }
        map.put("changesAccepted", books.accepted());
        map.put("leaderChanges", books.leaderChanges());
        map.put("deaths", cluster.deaths());
        map.put("alerts", books.alerts());
        map.put("unwatched", Objects.requireNonNullElse(books.unwatched(), ""));
        map.put(
                "moments",
                books.moments().stream().map(ClusterBooks.Moment::toMap).toList());
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
        if (agreement != null) {
            agreement.stop();
        }
        if (alarms != null) {
            alarms.stop();
        }
        cluster.close();
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shutdownHasBegun) {
            say.accept("the cluster is gone");
        }
    }
}
