package io.evenkeel.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RateTableTest {
    private static final long MOST = 5_000_000;
    private static final long WRAP = 1L << 40;

    private final RateTable table = new RateTable(RateTable.SLOTS);

    private long debt(long hash, long now) {
        return RateTable.debt(table.value(table.find(hash, now, MOST)), hash, now, MOST);
    }

    private void owe(long hash, long now, long until) {
        int slot = table.find(hash, now, MOST);
        table.owe(slot, table.value(slot), hash, until);
    }

    @Test
    void aDebtIsFoundUntilItIsPaid() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000; i++) {
            long hash = random.nextLong();
            long now = random.nextLong() >>> 2;
            owe(hash, now, now + 1_000);
            assertThat(debt(hash, now)).isEqualTo(1_000);
            assertThat(debt(hash, now + 999)).isEqualTo(1);
            assertThat(debt(hash, now + 1_000)).isZero();
            assertThat(debt(hash ^ (1L << 50), now)).isZero();
        }
    }

    @Test
    void timeMayWrapAround() {
        long hash = 0x1234_5678_9ABC_DEF0L;
        owe(hash, WRAP - 10, WRAP + 20);
        assertThat(debt(hash, WRAP - 10)).isEqualTo(30);
        assertThat(debt(hash, WRAP + 5)).isEqualTo(15);
        assertThat(debt(hash, WRAP + 21)).isZero();
        assertThat(debt(hash, WRAP + WRAP / 2 + 100))
                .as("when half a turn has passed")
                .isZero();
    }

    @Test
    void whereAllOweTheOneThatOwesLeastGivesWay() {
        long sets = 5L | (77L << 14); // the same sets for all
        for (long tag = 1; tag <= 16; tag++) {
            owe((tag << 40) | sets, 0, 1_000 + tag);
        }
        for (long tag = 1; tag <= 16; tag++) {
            assertThat(debt((tag << 40) | sets, 0)).isEqualTo(1_000 + tag);
        }
        owe((17L << 40) | sets, 0, 5_000);
        assertThat(debt((17L << 40) | sets, 0)).isEqualTo(5_000);
        assertThat(debt((1L << 40) | sets, 0)).isZero();
        assertThat(debt((2L << 40) | sets, 0)).isEqualTo(1_002);
    }

    @Test
    void aKeyIsInItsFirstSetUnlessThatIsFullOfOthersThatOwe() {
        long sets = 5L | (77L << 14);
        int first = table.find(sets, 0, MOST);
        for (long tag = 1; tag <= 8; tag++) {
            owe((tag << 40) | sets, 1_000, 2_000);
            assertThat(table.find((tag << 40) | sets, 1_000, MOST)).isBetween(first, first + 7);
        }
        owe((9L << 40) | sets, 1_000, 2_000);
        int second = table.find((9L << 40) | sets, 1_000, MOST);
        assertThat(second - first).matches(distance -> distance < 0 || distance > 7);
        owe((10L << 40) | sets, 2_000, 3_000);
        assertThat(table.find((10L << 40) | sets, 2_000, MOST))
                .as("the others have paid by now")
                .isBetween(first, first + 7);
        assertThat(table.find((9L << 40) | sets, 2_000, MOST))
                .as("who is in the second set stays there")
                .isEqualTo(second);
    }

    @Test
    void aKeyTakesItsHomeUnlessAnotherHasAskedThereOfLate() {
        long sets = 5L | (77L << 14);
        long now = 60_000_000;
        long one = (1L << 40) | (3L << 28) | sets;
        long other = (2L << 40) | (3L << 28) | sets;
        long third = (3L << 40) | (3L << 28) | sets;
        owe(one, now, now + 1_000);
        int home = table.find(one, now, MOST);
        assertThat(home % 8).isEqualTo(3);
        owe(other, now, now + 1_000);
        int elsewhere = table.find(other, now, MOST);
        assertThat(elsewhere / 8).as("the same set").isEqualTo(home / 8);
        assertThat(elsewhere).isNotEqualTo(home);
        assertThat(table.find(third, now + 1_000_000, MOST))
                .as("whoever has just paid keeps the slot")
                .isNotEqualTo(home);
        assertThat(table.find(third, now + 60_000_000, MOST)).isEqualTo(home);
        assertThat(table.find(other, now + 60_000_000, MOST))
                .as("who is there stays there")
                .isEqualTo(elsewhere);
    }

    @Test
    void whoFindsThatAnotherWasFasterWaitsForNothingAndChangesNothing() {
        long hash = 42L << 40;
        int slot = table.find(hash, 0, MOST);
        long seen = table.value(slot);
        table.owe(slot, seen, hash, 100);
        table.owe(slot, seen, hash, 200);
        assertThat(debt(hash, 0)).isEqualTo(100);
    }
}
