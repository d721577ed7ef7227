package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Findings;
import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RatisReplicaTest {
    private static final ZoneCommand TICK = new ZoneCommand.Tick();

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void growsFromOneToThreeAndEveryNodeSeesEveryChange(boolean tls) throws Exception {
        ClusterKeys keys = tls ? TestKeys.make(directory, "cluster") : null;
        try (TestCluster cluster = new TestCluster(directory, keys, ReplicaTuning.BRISK)) {
            RatisReplica first = cluster.found("n1");
            assertThat(cluster.leader()).isEqualTo("n1");
            cluster.commit(TICK);
            cluster.commit(TestZone.create(10));
            cluster.join("n2", keys);
            assertThat(cluster.node("n2").status().role()).isEqualTo(ReplicaStatus.Role.NONE);
            first.changeMembers(List.of(cluster.member("n1"), cluster.member("n2")), TestCluster.PATIENCE);
            cluster.commit(TICK);
            cluster.join("n3", keys);
            List<Member> all = List.of(cluster.member("n1"), cluster.member("n2"), cluster.member("n3"));
            first.changeMembers(all, TestCluster.PATIENCE);
            long index = cluster.commit(TICK).index();
            cluster.awaitSame(index);
            cluster.nodes().forEach(n -> {
                assertThat(cluster.node(n).root().get().state().ticks()).isEqualTo(3);
                assertThat(cluster.node(n).root().get().state().catalog().zone(TestZone.APEX))
                        .isNotNull();
                assertThat(cluster.node(n).status().members()).isEqualTo(all);
            });
            String follower = cluster.follower();
            assertThat(cluster.node(follower).status().leader()).isEqualTo(cluster.leader());
            assertThat(cluster.node(follower)
                            .propose(TICK, TestCluster.PATIENCE)
                            .get(60, TimeUnit.SECONDS))
                    .isEqualTo(new ProposalOutcome.NotLeader(cluster.leader()));
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> cluster.node(follower).status().leaderCommitIndex() >= index);
            assertThatThrownBy(() -> first.changeMembers(List.of(cluster.member("n1")), Duration.ofSeconds(5)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("one by one");
        }
    }

    @Test
    void leaderClosedAnotherLeadsAndNothingAcknowledgedIsLost() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            String leader = cluster.leader();
            List<CompletableFuture<ProposalOutcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                outcomes.add(cluster.node(leader).propose(TICK, Duration.ofSeconds(10)));
            }
            cluster.stop(leader);
            long acknowledged = 0;
            long unknown = 0;
            for (CompletableFuture<ProposalOutcome> outcome : outcomes) {
                switch (outcome.get(30, TimeUnit.SECONDS)) {
                    case ProposalOutcome.Committed _ -> acknowledged++;
                    case ProposalOutcome.Unknown _ -> unknown++;
                    case ProposalOutcome.NotLeader _, ProposalOutcome.Overloaded _ -> {}
                    case ProposalOutcome.TooLarge tooLarge -> throw new AssertionError(tooLarge);
                }
            }
            String next = cluster.leader();
            assertThat(next).isNotEqualTo(leader);
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(cluster.node(next).root().get().state().ticks())
                    .isBetween(acknowledged + 1, acknowledged + unknown + 1);
            cluster.resume(leader);
            cluster.awaitSame(cluster.commit(TICK).index());
        }
    }

    @Test
    void allRestartAndALoneOneServesWhatWasCommitted() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            long index = 0;
            for (int i = 0; i < 50; i++) {
                index = cluster.commit(TICK).index();
            }
            cluster.awaitSame(index);
            Published before = cluster.node("n3").root().get();
            cluster.stopAll();

            RatisReplica lone = cluster.resume("n3");
            assertThat(lone.root().await(index, Duration.ofSeconds(20))).isTrue();
            assertThat(lone.root().get().state().digest())
                    .isEqualTo(before.state().digest());
            assertThat(lone.confirmCaughtUp(Duration.ofSeconds(2))).isFalse();
            assertThat(lone.status().leaderReady()).isFalse();

            cluster.resume("n1");
            cluster.resume("n2");
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(lone.root().get().state().ticks()).isEqualTo(51);
            assertThat(lone.wasCaughtUp()).isFalse();
            assertThat(lone.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
            assertThat(lone.wasCaughtUp()).isTrue();
            cluster.stop("n3");
            assertThat(cluster.resume("n3").wasCaughtUp()).isTrue();
        }
    }

    @Test
    void caughtUpIsConfirmedWithMajorityOnlyAndWithinDeadline() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            for (String node : cluster.nodes().toList()) {
                assertThat(cluster.node(node).confirmCaughtUp(TestCluster.PATIENCE))
                        .isTrue();
            }
            String leader = cluster.leader();
            cluster.nodes().filter(n -> !n.equals(leader)).toList().forEach(cluster::stop);
            long start = System.nanoTime();
            assertThat(cluster.node(leader).confirmCaughtUp(Duration.ofSeconds(2)))
                    .isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            start = System.nanoTime();
            assertThat(cluster.node(leader).propose(TICK, Duration.ofSeconds(2)).get(60, TimeUnit.SECONDS))
                    .isInstanceOfAny(ProposalOutcome.Unknown.class, ProposalOutcome.NotLeader.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    /** Until it has noticed that it is alone, which takes long here, it believes that it leads. */
    @Test
    void leaderThatWasConfirmedBeforeIsNotConfirmedAlone() throws Exception {
        ReplicaTuning patient = ReplicaTuning.BRISK.withElections(Duration.ofSeconds(2), Duration.ofSeconds(30));
        try (TestCluster cluster = new TestCluster(directory, null, patient).form(3)) {
            RatisReplica leader = cluster.node("n1");
            assertThat(leader.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
            assertThat(leader.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
            cluster.stop("n2");
            cluster.stop("n3");
            assertThat(leader.confirmCaughtUp(Duration.ofSeconds(2))).isFalse();
            assertThat(leader.status().leaderReady()).isTrue();
        }
    }

    /** All that it has applied is published at any moment, also between an entry and the next. */
    @Test
    void leaderIsReadyAllTheTimeWhileItAppliesEntries() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TICK);
            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<Integer> looked = CompletableFuture.supplyAsync(() -> {
                int unready = 0;
                while (!over.get()) {
                    long term = replica.status().term();
                    boolean unreadyNow = !replica.status().leaderReady();
                    // A pause of this process may cost a leader its term; that is another matter.
                    if (unreadyNow
                            && replica.status().leaderReady()
                            && replica.status().term() == term) {
                        unready++;
                    }
                }
                return unready;
            });
            try {
                for (int i = 0; i < 2_000; i++) {
                    cluster.commit(TICK);
                }
            } finally {
                over.set(true);
            }
            assertThat(looked.get(60, TimeUnit.SECONDS))
                    .as("times it was not ready")
                    .isZero();
        }
    }

    @Test
    void oversizeCommandIsRefusedAndLeaderStays() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK)) {
            RatisReplica replica = cluster.found("n1");
            long term = replica.status().term();
            byte[] large = new byte[RaftLimits.MAX_COMMAND_BYTES + 1];
            assertThat(replica.propose(chunk(0, large), TestCluster.PATIENCE).get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ProposalOutcome.TooLarge.class);
            assertThat(TestCluster.instance(replica)
                            .propose(large, TestCluster.PATIENCE)
                            .get(60, TimeUnit.SECONDS))
                    .as("past the first check")
                    .isEqualTo(new ProposalOutcome.TooLarge(large.length, RaftLimits.MAX_COMMAND_BYTES));
            cluster.commit(TICK);
            assertThat(replica.status().term()).isEqualTo(term);
            assertThat(cluster.leader()).isEqualTo("n1");
        }
    }

    @Test
    void plantedFaultIsCountedAndTheClusterGoesOn() throws Exception {
        ZoneStateMachine.Application faulty = (state, index, command) -> {
            if (command instanceof ZoneCommand.StageChunk) {
                return state.faulted(index, command, new IllegalStateException("planted"));
            }
            return state.apply(index, command);
        };
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK, faulty).form(3)) {
            cluster.commit(TICK);
            Catalog before = cluster.node(cluster.leader()).root().get().state().catalog();
            ProposalOutcome.Committed outcome = cluster.commit(chunk(0, new byte[10]));
            assertThat(outcome.result()).isInstanceOf(CommandResult.Faulted.class);
            cluster.awaitSame(outcome.index());
            cluster.nodes().forEach(n -> {
                assertThat(cluster.node(n).status().faultedEntries()).isEqualTo(1);
                assertThat(cluster.node(n).root().get().state().catalog().sum()).isEqualTo(before.sum());
                assertThat(cluster.node(n).root().get().state().faultCount()).isEqualTo(1);
            });
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(cluster.node("n1").root().get().state().ticks()).isEqualTo(2);
        }
    }

    @Test
    void aFaultOfOneReplicaAloneShowsWithTheTickAfterTheNext() throws Exception {
        AtomicBoolean planted = new AtomicBoolean();
        ZoneStateMachine.Application faulty =
                (state, index, command) -> command instanceof ZoneCommand.PutZone && planted.compareAndSet(false, true)
                        ? state.faulted(index, command, new IllegalStateException("planted"))
                        : state.apply(index, command);
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK, faulty).form(3)) {
            cluster.commit(TestZone.create(3));
            awaitAll(cluster, cluster.commit(TICK).index());
            cluster.nodes()
                    .forEach(n ->
                            assertThat(cluster.node(n).status().divergedAt()).isEqualTo(Findings.NONE));
            StateRoot leaders = cluster.node(cluster.leader()).root();
            ZoneCommand compared = new ZoneCommand.Tick(leaders.get().state().note());
            awaitAll(cluster, cluster.commit(compared).index());
            Hash256 digest = leaders.get().state().digest();
            List<String> different = cluster.nodes()
                    .filter(n -> !cluster.node(n).root().get().state().digest().equals(digest))
                    .toList();
            assertThat(different).isNotEmpty();
            cluster.nodes()
                    .forEach(n -> assertThat(cluster.node(n).status().divergedAt() != Findings.NONE)
                            .as(n)
                            .isEqualTo(different.contains(n)));
        }
    }

    private static void awaitAll(TestCluster cluster, long index) throws InterruptedException {
        for (String n : cluster.nodes().toList()) {
            assertThat(cluster.node(n).root().await(index, Duration.ofSeconds(60)))
                    .as(n)
                    .isTrue();
        }
    }

    @Test
    void removedMemberIsSilentAndCanComeBack() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            String leader = cluster.leader();
            String removed = cluster.follower();
            List<Member> all = cluster.node(leader).status().members();
            List<Member> rest =
                    all.stream().filter(m -> !m.name().equals(removed)).toList();
            cluster.node(leader).changeMembers(rest, TestCluster.PATIENCE);
            assertThat(cluster.node(leader).status().members()).isEqualTo(rest);
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> cluster.node(removed).status().role() == ReplicaStatus.Role.NONE);
            cluster.commit(TICK);
            cluster.node(cluster.leader()).changeMembers(all, TestCluster.PATIENCE);
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(cluster.node(removed).confirmCaughtUp(TestCluster.PATIENCE))
                    .isTrue();
        }
    }

    @Test
    void wipedMemberComesBackAsNextIncarnationOnly() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK).form(3)) {
            cluster.commit(TestZone.create(10));
            String wiped = cluster.follower();
            Member old = cluster.member(wiped);
            cluster.stop(wiped);
            cluster.wipe(wiped);
            assertThatThrownBy(() -> cluster.resume(wiped))
                    .as("nothing to resume")
                    .isInstanceOf(AssertionError.class);

            RatisReplica leader = cluster.node(cluster.leader());
            List<Member> rest = leader.status().members().stream()
                    .filter(m -> !m.equals(old))
                    .toList();
            leader.changeMembers(rest, TestCluster.PATIENCE);
            RatisReplica anew = cluster.join(wiped, null);
            List<Member> all = new ArrayList<>(rest);
            all.add(cluster.member(wiped));
            leader.changeMembers(all, TestCluster.PATIENCE);
            assertThat(anew.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(leader.status().members()).doesNotContain(old).contains(new Member(wiped, 2, old.raftAddress()));
        }
    }

    @Test
    void takenPortIsToldAndFoundingCanBeTriedAgain() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK)) {
            String address = cluster.member("n1").raftAddress();
            int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
            try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertThat(taken.isBound()).isTrue();
                assertThatThrownBy(() -> cluster.found("n1"))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining(address);
            }
            // As a crash would leave it: identity stored, Raft directory begun.
            assertThat(NodeIdentity.load(cluster.path("n1"), "test", "n1"))
                    .map(NodeIdentity::phase)
                    .contains(NodeIdentity.Phase.FOUNDING);
            cluster.found("n1");
            cluster.commit(TICK);
            assertThat(NodeIdentity.load(cluster.path("n1"), "test", "n1"))
                    .map(NodeIdentity::phase)
                    .contains(NodeIdentity.Phase.MEMBER);
        }
    }

    @Test
    void rubbishOnTheRaftPortIsCountedAndNothingElse() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK)) {
            cluster.found("n1");
            long before = cluster.node("n1").status().refusedConnections();
            String address = cluster.member("n1").raftAddress();
            int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
            for (int i = 0; i < 20; i++) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    socket.getOutputStream().write(("rubbish " + i + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
                    socket.setSoTimeout(10_000);
                    assertThat(socket.getInputStream().readAllBytes().length)
                            .as("answered, if at all, with an end of HTTP/2")
                            .isLessThan(200);
                }
            }
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> cluster.node("n1").status().refusedConnections() - before == 20);
            cluster.commit(TICK);
        }
        Logger grpc = Logger.getLogger("org.apache.ratis.thirdparty.io.grpc");
        assertThat(grpc.getUseParentHandlers()).as("prints to the error stream").isFalse();
        assertThat(grpc.isLoggable(Level.INFO)).as("all that it has to tell").isFalse();
    }

    @Test
    void foreignCertificateIsRefused() throws Exception {
        ClusterKeys ours = TestKeys.make(directory, "ours");
        ClusterKeys foreign = TestKeys.make(directory, "foreign");
        try (TestCluster cluster = new TestCluster(directory, ours, ReplicaTuning.BRISK)) {
            RatisReplica first = cluster.found("n1");
            RatisReplica stranger = cluster.join("n2", foreign);
            assertThatThrownBy(() -> first.changeMembers(
                            List.of(cluster.member("n1"), cluster.member("n2")), Duration.ofSeconds(5)))
                    .isInstanceOf(IOException.class);
            cluster.commit(TICK);
            assertThat(first.status().members()).containsExactly(cluster.member("n1"));
            assertThat(stranger.root().get().index()).isZero();
        }
    }

    static ZoneCommand chunk(int number, byte[] bytes) {
        return new ZoneCommand.StageChunk(new RequestId(1, 2), number, bytes, 0);
    }
}
