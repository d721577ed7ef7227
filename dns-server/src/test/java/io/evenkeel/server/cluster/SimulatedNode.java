package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One machine: its disk, and while its process runs the rules that decide for it. All in the thread of the test. */
final class SimulatedNode {
    private final SimulatedCluster world;
    final String machine;
    final ControlSettings settings;
    private final Build build;
    private final NodeRules rules;
    final SimulatedLeader leader;

    /** On its disk. */
    private @Nullable NodeIdentity disk;

    private boolean damaged;
    private List<Member> membersOnDisk = List.of();
    private Map<String, Permit> permitsOnDisk = Map.of();

    /** Of the process. */
    private boolean runs;

    private boolean cutOff;
    private @Nullable NodeIdentity identity;
    private @Nullable UUID replica;
    private @Nullable ReplicaStatus oldStatus;
    private boolean retired;
    private AddressBook addresses;
    private Introduction introduction;
    private @Nullable Map<String, HelloAnswer> answers;
    private @Nullable Duration asked;
    private Duration wakes = Duration.ZERO;
    private String said = "";

    SimulatedNode(SimulatedCluster world, String machine, ControlSettings settings, Build build) {
        this.world = world;
        this.build = build;
        this.machine = machine;
        this.settings = settings;
        this.rules = new NodeRules(settings);
        this.leader = new SimulatedLeader(world, this);
        this.addresses = new AddressBook(settings, this::group);
        this.introduction = new Introduction(settings, addresses);
    }

    // The process and the disk

    void start() {
        runs = true;
        retired = false;
        said = "";
        identity = disk;
        answers = null;
        asked = null;
        wakes = world.now();
        addresses = new AddressBook(settings, this::group);
        introduction = new Introduction(settings, addresses);
    }

    void stop() {
        runs = false;
        replica = null;
        oldStatus = null;
    }

    void wipe() {
        if (runs) {
            throw new IllegalArgumentException(machine + " runs");
        }
        putOnDisk(null);
    }

    /** From its next start on its votes are not to be believed. */
    void damage() {
        if (runs) {
            throw new IllegalArgumentException(machine + " runs");
        }
        damaged = true;
    }

    void putOnDisk(@Nullable NodeIdentity found) {
        damaged = false;
        disk = found;
        membersOnDisk = List.of();
        permitsOnDisk = Map.of();
    }

    /** The data folder of another machine. */
    void copyDisk(SimulatedNode from) {
        disk = from.disk;
        membersOnDisk = from.membersOnDisk;
        permitsOnDisk = from.permitsOnDisk;
    }

    void cutOff(boolean so) {
        cutOff = so;
    }

    /** From now on its replica knows nothing newer, or, if {@code nothing}, has not read its log yet. */
    void freeze(boolean nothing) {
        oldStatus = nothing ? status(List.of(), null, "", false) : status();
    }

    void thaw() {
        oldStatus = null;
    }

    boolean isReached() {
        return runs && !cutOff;
    }

    boolean isAt(InetSocketAddress peer) {
        return settings.self().peer().equals(peer);
    }

    @Nullable
    UUID replica() {
        return replica;
    }

    @Nullable
    NodeIdentity identity() {
        return identity;
    }

    /** Where it looks for that one. */
    InetSocketAddress address(String name) {
        return Objects.requireNonNull(addresses.all().get(name), name).getFirst();
    }

    @Nullable
    String peerId() {
        return identity == null ? null : identity.peerId();
    }

    boolean takesPart(SimulatedGroup group) {
        return isReached() && !damaged && group.id.equals(replica) && identity != null && group.has(identity.peerId());
    }

    String show() {
        String who = identity == null ? "no cluster" : identity.peerId() + " of " + identity.clusterId();
        return machine + (runs ? " runs, " : " is stopped, ") + (retired ? "retired, " : "") + who;
    }

    // Its own way

    /** Goes on until it pauses. */
    void wake() {
        while (runs && !retired && wakes.compareTo(world.now()) <= 0) {
            carryOut(rules.next(new NodeFacts(
                    identity,
                    replica == null ? null : status(),
                    addresses.all().size(),
                    answers,
                    asked == null ? null : world.now().minus(asked))));
        }
    }

    private void carryOut(NodeStep step) {
        switch (step) {
            case NodeStep.Ask _ -> ask();
            case NodeStep.Found _ -> {
                UUID id = world.newCluster();
                say("founds cluster " + id);
                enter(NodeIdentity.founding(settings.clusterName(), id, name()));
            }
            case NodeStep.Join join -> {
                NodeIdentity next =
                        NodeIdentity.joining(settings.clusterName(), join.clusterId(), name(), join.incarnation());
                say("becomes " + next.peerId() + " of cluster " + join.clusterId());
                putOnDisk(next);
                enter(next);
            }
            case NodeStep.Resume resume -> {
                say("goes on as " + resume.identity().peerId() + " of cluster "
                        + resume.identity().clusterId());
                enter(resume.identity());
            }
            case NodeStep.Wait wait -> pause("waits: " + wait.reason(), ClusterLimits.HELLO_ROUND);
            case NodeStep.AskToBeLetIn ask -> {
                String before = said;
                int printed = world.printed();
                carryOut(rules.afterAsking(ask.leader(), join(ask.leader())));
                if (said.equals(before)) {
                    // The same as the last time.
                    world.takeBack(printed);
                }
            }
            case NodeStep.Refused refused -> pause("is refused: " + refused.reason(), ClusterLimits.HELLO_QUIET);
            case NodeStep.Stay stay ->
                pause(
                        stay.trouble().isEmpty() ? "has its place" : "has its place, but " + stay.trouble(),
                        ClusterLimits.HELLO_ROUND);
            case NodeStep.Rest _ -> pause(said, ClusterLimits.HELLO_ROUND);
            case NodeStep.Retire retire -> {
                say("retires: " + retire.reason());
                retired = true;
                replica = null;
                disk = Objects.requireNonNull(identity).retired();
            }
            case NodeStep.End end -> {
                say("ends: " + end.reason());
                stop();
            }
        }
    }

