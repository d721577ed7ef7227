package io.evenkeel.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RepeatsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final long MILLI = 1_000_000;

    private final Repeats repeats = new Repeats(TIMEOUT);

    private boolean seen(long client, long question, long now) {
        return repeats.seen(client, question, repeats.stamp(now));
    }

    @Test
    void findsWhoAsksAgainWhenItsTimeoutIsOver() {
        assertThat(seen(1, 2, 0)).isFalse();
        assertThat(seen(1, 2, 1_020 * MILLI)).isTrue();
        assertThat(seen(1, 2, 2_040 * MILLI)).isTrue();
    }

    @Test
    void aLaterQuestionIsANewOne() {
        assertThat(seen(1, 2, 0)).isFalse();
        assertThat(seen(1, 2, 1_600 * MILLI)).isFalse();
        assertThat(seen(1, 2, 61_000 * MILLI)).isFalse();
    }

    @Test
    void anotherClientAndAnotherQuestionAreNone() {
        assertThat(seen(1, 2, 0)).isFalse();
        assertThat(seen(2, 1, MILLI)).isFalse();
        assertThat(seen(2, 2, MILLI)).isFalse();
        assertThat(seen(1, 1, MILLI)).isFalse();
        assertThat(seen(1, 2, MILLI)).isTrue();
    }

    /** Time that goes round, from below zero as {@code nanoTime} may be. */
    @Test
    void holdsForAnyTime() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000; i++) {
            long begin = random.nextLong(Long.MAX_VALUE) - Long.MAX_VALUE / 2;
            assertThat(seen(i, i, begin)).isFalse();
            assertThat(seen(i, i, begin + 900 * MILLI)).as("%d", begin).isTrue();
        }
    }

    /** One device in 65,536 would by chance. */
    @Test
    void aCalmFleetRepeatsNothing() {
        int repeated = 0;
        for (int device = 0; device < 200_000; device++) {
            repeated += seen(Repeats.mix(device + 1), 7, device * 5_000L) ? 1 : 0;
        }
        assertThat(repeated).isLessThan(20);
    }

    @Test
    void aFleetWithoutAnswersIsFoundEvenIfItIsAsLargeAsTheTable() {
        int repeated = 0;
        for (int round = 0; round < 2; round++) {
            for (int device = 0; device < Repeats.SLOTS; device++) {
                long now = round * 1_000L * MILLI + device * 3_800L;
                repeated += seen(Repeats.mix(device + 1), 7, now) ? 1 : 0;
            }
        }
        assertThat(repeated).isBetween(Repeats.SLOTS * 3 / 10, Repeats.SLOTS * 7 / 10);
    }

    @Test
    void countsClientsWithinAFewPercent() {
        DistinctClients clients = new DistinctClients();
        assertThat(clients.turn()).isZero();
        for (int count : new int[] {1, 10, 1_000, 20_000, 300_000}) {
            for (int client = 0; client < count; client++) {
                clients.saw(Repeats.mix(client + 1));
                clients.saw(Repeats.mix(client + 1));
            }
            assertThat((double) clients.turn()).as("of %d", count).isBetween(count * 0.92, count * 1.08);
        }
    }
}
