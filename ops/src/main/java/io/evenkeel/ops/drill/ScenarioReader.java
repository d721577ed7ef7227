package io.evenkeel.ops.drill;

import io.evenkeel.ops.drill.Criterion.Kind;
import io.evenkeel.ops.fleet.DeviceGroup;
import io.evenkeel.ops.fleet.FleetLimits;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.fleet.Sources;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a scenario file, and says all that is wrong with it at once. */
final class ScenarioReader {
    /** Farther than the far side of the earth by any way, and short enough that what is under way needs little room. */
    private static final Duration MOST_DELAY = Duration.ofSeconds(5);

    private static final double MOST_WEIGHT = 1e6;
    private static final double MOST_RATE = 1e7;
    private static final double MOST_AMPLIFICATION = 1e6;
    /** Of what is wanted; less is an outage, whatever the machine. */
    private static final double OLD_GOODPUT = 0.1;

    private static final int MOST_SEED = Integer.MAX_VALUE;

    private final Path file;
    private final Scale scale;
    private final List<String> problems = new ArrayList<>();

    private ScenarioReader(Path file, Scale scale) {
        this.file = file;
        this.scale = scale;
    }

    /** As it is written, see {@link #read(Path, Scale)}. */
    static Scenario read(Path file) throws CommandFailure, IOException {
        return read(file, Scale.NONE);
    }