    private void ask() {
        NodeIdentity self = replica == null ? null : identity;
        Map<String, HelloAnswer> heard = new LinkedHashMap<>();
        addresses.all().forEach((name, all) -> {
            List<HelloAnswer> answers = all.stream()
                    .map(address -> hello(address, self))
                    .filter(Objects::nonNull)
                    .toList();
            answers.stream()
                    .filter(answer -> answer.node().equals(name))
                    .findFirst()
                    .or(() -> answers.stream().findFirst())
                    .ifPresent(answer -> heard.put(name, answer));
        });
        addresses.heard(rules.membersIn(heard, self));
        answers = heard;
        asked = world.now();
    }

    @Nullable
    HelloAnswer hello(InetSocketAddress address, @Nullable NodeIdentity self) {
        SimulatedNode other = isReached() ? world.at(address) : null;
        return other == null
                ? null
                : other.answer(new Hello(
                        settings.clusterName(),
                        self == null ? null : self.clusterId(),
                        name(),
                        self == null ? 0 : self.incarnation(),
                        build,
                        0));
    }

    private void enter(NodeIdentity entering) {
        identity = entering;
        disk = entering;
        replica = entering.clusterId();
        answers = null;
        asked = null;
        if (entering.phase() == NodeIdentity.Phase.FOUNDING) {
            world.found(new SimulatedGroup(entering.clusterId(), self(entering)));
        }
        world.learn();
    }

    private Outcome<Nothing> join(String leader) {
        NodeIdentity self = Objects.requireNonNull(identity);
        SimulatedNode other = addresses.all().getOrDefault(leader, List.of()).stream()
                .map(world::at)
                .filter(node -> node != null && node.name().equals(leader))
                .findFirst()
                .orElse(null);
        if (other == null) {
            return new Outcome.NotDone<>(leader + " is not reached");
        }
        world.print(machine + " asks " + leader + " to let it in as " + self.peerId());
        return other.leader.join(new Join(self.clusterId(), self(self), build, 0));
    }

    // What others ask of it

    private HelloAnswer answer(Hello hello) {
        boolean part = replica != null;
        return introduction.answer(
                hello,
                identity,
                part ? status() : null,
                permits().get(hello.node()),
                part ? leader.standing(hello) : Standing.UNKNOWN);
    }

    // What it knows

    /** Takes over what its cluster has committed. */
    void learn() {
        SimulatedGroup group = world.group(replica);
        if (group != null && takesPart(group) && oldStatus == null) {
            membersOnDisk = group.members();
            permitsOnDisk = Map.copyOf(group.permits);
            disk = Objects.requireNonNull(identity).member();
        }
    }

    Map<String, Permit> permits() {
        return permitsOnDisk;
    }

    ReplicaStatus status() {
        if (oldStatus != null) {
            return oldStatus;
        }
        SimulatedGroup group = world.group(replica);
        boolean part = group != null && takesPart(group);
        return status(
                damaged ? List.of() : membersOnDisk,
                part ? world.leader(Objects.requireNonNull(group)) : null,
                name(),
                damaged);
    }

    private static ReplicaStatus status(List<Member> members, @Nullable String leader, String self, boolean damaged) {
        boolean leads = self.equals(leader);
        ReplicaStatus.Role role = leads ? ReplicaStatus.Role.LEADER : ReplicaStatus.Role.FOLLOWER;
        return new ReplicaStatus(role, 1, leader, leads, 10_000, 10_000, -1, members, 0, 0, -1, 0, null, damaged, null);
    }

    private List<Member> group() {
        List<Member> group = new ArrayList<>();
        if (replica != null) {
            permits().values().stream()
                    .filter(Permit::granted)
                    .forEach(said -> group.add(new Member(said.name(), said.incarnation(), said.raft(), said.peer())));
            group.addAll(status().members());
        }
        return group;
    }

    private Member self(NodeIdentity who) {
        return who.self(settings.self().raftAddress(), settings.self().peerAddress());
    }

    String name() {
        return settings.self().name();
    }

    private void pause(String text, Duration length) {
        say(text);
        answers = null;
        wakes = world.now().plus(length);
    }

    private void say(String text) {
        if (!text.equals(said)) {
            world.print(machine + " " + text);
        }
        said = text;
    }
}
