package io.evenkeel.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.Member;
import io.evenkeel.consensus.NodeIdentity;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaTuning;
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
        client = new PeerClient(Map.of("n1", address), null, new ControlCounters());
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

    private PeerMessage.Answer ask(PeerMessage.Request request) throws Exception {
        return client.call("n1", request, LONG);
    }

    private PeerMessage.Answer join(String name, int incarnation) throws Exception {
        return ask(new PeerMessage.Join(CLUSTER, new Member(name, incarnation, "127.0.0.1:7")));
    }

    @Test
    void nodeThatHasNotLookedAtItsDiskDoesNotCallItEmpty() throws Exception {
        PeerMessage.Hello hello = new PeerMessage.Hello("test", null, "n2", 0, "0.1");
        assertThat(ask(hello)).isInstanceOf(PeerMessage.Busy.class);
        form();
        assertThat(ask(hello)).isInstanceOfSatisfying(PeerMessage.HelloAnswer.class, answer -> {
            assertThat(answer.clusterId()).isEqualTo(CLUSTER);
            assertThat(answer.first()).isEqualTo("n1");
            assertThat(answer.leader()).isEqualTo("n1");
            assertThat(answer.yourIncarnation()).isZero();
        });
        // Known from then on, also while it is not (or no longer) a member.
        ask(new PeerMessage.Hello("test", CLUSTER, "n2", 3, "0.1"));
        assertThat(ask(hello))
                .isInstanceOfSatisfying(
                        PeerMessage.HelloAnswer.class,
                        answer -> assertThat(answer.yourIncarnation()).isEqualTo(3));
    }

    @Test
    void newIncarnationReplacesTheOldOneAndNeverTheOtherWayRound() throws Exception {
        Replica started = form();
        assertThat(join("n2", 1)).isEqualTo(new PeerMessage.Done());
        assertThat(join("n2", 1)).isEqualTo(new PeerMessage.Done());
        assertThat(join("n3", 1)).isEqualTo(new PeerMessage.Done());
        assertThat(join("n2", 2)).isEqualTo(new PeerMessage.Done());
        assertThat(started.status().members().stream().map(Member::peerId)).containsExactly("n1-1", "n3-1", "n2-2");
        assertThat(join("n2", 1)).isInstanceOf(PeerMessage.Refused.class);
        assertThat(join("n1", 2)).isInstanceOf(PeerMessage.Refused.class);
    }

    @Test
    void whoDoesNotLeadNamesTheLeaderAndStrangersAreRefused() throws Exception {
        assertThat(join("n2", 1)).isEqualTo(new PeerMessage.NotLeader(null));
        form();
        assertThat(ask(new PeerMessage.Join(new UUID(9, 9), new Member("n2", 1, "127.0.0.1:7"))))
                .isInstanceOf(PeerMessage.Refused.class);
        replica.leads(false, "n3");
        assertThat(join("n2", 1)).isEqualTo(new PeerMessage.NotLeader("n3"));
    }

    @Test
    void leaderWithoutMajorityLetsTheNodeWait() throws Exception {
        form();
        replica.quorum(false);
        assertThat(join("n2", 1)).isInstanceOf(PeerMessage.Busy.class);
    }
}
