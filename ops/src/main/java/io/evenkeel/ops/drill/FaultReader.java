package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.local.Layout;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Durations;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/** Reads of a scenario the cluster that a drill starts, what is done to it, and what must come of that. */
final class FaultReader {
    private static final double MOST_RATE = 1e6;
    /** Below it the threads of a node have no time for their timers. */
    private static final double LEAST_RATE = 500;
    /** Of a share, as a part of one. */
    private static final double LEAST_SHARE = 0.01;

    /** Of noise of each kind: more than a log could take anyway, and a core of the drill's own. */
    private static final double MOST_NOISE = 1000;

    private static final int MOST_COUNT = 1000;
    /** Ten times what a node takes by itself. */
    private static final int USUAL_CONNECTIONS = 10_000;
    /** A process may mostly have some more files, and the fleet needs some. */
    private static final int MOST_CONNECTIONS = 50_000;

    /** A scenario of more would be made by a program. */
    private static final int MOST_FAULTS = 100;

    /** Of a jump of a clock; whoever sets a clock by hand is seldom wrong by more. */
    private static final Duration MOST_JUMP = Duration.ofHours(24);
    /** A smaller one could not be told from the time that an answer of the node takes. */
    private static final Duration LEAST_JUMP = Duration.ofSeconds(10);

    private final Keys keys;
    private final int seconds;
    private final Scale scale;

    FaultReader(Keys keys, int seconds, Scale scale) {
        this.keys = keys;
        this.seconds = seconds;
        this.scale = scale;
    }

    @Nullable
    ClusterPlan cluster() {
        Yaml yaml = keys.value("cluster");
        if (yaml == null) {
            return null;
        }
        if (keys.has("nodes")) {
            keys.problem("nodes", "the drill starts its nodes by itself if there is a cluster: take nodes out");
        }
        Keys cluster = keys.below(yaml, "cluster");
        int nodes = cluster.word("nodes", 3, List.of(1, 3, 5));
        double rate = cluster.rate("rate", MOST_RATE);
        if (cluster.has("rate") && rate < LEAST_RATE) {
            cluster.problem("rate", "rate wants %.0f/s to %.0f/s".formatted(LEAST_RATE, MOST_RATE));
        }
        cluster.end();
        return new ClusterPlan(nodes, rate * scale.size());
    }

