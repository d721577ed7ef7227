package io.evenkeel.server.control;

import io.evenkeel.consensus.Member;
import io.evenkeel.consensus.NodeIdentity;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig.StartMode;
import io.evenkeel.consensus.ReplicaStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * How a node comes to belong to a cluster.
 *
 * With an identity on disk it goes on as who it was: a member as it is, one that was still joining joins on. Without one it
 * asks every listed member who they are, again and again: whoever reports a cluster is joined, as an incarnation that
 * nobody has seen, its leader included; if all are empty, the first of the list founds. The identity is on disk before any of that is acted on.
 * The leader lets one node in at a time, and takes its older incarnation out first.
 */

/** Founding, joining, letting in. {@link #enter} is called once; the rest by any thread. */
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final ControlSettings settings;
    private final PeerClient peers;
    private final Map<String, Integer> seenIncarnations = new ConcurrentHashMap<>();
    /** Listed members that have come with another cluster's data, each told once. */
    private final Set<String> strangers = ConcurrentHashMap.newKeySet();

    private final ReentrantLock admission = new ReentrantLock();
    /** Whether the disk has been looked at. Before that nobody may be told that it is empty: he could found a cluster on it. */
    private volatile boolean looked;

    private volatile @Nullable NodeIdentity identity;
    private volatile @Nullable Replica replica;
    private volatile String state = "starting";
    private volatile boolean closed;

    Membership(ControlSettings settings, PeerClient peers) {
        this.settings = settings;
        this.peers = peers;
    }

    /** How a replica is started as what this node has become. */
    interface Starter {
        Replica start(UUID clusterId, Member self, StartMode mode) throws IOException;
    }

    /** What this node waits for, for people; empty if it is a member. */
    String state() {
        return state;
    }

    /**
     * Blocks until this node belongs to a cluster, or is about to be let in, and its replica runs.
     *
     * @param stray told if this node later turns out to belong elsewhere; the process should end then
     * @throws io.evenkeel.consensus.DataDirectoryException if the data folder must not be used
     * @throws FormationException if the listed members do not belong together
     */
    Replica enter(Starter starter, Consumer<FormationException> stray) throws IOException, InterruptedException {
        Optional<NodeIdentity> known = NodeIdentity.load(
                settings.dataFolder(), settings.clusterName(), settings.self().name());
        known.ifPresent(found -> identity = found);
        looked = true;
        NodeIdentity entering = known.isPresent() ? known.get() : decide();
        if (known.isPresent() && entering.phase() == NodeIdentity.Phase.FOUNDING) {
            refuseBesideAnother(entering);
        }
        entering.store(settings.dataFolder());
        StartMode mode = switch (entering.phase()) {
            case FOUNDING -> StartMode.FOUND;
            case JOINING -> StartMode.JOIN;
            case MEMBER -> StartMode.RESUME;
        };
        state = mode == StartMode.JOIN ? "waiting to be let into the cluster" : "starting its replica";
        LOG.info(
                "{} as {} of cluster {} {}",
                mode,
                entering.self("").peerId(),
                settings.clusterName(),
                entering.clusterId());
        // From here on the others may hear of the cluster: the identity is on disk.
        identity = entering;
        Member self = entering.self(settings.self().raftAddress());
        Replica started = starter.start(entering.clusterId(), self, mode);
        replica = started;
        if (mode == StartMode.FOUND) {
            state = "";
        } else {
            Thread.ofVirtual().name("joining").start(() -> stayMember(entering, self, started, stray));
        }
        return started;
    }

    /** Who founds with a backup must not do so while the cluster that it replaces is still there. */
    private void refuseBesideAnother(NodeIdentity founding) throws FormationException, InterruptedException {
        for (PeerMessage.HelloAnswer answer : askAll(null, 0).values()) {
            if (answer.clusterId() != null && !answer.clusterId().equals(founding.clusterId())) {
                throw new FormationException("this node is about to found cluster " + founding.clusterId() + ", but "
                        + answer.node() + " runs with the data of cluster " + answer.clusterId()
                        + "; stop it and delete its data folder, then it joins this one");
            }
        }
    }

    private NodeIdentity decide() throws FormationException, InterruptedException {
        String said = "";
        while (true) {
            Founding.Verdict verdict = Founding.judge(settings, askAll(null, 0));
            switch (verdict) {
                case Founding.Verdict.Found _ -> {
                    return NodeIdentity.founding(
                            settings.clusterName(),
                            UUID.randomUUID(),
                            settings.self().name());
                }
                case Founding.Verdict.Join join -> {
                    return NodeIdentity.joining(
                            settings.clusterName(),
                            join.clusterId(),
                            settings.self().name(),
                            join.incarnation());
                }
                case Founding.Verdict.Impossible impossible -> throw new FormationException(impossible.reason());
                case Founding.Verdict.Wait wait -> {
                    state = wait.reason();
                    if (!said.equals(wait.reason())) {
                        said = wait.reason();
                        LOG.info("no cluster yet: {}", said);
                    }
                    Thread.sleep(ControlLimits.HELLO_ROUND);
                }
            }
        }
    }

    /** One round of HELLO to all others at once; who does not answer in time is not in the map. */
    private Map<String, PeerMessage.HelloAnswer> askAll(@Nullable UUID clusterId, int incarnation)
            throws InterruptedException {
        Map<String, PeerMessage.HelloAnswer> answers = new ConcurrentHashMap<>();
        List<Thread> asking = new ArrayList<>();
        for (ControlSettings.Listed other : settings.others()) {
            asking.add(Thread.ofVirtual().name("hello-" + other.name()).start(() -> {
                try {
                    hello(other.name(), clusterId, incarnation).ifPresent(answer -> answers.put(other.name(), answer));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : asking) {
            thread.join();
        }
        Map<String, PeerMessage.HelloAnswer> inOrder = new LinkedHashMap<>();
        for (ControlSettings.Listed other : settings.others()) {
            PeerMessage.HelloAnswer answer = answers.get(other.name());
            if (answer != null) {
                inOrder.put(other.name(), answer);
            }
        }
        return inOrder;
    }

    private Optional<PeerMessage.HelloAnswer> hello(String name, @Nullable UUID clusterId, int incarnation)
            throws InterruptedException {
        PeerMessage.Hello hello = new PeerMessage.Hello(
                settings.clusterName(), clusterId, settings.self().name(), incarnation, settings.version());
        try {
            return peers.call(name, hello, ControlLimits.HELLO_ANSWER) instanceof PeerMessage.HelloAnswer answer
                    ? Optional.of(answer)
                    : Optional.empty();
        } catch (PeerUnreachableException | PeerBrokenException e) {
            LOG.debug("{} does not answer", name, e);
            return Optional.empty();
        }
    }

    /** Asks to be let in until that is so, and looks whether this node belongs where it thinks. */
    private void stayMember(NodeIdentity self, Member member, Replica started, Consumer<FormationException> stray) {
        try {
            while (!closed) {
                Map<String, PeerMessage.HelloAnswer> answers = askAll(self.clusterId(), self.incarnation());
                FormationException elsewhere = elsewhere(self, answers);
                if (elsewhere != null) {
                    stray.accept(elsewhere);
                    return;
                }
                if (isMember(started, member)) {
                    state = "";
                    if (answers.size() == settings.others().size()) {
                        return;
                    }
                } else {
                    askIn(self, member, answers);
                }
                Thread.sleep(isMember(started, member) ? ControlLimits.HELLO_QUIET : ControlLimits.HELLO_ROUND);
            }
        } catch (InterruptedException e) {
            LOG.debug("joining ends", e);
        }
    }

    private static boolean isMember(Replica started, Member member) {
        return started.status().members().stream()
                .anyMatch(present -> present.peerId().equals(member.peerId()));
    }

    /**
     * The majority of the listed members has another cluster: then it is this node that is in the wrong place. A minority is
     * their own business, and must not stop a healthy member.
     */
    private @Nullable FormationException elsewhere(NodeIdentity self, Map<String, PeerMessage.HelloAnswer> answers) {
        int strangers = 0;
        String first = "";
        for (ControlSettings.Listed other : settings.others()) {
            PeerMessage.HelloAnswer answer = answers.get(other.name());
            if (answer == null) {
                continue;
            }
            String why = Founding.stranger(settings, other, answer);
            if (why.isEmpty()
                    && answer.clusterId() != null
                    && !answer.clusterId().equals(self.clusterId())) {
                why = "the node at " + other.peerAddress() + " belongs to cluster " + answer.clusterId()
                        + ", the data folder of this node to " + self.clusterId()
                        + "; use the right data folder, or delete this one so that the node joins anew";
            }
            if (!why.isEmpty()) {
                strangers++;
                first = first.isEmpty() ? why : first;
            }
        }
        return strangers * 2 > settings.others().size() + 1 ? new FormationException(first) : null;
    }

    private void askIn(NodeIdentity self, Member member, Map<String, PeerMessage.HelloAnswer> answers)
            throws InterruptedException {
        String leader = null;
        for (Map.Entry<String, PeerMessage.HelloAnswer> entry : answers.entrySet()) {
            PeerMessage.HelloAnswer answer = entry.getValue();
            if (self.clusterId().equals(answer.clusterId()) && answer.leader() != null) {
                leader = answer.leader();
                break;
            }
        }
        if (leader == null) {
            state = Founding.NO_LEADER;
            return;
        }
        try {
            PeerMessage.Answer answer =
                    peers.call(leader, new PeerMessage.Join(self.clusterId(), member), ControlLimits.JOIN_ANSWER);
            switch (answer) {
                case PeerMessage.Done _ -> LOG.info("{} has let this node in as {}", leader, member.peerId());
                case PeerMessage.Refused refused -> {
                    state = leader + " does not let this node in: " + refused.why();
                    LOG.warn("{}", state);
                    Thread.sleep(ControlLimits.HELLO_QUIET);
                }
                case PeerMessage.Busy busy -> {
                    state = "waiting to be let into the cluster: " + busy.why();
                    LOG.info("{} lets this node wait: {}", leader, busy.why());
                }
                case PeerMessage.NotLeader _,
                        PeerMessage.Failed _,
                        PeerMessage.HelloAnswer _,
                        PeerMessage.GateAnswer _,
                        PeerMessage.Outcome _ -> state = "waiting for a leader to let this node into the cluster";
            }
        } catch (PeerUnreachableException | PeerBrokenException e) {
            state = "waiting to be let into the cluster: " + e.getMessage();
            LOG.info("asking {} to be let in: {}", leader, e.getMessage());
        }
    }

    /** Answers who this node is. */
    PeerMessage.Answer answer(PeerMessage.Hello hello) {
        if (!looked) {
            return new PeerMessage.Busy("starting");
        }
        NodeIdentity self = identity;
        Replica present = replica;
        ReplicaStatus status = present == null ? null : present.status();
        List<Member> members = status == null ? List.of() : status.members();
        if (hello.incarnation() > 0 && settings.other(hello.node()).isPresent()) {
            seenIncarnations.merge(hello.node(), hello.incarnation(), Math::max);
        }
        UUID theirs = hello.clusterId();
        if (self != null
                && theirs != null
                && !theirs.equals(self.clusterId())
                && settings.other(hello.node()).isPresent()
                && strangers.add(hello.node())) {
            LOG.warn(
                    "{} comes with the data of cluster {}, this is cluster {}: it is not let in. Stop it and delete its data"
                            + " folder, then it joins anew",
                    hello.node(),
                    theirs,
                    self.clusterId());
        }
        int yours = seenIncarnations.getOrDefault(hello.node(), 0);
        for (Member member : members) {
            if (member.name().equals(hello.node())) {
                yours = Math.max(yours, member.incarnation());
            }
        }
        return new PeerMessage.HelloAnswer(
                settings.clusterName(),
                self == null ? null : self.clusterId(),
                settings.self().name(),
                self == null ? 0 : self.incarnation(),
                settings.version(),
                settings.first(),
                status == null ? null : status.leader(),
                members,
                yours);
    }

    /** Lets a node in, if this one leads: one at a time, its older incarnation out first. */
    PeerMessage.Answer answer(PeerMessage.Join join) throws InterruptedException {
        NodeIdentity self = identity;
        Replica present = replica;
        if (self == null || present == null) {
            return new PeerMessage.NotLeader(null);
        }
        if (!join.clusterId().equals(self.clusterId())) {
            return new PeerMessage.Refused("this is cluster " + self.clusterId());
        }
        ReplicaStatus status = present.status();
        if (!status.leaderReady()) {
            return new PeerMessage.NotLeader(status.leader());
        }
        if (!admission.tryLock()) {
            return new PeerMessage.Busy("another node is being let in");
        }
        try {
            return admit(present, self, join.member());
        } catch (IOException e) {
            return new PeerMessage.Busy(String.valueOf(e.getMessage()));
        } finally {
            admission.unlock();
        }
    }

    private PeerMessage.Answer admit(Replica present, NodeIdentity self, Member joining)
            throws IOException, InterruptedException {
        List<Member> members = present.status().members();
        Optional<Member> same =
                members.stream().filter(m -> m.name().equals(joining.name())).findFirst();
        if (same.isPresent()) {
            Member old = same.get();
            if (old.incarnation() == joining.incarnation()) {
                return new PeerMessage.Done();
            }
            if (old.incarnation() > joining.incarnation()) {
                return new PeerMessage.Refused(joining.peerId() + " has been replaced by " + old.peerId()
                        + "; delete the data folder of the older one so that it joins anew");
            }
            if (isAlive(self, old)) {
                return new PeerMessage.Refused(old.peerId() + " is running: two nodes are called " + old.name()
                        + "; correct node.name of one");
            }
            LOG.info("taking {} out of the cluster, {} takes its place", old.peerId(), joining.peerId());
            members = members.stream().filter(m -> !m.equals(old)).toList();
            present.changeMembers(members, ControlLimits.MEMBER_CHANGE);
        }
        List<Member> larger = new ArrayList<>(members);
        larger.add(joining);
        present.changeMembers(larger, ControlLimits.MEMBER_CHANGE);
        LOG.info("let {} into the cluster: {} members now", joining.peerId(), larger.size());
        return new PeerMessage.Done();
    }

    private boolean isAlive(NodeIdentity self, Member old) throws InterruptedException {
        if (settings.other(old.name()).isEmpty()) {
            return old.name().equals(settings.self().name());
        }
        return hello(old.name(), self.clusterId(), self.incarnation())
                .filter(answer -> answer.incarnation() == old.incarnation()
                        && self.clusterId().equals(answer.clusterId()))
                .isPresent();
    }

    void close() {
        closed = true;
    }
}
