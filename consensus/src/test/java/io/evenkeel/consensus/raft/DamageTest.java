package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replica with zones starts whatever is wrong with what it needs for Raft. */
@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DamageTest {
    private static final ZoneCommand TICK = new ZoneCommand.Tick();

    /** Small files of the log, of which none is purged. */
    private static final ReplicaTuning KEEPING = ReplicaTuning.BRISK.withSnapshots(1_000_000, 1_000_000, 16 << 10);

    @TempDir
    Path directory;

    private TestCluster cluster(ReplicaTuning tuning) {
        return new TestCluster(directory, null, tuning);
    }

    /** Of so many, which all hold the zone. */
    private TestCluster formed(int nodes) throws Exception {
        TestCluster cluster = cluster(ReplicaTuning.BRISK).form(nodes);
        cluster.commit(TestZone.create(10));
        cluster.awaitSame(cluster.commit(TICK).index());
        for (String node : cluster.nodes().toList()) {
            assertCaughtUp(cluster, node);
        }
        return cluster;
    }

    @Test
    void damagedVoteIsNeverUsedAndTheNodeComesBackAsItsNextIncarnation() throws Exception {
        try (TestCluster cluster = formed(3)) {
            cluster.stop("n2");
            byte[] forged = forgeVote(cluster, "n2");

            RatisReplica damaged = cluster.resume("n2");
            assertAnswersOnly(damaged, "raft-meta is damaged");
            assertThat(damaged.status().damaged()).isTrue();
            long term = cluster.node(cluster.leader()).status().term();
            cluster.commit(TICK);
            assertThat(cluster.node(cluster.leader()).status().term())
                    .as("nobody has heard of the forged one")
                    .isEqualTo(term)
                    .isLessThan(1000);
            assertThat(vote(cluster, "n2")).hasBinaryContent(forged);

            // Whoever puts a good file in its place could make it vote twice.
            cluster.stop("n2");
            Files.copy(vote(cluster, "n1"), replaced(vote(cluster, "n2")));
            assertThat(cluster.resume("n2").status().damaged()).isTrue();

            RatisReplica back = cluster.node("n2");
            Member before = cluster.member("n2");
            cluster.rejoin("n2");
            assertThat(back.root().get().state().catalog().zone(TestZone.APEX)).isNotNull();
            letIn(cluster, "n2", before);
            // Nobody asks a node that has been open for long.
            await("it notes by itself that it has caught up")
                    .atMost(TestCluster.PATIENCE)
                    .until(() -> NodeIdentity.hasCaughtUp(cluster.path("n2").resolve(NodeIdentity.RAFT_DIRECTORY))
                            && !Files.exists(cluster.path("n2").resolve(NodeIdentity.DAMAGED_DIRECTORY)));
            cluster.stop("n2");
            assertThat(cluster.resume("n2").wasCaughtUp()).isTrue();
            cluster.awaitSame(cluster.commit(TICK).index());
        }
    }

    @Test
    void threeDamagedVotesSilenceNobodyAndTheZonesCanBeTakenFromAnyNode() throws Exception {
        try (TestCluster cluster = formed(3)) {
            List<String> nodes = cluster.nodes().toList();
            cluster.stopAll();
            for (String node : nodes) {
                forgeVote(cluster, node);
                assertAnswersOnly(cluster.resume(node), "raft-meta is damaged", "cluster recover");
            }
            cluster.stopAll();
            Recovery.Report report = Recovery.examine(cluster.path("n1"));
            assertThat(report.zones()).isEqualTo(1);
            Recovery.recover(cluster.path("n1"));
            cluster.foundAsStored("n1");
            assertThat(cluster.commit(TICK)).isNotNull();
            assertThat(cluster.node("n1").root().get().state().catalog().zone(TestZone.APEX))
                    .isNotNull();
        }
    }

    /** Started again while the next incarnation has not caught up: what was set aside is answered from. */
    @Test
    void whatWasSetAsideIsAnsweredFromUntilTheNextIncarnationHasAll() throws Exception {
        try (TestCluster cluster = formed(2)) {
            cluster.stop("n2");
            forgeVote(cluster, "n2");
            cluster.resume("n2");
            cluster.rejoin("n2");
            cluster.stop("n2");
            RatisReplica waiting = cluster.join("n2", null);
            assertThat(waiting.root().get().state().catalog().zone(TestZone.APEX))
                    .isNotNull();
            assertThat(waiting.wasCaughtUp()).isTrue();
            assertThat(cluster.path("n2").resolve(NodeIdentity.DAMAGED_DIRECTORY))
                    .isDirectory();
        }
    }

    @Test
    void takenPortOrUnreadableFileOfTheLogIsWaitedFor() throws Exception {
        try (TestCluster cluster = formed(1)) {
            long index = cluster.commit(TICK).index();
            cluster.stop("n1");
            String address = cluster.member("n1").raftAddress();
            int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertAnswersOnly(cluster.resume("n1"), address);
            }
            awaitWhole(cluster, index);

            cluster.stop("n1");
            Path log = segments(cluster).getLast().file();
            Path away = Files.move(log, directory.resolve("away"));
            Files.createDirectory(log); // what cannot be read, also by root
            assertAnswersOnly(cluster.resume("n1"), "Raft could not be started");
            Files.delete(log);
            Files.move(away, log);
            awaitWhole(cluster, index);
            assertThat(cluster.node("n1").status().rebuilds()).isZero();
        }
    }

    @Test
    void damageInTheLogLeavesTheZonesBeforeItAndEndsTheIncarnation() throws Exception {
        try (TestCluster cluster = cluster(KEEPING)) {
            filled(cluster);
            List<LogSegments.Segment> segments = segments(cluster);
            assertThat(segments).hasSizeGreaterThan(3);
            LogSegments.Segment damaged = segments.get(2);
            byte[] whole = Files.readAllBytes(damaged.file());
            flipMiddle(damaged.file());
            RatisReplica replica = cluster.resume("n1");
            assertAnswersOnly(replica, damaged.file().getFileName() + " is damaged", "n1-1 must not take part again");
            assertThat(replica.status().damaged()).isTrue();
            assertThat(replica.root().get().index()).isBetween(damaged.first() - 3, damaged.last());
            cluster.stop("n1");

            // One that is missing: noted already that this log is not to be used.
            Files.delete(damaged.file());
            replica = cluster.resume("n1");
            assertAnswersOnly(replica, "n1-1 must not take part again");
            assertThat(replica.root().get().index())
                    .as("that an entry is committed stands in a later one")
                    .isBetween(damaged.first() - 3, damaged.first() - 1);
            cluster.stop("n1");
            Files.write(damaged.file(), whole);
            assertThat(cluster.resume("n1").status().damaged()).isTrue();
        }
    }

    @Test
    void missingFileOfTheLogEndsTheIncarnation() throws Exception {
        try (TestCluster cluster = cluster(KEEPING)) {
            filled(cluster);
            LogSegments.Segment missing = segments(cluster).get(1);
            Files.delete(missing.file());
            RatisReplica replica = cluster.resume("n1");
            assertAnswersOnly(replica, "the log begins at entry " + (missing.last() + 1));
            assertThat(replica.status().damaged()).isTrue();
        }
    }

    @Test
    void damageInWhatTheSnapshotHasAnywayIsPassedOver() throws Exception {
        try (TestCluster cluster = cluster(KEEPING)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster);
            SnapshotTest.snapshot(replica);
            long index = cluster.commit(TICK).index();
            cluster.stop("n1");
            Path needless = segments(cluster).get(1).file();
            flipMiddle(needless);
            cluster.resume("n1");
            awaitWhole(cluster, index);
            assertThat(needless).doesNotExist();
        }
    }

    @Test
    void damagedIdentityIsTakenFromTheCopyBesideTheLog() throws Exception {
        try (TestCluster cluster = formed(1)) {
            long index = cluster.commit(TICK).index();
            cluster.stop("n1");
            Files.writeString(cluster.path("n1").resolve(NodeIdentity.FILE), "rubbish");
            cluster.resume("n1");
            awaitWhole(cluster, index);
        }
    }

    /** The log before a snapshot may be gone, and snapshots share the files that did not change. */
    @Test
    void whereNothingProvesTheZonesTheNodeIsSilentAndComesBackAsItsNextIncarnation() throws Exception {
        try (TestCluster cluster = formed(3)) {
            SnapshotTest.snapshot(cluster.node("n2"));
            cluster.stop("n2");
            for (Path file : Folders.files(cluster.raftPath("n2"))) {
                if (file.startsWith(cluster.raftPath("n2").resolve("sm"))) {
                    flipMiddle(file);
                } else if (String.valueOf(file.getFileName()).startsWith("log_")) {
                    Files.delete(file);
                }
            }
            RatisReplica silent = cluster.resume("n2");
            assertThat(silent.status().damaged()).isTrue();
            assertThat(silent.status().fault()).contains("comes back by itself");
            assertThat(silent.root().get().state().catalog().isEmpty()).isTrue();
            assertThat(silent.wasCaughtUp())
                    .as("there is nothing to answer from, whatever was")
                    .isFalse();

            Member before = cluster.member("n2");
            cluster.rejoin("n2");
            letIn(cluster, "n2", before);
            assertThat(silent.root().get().state().catalog().zone(TestZone.APEX))
                    .isNotNull();
            await().atMost(TestCluster.PATIENCE).until(silent::wasCaughtUp);
        }
    }

    /** Takes its former self out, and the present one in. */
    private static void letIn(TestCluster cluster, String node, Member before) throws Exception {
        RatisReplica leader = cluster.node(cluster.leader());
        List<Member> members = new ArrayList<>(leader.status().members());
        assertThat(members.remove(before)).isTrue();
        leader.changeMembers(members, TestCluster.PATIENCE);
        members.add(cluster.member(node));
        leader.changeMembers(members, TestCluster.PATIENCE);
        cluster.awaitSame(cluster.commit(TICK).index());
        assertThat(cluster.node(node).status().damaged()).isFalse();
        assertThat(cluster.node(node).status().fault()).isNull();
    }

    private static void assertCaughtUp(TestCluster cluster, String node) throws Exception {
        assertThat(cluster.node(node).confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
    }

    private static void assertAnswersOnly(RatisReplica replica, String... reasons) {
        ReplicaStatus status = replica.status();
        assertThat(status.role()).isEqualTo(ReplicaStatus.Role.NONE);
        assertThat(status.fault()).contains(reasons);
        assertThat(replica.wasCaughtUp()).isTrue();
        assertThat(replica.root().get().state().catalog().zone(TestZone.APEX)).isNotNull();
    }

    private static void awaitWhole(TestCluster cluster, long index) throws Exception {
        RatisReplica replica = cluster.node("n1");
        await().atMost(TestCluster.PATIENCE).until(() -> replica.status().leaderReady());
        assertThat(replica.root().get().index()).isGreaterThanOrEqualTo(index);
        assertThat(replica.status().fault()).isNull();
        assertThat(cluster.commit(TICK).index()).isGreaterThan(index);
    }

    private static void filled(TestCluster cluster) throws Exception {
        cluster.found("n1");
        fill(cluster);
        assertCaughtUp(cluster, "n1");
        cluster.stop("n1");
    }

    private static void fill(TestCluster cluster) throws Exception {
        cluster.commit(TestZone.create(10));
        for (int i = 0; i < 40; i++) {
            cluster.commit(TestZone.create(100)); // turned down, and 2 KB in the log
        }
    }

    private static List<LogSegments.Segment> segments(TestCluster cluster) throws IOException {
        return LogSegments.in(cluster.raftPath("n1").resolve("current"));
    }

    private static Path vote(TestCluster cluster, String node) {
        return cluster.raftPath(node).resolve("current").resolve("raft-meta");
    }

    private static Path replaced(Path file) throws IOException {
        Files.delete(file);
        return file;
    }

    private static byte[] forgeVote(TestCluster cluster, String node) throws IOException {
        Path vote = vote(cluster, node);
        byte[] forged =
                Files.readString(vote).replaceFirst("term=\\d+", "term=999999").getBytes(StandardCharsets.UTF_8);
        Files.write(vote, forged);
        return forged;
    }

    private static void flipMiddle(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }
}
