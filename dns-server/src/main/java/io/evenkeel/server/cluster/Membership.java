package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig.StartMode;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.snapshot.SnapshotTooLargeException;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * One loop: gather what this node knows, ask the rules (NodeRules) for its next step, carry that out. Until a replica runs
 * the loop is in the thread of enter(), from then on in one of its own. Whatever the rules know comes from NodeFacts, so that
 * each way into, through and out of a cluster can be told as a scenario.
 */

/** Founding, joining, noticing the end. {@link #enter} is called once; the rest by any thread. */
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** Name of its thread. */
    private static final String WORK = "membership";

    private final ControlSettings settings;
    private final MemberQuestions questions;
    private final AddressBook addresses;
    private final MemberChanges changes;
    private final Daemons daemons;
    private final Time time;
    private final NodeRules rules;
    private final Introduction introduction;
    /** Whether the disk has been looked at. Before that no node may be told that it is empty, since it may found on that word. */
    private volatile boolean looked;

    private volatile @Nullable NodeIdentity identity;
    private volatile @Nullable Replica replica;
    private volatile String state = "starting";
    private volatile boolean retired;
    private volatile boolean over;

    /** Of the last round, until they are heeded. Of the loop alone, as is the next. */
    private @Nullable Map<String, HelloAnswer> answers;

    private @Nullable Long askedNanos;

    Membership(
            ControlSettings settings,
            MemberQuestions questions,
            AddressBook addresses,
            MemberChanges changes,
            Daemons daemons,
            Time time) {
        this.settings = settings;
        this.questions = questions;
        this.addresses = addresses;
        this.changes = changes;
        this.daemons = daemons;
        this.time = time;
        this.rules = new NodeRules(settings);
        this.introduction = new Introduction(settings, addresses);
    }

    /** How a replica is started as what this node has become. */
    interface Starter {
        Replica start(UUID clusterId, Member self, StartMode mode) throws IOException;
    }

    /** What this node waits for, or what is wrong with its place in the cluster, for people; empty if nothing is. */
    String state() {
        return state;
    }

    /** Whether the cluster has taken this node out. */
    boolean retired() {
        return retired;
    }

    /** Who this node is; null before it knows. */
    @Nullable
    NodeIdentity identity() {
        return identity;
    }

    /**
     * Blocks until this node belongs to a cluster, or is about to be let in, and its replica runs.
     *
     * @param stray told if this node later turns out to belong elsewhere; the process should end then
     * @throws io.evenkeel.consensus.identity.DataDirectoryException if the data folder must not be used
     * @throws FormationException if the listed members do not belong together
     */
    Replica enter(Starter starter, Consumer<FormationException> stray) throws IOException, InterruptedException {
        identity = NodeIdentity.load(
                        settings.dataFolder(),
                        settings.clusterName(),
                        settings.self().name())
                .orElse(null);
        looked = true;
        while (replica == null) {
            carryOut(rules.next(facts()), starter);
        }
        daemons.virtual(WORK, Daemon.OnFault.RESTART, () -> stay(starter, stray))
                .start();
        return Objects.requireNonNull(replica);
    }

    private void stay(Starter starter, Consumer<FormationException> stray) throws InterruptedException {
        while (!over) {
            daemons.within(ClusterLimits.STEP, WORK, () -> {
                try {
                    carryOut(rules.next(facts()), starter);
                    changes.noteMemory();
                } catch (FormationException e) {
                    over = true;
                    stray.accept(e);
                } catch (IOException e) {
                    throw new IllegalStateException("a replica that runs is not started again", e);
                }
            });
        }
    }

    private NodeFacts facts() {
        Replica present = replica;
        Long asked = askedNanos;
        return new NodeFacts(
                identity,
                present == null ? null : present.status(),
                addresses.all().size(),
                answers,
                asked == null ? null : Duration.ofNanos(time.nanos() - asked));
    }

    private void carryOut(NodeStep step, Starter starter) throws IOException, InterruptedException {
        switch (step) {
            case NodeStep.Ask _ -> ask();
            case NodeStep.Found _ ->
                start(
                        NodeIdentity.founding(
                                settings.clusterName(),
                                UUID.randomUUID(),
                                settings.self().name()),
                        starter);
            case NodeStep.Join join -> {
                NodeIdentity next = NodeIdentity.joining(
                        settings.clusterName(),
                        join.clusterId(),
                        settings.self().name(),
                        join.incarnation());
                Replica present = replica;
                if (present == null) {
                    start(next, starter);
                } else {
                    rejoin(next, present);
                }
            }
            case NodeStep.Resume resume -> start(resume.identity(), starter);
            case NodeStep.Wait wait -> {
                say(wait.reason());
                pause(ClusterLimits.HELLO_ROUND);
            }
            case NodeStep.AskToBeLetIn ask -> carryOut(rules.afterAsking(ask.leader(), join(ask.leader())), starter);
            case NodeStep.Refused refused -> {
                warn(refused.reason());
                pause(ClusterLimits.HELLO_QUIET);
            }
            case NodeStep.Stay stay -> {
                warn(stay.trouble());
                pause(ClusterLimits.HELLO_ROUND);
            }
            case NodeStep.Rest _ -> pause(ClusterLimits.HELLO_ROUND);
            case NodeStep.Retire retire -> retire(retire.reason());
            case NodeStep.End end -> throw new FormationException(end.reason());
        }
    }

    /** Whether another node says now that it leads the cluster of this one; asks all at once, and returns after seconds at most. */
    boolean hearsLeader() throws InterruptedException {
        NodeIdentity self = identity;
        return self != null
                && questions.helloAll(addresses.all().keySet(), self).values().stream()
                        .anyMatch(answer -> self.clusterId().equals(answer.clusterId())
                                && answer.node().equals(answer.leader()));
    }

    /** One round of HELLO to all others at once. */
    private void ask() throws InterruptedException {
        NodeIdentity self = replica == null ? null : identity;
        Map<String, HelloAnswer> heard = questions.helloAll(addresses.all().keySet(), self);
        addresses.heard(rules.membersIn(heard, self));
        answers = heard;
        askedNanos = time.nanos();
    }

    private void start(NodeIdentity entering, Starter starter) throws IOException, InterruptedException {
        StartMode mode = switch (entering.phase()) {
            case FOUNDING -> StartMode.FOUND;
            case JOINING -> StartMode.JOIN;
            case MEMBER -> StartMode.RESUME;
            case RETIRED -> throw new IllegalStateException("nobody enters as one that was taken out");
        };
        store(entering, mode);
        state = mode == StartMode.JOIN ? "waiting to be let into the cluster" : "starting its replica";
        JOURNAL.info(
                Kind.MEMBERS,
                mode + " as " + entering.peerId() + " of cluster " + settings.clusterName() + " "
                        + entering.clusterId(),
                "self",
                entering.peerId(),
                "mode",
                mode.name());
        // From here on the others may hear of the cluster: the identity is on disk.
        identity = entering;
        answers = null;
        askedNanos = null;
        Replica started;
        try {
            started = starter.start(entering.clusterId(), member(entering), mode);
        } catch (IOException e) {
            throw waitIfTooSmall(e);
        }
        if (mode == StartMode.FOUND) {
            state = "";
            LimitChanges.found(started);
            MemberChanges.found(started);
        }
        changes.open(entering, started);
        replica = started;
    }

    /** A process that ended for want of memory would be started again for ever, and answer devices with ICMP: it stays, silent. */
    private IOException waitIfTooSmall(IOException failure) throws InterruptedException {
        SnapshotTooLargeException tooLarge = SnapshotTooLargeException.among(failure);
        if (tooLarge != null) {
            LOG.error("{}. This node stays silent until it is started so", tooLarge.getMessage());
            state = String.valueOf(tooLarge.getMessage());
            while (!over) {
                pause(ClusterLimits.HELLO_QUIET);
            }
        }
        return failure;
    }

    private void store(NodeIdentity entering, StartMode mode) throws IOException {
        try {
            if (!entering.isStored(settings.dataFolder())) {
                entering.store(settings.dataFolder());
            }
        } catch (IOException e) {
            if (mode != StartMode.RESUME) {
                throw e;
            }
            // Nobody hears anything new. What it means for this node the replica finds out.
            LOG.warn("The identity could not be read or written: {}", e.toString());
        }
    }

    private void rejoin(NodeIdentity next, Replica present) throws InterruptedException {
        JOURNAL.warn(
                Kind.MEMBERS,
                "The votes or the log of this node are damaged: it comes back as " + next.peerId(),
                "self",
                next.peerId());
        try {
            present.rejoin(next, member(next));
        } catch (IOException e) {
            warn("this node cannot come back as " + next.peerId() + ": " + e.getMessage());
            pause(ClusterLimits.HELLO_QUIET);
            return;
        }
        identity = next;
        answers = null;
        askedNanos = null;
        changes.open(next, present);
    }

    private Outcome<Nothing> join(String leader) throws InterruptedException {
        NodeIdentity self = Objects.requireNonNull(identity);
        Outcome<Nothing> answer = questions.join(leader, self.clusterId(), member(self));
        if (answer instanceof Outcome.Done) {
            JOURNAL.info(
                    Kind.MEMBERS,
                    leader + " has let this node in as " + self.peerId(),
                    "self",
                    self.peerId(),
                    "leader",
                    leader);
        }
        return answer;
    }

    private void retire(String why) throws InterruptedException {
        // First of all nobody is to be sent here any more; ending its part in Raft can take seconds.
        state = why;
        retired = true;
        try {
            Objects.requireNonNull(replica).retire(why);
            over = true;
        } catch (IOException e) {
            LOG.error("{}; that could not be noted on disk: {}. Tried again", why, e.getMessage());
            pause(ClusterLimits.HELLO_QUIET);
        }
    }

    private void pause(Duration length) throws InterruptedException {
        answers = null;
        time.sleep(length);
    }

    private void say(String reason) {
        if (!reason.equals(state)) {
            LOG.info("{}", reason);
        }
        state = reason;
    }

    private void warn(String trouble) {
        if (!trouble.isEmpty() && !trouble.equals(state)) {
            LOG.warn("{}", trouble);
        }
        state = trouble;
    }

    private Member member(NodeIdentity self) {
        return self.self(settings.self().raftAddress(), settings.self().peerAddress());
    }

    /** Answers who this node is. */
    Outcome<HelloAnswer> answer(Hello hello) {
        if (!looked) {
            return new Outcome.NotDone<>("starting");
        }
        changes.heard(hello);
        Replica present = replica;
        return new Outcome.Done<>(introduction.answer(
                hello,
                identity,
                present == null || retired ? null : present.status(),
                changes.permit(hello.node()).orElse(null),
                changes.standing(hello)));
    }

    void close() {
        over = true;
    }
}
