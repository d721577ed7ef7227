package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotTest {
    static final ReplicaTuning SMALL = ReplicaTuning.BRISK.withSnapshots(100, 0, 16 << 10);

    @TempDir
    Path directory;

    @Test
    void snapshotRestoresByteForByteAndUnchangedZonesAreShared() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TestZone.create(3000));
            fill(cluster, 500);
            SnapshotStatus first = snapshot(replica);
            fill(cluster, 10);
            SnapshotStatus second = snapshot(replica);
            assertThat(second.index()).isGreaterThan(first.index());
            assertThat(second.zones()).isEqualTo(1);
            assertThat(second.records()).isEqualTo(3002);
            byte[] before = bytes(replica.root().get().state());
            cluster.stopAll();

            List<Path> kept = snapshots(cluster, "n1");
            assertThat(kept).as("RaftLimits.SNAPSHOTS_KEPT").hasSize(2);
            assertThat(kept.getFirst()).exists().hasFileName(nameOf(kept, second));
            assertThat(Files.isSameFile(zoneFile(kept.get(0)), zoneFile(kept.get(1))))
                    .isTrue();
            assertThat(Files.isSameFile(kept.get(0).resolve("meta"), kept.get(1).resolve("meta")))
                    .isFalse();

            RatisReplica resumed = cluster.resume("n1");
            assertThat(resumed.root().get().index()).as("published at once").isPositive();
            cluster.leader();
            assertThat(bytes(resumed.root().get().state())).isEqualTo(before);
        }
    }

    @Test
    void theHistoryOfChangesIsAPartOfItAndIsReadAgain() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(FeatureLevel.raise(replica.root().get().state().settings()));
            cluster.commit(TestZone.create(10));
            addHosts(cluster, replica, 30);
            snapshot(replica);
            addHosts(cluster, replica, 5);
            byte[] before = bytes(replica.root().get().state());
            long changes = replica.root().get().state().history().count();
            assertThat(changes).isEqualTo(36);
            cluster.stopAll();
            try (Stream<Path> files = Files.list(snapshots(cluster, "n1").getFirst())) {
                assertThat(files.filter(
                                file -> String.valueOf(file.getFileName()).startsWith("history-")))
                        .hasSize(1);
            }
            RatisReplica resumed = cluster.resume("n1");
            cluster.leader();
            assertThat(resumed.root().get().state().history().count()).isEqualTo(changes);
            assertThat(bytes(resumed.root().get().state())).isEqualTo(before);
        }
    }

    private static void addHosts(TestCluster cluster, RatisReplica replica, int hosts) throws Exception {
        for (int i = 0; i < hosts; i++) {
            Zone zone = Objects.requireNonNull(
                    replica.root().get().state().catalog().zone(TestZone.APEX));
            cluster.commit(TestZone.addHost(zone.version(), zone.serial(), (int) zone.serial() + 100));
        }
    }

    @Test
    void aSnapshotOfALevelThatIsNotSpokenHereIsLeftAsItIsAndTold() throws Exception {
        // Each tick raises the level, as a later release would.
        ZoneStateMachine.Application later = (state, index, command) -> state.apply(
                index, command instanceof ZoneCommand.Tick ? FeatureLevel.raise(state.settings()) : command);
        try (TestCluster cluster = new TestCluster(directory, null, SMALL, later)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(new ZoneCommand.Tick());
            cluster.commit(new ZoneCommand.Tick());
            snapshot(replica);
            cluster.stopAll();
            List<Path> kept = snapshots(cluster, "n1");

            assertThatThrownBy(() -> cluster.resume("n1"))
                    .hasStackTraceContaining("was written by a later version: the cluster is at level 3")
                    .hasStackTraceContaining("this release speaks level 2 at most");
            assertThat(snapshots(cluster, "n1")).isEqualTo(kept);
        }
    }

    @Test
    void oldOnesGoAtOnceAndNoneWhileOneIsWritten() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster, 10);
            snapshot(replica);
            fill(cluster, 10);
            snapshot(replica);
            fill(cluster, 10);
            AtomicInteger meanwhile = new AtomicInteger();
            cluster.steps(step -> {
                if (step.equals("meta written")) {
                    meanwhile.set(leftAfterADrop(replica, cluster));
                }
            });
            SnapshotStatus latest = snapshot(replica);
            assertThat(meanwhile).as("nobody waits").hasValue(2);
            assertThat(leftAfterADrop(replica, cluster))
                    .as("whoever is answered may go on at once")
                    .isEqualTo(1);
            assertThat(snapshots(cluster, "n1").getFirst())
                    .hasFileName(nameOf(snapshots(cluster, "n1"), latest))
                    .exists();
        }
    }

    /** By another thread than those of the replica, and without any wait. */
    private static int leftAfterADrop(RatisReplica replica, TestCluster cluster) {
        FutureTask<Integer> drop = new FutureTask<>(() -> {
            replica.dropOldSnapshots();
            return snapshots(cluster, "n1").size();
        });
        Thread.ofVirtual().start(drop);
        try {
            return drop.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withoutAServerTheOldOnesGoIfTheNewestIsWhole(boolean whole) throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster, 10);
            snapshot(replica);
            fill(cluster, 10);
            snapshot(replica);
            replica.retire("taken out");
            List<Path> before = snapshots(cluster, "n1");
            assertThat(before).hasSize(2);
            if (!whole) {
                damage(before.getFirst().resolve("meta"));
            }
            replica.dropOldSnapshots();
            assertThat(snapshots(cluster, "n1")).isEqualTo(whole ? before.subList(0, 1) : before);
        }
    }

    /** A zone that is imported comes in chunks of a mebibyte: 20,000 of them would be twenty gibibytes. */
    @Test
    void largeEntriesDoNotStayBehindASnapshotWhoeverIsAway() throws Exception {
        int segment = 256 << 10;
        long kept = 2 << 20;
        ReplicaTuning tuning =
                ReplicaTuning.BRISK.withSnapshots(1_000_000, 20_000, segment).withPreservedBytes(kept);
        try (TestCluster cluster = new TestCluster(directory, null, tuning).form(3)) {
            cluster.commit(TestZone.create(10));
            String away = cluster.follower();
            cluster.stop(away);
            String leader = cluster.leader();
            stage(cluster.node(leader), 300, 50_000);
            assertThat(logBytes(cluster, leader)).isGreaterThan(12 << 20);
            snapshot(cluster.node(leader));
            // One file reaches beyond the snapshot, and one is open, with blocks set aside.
            long beside = 2L * segment + (1 << 20);
            assertThat(logBytes(cluster, leader))
                    .isLessThanOrEqualTo(kept + beside)
                    .isGreaterThan(kept / 2);

            AtomicInteger arrived = new AtomicInteger();
            cluster.steps(step -> arrived.addAndGet(step.equals("arrived") ? 1 : 0));
            cluster.resume(away);
            cluster.awaitSame(fill(cluster, 1));
            assertThat(arrived).as("it lacked what is gone").hasPositiveValue();

            arrived.set(0);
            cluster.stop(away);
            fill(cluster, 50);
            snapshot(cluster.node(leader));
            cluster.resume(away);
            cluster.awaitSame(fill(cluster, 1));
            assertThat(arrived).as("a few entries come from the log").hasValue(0);

            cluster.node(leader).shortenLog().get(40, TimeUnit.SECONDS);
            assertThat(logBytes(cluster, leader)).isLessThanOrEqualTo(kept / 8 + beside);
        }
    }

    private static void stage(RatisReplica leader, int chunks, int octets) throws Exception {
        Random random = new Random(1);
        List<CompletableFuture<ProposalOutcome>> batch = new ArrayList<>();
        for (int i = 0; i < chunks; i++) {
            byte[] bytes = new byte[octets];
            random.nextBytes(bytes);
            batch.add(leader.propose(
                    new ZoneCommand.StageChunk(new RequestId(1, i), 0, bytes, 0), Duration.ofSeconds(60)));
            if (batch.size() == 50 || i == chunks - 1) {
                for (CompletableFuture<ProposalOutcome> outcome : batch) {
                    assertThat(outcome.get(70, TimeUnit.SECONDS)).isInstanceOf(ProposalOutcome.Committed.class);
                }
                batch.clear();
            }
        }
    }

    private static long logBytes(TestCluster cluster, String node) throws IOException {
        long octets = 0;
        for (LogSegments.Segment segment : LogSegments.in(cluster.raftPath(node).resolve("current"))) {
            octets += Files.size(segment.file());
        }
        return octets;
    }

    private static String nameOf(List<Path> snapshots, SnapshotStatus status) {
        return snapshots.stream()
                .map(path -> String.valueOf(path.getFileName()))
                .filter(name -> name.endsWith("_" + status.index()))
                .findFirst()
                .orElse("none of entry " + status.index());
    }

    @Test
    void laggingFollowerIsSentSnapshotAndAnswersFromWhatItHasMeanwhile() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL).form(3)) {
            cluster.commit(TestZone.create(1000));
            String follower = cluster.follower();
            cluster.awaitSame(fill(cluster, 1));
            long left = cluster.node(follower).root().get().index();
            ZoneVersion version = version(cluster.node(cluster.leader()));
            cluster.stop(follower);
            cluster.commit(TestZone.addHost(version, 1, 1000));
            fill(cluster, 1000);
            RatisReplica leader = cluster.node(cluster.leader());
            snapshot(leader);
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(logStart(leader))
                            .as("the entries it lacks are gone")
                            .isGreaterThan(left + 1));

            CountDownLatch arrived = new CountDownLatch(1);
            CountDownLatch seen = new CountDownLatch(1);
            cluster.steps(step -> {
                if (step.equals("arrived")) {
                    arrived.countDown();
                    awaitQuietly(seen);
                }
            });
            RatisReplica behind = cluster.resume(follower);
            assertThat(arrived.await(40, TimeUnit.SECONDS)).isTrue();
            assertThat(version(behind)).as("what it has").isEqualTo(version);
            seen.countDown();
            cluster.awaitSame(fill(cluster, 1));
            assertThat(version(behind)).isNotEqualTo(version);
            assertThat(bytes(behind.root().get().state()))
                    .isEqualTo(bytes(cluster.node(cluster.leader()).root().get().state()));
            fill(cluster, 50);
            snapshot(behind);
            cluster.stop(follower);
            RatisReplica again = cluster.resume(follower);
            assertThat(again.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
        }
    }

    @Test
    void anErrorInWritingIsToldToTheCallerAndCountedAndTheNextSnapshotIsTaken() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster, 10);
            AtomicBoolean planted = new AtomicBoolean();
            cluster.steps(step -> {
                if (step.equals("meta written") && planted.compareAndSet(false, true)) {
                    throw new LinkageError("planted");
                }
            });
            assertThatThrownBy(() -> snapshot(replica)).hasRootCauseMessage("planted");
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(TestCluster.DAEMONS.faults().get("snapshots"))
                            .isPositive());
            assertThat(snapshot(replica).index()).isPositive();
        }
    }

    @Test
    void newMemberIsSentSnapshot() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica first = purged(cluster);
            cluster.join("n2", null);
            first.changeMembers(List.of(cluster.member("n1"), cluster.member("n2")), TestCluster.PATIENCE);
            cluster.awaitSame(fill(cluster, 1));
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> NodeIdentity.parse(cluster.path("n2").resolve(NodeIdentity.FILE))
                                    .phase()
                            == NodeIdentity.Phase.MEMBER);
        }
    }

    @Test
    void takenByItselfAndTheLogIsPurgedWithinBounds() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster, 2000);
            await().atMost(TestCluster.PATIENCE).until(() -> logStart(replica) > 1000);
            assertThat(replica.snapshotStatus().failures()).isZero();
        }
    }

    @Test
    void damagedSnapshotIsPassedOverForTheOneBeforeIt() throws Exception {
        ReplicaTuning keepsLog = ReplicaTuning.BRISK.withSnapshots(1_000_000, 100_000, 16 << 10);
        try (TestCluster cluster = new TestCluster(directory, null, keepsLog)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TestZone.create(3000));
            snapshot(replica);
            fill(cluster, 200);
            snapshot(replica);
            byte[] before = bytes(replica.root().get().state());
            cluster.stopAll();
            damage(snapshots(cluster, "n1").getFirst().resolve("meta"));

            RatisReplica resumed = cluster.resume("n1");
            cluster.leader();
            assertThat(bytes(resumed.root().get().state())).isEqualTo(before);

            // A damaged file that both share is written anew, from memory.
            damage(zoneFile(snapshots(cluster, "n1").getLast()));
            fill(cluster, 1);
            snapshot(resumed);
            byte[] after = bytes(resumed.root().get().state());
            cluster.stopAll();
            assertThat(bytes(cluster.resume("n1").root().get().state())).hasSameSizeAs(after);
            cluster.leader();
            assertThat(bytes(cluster.node("n1").root().get().state())).isEqualTo(after);
        }
    }

    @Test
    void withoutAWholeSnapshotAndTheEntriesBeforeItTheNodeTakesNoPart() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, SMALL)) {
            purged(cluster);
            cluster.stopAll();
            for (Path snapshot : snapshots(cluster, "n1")) {
                damage(snapshot.resolve("meta"));
            }
            RatisReplica silent = cluster.resume("n1");
            assertThat(silent.status().damaged()).isTrue();
            assertThat(silent.status().fault()).contains("a snapshot is missing or damaged");
            assertThat(silent.root().get().state().catalog().isEmpty()).isTrue();
        }
    }

    /** Founds a cluster of one, whose log no longer holds what its snapshot does. */
    private static RatisReplica purged(TestCluster cluster) throws Exception {
        RatisReplica replica = cluster.found("n1");
        fill(cluster, 1000);
        snapshot(replica);
        await().atMost(TestCluster.PATIENCE).until(() -> logStart(replica) > 1);
        return replica;
    }

    static SnapshotStatus snapshot(RatisReplica replica) throws Exception {
        return replica.takeSnapshot().get(40, TimeUnit.SECONDS);
    }

    static long logStart(RatisReplica replica) {
        return TestCluster.instance(replica).division().getRaftLog().getStartIndex();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(40, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    private static Path zoneFile(Path snapshot) throws IOException {
        try (Stream<Path> files = Files.list(snapshot)) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("zone-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Commits so many ticks, a hundred at a time; those that a leader did not take which hands over go to the next. */
    static long fill(TestCluster cluster, int entries) throws Exception {
        long last = 0;
        for (int done = 0; done < entries; ) {
            RatisReplica leader = cluster.node(cluster.leader());
            List<CompletableFuture<ProposalOutcome>> batch = new ArrayList<>();
            for (; batch.size() < 100 && done < entries; done++) {
                batch.add(leader.propose(new ZoneCommand.Tick(), Duration.ofSeconds(20)));
            }
            for (CompletableFuture<ProposalOutcome> outcome : batch) {
                last = outcome.get(30, TimeUnit.SECONDS) instanceof ProposalOutcome.Committed committed
                        ? committed.index()
                        : cluster.commit(new ZoneCommand.Tick()).index();
            }
        }
        return last;
    }

    private static ZoneVersion version(RatisReplica replica) {
        return Objects.requireNonNull(replica.root().get().state().catalog().zone(TestZone.APEX))
                .version();
    }

    /** The newest first. */
    private static List<Path> snapshots(TestCluster cluster, String node) throws IOException {
        try (Stream<Path> files = Files.list(cluster.raftPath(node).resolve("sm"))) {
            return files.sorted(Comparator.comparingLong((Path file) -> Long.parseLong(
                                    file.toString().substring(file.toString().lastIndexOf('_') + 1)))
                            .reversed())
                    .toList();
        }
    }

    static byte[] bytes(ReplicatedState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        state.writeSnapshot(out);
        return out.toByteArray();
    }
}
