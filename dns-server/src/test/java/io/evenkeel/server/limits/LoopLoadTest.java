package io.evenkeel.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class LoopLoadTest {
    private static final long TICK = 50_000_000L;

    private final LoopLoad load = new LoopLoad();
    private long now = -500_000_000L;
    private long cpu;

    private void ticks(int count, double share, boolean full) {
        for (int i = 0; i < count; i++) {
            now += TICK;
            cpu += (long) (share * TICK);
            load.tick(now, cpu, full);
        }
    }

    /** @param work share of its time that the loop is at work, which the kernel lets go on for {@code share} of it */
    private void held(int count, double work, double share) {
        for (int i = 0; i < count; i++) {
            load.worked((long) (work * TICK));
            ticks(1, share, false);
        }
    }

    @Test
    void limitsActFromHalfOfTheCapacityOn() {
        ticks(200, 0.49, false);
        assertThat(load.share()).isCloseTo(0.49, Offset.offset(0.005));
        assertThat(load.acts()).isFalse();
        assertThat(load.counts()).isTrue();
        ticks(40, 0.52, false);
        assertThat(load.acts()).isTrue();
    }

    @Test
    void theyRestTwoSecondsAfterItWasBelowTwoFifths() {
        ticks(100, 0.9, false);
        ticks(200, 0.42, false);
        assertThat(load.acts()).isTrue();
        ticks(39, 0.1, false);
        assertThat(load.acts()).isTrue();
        ticks(20, 0.1, false);
        assertThat(load.acts()).isFalse();
        ticks(40, 0.45, false);
        assertThat(load.acts()).isFalse();
    }

    @Test
    void aQueueThatDoesNotRunEmptyIsAllThatTheLoopCanDo() {
        ticks(100, 0.05, false);
        assertThat(load.counts()).isFalse();
        ticks(3, 0.05, true);
        assertThat(load.acts()).as("after one pause").isFalse();
        ticks(1, 0.05, true);
        assertThat(load.acts()).isTrue();
        assertThat(load.share()).isEqualTo(1);
        ticks(1, 0.05, false);
        assertThat(load.share()).isLessThan(0.1);
        assertThat(load.acts()).isTrue();
        ticks(40, 0.05, false);
        assertThat(load.acts()).isFalse();
    }

    @Test
    void whereNobodyKnowsTheCpuTimeTheQueueTells() {
        for (int i = 0; i < 10; i++) {
            now += TICK;
            load.tick(now, -1, false);
        }
        assertThat(load.share()).isZero();
        for (int i = 0; i < 4; i++) {
            now += TICK;
            load.tick(now, -1, true);
        }
        assertThat(load.acts()).isTrue();
    }

    @Test
    void aLoopThatAQuotaStopsIsAtItsEnd() {
        held(100, 0.02, 0.02);
        assertThat(load.counts()).isFalse();
        held(4, 0.95, 0.05);
        assertThat(load.acts()).isFalse();
        held(6, 0.95, 0.05);
        assertThat(load.acts()).as("within half a second").isTrue();
        held(40, 0.95, 0.05);
        assertThat(load.share()).isGreaterThan(0.9);
    }

    @Test
    void oneThatWaitsForOthersWhichUseUpAQuotaIsNot() {
        held(200, 0.6, 0.01);
        assertThat(load.share()).isCloseTo(0.01, Offset.offset(0.002));
        assertThat(load.acts()).isFalse();
    }

    @Test
    void itKnowsThenHowMuchOfAProcessorItGets() {
        held(60, 0.95, 0.05);
        held(200, 0.035, 0.035);
        assertThat(load.share()).as("of the quota").isCloseTo(0.63, Offset.offset(0.05));
        assertThat(load.acts()).isTrue();
        held(200, 0.015, 0.015);
        assertThat(load.acts()).isFalse();
        held(60, 0.03, 0.03);
        assertThat(load.acts()).as("with no need to reach the end again").isTrue();
    }

    @Test
    void oneThatGetsMoreOfItForgetsThat() {
        held(60, 0.95, 0.05);
        held(20, 0.2, 0.2);
        held(40, 0.03, 0.03);
        assertThat(load.share()).isCloseTo(0.03, Offset.offset(0.005));
        assertThat(load.acts()).isFalse();
    }

    @Test
    void andSoDoesOneThatHasNotBeenAtItsEndForLong() {
        held(60, 0.95, 0.05);
        held((int) (LoopLoad.KEPT_NANOS / TICK) - 1, 0.015, 0.015);
        assertThat(load.share()).isCloseTo(0.28, Offset.offset(0.02));
        held(20, 0.015, 0.015);
        assertThat(load.share()).isCloseTo(0.015, Offset.offset(0.002));
    }

    @Test
    void aPauseOfTheMachineTeachesNothing() {
        held(100, 0.02, 0.02);
        load.worked(40 * TICK);
        now += 40 * TICK;
        cpu += TICK / 50;
        load.tick(now, cpu, false);
        held(100, 0.02, 0.02);
        assertThat(load.share()).isCloseTo(0.02, Offset.offset(0.002));
    }

    @Test
    void aThreadThatHasAProcessorOfItsOwnIsHeldToNothing() {
        held(60, 0.97, 0.95);
        held(40, 0.3, 0.3);
        assertThat(load.share()).isCloseTo(0.3, Offset.offset(0.01));
    }
}
