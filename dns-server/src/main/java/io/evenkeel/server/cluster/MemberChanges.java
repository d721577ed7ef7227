package io.evenkeel.server.cluster;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.trust.HostNames;
import io.evenkeel.server.cluster.LeaderFacts.Pulse;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.Settings;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * One loop, as in Membership: gather what the leader knows, ask the rules (LeaderRules) for the next step, carry that out,
 * until the step is an answer. One change at a time: here by a lock, over leaders by Raft, which takes no second change of
 * members before the first is committed.
 */

/** The leader's side of joining, adding, removing, handing over. Any thread; answers NotLeader on other nodes. */
final class MemberChanges {
    private static final Logger LOG = LoggerFactory.getLogger(MemberChanges.class);
    private static final Journal JOURNAL = new Journal(LOG);

    private final MemberQuestions questions;
    private final HostNames names;
    private final LeaderRules rules;
    private final ToldMemory memory;
    private final ReentrantLock changing = new ReentrantLock();
    private volatile @Nullable Local local;

    /** This node's part once it belongs to a cluster. */
    private record Local(NodeIdentity self, Replica replica) {
        /** @param name in question */
        LeaderFacts facts(String name, Pulse pulse, long memory) {
            ReplicaStatus status = replica.status();
            ReplicatedState state = replica.root().applied().state();
            LeaderView view = replica.leaderView().orElse(null);
            return new LeaderFacts(
                    self.clusterId(),
                    FeatureLevel.of(state.settings()),
                    status.members(),
                    permit(name).orElse(null),
                    view,
                    status.commitIndex(),
                    pulse,
                    state.octets(),
                    memory);
        }

        Optional<Permit> permit(String name) {
            return Permit.of(replica.root().applied().state(), self.clusterId(), name);
        }
    }

    /**
     * @param names resolves those that a new member is to have
     * @param loopbackOnly without certificates nothing else may be a member's address
     */
    MemberChanges(ControlSettings settings, MemberQuestions questions, HostNames names, boolean loopbackOnly) {
        this.questions = questions;
        this.names = names;
        this.rules = new LeaderRules(settings, loopbackOnly);
        this.memory = new ToldMemory(settings.self().name(), settings.memory());
    }

    /** From now on this node takes part. */
    void open(NodeIdentity self, Replica replica) {
        local = new Local(self, replica);
    }

    /** What the cluster has said of that name, as far as this node knows. */
    Optional<Permit> permit(String name) {
        Local present = local;
        return present == null ? Optional.empty() : present.permit(name);
    }

    /** What the asking node is to the cluster. */
    Standing standing(Hello asking) {
        Local present = local;
        return present == null
                ? Standing.UNKNOWN
                : rules.standing(asking, present.facts(asking.node(), Pulse.NOT_ASKED, asking.memory()));
    }

    /** Keeps what the asking node has told of its memory. */
    void heard(Hello asking) {
        Local present = local;
        memory.heard(
                asking,
                present == null ? null : present.self().clusterId(),
                present == null ? List.of() : present.replica().status().members());
    }

    /** As leader, notes what the members have told of their memory; does nothing where that is noted already. */
    void noteMemory() throws InterruptedException {
        Local present = local;
        if (present == null) {
            return;
        }
        Replica replica = present.replica();
        ReplicaStatus status = replica.status();
        memory.keepOnly(status.members());
        if (!status.leaderReady()) {
            return;
        }
        try {
            for (ZoneCommand.PutSetting note : memory.notes(
                    status.members(), replica.root().applied().state().settings())) {
                if (commit(replica, note)) {
                    LOG.info("noted the memory of {} for zones", note.name());
                }
            }
        } catch (IOException e) {
            LOG.info("the memory of the members could not be noted: {}. Tried again", e.getMessage());
        }
    }

