package io.evenkeel.bench.consistency;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.BreakableCluster;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/*
 * Two faults may overlap, on different nodes. A disk is wiped only while every node runs, has all data and nothing else is
 * wrong, and no other is wiped before the first is back: so a majority of disks always has what was acknowledged.
 */

/** Breaks a cluster as its random numbers say, and mends it. One thread. */
final class ConsistencyFaults {
    private static final Duration GLANCE = Duration.ofMillis(100);
    /** Entries that may be on their way while three nodes are asked one after the other. */
    private static final long LAG = 100;

    private static final int CHANGES_BETWEEN_FAULTS = 50;
    /** Kept of a wiped folder: what an operator puts there, not the node. */
    private static final String CONFIGURATION = "evenkeel.yaml";

    private final BreakableCluster cluster;
    private final Path data;
    private final HistoryFile history;
    private final Random random;
    private final AtomicInteger acknowledged;
    private final List<String> names;
    private final List<Fault> active = new ArrayList<>();
    /** How many changes had been acknowledged when the last fault ended. */
    private int acknowledgedBefore;

    /** A node that lost its disk and is not a full member again yet. */
    private String wiped = "";

    /** @param acknowledged how many changes have been so far */
    ConsistencyFaults(
            BreakableCluster cluster, Path data, HistoryFile history, Random random, AtomicInteger acknowledged) {
        this.cluster = cluster;
        this.data = data;
        this.history = history;
        this.random = random;
        this.acknowledged = acknowledged;
        this.names =
                cluster.cluster().nodes().stream().map(ClusterFile.Node::name).toList();
    }

    private enum Kind {
        KILL,
        STOP,
        WIPE,
        CUT
    }

    private record Fault(Kind kind, List<String> targets, long endNanos) {}

    /** Breaks things until that time, then mends everything. */
    void run(long untilNanos) throws Exception {
        while (System.nanoTime() - untilNanos < 0) {
            for (Fault fault : List.copyOf(active)) {
                if (System.nanoTime() - fault.endNanos() >= 0) {
                    end(fault);
                }
            }
            lookAfterWiped();
            // However slow the machine: between faults the cluster gets to its feet and works, or there is nothing to
            // lose.
            boolean works = !active.isEmpty() || acknowledged.get() - acknowledgedBefore >= CHANGES_BETWEEN_FAULTS;
            if (works && active.size() < 2 && random.nextInt(active.isEmpty() ? 10 : 60) == 0) {
                begin();
            }
            Thread.sleep(GLANCE); // the pace of the schedule
        }
        for (Fault fault : List.copyOf(active)) {
            end(fault);
        }
    }

    private void begin() throws Exception {
        Optional<PartitionedCluster> networks = cluster.networks();
        int dice = random.nextInt(networks.isPresent() ? 100 : 65);
        if (dice < 30) {
            kill();
        } else if (dice < 50) {
            stop();
        } else if (dice < 65) {
            wipe();
        } else {
            cut(networks.orElseThrow());
        }
    }

    /** Nodes without a fault of their own, in random order; the leader first now and then. */
    private List<String> free() throws InterruptedException {
        Set<String> busy = new HashSet<>();
        active.stream().filter(fault -> fault.kind() != Kind.CUT).forEach(fault -> busy.addAll(fault.targets()));
        List<String> free = new ArrayList<>(names);
        Collections.shuffle(free, random);
        if (random.nextInt(3) == 0) {
            String leader = leader();
            if (free.remove(leader)) {
                free.addFirst(leader);
            }
        }
        free.removeAll(busy);
        return free;
    }

    private String leader() throws InterruptedException {
        for (ClusterFile.Node node : cluster.cluster().nodes()) {
            JsonNode status = ConsistencyClient.status(node, data);
            if (status.path("role").asText().equals("LEADER")) {
                return node.name();
            }
        }
        return "";
    }

    /** One as a rule; sometimes several, sometimes all. */
    private List<String> some(List<String> free) {
        int dice = random.nextInt(10);
        int count = dice < 7 ? 1 : dice < 9 ? 2 : names.size();
        return List.copyOf(free.subList(0, Math.min(count, free.size())));
    }

    private void kill() throws InterruptedException {
        List<String> targets = some(free());
        long start = history.now();
        targets.forEach(cluster::kill);
        begun(Kind.KILL, targets, random.nextInt(8_000), start);
    }

    private void stop() throws Exception {
        List<String> targets = some(free());
        long start = history.now();
        for (String target : targets) {
            LocalCluster.signal("STOP", cluster.cluster().node(target));
        }
        begun(Kind.STOP, targets, 1_000 + random.nextInt(targets.size() > 1 ? 9_000 : 19_000), start);
    }

