package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.cluster.Manage.Verb;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.Request;
import io.evenkeel.zones.state.ZoneCommand;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** n1, a member of three that leads, as others meet it on the peer channel; n2 and n3 are not there. */
class MembershipTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final UUID CLUSTER = new UUID(1, 2);

    @TempDir
    Path folder;

    private final InMemoryReplica replica = new InMemoryReplica("n1");
    private ControlPlane control;
    private PeerClient client;

    @BeforeEach
    void open() throws Exception {
        InetSocketAddress address;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getLocalPort());
        }
        InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        ControlSettings settings = new ControlSettings(
                "0.1",
                "test",
                folder,
                new ControlSettings.Listed("n1", nobody, address),
                List.of(
                        new ControlSettings.Listed("n2", nobody, nobody),
                        new ControlSettings.Listed("n3", nobody, nobody)),
                true,
                ReplicaTuning.BRISK);
        control = ControlPlane.open(settings, null, replica.root(), (_, _) -> replica, new ControlCounters());
        client = new PeerClient(() -> Map.of("n1", address), null, new ControlCounters(), Time.SYSTEM);
    }

    @AfterEach
    void close() {
        client.close();
        control.close();
    }

    private Replica form() throws Exception {
        NodeIdentity.founding("test", CLUSTER, "n1").store(folder);
        return control.form();
    }

    private <A> Outcome<A> ask(Request<A> request) throws Exception {
        return client.call("n1", request, LONG);
    }

    private Outcome<Nothing> join(String name, int incarnation) throws Exception {
        return join(name, incarnation, "127.0.0.1:1", "127.0.0.1:1");
    }

    private Outcome<Nothing> join(String name, int incarnation, String raft, String peer) throws Exception {
        return ask(new Join(CLUSTER, new Member(name, incarnation, raft, peer)));
    }

    private Outcome<Nothing> add(String name, String raft, String peer) throws Exception {
        return ask(new Manage(Verb.ADD, name, raft, peer));
    }

    private Outcome<Nothing> remove(String name) throws Exception {
        return ask(new Manage(Verb.REMOVE, name, "", ""));
    }

    private HelloAnswer hello(String name, int incarnation) throws Exception {
        Outcome<HelloAnswer> outcome =
                ask(new Hello("test", incarnation == 0 ? null : CLUSTER, name, incarnation, Build.of("0.1")));
        return answer(outcome);
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
    void nodeThatHasNotLookedAtItsDiskDoesNotCallItEmpty() throws Exception {
        Hello hello = new Hello("test", null, "n2", 0, Build.of("0.1"));
        assertThat(ask(hello)).isInstanceOf(Outcome.NotDone.class);
        form();
        HelloAnswer first = answer(ask(hello));
        assertThat(first.clusterId()).isEqualTo(CLUSTER);
        assertThat(first.first()).isEqualTo("n1");
        assertThat(first.leader()).isEqualTo("n1");
        assertThat(first.yourIncarnation()).isZero();
        // Known from then on, also while it is not (or no longer) a member.
        ask(new Hello("test", CLUSTER, "n2", 3, Build.of("0.1")));
        assertThat(answer(ask(hello)).yourIncarnation()).isEqualTo(3);
    }

    @Test
    void newIncarnationReplacesTheOldOneAndNeverTheOtherWayRound() throws Exception {
        Replica started = form();
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
        assertThat(join("n3", 1)).isEqualTo(Outcome.done());
        assertThat(join("n2", 2)).isEqualTo(Outcome.done());
        assertThat(started.status().members().stream().map(Member::peerId)).containsExactly("n1-1", "n3-1", "n2-2");
        assertThat(join("n2", 1)).isInstanceOf(Outcome.Refused.class);
        assertThat(join("n1", 2)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void whoDoesNotLeadNamesTheLeaderAndStrangersAreRefused() throws Exception {
        assertThat(join("n2", 1)).isEqualTo(new Outcome.NotLeader<Nothing>(null));
        form();
        assertThat(ask(new Join(new UUID(9, 9), new Member("n2", 1, "127.0.0.1:7"))))
                .isInstanceOf(Outcome.Refused.class);
        replica.leads(false, "n3");
        assertThat(join("n2", 1)).isEqualTo(new Outcome.NotLeader<Nothing>("n3"));
    }

    @Test
    void nodeThatNoListHasIsLetInOnlyAfterItWasAddedAndFromThereOnly() throws Exception {
        form();
        assertThat(hello("n4", 0).yourStanding()).isEqualTo(Standing.NOT_ADMITTED);
        assertThat(join("n4", 1, "127.0.0.1:74", "127.0.0.1:75"))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why())
                                .contains(
                                        "does not know n4", "cluster add n4 --raft 127.0.0.1:74 --peer 127.0.0.1:75"));
        assertThat(add("n4", "127.0.0.1:74", "127.0.0.1:75")).isEqualTo(Outcome.done());
        assertThat(hello("n4", 0).yourStanding()).isEqualTo(Standing.MAY_JOIN);
        assertThat(join("n4", 1, "127.0.0.1:9", "127.0.0.1:75"))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("127.0.0.1:74", "127.0.0.1:9"));
        assertThat(join("n4", 1, "127.0.0.1:74", "127.0.0.1:75")).isEqualTo(Outcome.done());
        assertThat(add("n4", "127.0.0.1:74", "127.0.0.1:75")).isEqualTo(Outcome.done());
        assertThat(members()).containsExactly("n1-1", "n4-1");
        assertThat(hello("n4", 1).yourStanding()).isEqualTo(Standing.MEMBER);
    }

    @Test
    void addressesThatCannotBeAMembersAreRefused() throws Exception {
        form();
        join("n2", 1);
        for (String[] bad : new String[][] {
            {"192.0.2.1:74", "127.0.0.1:75"}, // no certificates here
            {"127.0.0.1:74", "127.0.0.1:74"},
            {"localhost:74", "127.0.0.1:75"},
            {"127.0.0.1:74", "127.0.0.1:0"},
            {"127.0.0.1:1", "127.0.0.1:75"} // where n2 is
        }) {
            assertThat(add("n4", bad[0], bad[1])).as(bad[0] + " " + bad[1]).isInstanceOf(Outcome.Refused.class);
        }
        assertThat(hello("n4", 0).yourStanding()).isEqualTo(Standing.NOT_ADMITTED);
    }

    @Test
    void removedNodeIsToldSoAndStaysOutUntilItIsAddedAgain() throws Exception {
        form();
        join("n2", 1);
        join("n3", 1);
        assertThat(remove("n3")).isEqualTo(Outcome.done());
        assertThat(remove("n3")).isEqualTo(Outcome.done());
        assertThat(members()).containsExactly("n1-1", "n2-1");
        assertThat(hello("n3", 1).yourStanding()).isEqualTo(Standing.OUT);
        // Wiped, and still in everybody's list.
        assertThat(hello("n3", 0).yourStanding()).isEqualTo(Standing.NOT_ADMITTED);
        assertThat(hello("n3", 0).yourIncarnation()).isEqualTo(1);
        assertThat(join("n3", 2)).isInstanceOf(Outcome.Refused.class);
        assertThat(add("n3", "127.0.0.1:3", "127.0.0.1:4")).isEqualTo(Outcome.done());
        assertThat(hello("n3", 0).yourStanding()).isEqualTo(Standing.MAY_JOIN);
        assertThat(join("n3", 2, "127.0.0.1:3", "127.0.0.1:4")).isEqualTo(Outcome.done());
        assertThat(members()).containsExactly("n1-1", "n2-1", "n3-2");
    }

    @Test
    void removalThatWouldLoseTheMajorityIsRefused() throws Exception {
        form();
        assertThat(remove("n1"))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("last member"));
        assertThat(remove("n7")).isInstanceOf(Outcome.Refused.class);
        join("n2", 1);
        join("n3", 1);
        replica.silent("n3");
        assertThat(remove("n2"))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("1 of 2", "n3"));
        assertThat(members()).containsExactly("n1-1", "n2-1", "n3-1");
        assertThat(remove("n3")).isEqualTo(Outcome.done());
        assertThat(remove("n2")).isEqualTo(Outcome.done());
    }

    @Test
    void leaderThatIsToGoHandsOverFirst() throws Exception {
        form();
        join("n2", 1);
        join("n3", 1);
        replica.silent("n3");
        assertThat(remove("n1"))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("1 of 2"));
        assertThat(ask(new Manage(Verb.TRANSFER, "n3", "", "")))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("not reached"));
        remove("n3");
        assertThat(remove("n1")).isEqualTo(new Outcome.NotLeader<Nothing>("n2"));
        assertThat(replica.status().leader()).isEqualTo("n2");
        assertThat(members()).containsExactly("n1-1", "n2-1");
    }

    @Test
    void whatWasSaidOfTheMembersOfOneClusterDoesNotHoldInAnother() throws Exception {
        form();
        byte[] elsewhere = new Admission("n2", false, new UUID(8, 8), "127.0.0.1:1", "127.0.0.1:1", 7).encode();
        var _ = replica.propose(new ZoneCommand.PutSetting(Admission.KIND, "n2", elsewhere, 0), LONG)
                .get();
        assertThat(hello("n2", 0).yourStanding()).isEqualTo(Standing.MAY_JOIN);
        assertThat(join("n2", 1)).isEqualTo(Outcome.done());
    }

    @Test
    void leaderWithoutMajorityLetsTheNodeWait() throws Exception {
        form();
        replica.quorum(false);
        assertThat(join("n2", 1)).isInstanceOf(Outcome.NotDone.class);
    }
}