    /** Lets a node in: one at a time, its older incarnation out first. */
    Outcome<Nothing> join(Join join) throws InterruptedException {
        Local present = local;
        if (present != null && !join.clusterId().equals(present.self().clusterId())) {
            return new Outcome.Refused<>("this is cluster " + present.self().clusterId());
        }
        Outcome<Nothing> outcome = change(
                present,
                leading -> carryOut(
                        leading, join.member().name(), facts -> rules.join(join, facts), ClusterLimits.MEMBER_CHANGE),
                "another change of the members is under way");
        if (outcome instanceof Outcome.Done) {
            memory.letIn(join.member().name(), join.memory());
        }
        return outcome;
    }

    /** Adds, removes, hands over. */
    Outcome<Nothing> manage(Manage ask) throws InterruptedException {
        return change(
                local,
                leading -> {
                    String unknown = ask.verb() == Manage.Verb.ADD ? unresolvable(ask) : "";
                    return unknown.isEmpty()
                            ? carryOut(leading, ask.name(), facts -> rules.manage(ask, facts), ClusterLimits.MANAGE)
                            : new Outcome.Refused<>(unknown);
                },
                "a change of the members is under way; ask again");
    }

    /** Which name of a new member nobody here can find, and what to do; empty if there is none. */
    private String unresolvable(Manage ask) {
        for (String address : List.of(ask.raft(), ask.peer())) {
            try {
                InetSocketAddress parsed = AddressText.parseMember(address);
                if (parsed.isUnresolved()) {
                    List<InetAddress> _ = names.resolve(parsed.getHostString());
                }
            } catch (UnknownHostException e) {
                return e.getMessage() + "; correct the name, or have the members find it first (/etc/hosts, or the DNS"
                        + " servers of their machines)";
            } catch (IllegalArgumentException e) {
                LOG.debug("the rules say it better", e);
            }
        }
        return "";
    }

    /** Has every member tell how it is. */
    interface Reporting {
        ClusterReport report() throws InterruptedException;
    }

    /** Raises the cluster by one level, if every member is able. No member comes in between the look and the raise. */
    Outcome<Nothing> raise(RaiseLevel ask, Reporting reporting) throws InterruptedException {
        return change(
                local,
                leading -> raise(leading.replica(), ask.to(), reporting),
                "a change of the members is under way; ask again");
    }

    /**
     * Raises a new cluster to the level that this release gives to new ones: nobody has to go back to an older release. One that was founded
     * with zones, those of another cluster, stays at the level that came with them.
     *
     * @param replica of the node that has just founded it, and is its only member
     */
    static void found(Replica replica) throws InterruptedException {
        if (!replica.root().applied().state().catalog().isEmpty()) {
            return;
        }
        try {
            for (int level = level(replica); level < FeatureLevel.ofNewClusters(); level = level(replica)) {
                if (!commit(
                        replica,
                        FeatureLevel.raise(replica.root().applied().state().settings()))) {
                    throw new IOException("somebody else has raised it at the same time");
                }
            }
        } catch (IOException e) {
            LOG.warn(
                    "this new cluster stays at level {}: {}. `evenkeel cluster level raise` raises it",
                    level(replica),
                    e.getMessage());
        }
    }

    private static int level(Replica replica) {
        return FeatureLevel.of(replica.root().applied().state().settings());
    }

    private static Outcome<Nothing> raise(Replica replica, int to, Reporting reporting)
            throws IOException, InterruptedException {
        Settings settings = replica.root().applied().state().settings();
        int level = FeatureLevel.of(settings);
        if (level == to) {
            return Outcome.done();
        }
        String refusal = FeatureLevel.refusal(level, to);
        if (refusal != null) {
            return new Outcome.Refused<>(refusal);
        }
        List<String> obstacles = RollingRules.obstaclesToRaise(reporting.report());
        if (!obstacles.isEmpty()) {
            return new Outcome.Refused<>(String.join("; ", obstacles));
        }
        if (!commit(replica, FeatureLevel.raise(settings))) {
            return new Outcome.NotDone<>("the level was changed meanwhile; ask again");
        }
        JOURNAL.info(Kind.MEMBERS, "The cluster is at level " + to + " now", "level", to);
        return Outcome.done();
    }

