package io.evenkeel.server.cluster;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.cluster.LeaderFacts.Pulse;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** A simulated node while it leads: it asks the rules about members, and carries out their steps in its group. */
final class SimulatedLeader {
    private final SimulatedCluster world;
    private final SimulatedNode node;
    private final LeaderRules rules;

    SimulatedLeader(SimulatedCluster world, SimulatedNode node) {
        this.world = world;
        this.node = node;
        this.rules = new LeaderRules(node.settings, false);
    }

    Standing standing(Hello hello) {
        return rules.standing(hello, facts(hello.node(), Pulse.NOT_ASKED));
    }

    Outcome<Nothing> join(Join ask) {
        return !ask.clusterId().equals(node.replica())
                ? new Outcome.Refused<>("this is cluster " + node.replica())
                : change(ask.member().name(), facts -> rules.join(ask, facts));
    }

    Outcome<Nothing> manage(Manage ask) {
        return change(ask.name(), facts -> rules.manage(ask, facts));
    }

    private Outcome<Nothing> change(String name, Function<LeaderFacts, LeaderStep> rule) {
        SimulatedGroup group = world.group(node.replica());
        if (group == null || !node.status().leaderReady()) {
            return new Outcome.NotLeader<>(group == null ? null : node.status().leader());
        }
        Pulse pulse = Pulse.NOT_ASKED;
        for (int steps = 0; steps < ClusterLimits.CHANGE_STEPS; steps++) {
            try {
                switch (rule.apply(facts(name, pulse))) {
                    case LeaderStep.Reply reply -> {
                        return reply.answer();
                    }
                    case LeaderStep.AskWhetherItRuns ask -> {
                        HelloAnswer answer = node.hello(node.address(name), node.identity());
                        pulse = answer != null
                                        && answer.incarnation() == ask.member().incarnation()
                                        && group.id.equals(answer.clusterId())
                                ? Pulse.RUNS
                                : Pulse.SILENT;
                        tell("asks whether " + ask.member().peerId() + " runs: "
                                + (pulse == Pulse.RUNS ? "yes" : "no"));
                    }
                    case LeaderStep.Write write -> {
                        Permit permit = write.permit();
                        tell("commits: " + permit.name() + (permit.granted() ? " may" : " may not")
                                + " be a member, at " + new Place(permit.raft(), permit.peer())
                                + ", highest incarnation " + permit.incarnation());
                        mayFail(group, "write");
                        group.permits.put(permit.name(), permit);
                    }
                    case LeaderStep.TakeOut out -> {
                        tell("takes " + out.member().peerId() + " out");
                        mayFail(group, "take-out");
                        group.remove(out.member());
                    }
                    case LeaderStep.LetIn in -> {
                        tell("lets " + in.member().peerId() + " in");
                        mayFail(group, "let-in");
                        group.add(in.member());
                    }
                    case LeaderStep.HandOver over -> {
                        tell("hands leadership to " + over.to().name());
                        group.lead(over.to().name());
                        return over.then();
                    }
                }
            } catch (IOException e) {
                return LeaderRules.unfinished(node.status(), String.valueOf(e.getMessage()));
            }
            world.learn();
        }
        throw new IllegalStateException("a change that never ends");
    }

    private static void mayFail(SimulatedGroup group, String step) throws IOException {
        if (group.failing.remove(step)) {
            throw new IOException("not done in time");
        }
    }

    private LeaderFacts facts(String name, Pulse pulse) {
        SimulatedGroup group = Objects.requireNonNull(world.group(node.replica()));
        ReplicaStatus status = node.status();
        List<LeaderView.Follower> followers = new ArrayList<>();
        for (Member member : group.members()) {
            if (member.name().equals(node.name())) {
                continue;
            }
            long behind = group.behind.getOrDefault(member.name(), 0L);
            followers.add(new LeaderView.Follower(
                    member.peerId(),
                    status.commitIndex() - behind,
                    world.isHeard(group, member) ? Duration.ZERO : Duration.ofHours(1)));
        }
        return new LeaderFacts(
                group.id,
                group.level,
                status.members(),
                node.permits().get(name),
                status.leaderReady() ? new LeaderView(true, followers) : null,
                status.commitIndex(),
                pulse,
                0,
                0);
    }

    private void tell(String text) {
        world.print("  " + node.machine + " " + text);
    }
}
