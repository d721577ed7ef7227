package io.evenkeel.consensus.raft;

import static io.evenkeel.consensus.Folders.copy;
import static io.evenkeel.consensus.raft.SnapshotTest.bytes;
import static io.evenkeel.consensus.raft.SnapshotTest.fill;
import static io.evenkeel.consensus.raft.SnapshotTest.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.snapshot.SnapshotManifest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Whenever a process ends while snapshots are written, published, put in place or followed by a purge: nothing is lost. */
@Tag("faults")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotFaultsTest {
    private final int port = TestCluster.freePort();

    @TempDir
    Path directory;

    @Test
    void endOfTheProcessAtAnyStepOfWritingLosesNothing() throws Exception {
        ReplicaTuning tuning = ReplicaTuning.BRISK.withSnapshots(1_000_000, 0, 16 << 10);
        List<Path> copies = new ArrayList<>();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (TestCluster cluster = new TestCluster(directory.resolve("cluster"), null, tuning)) {
            RatisReplica replica = cluster.found("n1");
            cluster.commit(TestZone.create(3000));
            fill(cluster, 300);
            snapshot(replica);
            fill(cluster, 300);
            snapshot(replica);
            fill(cluster, 300);
            byte[] before = bytes(replica.root().get().state());
            cluster.steps(step -> {
                Path copy = directory.resolve(copies.size() + " " + step);
                try {
                    copy(cluster.path("n1"), copy);
                } catch (IOException e) {
                    failure.set(e);
                }
                copies.add(copy);
            });
            snapshot(replica);
            cluster.stopAll();
            assertThat(failure).hasNullValue();
            assertThat(copies).hasSize(8);
            for (Path copy : copies) {
                try (RatisReplica resumed = cluster.resumeFrom(copy, "n1")) {
                    assertThat(resumed.confirmCaughtUp(TestCluster.PATIENCE))
                            .as(copy.toString())
                            .isTrue();
                    assertThat(bytes(resumed.root().get().state()))
                            .as(copy.toString())
                            .isEqualTo(before);
                }
            }
        }
    }

    @Test
    void endOfTheProcessInThePurgeOfTheLogLosesNothing() throws Exception {
        ReplicaTuning tuning = ReplicaTuning.BRISK.withSnapshots(1_000_000, 0, 16 << 10);
        try (TestCluster cluster = new TestCluster(directory.resolve("cluster"), null, tuning)) {
            RatisReplica replica = cluster.found("n1");
            fill(cluster, 2000);
            Path before = directory.resolve("before");
            copy(cluster.path("n1"), before);
            snapshot(replica);
            byte[] state = bytes(replica.root().get().state());
            cluster.stopAll();
            // The snapshot is there, and all of the log still; then the newest file that may go is gone first.
            Path raft = before.relativize(
                    before.resolve("raft").resolve(cluster.id().toString()));
            Path current = before.resolve(raft).resolve("current");
            DurableFile.deleteTree(before.resolve(raft).resolve("sm"));
            copy(cluster.raftPath("n1").resolve("sm"), before.resolve(raft).resolve("sm"));
            List<LogSegments.Segment> segments = LogSegments.in(current);
            assertThat(segments).hasSizeGreaterThan(4);
            Files.delete(segments.get(segments.size() - 3).file());
            try (RatisReplica resumed = cluster.resumeFrom(before, "n1")) {
                assertThat(resumed.confirmCaughtUp(TestCluster.PATIENCE)).isTrue();
                assertThat(bytes(resumed.root().get().state())).isEqualTo(state);
            }
        }
    }

    @Test
    void endOfTheProcessAtAnyStepOfPuttingOneInPlaceLosesNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(directory.resolve("cluster"), null, SnapshotTest.SMALL).form(3)) {
            cluster.commit(TestZone.create(3000));
            String follower = cluster.follower();
            cluster.awaitSame(fill(cluster, 150));
            snapshot(cluster.node(follower));
            cluster.stop(follower);
            fill(cluster, 1500);
            String leader = cluster.leader();
            snapshot(cluster.node(leader));
            cluster.stopAll();
            Path sent = SnapshotStore.newestFirst(cluster.raftPath(leader).resolve("sm"))
                    .getFirst();
            Path base = directory.resolve("base");
            copy(directory.resolve("cluster"), base);
            for (Moment moment : Moment.values()) {
                // All of them: a node whose disk goes back in time has forgotten what the others know of it.
                DurableFile.deleteTree(directory.resolve("cluster"));
                copy(base, directory.resolve("cluster"));
                Path arriving = Files.createDirectories(directory.resolve(moment.toString()))
                        .resolve(String.valueOf(sent.getFileName()));
                copy(sent, arriving);
                moment.build(cluster.raftPath(follower), arriving);
                for (String node : List.of("n1", "n2", "n3")) {
                    cluster.resume(node);
                }
                cluster.awaitSame(fill(cluster, 1));
                assertThat(cluster.node(follower).status().fault())
                        .as(moment.toString())
                        .isNull();
                cluster.stopAll();
            }
        }
    }

    /** Where the process may end while Ratis puts a snapshot from the leader in place. */
    private enum Moment {
        HALF_ARRIVED,
        ARRIVED,
        OLD_MOVED_AWAY,
        NEW_IN_PLACE,
        OLD_DELETED,
        LOG_PURGED;

        void build(Path raft, Path arriving) throws IOException {
            Path old = raft.resolve("sm");
            Path temporary = Files.createDirectories(raft.resolve("tmp"));
            Path away = raft.resolve("sm.tmp20260102_030405");
            if (this == HALF_ARRIVED) {
                Files.delete(arriving.resolve(SnapshotManifest.FILE));
            }
            if (compareTo(OLD_MOVED_AWAY) >= 0) {
                Files.move(old, away);
            }
            Path parent = compareTo(NEW_IN_PLACE) >= 0 ? old : temporary.resolve("snapshot-0123");
            Files.createDirectories(parent);
            copy(arriving, parent.resolve(String.valueOf(arriving.getFileName())));
            if (compareTo(OLD_DELETED) >= 0) {
                DurableFile.deleteTree(away);
            }
            if (this == LOG_PURGED) {
                for (LogSegments.Segment segment : LogSegments.in(raft.resolve("current"))) {
                    if (!segment.isOpen()) {
                        Files.delete(segment.file());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @FieldSource("io.evenkeel.consensus.raft.DiskFullTest#STEPS")
    void aProcessThatEndsAtAStepHasAllItAcknowledgedWhenItIsBack(String step) throws Exception {
        long acknowledged = 0;
        for (int occurrence = 1; occurrence <= 3; occurrence += 2) {
            acknowledged = live(step, occurrence, acknowledged, -1);
        }
        live("none", 1, acknowledged, 200);
    }

    @Test
    void aProcessThatIsKilledAtAnyTimeHasAllItAcknowledgedWhenItIsBack() throws Exception {
        Random random = new Random(7);
        long acknowledged = 0;
        for (int i = 0; i < 8; i++) {
            acknowledged = live("none", 1, acknowledged, acknowledged + 50 + random.nextInt(500));
        }
    }

    /**
     * One life of the process.
     *
     * @param killAt kill it when so many ticks are acknowledged; -1: it ends by itself
     * @return what it had acknowledged in the end
     */
    private long live(String step, int occurrence, long acknowledged, long killAt) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CrashingReplica.class.getName(),
                        directory.resolve("n1").toString(),
                        Integer.toString(port),
                        step,
                        Integer.toString(occurrence))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long last = -1;
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("have")) {
                    last = Long.parseLong(words[1]);
                    assertThat(last).as(step).isGreaterThanOrEqualTo(acknowledged);
                } else if (words[0].equals("acknowledged")) {
                    last = Long.parseLong(words[1]);
                    if (killAt >= 0 && last >= killAt) {
                        process.toHandle().destroyForcibly(); // unlike that of Process it leaves the pipe to be read
                    }
                }
            }
        }
        assertThat(process.waitFor()).isEqualTo(137);
        if (last < 0) {
            assertThat(killAt).as("it came up").isNegative(); // it may end in the first snapshot after its start
            return acknowledged;
        }
        return last;
    }
}
