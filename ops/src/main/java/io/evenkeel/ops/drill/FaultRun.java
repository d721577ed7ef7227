package io.evenkeel.ops.drill;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Does the faults of a scenario to its cluster, each in a thread of its own, at its time. What is not undone at the end ends with the cluster. */
final class FaultRun {
    /** So long an election takes at most, where a majority runs. */
    private static final Duration ELECTION = Duration.ofSeconds(10);

    private static final Duration LONGER_THAN_A_RUN = Duration.ofDays(1);

    private static final Duration LOOK = Duration.ofMillis(100);
    /** From which slow connections come: a node takes a hundred of each. */
    private static final int ADDRESSES = 100;

    /** What the books say of a node that is open again after its process had ended. */
    static final String READY = "ready again";

    private final OwnCluster cluster;
    /** By name; empty if nodes have no rate. */
    private final Map<String, SlowedNode> slowed = new ConcurrentHashMap<>();

    private final Map<Fault, BadPush> pushes = new ConcurrentHashMap<>();
    private final Map<Fault, SlowConnections> slowConnections = new ConcurrentHashMap<>();
    private final Noises noises = new Noises();
    private final ClusterBooks books;
    private final Consumer<String> say;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<String> problems = new ArrayList<>();
    private volatile long startNanos;

    FaultRun(OwnCluster cluster, List<SlowedNode> slowed, ClusterBooks books, Consumer<String> say) {
        this.cluster = cluster;
        this.books = books;
        this.say = say;
        slowed.forEach(node -> this.slowed.put(node.node().name(), node));
    }

    void begin(long nanos, List<Fault> faults) {
        startNanos = nanos;
        for (Fault fault : faults) {
            Thread.ofVirtual().name("drill-fault").start(() -> run(fault));
        }
    }

    /** From now on nothing is done any more. */
    void end() {
        ended.countDown();
        noises.close();
    }

    /** What could not be done as the scenario says. */
    List<String> problems() {
        synchronized (problems) {
            return List.copyOf(problems);
        }
    }

    private long now() {
        return System.nanoTime() - startNanos;
    }

    /** Whether the run goes on at that time. */
    private boolean awaits(Duration at) throws InterruptedException {
        return !ended.await(at.toNanos() - now(), TimeUnit.NANOSECONDS);
    }

