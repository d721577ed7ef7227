package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.consensus.trust.HostNames;
import io.evenkeel.server.cluster.Manage.Verb;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerHandlers;
import io.evenkeel.server.peer.PeerServer;
import io.evenkeel.server.peer.Request;
import io.evenkeel.zones.state.ZoneCommand;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The loops that carry out what the rules say: n1 in virtual time, with its disk, a replica in memory and a real peer channel,
 * on which n2 and n3 answer as the test wants. The rules themselves are in the scenarios.
 */
@Timeout(60)
class MembershipTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final UUID CLUSTER = new UUID(1, 2);

    @TempDir
    Path folder;

    private final VirtualTime time = new VirtualTime();
    /** In real time, so that the membership alone waits in the other. */
    private final Daemons daemons = new Daemons(fault -> {
        throw new AssertionError(fault);
    });

    private final InMemoryReplica replica = new InMemoryReplica("n1");
    private final List<Request<?>> asked = new CopyOnWriteArrayList<>();
    /** To HELLO, by n2 and by n3, and to a request to be let in. */
    private volatile Outcome<HelloAnswer> helloAnswer = new Outcome.NotDone<>("starting");

    private volatile Outcome<Nothing> joinAnswer = new Outcome.NotDone<>("another one is being let in");
    private PeerServer n2;
    private PeerServer n3;
    private ControlSettings settings;
    private ControlPlane control;
    private PeerClient client;

    @BeforeEach
    void open() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        InetSocketAddress address = FreePorts.next();
        n2 = new PeerServer(new InetSocketAddress(loopback, 0), null, answering("n2"), new ControlCounters(), daemons);
        n3 = new PeerServer(new InetSocketAddress(loopback, 0), null, answering("n3"), new ControlCounters(), daemons);
        InetSocketAddress raft = new InetSocketAddress(loopback, 1);
        settings = new ControlSettings(
                "0.1",
                "test",
                folder,
                new ControlSettings.Listed("n1", raft, address),
                List.of(
                        new ControlSettings.Listed("n2", raft, n2.address()),
                        new ControlSettings.Listed("n3", raft, n3.address())),
                true,
                ReplicaTuning.BRISK,
                0);
        control = new ControlPlane(
                settings,
                null,
                replica.root(),
                (_, _) -> replica,
                new ControlCounters(),
                FormingCluster.ownNode(() -> false, () -> true),
                daemons,
                time);
        client =
                new PeerClient(() -> Map.of("n1", List.of(address)), null, new ControlCounters(), daemons, Time.SYSTEM);
    }

    @AfterEach
    void close() {
        client.close();
        control.close();
        n2.close();
        n3.close();
    }

    private PeerHandlers answering(String name) {
        return PeerHandlers.of(
                PeerHandlers.on(Hello.KIND, hello -> {
                    asked.add(hello);
                    return helloAnswer instanceof Outcome.Done<HelloAnswer>(HelloAnswer answer)
                            ? new Outcome.Done<>(as(name, answer))
                            : helloAnswer;
                }),
                PeerHandlers.on(Join.KIND, join -> {
                    asked.add(join);
                    return joinAnswer;
                }));
    }

    private static HelloAnswer as(String name, HelloAnswer answer) {
        return new HelloAnswer(
                answer.clusterName(),
                answer.clusterId(),
                name,
                answer.incarnation(),
                answer.build(),
                answer.first(),
                answer.leader(),
                answer.members(),
                answer.yourIncarnation(),
                answer.yourStanding());
    }

    private static Outcome<HelloAnswer> says(@Nullable UUID cluster, int yourIncarnation, Standing yourStanding) {
        String leader = cluster == null ? null : "n2";
        return new Outcome.Done<>(new HelloAnswer(
                "test", cluster, "", 1, Build.of("0.1"), "n1", leader, List.of(), yourIncarnation, yourStanding));
    }

    private void form() throws Exception {
        NodeIdentity.founding("test", CLUSTER, "n1").store(folder);
        control.form();
    }

    private Thread formMeanwhile() {
        return Thread.ofVirtual().start(() -> {
            try {
                control.form();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Returns when the loop of n1 sleeps again, so long after it did last. */
    private void pass(Duration length) throws InterruptedException {
        time.advance(length);
        time.awaitWaiting(1);
    }

    private long joins() {
        return asked.stream().filter(Join.class::isInstance).count();
    }

    private <A> Outcome<A> ask(Request<A> request) throws Exception {
        return client.call("n1", request, LONG);
    }

    private Outcome<Nothing> join(String name, int incarnation) throws Exception {
        InetSocketAddress peer = name.equals("n2") ? n2.address() : n3.address();
        return ask(new Join(
                CLUSTER,
                new Member(name, incarnation, "127.0.0.1:1", "127.0.0.1:" + peer.getPort()),
                Build.of("0.1"),
                0));
    }

    private Outcome<Nothing> add(String name, String raft, String peer) throws Exception {
        return ask(new Manage(Verb.ADD, name, raft, peer));
    }

    private Outcome<Nothing> remove(String name) throws Exception {
        return ask(new Manage(Verb.REMOVE, name, "", ""));
    }

    private HelloAnswer hello(String name, int incarnation) throws Exception {
        return answer(ask(new Hello("test", incarnation == 0 ? null : CLUSTER, name, incarnation, Build.of("0.1"), 0)));
    }

    private static HelloAnswer answer(Outcome<HelloAnswer> outcome) {
        if (outcome instanceof Outcome.Done<HelloAnswer>(HelloAnswer answer)) {
            return answer;
        }
        throw new AssertionError(outcome.toString());
    }

    private List<String> members() {
        return replica.status().members().stream().map(Member::peerId).toList();
    }

    @Test
    void nodeFoundsWhenAllOthersHaveSaidThatTheyAreEmptyAndHasThatOnDisk() throws Exception {
        Thread forming = formMeanwhile();
        time.awaitWaiting(1);
        assertThat(control.waitsFor()).isEqualTo("waiting for n2, n3 before a cluster may be founded");
        helloAnswer = says(null, 0, Standing.UNKNOWN);
        time.advance(ClusterLimits.HELLO_ROUND);
        forming.join();
        assertThat(NodeIdentity.load(folder, "test", "n1").orElseThrow().phase())
                .isEqualTo(NodeIdentity.Phase.FOUNDING);
        time.awaitWaiting(1);
        assertThat(control.waitsFor()).isEmpty();
    }

    @Test
    void nodeAsksUntilItIsLetInAndLessOftenAfterARefusal() throws Exception {
        replica.leads(false, "n2");
        helloAnswer = says(CLUSTER, 4, Standing.MAY_JOIN);
        formMeanwhile().join();
        time.awaitWaiting(1);
        assertThat(asked)
                .filteredOn(Join.class::isInstance)
                .allSatisfy(request ->
                        assertThat(((Join) request).member().peerId()).isEqualTo("n1-5"));
        assertThat(control.waitsFor()).isEqualTo("waiting to be let into the cluster: another one is being let in");
        joinAnswer = new Outcome.Refused<>("not you");
        pass(ClusterLimits.HELLO_ROUND);
        assertThat(control.waitsFor()).isEqualTo("n2 does not let this node in: not you");
        joinAnswer = Outcome.done();
        long before = joins();
        time.advance(ClusterLimits.HELLO_QUIET.minusMillis(1));
        assertThat(joins()).isEqualTo(before);
        pass(Duration.ofMillis(1));
        assertThat(joins()).isEqualTo(before + 1);
        assertThat(control.waitsFor()).isEmpty();
    }

    @Test
    void memberThatHearsALeaderAsksAtAQuietPace() throws Exception {
        helloAnswer = says(CLUSTER, 0, Standing.UNKNOWN);
        form();
        time.awaitWaiting(1);
        int before = asked.size();
        for (Duration passed = Duration.ZERO;
                passed.compareTo(ClusterLimits.HELLO_QUIET.minus(ClusterLimits.HELLO_ROUND)) < 0;
                passed = passed.plus(ClusterLimits.HELLO_ROUND)) {
            pass(ClusterLimits.HELLO_ROUND);
        }
        assertThat(asked).hasSize(before);
        pass(ClusterLimits.HELLO_ROUND);
        assertThat(asked).hasSize(before + 2);
    }

    @Test
    void memberWhoseNameNobodyFindsIsNotAdded() throws Exception {
        HostNames none = new HostNames(
                name -> {
                    throw new UnknownHostException(name);
                },
                daemons);
        MemberChanges changes = new MemberChanges(settings, new MemberQuestions(settings, client), none, false);
        changes.open(NodeIdentity.founding("test", CLUSTER, "n1"), replica);
        assertThat(changes.manage(new Manage(Manage.Verb.ADD, "n4", "n4.example:7400", "n4.example:7500")))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why())
                                .contains("n4.example has no address", "correct the name", "/etc/hosts"));
    }

    /** Tests a membership of its own that knows these addresses, once it waits. */
    private void entered(AddressBook addresses, Body body) throws Exception {
        Daemons inTime = new Daemons(time, fault -> {
            throw new AssertionError(fault);
        });
        try (PeerClient peers = new PeerClient(addresses::all, null, new ControlCounters(), inTime, Time.SYSTEM)) {
            MemberQuestions questions = new MemberQuestions(settings, peers);
            Membership membership = new Membership(
                    settings,
                    questions,
                    addresses,
                    new MemberChanges(settings, questions, new HostNames(name -> new InetAddress[0], inTime), true),
                    inTime,
                    time);
            membership.enter((_, _, _) -> replica, stray -> {
                throw new AssertionError(stray);
            });
            time.awaitWaiting(1);
            body.test(inTime);
            membership.close();
        }
    }

    private interface Body {
        void test(Daemons inTime) throws Exception;
    }

    @Test
    void errorInTheLoopIsCountedAndTheNodeGoesOnAsking() throws Exception {
        NodeIdentity.founding("test", CLUSTER, "n1").store(folder);
        AtomicReference<@Nullable Error> planted = new AtomicReference<>();
        AddressBook addresses = new AddressBook(settings, () -> {
            Error fault = planted.getAndSet(null);
            if (fault != null) {
                throw fault;
            }
            return List.of();
        });
        entered(addresses, inTime -> {
            replica.leads(false, null);
            planted.set(new StackOverflowError("planted"));
            int before = asked.size();
            pass(ClusterLimits.HELLO_ROUND);
            assertThat(inTime.faults()).containsEntry("membership", 1L);
            assertThat(asked).hasSize(before);
            pass(Duration.ofMillis(100));
            assertThat(asked).hasSize(before + 2);
            assertThat(inTime.faults()).containsEntry("membership", 1L);
        });
    }

    @Test
    void aStepThatHangsIsTold() throws Exception {
        NodeIdentity.founding("test", CLUSTER, "n1").store(folder);
        Semaphore goesOn = new Semaphore(1);
        AddressBook addresses = new AddressBook(settings, () -> {
            goesOn.acquireUninterruptibly();
            goesOn.release();
            return List.of();
        });
        entered(addresses, inTime -> {
            goesOn.acquire();
            time.advance(ClusterLimits.HELLO_ROUND);
            await().atMost(LONG).until(goesOn::hasQueuedThreads);
            time.advance(ClusterLimits.STEP);
            assertThat(inTime.late()).isEmpty();
            time.advance(Duration.ofNanos(1));
            assertThat(inTime.late()).containsOnlyKeys("membership");
            goesOn.release();
            time.awaitWaiting(1);
            assertThat(inTime.late()).isEmpty();
        });
    }

    @Test
    void memberThatWasTakenOutNotesItAndTakesPartNoMore() throws Exception {
        form();
        time.awaitWaiting(1);
        replica.leads(false, null);
        helloAnswer = says(CLUSTER, 1, Standing.OUT);
        time.advance(ClusterLimits.HELLO_ROUND);
        await().atMost(LONG).until(() -> replica.retired() != null);
        assertThat(control.retired()).isTrue();
        assertThat(control.waitsFor()).contains("n1-1 has been removed", "cluster add n1");
        assertThat(hello("n2", 1).members()).isEmpty();
    }

    @Test
    void nodeWithTheDataOfAnotherClusterThanTheOthersIsToEnd() throws Exception {
        form();
        time.awaitWaiting(1);
        replica.leads(false, null);
        helloAnswer = says(new UUID(8, 8), 0, Standing.UNKNOWN);
        time.advance(ClusterLimits.HELLO_ROUND);
        assertThat(control.stray().join()).hasMessageContaining("data folder of this node");
    }

    @Test
    void nodeThatHasNotLookedAtItsDiskDoesNotCallItEmpty() throws Exception {
        Hello hello = new Hello("test", null, "n2", 0, Build.of("0.1"), 0);
        assertThat(ask(hello)).isInstanceOf(Outcome.NotDone.class);
        form();
        HelloAnswer first = answer(ask(hello));
        assertThat(first.clusterId()).isEqualTo(CLUSTER);
        assertThat(first.first()).isEqualTo("n1");
        assertThat(first.leader()).isEqualTo("n1");
        assertThat(first.yourIncarnation()).isZero();
        // Known from then on, also while it is not (or no longer) a member.
        hello("n2", 3);
        assertThat(hello("n2", 0).yourIncarnation()).isEqualTo(3);
    }

    @Test
    void newIncarnationReplacesTheOldOneAndNeverTheOtherWayRound() throws Exception {
        form();
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
        assertThat(join("n3", 1)).isEqualTo(Outcome.done());
        assertThat(join("n2", 2)).isEqualTo(Outcome.done());
        assertThat(members()).containsExactly("n1-1", "n3-1", "n2-2");
        assertThat(join("n2", 1)).isInstanceOf(Outcome.Refused.class);
        assertThat(join("n1", 2)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void memberThatAnswersAsItselfIsNotReplaced() throws Exception {
        form();
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
        helloAnswer = says(CLUSTER, 0, Standing.UNKNOWN);
        assertThat(join("n2", 2))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("n2-1 is running"));
        assertThat(members()).containsExactly("n1-1", "n2-1");
    }

    @Test
    void followerNamesTheLeaderAndStrangersAreRefused() throws Exception {
        assertThat(join("n2", 1)).isEqualTo(new Outcome.NotLeader<Nothing>(null));
        form();
        assertThat(ask(new Join(new UUID(9, 9), new Member("n2", 1, "127.0.0.1:7"), null, 0)))
                .isInstanceOf(Outcome.Refused.class);
        replica.leads(false, "n3");
        assertThat(join("n2", 1)).isEqualTo(new Outcome.NotLeader<Nothing>("n3"));
    }

    @Test
    void operatorsWordIsCommittedAndKeptWithTheMembers() throws Exception {
        form();
        assertThat(add("n4", "192.0.2.1:74", "127.0.0.1:75"))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("without cluster.key-file"));
        assertThat(hello("n4", 0).yourStanding()).isEqualTo(Standing.NOT_ADMITTED);
        assertThat(add("n4", "127.0.0.1:74", "127.0.0.1:75")).isEqualTo(Outcome.done());
        assertThat(hello("n4", 0).yourStanding()).isEqualTo(Standing.MAY_JOIN);
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
        assertThat(remove("n2")).isEqualTo(Outcome.done());
        assertThat(members()).containsExactly("n1-1");
        assertThat(hello("n2", 1).yourStanding()).isEqualTo(Standing.OUT);
        assertThat(hello("n2", 0).yourIncarnation()).isEqualTo(1);
    }

    @Test
    void leaderThatIsToGoHandsOverFirst() throws Exception {
        form();
        join("n2", 1);
        assertThat(remove("n1")).isEqualTo(new Outcome.NotLeader<Nothing>("n2"));
        assertThat(replica.status().leader()).isEqualTo("n2");
        assertThat(members()).containsExactly("n1-1", "n2-1");
    }

    @Test
    void permitOfOneClusterDoesNotHoldInAnother() throws Exception {
        form();
        byte[] elsewhere =
                new Permit("n2", false, new UUID(8, 8), "127.0.0.1:1", "127.0.0.1:1", 7, Permit.Role.VOTER).encode();
        var _ = replica.propose(new ZoneCommand.PutSetting(Permit.KIND, "n2", elsewhere, 0), LONG)
                .get();
        assertThat(hello("n2", 0).yourStanding()).isEqualTo(Standing.MAY_JOIN);
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
    }

    @Test
    void leaderThatCannotCommitLetsTheNodeWait() throws Exception {
        form();
        replica.overloaded(true);
        assertThat(join("n2", 1)).isInstanceOf(Outcome.NotDone.class);
        assertThat(members()).containsExactly("n1-1");
    }
}
