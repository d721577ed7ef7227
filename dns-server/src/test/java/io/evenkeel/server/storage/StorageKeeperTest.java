package io.evenkeel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.process.VirtualTime;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
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

    private StorageKeeper keeper(long budget) {
        return new StorageKeeper(
                new StorageKeeper.Settings(folder, folder.resolve("node.log"), 64 * KIB, 4, budget),
                () -> null,
                time,
                new StorageKeeper.Volume() {
                    @Override
                    public long total() {
                        return total;
                    }

                    @Override
                    public long free() {
                        return free;
                    }
                });
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
        file("backups/zones-20261201T033000Z.backup", 60, 1);
        file("raft/6c1f/current/log_1-9", 70, 1);
        file("raft/6c1f/current/raft-meta", 5, 1);
        file("raft/6c1f/sm/snapshot.1_5/part", 80, 1);
        Path shared = file("raft/6c1f/sm/snapshot.1_9/part", 90, 1);
        Files.createLink(folder.resolve("raft/6c1f/sm/snapshot.1_5/shared"), shared);
        file("raft/6c1f/tmp/unfinished-snapshot/part", 7, 1);
        file("ballast", 100, 1);
        file("identity.properties", 3, 1);
        StorageKeeper keeper = keeper(PLENTY);
        keeper.look();
        assertThat(octets(keeper, StorageClass.CAPTURES)).isEqualTo(60);
        assertThat(octets(keeper, StorageClass.LOGS))
                .as("its blocks are set aside")
                .isEqualTo(64 * KIB + 57);
        assertThat(octets(keeper, StorageClass.BACKUPS)).isEqualTo(60);
        assertThat(octets(keeper, StorageClass.RAFT_LOG)).isEqualTo(70);
        assertThat(octets(keeper, StorageClass.SNAPSHOT)).isEqualTo(97);
        assertThat(octets(keeper, StorageClass.OLD_SNAPSHOTS))
                .as("links take nothing")
                .isEqualTo(80);
        assertThat(octets(keeper, StorageClass.BALLAST)).isEqualTo(100);
        assertThat(octets(keeper, StorageClass.OTHER)).isEqualTo(8);
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
        assertThat(keeper.reasons()).anySatisfy(reason -> assertThat(reason).contains("critical", "make room"));
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

    /** All classes that may go grow by chance, and what is needed stays as it is. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void inADayOfGrowthTheBudgetIsNeverPassed(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        long budget = 400 * MIB;
        file("raft/6c1f/sm/snapshot.1_9/part", 50 * MIB, 0);
        file("ballast", 64 * MIB, 0);
        StorageKeeper keeper = keeper(budget);
        long most = 0;
        // A look each second; files grow at each sixtieth.
        for (int second = 0; second < 24 * 3600; second += 60) {
            grow(random, second, keeper);
            most = Math.max(most, used());
            time.advance(Duration.ofSeconds(60));
            keeper.look();
        }
        assertThat(most).isLessThanOrEqualTo(budget).isGreaterThan(budget / 2);
        assertThat(keeper.evicted(StorageClass.CAPTURES)).isPositive();
        assertThat(keeper.evicted(StorageClass.LOGS)).isPositive();
    }

    private void grow(SplittableRandom random, int second, StorageKeeper keeper) throws Exception {
        switch (random.nextInt(4)) {
            case 0 -> {
                long octets = random.nextLong(32 * MIB);
                if (keeper.makeRoom(octets).isEmpty()) {
                    file("captures/" + second, octets, second);
                }
            }
            // At the rate that the log has at most.
            case 1 -> file("node.log." + second, random.nextLong(60 * 64 * KIB), second);
            case 2 -> {
                long octets = 50 * MIB;
                if (keeper.makeRoom(octets).isEmpty()) {
                    file("backups/zones-20261201T%06dZ.backup".formatted(second), octets, second);
                }
            }
            default -> file("hs_err_pid" + second + ".log", random.nextLong(MIB), second);
        }
    }

    private long used() throws IOException {
        return 64 * KIB
                + Folders.files(folder).stream()
                        .mapToLong(file -> file.toFile().length())
                        .sum();
    }
}
