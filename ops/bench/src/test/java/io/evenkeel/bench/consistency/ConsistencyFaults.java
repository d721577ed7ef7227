package io.evenkeel.bench.consistency;

import io.evenkeel.bench.cluster.BreakableCluster;
import io.evenkeel.bench.cluster.Disks;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/*
 * Two faults may overlap, on different nodes. What a disk holds is destroyed (wiped, put back to an older copy, damaged) only while
 * every node runs, has all data and nothing else is wrong, and no other is destroyed before the first is back: so a majority of disks
 * always has what was acknowledged. A full disk destroys nothing, so all may be full at once.
 *
 * Kinds are drawn like cards, so that a short run has them all: a kind that is not possible just now is left for later.
 */

/** Breaks a cluster as its random numbers say, and mends it. One thread. */
final class ConsistencyFaults {
    private static final Duration GLANCE = Duration.ofMillis(100);
    private static final int CHANGES_BETWEEN_FAULTS = 20;
    /** How much longer than it was told a run may take so that each kind of fault comes once. */
    private static final Duration GRACE = Duration.ofSeconds(90);

    private final BreakableCluster cluster;
    private final Run run;
    private final Health health;
    private final Random random;
    private final List<String> names;
    private final Set<Kind> possible;
    private final List<Fault> active = new ArrayList<>();
    private final List<Kind> cards = new ArrayList<>();
    private final Map<Kind, Integer> done = new EnumMap<>(Kind.class);
    private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
    /** How many changes had been acknowledged when the last fault ended. */
    private int acknowledgedBefore;

    private @Nullable Thread importing;

    /** A node whose disk lost something, and that is not a full member again yet. */
    private String harmed = "";

    /**
     * Whether that node cannot know it before a leader tells: until then it would show what it has as the newest, if nobody else were
     * there.
     */
    private boolean unknowing;

    /**
     * What the faults of a run work with.
     *
     * @param disks mounted if they are to be filled
     * @param operations numbers the changes
     * @param acknowledged how many changes have been so far
     */
    record Run(
            Path data,
            Disks disks,
            boolean mounted,
            HistoryFile history,
            AtomicInteger operations,
            AtomicInteger acknowledged,
            Availability availability) {}

    ConsistencyFaults(BreakableCluster cluster, Run run, Random random) {
        this.cluster = cluster;
        this.run = run;
        this.random = random;
        this.health = new Health(cluster.cluster(), run.data());
        this.names =
                cluster.cluster().nodes().stream().map(ClusterFile.Node::name).toList();
        this.possible = EnumSet.allOf(Kind.class);
        if (!run.mounted()) {
            possible.removeAll(List.of(Kind.FULL, Kind.FULL_KILL));
        }
        if (cluster.networks().isEmpty()) {
            possible.remove(Kind.CUT);
        }
    }

    private enum Kind {
        KILL,
        STOP,
        CUT,
        /** A disk without an octet left. */
        FULL,
        /** The same, and the node is killed and started meanwhile. */
        FULL_KILL,
        /** Zones that do not fit. */
        IMPORT,
        WIPE,
        /** The data folder is put back to an older copy. */
        ROLL_BACK,
        /** A bit of the file with the vote is turned. */
        FLIP_VOTE,
        /** A bit of the log is turned. */
        FLIP_LOG,
        /** A bit of the newest snapshot is turned. */
        FLIP_SNAPSHOT;

        boolean fills() {
            return this == FULL || this == FULL_KILL;
        }
    }

    private record Fault(Kind kind, List<String> targets, long endNanos) {}

    /** Breaks things until that time, and for a while longer until each kind was done once; then mends everything. */
    void run(long untilNanos) throws Exception {
        long latest = untilNanos + GRACE.toNanos();
        while (System.nanoTime() - (done.keySet().containsAll(possible) ? untilNanos : latest) < 0) {
            for (Fault fault : List.copyOf(active)) {
                if (System.nanoTime() - fault.endNanos() >= 0) {
                    end(fault);
                } else if (fault.kind().fills()) {
                    fill(fault.targets());
                }
            }
            lookAfterHarmed();
            lookForEnded();
            // However slow the machine: between faults the cluster gets to its feet and works, or there is nothing to
            // lose.
            boolean works =
                    !active.isEmpty() || run.acknowledged().get() - acknowledgedBefore >= CHANGES_BETWEEN_FAULTS;
            if (works && !unknowing && active.size() < 2 && random.nextInt(active.isEmpty() ? 5 : 40) == 0) {
                begin();
            }
            Thread.sleep(GLANCE); // the pace of the schedule
        }
        if (importing != null) {
            importing.join();
        }
        for (Fault fault : List.copyOf(active)) {
            end(fault);
        }
        System.out.println(summary());
    }

    /** What was wrong that no history shows. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** How often each fault was done, for people. */
    private String summary() {
        return Arrays.stream(Kind.values())
                .map(kind ->
                        kind + " " + (possible.contains(kind) ? done.getOrDefault(kind, 0) : "never, for want of root"))
                .collect(Collectors.joining(", ", "faults: ", ""));
    }

