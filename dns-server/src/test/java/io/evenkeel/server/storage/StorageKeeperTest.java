package io.evenkeel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.process.VirtualTime;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorageKeeperTest {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final long PLENTY = 1L << 40;

    @TempDir
    private Path folder = Path.of("");

    private final VirtualTime time = new VirtualTime();
    private long total = PLENTY;
    private long free = PLENTY / 2;
    private final Set<Path> unreadable = new HashSet<>();
    private final Set<Path> undeletable = new HashSet<>();
    private int counts;
    private @Nullable Replica replica;

    private final class Disk implements StorageKeeper.Volume {
        @Override
        public long total() {
            return total;
        }

        @Override
        public long free() {
            return free;
        }

        /** Root may read everything, so that a folder of somebody else is only told to be one. */
        @Override
        public void walk(Path start, FileVisitor<Path> visitor) throws IOException {
            counts++;
            for (Path one : unreadable) {
                assertThat(visitor.visitFileFailed(one, new AccessDeniedException(one.toString())))
                        .isEqualTo(FileVisitResult.CONTINUE);
            }
            StorageKeeper.Volume.super.walk(start, visitor);
        }

        @Override
        public boolean delete(Path file) throws IOException {
            if (undeletable.contains(file)) {
                throw new AccessDeniedException(file.toString());
            }
            return StorageKeeper.Volume.super.delete(file);
        }
    }

    private StorageKeeper keeper(long budget) {
        return new StorageKeeper(
                new StorageKeeper.Settings(folder, folder.resolve("node.log"), 64 * KIB, 4, budget),
                () -> replica,
                time,
                new Disk());
    }

    private void keeps(InMemoryReplica.OnDisk disk) {
        InMemoryReplica made = new InMemoryReplica("n1", time);
        made.keeps(disk);
        replica = made;
    }

    /** Without blocks: its length is what counts. */
    private Path file(String name, long octets, int second) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(octets);
        }
        Files.setLastModifiedTime(file, FileTime.fromMillis(1000L * second));
        return file;
    }

    private List<String> left() throws IOException {
        return Folders.files(folder).stream()
                .map(file -> folder.relativize(file).toString())
                .toList();
    }

    private static long octets(StorageKeeper keeper, StorageClass kind) {
        return Objects.requireNonNull(
                Objects.requireNonNull(keeper.seen()).octets().get(kind));
    }

    @Test
    void eachFileHasItsClass() throws Exception {
        file("captures/a.fstrm", 10, 1);
        file("hs_err_pid7.log", 20, 1);
        file("java_pid7.hprof", 30, 1);
        file("node.log", 40, 1);
        file("journal/events.jsonl.1", 7, 1);
        file("node.log.1", 50, 1);
        file("gc/gc.log", 300, 1);
        file("gc/gc.log.0", 1000, 1);
        file("backups/zones-20261201T033000Z.backup", 60, 1);
        file("raft/6c1f/current/log_1-9", 70, 1);
        file("raft/6c1f/current/raft-meta", 5, 1);
        file("raft/6c1f/sm/snapshot.1_5/part", 80, 1);
        Path shared = file("raft/6c1f/sm/snapshot.1_9/part", 90, 1);
        Files.createLink(folder.resolve("raft/6c1f/sm/snapshot.1_5/shared"), shared);
        file("raft/6c1f/tmp/unfinished-snapshot/part", 3, 1);
        file("healing/meta", 4, 1);
        file("raft-damaged/6c1f/sm/snapshot.1_7/part", 11, 1);
        file("raft-damaged/6c1f/current/log_1-7", 12, 1);
        file("ballast", 100, 1);
        file("identity.properties", 3, 1);
        StorageKeeper keeper = keeper(PLENTY);
        keeper.look();
        assertThat(octets(keeper, StorageClass.CAPTURES)).isEqualTo(60);
        assertThat(octets(keeper, StorageClass.LOGS))
                .as("its blocks are set aside")
                .isEqualTo(64 * KIB + 1357);
        assertThat(octets(keeper, StorageClass.BACKUPS)).isEqualTo(60);
        assertThat(octets(keeper, StorageClass.RAFT_LOG)).isEqualTo(70);
        assertThat(octets(keeper, StorageClass.SNAPSHOT)).isEqualTo(97);
        assertThat(octets(keeper, StorageClass.OLD_SNAPSHOTS))
                .as("links take nothing")
                .isEqualTo(80);
        assertThat(octets(keeper, StorageClass.BALLAST)).isEqualTo(100);
        assertThat(octets(keeper, StorageClass.OTHER))
                .as("what a former life has left is not what this one goes by")
                .isEqualTo(31);
    }

    @Test
    void theLeastImportantGoFirstAndTheOldestOfThem() throws Exception {
        file("captures/old.fstrm", 10 * MIB, 1);
        file("captures/new.fstrm", 10 * MIB, 2);
        file("node.log.1", 10 * MIB, 3);
        file("backups/zones-20261130T033000Z.backup", 10 * MIB, 1);
        file("backups/zones-20261201T033000Z.backup", 10 * MIB, 2);
        StorageKeeper keeper = keeper(54 * MIB);
        keeper.look();
        assertThat(left()).hasSize(5);
        keeper.budget(52 * MIB);
        keeper.look();
        assertThat(left()).doesNotContain("captures/old.fstrm").hasSize(4);
        keeper.budget(25 * MIB);
        keeper.look();
        assertThat(left())
                .as("captures, then logs")
                .containsExactly("backups/zones-20261130T033000Z.backup", "backups/zones-20261201T033000Z.backup");
        keeper.budget(2 * MIB);
        keeper.look();
        assertThat(left()).as("the newest backup never goes").containsExactly("backups/zones-20261201T033000Z.backup");
        assertThat(keeper.evicted(StorageClass.CAPTURES)).isEqualTo(20 * MIB);
        assertThat(keeper.evicted(StorageClass.LOGS)).isEqualTo(10 * MIB);
        assertThat(keeper.evicted(StorageClass.BACKUPS)).isEqualTo(10 * MIB);
        assertThat(keeper.reasons()).anySatisfy(reason -> assertThat(reason).contains("storage.budget is 2 MiB"));
    }

    @Test
    void fullFilesOfTheCollectorsLogGoAsThoseOfTheLogDo() throws Exception {
        file("gc/gc.log.1", MIB, 1);
        file("gc/gc.log.0", MIB, 2);
        file("node.log.1", MIB, 3);
        file("gc/gc.log", MIB, 4);
        file("journal/events.jsonl.1", MIB, 1);
        StorageKeeper keeper = keeper(6 * MIB);
        keeper.look();
        assertThat(left()).hasSize(5);
        keeper.budget(5 * MIB);
        keeper.look();
        assertThat(left()).as("the oldest").doesNotContain("gc/gc.log.1").hasSize(4);
        keeper.budget(MIB);
        keeper.look();
        assertThat(left()).containsExactly("gc/gc.log", "journal/events.jsonl.1");
        assertThat(keeper.evicted(StorageClass.LOGS)).isEqualTo(3 * MIB);
    }

    @Test
    void aVolumeThatOthersFillTakesFilesByItsLevel() throws Exception {
        file("captures/a.fstrm", MIB, 1);
        file("node.log.1", MIB, 1);
        file("backups/zones-20261130T033000Z.backup", MIB, 1);
        file("backups/zones-20261201T033000Z.backup", MIB, 2);
        total = 1000 * MIB;
        free = 250 * MIB;
        StorageKeeper keeper = keeper(PLENTY);
        keeper.look();
        assertThat(keeper.level()).isEqualTo(StorageLevel.WARN);
        assertThat(left()).hasSize(4);
        free = 150 * MIB;
        keeper.look();
        assertThat(left())
                .containsExactly("backups/zones-20261130T033000Z.backup", "backups/zones-20261201T033000Z.backup");
        assertThat(keeper.isShort()).isFalse();
        free = 80 * MIB;
        keeper.look();
        assertThat(left()).containsExactly("backups/zones-20261201T033000Z.backup");
        assertThat(keeper.isShort()).isTrue();
        assertThat(keeper.reasons())
                .anySatisfy(reason -> assertThat(reason)
                        .contains("critical: 80 MiB free; make room")
                        .doesNotContain("full in"));
    }

    @Test
    void aVolumeThatFillsSoonSaysWhen() throws Exception {
        total = 1000 * MIB;
        free = 900 * MIB;
        StorageKeeper keeper = keeper(PLENTY);
        for (int second = 0; second < 200; second++) {
            keeper.look();
            time.advance(Duration.ofSeconds(1));
            free -= MIB;
        }
        assertThat(keeper.level()).isEqualTo(StorageLevel.HIGH);
        // 701 MiB at one a second, seen for three minutes.
        assertThat(keeper.reasons())
                .singleElement()
                .asString()
                .containsPattern("is at high, full in 1[12] min at the pace of the last one: 701 MiB free");
    }

    /** Seconds in which nothing happens cost no look at each file. */
    @Test
    void farFromEveryMarkTheFilesAreCountedNowAndThen() throws Exception {
        file("captures/a.fstrm", 10 * MIB, 1);
        StorageKeeper keeper = keeper(50 * MIB);
        for (int second = 0; second < StorageKeeper.COUNT.toSeconds(); second++) {
            keeper.look();
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(counts).isEqualTo(1);
        keeper.look();
        assertThat(counts).as("after that").isEqualTo(2);
        free -= 29 * MIB;
        keeper.look();
        assertThat(counts).as("not even if all that were of this node").isEqualTo(2);
        assertThat(Objects.requireNonNull(keeper.seen()).free())
                .as("the room is known all the same")
                .isEqualTo(free);
        free -= 2 * MIB;
        keeper.look();
        assertThat(counts).as("it may be").isEqualTo(3);
        keeper.look();
        assertThat(counts).as("it is not").isEqualTo(3);
        keeper.budget(12 * MIB);
        keeper.look();
        keeper.look();
        assertThat(counts).as("near the budget each second").isEqualTo(5);
        total = 1000 * MIB;
        free = 150 * MIB;
        keeper.budget(50 * MIB);
        keeper.look();
        assertThat(left()).as("the volume is short of room").isEmpty();
    }

    @Test
    void whatIsWrittenInOnePieceAsksForItsRoom() throws Exception {
        file("captures/a.fstrm", 30 * MIB, 1);
        StorageKeeper keeper = keeper(50 * MIB);
        assertThat(keeper.makeRoom(40 * MIB)).isEmpty();
        assertThat(left()).isEmpty();
        assertThat(keeper.makeRoom(60 * MIB))
                .hasValueSatisfying(why -> assertThat(why).contains("budget of 50 MiB", "raise storage.budget"));
    }

    @Test
    void nothingIsGivenUpForMoreThanCouldEverBeHad() throws Exception {
        file("captures/a.fstrm", 30 * MIB, 1);
        file("zones", 10 * MIB, 1);
        StorageKeeper keeper = keeper(50 * MIB);
        assertThat(keeper.makeRoom(40 * MIB)).isPresent();
        assertThat(left()).contains("captures/a.fstrm");
        assertThat(keeper.makeRoom(35 * MIB)).isEmpty();
        assertThat(left()).doesNotContain("captures/a.fstrm");
    }

    @Test
    void twoThatWriteAtOnceDoNotGetTheSameRoom() throws Exception {
        StorageKeeper keeper = keeper(100 * MIB);
        try (StorageKeeper.Claim first = keeper.claim();
                StorageKeeper.Claim second = keeper.claim()) {
            assertThat(first.more(60 * MIB)).isEmpty();
            assertThat(second.more(60 * MIB)).isPresent();
            file("import-1", 50 * MIB, 1);
            first.wrote(50 * MIB);
            assertThat(second.more(40 * MIB)).as("10 MiB are to come").isPresent();
            assertThat(second.more(30 * MIB)).isEmpty();
            file("import-1", 60 * MIB, 1);
        }
        assertThat(keeper.makeRoom(30 * MIB)).as("nothing came of the second").isEmpty();
        assertThat(keeper.makeRoom(40 * MIB)).isPresent();
    }

    /** What may go goes for a file that is to come, and not before it must. */
    @Test
    void whatWasGrantedCountsWithWhatIsThere() throws Exception {
        StorageKeeper keeper = keeper(100 * MIB);
        try (StorageKeeper.Claim claim = keeper.claim()) {
            assertThat(claim.more(60 * MIB)).isEmpty();
            file("captures/a.fstrm", 30 * MIB, 1);
            keeper.look();
            assertThat(left()).contains("captures/a.fstrm");
            file("captures/b.fstrm", 20 * MIB, 2);
            keeper.look();
            assertThat(left()).containsExactly("captures/b.fstrm");
        }
    }

    /** A snapshot asks nobody: its room is there before it begins. */
    @Test
    void theNextSnapshotHasItsRoom() throws Exception {
        file("raft/6c1f/sm/snapshot.1_9/part", 40 * MIB, 1);
        file("captures/a.fstrm", 10 * MIB, 1);
        StorageKeeper keeper = keeper(100 * MIB);
        keeper.look();
        assertThat(left()).as("90 MiB with the next one").contains("captures/a.fstrm");
        assertThat(keeper.makeRoom(20 * MIB))
                .hasValueSatisfying(why -> assertThat(why).contains("beside 90 MiB"));
        file("captures/b.fstrm", 6 * MIB, 2);
        keeper.look();
        assertThat(left()).as("96 MiB with the next one").doesNotContain("captures/a.fstrm");
        file("captures/c.fstrm", 8 * MIB, 3);
        file("raft/6c1f/tmp/unfinished-snapshot/part", 30 * MIB, 4);
        keeper.look();
        assertThat(left()).as("10 MiB are to come").contains("captures/b.fstrm", "captures/c.fstrm");
    }

    @Test
    void snapshotsThatDidNotGoAreNotCounted() throws Exception {
        file("raft/6c1f/sm/snapshot.1_9/part", 20 * MIB, 1);
        Path old = file("raft/6c1f/sm/snapshot.1_5/part", 20 * MIB, 1);
        file("raft/6c1f/current/log_1-9", MIB, 1);
        AtomicInteger shortened = new AtomicInteger();
        Deque<String> outcomes = new ArrayDeque<>(List.of("one is being written", "the disk says no", "gone"));
        keeps(new InMemoryReplica.OnDisk() {
            @Override
            public void dropOldSnapshots() throws IOException {
                switch (outcomes.remove()) {
                    case "gone" -> {
                        Files.delete(old);
                        Files.delete(Objects.requireNonNull(old.getParent()));
                    }
                    case "the disk says no" -> throw new IOException("the disk says no");
                    default -> {
                        // nothing
                    }
                }
            }

            @Override
            public CompletableFuture<SnapshotStatus> shortenLog() {
                shortened.incrementAndGet();
                return new CompletableFuture<>();
            }
        });
        StorageKeeper keeper = keeper(50 * MIB);
        keeper.look();
        assertThat(keeper.evicted(StorageClass.OLD_SNAPSHOTS)).isZero();
        assertThat(octets(keeper, StorageClass.OLD_SNAPSHOTS)).isEqualTo(20 * MIB);
        assertThat(shortened)
                .as("what comes after them is given up all the same")
                .hasValue(1);
        keeper.look();
        assertThat(keeper.evicted(StorageClass.OLD_SNAPSHOTS)).isZero();
        assertThat(keeper.reasons()).anySatisfy(reason -> assertThat(reason).contains("the disk says no"));
        counts = 0;
        keeper.look();
        assertThat(counts).as("before and after").isEqualTo(2);
        assertThat(keeper.evicted(StorageClass.OLD_SNAPSHOTS)).isEqualTo(20 * MIB);
        assertThat(octets(keeper, StorageClass.OLD_SNAPSHOTS)).isZero();
        assertThat(keeper.reasons()).noneSatisfy(reason -> assertThat(reason).contains("the disk says no"));
    }

    @Test
    void aLogThatWasShortenedIsCountedOnceItIs() throws Exception {
        Path log = file("raft/6c1f/current/log_1-9", 30 * MIB, 1);
        CompletableFuture<SnapshotStatus> done = new CompletableFuture<>();
        keeps(new InMemoryReplica.OnDisk() {
            @Override
            public void dropOldSnapshots() {
                throw new AssertionError("there are none");
            }

            @Override
            public CompletableFuture<SnapshotStatus> shortenLog() {
                return done;
            }
        });
        StorageKeeper keeper = keeper(20 * MIB);
        keeper.look();
        keeper.look();
        assertThat(keeper.evicted(StorageClass.RAFT_LOG)).isZero();
        Files.delete(log);
        file("raft/6c1f/current/log_10-12", 10 * MIB, 2);
        done.complete(new SnapshotStatus(9, 0, 0, 0, 0, 0, null));
        keeper.look();
        keeper.look();
        assertThat(keeper.evicted(StorageClass.RAFT_LOG)).isEqualTo(20 * MIB);
    }

    @Test
    void whatMayNotBeReadOrDeletedHidesNothingElse() throws Exception {
        Path kept = file("captures/a.fstrm", 10 * MIB, 1);
        file("captures/b.fstrm", 10 * MIB, 2);
        file("node.log.1", 10 * MIB, 3);
        file("backups/zones-20261130T033000Z.backup", 10 * MIB, 1);
        file("backups/zones-20261201T033000Z.backup", 10 * MIB, 2);
        undeletable.add(kept);
        unreadable.add(folder.resolve("lost+found"));
        StorageKeeper keeper = keeper(28 * MIB);
        keeper.look();
        assertThat(left()).containsExactly("backups/zones-20261201T033000Z.backup", "captures/a.fstrm");
        assertThat(keeper.evicted(StorageClass.CAPTURES)).isEqualTo(10 * MIB);
        assertThat(Objects.requireNonNull(keeper.seen()).refused())
                .as("lost+found is the file system's")
                .isEqualTo(1);
        assertThat(keeper.reasons())
                .anySatisfy(reason -> assertThat(reason).contains("1 of the files", kept + ": permission denied"));
        unreadable.add(folder.resolve("secret"));
        undeletable.clear();
        keeper.budget(14 * MIB);
        keeper.look();
        assertThat(left()).containsExactly("backups/zones-20261201T033000Z.backup");
        assertThat(keeper.reasons())
                .anySatisfy(reason -> assertThat(reason).contains(folder.resolve("secret") + ": permission denied"));
        unreadable.clear();
        keeper.look();
        assertThat(Objects.requireNonNull(keeper.seen()).refused()).isZero();
        assertThat(keeper.reasons()).noneSatisfy(reason -> assertThat(reason).contains("permission denied"));
    }

    private static final long DAYS_BUDGET = 300 * MIB;

    /** All classes grow by chance, and the replica takes its time. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void inADayOfGrowthTheBudgetIsNeverPassed(long seed) throws Exception {
        Day day = new Day(seed);
        keeps(day);
        StorageKeeper keeper = keeper(DAYS_BUDGET);
        // As if nothing happened for 59 of 60 seconds.
        for (int minute = 0; minute < 24 * 60; minute++) {
            day.grow(keeper);
            time.advance(Duration.ofSeconds(60));
            keeper.look();
        }
        assertThat(day.most).isLessThanOrEqualTo(DAYS_BUDGET).isGreaterThan(DAYS_BUDGET / 2);
        for (StorageClass kind :
                List.of(StorageClass.CAPTURES, StorageClass.LOGS, StorageClass.BACKUPS, StorageClass.RAFT_LOG)) {
            assertThat(keeper.evicted(kind)).as(kind.toString()).isPositive();
        }
        assertThat(keeper.evicted(StorageClass.OLD_SNAPSHOTS))
                .as("no more than went")
                .isPositive()
                .isEqualTo(day.dropped);
    }

    /** So that the test above can fail. */
    @Test
    void withoutLooksTheSameDayPassesTheBudget() throws Exception {
        Day day = new Day(1);
        for (int minute = 0; minute < 120; minute++) {
            day.grow(null);
        }
        assertThat(day.most).isGreaterThan(2 * DAYS_BUDGET);
    }

    /** Of a node that is busy: between two looks up to three files grow, and a snapshot of 30 to 40 MiB is written over some looks. */
    private final class Day implements InMemoryReplica.OnDisk {
        private static final String RAFT = "raft/6c1f/";
        private static final long DUE = 32 * MIB;
        private static final long KEPT = 16 * MIB;

        private final SplittableRandom random;
        private final Deque<Path> covered = new ArrayDeque<>();
        private final Deque<Path> logged = new ArrayDeque<>();
        private int number;
        private Path latest;
        private @Nullable Path old;
        private long target;
        private long arrived;
        private StorageKeeper.@Nullable Claim claim;
        private long imported;
        private long piece;
        private int pieces;
        private @Nullable CompletableFuture<SnapshotStatus> asked;
        private @Nullable CompletableFuture<SnapshotStatus> served;
        private long most;
        private long dropped;

        Day(long seed) throws IOException {
            random = new SplittableRandom(seed);
            latest = Objects.requireNonNull(
                    file(RAFT + "sm/snapshot.1_0/part", 36 * MIB, 0).getParent());
            file("ballast", 64 * MIB, 0);
        }

        /** @param keeper null: none is asked */
        void grow(@Nullable StorageKeeper keeper) throws Exception {
            for (int events = random.nextInt(1, 4); events > 0; events--) {
                growOne(keeper);
                most = Math.max(most, used());
            }
            goOnWithTheImport();
            goOnWithTheSnapshot();
            most = Math.max(most, used());
        }

        private void growOne(@Nullable StorageKeeper keeper) throws Exception {
            number++;
            switch (random.nextInt(7)) {
                case 0 -> inOnePiece(keeper, "captures/" + number, random.nextLong(32 * MIB));
                // At the rate that the log has at most.
                case 1 -> file("node.log." + number, random.nextLong(60 * 64 * KIB), number);
                case 2 -> inOnePiece(keeper, "backups/zones-20261201T%06dZ.backup".formatted(number), 36 * MIB);
                case 3 -> file("hs_err_pid" + number + ".log", random.nextLong(MIB), number);
                case 4 -> beginAnImport(keeper);
                default -> logged.add(file(RAFT + "current/log_" + number, random.nextLong(3 * MIB / 2), number));
            }
        }

        private void inOnePiece(@Nullable StorageKeeper keeper, String name, long octets) throws Exception {
            if (keeper == null || keeper.makeRoom(octets).isEmpty()) {
                file(name, octets, number);
            }
        }

        private void beginAnImport(@Nullable StorageKeeper keeper) throws Exception {
            if (claim != null || keeper == null) {
                return;
            }
            StorageKeeper.Claim asking = keeper.claim();
            pieces = random.nextInt(2, 7);
            piece = random.nextLong(60 * MIB) / pieces;
            imported = 0;
            if (asking.more(pieces * piece).isPresent()) {
                asking.close();
            } else {
                claim = asking;
            }
        }

        private void goOnWithTheImport() throws Exception {
            StorageKeeper.Claim held = claim;
            if (held == null) {
                return;
            }
            if (pieces-- > 0) {
                imported += piece;
                file("import-1", imported, number);
                held.wrote(piece);
            } else {
                Files.delete(folder.resolve("import-1"));
                held.close();
                claim = null;
            }
        }

        private void goOnWithTheSnapshot() throws Exception {
            if (target > 0) {
                arrived = Math.min(target, arrived + random.nextLong(12 * MIB));
                file(RAFT + "tmp/unfinished-snapshot/part", arrived, number);
                most = Math.max(most, used());
                if (arrived == target) {
                    takeOver();
                }
            } else if (asked != null || octets(logged) >= DUE) {
                target = random.nextLong(30 * MIB, 40 * MIB);
                arrived = 0;
                covered.addAll(logged);
                logged.clear();
                served = asked;
                asked = null;
            }
        }

        private void takeOver() throws Exception {
            target = 0;
            Path next = Files.createDirectory(folder.resolve(RAFT + "sm/snapshot.1_" + number));
            Files.move(folder.resolve(RAFT + "tmp/unfinished-snapshot/part"), next.resolve("part"));
            if (old != null) {
                delete(old);
            }
            old = latest;
            latest = next;
            CompletableFuture<SnapshotStatus> waiting = served;
            served = null;
            while (octets(covered) > (waiting == null ? KEPT : 0)) {
                Files.delete(covered.remove());
            }
            if (waiting != null) {
                waiting.complete(new SnapshotStatus(number, 0, 0, 0, 0, 0, null));
            }
        }

        private static long octets(Collection<Path> files) {
            long octets = 0;
            for (Path file : files) {
                octets += file.toFile().length();
            }
            return octets;
        }

        private static long delete(Path snapshot) throws IOException {
            Path part = snapshot.resolve("part");
            long octets = Files.size(part);
            Files.delete(part);
            Files.delete(snapshot);
            return octets;
        }

        @Override
        public void dropOldSnapshots() throws IOException {
            Path present = old;
            if (present != null && target == 0) {
                dropped += delete(present);
                old = null;
            }
        }

        @Override
        public CompletableFuture<SnapshotStatus> shortenLog() {
            CompletableFuture<SnapshotStatus> waiting = asked == null ? new CompletableFuture<>() : asked;
            asked = waiting;
            return waiting;
        }
    }

    private long used() throws IOException {
        return 64 * KIB
                + Folders.files(folder).stream()
                        .mapToLong(file -> file.toFile().length())
                        .sum();
    }
}