    /**
     * Reads one.
     *
     * @throws CommandFailure with {@link CommandFailure#USAGE} and every problem, each with file and line
     */
    static Scenario read(Path file, Scale scale) throws CommandFailure, IOException {
        ScenarioReader reader = new ScenarioReader(file, scale);
        Scenario scenario = reader.scenario(Yaml.read(file, reader.problems));
        if (!reader.problems.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s is no scenario: %d %s"
                            .formatted(
                                    file, reader.problems.size(), reader.problems.size() == 1 ? "problem" : "problems"),
                    reader.problems);
        }
        return scenario;
    }

    private Scenario scenario(Yaml yaml) {
        Keys keys = Keys.of(file, problems, yaml, "the scenario");
        long seed = (long) keys.number("seed", 0, MOST_SEED, 1);
        if (!keys.has("seconds")) {
            keys.problem("seconds", "the scenario wants seconds");
        }
        int seconds = (int) keys.number("seconds", 1, FleetLimits.SECONDS, FleetLimits.SECONDS);
        int sockets = (int) keys.number("sockets", 1, FleetLimits.SOCKETS, FleetLimits.USUAL_SOCKETS);
        String title = keys.text("title").orElse("");
        FaultReader ofCluster = new FaultReader(keys, seconds, scale);
        ClusterPlan cluster = ofCluster.cluster();
        List<FleetNode> nodes = cluster == null ? nodes(keys) : FaultReader.nodes(cluster);
        List<Fault> faults = ofCluster.faults(cluster);
        List<DeviceGroup> groups = groups(keys, nodes);
        Sources sources = sources(keys, nodes);
        List<FleetPlan.Silence> silences = silences(keys, seconds);
        List<FleetPlan.Delay> delays = delays(keys, seconds);
        FleetPlan plan = new FleetPlan(
                nodes, groups, sources, sockets, Math.round(seconds * scale.times()), seed, silences, delays);
        if (plan.devices() > FleetLimits.DEVICES) {
            keys.problem(
                    "groups",
                    "%,d devices are more than %,d, the most of one process"
                            .formatted(plan.devices(), FleetLimits.DEVICES));
        } else if (Math.ceilDiv(plan.devices(), sockets) > FleetLimits.DEVICES_PER_SOCKET) {
            keys.problem(
                    "sockets",
                    "%d sockets are too few for %d devices: no more than %d may share one"
                            .formatted(sockets, plan.devices(), FleetLimits.DEVICES_PER_SOCKET));
        }
        if (plan.seconds() < 1 || plan.seconds() > FleetLimits.SECONDS) {
            keys.problem(
                    "seconds",
                    "%d seconds at this scale are %.0f, and a run takes 1 to %d"
                            .formatted(seconds, plan.seconds(), FleetLimits.SECONDS));
        }
        List<ClusterCriterion> clusterCriteria = new ArrayList<>();
        List<Criterion> criteria = criteria(keys, plan, faults, cluster, clusterCriteria);
        Capacity capacity = capacity(keys);
        StaleQueue staleQueue = staleQueue(keys, plan, cluster);
        keys.end();
        return new Scenario(file, title, plan, criteria, capacity, cluster, faults, clusterCriteria, staleQueue);
    }

    private @Nullable Capacity capacity(Keys keys) {
        Yaml yaml = keys.value("capacity");
        if (yaml == null) {
            return null;
        }
        Keys capacity = keys.below(yaml, "capacity");
        capacity.needed("answers");
        double answers = capacity.rate("answers", MOST_RATE);
        if (answers == 0 && capacity.text("answers").isPresent()) {
            capacity.problem("answers", "nodes that answer nothing have no capacity: answers wants more than 0/s");
        }
        capacity.needed("drop-cost");
        double dropCost = capacity.number("drop-cost", 0, 1, 0);
        double least = capacity.number("least-headroom", 0, MOST_AMPLIFICATION, 0);
        capacity.end();
        return new Capacity(answers * scale.size(), dropCost, least);
    }

    private @Nullable StaleQueue staleQueue(Keys keys, FleetPlan plan, @Nullable ClusterPlan cluster) {
        String key = "design-2020";
        Yaml yaml = keys.value(key);
        if (yaml == null) {
            return null;
        }
        if (cluster == null || cluster.rate() <= 0) {
            keys.problem(
                    key, key + " is of nodes that the drill starts and holds to a rate: it wants cluster, with rate");
        }
        Keys below = keys.below(yaml, key);
        Duration second = Duration.ofSeconds(1);
        Duration end = Duration.ofMillis(Math.round(plan.seconds() / scale.times() * 1e3));
        Duration last = end.minus(second).isNegative() ? Duration.ZERO : end.minus(second);
        below.needed("from");
        double from = below.time("from", Duration.ZERO, last, Duration.ZERO).toMillis() / 1e3;
        double share = below.percent("goodput", 1, OLD_GOODPUT);
        below.end();
        return new StaleQueue(from * scale.times(), plan.seconds(), share);
    }

    private List<FleetNode> nodes(Keys keys) {
        List<FleetNode> nodes = new ArrayList<>();
        Yaml yaml = keys.needed("nodes");
        if (yaml == null) {
            return nodes;
        }
        Keys all = keys.below(yaml, "nodes");
        if (all.names().isEmpty() || all.names().size() > FleetLimits.NODES) {
            keys.problem("nodes", "nodes wants 1 to %d nodes".formatted(FleetLimits.NODES));
        }
        all.names().forEach((name, value) -> {
            Optional<FleetNode> node = value instanceof Yaml.Scalar scalar
                    ? node(name, scalar.text(), 1, null, all, name)
                    : nodeOfKeys(name, all.below(value, "node " + name));
            node.ifPresent(nodes::add);
        });
        for (FleetNode node : nodes) {
            if (isIPv6(node) != isIPv6(nodes.getFirst())) {
                all.problem(node.name(), "one fleet asks over IPv4 or over IPv6, and not over both");
            }
        }
        return nodes;
    }

    private static boolean isIPv6(FleetNode node) {
        return node.address().getAddress().getAddress().length > 4;
    }

    private Optional<FleetNode> nodeOfKeys(String name, Keys keys) {
        double weight = keys.number("weight", 0, MOST_WEIGHT, 1);
        InetAddress known = null;
        Optional<String> knownAs = keys.text("known-as");
        if (knownAs.isPresent()) {
            try {
                known = InetAddress.ofLiteral(knownAs.get());
            } catch (IllegalArgumentException noAddress) {
                keys.problem("known-as", "known-as wants an address as records have it, not " + knownAs.get());
            }
        }
        InetAddress as = known;
        keys.needed("address");
        Optional<FleetNode> node =
                keys.text("address").flatMap(address -> node(name, address, weight, as, keys, "address"));
        keys.end();
        return node;
    }

    private static Optional<FleetNode> node(
            String name, String text, double weight, @Nullable InetAddress knownAs, Keys keys, String key) {
        try {
            InetSocketAddress address = ServerAddress.parse(text);
            if (ServerAddress.isPrivate(address.getAddress())) {
                return Optional.of(new FleetNode(name, address, weight, knownAs));
            }
            keys.problem(
                    key,
                    "%s is neither on this machine nor in a private network, and a drill is for these alone"
                            .formatted(address.getAddress().getHostAddress()));
        } catch (CommandFailure e) {
            keys.problem(key, "node %s: %s".formatted(name, e.getMessage()));
        }
        return Optional.empty();
    }

    private Sources sources(Keys keys, List<FleetNode> nodes) {
        List<String> asked = keys.texts("sources");
        InetAddress node = nodes.isEmpty()
                ? InetAddress.getLoopbackAddress()
                : nodes.getFirst().address().getAddress();
        try {
            return Sources.of("sources", asked, node);
        } catch (CommandFailure e) {
            keys.problem("sources", e.getMessage());
            return Sources.none();
        }
    }

    private List<DeviceGroup> groups(Keys keys, List<FleetNode> nodes) {
        List<DeviceGroup> groups = new ArrayList<>();
        Yaml yaml = keys.needed("groups");
        if (yaml == null) {
            return groups;
        }
        Keys all = keys.below(yaml, "groups");
        if (all.names().isEmpty() || all.names().size() > FleetLimits.GROUPS) {
            keys.problem("groups", "groups wants 1 to %d groups".formatted(FleetLimits.GROUPS));
        }
        all.names()
                .forEach((name, value) ->
                        groups.add(GroupReader.read(name, all.below(value, "group " + name), nodes, scale.size())));
        return groups;
    }

    private List<FleetPlan.Silence> silences(Keys keys, int seconds) {
        List<FleetPlan.Silence> silences = new ArrayList<>();
        for (Keys silence : each(keys, "silence", "a silence")) {
            silences.add(time(silence, "silence", seconds));
            silence.end();
        }
        return silences;
    }

    private List<FleetPlan.Delay> delays(Keys keys, int seconds) {
        List<FleetPlan.Delay> delays = new ArrayList<>();
        for (Keys delay : each(keys, "delay", "a delay")) {
            FleetPlan.Silence time = time(delay, "delay", seconds);
            delay.needed("by");
            Duration by = delay.time("by", Duration.ofMillis(1), MOST_DELAY, Duration.ofMillis(1));
            delay.end();
            delays.add(new FleetPlan.Delay(time.fromNanos(), time.toNanos(), by.toNanos()));
        }
        return delays;
    }

    /** What is below a key: one, a list, or nothing. */
    private static List<Keys> each(Keys keys, String key, String what) {
        Yaml yaml = keys.value(key);
        if (yaml == null) {
            return List.of();
        }
        List<Yaml> all = yaml instanceof Yaml.Sequence sequence ? sequence.values() : List.of(yaml);
        return all.stream().map(one -> keys.below(one, what)).toList();
    }

    private FleetPlan.Silence time(Keys keys, String what, int seconds) {
        Duration end = Duration.ofSeconds(seconds);
        keys.needed("from");
        keys.needed("for");
        Duration from = keys.time("from", Duration.ZERO, end, Duration.ZERO);
        Duration length = keys.time("for", Duration.ofMillis(1), end, Duration.ofMillis(1));
        if (from.plus(length).compareTo(end) > 0) {
            keys.problem("for", "the %s ends after the scenario, which takes %d s".formatted(what, seconds));
        }
        return new FleetPlan.Silence((long) (from.toNanos() * scale.times()), (long)
                (from.plus(length).toNanos() * scale.times()));
    }

    private List<Criterion> criteria(
            Keys keys,
            FleetPlan plan,
            List<Fault> faults,
            @Nullable ClusterPlan cluster,
            List<ClusterCriterion> ofCluster) {
        Yaml yaml = keys.value("pass");
        List<Criterion> criteria = new ArrayList<>();
        if (yaml == null) {
            return criteria;
        }
        OptionalDouble onset = Stream.concat(
                        plan.silences().stream().map(silence -> silence.fromNanos() / 1e9),
                        faults.stream().map(Fault::begin))
                .mapToDouble(each -> each)
                .min();
        for (Yaml each : yaml instanceof Yaml.Sequence sequence ? sequence.values() : List.of(yaml)) {
            Keys one = keys.below(each, "a criterion");
            Optional<ClusterCriterion> found = FaultReader.criterion(one, cluster, faults, onset, plan.seconds());
            if (found.isPresent()) {
                ofCluster.add(found.get());
            } else {
                criterion(one, each.line(), plan, faults).ifPresent(criteria::add);
            }
        }
        return criteria;
    }

    private Optional<Criterion> criterion(Keys keys, int line, FleetPlan plan, List<Fault> faults) {
        List<Kind> kinds = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            if (keys.has(kind.toString())) {
                kinds.add(kind);
            }
        }
        if (kinds.size() != 1) {
            keys.problem(
                    line,
                    "a criterion wants one of first-try, success, waiting, amplification, goodput, p99, deaths, leader-changes, writes-back, stale, mended, agree, memory, log-bounded, page-within, no-page");
            return Optional.empty();
        }
        Kind kind = kinds.getFirst();
        String key = kind.toString();
        double bar = switch (kind) {
            case FIRST_TRY, SUCCESS, WAITING -> keys.percent(key, 1, 0);
            case AMPLIFICATION -> keys.number(key, 0, MOST_AMPLIFICATION, 0);
            case GOODPUT -> keys.rate(key, MOST_RATE) * scale.size();
            case P99 ->
                keys.time(key, Duration.ofMillis(1), FleetLimits.TIMEOUT, FleetLimits.TIMEOUT)
                        .toMillis();
        };
        int group = -1;
        Optional<String> name = keys.text("group");
        if (name.isPresent()) {
            List<String> names = plan.groups().stream().map(DeviceGroup::name).toList();
            group = names.indexOf(name.get());
            if (group < 0) {
                keys.problem("group", "there is no group " + name.get());
            }
        }
        Criterion.Window window = window(keys, kind, plan, faults);
        keys.end();
        return Optional.of(new Criterion(kind, bar, window, group, plan));
    }

    private Criterion.Window window(Keys keys, Kind kind, FleetPlan plan, List<Fault> faults) {
        Duration end = Duration.ofMillis(Math.round(plan.seconds() / scale.times() * 1e3));
        Duration second = Duration.ofSeconds(1);
        boolean within = kind == Kind.WAITING && keys.has("within");
        boolean afterDrain = kind == Kind.FIRST_TRY && keys.has("after-drain");
        if (within || afterDrain) {
            String key = within ? "within" : "after-drain";
            OptionalDouble last = Stream.concat(
                            plan.silences().stream().map(silence -> silence.toNanos() / 1e9),
                            faults.stream().map(Fault::end))
                    .mapToDouble(each -> each)
                    .max();
            if (last.isEmpty()) {
                keys.problem(key, key + " counts from the end of a silence or of a fault, and there is none");
                return Criterion.Window.of(0, plan.seconds());
            }
            double from = last.getAsDouble();
            String after = faults.isEmpty() ? "the silence" : "the last fault";
            // A fleet drains in a second at the soonest.
            Duration most = Duration.ofMillis((long) ((plan.seconds() - from) * 1e3))
                    .minus(afterDrain ? second : Duration.ZERO);
            double length = keys.time(key, second, most.compareTo(second) < 0 ? second : most, second)
                            .toMillis()
                    / 1e3;
            return within
                    ? new Criterion.Window(from, from + length, true, 0, after, List.of(), 0)
                    : new Criterion.Window(from, plan.seconds(), false, length, after, List.of(), 0);
        }
        double from = keys.time("from", Duration.ZERO, end.minus(second), Duration.ZERO)
                        .toMillis()
                / 1e3;
        double to = keys.time("to", second, end, end).toMillis() / 1e3;
        double spared =
                keys.time("not-within", Duration.ZERO, end, Duration.ZERO).toMillis() / 1e3;
        if (to - from < 1) {
            keys.problem(
                    "to",
                    "a window is a second long or longer, and this one ends %s s after its beginning"
                            .formatted(String.format(Locale.ROOT, "%.3f", to - from)));
        }
        List<Double> onsets = faults.stream().map(Fault::begin).toList();
        return new Criterion.Window(from * scale.times(), to * scale.times(), false, 0, "", onsets, spared);
    }
}