    private void begin() throws Exception {
        if (cards.isEmpty()) {
            cards.addAll(possible);
            if (!done.isEmpty()) {
                cards.addAll(EnumSet.of(Kind.KILL, Kind.STOP));
                cards.addAll(possible.contains(Kind.CUT) ? EnumSet.of(Kind.CUT) : EnumSet.noneOf(Kind.class));
            }
            Collections.shuffle(cards, random);
        }
        if (cards.contains(Kind.ROLL_BACK) && active.isEmpty() && names.stream().noneMatch(run.disks()::hasCopy)) {
            done.merge(Kind.KILL, kill() ? 1 : 0, Integer::sum); // which leaves copies
            return;
        }
        for (Kind kind : List.copyOf(cards)) {
            if (isBegun(kind)) {
                cards.remove(kind);
                done.merge(kind, 1, Integer::sum);
                return;
            }
        }
    }

    /** False if it is not possible just now. */
    private boolean isBegun(Kind kind) throws Exception {
        return switch (kind) {
            case KILL -> kill();
            case STOP -> stop();
            case CUT -> cut(cluster.networks().orElseThrow());
            case FULL, FULL_KILL -> full(kind);
            case IMPORT -> bringTooMuch();
            case WIPE, ROLL_BACK, FLIP_VOTE, FLIP_LOG, FLIP_SNAPSHOT -> harm(kind);
        };
    }

    /** Nodes without a fault of their own, in random order; the leader first now and then. */
    private List<String> free() throws InterruptedException {
        Set<String> busy = new HashSet<>();
        active.stream().filter(fault -> fault.kind() != Kind.CUT).forEach(fault -> busy.addAll(fault.targets()));
        List<String> free = new ArrayList<>(names);
        Collections.shuffle(free, random);
        if (random.nextInt(3) == 0) {
            String leader = health.leader();
            if (free.remove(leader)) {
                free.addFirst(leader);
            }
        }
        free.removeAll(busy);
        return free;
    }

    /** One as a rule; sometimes several, sometimes all. */
    private List<String> some(List<String> free) {
        int dice = random.nextInt(10);
        int count = dice < 7 ? 1 : dice < 9 ? 2 : names.size();
        return List.copyOf(free.subList(0, Math.min(count, free.size())));
    }

    private void kill(List<String> targets) {
        targets.forEach(run.availability()::away);
        targets.forEach(cluster::kill);
    }

    private void start(String target) throws IOException {
        cluster.start(target);
        run.availability().back(target);
    }

    private boolean kill() throws InterruptedException {
        List<String> targets = some(free());
        long start = run.history().now();
        kill(targets);
        return begun(Kind.KILL, targets, random.nextInt(8_000), start);
    }

    private boolean stop() throws Exception {
        List<String> targets = some(free());
        long start = run.history().now();
        for (String target : targets) {
            run.availability().away(target);
            LocalCluster.signal("STOP", cluster.cluster().node(target));
        }
        return begun(Kind.STOP, targets, 1_000 + random.nextInt(targets.size() > 1 ? 9_000 : 19_000), start);
    }

    private boolean full(Kind kind) throws Exception {
        List<String> free = free();
        free.remove(harmed); // a node without zones has nothing to start with
        List<String> targets = some(free);
        long start = run.history().now();
        fill(targets);
        if (kind == Kind.FULL && !isImporting()) {
            // What is set aside on the disk for the log lasts for a while: this takes more.
            ConsistencyImports imports = imports();
            importing = Thread.ofPlatform().name("imports").start(imports::bringWhatFits);
        }
        if (kind == Kind.FULL_KILL) {
            kill(targets);
            for (String target : targets) {
                start(target);
            }
        }
        return begun(kind, targets, 5_000 + random.nextInt(15_000), start);
    }

    private void fill(List<String> targets) throws IOException {
        for (String target : targets) {
            run.disks().fill(target);
        }
    }

    private boolean bringTooMuch() {
        if (isImporting()) {
            return false;
        }
        ConsistencyImports imports = imports();
        importing = Thread.ofPlatform().name("imports").start(imports::run);
        return begun(Kind.IMPORT, List.of("through any node"), 0, run.history().now());
    }

    private boolean isImporting() {
        return importing != null && importing.isAlive();
    }

    private ConsistencyImports imports() {
        return new ConsistencyImports(
                new ConsistencyClient(-1, run.data(), run.history()),
                cluster.cluster().nodes(),
                run.operations(),
                new Random(random.nextLong()),
                complaints::add);
    }