    private void run(Fault fault) {
        try {
            if (!awaits(fault.at())) {
                return;
            }
            List<String> targets = targets(fault);
            for (String name : targets) {
                begin(fault, name);
            }
            if (!isOver(fault, targets)) {
                for (String name : targets) {
                    closeSlowConnections(fault, name);
                }
                return;
            }
            for (String name : targets) {
                undo(fault, name);
            }
            if (fault.kind().endsProcess()) {
                for (String name : targets) {
                    awaitReturn(name);
                }
            }
        } catch (CommandFailure | IOException e) {
            problem(fault, e instanceof IOException io ? Output.reason(io) : String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when a fault is to be undone; false: the run ends before. */
    private boolean isOver(Fault fault, List<String> targets) throws IOException, InterruptedException {
        if (fault.kind() == Fault.Kind.RESTART) {
            return true;
        }
        Duration end = fault.at().plus(fault.length().isZero() ? LONGER_THAN_A_RUN : fault.length());
        while (fault.kind() == Fault.Kind.DISK_FULL && now() + LOOK.toNanos() < end.toNanos()) {
            if (ended.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                return false;
            }
            for (String name : targets) {
                cluster.fill(name); // a node gives back what it can do without
            }
        }
        return awaits(end);
    }

    private void problem(Fault fault, String why) {
        if (ended.getCount() == 0) {
            return; // the cluster is being taken away
        }
        synchronized (problems) {
            problems.add("the %s could not be done: %s".formatted(fault, why));
        }
        say.accept("%s could not be done: %s".formatted(fault, why));
    }

    private void begin(Fault fault, String name) throws CommandFailure, IOException, InterruptedException {
        long at = now();
        switch (fault.kind()) {
            case KILL -> cluster.kill(name);
            case WIPE -> {
                cluster.kill(name);
                cluster.wipe(name);
            }
            case STOP -> cluster.stop(name);
            case SLOW -> slowedNode(name).gets(fault.share());
            case DISK_FULL -> cluster.fill(name);
            case SLOW_DISK -> cluster.slowDisk(name);
            case PUSH -> push(fault, name);
            case LOSS -> cluster.loses(name, 1 - fault.share());
            case PARTITION -> cluster.partition(name);
            case MUTE -> cluster.mute(name);
            case TCP -> openSlowConnections(fault, name);
            case NOISE -> noises.begin(cluster, name, fault.count());
            case CLOCK -> cluster.setClock(name, fault.by());
            case RESTART -> {
                say.accept(books.fault(at, name, fault.kind().done()).text());
                cluster.terminate(name);
                return;
            }
        }
        say.accept(books.fault(at, name, fault.kind().done()).text());
    }

    private void undo(Fault fault, String name) throws CommandFailure, IOException, InterruptedException {
        // In the books first: the node may answer before this thread has its turn again.
        say.accept(books.undone(now(), name, fault.kind().undone()).text());
        switch (fault.kind()) {
            case KILL, WIPE, RESTART -> cluster.startAgain(name);
            case STOP -> cluster.goOn(name);
            case SLOW -> slowedNode(name).gets(1);
            case DISK_FULL -> cluster.free(name);
            case SLOW_DISK -> cluster.hastenDisk(name);
            case PUSH -> rollBack(fault, name);
            case LOSS -> cluster.loses(name, 0);
            case PARTITION, MUTE -> cluster.heal(name);
            case TCP -> closeSlowConnections(fault, name);
            case NOISE -> say.accept(books.said(now(), name, noises.end(name)).text());
            case CLOCK -> cluster.setClock(name, Duration.ZERO);
        }
    }

    private void push(Fault fault, String name) throws CommandFailure, IOException, InterruptedException {
        BadPush push = new BadPush(cluster, name);
        pushes.put(fault, push);
        String refusal = push.refusal();
        books.pushed(refusal != null);
        if (refusal != null) {
            say.accept(books.said(now(), name, "refuses a bad push: " + refusal).text());
            push.force();
        }
    }

    private void rollBack(Fault fault, String name) throws CommandFailure, IOException, InterruptedException {
        long asked = now();
        BadPush push = Objects.requireNonNull(pushes.get(fault));
        push.rollBack();
        while (!push.isMended()) {
            if (ended.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        }
        books.mended(now() - asked);
        say.accept(
                books.said(now(), name, "all nodes answer as before the push").text());
    }

    private void openSlowConnections(Fault fault, String name) throws CommandFailure, IOException {
        InetSocketAddress address = ServerAddress.parse(cluster.node(name).dns());
        slowConnections.put(fault, new SlowConnections(address, fault.count(), ADDRESSES));
    }

    /** If the fault has opened some. */
    private void closeSlowConnections(Fault fault, String name) throws IOException {
        SlowConnections open = slowConnections.remove(fault);
        if (open != null) {
            open.close();
            say.accept(books.said(now(), name, "had " + open).text());
        }
    }

    private SlowedNode slowedNode(String name) throws CommandFailure {
        return Optional.ofNullable(slowed.get(name))
                .orElseThrow(() -> CommandFailure.failed(name + " has no rate of which it could have a share"));
    }

    /** A node that does not come back is for the criteria to judge. */
    private void awaitReturn(String name) throws CommandFailure, IOException, InterruptedException {
        try {
            cluster.awaitReady(name);
        } catch (CommandFailure e) {
            if (ended.getCount() > 0) {
                say.accept(books.said(now(), name, "is not ready: " + e.getMessage())
                        .text());
            }
            return;
        }
        SlowedNode before = slowed.get(name);
        if (before != null) {
            slowed.put(name, before.as(cluster.node(name)));
        }
        if (ended.getCount() > 0) {
            say.accept(books.said(now(), name, READY).text());
        }
    }

    /** Whom a fault is for, at this moment. */
    private List<String> targets(Fault fault) throws CommandFailure, InterruptedException {
        List<String> all = cluster.nodes().stream().map(ClusterFile.Node::name).toList();
        return switch (fault.target()) {
            case Fault.ALL -> all;
            case Fault.LEADER -> List.of(withRole("leader"));
            case Fault.FOLLOWER -> List.of(withRole("follower"));
            case Fault.ALL_BUT_ONE -> {
                String spared = spared(all);
                yield all.stream().filter(name -> !name.equals(spared)).toList();
            }
            default -> List.of(fault.target());
        };
    }

    private String spared(List<String> all) throws InterruptedException {
        for (String name : all) {
            if (role(name).equals("follower")) {
                return name;
            }
        }
        return all.getLast();
    }

    private String withRole(String role) throws CommandFailure, InterruptedException {
        long end = now() + ELECTION.toNanos();
        do {
            for (ClusterFile.Node node : cluster.nodes()) {
                if (role(node.name()).equals(role)) {
                    return node.name();
                }
            }
        } while (now() < end && !ended.await(LOOK.toMillis(), TimeUnit.MILLISECONDS));
        throw CommandFailure.failed("no node was a %s within %d s".formatted(role, ELECTION.toSeconds()));
    }

    /** In small letters; empty if it does not say. */
    private String role(String name) throws InterruptedException {
        Optional<JsonNode> status = ClusterWatch.status(cluster, cluster.node(name));
        return status.map(ClusterWatch::role).orElse("");
    }
}
