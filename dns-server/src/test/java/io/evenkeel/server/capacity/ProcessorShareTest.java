package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** A quota or a neighbour that takes processors from the loops. */
class ProcessorShareTest {
    private static final long SECOND = 1_000_000_000L;

    private final ProcessorShare share = new ProcessorShare(2, 1, 0);
    private final long[] cpu = new long[2];
    private final long[] dropped = new long[2];
    private long now;

    private void seconds(int count, double first, double second, long drops) {
        for (int i = 0; i < count; i++) {
            now += SECOND;
            cpu[0] += (long) (first * SECOND);
            cpu[1] += (long) (second * SECOND);
            dropped[0] += drops;
            dropped[1] += drops;
            share.look(now, cpu.clone(), dropped.clone());
        }
    }

    @Test
    void loopsThatDropSecondAfterSecondShowWhatTheyGet() {
        seconds(20, 0.1, 0.1, 0);
        assertThat(share.value()).as("idle loops say nothing").isEqualTo(1);
        seconds(ProcessorShare.ROW - 1, 0.3, 0.5, 10);
        assertThat(share.value()).as("a pause").isEqualTo(1);
        seconds(1, 0.3, 0.5, 10);
        assertThat(share.value()).isCloseTo(0.4, within(1e-9));
        seconds(100, 0.1, 0.1, 0);
        assertThat(share.value()).as("a calm hour does not lift a quota").isCloseTo(0.4, within(1e-9));
    }

    @Test
    void aFullProcessorThatDropsIsAWholeOne() {
        seconds(1, 0, 0, 0);
        seconds(ProcessorShare.ROW, 0.95, 0.97, 1_000);
        assertThat(share.value()).isEqualTo(1);
    }

    @Test
    void useAboveTheShareLiftsItAndAWeekWithoutASignDoes() {
        seconds(1, 0, 0, 0);
        seconds(ProcessorShare.ROW, 0.3, 0.3, 10);
        seconds(1, 0.6, 0.95, 0);
        assertThat(share.value()).isCloseTo(0.8, within(1e-9));
        now += ProcessorShare.KEPT_NANOS;
        seconds(1, 0, 0, 0);
        assertThat(share.value()).isEqualTo(1);
    }

    @Test
    void whatAnEarlierStartHasFoundCounts() {
        ProcessorShare kept = new ProcessorShare(2, 0.3, 0);
        kept.look(SECOND, new long[2], new long[2]);
        assertThat(kept.value()).isEqualTo(0.3);
    }
}