    private boolean harm(Kind kind) throws Exception {
        if (!active.isEmpty() || !harmed.isEmpty() || !health.allAreWell()) {
            return false;
        }
        List<String> free = free();
        if (kind == Kind.ROLL_BACK) {
            free.removeIf(name -> !run.disks().hasCopy(name));
        }
        if (free.isEmpty()) {
            return false;
        }
        String target = free.getFirst();
        if (kind == Kind.FLIP_SNAPSHOT
                && !ConsistencyClient.writeSnapshot(cluster.cluster().node(target), run.data())) {
            return false;
        }
        long start = run.history().now();
        kill(List.of(target));
        String what = destroy(kind, target);
        harmed = target;
        unknowing = kind == Kind.ROLL_BACK;
        // It comes back as another incarnation, which does not take up the life of an earlier one.
        run.disks().forget(target);
        return begun(kind, List.of(target), what, random.nextInt(5_000), start);
    }

    /** Says what. */
    private String destroy(Kind kind, String target) throws IOException {
        Disks disks = run.disks();
        Optional<Path> file = switch (kind) {
            case FLIP_VOTE -> disks.vote(target);
            case FLIP_LOG -> disks.log(target, random);
            case FLIP_SNAPSHOT -> disks.snapshot(target, random);
            case WIPE, ROLL_BACK, KILL, STOP, CUT, FULL, FULL_KILL, IMPORT -> Optional.empty();
        };
        if (kind == Kind.WIPE) {
            disks.wipe(target);
        } else if (kind == Kind.ROLL_BACK) {
            disks.putBack(target);
        }
        return file.isEmpty() ? "" : Disks.flip(file.get(), random);
    }

    private boolean cut(PartitionedCluster networks) throws Exception {
        if (active.stream().anyMatch(fault -> fault.kind() == Kind.CUT)) {
            return false;
        }
        List<String> order = new ArrayList<>(names);
        Collections.shuffle(order, random);
        String leader = random.nextBoolean() ? health.leader() : "";
        String one = leader.isEmpty() ? order.getFirst() : leader;
        order.remove(one);
        String other = order.getFirst();
        long start = run.history().now();
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
        return begun(Kind.CUT, targets, 1_000 + random.nextInt(15_000), start);
    }

    private boolean begun(Kind kind, List<String> targets, int millis, long start) {
        return begun(kind, targets, "", millis, start);
    }

    private boolean begun(Kind kind, List<String> targets, String what, int millis, long start) {
        if (targets.isEmpty()) {
            return false;
        }
        active.add(new Fault(
                kind, targets, System.nanoTime() + Duration.ofMillis(millis).toNanos()));
        note(
                kind + " " + String.join(", ", targets) + (what.isEmpty() ? "" : ", " + what)
                        + (millis == 0 ? "" : " for " + millis + " ms"),
                start);
        return true;
    }

    private void end(Fault fault) throws Exception {
        if (fault.kind() == Kind.IMPORT && isImporting()) {
            return; // it ends by itself
        }
        active.remove(fault);
        long start = run.history().now();
        switch (fault.kind()) {
            case STOP -> {
                for (String target : fault.targets()) {
                    LocalCluster.signal("CONT", cluster.cluster().node(target));
                    run.availability().back(target);
                }
            }
            case KILL, WIPE, ROLL_BACK, FLIP_VOTE, FLIP_LOG, FLIP_SNAPSHOT -> startAgain(fault);
            case CUT -> cluster.networks().orElseThrow().heal();
            case FULL, FULL_KILL -> {
                for (String target : fault.targets()) {
                    run.disks().free(target);
                }
            }
            case IMPORT -> {}
        }
        acknowledgedBefore = run.acknowledged().get();
        note("end of " + fault.kind() + " " + String.join(", ", fault.targets()), start);
    }

    private void startAgain(Fault fault) throws Exception {
        List<String> order = new ArrayList<>(fault.targets());
        Collections.shuffle(order, random);
        for (String target : order) {
            // Of different ages, to be put back later; not of one that is still on its way into the cluster.
            if (fault.kind() == Kind.KILL
                    && !target.equals(harmed)
                    && (!run.disks().hasCopy(target) || random.nextBoolean())) {
                run.disks().copy(target);
            }
            start(target);
            Thread.sleep(random.nextInt(order.size() > 1 ? 3_000 : 1)); // one after the other, as people do
        }
    }

    private void lookAfterHarmed() throws InterruptedException {
        if (!harmed.isEmpty() && active.isEmpty() && health.allAreWell()) {
            note("back " + harmed, run.history().now());
            harmed = "";
            unknowing = false;
        }
    }

    /** No fault here is one that may end a process. */
    private void lookForEnded() throws IOException {
        for (ClusterFile.Node node : cluster.cluster().nodes()) {
            if (!node.runs() && run.availability().isThere(node.name())) {
                String what = "the process of " + node.name() + " has ended by itself";
                complaints.add(what + " after " + run.history().now() / 1_000_000 + " ms");
                note(what, run.history().now());
                start(node.name());
            }
        }
    }

    private void note(String what, long start) {
        System.out.printf(Locale.ROOT, "%8.1f s  %s%n", start / 1e9, what);
        run.history().add(new Event.Fault(what, start, 0));
    }
}