    /** As the fleet knows them before they run; their ports are found then. */
    static List<FleetNode> nodes(ClusterPlan cluster) {
        List<FleetNode> nodes = new ArrayList<>();
        for (ClusterFile.Node node : Layout.usual(cluster.nodes()).plan()) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), node.dnsPort());
            nodes.add(new FleetNode(node.name(), address, 1, null));
        }
        return nodes;
    }

    List<Fault> faults(@Nullable ClusterPlan cluster) {
        List<Fault> faults = new ArrayList<>();
        Yaml yaml = keys.value("faults");
        if (yaml == null) {
            return faults;
        }
        if (cluster == null) {
            keys.problem("faults", "a drill breaks only nodes of its own: faults want cluster instead of nodes");
            return faults;
        }
        List<Yaml> all = yaml instanceof Yaml.Sequence sequence ? sequence.values() : List.of(yaml);
        if (all.size() > MOST_FAULTS) {
            keys.problem("faults", "faults wants %d faults at most".formatted(MOST_FAULTS));
        }
        for (Yaml each : all) {
            faults.add(fault(keys.below(each, "a fault"), cluster));
        }
        List<Fault.Kind> kinds = faults.stream().map(Fault::kind).toList();
        if (kinds.contains(Fault.Kind.DISK_FULL) && kinds.contains(Fault.Kind.SLOW_DISK)) {
            keys.problem(
                    "faults", "a node has a disk that can be full or one that can be slow: make two scenarios of them");
        }
        return faults;
    }

    private Fault fault(Keys fault, ClusterPlan cluster) {
        fault.needed("at");
        fault.needed("do");
        fault.needed("node");
        Duration end = Duration.ofSeconds(seconds);
        Duration at = fault.time("at", Duration.ZERO, end, Duration.ZERO);
        Fault.Kind kind = fault.word("do", Fault.Kind.KILL, List.of(Fault.Kind.values()));
        List<String> targets = Stream.concat(
                        nodes(cluster).stream().map(FleetNode::name),
                        Stream.of(Fault.LEADER, Fault.FOLLOWER, Fault.ALL, Fault.ALL_BUT_ONE))
                .toList();
        String target = fault.word("node", Fault.LEADER, targets);
        Duration length = fault.time("for", Duration.ofMillis(1), end, Duration.ZERO);
        if (at.plus(length).compareTo(end) > 0) {
            fault.problem("for", "the fault ends after the scenario, which takes %d s".formatted(seconds));
        }
        if (kind == Fault.Kind.RESTART && fault.has("for")) {
            fault.problem(
                    "for", "a node that is restarted is started as soon as it has ended: take for out, or kill it");
        }
        if (kind == Fault.Kind.WIPE || kind == Fault.Kind.PUSH) {
            fault.needed("for");
        }
        checkTarget(fault, kind, target, cluster.nodes());
        int count =
                kind == Fault.Kind.TCP ? (int) fault.number("connections", 1, MOST_CONNECTIONS, USUAL_CONNECTIONS) : 0;
        double share = 1;
        if (kind == Fault.Kind.SLOW || kind == Fault.Kind.LOSS) {
            fault.needed("to");
            share = fault.percent("to", 1, 1);
            if (share < LEAST_SHARE) {
                fault.problem("to", "to wants 1 % to 100 %");
            }
            if (kind == Fault.Kind.SLOW && cluster.rate() <= 0) {
                fault.problem("do", "slow is to a share of a rate: give the cluster one");
            }
        }
        if (kind == Fault.Kind.NOISE) {
            fault.needed("rate");
            count = (int) fault.rate("rate", MOST_NOISE);
            if (fault.has("rate") && count < 1) {
                fault.problem("rate", "rate wants 1/s to %.0f/s, of each kind of noise".formatted(MOST_NOISE));
            }
        }
        Duration by = kind == Fault.Kind.CLOCK ? jump(fault) : Duration.ZERO;
        fault.end();
        return new Fault(scaled(at), kind, target, scaled(length), share, count, by);
    }

    /** As in {@code 1h} or {@code -1h}, in whole seconds. */
    private static Duration jump(Keys fault) {
        fault.needed("by");
        Optional<String> text = fault.text("by");
        if (text.isEmpty()) {
            return Duration.ZERO;
        }
        boolean back = text.get().startsWith("-");
        try {
            Duration jump =
                    new Durations().convert(back ? text.get().substring(1).strip() : text.get());
            if (jump.compareTo(LEAST_JUMP) >= 0 && jump.compareTo(MOST_JUMP) <= 0 && jump.toMillis() % 1000 == 0) {
                return back ? jump.negated() : jump;
            }
        } catch (TypeConversionException noTime) {
            // falls through to the one message for all that is no jump within the bounds
        }
        fault.problem("by", "by wants whole seconds from 10s to 24h, with a minus for back, not " + text.get());
        return Duration.ZERO;
    }

    private static void checkTarget(Keys fault, Fault.Kind kind, String target, int nodes) {
        boolean several = target.equals(Fault.ALL) || target.equals(Fault.ALL_BUT_ONE);
        if (kind == Fault.Kind.WIPE && (nodes == 1 || several)) {
            fault.problem(
                    "node",
                    "a cluster without the data of a majority has lost its zones: wipe one node of three or five");
        }
        if (kind == Fault.Kind.PUSH && several) {
            fault.problem("node", "a zone is pushed through one node: name it, or take leader or follower");
        }
        if (kind == Fault.Kind.TCP && several) {
            fault.problem("node", "slow connections are to one node: name it, or take leader or follower");
        }
        if (kind.isCut() && nodes == 1) {
            fault.problem("do", "a single node has no other to be cut from: give the cluster three nodes or five");
        }
    }

    private Duration scaled(Duration time) {
        return Duration.ofNanos((long) (time.toNanos() * scale.times()));
    }

    /**
     * Empty if it is about the fleet.
     *
     * @param onset of the first fault or silence, in seconds from the start of the run
     */
    static Optional<ClusterCriterion> criterion(
            Keys keys, @Nullable ClusterPlan cluster, List<Fault> faults, OptionalDouble onset, double seconds) {
        for (ClusterCriterion.Kind kind : ClusterCriterion.Kind.values()) {
            String key = kind.toString();
            if (keys.has(key)) {
                if (cluster == null) {
                    keys.problem(
                            key, key + " is seen of nodes that the drill starts: it wants cluster instead of nodes");
                }
                long bar = bar(keys, kind);
                if (kind == ClusterCriterion.Kind.PAGE_WITHIN) {
                    if (onset.isEmpty()) {
                        keys.problem(key, key + " counts from the onset of a fault or of a silence, and there is none");
                    } else if (onset.getAsDouble() + bar / 1e9 > seconds) {
                        keys.problem(
                                key,
                                "the scenario ends %.0f s after that onset, before a page must have come"
                                        .formatted(seconds - onset.getAsDouble()));
                    }
                }
                double from = kind == ClusterCriterion.Kind.AGREE
                        ? endOfFaults(keys, faults, bar / 1e9, seconds)
                        : onset.orElse(0);
                keys.end();
                return Optional.of(new ClusterCriterion(kind, bar, from));
            }
        }
        return Optional.empty();
    }

    /** From when on nodes may be asked to agree, in seconds from the start of the run. */
    private static double endOfFaults(Keys keys, List<Fault> faults, double bar, double seconds) {
        String key = ClusterCriterion.Kind.AGREE.toString();
        double end = faults.stream().mapToDouble(Fault::end).max().orElse(0);
        if (faults.isEmpty()) {
            keys.problem(key, key + " counts from the end of the last fault, and there is none");
        } else if (faults.stream().anyMatch(fault -> fault.length().isZero() && fault.kind() != Fault.Kind.RESTART)) {
            keys.problem(key, key + " counts from the end of the last fault, and one has none: give each fault for");
        } else if (end + bar > seconds) {
            keys.problem(
                    key,
                    "the scenario ends %.0f s after the last fault, before all nodes must agree"
                            .formatted(seconds - end));
        }
        return end;
    }

    private static long bar(Keys keys, ClusterCriterion.Kind kind) {
        String key = kind.toString();
        if (kind.isFlag()) {
            boolean _ = keys.word(key, true, List.of(true));
            return 0;
        }
        if (kind == ClusterCriterion.Kind.MEMORY) {
            return keys.size(key);
        }
        return kind.isTime()
                ? keys.time(key, Duration.ofMillis(1), Duration.ofHours(1), Duration.ofHours(1))
                        .toNanos()
                : (long) keys.number(key, 0, MOST_COUNT, 0);
    }
}
