package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaConfig.StartMode;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * How a node comes to belong to a cluster.
 *
 * With an identity on disk it goes on as who it was: a member as it is, one that was still joining joins on. Without one it
 * asks every listed member who they are, and whomever those name, again and again: whoever reports a cluster is joined, as
 * an incarnation that nobody has seen, if its leader says that this node may; if all are empty, the first of the list founds.
 * The identity is on disk before any of that is acted on. From then on it goes on asking, at a quiet pace: a node that was
 * taken out is told by nobody else.
 */

/** Founding, joining, noticing the end. {@link #enter} is called once; the rest by any thread. */
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final ControlSettings settings;
    private final PeerClient peers;
    private final AddressBook addresses;
    private final MemberChanges changes;
    private final Map<String, Integer> seenIncarnations = new ConcurrentHashMap<>();
    /** Listed members that have come with another cluster's data, each told once. */
    private final Set<String> strangers = ConcurrentHashMap.newKeySet();
    /** Whether the disk has been looked at. Before that nobody may be told that it is empty: he could found a cluster on it. */
    private volatile boolean looked;

    private volatile @Nullable NodeIdentity identity;
    private volatile @Nullable Replica replica;
    private volatile String state = "starting";
    private volatile boolean retired;
    private volatile boolean closed;

    Membership(ControlSettings settings, PeerClient peers, AddressBook addresses, MemberChanges changes) {
        this.settings = settings;
        this.peers = peers;
        this.addresses = addresses;
        this.changes = changes;
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
        Optional<NodeIdentity> known = NodeIdentity.load(
                settings.dataFolder(), settings.clusterName(), settings.self().name());
        known.ifPresent(found -> identity = found);
        looked = true;
        NodeIdentity entering = known.filter(found -> found.phase() != NodeIdentity.Phase.RETIRED)
                .orElse(null);
        if (entering == null) {
            entering = decide(known.orElse(null));
        }
        if (entering.phase() == NodeIdentity.Phase.FOUNDING && known.isPresent()) {
            refuseBesideAnother(entering);
        }
        entering.store(settings.dataFolder());
        StartMode mode = switch (entering.phase()) {
            case FOUNDING -> StartMode.FOUND;
            case JOINING -> StartMode.JOIN;
            case MEMBER -> StartMode.RESUME;
            case RETIRED -> throw new IllegalStateException("nobody enters as one that was taken out");
        };
        state = mode == StartMode.JOIN ? "waiting to be let into the cluster" : "starting its replica";
        LOG.info("{} as {} of cluster {} {}", mode, entering.peerId(), settings.clusterName(), entering.clusterId());
        // From here on the others may hear of the cluster: the identity is on disk.
        identity = entering;
        Member self =
                entering.self(settings.self().raftAddress(), settings.self().peerAddress());
        Replica started = starter.start(entering.clusterId(), self, mode);
        replica = started;
        if (mode == StartMode.FOUND) {
            state = "";
        }
        changes.open(entering.clusterId(), entering.incarnation(), started);
        NodeIdentity entered = entering;
        Thread.ofVirtual().name("membership").start(() -> stayMember(entered, self, started, stray));
        return started;
    }

    /** Who founds with a backup must not do so while the cluster that it replaces is still there. */
    private void refuseBesideAnother(NodeIdentity founding) throws FormationException, InterruptedException {
        for (HelloAnswer answer : askAll(null, 0).values()) {
            if (answer.clusterId() != null && !answer.clusterId().equals(founding.clusterId())) {
                throw new FormationException("this node is about to found cluster " + founding.clusterId() + ", but "
                        + answer.node() + " runs with the data of cluster " + answer.clusterId()
                        + "; stop it and delete its data folder, then it joins this one");
            }
        }
    }

    /** @param before who this node was until it was taken out; null if its disk is empty */
    private NodeIdentity decide(@Nullable NodeIdentity before) throws FormationException, InterruptedException {
        String said = "";
        while (true) {
            Founding.Verdict verdict = Founding.judge(settings, before, askAll(null, 0));
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
                    Thread.sleep(ClusterLimits.HELLO_ROUND);
                }
            }
        }
    }

    /** One round of HELLO to all others at once; who does not answer in time is not in the map. */
    private Map<String, HelloAnswer> askAll(@Nullable UUID clusterId, int incarnation) throws InterruptedException {
        Map<String, HelloAnswer> answers = new ConcurrentHashMap<>();
        List<Thread> asking = new ArrayList<>();
        Set<String> names = addresses.all().keySet();
        for (String name : names) {
            asking.add(Thread.ofVirtual().name("hello-" + name).start(() -> {
                try {
                    hello(name, clusterId, incarnation).ifPresent(answer -> answers.put(name, answer));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : asking) {
            thread.join();
        }
        Map<String, HelloAnswer> inOrder = new LinkedHashMap<>();
        List<Member> heard = new ArrayList<>();
        for (String name : names) {
            HelloAnswer answer = answers.get(name);
            if (answer != null) {
                inOrder.put(name, answer);
                // Who has a cluster of another name, or another one altogether, is told apart by whoever judges.
                if (answer.clusterName().equals(settings.clusterName())
                        && (clusterId == null || clusterId.equals(answer.clusterId()))) {
                    heard.addAll(answer.members());
                }
            }
        }
        addresses.heard(heard);
        return inOrder;
    }

    private Optional<HelloAnswer> hello(String name, @Nullable UUID clusterId, int incarnation)
            throws InterruptedException {
        Hello hello = new Hello(
                settings.clusterName(), clusterId, settings.self().name(), incarnation, Build.of(settings.version()));
        Outcome<HelloAnswer> outcome = peers.call(name, hello, PeerLimits.HELLO_ANSWER);
        if (outcome instanceof Outcome.Done<HelloAnswer>(HelloAnswer answer)) {
            return Optional.of(answer);
        }
        LOG.debug("{} does not say who it is: {}", name, outcome);
        return Optional.empty();
    }

    /** Asks to be let in until that is so, and looks whether this node still belongs where it thinks. */
    private void stayMember(NodeIdentity self, Member member, Replica started, Consumer<FormationException> stray) {
        try {
            while (!closed) {
                Map<String, HelloAnswer> answers = askAll(self.clusterId(), self.incarnation());
                FormationException elsewhere = elsewhere(self, answers);
                if (elsewhere != null) {
                    stray.accept(elsewhere);
                    return;
                }
                String out = Founding.takenOut(settings, self, answers);
                if (!out.isEmpty() && retire(started, out)) {
                    return;
                }
                Optional<Member> present = asMember(started, member);
                if (present.isPresent()) {
                    say(Founding.trouble(settings, present.get(), started.status(), answers));
                } else {
                    askIn(self, member, answers);
                }
                pause(started, member);
            }
        } catch (InterruptedException e) {
            LOG.debug("asking the others ends", e);
        }
    }

    private void say(String trouble) {
        if (!trouble.isEmpty() && !trouble.equals(state)) {
            LOG.warn("{}", trouble);
        }
        state = trouble;
    }

    private boolean retire(Replica started, String why) throws InterruptedException {
        // First of all nobody is to be sent here any more; ending its part in Raft can take seconds.
        state = why;
        retired = true;
        try {
            started.retire(why);
        } catch (IOException e) {
            LOG.error("{}; that could not be noted on disk: {}. Tried again", why, e.getMessage());
            return false;
        }
        return true;
    }

    /** Quiet while it hears a leader; whoever hears none may have been taken out. */
    private void pause(Replica started, Member member) throws InterruptedException {
        long end = System.nanoTime() + ClusterLimits.HELLO_QUIET.toNanos();
        do {
            Thread.sleep(ClusterLimits.HELLO_ROUND);
        } while (!closed
                && System.nanoTime() - end < 0
                && started.status().leader() != null
                && asMember(started, member).isPresent());
    }

    private static Optional<Member> asMember(Replica started, Member member) {
        return started.status().members().stream()
                .filter(present -> present.peerId().equals(member.peerId()))
                .findFirst();
    }

    /**
     * The majority of the others has another cluster: then it is this node that is in the wrong place. A minority is
     * their own business, and must not stop a healthy member.
     */
    private @Nullable FormationException elsewhere(NodeIdentity self, Map<String, HelloAnswer> answers) {
        int strangers = 0;
        String first = "";
        for (Map.Entry<String, HelloAnswer> entry : answers.entrySet()) {
            HelloAnswer answer = entry.getValue();
            String why = Founding.stranger(settings, entry.getKey(), answer);
            if (why.isEmpty()
                    && answer.clusterId() != null
                    && !answer.clusterId().equals(self.clusterId())) {
                why = "the node called " + entry.getKey() + " belongs to cluster " + answer.clusterId()
                        + ", the data folder of this node to " + self.clusterId()
                        + "; use the right data folder, or delete this one so that the node joins anew";
            }
            if (!why.isEmpty()) {
                strangers++;
                first = first.isEmpty() ? why : first;
            }
        }
        return strangers * 2 > addresses.all().size() + 1 ? new FormationException(first) : null;
    }

    private void askIn(NodeIdentity self, Member member, Map<String, HelloAnswer> answers) throws InterruptedException {
        String leader = null;
        for (Map.Entry<String, HelloAnswer> entry : answers.entrySet()) {
            HelloAnswer answer = entry.getValue();
            if (self.clusterId().equals(answer.clusterId()) && answer.leader() != null) {
                leader = answer.leader();
                break;
            }
        }
        if (leader == null) {
            state = Founding.NO_LEADER;
            return;
        }
        switch (peers.call(leader, new Join(self.clusterId(), member), ClusterLimits.JOIN_ANSWER)) {
            case Outcome.Done<Nothing> _ -> {
                state = "";
                LOG.info("{} has let this node in as {}", leader, member.peerId());
            }
            case Outcome.Refused<Nothing> refused -> {
                state = leader + " does not let this node in: " + refused.why();
                LOG.warn("{}", state);
                Thread.sleep(ClusterLimits.HELLO_QUIET);
            }
            case Outcome.NotDone<Nothing> not -> letsWait(leader, not.why());
            case Outcome.Unknown<Nothing> unknown -> letsWait(leader, unknown.why());
            case Outcome.NotLeader<Nothing> _ -> state = "waiting for a leader to let this node into the cluster";
        }
    }

    private void letsWait(String leader, String why) {
        state = "waiting to be let into the cluster: " + why;
        LOG.info("{} does not let this node in yet: {}", leader, why);
    }

    /** Answers who this node is. */
    Outcome<HelloAnswer> answer(Hello hello) {
        if (!looked) {
            return new Outcome.NotDone<>("starting");
        }
        NodeIdentity self = identity;
        Replica present = replica;
        ReplicaStatus status = present == null ? null : present.status();
        // Who was taken out knows old ones.
        List<Member> members = status == null || retired ? List.of() : status.members();
        if (hello.incarnation() > 0 && addresses.find(hello.node()) != null) {
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
        if (self != null && present != null) {
            yours = Math.max(
                    yours,
                    Admission.of(present.root().get().state(), self.clusterId(), hello.node())
                            .map(Admission::incarnation)
                            .orElse(0));
        }
        return new Outcome.Done<>(new HelloAnswer(
                settings.clusterName(),
                self == null ? null : self.clusterId(),
                settings.self().name(),
                self == null ? 0 : self.incarnation(),
                Build.of(settings.version()),
                settings.first(),
                status == null ? null : status.leader(),
                members,
                yours,
                changes.standing(hello)));
    }

    void close() {
        closed = true;
    }
}
