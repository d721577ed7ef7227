package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.DeviceGroup;
import io.evenkeel.ops.fleet.FleetLimits;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.NodeChoice;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.Reaction;
import io.evenkeel.ops.fleet.Reactions;
import io.evenkeel.ops.fleet.RetryPolicy;
import io.evenkeel.ops.verb.CommandFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads a group of devices of a scenario. */
final class GroupReader {
    private static final Duration USUAL_CAP = Duration.ofMinutes(1);
    private static final Duration USUAL_ROUND_TRIP = Duration.ofMillis(20);
    private static final Duration USUAL_PAUSE = Duration.ofSeconds(1);
    private static final double MOST_JITTER = 0.9;
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private GroupReader() {}

    /** @param scale of its number of devices */
    static DeviceGroup read(String name, Keys keys, List<FleetNode> nodes, double scale) {
        for (String needed : List.of("devices", "period", "names")) {
            keys.needed(needed);
        }
        int devices = (int) Math.max(1, Math.round(keys.number("devices", 1, FleetLimits.DEVICES, 1) * scale));
        Duration period = keys.time("period", FleetLimits.LEAST_PAUSE, FleetLimits.PAUSE, FleetLimits.PAUSE);
        RetryPolicy retry = keys.word("retry", RetryPolicy.IMMEDIATE, List.of(RetryPolicy.values()));
        NodeChoice choice = keys.word("choose", usualChoice(retry), List.of(NodeChoice.values()));
        List<Integer> places = places(keys, keys.texts("nodes"), nodes);
        check(keys, choice, places, nodes);
        Duration none = Duration.ZERO;
        DeviceGroup group = new DeviceGroup(
                name,
                devices,
                period.toNanos(),
                keys.percent("jitter", MOST_JITTER, 0),
                questions(keys),
                keys.time("timeout", FleetLimits.LEAST_TIMEOUT, FleetLimits.TIMEOUT, retry.usualTimeout())
                        .toNanos(),
                retry,
                keys.time("backoff-cap", FleetLimits.LEAST_TIMEOUT, FleetLimits.PAUSE, USUAL_CAP)
                        .toNanos(),
                reactions(keys, retry.usualReactions()),
                choice,
                places.isEmpty() ? List.of(0) : places,
                (int) keys.number("site", 1, FleetLimits.DEVICES, 1),
                keys.time("round-trip", none, FleetLimits.TIMEOUT, USUAL_ROUND_TRIP)
                        .toNanos(),
                keys.time("pause-after-failure", none, FleetLimits.PAUSE, USUAL_PAUSE)
                        .toNanos());
        keys.end();
        return group;
    }

    /** A stub resolver has its list in a file; a device without one has drawn its node. */
    private static NodeChoice usualChoice(RetryPolicy retry) {
        return retry == RetryPolicy.IMMEDIATE || retry == RetryPolicy.BACKOFF ? NodeChoice.STICKY : NodeChoice.LIST;
    }

    private static Reactions reactions(Keys keys, Reactions usual) {
        List<Reaction> codes = List.of(Reaction.RETRY, Reaction.WAIT, Reaction.FAIL, Reaction.ACCEPT);
        return new Reactions(
                keys.word("on-refused", usual.refused(), codes),
                keys.word("on-servfail", usual.servfail(), codes),
                keys.word("on-truncated", usual.truncated(), List.of(Reaction.TCP, Reaction.WAIT, Reaction.ACCEPT)),
                keys.word("on-icmp", usual.icmp(), List.of(Reaction.RETRY, Reaction.WAIT, Reaction.FAIL)));
    }

    private static List<QuestionPattern> questions(Keys keys) {
        List<String> names = keys.texts("names");
        if (names.size() > FleetLimits.QUESTIONS) {
            keys.problem("names", "names wants 1 to %d names".formatted(FleetLimits.QUESTIONS));
        }
        List<QuestionPattern> questions = new ArrayList<>();
        for (String text : names) {
            String[] words = SPACE.split(text.strip(), -1);
            if (words.length != 2) {
                keys.problem("names", "a name stands before its type, as in `dev-###.example A`, not " + text);
                continue;
            }
            try {
                questions.add(QuestionPattern.of(words[0], text, words[1], text, QuestionPattern.Edns.NONE));
            } catch (CommandFailure e) {
                keys.problem("names", e.getMessage());
            }
        }
        return questions;
    }

    /** Where the nodes of the group stand among all; if it names none, all. */
    private static List<Integer> places(Keys keys, List<String> names, List<FleetNode> nodes) {
        Map<String, Integer> known = new HashMap<>();
        for (FleetNode node : nodes) {
            known.put(node.name(), known.size());
        }
        List<Integer> places = new ArrayList<>();
        for (String name : names.isEmpty() ? nodes.stream().map(FleetNode::name).toList() : names) {
            Integer place = known.get(name);
            if (place == null) {
                keys.problem("nodes", "there is no node " + name);
            } else if (places.contains(place)) {
                keys.problem("nodes", "node %s stands here a second time".formatted(name));
            } else {
                places.add(place);
            }
        }
        return places;
    }

    /** Whether that choice can be made among these. */
    private static void check(Keys keys, NodeChoice choice, List<Integer> places, List<FleetNode> nodes) {
        double weight =
                places.stream().mapToDouble(place -> nodes.get(place).weight()).sum();
        if (!places.isEmpty() && weight <= 0) {
            keys.problem("choose", "no node of the group has a weight");
        }
        if (choice == NodeChoice.FIRST_ADDRESS
                && places.stream().anyMatch(place -> nodes.get(place).knownAs() == null)) {
            keys.problem("choose", "first-address wants known-as of each node of the group");
        }
    }
}
