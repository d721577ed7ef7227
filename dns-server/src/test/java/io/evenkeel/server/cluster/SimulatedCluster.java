package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * The world of a scenario: machines, the network between them and the clusters that they make, in one thread and in virtual
 * time. The rules are the real ones, and so are the messages that they exchange. Raft is a list (SimulatedGroup): a member
 * that takes part knows at once what was committed.
 *
 * The commands are explained beside the scenarios, in README.md.
 */

/** Carries out the commands of a scenario, and tells the results. */
final class SimulatedCluster {
    private static final Duration TICK = Duration.ofMillis(500);
    /** Longer than any pause of a node, so that each has been asked and heard. */
    private static final Duration CALM = Duration.ofSeconds(12);

    private final Map<String, SimulatedNode> nodes = new LinkedHashMap<>();
    private final Map<UUID, SimulatedGroup> groups = new HashMap<>();
    private final List<UUID> ids = new ArrayList<>();
    private final List<String> printed = new ArrayList<>();
    private Duration now = Duration.ZERO;

    /** Carries out one command; what it brings about, a line each. */
    List<String> run(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" +")));
        String verb = words.removeFirst();
        switch (verb) {
            case "nodes" -> words.forEach(name -> declare(name, name, words, Map.of()));
            case "node" -> node(words);
            case "formed" -> formed(words);
            case "start" -> words.forEach(name -> find(name).start());
            case "stop" -> words.forEach(name -> find(name).stop());
            case "wipe" -> words.forEach(name -> find(name).wipe());
            case "damage" -> words.forEach(name -> find(name).damage());
            case "copy" -> find(words.get(1)).copyDisk(find(words.get(0)));
            case "restore" -> restore(words.getFirst());
            case "cut" -> words.forEach(name -> find(name).cutOff(true));
            case "heal" -> words.forEach(name -> find(name).cutOff(false));
            case "freeze" -> words.forEach(name -> find(name).freeze(false));
            case "unread" -> words.forEach(name -> find(name).freeze(true));
            case "thaw" -> words.forEach(name -> find(name).thaw());
            case "behind" -> latest().behind.put(words.get(0), Long.parseLong(words.get(1)));
            case "fail" -> latest().failing.addAll(words);
            case "level" -> latest().level = Integer.parseInt(words.getFirst());
            case "run" -> pass();
            case "add" ->
                manage(new Manage(
                        Manage.Verb.ADD,
                        words.getFirst(),
                        option(words, "raft", host(words.getFirst()) + ":7400"),
                        option(words, "peer", host(words.getFirst()) + ":7500")));
            case "remove" -> manage(new Manage(Manage.Verb.REMOVE, words.getFirst(), "", ""));
            case "transfer" -> manage(new Manage(Manage.Verb.TRANSFER, words.getFirst(), "", ""));
            case "show" -> show();
            default -> throw new IllegalArgumentException("no command: " + command);
        }
        learn();
        List<String> output = printed.stream().map(this::withLetters).toList();
        printed.clear();
        return output;
    }

    // Commands

    /** {@code node n4 list=n4,n2}, besides {@code name=} if the machine is called otherwise, {@code at=}, {@code cluster=} and {@code levels=}. */
    private void node(List<String> words) {
        String machine = words.getFirst();
        Map<String, String> options = new HashMap<>();
        for (String word : words.subList(1, words.size())) {
            int equals = word.indexOf('=');
            options.put(word.substring(0, equals), word.substring(equals + 1));
        }
        declare(
                machine,
                options.getOrDefault("name", machine),
                List.of(options.getOrDefault("list", machine).split(",")),
                options);
    }

    private void declare(String machine, String name, List<String> list, Map<String, String> options) {
        List<ControlSettings.Listed> others = list.stream()
                .filter(listed -> !listed.equals(name))
                .map(listed -> listed(listed, host(listed)))
                .toList();
        ControlSettings settings = new ControlSettings(
                "0.1",
                options.getOrDefault("cluster", "example"),
                Path.of("nowhere"),
                listed(name, options.getOrDefault("at", host(name))),
                others,
                list.getFirst().equals(name),
                ReplicaTuning.BRISK,
                0);
        SimulatedNode before = nodes.get(machine);
        SimulatedNode node = new SimulatedNode(this, machine, settings, build(options));
        if (before != null) {
            before.stop();
            node.copyDisk(before);
        }
        nodes.put(machine, node);
    }

    private static Build build(Map<String, String> options) {
        String[] levels = options.getOrDefault("levels", "1-1").split("-", -1);
        return new Build(3, "0.1", Integer.parseInt(levels[0]), Integer.parseInt(levels[1]));
    }

    /** A cluster of nodes that all list each other, as it is when they have come together. */
    private void formed(List<String> names) {
        names.forEach(name -> declare(name, name, names, Map.of()));
        names.forEach(name -> find(name).start());
        pass();
        printed.clear();
        print(describe(latest()));
    }

    /** As {@code evenkeel restore} leaves a data folder. */
    private void restore(String name) {
        SimulatedNode node = find(name);
        node.putOnDisk(NodeIdentity.founding(
                node.settings.clusterName(), newCluster(), node.settings.self().name()));
    }

    /** Lets time pass until nothing new is said. */
    private void pass() {
        Duration calmAt = now.plus(CALM);
        while (now.compareTo(calmAt) < 0) {
            int before = printed.size();
            for (SimulatedNode node : nodes.values()) {
                node.wake();
            }
            now = now.plus(TICK);
            if (printed.size() > before) {
                calmAt = now.plus(CALM);
            }
            if (printed.size() > 500) {
                throw new IllegalStateException("it never comes to rest: " + printed.subList(0, 20));
            }
        }
    }

    /** As an operator's word on any node finds the leader. */
    private void manage(Manage ask) {
        String leader = Objects.requireNonNullElse(leader(latest()), "nobody");
        for (int asked = 0; asked < 3; asked++) {
            SimulatedNode node = nodes.get(leader);
            Outcome<Nothing> answer = node == null ? new Outcome.NotLeader<>(null) : node.leader.manage(ask);
            learn();
            switch (answer) {
                case Outcome.NotLeader<Nothing> other
                when other.leader() != null -> {
                    print(leader + " answers: ask " + other.leader());
                    leader = other.leader();
                }
                case Outcome.NotLeader<Nothing> _ -> {
                    print("there is no leader");
                    return;
                }
                case Outcome.Refused<Nothing> refused -> {
                    print(leader + " refuses: " + refused.why());
                    return;
                }
                case Outcome.NotDone<Nothing> busy -> {
                    print(leader + " is busy: " + busy.why());
                    return;
                }
                case Outcome.Done<Nothing> _ -> {
                    print(leader + " answers: done");
                    return;
                }
                case Outcome.Unknown<Nothing> _ -> throw new IllegalStateException(answer.toString());
            }
        }
        throw new IllegalStateException("nobody leads for long");
    }

    private void show() {
        nodes.values().forEach(node -> print(node.show()));
        ids.stream().flatMap(id -> Stream.ofNullable(groups.get(id))).forEach(group -> print(describe(group)));
    }

    private String describe(SimulatedGroup group) {
        return "cluster " + group.id + " has "
                + String.join(", ", group.members().stream().map(Member::peerId).toList()) + "; leader: "
                + Objects.requireNonNullElse(leader(group), "none");
    }

    // What the nodes ask of their world

    Duration now() {
        return now;
    }

    void print(String line) {
        printed.add(line);
    }

    int printed() {
        return printed.size();
    }

    /** Forgets what was printed since there were so many lines. */
    void takeBack(int lines) {
        printed.subList(lines, printed.size()).clear();
    }

    UUID newCluster() {
        UUID id = new UUID(0, ids.size() + 1L);
        ids.add(id);
        return id;
    }

    void found(SimulatedGroup group) {
        groups.put(group.id, group);
    }

    @Nullable
    SimulatedGroup group(@Nullable UUID id) {
        return id == null ? null : groups.get(id);
    }

    @Nullable
    String leader(SimulatedGroup group) {
        return group.elect(nodes.values().stream()
                .filter(node -> node.takesPart(group))
                .map(node -> node.settings.self().name())
                .toList());
    }

    boolean isHeard(SimulatedGroup group, Member member) {
        return nodes.values().stream()
                .anyMatch(node -> node.takesPart(group) && member.peerId().equals(node.peerId()));
    }

    /** The node that answers there. */
    @Nullable
    SimulatedNode at(InetSocketAddress peer) {
        return nodes.values().stream()
                .filter(node -> node.isReached() && node.isAt(peer))
                .findFirst()
                .orElse(null);
    }

    /** All that take part come to know what was committed. */
    void learn() {
        nodes.values().forEach(SimulatedNode::learn);
    }

    private SimulatedNode find(String machine) {
        SimulatedNode node = nodes.get(machine);
        if (node == null) {
            throw new IllegalArgumentException("no machine " + machine);
        }
        return node;
    }

    /** The cluster that was made last. */
    private SimulatedGroup latest() {
        return ids.reversed().stream()
                .flatMap(id -> Stream.ofNullable(groups.get(id)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no cluster yet"));
    }

    private static String option(List<String> words, String key, String otherwise) {
        return words.stream()
                .filter(word -> word.startsWith(key + "="))
                .map(word -> word.substring(key.length() + 1))
                .findFirst()
                .orElse(otherwise);
    }

    private static String host(String name) {
        return "192.0.2." + name.replaceAll("\\D", "");
    }

    private static ControlSettings.Listed listed(String name, String host) {
        return new ControlSettings.Listed(
                name, AddressText.parseMember(host + ":7400"), AddressText.parseMember(host + ":7500"));
    }

    private String withLetters(String line) {
        String result = line;
        for (int i = 0; i < ids.size(); i++) {
            result = result.replace(ids.get(i).toString(), String.valueOf((char) ('A' + i)));
        }
        return result;
    }
}
