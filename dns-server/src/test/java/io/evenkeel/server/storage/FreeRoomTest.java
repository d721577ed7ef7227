package io.evenkeel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FreeRoomTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final FreeRoom room = new FreeRoom();
    private long now;

    /** A moment in which nothing else grows. */
    private StorageLevel at(long total, long free) {
        now += Duration.ofHours(10).toNanos();
        room.look(now, total, free, 0);
        return room.byOctets();
    }

    @Test
    void aSmallVolumeIsJudgedByItsPercentage() {
        long total = 1000 * MIB;
        assertThat(at(total, 300 * MIB)).isEqualTo(StorageLevel.NORMAL);
        assertThat(at(total, 299 * MIB)).isEqualTo(StorageLevel.WARN);
        assertThat(at(total, 199 * MIB)).isEqualTo(StorageLevel.HIGH);
        assertThat(at(total, 99 * MIB)).isEqualTo(StorageLevel.CRITICAL);
        assertThat(at(total, 49 * MIB)).isEqualTo(StorageLevel.EMERGENCY);
        assertThat(at(total, 0)).isEqualTo(StorageLevel.EMERGENCY);
    }

    @Test
    void aLevelEndsFivePointsAbove() {
        long total = 1000 * MIB;
        assertThat(at(total, 99 * MIB)).isEqualTo(StorageLevel.CRITICAL);
        assertThat(at(total, 149 * MIB)).isEqualTo(StorageLevel.CRITICAL);
        assertThat(at(total, 150 * MIB)).isEqualTo(StorageLevel.HIGH);
        assertThat(at(total, 250 * MIB)).isEqualTo(StorageLevel.WARN);
        assertThat(at(total, 350 * MIB)).isEqualTo(StorageLevel.NORMAL);
    }

    @Test
    void ofALargeVolumeFivePercentAreMuch() {
        long total = 10_000 * GIB;
        assertThat(at(total, total / 20)).isEqualTo(StorageLevel.NORMAL);
        assertThat(at(total, 2 * GIB - 1)).isEqualTo(StorageLevel.CRITICAL);
        assertThat(at(total, GIB - 1)).isEqualTo(StorageLevel.EMERGENCY);
    }

    @Test
    void threeSnapshotsRaiseTheFloor() {
        room.look(0, 10_000 * GIB, 14 * GIB, 5 * GIB);
        assertThat(room.byOctets()).isEqualTo(StorageLevel.CRITICAL);
    }

    @Test
    void aVolumeThatFillsSoonIsShortBeforeItIsFull() {
        long total = 100 * GIB;
        long free = 19 * GIB;
        for (int second = 0; second < 300; second++) {
            room.look(second * SECOND, total, free - second * (10 * MIB), 0);
        }
        // 16 GiB at 10 MiB a second: 27 minutes.
        assertThat(room.secondsToFull()).isBetween(1500.0, 1800.0);
        assertThat(room.byOctets()).isEqualTo(StorageLevel.NORMAL);
        assertThat(room.level()).isEqualTo(StorageLevel.HIGH);
        for (int second = 300; second < 900; second++) {
            room.look(second * SECOND, total, free - 3000 * MIB, 0);
        }
        assertThat(room.level()).as("it grows no more").isEqualTo(StorageLevel.NORMAL);
    }

    @Test
    void oneLargeFileIsNoRate() {
        room.look(0, 100 * GIB, 10 * GIB, 0);
        room.look(SECOND, 100 * GIB, 9 * GIB, 0);
        assertThat(room.level()).isEqualTo(StorageLevel.NORMAL);
    }
}