    /** What only a leader does, one after another. */
    private interface Change {
        Outcome<Nothing> by(Local leading) throws IOException, InterruptedException;
    }

    private Outcome<Nothing> change(@Nullable Local present, Change change, String busy) throws InterruptedException {
        if (present == null) {
            return new Outcome.NotLeader<>(null);
        }
        ReplicaStatus status = present.replica().status();
        if (!status.leaderReady()) {
            return new Outcome.NotLeader<>(status.leader());
        }
        if (!changing.tryLock()) {
            return new Outcome.NotDone<>(busy);
        }
        try {
            return change.by(present);
        } catch (IOException e) {
            LOG.info("a change of the members came to nothing: {}", e.getMessage());
            return LeaderRules.unfinished(present.replica().status(), String.valueOf(e.getMessage()));
        } finally {
            changing.unlock();
        }
    }

    private Outcome<Nothing> carryOut(
            Local leading, String name, Function<LeaderFacts, LeaderStep> rule, Duration limit)
            throws IOException, InterruptedException {
        Replica replica = leading.replica();
        Pulse pulse = Pulse.NOT_ASKED;
        for (int steps = 0; steps < ClusterLimits.CHANGE_STEPS; steps++) {
            LeaderFacts facts = leading.facts(name, pulse, memory.of(name));
            switch (rule.apply(facts)) {
                case LeaderStep.Reply reply -> {
                    return reply.answer();
                }
                case LeaderStep.AskWhetherItRuns ask -> pulse = runs(leading, ask.member()) ? Pulse.RUNS : Pulse.SILENT;
                case LeaderStep.Write write -> write(replica, write.permit());
                case LeaderStep.TakeOut out -> {
                    LOG.info("taking {} out of the cluster", out.member().peerId());
                    replica.changeMembers(facts.without(out.member()), limit);
                }
                case LeaderStep.LetIn in -> {
                    List<Member> larger = new ArrayList<>(facts.members());
                    larger.add(in.member());
                    replica.changeMembers(larger, limit);
                }
                case LeaderStep.HandOver over -> {
                    replica.transferLeadership(over.to(), limit);
                    LOG.info("handed leadership to {}", over.to().name());
                    return over.then();
                }
            }
        }
        throw new IOException("the members, or the permit of " + name + ", are changed again and again");
    }

    private boolean runs(Local leading, Member member) throws InterruptedException {
        return questions
                .hello(member.name(), leading.self())
                .filter(answer -> answer.incarnation() == member.incarnation()
                        && leading.self().clusterId().equals(answer.clusterId()))
                .isPresent();
    }

    /** Returns when the permit is committed, or somebody else has changed it meanwhile. */
    private static void write(Replica replica, Permit permit) throws IOException, InterruptedException {
        Settings.Setting present = replica.root().applied().state().settings().find(Permit.KIND, permit.name());
        ZoneCommand.PutSetting command = new ZoneCommand.PutSetting(
                Permit.KIND, permit.name(), permit.encode(), present == null ? 0 : present.revision());
        if (commit(replica, command)) {
            LOG.info("{} {} a member from now on", permit.name(), permit.granted() ? "may be" : "may not be");
        } else {
            LOG.debug("the permit of {} was changed meanwhile", permit.name());
        }
    }

    /** Whether the setting is now so; false: somebody else has changed it meanwhile. */
    private static boolean commit(Replica replica, ZoneCommand.PutSetting command)
            throws IOException, InterruptedException {
        ProposalOutcome outcome;
        try {
            outcome = replica.propose(command, ClusterLimits.MANAGE).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a proposal's future never fails", e);
        }
        if (outcome instanceof ProposalOutcome.Committed committed) {
            if (committed.result() instanceof CommandResult.Applied) {
                return true;
            }
            if (committed.result() instanceof CommandResult.Stale) {
                return false;
            }
        }
        throw new IOException("it could not be recorded: " + outcome);
    }
}