    private void wipe() throws Exception {
        if (!active.isEmpty() || !wiped.isEmpty() || !allAreWell()) {
            return;
        }
        String target = free().getFirst();
        long start = history.now();
        cluster.kill(target);
        try (Stream<Path> files = Files.walk(data.resolve(target))) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                if (!file.equals(data.resolve(target))
                        && !file.getFileName().toString().equals(CONFIGURATION)) {
                    Files.delete(file);
                }
            }
        }
        wiped = target;
        begun(Kind.WIPE, List.of(target), random.nextInt(5_000), start);
    }

    private void cut(PartitionedCluster networks) throws Exception {
        if (active.stream().anyMatch(fault -> fault.kind() == Kind.CUT)) {
            return;
        }
        List<String> order = new ArrayList<>(names);
        Collections.shuffle(order, random);
        String leader = random.nextBoolean() ? leader() : "";
        String one = leader.isEmpty() ? order.getFirst() : leader;
        order.remove(one);
        String other = order.getFirst();
        long start = history.now();
        List<String> targets;
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                networks.isolate(one);
                targets = List.of(one + " from all");
            }
            case 2 -> {
                networks.cut(one, other);
                targets = List.of(one + " from " + other);
            }
            case 3 -> {
                for (String receiver : order) {
                    networks.cutOneWay(one, receiver);
                }
                targets = List.of("what " + one + " sends");
            }
            case 4 -> {
                for (String sender : order) {
                    networks.cutOneWay(sender, one);
                }
                targets = List.of("what " + one + " receives");
            }
            default -> {
                networks.isolateAll();
                targets = List.of("all from all");
            }
        }
        begun(Kind.CUT, targets, 1_000 + random.nextInt(15_000), start);
    }

    private void begun(Kind kind, List<String> targets, int millis, long start) {
        if (targets.isEmpty()) {
            return;
        }
        active.add(new Fault(
                kind, targets, System.nanoTime() + Duration.ofMillis(millis).toNanos()));
        note(kind + " " + String.join(", ", targets) + " for " + millis + " ms", start);
    }

    private void end(Fault fault) throws Exception {
        active.remove(fault);
        long start = history.now();
        switch (fault.kind()) {
            case STOP -> {
                for (String target : fault.targets()) {
                    LocalCluster.signal("CONT", cluster.cluster().node(target));
                }
            }
            case KILL, WIPE -> {
                List<String> order = new ArrayList<>(fault.targets());
                Collections.shuffle(order, random);
                for (String target : order) {
                    cluster.start(target);
                    Thread.sleep(random.nextInt(order.size() > 1 ? 3_000 : 1)); // one after the other, as people do
                }
            }
            case CUT -> cluster.networks().orElseThrow().heal();
        }
        acknowledgedBefore = acknowledged.get();
        note("end of " + fault.kind() + " " + String.join(", ", fault.targets()), start);
    }

    private void lookAfterWiped() throws InterruptedException {
        if (!wiped.isEmpty() && active.isEmpty() && allAreWell()) {
            note("back " + wiped, history.now());
            wiped = "";
        }
    }

    boolean allAreWell() throws InterruptedException {
        return unwell().isEmpty();
    }

    /**
     * Empty if every node runs, is open and in touch with one leader, has applied what that has committed, and lists all as
     * members; otherwise what each node says, for whoever has to find out why.
     */
    String unwell() throws InterruptedException {
        long committed = 0;
        long least = Long.MAX_VALUE;
        boolean well = true;
        Set<String> leaders = new HashSet<>();
        StringBuilder said = new StringBuilder();
        for (ClusterFile.Node node : cluster.cluster().nodes()) {
            JsonNode status = ConsistencyClient.status(node, data);
            said.append("%n%s, whose process %s: %s"
                    .formatted(
                            node.name(), node.runs() ? "runs" : "is gone", status.isMissingNode() ? "mute" : status));
            well &= status.path("ready").asBoolean()
                    && status.path("members").size() == names.size()
                    && status.path("reasons").isEmpty();
            leaders.add(status.path("leader").asText());
            if (status.path("role").asText().equals("LEADER")) {
                committed = status.path("commitIndex").asLong();
            }
            least = Math.min(least, status.path("appliedIndex").asLong());
        }
        // Changes go on meanwhile: what was committed when the first was asked must be applied when the last is.
        return well && leaders.size() == 1 && committed > 0 && least >= committed - LAG ? "" : said.toString();
    }

    private void note(String what, long start) {
        System.out.printf(Locale.ROOT, "%8.1f s  %s%n", start / 1e9, what);
        history.add(new Event.Fault(what, start, 0));
    }
}
