package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
    private static final int TIMERS = 50;
    private static final long TICK = 1 << 20;
    private static final long NEVER = Long.MAX_VALUE;

    /** Against a twin that looks through all timers at each step. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void timersFireOnceNeverEarlyAndAtMostTwoTicksLate(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TimerWheel wheel = new TimerWheel(TIMERS);
        long[] due = new long[TIMERS];
        Arrays.fill(due, NEVER);
        long now = 0;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(3) > 0) {
                int timer = random.nextInt(TIMERS);
                // Past, in the very slot, soon, in a round to come.
                long in = random.nextLong(-TICK, random.nextBoolean() ? 3 * TICK : 40_000 * TICK);
                due[timer] = Math.max(0, now + in);
                wheel.set(timer, due[timer]);
                assertThat(wheel.due(timer)).isEqualTo(due[timer]);
                if (due[timer] < now) {
                    due[timer] = now; // fires with the next tick
                }
            } else {
                now += random.nextLong(random.nextInt(100) == 0 ? 20_000 * TICK : 2 * TICK);
                for (int fired = wheel.poll(now); fired >= 0; fired = wheel.poll(now)) {
                    assertThat(due[fired]).isLessThanOrEqualTo(now);
                    due[fired] = NEVER;
                }
                for (long left : due) {
                    assertThat(left).isGreaterThan(now - 2 * TICK);
                }
            }
        }
    }
}
