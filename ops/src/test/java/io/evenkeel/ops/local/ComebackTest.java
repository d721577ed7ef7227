package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComebackTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @Test
    void pausesGrowUpToALimitAndFewerAndFewerEndsAreTold() {
        long now = Long.MAX_VALUE - 5 * SECOND; // the count of nanoseconds may pass its end
        Comeback comeback = new Comeback(now);
        List<Long> pauses = new ArrayList<>();
        List<Integer> told = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            now += SECOND / 10;
            comeback.ended(now);
            pauses.add(comeback.pause().toSeconds());
            if (comeback.isWorthALine()) {
                told.add(comeback.ends());
            }
            assertThat(comeback.isDue(now + comeback.pause().toNanos() - 1)).isFalse();
            now += comeback.pause().toNanos();
            assertThat(comeback.isDue(now)).isTrue();
            comeback.started(now);
        }
        assertThat(pauses).startsWith(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L).endsWith(60L);
        assertThat(told).containsExactly(1, 2, 4, 8, 16, 32);
    }

    @Test
    void aNodeThatHasRunForAWhileBeginsAnew() {
        Comeback comeback = new Comeback(0);
        for (int i = 1; i <= 3; i++) {
            comeback.ended(i * SECOND);
        }
        assertThat(comeback.pause()).isEqualTo(Duration.ofSeconds(4));
        comeback.started(10 * SECOND);
        comeback.ended(10 * SECOND + LocalLimits.SETTLED.toNanos());
        assertThat(comeback.ends()).isEqualTo(1);
        assertThat(comeback.pause()).isEqualTo(LocalLimits.FIRST_PAUSE);
        assertThat(comeback.isWorthALine()).isTrue();
    }

    @Test
    void triesThatStartNoProcessAreNoLongLife() {
        Comeback comeback = new Comeback(0);
        comeback.ended(SECOND);
        comeback.ended(SECOND + 2 * LocalLimits.SETTLED.toNanos() - LocalLimits.SETTLED.toNanos() - 1);
        assertThat(comeback.ends()).isEqualTo(2);
    }
}
